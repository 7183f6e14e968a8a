import logging
import re

import mpmath
import numpy as np
import pytest
from numeric import agrees_inside, lift, normal, trace

import matopt as mo
from matopt.check import check_objective
from matopt.linalg import Moments, PatternMoments
from matopt.objectives import (
    GaussianLikelihood,
    GaussianMissingLikelihood,
    InverseWishartPrior,
)
from matopt.solvers import LBFGS, Stop, minimize
from matopt.spaces import (
    Banded,
    Dense,
    Diagonal,
    Fisher,
    HermitianToeplitz,
    PositiveDefinite,
    Symmetric,
    SymmetricToeplitz,
)

mp = mpmath.mp
FIELDS = pytest.mark.parametrize("dtype", [float, complex])


def with_holes(rng, m, n, dtype=float, share=0.25):
    """Correlated samples of which some entries are NaN, never a whole one."""
    mix = np.eye(n) + 0.5 * np.eye(n, k=1)
    X = normal(rng, m, n, dtype=dtype) @ mix
    holes = rng.random((m, n)) < share
    holes[np.arange(m), rng.integers(0, n, m)] = False
    X[holes] = np.nan
    return X


def value_of(X):
    """The mean over samples of ln det A_oo + x_o^H A_oo^-1 x_o, in mpmath."""

    def one(x, A):
        o = [int(i) for i in np.flatnonzero(~np.isnan(x))]
        B = mp.matrix([[A[i, j] for j in o] for i in o])
        y = lift(x[o])
        return mp.log(mp.re(mp.det(B))) + trace(y.H * B**-1 * y)

    return lambda A: mp.fsum(one(x, A) for x in X) / len(X)


@FIELDS
def test_about_a_mean_that_was_fitted(dtype, rng):
    X, mean = with_holes(rng, 9, 3, dtype), normal(rng, 3, dtype=dtype)
    f = GaussianMissingLikelihood(X, mean)
    A = np.eye(3, dtype=dtype) + 0.1
    value = f.on(Symmetric(3, dtype)).at(Symmetric(3, dtype).parameters(A)).value
    assert value == pytest.approx(float(mp.re(value_of(X - mean)(lift(A)))))
    np.testing.assert_array_equal(f.mean, mean)
    with pytest.raises(ValueError, match=r"mean must have shape \(3,\), got"):
        GaussianMissingLikelihood(X, np.ones(2))


@FIELDS
@pytest.mark.parametrize(("m", "n"), [(1, 1), (3, 3), (8, 2)])
def test_value_and_derivatives(m, n, dtype, rng):
    X = with_holes(rng, m, n, dtype)
    space = Symmetric(n, dtype)
    A = space.matrix(space.random(rng))
    agrees_inside(GaussianMissingLikelihood(X), space, value_of(X), rng, A)


@FIELDS
@pytest.mark.parametrize("n", [1, 2, 5])
def test_on_hermitian_matrices(n, dtype, rng):
    toeplitz = SymmetricToeplitz(n) if dtype is float else HermitianToeplitz(n)
    f = GaussianMissingLikelihood(with_holes(rng, 12, n, dtype))
    for space in (PositiveDefinite(n, dtype), toeplitz, Fisher(toeplitz)):
        check_objective(f, space, rng)


@FIELDS
@pytest.mark.parametrize("m", [2, 9])
def test_of_complete_samples_it_is_the_gaussian_likelihood(m, dtype, rng):
    X = normal(rng, m, 3, dtype=dtype)
    space = PositiveDefinite(3, dtype)
    A, v = space.random(rng), space.random(rng)
    one, two = (
        f(X).on(space).at(A) for f in (GaussianLikelihood, GaussianMissingLikelihood)
    )
    assert one.value == pytest.approx(two.value, rel=1e-13)
    np.testing.assert_allclose(one.gradient, two.gradient, rtol=0, atol=1e-12)
    np.testing.assert_allclose(one.hessp(v), two.hessp(v), rtol=0, atol=1e-11)


@FIELDS
def test_log_likelihood_is_of_the_observed_entries(dtype, rng):
    from scipy.stats import multivariate_normal

    X = with_holes(rng, 9, 3, dtype)
    A = PositiveDefinite(3, dtype).random(rng)
    expected = 0.0
    for x in X:
        o = ~np.isnan(x)
        B, y = A[np.ix_(o, o)], x[o]
        if dtype is complex:
            B = np.block([[B.real, -B.imag], [B.imag, B.real]]) / 2
            y = np.concatenate([y.real, y.imag])
        expected += multivariate_normal(np.zeros(len(y)), B).logpdf(y)
    f = GaussianMissingLikelihood(X)
    value = f.on(PositiveDefinite(3, dtype)).at(A).value
    assert f.log_likelihood(value) == pytest.approx(expected, rel=1e-12)


def expectation_maximization(X, steps=4000):
    """Dempster, Laird and Rubin: impute, and add the covariance of what was imputed."""
    m, n = X.shape
    A: np.ndarray = np.eye(n, dtype=X.dtype)
    for _ in range(steps):
        total = np.zeros_like(A)
        for x in X:
            o = ~np.isnan(x)
            full, rest = np.where(o, x, 0.0), np.zeros_like(A)
            if not o.all():
                B = A[np.ix_(~o, o)] @ np.linalg.inv(A[np.ix_(o, o)])
                full[~o] = B @ x[o]
                unknown = A[np.ix_(~o, ~o)] - B @ A[np.ix_(o, ~o)]
                rest[np.ix_(~o, ~o)] = unknown
            total += np.outer(full, full.conj()) + rest
        change = np.abs(total / m - A).max()
        A = total / m
        if change < 1e-12:
            return A
    raise AssertionError("no fixed point")


@FIELDS
def test_the_fixed_point_of_em_is_the_minimum(dtype, rng):
    X = with_holes(rng, 40, 3, dtype)
    expected = expectation_maximization(X)
    f = GaussianMissingLikelihood(X)
    for solver in (None, LBFGS()):
        problem = f.on(PositiveDefinite(3, dtype))
        result = minimize(problem, solver=solver, stop=Stop(gradient_norm=1e-9))
        assert result.success and result.nfactor <= result.nfev
        np.testing.assert_allclose(result.matrix, expected, rtol=0, atol=1e-8)
        again = problem.at(result.matrix).value
        assert result.fun == pytest.approx(again, rel=1e-13)


def test_a_toeplitz_family_joins_what_was_never_observed_together(rng):
    """Lag 2 is seen between features 0 and 2 only, 1 and 3 never; lag 3 is."""
    X = normal(rng, 90, 4)
    X[:30, 3] = X[30:60, :2] = X[60:, 1] = np.nan
    f = GaussianMissingLikelihood(X)
    assert minimize(f.on(Fisher(SymmetricToeplitz(4)))).success
    for space in (PositiveDefinite(4), Symmetric(4), Symmetric(4, complex)):
        with pytest.raises(ValueError, match="together: 1 and 3; their covariance"):
            minimize(f.on(space))
    f.check_minimum(Banded(4, 1, symmetric=True))
    f = GaussianMissingLikelihood(X[:60])  # lag 3 is not seen any more
    for space in (SymmetricToeplitz(4), HermitianToeplitz(4)):
        with pytest.raises(ValueError, match="together: 0 and 3; their covariance"):
            f.check_minimum(space)
    Z = X.copy()
    Z[:, 1] = np.nan
    f = GaussianMissingLikelihood(Z)
    f.check_minimum(SymmetricToeplitz(4))
    for space in (PositiveDefinite(4), Diagonal(4), Banded(4, 1, symmetric=True)):
        with pytest.raises(ValueError, match="never observed: 1; leave them out"):
            f.check_minimum(space)
    (f + InverseWishartPrior(4, np.eye(4))).check_minimum(PositiveDefinite(4))


def test_features_go_by_their_names(rng):
    pandas = pytest.importorskip("pandas")
    X = normal(rng, 20, 3)
    X[:10, 0] = X[10:, 2] = np.nan
    f = GaussianMissingLikelihood(pandas.DataFrame(X, columns=["rain", "sun", "wind"]))
    with pytest.raises(ValueError, match="together: rain and wind; "):
        f.check_minimum(Symmetric(3))
    f.check_minimum(Diagonal(3))
    wide = np.full((10, 12), np.nan)
    wide[:, 0] = 1.0
    with pytest.raises(ValueError, match=re.escape("1, 2, 3, 4, 5 and 6 more; ")):
        GaussianMissingLikelihood(wide).check_minimum(Symmetric(12))


def test_few_samples_of_a_set_leave_a_local_minimum(rng):
    """What the docstring warns of: one complete sample, and singular matrices."""
    X = normal(rng, 60, 2)
    X[1:30, 0] = X[30:, 1] = np.nan
    x = X[0] = [2.0, 0.5]
    across = np.outer([0.5, -2.0], [0.5, -2.0])
    problem = GaussianMissingLikelihood(X).on(PositiveDefinite(2))
    line = [problem.at(np.outer(x, x) + t * across).value for t in (1e-8, 1e-10, 1e-12)]
    np.testing.assert_allclose(np.diff(line), np.log(1e-2) / 60, rtol=1e-3)
    result = minimize(problem)
    assert result.success and np.linalg.cond(result.matrix) < 10


def test_samples_of_which_nothing_is_observed_are_left_out(caplog, rng):
    X = with_holes(rng, 9, 3)
    Y = np.insert(X, [0, 4], np.nan, axis=0)
    with caplog.at_level(logging.WARNING, "matopt"):
        f = GaussianMissingLikelihood(Y)
    assert "2 of 11 samples have no entry that is observed" in caplog.text
    A = PositiveDefinite(3).random(rng)
    one, two = (g.on(Symmetric(3)).at(A) for g in (f, GaussianMissingLikelihood(X)))
    assert one.value == pytest.approx(two.value, rel=1e-14)
    assert f.count == 9
    with pytest.raises(ValueError, match="must have entries that are observed"):
        GaussianMissingLikelihood(np.full((2, 2), np.nan))


def test_data_in_chunks(rng):
    X = with_holes(rng, 50, 3)
    A = PositiveDefinite(3).random(rng)
    expected = GaussianMissingLikelihood(X).on(Symmetric(3)).at(A).value
    for data in ((X[i : i + 9] for i in range(0, 50, 9)), PatternMoments().update(X)):
        f = GaussianMissingLikelihood(data)
        assert f.on(Symmetric(3)).at(A).value == pytest.approx(expected, rel=1e-13)
    f = GaussianMissingLikelihood(Moments().update(np.nan_to_num(X)))
    g = GaussianLikelihood(np.nan_to_num(X))
    values = [h.on(Symmetric(3)).at(A).value for h in (f, g)]
    assert values[0] == pytest.approx(values[1], rel=1e-13)


def test_the_domain_is_of_the_whole_matrix(rng):
    X = normal(rng, 9, 2)
    X[:5, 0] = X[5:, 1] = np.nan  # principal submatrices of order 1 only
    e = GaussianMissingLikelihood(X).on(Symmetric(2)).at([[1.0, 2.0], [2.0, 1.0]])
    assert e.value == np.inf


def test_starts_at_the_mean_power(rng):
    X = 3.0 * with_holes(rng, 500, 3)
    e = GaussianMissingLikelihood(X).on(PositiveDefinite(3)).start()
    np.testing.assert_allclose(e.matrix, np.nanmean(X**2) * np.eye(3), rtol=1e-12)


def test_wrong_arguments(rng):
    f = GaussianMissingLikelihood(with_holes(rng, 9, 3, complex))
    with pytest.raises(ValueError, match="samples has 3 features but the space"):
        f.on(Symmetric(4, complex))
    with pytest.raises(ValueError, match="needs a space of symmetric"):
        f.on(Dense(3, 3, complex))
    with pytest.raises(ValueError, match="samples is complex but"):
        f.on(Symmetric(3))
    with pytest.raises(ValueError, match="S has rank 2"):
        minimize(GaussianMissingLikelihood(normal(rng, 2, 3)).on(PositiveDefinite(3)))
    f = GaussianMissingLikelihood([[1.0, np.nan], [1.0, 2.0]])
    text = "GaussianMissingLikelihood(<2 samples of 2 features, 2 patterns>)"
    assert repr(f) == text


def test_a_feature_that_a_family_ties_need_not_be_observed(rng):
    """T_0 and T_1 are those of the others, and T_2 too; T_3 is not."""
    X = rng.standard_normal((40, 4))
    X[:, 2] = np.nan
    f = mo.GaussianMissingLikelihood(X)
    result = mo.minimize(f.on(mo.SymmetricToeplitz(4)))
    assert result.success
    g = mo.GaussianMeanLikelihood(X)
    with pytest.raises(ValueError, match="features that are never observed: 2"):
        mo.minimize(g.on(mo.Product(mo.Dense(4), mo.PositiveDefinite(4))))
    both = mo.minimize(g.on(mo.Product(mo.Dense(4), mo.SymmetricToeplitz(4))))
    assert both.success and both.fun < result.fun


def test_a_feature_of_no_variance_has_no_minimum(rng):
    """However few patterns: its own variance goes to zero, where nothing ties it."""
    X = rng.standard_normal((20, 4))
    X[::3, 1] = np.nan
    for value, of in ((0.0, mo.GaussianMissingLikelihood), (5.1, None)):
        X[:, 2] = value
        for space in (mo.Diagonal(4), mo.PositiveDefinite(4)):
            problem = (
                of(X).on(space)
                if of
                else mo.GaussianMeanLikelihood(X).on(mo.Product(mo.Dense(4), space))
            )
            with pytest.raises(ValueError, match="always the same: 2; the likelihood"):
                mo.minimize(problem)
    mo.GaussianMissingLikelihood(X).check_minimum(mo.PositiveDefinite(4))  # 5.1, not 0
    tied = mo.minimize(mo.GaussianMissingLikelihood(X).on(mo.SymmetricToeplitz(4)))
    assert tied.success
