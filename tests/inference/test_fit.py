import numpy as np
import pytest

import matopt as mo
from matopt.inference import Fit, fit
from matopt.objectives import GaussianLikelihood, RayleighQuotient
from matopt.solvers import Stop, minimize
from matopt.spaces import (
    Diagonal,
    HermitianToeplitz,
    PositiveDefinite,
    Sphere,
    Symmetric,
    SymmetricToeplitz,
)

EXACT = Stop(gradient_norm=1e-10)


@pytest.mark.parametrize("space", [Symmetric(3), PositiveDefinite(3)], ids=repr)
def test_without_structure_the_fit_is_the_sample_covariance(space, rng):
    X = rng.standard_normal((20, 3))
    done = fit(X, space, stop=EXACT)
    np.testing.assert_allclose(done.matrix, X.T @ X / 20, atol=1e-8)
    assert done.parameters == 6
    assert done.count == 20
    assert "20 samples" in repr(done) and "CONVERGED" in repr(done)


def test_a_structure_keeps_its_parameters(rng):
    X = rng.standard_normal((50, 4))
    done = fit(X, SymmetricToeplitz(4), stop=EXACT)
    flat = minimize(GaussianLikelihood(X).on(SymmetricToeplitz(4)))
    np.testing.assert_allclose(done.result.x, flat.x, atol=1e-6)
    assert done.log_likelihood == pytest.approx(
        Fit(GaussianLikelihood(X).on(SymmetricToeplitz(4)), flat).log_likelihood
    )


def test_where_the_projection_is_not_positive_definite(rng):
    X = np.array([[1.0, 0.1, -1.0], [1.0, -0.1, -1.1], [0.1, 0.1, 0.1]])
    T = SymmetricToeplitz(3)
    assert np.linalg.eigvalsh(T.project(X.T @ X))[0] < 0
    assert fit(X, T).result.success


def test_an_objective_without_samples_has_no_likelihood():
    problem = RayleighQuotient(np.diag([1.0, 2.0])).on(Sphere(2))
    done = Fit(problem, minimize(problem))
    with pytest.raises(TypeError, match="must be a likelihood of samples"):
        _ = done.count
    with pytest.raises(TypeError, match="must be a Gaussian likelihood"):
        _ = done.log_likelihood


def test_arguments(rng):
    problem = GaussianLikelihood(rng.standard_normal((9, 2))).on(Diagonal(2))
    with pytest.raises(TypeError, match="problem must be an objective on a space"):
        Fit(problem.objective, minimize(problem))
    with pytest.raises(TypeError, match="result must be what minimize returns"):
        Fit(problem, np.eye(2))
    with pytest.raises(ValueError, match=r"data are real but .* is complex"):
        fit(rng.standard_normal((9, 2)), HermitianToeplitz(2))


def test_more_factors_than_can_be_told_apart(rng):
    """Rank n plus a diagonal is every matrix: that has n (n + 1)/2 parameters.

    The fit is asked at its own x: the matrix has many decompositions.
    """
    X = rng.standard_normal((60, 6)) @ np.tri(6)
    for space in (mo.LowRankPlusDiagonal(6, 6), mo.LowRankPlusDiagonal(6, 4)):
        assert space.dimension > 21
        fit = mo.inference.fit(X, space)
        assert fit.parameters == 21
        assert mo.inference.diagnose(fit).agrees
        assert np.allclose(fit.point.dense, fit.matrix, rtol=1e-12)
    whole = mo.inference.fit(X, mo.PositiveDefinite(6))
    pair = mo.Product(mo.Dense(6), mo.LowRankPlusDiagonal(6, 4))
    assert mo.inference.fit(mo.GaussianMeanLikelihood(X), pair).parameters == 6 + 21
    assert mo.inference.aic(fit) == pytest.approx(mo.inference.aic(whole), rel=1e-6)


def test_a_result_from_another_space_is_asked_for_its_matrix(rng):
    """Its x are other coordinates, here reflection coefficients in place of lags."""
    f = mo.GaussianLikelihood(rng.standard_normal((20, 4)))
    result = mo.minimize(f.on(mo.PositiveDefiniteToeplitz(4)))
    fit = mo.inference.Fit(f.on(mo.SymmetricToeplitz(4)), result)
    assert np.allclose(fit.point.dense, result.matrix, rtol=1e-12)
