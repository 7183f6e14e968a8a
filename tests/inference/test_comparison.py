import numpy as np
import pytest

import matopt as mo
from matopt.inference import aic, bic, compare, compare_fits, cross_validate, fit
from matopt.inference.table import html_table, text_table
from matopt.objectives import (
    AutoregressiveLikelihood,
    GaussianLikelihood,
    GaussianMissingLikelihood,
)
from matopt.spaces import (
    Diagonal,
    PositiveDefinite,
    PositiveDefiniteToeplitz,
    Symmetric,
    SymmetricToeplitz,
)


@pytest.fixture
def samples(rng):
    noise = rng.standard_normal((80, 6))
    return noise[:, 1:] + 0.8 * noise[:, :-1]


def test_the_true_structure_is_chosen(samples):
    spaces = [Diagonal(5), SymmetricToeplitz(5), Symmetric(5)]
    table = compare(samples, spaces, folds=4, rng=0)
    for criterion in ("aic", "bic", "cv"):
        assert table.best(criterion).structure == "SymmetricToeplitz(5)"
    assert table.best("log_likelihood").structure == "Symmetric(5)"
    row, each = table.rows[1], fit(samples, spaces[1])
    assert row.parameters == 5
    assert row.aic == pytest.approx(aic(each))
    assert row.bic == pytest.approx(bic(each))
    held = cross_validate(samples, spaces, 4, 0)
    assert row.cv == pytest.approx(held[1].mean())
    assert row.condition == pytest.approx(np.linalg.cond(each.matrix), rel=1e-5)
    assert (row.status, row.needed, row.boundary) == ("CONVERGED", 3, False)
    assert set(table.fits) == set(table.reports) == {r.structure for r in table.rows}


def test_a_structure_without_a_fit_keeps_its_row(rng):
    table = compare(
        rng.standard_normal((3, 5)), {"all": Symmetric(5), "T": Diagonal(5)}
    )
    row = table.rows[0]
    assert (row.status, row.log_likelihood) == ("NO_MAXIMUM", None)
    assert "falls without limit" in row.detail
    assert "all" not in table.fits
    assert table.best().structure == "T"
    with pytest.raises(ValueError, match="no structure has a cv; for cv pass folds=5"):
        table.best("cv")


def test_a_likelihood_in_place_of_samples(samples):
    spaces = [Diagonal(5), SymmetricToeplitz(5)]
    table = compare(samples, spaces)
    chunks = GaussianLikelihood(iter(np.split(samples, 4)))
    for row, same in zip(table.rows, compare(chunks, spaces).rows, strict=True):
        assert row.log_likelihood == pytest.approx(same.log_likelihood, rel=1e-12)
        assert (row.structure, row.parameters) == (same.structure, same.parameters)
    with pytest.raises(ValueError, match="folds = 4 needs the samples, got Gaussian"):
        compare(chunks, spaces, folds=4)
    holes = np.where(samples > 2.0, np.nan, samples)
    table = compare(GaussianMissingLikelihood(holes), spaces)
    assert table.best().structure == "SymmetricToeplitz(5)"


def test_fits_side_by_side(rng):
    y = rng.standard_normal(300)
    for t in range(1, 300):
        y[t] += 0.8 * y[t - 1]
    fits = {
        p: fit(AutoregressiveLikelihood(y, p), PositiveDefiniteToeplitz(p + 1))
        for p in (0, 1, 4)
    }
    table = compare_fits({f"AR({p})": each for p, each in fits.items()})
    assert table.best("bic").structure == "AR(1)"
    for row, each in zip(table.rows, fits.values(), strict=True):
        assert row.aic == 2 * row.parameters - 2 * each.log_likelihood
        by_values = row.parameters * np.log(300) - 2 * each.log_likelihood
        assert row.bic == pytest.approx(by_values)


def test_as_text_and_as_columns(samples):
    table = compare(samples, [Diagonal(5), SymmetricToeplitz(5)])
    head, first, second = repr(table).splitlines()
    assert head.split()[:3] == ["structure", "parameters", "log"]
    assert " cv " not in head
    assert first.count("*") == 0 and second.count("*") == 2
    assert len({len(line.rstrip()) for line in (first, second)}) == 1
    assert table._repr_html_().count("<tr>") == 3
    columns = table.to_dict()
    assert columns["structure"] == ["Diagonal(5)", "SymmetricToeplitz(5)"]
    assert columns["parameters"] == [5, 5]
    assert {len(c) for c in columns.values()} == {2}


def test_tables_escape_and_align():
    assert text_table(["a", "bb"], [["ccc", "d"]]) == "a    bb\nccc   d"
    assert "<td>&lt;x&gt;</td>" in html_table(["a"], [["<x>"]])


def test_arguments(samples):
    with pytest.raises(TypeError, match=r"structures must be a list of spaces"):
        compare(samples, Diagonal(5))
    with pytest.raises(ValueError, match="two look alike"):
        compare(samples, [Diagonal(5), Diagonal(5)])
    with pytest.raises(ValueError, match="samples has 5 features but the space"):
        compare(samples, [PositiveDefinite(4)])
    with pytest.raises(ValueError, match="criterion must be one of aic, bic, cv"):
        compare(samples, [Diagonal(5)]).best("AIC")


def test_a_fit_that_ran_to_a_singular_matrix_is_not_chosen(rng):
    """Its likelihood is as large as the run was long."""
    X = rng.standard_normal((40, 4))
    X[:, 1] = 3.0  # of no variance
    f = mo.GaussianLikelihood(X, mean="profile")
    spaces = [mo.SymmetricToeplitz(4), mo.LowRankPlusDiagonal(4, 1)]
    table = mo.inference.compare(f, spaces)
    away = table.rows[1]
    assert away.boundary and away.aic < table.rows[0].aic
    assert table.best("aic") is table.best("bic") is table.rows[0]
    assert f"{table.rows[0].aic:.6g}*" in repr(table)
    assert f"{away.aic:.6g}*" not in repr(table)
    with pytest.raises(ValueError, match="no structure has a bic"):
        mo.inference.compare(f, spaces[1:]).best()


@pytest.mark.parametrize("structures", [[], {}])
def test_no_structures(structures, samples):
    with pytest.raises(ValueError, match="structures must not be empty; pass some"):
        mo.inference.compare(samples, structures)


@pytest.mark.parametrize("structures", [[mo.Diagonal], {"diagonal": mo.Diagonal}])
def test_structures_are_spaces(structures, samples):
    with pytest.raises(
        TypeError, match=r"must be spaces such as Diagonal\(n\), got <cl"
    ):
        mo.inference.compare(samples, structures)


def test_a_row_without_a_fit_counts_the_mean_too(rng):
    f = GaussianLikelihood(rng.standard_normal((4, 4)), mean="profile")
    without, with_fit = compare(f, [Symmetric(4), Diagonal(4)]).rows
    assert (without.parameters, without.status) == (10 + 4, "NO_MAXIMUM")
    assert with_fit.parameters == 4 + 4


def test_a_fit_of_several_matrices_has_a_row(rng):
    X = rng.standard_normal((40, 3)) + 1.0
    pair = mo.Product(mo.Dense(3), PositiveDefinite(3))
    fits = {"joint": fit(mo.GaussianMeanLikelihood(X), pair)}
    fits["profile"] = fit(GaussianLikelihood(X, mean="profile"), Symmetric(3))
    table = compare_fits(fits)
    joint, profile = table.rows
    assert (joint.parameters, joint.condition, joint.boundary) == (9, None, False)
    assert joint.bic == pytest.approx(profile.bic)
    assert list(table.reports) == ["profile"]
    assert repr(table).splitlines()[1].split()[0] == "joint"
