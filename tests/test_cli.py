import json
import os
import pty
import re
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from matopt.cli import main
from matopt.studies import Problem, names


@pytest.fixture
def run():
    return lambda *words: CliRunner().invoke(main, list(words))


def test_problems_lists_them_all(run):
    done = run("problems")
    assert done.exit_code == 0
    assert "toeplitz-sunspots" in done.output
    rows = json.loads(run("problems", "--json").output)
    assert {"name", "objective", "space", "reference", "licence"} <= rows[0].keys()


def test_problems_check_counts_and_fails_honestly(run, tmp_path):
    done = run("problems", "check", "covariance-iris")
    assert done.exit_code == 0
    assert "1 passed, 0 failed" in done.output
    broken = tmp_path / "broken.toml"
    broken.write_text("schema = 1\n")
    done = run("problems", "check", str(broken), "covariance-iris")
    assert done.exit_code == 1
    assert "broken.toml:1: problem: is missing" in done.output
    assert "1 passed, 1 failed" in done.output


def test_solve_one(run):
    done = run("solve", "covariance-iris")
    assert done.exit_code == 0
    assert "CONVERGED" in done.output
    assert "1 of 1 solved" in done.output


def test_python_m_is_the_same_command_line():
    done = subprocess.run(
        [sys.executable, "-m", "matopt", "solve", "covariance-iris"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "1 of 1 solved" in done.stdout


def test_solve_json_has_the_promised_fields(run):
    done = run("solve", "--all", "--difficulty", "easy", "--json")
    rows = json.loads(done.output)
    assert done.exit_code == 0
    assert len(rows) >= 40
    promised = (
        "name space solver converged status nit nfev gradient_norm value reference "
        "gap seconds"
    )
    for row in rows:
        assert set(promised.split()) <= row.keys()
        assert row["converged"] and abs(row["gap"]) <= 1e-8


def test_not_converged_is_exit_status_one_and_says_what_to_do(run):
    done = run("solve", "covariance-iris", "--max-iterations", "1")
    assert done.exit_code == 1
    assert "MAX_ITERATIONS" in done.output
    assert "Raise Stop(max_iterations=...)" in done.output
    assert "0 of 1 solved" in done.output


@pytest.mark.parametrize("solver", ["LBFGS", "lbfgs", "SciPy:BFGS"])
def test_a_solver_by_name(run, solver):
    done = run("solve", "toeplitz-nile", "--solver", solver, "--json")
    assert json.loads(done.output)[0]["solver"].startswith(solver[0].upper())


def test_sizes_on_the_command_line(run):
    words = ["solve", "toeplitz-ar", "--difficulty", "easy", "--json"]
    (row,) = json.loads(run(*words).output)
    assert row["difficulty"] == "easy" and row["parameters"]["n"] == 8
    (row,) = json.loads(run(*words, "--set", "n=5", "--set", "radius=0.5").output)
    assert row["difficulty"] is None and row["gap"] is None and row["converged"]
    assert row["space"] == "SymmetricToeplitz(5)"
    done = run("solve", "toeplitz-ar", "--set", "n=5")
    assert done.exit_code == 0
    assert "toeplitz-ar: no optimum is certified at these sizes" in done.output


def test_problems_by_pattern_and_class(run):
    words = ["problems", "--match", "toeplitz-*", "--difficulty", "hard", "--json"]
    rows = json.loads(run(*words).output)
    assert {row["difficulty"] for row in rows} == {"hard"}
    assert all(row["name"].startswith("toeplitz-") for row in rows)
    assert "toeplitz-ar" in [row["name"] for row in rows]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["solve"], "give the NAME of a problem, or --all"),
        (["solve", "covariance-iris", "--all"], "give the NAME of a problem, or --all"),
        (["solve", "covariance-iriss"], "did you mean 'covariance-iris'"),
        (["solve", "covariance-iris", "--solver", "LBGFS"], "did you mean 'LBFGS'"),
        (["solve", "covariance-iris", "--solver", "SciPy:BGFS"], "BFGS"),
        (["solve", "covariance-iris", "--tolerance", "-1"], "x>=0"),
        (["solve", "none.toml"], "no problem file none.toml"),
        (["solve", "covariance-iris", "--plot", "a.xyz"], "got 'a.xyz'; known are"),
        (["solve", "wine"], "did you mean 'covariance-wine'"),
        (["solve", "toeplitz-ar", "--set", "k=5"], "has no parameter 'k'"),
        (["solve", "toeplitz-ar", "--set", "n"], "must be NAME=NUMBER, got 'n'"),
        (
            ["solve", "toeplitz-ar", "--difficulty", "harder"],
            "'easy', 'medium', 'hard'",
        ),
        (["solve", "--all", "--set", "n=5"], "--set goes with the NAME"),
        (["problems", "--match", "xyz"], "is like 'xyz'"),
        (["solve", "covariance-iris", "--tolerance", "nan"], "nan is not a number"),
        (["solve", "covariance-iris", "--solver", "SciPy"], "one of SciPy:BFGS"),
        (["solve", "covariance-iris", "--solver", "LBFGS:3"], "write LBFGS"),
        (["solve", "covariance-iris", "--solver", "SciPy:BFGS"], "a flat space"),
    ],
)
def test_wrong_words(run, words, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run(*words)
    assert done.exit_code != 0
    assert "Error" in done.output
    assert message in done.output


@pytest.mark.parametrize(
    "name", ["toeplitz-sunspots", "stiefel-subspace", "regression-longley"]
)
@pytest.mark.slow
def test_plot_writes_a_figure(run, tmp_path, name):
    path = tmp_path / "new" / "fit.svg"
    done = run("solve", name, "--plot", str(path))
    assert done.exit_code == 0, done.output
    assert "<svg" in path.read_text()
    assert str(path) in done.output.replace("\n", "")


def test_a_missing_extra_is_named_before_the_work(run, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "cvxpy", None)
    done = run("solve", "banded-precision", "--solver", "Convex")
    assert done.exit_code == 1 and "pip install 'matopt[cvx]'" in done.output
    monkeypatch.setitem(sys.modules, "matplotlib.backend_bases", None)
    monkeypatch.setattr(Problem, "solve", None)  # not called
    done = run("solve", "covariance-iris", "--plot", str(tmp_path / "fit.svg"))
    assert done.exit_code == 1 and "pip install 'matopt[plot]'" in done.output


def test_all_goes_on_where_the_solver_cannot(run, monkeypatch):
    monkeypatch.setattr(
        "matopt.cli.problems.names", lambda: ["covariance-iris", "toeplitz-nile"]
    )
    done = run("solve", "--all", "--solver", "SciPy:trust-exact")
    assert done.exit_code == 1
    assert "covariance-iris: refused: SciPy needs a flat space" in done.output
    assert "1 of 2 solved" in done.output
    rows = json.loads(run("solve", "--all", "--solver", "SciPy:BFGS", "--json").output)
    refused = next(r for r in rows if r["name"] == "covariance-iris")
    assert refused["status"] == "REFUSED" and refused["converged"] is False
    assert refused["value"] is None and refused.keys() == rows[0].keys()


def test_nothing_is_cut_off_or_wrapped_in_a_pipe(run):
    lines = run("problems").output.splitlines()
    assert len(lines) == 1 + len(names())
    for name, line in zip(names(), lines[1:], strict=True):
        p = Problem.load(name)
        for cell in (name, repr(p.objective), repr(p.space), p.title):
            assert cell in line


def on_terminal(columns: int, *commands: str) -> str:
    """What the commands print on a terminal so wide, in one process."""
    main_end, its_end = pty.openpty()
    termios.tcsetwinsize(its_end, (24, columns))
    code = f"""
from matopt.cli import main
for command in {commands!r}:
    main(command.split(), standalone_mode=False)
"""
    clean = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")}
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=its_end,
        stdin=its_end,
        env=clean | {"TERM": "xterm"},
    )
    os.close(its_end)
    text = b"".join(chunks(main_end)).decode()
    assert process.wait() == 0
    os.close(main_end)
    return re.sub(r"\x1b\[[0-9;]*m|\r", "", text)


def chunks(end: int) -> Iterator[bytes]:
    try:
        while data := os.read(end, 4096):
            yield data
    except OSError:  # the other end is closed
        return


@pytest.mark.slow
def test_a_narrow_terminal_does_without_columns_not_without_names():
    both = on_terminal(80, "problems", "solve covariance-iris")
    text, also, rest = both.partition("also shows: equations, class, objective")
    assert all(name in text for name in names())
    assert "Two linear discriminants of the wine growers" in text
    assert also
    assert max(map(len, both.splitlines())) <= 80
    assert re.search(r"^problem  .*\|gradient\|  .*status", rest, re.M)
    assert "covariance-iris  " in rest and "CONVERGED" in rest
    assert "also shows: space" in rest


def test_ctrl_c_ends_all_of_them(run, monkeypatch):
    solve = Problem.solve
    solved = []

    def interrupted(self, solver, **options):
        solved.append(self.name)
        if len(solved) == 2:
            options["callback"] = lambda e: signal.raise_signal(signal.SIGINT)
        return solve(self, solver, **options)

    monkeypatch.setattr(Problem, "solve", interrupted)
    done = run("solve", "--all")
    assert done.exit_code == 130 and len(solved) == 2
    assert "INTERRUPTED" in done.output and "1 of 2 solved" in done.output


def test_identities_are_listed_and_shown(run):
    done = run("identities")
    assert done.exit_code == 0
    assert "(32)" in done.output and "(144)" in done.output
    done = run("identities", "92")
    assert "wrong as printed" in done.output
    assert "erratum:" in done.output
    assert "as printed =" in done.output
    rows = json.loads(run("identities", "--json").output)
    assert len(rows) == 115
    assert {"number", "statement", "conditions", "verdict", "erratum"} <= rows[0].keys()


def test_every_identity_has_a_worked_example(run):
    from matopt.identities import chapter

    for number in chapter:
        done = run("identities", str(number))
        assert done.exit_code == 0, (number, done.output)
        assert "nan" not in done.output.split("verdict:")[1], number
    assert "derivative by differences =" in run("identities", "98+").output


def test_an_unknown_identity_gets_the_range(run):
    done = run("identities", "200")
    assert done.exit_code != 0
    assert "they are 32 to 144" in done.output


def test_identities_check_of_one_equation(run):
    done = run("identities", "79", "--check")
    assert done.exit_code == 0
    assert "(79)" in done.output and "(80)" not in done.output
    assert run("identities", "200", "--check").exit_code == 1
    assert "leave out --json" in run("identities", "--check", "--json").output


def test_identities_check_fails_when_an_equation_does(run, monkeypatch):
    from matopt.identities import Table, Verification, chapter

    good = Table([Verification(32, 1e-15)])
    monkeypatch.setattr(type(chapter), "check_all", lambda self: good)
    done = run("identities", "--check")
    assert done.exit_code == 0
    assert "worst relative error 1.0e-15" in done.output
    bad = Table([Verification(32, 1e-3)])
    monkeypatch.setattr(type(chapter), "check_all", lambda self: bad)
    assert run("identities", "--check").exit_code == 1


def test_identities_check_names_the_extra_it_needs(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "mpmath", None)
    done = run("identities", "57", "--check")
    assert done.exit_code == 1
    assert "Error: the check in 50 digits needs mpmath" in done.output
    assert "matopt[exact]" in done.output
    assert run("identities", "57").exit_code == 0
