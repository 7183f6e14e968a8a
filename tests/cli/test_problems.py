"""Problem files that are wrong, on the command line: words, no tracebacks."""

import json

import pytest
from click.testing import CliRunner

from matopt.cli import main
from matopt.studies import Problem
from matopt.studies.plot import check_path

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
    monkeypatch.setattr(Problem, "check", raising(error))
    done = run("problems", "check", small(), "covariance-iris")
    assert done.exit_code == 1 and isinstance(done.exception, SystemExit)
    assert done.output.count(type(error).__name__) == 2
    assert "0 passed, 2 failed" in done.output


def raising(error):
    def method(*_, **__):
        raise error

    return method


def test_what_does_not_fit_into_memory_is_said(run, monkeypatch):
    monkeypatch.setattr(Problem, "solve", raising(MemoryError()))
    done = run("solve", "covariance-iris")
    assert done.output == "Error: covariance-iris: out of memory\n"
    monkeypatch.setattr(Problem, "load", raising(MemoryError("no 7 GiB")))
    done = run("solve", "covariance-iris")
    assert done.output == "Error: covariance-iris: out of memory: no 7 GiB\n"


def test_with_all_what_does_not_fit_into_memory_is_said(run, small, monkeypatch):
    monkeypatch.setattr("matopt.cli.solve.load_all", lambda *_: [Problem.load(small())])
    monkeypatch.setattr(Problem, "solve", raising(MemoryError()))
    assert "small: refused: out of memory\n" in run("solve", "--all").output
    (row,) = json.loads(run("solve", "--all", "--json").output)
    assert row["message"] == "out of memory"


def test_solve_refuses_a_size_before_its_matrix_is_made(run):
    done = run("solve", "brockett", "--set", "n=100000")
    assert done.exit_code == 1
    assert "symmetric needs an array of 80.0 GB" in done.output


def test_a_figure_that_cannot_be_made_is_refused_before_the_work(
    run, small, tmp_path, monkeypatch
):
    path = tmp_path / "fit.svg"
    path.symlink_to(tmp_path / "none" / "fit.svg")
    monkeypatch.setattr(Problem, "solve", None)  # not called
    done = run("solve", small(), "--plot", path)
    assert f"Error: no figure can be written to {path}: No such file" in done.output
    assert path.is_symlink()


def test_trying_a_path_leaves_no_file_and_changes_none(tmp_path):
    path = tmp_path / "fit.svg"
    check_path(path)
    assert not path.exists()
    path.write_text("before")
    check_path(path)
    assert path.read_text() == "before"


def test_a_figure_that_fails_does_not_lose_the_run(run, small, tmp_path, monkeypatch):
    monkeypatch.setattr("matopt.cli.solve.draw", raising(OSError(28, "No space left")))
    done = run("solve", small(), "--plot", tmp_path / "fit.svg")
    assert done.exit_code == 1 and "1 of 1 solved" in done.output
    assert "Error: no figure was written: [Errno 28] No space left" in done.output
