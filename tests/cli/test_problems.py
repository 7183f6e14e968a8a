"""Problem files that are wrong, on the command line: words, no tracebacks."""

import pytest
from click.testing import CliRunner

from matopt.cli import main
from matopt.studies import Problem

FILE = """
schema = 2

[problem]
name = "small"
title = "The matrix nearest to the identity"
equations = ["(85)"]
source = "made up"
licence = "CC0-1.0"

[space]
name = "Symmetric"
arguments = { n = 2 }

[[term]]
objective = "SquaredDistance"
arguments = { target = "I" }

[data.I]
identity = 2

[start]
kind = "zeros"

[solution]
value = 0.0
matrix = "I"
unique = true
certified_by = "a distance is not negative"

[tolerance]
gap = 1e-8
"""
TERM = 'objective = "SquaredDistance"\narguments = { target = "I" }'
NO_SMOOTH_TERM = (TERM, 'objective = "L1Norm"\narguments = {}')
OUT_OF_DOMAIN = (TERM, 'objective = "LogDet"')


@pytest.fixture
def run():
    return lambda *words: CliRunner().invoke(main, list(map(str, words)))


@pytest.fixture
def small(tmp_path):
    """Writes the file with changes."""

    def write(*changes: tuple[str, str]):
        text = FILE
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        path = tmp_path / "small.toml"
        path.write_text(text)
        return path

    return write


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ([OUT_OF_DOMAIN], "the start is outside the domain of LogDet"),
        ([NO_SMOOTH_TERM], "L1Norm() has no smooth term to check"),
    ],
)
def test_check_goes_on_after_a_bad_file(run, small, changes, message):
    done = run("problems", "check", small(*changes), "covariance-iris")
    assert done.exit_code == 1 and isinstance(done.exception, SystemExit)
    assert "FAIL" in done.output and message in done.output
    assert "ok   covariance-iris\n1 passed, 1 failed" in done.output


@pytest.mark.parametrize(
    "error", [MemoryError(), RecursionError("too deep"), KeyError("x")]
)
def test_check_goes_on_whatever_a_file_raises(run, small, monkeypatch, error):
    def broken(self):
        raise error

    monkeypatch.setattr(Problem, "check", broken)
    done = run("problems", "check", small(), "covariance-iris")
    assert done.exit_code == 1 and isinstance(done.exception, SystemExit)
    assert done.output.count(type(error).__name__) == 2
    assert "0 passed, 2 failed" in done.output
