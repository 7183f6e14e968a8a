import numpy as np
import pytest

from matopt.check import check_objective, check_space
from matopt.errors import NotPositiveDefinite, Singular
from matopt.linalg import Scatter
from matopt.objectives import GaussianLikelihood, LogDet, SquaredDistance, TraceInverse
from matopt.solvers import minimize
from matopt.spaces import (
    Circulant,
    CompoundSymmetry,
    Diagonal,
    Fisher,
    LinearSpan,
    SymmetricCirculant,
)

HERMITIAN = [
    *(CompoundSymmetry(n) for n in (2, 3, 7)),
    *(SymmetricCirculant(n, dtype) for n in (1, 2, 5, 8) for dtype in (float, complex)),
]
OTHERS = [Circulant(n, dtype) for n in (1, 2, 5, 8) for dtype in (float, complex)]


def _normal(shape, dtype, rng):
    X = rng.standard_normal(shape).astype(dtype)
    return X + 1j * rng.standard_normal(shape) if dtype is complex else X


@pytest.mark.parametrize("space", HERMITIAN + OTHERS, ids=repr)
def test_conforms(space, rng):
    check_space(space, rng)


@pytest.mark.parametrize("space", HERMITIAN, ids=repr)
def test_objectives_conform(space, rng):
    S = _normal((space.n, space.n), space.dtype, rng)
    f = GaussianLikelihood(_normal((9, space.n), space.dtype, rng))
    for objective in (f, LogDet() + TraceInverse(S @ S.conj().T), SquaredDistance(S)):
        check_objective(objective, space, rng)
        check_objective(objective, Fisher(space), rng)


@pytest.mark.parametrize("space", OTHERS, ids=repr)
def test_general_objectives_conform(space, rng):
    B = _normal((space.n, space.n), space.dtype, rng)
    check_objective(LogDet() + TraceInverse(B), space, rng, x=np.eye(space.n) * 1.5)


@pytest.mark.parametrize("space", HERMITIAN + OTHERS, ids=repr)
def test_agrees_with_the_dense_twin(space, rng):
    x = space.random(rng)
    x[0] += 2.0 * space.n  # some members of other families are Hermitian too
    fast, dense = space.point(x), LinearSpan(space.basis()).point(x)
    B = _normal((space.n, space.n), space.dtype, rng)
    v = rng.standard_normal(space.size)
    close = {"rtol": 1e-9, "atol": 1e-10}
    np.testing.assert_allclose(fast.logdet, dense.logdet, **close)
    np.testing.assert_allclose(fast.solve(B), dense.solve(B), **close)
    np.testing.assert_allclose(fast.solve(B[0]), dense.solve(B[0]), **close)
    np.testing.assert_allclose(fast.solve_herm(B), dense.solve_herm(B), **close)
    np.testing.assert_allclose(fast.factor.inverse, dense.factor.inverse, **close)
    np.testing.assert_allclose(fast.logdet_gradient(), dense.logdet_gradient(), **close)
    np.testing.assert_allclose(fast.logdet_hessp(v), dense.logdet_hessp(v), **close)
    np.testing.assert_allclose(fast.adjoint(B), dense.adjoint(B), **close)
    np.testing.assert_allclose(
        fast.adjoint(B, B[::-1]), dense.adjoint(B, B[::-1]), **close
    )
    terms = [(fast.inverse_trace(B), dense.inverse_trace(B))]
    if space.hermitian:
        terms.append((fast.gaussian(Scatter(B[:3])), dense.gaussian(Scatter(B[:3]))))
        np.testing.assert_allclose(fast.information, dense.information, **close)
    for a, b in terms:
        np.testing.assert_allclose(a.value, b.value, **close)
        np.testing.assert_allclose(a.gradient, b.gradient, **close)
        np.testing.assert_allclose(a.hessp(v), b.hessp(v), **close)
    assert fast.factorizations == dense.factorizations == 1
    assert "dense" not in vars(fast)


@pytest.mark.parametrize("space", [*HERMITIAN, Diagonal(4)], ids=repr)
def test_the_start_of_a_likelihood_is_its_optimum(space, rng):
    f = GaussianLikelihood(_normal((9, space.n), space.dtype, rng) * 1e3)
    e = f.on(space).start()
    np.testing.assert_allclose(e.gradient / np.abs(1.0 / e.value), 0.0, atol=1e-9)
    np.testing.assert_allclose(
        e.matrix, space.project(f.covariance), rtol=1e-9, atol=1e-4
    )
    assert minimize(f.on(space)).nit == 0


def test_the_spectrum_of_a_circulant_fit_is_the_periodogram(rng):
    X = rng.standard_normal((3, 6))
    space = SymmetricCirculant(6)
    x = space.near(Scatter(X))
    expected = (np.abs(np.fft.fft(X)) ** 2).mean(axis=0) / 6
    np.testing.assert_allclose(np.fft.fft(space.matrix(x)[0]).real, expected)


def test_samples_that_leave_a_space_out_have_no_such_start(rng):
    ones = np.ones((4, 3))
    assert CompoundSymmetry(3).near(Scatter(ones)) is None
    assert Circulant(3).near(Scatter(rng.standard_normal((4, 3)))) is None


def test_domain():
    with pytest.raises(NotPositiveDefinite, match=r"eigenvalue 0 is -1\)"):
        _ = CompoundSymmetry(3).point(np.array([1.0, -1.0])).logdet
    with pytest.raises(Singular, match=r"Circulant\(2\) is not invertible"):
        _ = Circulant(2).point(np.array([1.0, 1.0])).logdet


def test_sizes_and_wrong_arguments():
    assert [SymmetricCirculant(n).size for n in (1, 2, 5, 8)] == [1, 2, 3, 5]
    assert [SymmetricCirculant(n, complex).size for n in (1, 2, 5, 8)] == [1, 2, 5, 8]
    with pytest.raises(ValueError, match="n must be an integer of at least 2, got 1"):
        CompoundSymmetry(1)
    with pytest.raises(ValueError, match=r"must belong to CompoundSymmetry\(2\)"):
        CompoundSymmetry(2).parameters(np.diag([1.0, 2.0]))
    with pytest.raises(ValueError, match=r"must belong to SymmetricCirculant\(3\)"):
        SymmetricCirculant(3).parameters(np.arange(9.0).reshape(3, 3))
