"""Run the Python in README.md, docs/ and the docstrings as part of the tests.

And say which tests belong together when several processes run them.
"""

from collections.abc import Iterator
from contextlib import ExitStack, chdir
from tempfile import TemporaryDirectory
from typing import Any

from sybil import Sybil
from sybil.document import PythonDocStringDocument
from sybil.integration.pytest import SybilItem
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser
from sybil.parsers.rest import DocTestParser
from xdist.scheduler import LoadFileScheduling


def enter_empty_folder(namespace: dict[str, Any]) -> None:
    """Give the blocks of one document a folder of their own to write into."""
    stack = namespace["_folder"] = ExitStack()
    stack.enter_context(chdir(stack.enter_context(TemporaryDirectory())))


def leave_folder(namespace: dict[str, Any]) -> None:
    """Return to where the tests run, and delete what the document wrote."""
    namespace["_folder"].close()


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
    parsers=[PythonCodeBlockParser(), SkipParser()],
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
    """Let one process run a file, and all files of the filters.

    These need the same kernels, which two processes would both compile.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = str(super()._split_scope(nodeid))
        return "filters" if "/filters/" in file else file


def pytest_xdist_make_scheduler(config: Any, log: Any) -> ByFile:
    """Tell the processes of a run apart by file."""
    return ByFile(config, log)
