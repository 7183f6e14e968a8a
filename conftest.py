"""Run the Python in README.md, docs/ and the docstrings as part of the tests.

And say how several processes share the tests.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack, chdir, redirect_stdout
from io import StringIO
from tempfile import TemporaryDirectory
from typing import Any

from _pytest.runner import runtestprotocol
from pytest import Item
from sybil import Example, Sybil
from sybil.document import PythonDocStringDocument
from sybil.evaluators.python import PythonEvaluator
from sybil.integration.pytest import SybilItem
from sybil.parsers.markdown import CodeBlockParser, SkipParser
from sybil.parsers.rest import DocTestParser
from xdist.scheduler import LoadFileScheduling


def enter_empty_folder(namespace: dict[str, Any]) -> None:
    """Give the blocks of one document a folder of their own to write into."""
    stack = namespace["_folder"] = ExitStack()
    stack.enter_context(chdir(stack.enter_context(TemporaryDirectory())))


def leave_folder(namespace: dict[str, Any]) -> None:
    """Return to where the tests run, and delete what the document wrote."""
    namespace["_folder"].close()


class Printing(PythonEvaluator):
    """Run a block; where ``print(x)  # y`` stands in the README, it prints y."""

    def __call__(self, example: Example) -> None:
        """Compare words, but for those that are rounding."""
        with redirect_stdout(StringIO()) as output:
            super().__call__(example)
        if not example.path.endswith("README.md"):
            return
        comments = re.findall(r"^print\(.*\)  # (.*)$", str(example.parsed), re.M)
        lines = output.getvalue().splitlines()
        assert len(lines) >= len(comments), f"only {lines} of {comments}"
        for line, comment in zip(lines, comments, strict=False):
            words = [word for word in line.split() if "e-" not in word]
            assert all(word in comment for word in words), f"{line} is not {comment}"


class Docstrings(PythonDocStringDocument):
    """The docstrings of a module; of most, none has an example."""

    @staticmethod
    def extract_docstrings(source: str) -> Iterator[tuple[int, int, str]]:
        """Give start, end and text of each, without parsing those modules."""
        if ">>>" in source:
            yield from PythonDocStringDocument.extract_docstrings(source)


# What Sphinx generates is from docstrings and records, which are tested as such.
collect_ignore = ["docs/_api", "docs/_generated"]

# A page holds fenced ```python blocks, evaluated in order in one namespace; a
# docstring holds >>> lines. Which files are looked at is `testpaths`.
pages = Sybil(
    parsers=[CodeBlockParser("python", Printing()), SkipParser()],
    pattern="*.md",
    setup=enter_empty_folder,
    teardown=leave_folder,
)
docstrings = Sybil(
    parsers=[DocTestParser()],
    path="matopt",
    pattern="*.py",
    document_types={".py": Docstrings},
    setup=enter_empty_folder,
    teardown=leave_folder,
)
pytest_collect_file = (pages + docstrings).pytest()

# A file that a block leaves open is reported from outside the block, where Sybil
# looks for a frame of its own in vain, and the whole run would end there.
shorten = SybilItem._traceback_filter


def shorten_if_possible(item: SybilItem, excinfo: Any) -> Any:
    """Show the traceback from the block on, or all of it."""
    try:
        return shorten(item, excinfo)
    except IndexError:
        return excinfo.traceback


SybilItem._traceback_filter = shorten_if_possible


class ByFile(LoadFileScheduling):
    """Let one process run a file, and all files about filters.

    These need the same kernels, which two processes would both compile.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = str(super()._split_scope(nodeid))
        return "filters" if "filter" in file else file


def pytest_runtest_protocol(item: Item, nextitem: Item | None) -> bool | None:
    """Tell the process that waits for several others only what counts.

    That a test begins, ends, was set up and torn down well are five more messages, and
    take it as long as a quick test.
    """
    if not hasattr(item.config, "workerinput"):
        return None
    for report in runtestprotocol(item, log=False, nextitem=nextitem):
        if report.when == "call" or not report.passed:
            item.ihook.pytest_runtest_logreport(report=report)
    return True


def pytest_xdist_make_scheduler(config: Any, log: Any) -> ByFile:
    """Tell the processes of a run apart by file."""
    return ByFile(config, log)
