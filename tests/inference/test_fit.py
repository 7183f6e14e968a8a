import numpy as np
import pytest

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
