import json
import math
import signal
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.linalg import toeplitz

import matopt as mo
from matopt.cli import main
from matopt.cli.structures import STRUCTURES
from matopt.studies import sample_file

SERIES = "problems/sunspots.csv", "--columns", " sunspots"


@pytest.fixture
def run():
    return lambda *words: CliRunner().invoke(main, ["fit", *map(str, words)])


@pytest.fixture
def fitted(run):
    def fit(*words):
        done = run(*words, "--json")
        assert done.exit_code == 0, done.output
        return json.loads(done.output)

    return fit


@pytest.fixture
def snapshots(rng, tmp_path):
    """60 samples of 4 features around a mean, as .npy."""
    X = rng.standard_normal((60, 6)) @ np.tri(6, 4) + [10.0, 0.0, -3.0, 1.0]
    np.save(tmp_path / "X.npy", X)
    return tmp_path / "X.npy", X


def normal_log_density(X, covariance):
    """Of zero-mean rows, in the textbook's words."""
    m, n = X.shape
    _, logdet = np.linalg.slogdet(covariance)
    square = np.sum(X * np.linalg.solve(covariance, X.T).T)
    return -0.5 * (m * n * math.log(2 * math.pi) + m * logdet + square)


def test_without_structure_it_is_the_sample_covariance(fitted, snapshots):
    path, X = snapshots
    found = fitted(path, "--structure", "unstructured", "--standard-errors")
    S = np.cov(X.T, bias=True)
    assert np.allclose(found["matrix"], S, rtol=1e-6)
    assert np.allclose(found["mean"], X.mean(axis=0), rtol=1e-12)
    density = normal_log_density(X - X.mean(axis=0), S)
    assert found["log_likelihood"] == pytest.approx(density, rel=1e-9)
    assert found["parameters"] == 10 + 4  # covariances and means
    assert found["aic"] == pytest.approx(28 - 2 * density, rel=1e-9)
    assert found["bic"] == pytest.approx(14 * math.log(60) - 2 * density, rel=1e-9)
    # Wishart: m var(s_ij) = s_ii s_jj + s_ij^2
    variance = (np.outer(S.diagonal(), S.diagonal()) + S**2) / 60
    assert np.allclose(found["standard_errors"], np.sqrt(variance), rtol=1e-6)


def test_the_size_of_standard_errors_is_that_of_the_covariance(
    run, snapshots, monkeypatch
):
    """Derivatives of 4 x 4 entries by 4 variances: means have none."""
    words = snapshots[0], "--structure", "diagonal", "--standard-errors"
    monkeypatch.setattr("matopt.cli.report._LARGEST", 4 * 4 * 4)
    assert run(*words).exit_code == 0
    monkeypatch.setattr("matopt.cli.report._LARGEST", 4 * 4 * 4 - 1)
    assert "standard errors of 4 parameters of matrices" in run(*words).output


def test_a_mean_of_zero_is_taken_at_its_word(fitted, snapshots):
    path, X = snapshots
    found = fitted(path, "--structure", "unstructured", "--mean", "zero")
    assert np.allclose(found["matrix"], X.T @ X / 60, rtol=1e-6)
    assert found["mean"] is None


def test_windows_of_a_series(fitted):
    y = np.loadtxt("problems/sunspots.csv", delimiter=",", skiprows=1)[:, 1]
    found = fitted(*SERIES, "--window", 12)
    X = (y - y.mean())[:300].reshape(25, 12)
    direct = mo.inference.fit(X, mo.SymmetricToeplitz(12))
    assert np.allclose(found["matrix"], direct.matrix, rtol=1e-6)
    assert found["count"] == 25 and found["mean"] == pytest.approx(y.mean())
    assert "25 windows of 12 values, side by side, 9 values" in found["data"]


@pytest.mark.parametrize("overlap", [[], ["--overlap"]])
def test_windows_cross_the_borders_of_chunks(fitted, monkeypatch, overlap):
    words = *SERIES, "--window", 12, *overlap
    whole = fitted(*words)
    monkeypatch.setattr(sample_file, "_ENTRIES", 10)  # chunks of 5 rows
    parts = fitted(*words)
    assert np.allclose(parts["matrix"], whole["matrix"], rtol=1e-8)
    assert parts["data"] == whole["data"]


def test_windows_that_overlap(fitted, run):
    y = np.loadtxt("problems/sunspots.csv", delimiter=",", skiprows=1)[:, 1]
    found = fitted(*SERIES, "--window", 5, "--overlap", "--structure", "unstructured")
    X = np.lib.stride_tricks.sliding_window_view(y - y.mean(), 5)
    assert np.allclose(found["matrix"], X.T @ X / len(X), rtol=1e-6)
    assert found["aic"] is None and "which overlap" in found["data"]
    for words in (["--standard-errors"], ["--compare"]):
        done = run(*SERIES, "--window", 5, "--overlap", *words)
        assert done.exit_code == 2 and "are not independent" in done.output


def test_an_autoregressive_model_is_exact(fitted):
    y = np.loadtxt("problems/nile.csv", delimiter=",", skiprows=1)[:, 1]
    words = "problems/nile.csv", "--columns", "volume", "--order", 1
    found = fitted(*words, "--standard-errors", "--compare")
    c, noise = found["coefficients"]
    C = toeplitz(noise / (1 - c * c) * c ** np.arange(100))
    one = np.ones(100)
    mean = one @ np.linalg.solve(C, y) / (one @ np.linalg.solve(C, one))
    density = normal_log_density((y - mean)[None], C)
    assert found["log_likelihood"] == pytest.approx(density, rel=1e-10)
    assert found["mean"] == pytest.approx(mean, rel=1e-10)
    assert f"; the mean {mean:.6g} is fitted with it" in found["data"]
    # the asymptotic error of c is sqrt((1 - c^2)/N)
    error = found["coefficients_standard_errors"][0]
    assert error == pytest.approx(math.sqrt((1 - c * c) / 100), rel=0.05)
    rows = {row["structure"]: row for row in found["compare"]}
    assert rows["autoregressive(1)"]["bic"] == pytest.approx(found["bic"])
    white = normal_log_density((y - y.mean())[None], np.eye(100) * y.var())
    assert rows["autoregressive(0)"]["log_likelihood"] == pytest.approx(white)


def test_rows_are_series_of_their_own(fitted, snapshots):
    path, X = snapshots
    words = "--structure", "autoregressive", "--order", 1, "--mean", "zero"
    found = fitted(path, *words)
    assert found["mean"] is None and "the mean is taken to be zero" in found["data"]
    c, noise = found["coefficients"]
    C = toeplitz(noise / (1 - c * c) * c ** np.arange(4))
    density = normal_log_density(X, C)
    assert found["log_likelihood"] == pytest.approx(density, rel=1e-9)


def test_of_missing_entries_each_structure_has_its_own_mean(
    fitted, tmp_path, snapshots
):
    """So its row is that of a fit of its own, whatever was asked for first."""
    X = snapshots[1][:20].copy()
    X[::3, 1] = X[1::4, 3] = np.nan
    path = tmp_path / "holes.npy"
    np.save(path, X)
    rows = fitted(path, "--missing", "--compare")["compare"]
    values = {row["structure"]: row["log_likelihood"] for row in rows}
    for name in ("diagonal", "unstructured"):
        own = fitted(path, "--missing", "--structure", name)
        assert values[name] == pytest.approx(own["log_likelihood"], rel=1e-9)


@pytest.mark.parametrize("means", [4, 8])
def test_a_mean_counts_whether_entries_may_be_missing_or_not(
    fitted, tmp_path, rng, means
):
    """With nothing missing it is the same model; a complex mean has two parts."""
    X = rng.standard_normal((30, 4)) + np.arange(4.0)
    np.save(tmp_path / "X.npy", X if means == 4 else X + 1j * X[::-1])
    words = tmp_path / "X.npy", "--structure", "diagonal"
    whole, holes = fitted(*words), fitted(*words, "--missing", "--compare")
    assert whole["parameters"] == holes["parameters"] == 4 + means
    for name in ("log_likelihood", "aic", "bic"):
        assert holes[name] == pytest.approx(whole[name], rel=1e-9)
    row = next(r for r in holes["compare"] if r["structure"] == "diagonal")
    assert row["parameters"] == 4 + means and row["aic"] == pytest.approx(whole["aic"])
    zero = fitted(*words, "--missing", "--mean", "zero")
    assert zero["parameters"] == 4


def test_a_column_of_no_variance_is_named_in_the_table(fitted, tmp_path, snapshots):
    X = snapshots[1][:20].copy()
    X[::3, 1], X[:, 2] = np.nan, 5.0
    path = tmp_path / "holes.npy"
    np.save(path, X)
    rows = fitted(path, "--missing", "--compare")["compare"]
    row = next(row for row in rows if row["structure"] == "unstructured")
    assert row["status"] == "NO_MAXIMUM" and "always the same: 2;" in row["detail"]
    assert row["parameters"] == 10 + 4
    np.save(path, X[:, [0, 2, 3]])
    rows = fitted(path, "--compare")["compare"]
    (detail,) = {row["detail"] for row in rows if row["status"] == "NO_MAXIMUM"}
    assert "always the same: 1; " in detail and "with --columns" in detail


@pytest.mark.parametrize("words", [[], ["--missing"]])
def test_columns_that_are_always_the_same_are_named(run, tmp_path, words):
    path = tmp_path / "k.csv"
    path.write_text("a,b,c,d\n1,.1,2,5\n3,.1,5,5\n4,.1,2,5\n2,.1,7,5\n0,.1,3,5\n")
    said = "columns that are always the same: b, d; the likelihood"
    for name in ("diagonal", "unstructured"):
        done = run(path, "--structure", name, *words)
        assert done.exit_code == 2 and said in done.output
        assert "leave them out with --columns" in done.output
        assert "penalty" not in done.output
    done = run(path, "--structure", "diagonal", "--columns", "a,c", *words)
    assert done.exit_code == 0


def test_columns_that_are_always_zero_are_named(run, tmp_path):
    path = tmp_path / "k.csv"
    path.write_text("a,b,c\n1,0,5\n3,0,5\n4,0,5\n")
    for words in ([], ["--missing"]):
        done = run(path, "--structure", "diagonal", "--mean", "zero", *words)
        assert done.exit_code == 2 and "columns that are always 0: b; " in done.output


@pytest.mark.parametrize(
    "words", [["--window", 2], ["--window", 2, "--missing"], ["--order", 1]]
)
def test_a_series_that_is_always_the_same(run, tmp_path, words):
    path = tmp_path / "y.csv"
    path.write_text("t,y\n1,.1\n2,.1\n3,.1\n4,.1\n5,.1\n")
    done = run(path, "--columns", "y", *words)
    assert done.exit_code == 2
    assert "column 'y' is always the same: there is nothing to fit" in done.output


@pytest.mark.parametrize("value", [3.1, 0.1, 1e8 + 0.1, 1e-9 / 3])
@pytest.mark.parametrize("words", [[], ["--missing"], ["--overlap"]])
def test_rounding_of_a_mean_is_no_variance(run, tmp_path, value, words):
    """The mean of 1000 such values is another number."""
    np.save(tmp_path / "s.npy", np.full(1000, value))
    done = run(tmp_path / "s.npy", "--window", 3, *words)
    assert done.exit_code == 2
    assert "column '0' is always the same: there is nothing to fit" in done.output


def test_of_a_mean_of_zero_only_zeros_are_no_samples(run, tmp_path):
    path, words = tmp_path / "s.npy", ("--window", 1, "--mean", "zero")
    np.save(path, np.zeros(9))
    assert "column '0' is always 0: there is nothing to fit" in run(path, *words).output
    np.save(path, np.full(9, 3.0))
    assert run(path, *words).exit_code == 0


@pytest.mark.parametrize(
    ("values", "words", "message"),
    [
        ("5\n", ["--window", 2], "has 1 values, a fit of 2 features needs at least 2"),
        ("5\n5\n5\n", ["--order", 9], "has 3 times, a fit of 10 features needs"),
        ("5\n5\n5\n", ["--window", 2, "--structure", "kernel"], "no structure is name"),
    ],
)
def test_other_errors_stay_where_a_series_is_always_the_same(
    run, tmp_path, values, words, message
):
    (tmp_path / "y.csv").write_text(f"y\n{values}")
    done = run(tmp_path / "y.csv", *words)
    assert done.exit_code == 2 and message in done.output


def test_other_errors_stay_where_a_column_is_always_the_same(run, tmp_path):
    path = tmp_path / "k.csv"
    path.write_text("a,b,c\n1,5,3\n2,5,4\n0,5,9\n")
    done = run(path, "--structure", "kronecker", "--order", 2)
    assert done.exit_code == 2 and "must divide the 3 features" in done.output
    done = run(path, "--structure", "toeplitz")  # has one variance for all
    assert done.exit_code == 0


def test_missing_entries(fitted, run, tmp_path, snapshots):
    X = snapshots[1].copy()
    X[::3, 1] = np.nan
    path = tmp_path / "holes.csv"
    rows = [
        ",".join("" if np.isnan(v) else f"{v!r}" for v in row.tolist()) for row in X
    ]
    path.write_text("a,b,c,d\n" + "\n".join(rows) + "\n")
    done = run(path)
    assert done.exit_code == 2
    assert "row 1, column 'b' is missing (NaN), 20 such in rows 1 to 60" in done.output
    found = fitted(path, "--missing", "--structure", "unstructured")
    # monotone: b is regressed on the rest where it is seen (Anderson, 1957)
    seen, rest = ~np.isnan(X[:, 1]), X[:, [0, 2, 3]]
    design = np.column_stack([np.ones(seen.sum()), rest[seen]])
    beta, square, *_ = np.linalg.lstsq(design, X[seen, 1])
    S = np.cov(rest.T, bias=True)
    A = np.array(found["matrix"])
    assert np.allclose(A[1, [0, 2, 3]], S @ beta[1:], rtol=1e-4)
    variance = square[0] / seen.sum() + beta[1:] @ S @ beta[1:]
    assert A[1, 1] == pytest.approx(variance, rel=1e-4)
    mean = beta[0] + beta[1:] @ rest.mean(axis=0)
    assert found["mean"][1] == pytest.approx(mean, rel=1e-5)


def test_a_first_row_of_numbers_is_a_sample_or_the_names(fitted, tmp_path):
    path, words = tmp_path / "h.csv", ("--missing", "--structure", "diagonal")
    path.write_text("1,,3\n2,3,5\n4,1,0\n5,2,2\n1,1,4\n")
    found = fitted(path, *words)
    # of each column those that are there: 1 2 4 5 1, 3 1 2 1, 3 5 0 2 4
    assert np.allclose(np.diag(found["matrix"]), [2.64, 0.6875, 2.96], rtol=1e-5)
    found = fitted(path, *words, "--header")
    assert found["count"] == 4 and found["names"] == ["1", "", "3"]


def test_gaps_of_a_series_stay_where_they_are(fitted, run, tmp_path):
    path = tmp_path / "b.csv"
    path.write_text("y\n1\n2\n\n4\n3\n1\n\n2\n5\n3\n")
    found = fitted(path, "--window", 2, "--missing", "--structure", "diagonal")
    assert "a series of 10 values" in found["data"] and found["count"] == 5
    odd, even = np.array([1.0, 3.0, 5.0]), np.array([2.0, 4.0, 1.0, 2.0, 3.0])
    mean = (odd.sum() + even.sum()) / 8
    variances = [np.mean((odd - mean) ** 2), np.mean((even - mean) ** 2)]
    assert np.allclose(np.diag(found["matrix"]), variances, rtol=1e-5)
    done = run(path, "--order", 1)
    assert done.exit_code == 2 and "row 3, column 'y' is missing" in done.output


def test_the_table_of_structures(run, fitted, snapshots):
    path, _ = snapshots
    rows = fitted(path, "--compare")["compare"]
    names = [row["structure"] for row in rows]
    assert names[0] == "diagonal" and names[-1] == "unstructured"
    values = {row["structure"]: row["log_likelihood"] for row in rows}
    assert max(values, key=values.get) == "unstructured"
    done = run(path, "--compare")
    lines = done.output.splitlines()
    assert sum("*" in line for line in lines) in (1, 2)
    assert any(line.split()[:2] == ["toeplitz", "8"] for line in lines)


def test_complex_samples(fitted, run, rng, tmp_path):
    Z = rng.standard_normal((50, 3, 2)) @ [1.0, 1j]
    np.save(tmp_path / "Z.npy", Z)
    words = tmp_path / "Z.npy", "--mean", "zero", "--standard-errors"
    found = fitted(*words)
    T = np.array(found["matrix"]["real"]) + 1j * np.array(found["matrix"]["imag"])
    direct = mo.inference.fit(Z, mo.HermitianToeplitz(3))
    assert np.allclose(T, direct.matrix)
    assert found["standard_errors"]["imag"][0][0] == 0.0
    assert "of the real part" in run(*words).output
    done = run(tmp_path / "Z.npy", "--structure", "matern32")
    assert done.exit_code == 2 and "is for real data" in done.output


def test_without_a_maximum_there_are_no_standard_errors(run, tmp_path, snapshots):
    np.save(tmp_path / "few.npy", snapshots[1][:2])
    done = run(tmp_path / "few.npy", "--standard-errors")
    assert done.exit_code == 1
    assert "note: No standard errors: the fit ran to a singular" in done.output
    assert "95 % interval" not in done.output


def test_structures_of_complex_samples_are_compared(fitted, rng, tmp_path):
    Z = rng.standard_normal((50, 3, 2)) @ [1.0, 1j]
    np.save(tmp_path / "Z.npy", Z)
    rows = fitted(tmp_path / "Z.npy", "--mean", "zero", "--compare")["compare"]
    row = next(row for row in rows if row["structure"] == "diagonal")
    powers = np.mean(np.abs(Z) ** 2, axis=0)
    density = -50 * np.sum(np.log(np.pi * powers) + 1.0)
    assert row["parameters"] == 3
    assert row["log_likelihood"] == pytest.approx(density, rel=1e-9)
    assert all(row["status"] == "CONVERGED" for row in rows)


@pytest.mark.parametrize("name", STRUCTURES)
def test_every_structure_by_name(fitted, snapshots, name):
    words = ["--order", 2] if STRUCTURES[name].order else []
    found = fitted(snapshots[0], "--structure", name, *words)
    assert found["converged"] and found["structure"] == name
    assert np.linalg.eigvalsh(found["matrix"])[0] > 0


@pytest.mark.parametrize(
    ("words", "suffix"),
    [
        ([*SERIES, "--window", 6], "png"),
        ([*SERIES, "--order", 2], "svg"),
        (["problems/iris.csv", "--structure", "unstructured", "--missing"], "svg"),
        (["problems/iris.csv", "--structure", "diagonal"], "svg"),
    ],
)
@pytest.mark.slow
def test_pictures(run, tmp_path, words, suffix):
    path = tmp_path / f"fit.{suffix}"
    done = run(*words, "--plot", path)
    assert done.exit_code == 0, done.output
    assert path.stat().st_size > 10_000


def test_the_result_is_saved(run, tmp_path, snapshots):
    path = tmp_path / "fit.npz"
    assert run(snapshots[0], "--output", path).exit_code == 0
    T = mo.Result.load(path).matrix
    assert np.allclose(T, toeplitz(T[0]))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no full disk")
def test_a_figure_that_fails_does_not_lose_the_fit(run, tmp_path, snapshots):
    figure, result = tmp_path / "fit.svg", tmp_path / "fit.npz"
    figure.symlink_to("/dev/full")
    for words in ([], ["--json"]):
        done = run(snapshots[0], "--plot", figure, "--output", result, *words)
        assert done.exit_code == 2
        assert "Error: no figure was written: [Errno 28]" in done.stderr
        assert mo.Result.load(result).success
        result.unlink()
    assert json.loads(done.stdout)["converged"]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "out of memory; take fewer columns"),
        (MemoryError("no 3 TB"), "out of memory: no 3 TB; take fewer columns"),
    ],
)
def test_what_does_not_fit_into_memory_is_said(
    run, snapshots, monkeypatch, error, said
):
    def read(*_):
        raise error

    monkeypatch.setattr("matopt.cli.samples.Samples.read", read)
    done = run(snapshots[0])
    assert done.exit_code == 2 and f"Error: X.npy: {said}" in done.output


def test_a_result_that_fails_does_not_lose_the_fit(
    run, tmp_path, snapshots, monkeypatch
):
    def save(*_):
        raise OSError(28, "No space left")

    monkeypatch.setattr(mo.Result, "save", save)
    done = run(snapshots[0], "--output", tmp_path / "fit.npz")
    assert done.exit_code == 2 and "log-likelihood" in done.stdout
    assert done.stderr == "Error: no result was written: [Errno 28] No space left\n"


def test_a_folder_that_is_not_there_is_said_before_the_fit(run, snapshots, monkeypatch):
    monkeypatch.setattr("matopt.cli.fit.SampleFile", None)  # not called
    done = run(snapshots[0], "--output", "/none/fit.npz")
    assert done.exit_code == 2 and "there is no folder /none; make it" in done.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["none.csv"], "none.csv: no such file"),
        (["problems/wine.toml"], "must end in one of .csv"),
        (["problems/nile.csv", "--columns", "vol"], "did you mean 'volume'?"),
        (["problems/nile.csv", "--columns", "volume"], "one column is a series"),
        (["problems/nile.csv", "--window", "4"], "--window is for one column, got 2"),
        (["problems/nile.csv", "--overlap"], "--overlap is for --window N"),
        (["problems/nile.csv", "--structure", "toplitz"], "did you mean 'toeplitz'"),
        (["problems/nile.csv", "--structure", "banded"], "banded needs --order, the b"),
        (["problems/nile.csv", "--order", "3"], "toeplitz has no order"),
        (["problems/nile.csv", "--plot", "a.xyz"], "got 'a.xyz'"),
        (
            ["problems/nile.csv", "--structure", "banded", "--order", "2"],
            "bandwidth must be below n = 2",
        ),
        (
            ["problems/wine.csv", "--structure", "kronecker", "--order", "3"],
            "order must divide the 14 features",
        ),
        ([*SERIES, "--order", "1", "--window", "3"], "toeplitz has no order"),
        ([*SERIES, "--order", "1", "--missing"], "--missing does not go with an auto"),
        ([*SERIES, "--window", "400"], "has 309 values"),
        ([*SERIES, "--order", "400"], "has 309 times"),
        (
            [*SERIES, "--structure", "autoregressive", "--order", "1", "--window", "3"],
            "leave out --window",
        ),
    ],
)
def test_wrong_words(run, words, message):
    done = run(*words)
    assert done.exit_code == 2, done.output
    assert message in done.output and done.output.startswith("Error")


def test_too_few_rows(run, tmp_path):
    np.save(tmp_path / "X.npy", np.ones((1, 3)))
    done = run(tmp_path / "X.npy")
    assert done.exit_code == 2 and "has 1 rows" in done.output
    np.save(tmp_path / "X.npy", [[1.0, 2.0, 3.0], [2.0, 4.0, 7.0]])
    done = run(tmp_path / "X.npy", "--structure", "unstructured")
    assert done.exit_code == 2 and "rank 1 but" in done.output


@pytest.mark.parametrize(
    ("callback", "status", "said"),
    [(None, 1, "Raise Stop(max_iterations"), (signal.raise_signal, 130, "INTERRUPTED")],
)
def test_not_converged_is_an_exit_status(
    run, snapshots, monkeypatch, callback, status, said
):
    names = mo.inference.fit.__globals__
    minimize, stop = names["minimize"], mo.Stop(max_iterations=0 if status == 1 else 9)

    def stopped(*arguments, **options):
        options |= {"stop": stop}
        if callback:
            options["callback"] = lambda e: callback(signal.SIGINT)
        return minimize(*arguments, **options)

    monkeypatch.setitem(names, "minimize", stopped)
    done = run(snapshots[0], "--json")
    assert done.exit_code == status
    found = json.loads(done.output)
    assert said in found["message"] + found["status"] and not found["converged"]
