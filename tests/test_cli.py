import json

import pytest
from click.testing import CliRunner

from matopt.cli import main


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


def test_solve_json_has_the_promised_fields(run):
    done = run("solve", "--all", "--json")
    rows = json.loads(done.output)
    assert done.exit_code == 0
    assert len(rows) >= 8
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
        (["solve", "covariance-iris", "--plot", "a.xyz"], "xyz"),
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
def test_plot_writes_a_figure(run, tmp_path, name):
    path = tmp_path / "new" / "fit.svg"
    done = run("solve", name, "--plot", str(path))
    assert done.exit_code == 0, done.output
    assert "<svg" in path.read_text()
    assert str(path) in done.output.replace("\n", "")
