"""Fits of the same data in other units are the same fits."""

import numpy as np
import pytest

import matopt as mo
from matopt import Status, Stop

UNITS = (1e-9, 1e-4, 1e2, 3e3, 1e6, 1e10)
SOLVERS = (None, mo.LBFGS(), mo.NewtonCG(), mo.ConjugateGradient())


def samples(rng):
    X = rng.standard_normal((200, 4))
    X[:, 1] += X[:, 0]
    return X


@pytest.mark.parametrize("u", UNITS)
@pytest.mark.parametrize("space", [mo.Symmetric(4), mo.Banded(4, 1, symmetric=True)])
def test_the_covariance_is_that_of_the_samples(rng, u, space):
    X = samples(rng)
    result = mo.minimize(mo.GaussianLikelihood(X * u).on(space))
    assert result.success
    if space == mo.Symmetric(4):  # S in closed form; the banded one has S there only
        np.testing.assert_allclose(result.matrix / u**2, X.T @ X / 200, atol=1e-5)
    band = np.tri(4, k=1, dtype=bool) & np.tri(4, k=1, dtype=bool).T
    K = np.linalg.inv(result.matrix / u**2)
    G = K - K @ X.T @ X @ K / 200
    assert np.abs(G[band]).max() < 3e-6


@pytest.mark.parametrize("u", UNITS)
def test_the_precision_is_the_inverse(rng, u):
    X = samples(rng)
    result = mo.minimize(mo.GaussianPrecisionLikelihood(X * u).on(mo.Symmetric(4)))
    assert result.success
    np.testing.assert_allclose(
        result.matrix * u**2, np.linalg.inv(X.T @ X / 200), rtol=1e-5, atol=1e-5
    )


@pytest.mark.parametrize("u", (1e-4, 1e3, 1e6))
@pytest.mark.parametrize("solver", SOLVERS)
def test_whatever_the_solver(rng, u, solver):
    X = samples(rng)
    f, g = mo.StudentLikelihood(X, 5.0), mo.StudentLikelihood(X * u, 5.0)
    one = mo.minimize(f.on(mo.Symmetric(4)), stop=Stop(gradient_norm=1e-9))
    other = mo.minimize(g.on(mo.Symmetric(4)), solver=solver)
    assert other.success
    np.testing.assert_allclose(other.matrix / u**2, one.matrix, atol=1e-4)


@pytest.mark.parametrize("u", (1e-3, 1e3, 1e6))
def test_a_mean_and_missing_entries(rng, u):
    X = samples(rng) + np.arange(4.0)
    X[rng.random(X.shape) < 0.2] = np.nan
    space = mo.Product(mo.Dense(4), mo.Symmetric(4))

    def fit(X, **options):
        return mo.minimize(mo.GaussianMeanLikelihood(X).on(space), **options)

    mean, covariance = fit(X, stop=Stop(gradient_norm=1e-9)).matrix
    result = fit(X * u)
    assert result.success
    np.testing.assert_allclose(result.matrix[0] / u, mean, atol=1e-5)
    np.testing.assert_allclose(result.matrix[1] / u**2, covariance, atol=1e-5)
    alone = mo.minimize(
        mo.GaussianMissingLikelihood((X - mean) * u).on(mo.Symmetric(4))
    )
    np.testing.assert_allclose(alone.matrix / u**2, covariance, atol=1e-5)


def test_of_one_matrix_of_several(rng):
    X = samples(rng)
    f = mo.GaussianLikelihood(X * 1e4).of(0) + mo.SquaredDistance(np.ones((2, 2))).of(1)
    result = mo.minimize(f.on(mo.Product(mo.Symmetric(4), mo.Dense(2, 2))))
    assert result.success
    np.testing.assert_allclose(result.matrix[0], 1e8 * X.T @ X / 200, atol=1e3)
    np.testing.assert_allclose(result.matrix[1], 1.0)


@pytest.mark.parametrize("u", UNITS)
def test_many_data_sets_at_once(rng, u):
    X = (
        rng.standard_normal((6, 20, 3))
        * np.array([1, 1, 1, 10, 10, 0.1])[:, None, None]
    )
    one = mo.inference.fit_each(X, mo.SymmetricToeplitz(3), stop=Stop(1e-10))
    other = mo.inference.fit_each(X * u, mo.SymmetricToeplitz(3))
    assert other.success.all()
    np.testing.assert_allclose(other.x / u**2, one.x, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("u", UNITS)
def test_a_series(rng, u):
    x = np.cumsum(rng.standard_normal(100)) * 0.1 + rng.standard_normal(100)
    f, g = mo.AutoregressiveLikelihood(x, 1), mo.AutoregressiveLikelihood(x * u, 1)
    chart = f.on(mo.PositiveDefiniteToeplitz(2))  # whose gradients have no units
    one = mo.minimize(chart, stop=Stop(gradient_norm=1e-10))
    other = mo.minimize(g.on(mo.SymmetricToeplitz(2)))
    assert other.success
    np.testing.assert_allclose(other.matrix / u**2, one.matrix, atol=1e-5)


def test_a_tolerance_that_only_the_norm_can_reach_is_reached(rng):
    """Times the power, 1e8, rounding stays above it."""
    f = mo.GaussianLikelihood(1e4 * samples(rng))
    result = mo.minimize(f.on(mo.Symmetric(4)), stop=Stop(gradient_norm=1e-16))
    assert result.status is Status.CONVERGED and result.gradient_norm <= 1e-16


def decrement(f, matrix):
    """sqrt(g^T F^-1 g) by the metric of all positive definite matrices."""
    return f.on(mo.PositiveDefinite(len(matrix))).at(matrix).gradient_norm


@pytest.mark.parametrize("u", (1e-9, 1e-6, 1.0, 1e6))
@pytest.mark.parametrize(
    "solver",
    [mo.SciPy("BFGS"), mo.SciPy("CG"), mo.SciPy("L-BFGS-B", options={"maxiter": 1})],
)
@pytest.mark.parametrize(
    "kind", [mo.GaussianLikelihood, mo.GaussianPrecisionLikelihood]
)
def test_converged_is_never_far_from_the_optimum(rng, u, solver, kind):
    f = kind(u * samples(rng))
    for start in (np.eye(4), np.diag([1.0, 2.0, 3.0, 4.0])):
        result = mo.minimize(f.on(mo.Symmetric(4)), start=start, solver=solver)
        assert not result.success or decrement(f, result.matrix) < 1e-5


def test_a_wrong_gradient_is_no_convergence_in_small_units(rng):
    wrong = mo.from_functions(
        lambda A: float(np.sum((A - np.eye(4)) ** 2)), lambda A: -2.0 * (A - np.eye(4))
    )
    f = mo.GaussianLikelihood(1e-6 * samples(rng)) + wrong
    result = mo.minimize(f.on(mo.Symmetric(4)), start=2 * np.eye(4), solver=mo.LBFGS())
    assert result.status is Status.LINE_SEARCH_FAILED


@pytest.mark.parametrize("factors", [(1e5, 1e5, 1.0), (1e8, 1e8, 1.0), (1.0, 1.0, 1e5)])
@pytest.mark.parametrize(
    "kind", [mo.GaussianLikelihood, mo.GaussianPrecisionLikelihood]
)
def test_features_of_different_units(rng, factors, kind):
    f = kind(rng.standard_normal((50, 3)) * factors)
    result = mo.minimize(f.on(mo.Symmetric(3)))
    assert not result.success or decrement(f, result.matrix) < 1e-5
    assert kind is mo.GaussianPrecisionLikelihood or result.success


def test_a_likelihood_that_does_not_count_sets_no_unit(rng):
    f = 0.0 * mo.GaussianLikelihood(1e6 * samples(rng)) + mo.SquaredDistance(np.eye(4))
    result = mo.minimize((f - mo.LogDet()).on(mo.Symmetric(4)), start=2 * np.eye(4))
    assert result.success


@pytest.mark.parametrize("order", [1, -1])
def test_likelihoods_of_two_matrices_in_two_units(rng, order):
    A, u = rng.standard_normal((50, 3)), 1e3
    terms = [mo.GaussianLikelihood(A).of(0), mo.GaussianLikelihood(A * u).of(1)]
    f = terms[::order][0] + terms[::order][1]
    start = np.eye(3), u**2 * np.diag([1.0, 2.0, 3.0])
    space = mo.Product(mo.Symmetric(3), mo.Symmetric(3))
    result = mo.minimize(f.on(space), start)
    S = A.T @ A / 50
    assert result.success
    np.testing.assert_allclose(result.matrix[0], S, atol=1e-5)
    np.testing.assert_allclose(result.matrix[1] / u**2, S, atol=1e-5)
