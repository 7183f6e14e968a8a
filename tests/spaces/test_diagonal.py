import numpy as np
import pytest

from matopt.check import check_objective, check_space
from matopt.errors import NotPositiveDefinite, OutOfDomain, Singular
from matopt.linalg import Scatter
from matopt.objectives import GaussianLikelihood, GaussianPrecisionLikelihood
from matopt.spaces import Diagonal, LinearSpan

SPACES = [Diagonal(n, dtype) for n in (1, 2, 5) for dtype in (float, complex)]


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_conforms(space, rng):
    check_space(space, rng)


@pytest.mark.parametrize("f", [GaussianLikelihood, GaussianPrecisionLikelihood])
def test_objectives_conform(f, rng):
    check_objective(f(rng.standard_normal((7, 4))), Diagonal(4), rng)


def _twins(n, dtype, rng):
    """The same point on the structure and, dense, on the span of its basis."""
    space = Diagonal(n, dtype)
    d = rng.uniform(0.5, 2.0, space.size)  # off zero, and positive when real
    return space.point(d), LinearSpan(space.basis()).point(d)


@pytest.mark.parametrize("dtype", [float, complex])
def test_agrees_with_the_dense_twin(dtype, rng):
    n = 5
    fast, dense = _twins(n, dtype, rng)
    B = rng.standard_normal((n, n)).astype(dtype)
    if dtype is complex:
        B = B + 1j * rng.standard_normal((n, n))
    v = rng.standard_normal(fast.space.size)
    close = {"rtol": 1e-12, "atol": 1e-13}
    np.testing.assert_allclose(fast.logdet, dense.logdet, **close)
    np.testing.assert_allclose(fast.solve(B), dense.solve(B), **close)
    np.testing.assert_allclose(fast.solve(B[0]), dense.solve(B[0]), **close)
    np.testing.assert_allclose(fast.solve_herm(B), dense.solve_herm(B), **close)
    np.testing.assert_allclose(fast.factor.inverse, dense.factor.inverse, **close)
    np.testing.assert_allclose(fast.logdet_gradient(), dense.logdet_gradient(), **close)
    np.testing.assert_allclose(fast.logdet_hessp(v), dense.logdet_hessp(v), **close)
    terms = [(fast.inverse_trace(B), dense.inverse_trace(B))]
    if dtype is float:
        S = Scatter(B[:3])
        terms.append((fast.gaussian(S), dense.gaussian(S)))
        np.testing.assert_allclose(fast.information, dense.information, **close)
    for a, b in terms:
        np.testing.assert_allclose(a.value, b.value, **close)
        np.testing.assert_allclose(a.gradient, b.gradient, **close)
        np.testing.assert_allclose(a.hessp(v), b.hessp(v), **close)
    assert fast.factorizations == dense.factorizations == 1
    assert "dense" not in fast.__dict__


def test_142_the_derivative_of_a_trace_is_the_diagonal(rng):
    G = rng.standard_normal((4, 4))
    np.testing.assert_array_equal(Diagonal(4).gradient_by_entries(G), G * np.eye(4))
    np.testing.assert_array_equal(Diagonal(4).project(G), G * np.eye(4))


def test_maximum_likelihood_is_the_mean_square(rng):
    X = rng.standard_normal((9, 3)) * [1, 5, 0.1]
    e = GaussianLikelihood(X).on(Diagonal(3)).at(np.diag((X**2).mean(axis=0)))
    np.testing.assert_allclose(e.gradient, 0.0, atol=1e-12)


def test_domain():
    with pytest.raises(NotPositiveDefinite, match=r"eigenvalue 1 is -2"):
        _ = Diagonal(3).point(np.array([1.0, -2, 3])).logdet
    with pytest.raises(Singular, match=r"not invertible .*eigenvalue 1 is 0"):
        _ = Diagonal(2, complex).point(np.array([1.0, 0, 0, 0])).logdet
    with pytest.raises(OutOfDomain):
        Diagonal(1).point(np.array([np.nan])).logdet_gradient()


def test_complex_is_not_hermitian():
    assert Diagonal(2).hermitian and not Diagonal(2, complex).hermitian
    point = Diagonal(1, complex).point(np.array([0.0, -2.0]))
    assert point.logdet == pytest.approx(np.log(2))


def test_wrong_arguments():
    with pytest.raises(ValueError, match=r"must belong to Diagonal\(2\)"):
        Diagonal(2).parameters(np.ones((2, 2)))
