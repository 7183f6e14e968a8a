from functools import cached_property

import numpy as np
import pytest

from matopt.check import check_objective
from matopt.objectives import (
    Evaluation,
    GaussianLikelihood,
    GaussianPrecisionLikelihood,
    Objective,
)
from matopt.solvers import Stop, minimize
from matopt.spaces import (
    Dense,
    Diagonal,
    Fisher,
    PositiveDefinite,
    Product,
    Sphere,
    Symmetric,
)


class Quadratic(Objective):
    """(x - c)^T A (x - c) / 2 for a symmetric A."""

    def __init__(self, A, c):
        self.A, self.c = A, c

    def at(self, point):
        return QuadraticAt(self, point)


class QuadraticAt(Evaluation):
    @cached_property
    def _Ad(self):
        return self.f.A @ (self.point.dense - self.f.c)

    @property
    def value(self):
        return 0.5 * self._Ad @ (self.point.dense - self.f.c)

    @property
    def gradient(self):
        return self.point.adjoint(self._Ad)

    def hessp(self, v):
        return self.point.adjoint(self.f.A @ self.point.along(v))


@pytest.fixture
def samples(rng):
    return rng.standard_normal((12, 3))


@pytest.fixture
def A(rng):
    root = rng.standard_normal((4, 4))
    return root @ root.T + np.eye(4)


@pytest.mark.parametrize("covariance", [Symmetric(3), PositiveDefinite(3)], ids=repr)
def test_a_sum_over_components_conforms(covariance, samples, A, rng):
    f = GaussianLikelihood(samples).of(0) + 2 * Quadratic(A, 0.0).of(1)
    space = Product(covariance, Sphere(4))
    check_objective(f, space, rng)
    check_objective(f + GaussianPrecisionLikelihood(samples).of(0), space, rng)


def test_each_factor_may_be_factorized_once(samples, rng):
    f = GaussianLikelihood(samples)
    nested = Product(Product(Symmetric(3)), Symmetric(3), Dense(1))
    report = check_objective(f.of(0).of(0) + f.of(1), nested, rng)
    assert report.measurements[-1].number == 2


def test_the_gradient_is_zero_in_the_other_factors(samples, rng):
    space = Product(Dense(2), Symmetric(3), Dense(1))
    e = GaussianLikelihood(samples).of(1).on(space).at(space.random(rng))
    alone = GaussianLikelihood(samples).on(Symmetric(3)).at(e.matrix[1])
    assert e.value == alone.value
    np.testing.assert_array_equal(e.gradient, [0, 0, *alone.gradient, 0])
    v = rng.standard_normal(9)
    np.testing.assert_array_equal(e.hessp(v), [0, 0, *alone.hessp(v[2:8]), 0])


def test_minimize_reaches_the_known_optimum_of_each_part(samples, A, rng):
    c = rng.standard_normal(4)
    f = (
        GaussianLikelihood(samples).of(0)
        + Quadratic(A, 0.0).of(1)
        + Quadratic(A, c).of(2)
    )
    space = Product(PositiveDefinite(3), Sphere(4), Dense(4))
    result = minimize(f.on(space), rng=rng, stop=Stop(gradient_norm=1e-6))
    assert result.success, result
    S = samples.T @ samples / len(samples)
    values = np.linalg.eigvalsh(A)
    optimum = np.linalg.slogdet(S)[1] + 3 + values[0] / 2
    assert result.fun == pytest.approx(optimum, abs=1e-10)
    sigma, x, y = result.matrix
    np.testing.assert_allclose(sigma, S, atol=1e-5)
    np.testing.assert_allclose(A @ x, values[0] * x, atol=1e-5)
    np.testing.assert_allclose(y, c, atol=1e-5)
    assert result.x.shape == (9 + 4 + 4,)
    assert "3x3 float64, 4 float64, 4 float64" in repr(result)


def test_the_metric_of_one_factor_is_its_own(samples):
    # Fisher(Diagonal) has the natural gradient beside the flat one of Dense
    space = Product(Fisher(Diagonal(3)), Dense(4))
    f = GaussianLikelihood(samples).of(0) + Quadratic(np.eye(4), 1.0).of(1)
    d = np.array([1.0, 2.0, 3.0])
    e = f.on(space).at((np.diag(d), np.zeros(4)))
    s = (samples**2).mean(axis=0)
    np.testing.assert_allclose(e.gradient, [*(d - s), -1, -1, -1, -1])


def test_start_is_natural_in_its_factor(samples):
    space = Product(Dense(2), Symmetric(3))
    x = GaussianLikelihood(samples).of(1).start(space)
    vector, sigma = space.matrix(x)
    np.testing.assert_array_equal(vector, [0, 0])
    scale = (samples**2).mean()
    np.testing.assert_allclose(sigma, scale * np.eye(3))
    assert Quadratic(np.eye(2), 0.0).of(0).start(space) is None


def test_outside_the_domain_of_one_part_the_value_is_infinite(samples):
    space = Product(Symmetric(3), Dense(4))
    f = GaussianLikelihood(samples).of(0) + Quadratic(np.eye(4), 0.0).of(1)
    assert f.on(space).at((-np.eye(3), np.zeros(4))).value == np.inf


def test_wrong_arguments(samples):
    f = GaussianLikelihood(samples)
    with pytest.raises(ValueError, match="index must be an integer of at least 0, got"):
        f.of(-1)
    with pytest.raises(ValueError, match=r"of\(0\) needs a Product of at least 1 spac"):
        f.of(0).on(Symmetric(3))
    with pytest.raises(ValueError, match=r"of\(2\) needs a Product of at least 3 spac"):
        f.of(2).on(Product(Symmetric(3), Dense(2)))
    with pytest.raises(ValueError, match="samples has 3 features but the space"):
        f.of(1).on(Product(Symmetric(3), Symmetric(2)))
    with pytest.raises(ValueError, match=r"take f.of\(i\) for the i-th"):
        f.on(Product(Symmetric(3), Dense(2)))
