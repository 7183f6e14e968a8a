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
