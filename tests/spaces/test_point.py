import numpy as np
import pytest

from matopt.errors import NotPositiveDefinite, OutOfDomain, Singular
from matopt.linalg import LU, Cholesky, Scatter
from matopt.spaces import (
    Dense,
    Diagonal,
    HermitianToeplitz,
    LinearSpan,
    PositiveDefinite,
    Sphere,
    Symmetric,
    SymmetricToeplitz,
)

DTYPES = [float, complex]
SPACES = [
    space(dtype)
    for dtype in DTYPES
    for n in (1, 2, 5)
    for space in (
        lambda dtype, n=n: Dense(n, n, dtype),
        lambda dtype, n=n: Symmetric(n, dtype),
    )
]


def _normal(shape, dtype, rng):
    A = rng.standard_normal(shape).astype(dtype)
    return A if dtype is float else A + 1j * rng.standard_normal(shape)


def _covector(space, G):
    """(133), entry by entry."""
    return [np.vdot(G, S).real for S in space.basis()]


@pytest.fixture(params=SPACES, ids=repr)
def point(request, rng):
    return request.param.point(request.param.random(rng))


def test_factor_and_solves(point, rng):
    A = point.dense
    B = _normal((len(A), 3), point.space.dtype, rng)
    close = {"rtol": 1e-9, "atol": 1e-10}
    assert isinstance(point.factor, Cholesky if point.space.hermitian else LU)
    np.testing.assert_allclose(point.solve(B), np.linalg.inv(A) @ B, **close)
    np.testing.assert_allclose(
        point.solve_herm(B), np.linalg.inv(A).conj().T @ B, **close
    )
    np.testing.assert_allclose(point.logdet, np.linalg.slogdet(A)[1], **close)
    assert point.factorizations == 1


def test_logdet_derivatives(point, rng):
    space, P = point.space, np.linalg.inv(point.dense)
    v = rng.standard_normal(space.size)
    V = sum(t * S for t, S in zip(v, space.basis(), strict=True))
    np.testing.assert_allclose(
        point.logdet_gradient(), _covector(space, P.conj().T), rtol=1e-9, atol=1e-10
    )
    second = -(P @ V @ P).conj().T
    np.testing.assert_allclose(
        point.logdet_hessp(v), _covector(space, second), rtol=1e-8, atol=1e-9
    )


def test_inverse_trace(point, rng):
    space, P = point.space, np.linalg.inv(point.dense)
    B = _normal(P.shape, space.dtype, rng)
    v = rng.standard_normal(space.size)
    V = sum(t * S for t, S in zip(v, space.basis(), strict=True))
    term = point.inverse_trace(B)
    assert term.value == pytest.approx(np.trace(P @ B).real, rel=1e-9)
    first = -(P @ B @ P).conj().T
    np.testing.assert_allclose(
        term.gradient, _covector(space, first), rtol=1e-9, atol=1e-10
    )
    second = (P @ V @ P @ B @ P + P @ B @ P @ V @ P).conj().T
    np.testing.assert_allclose(
        term.hessp(v), _covector(space, second), rtol=1e-8, atol=1e-8
    )
    assert point.factorizations == 1


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", [1, 2, 5])
def test_gaussian(n, dtype, rng):
    space = Symmetric(n, dtype)
    point = space.point(space.random(rng))
    P = np.linalg.inv(point.dense)
    R = _normal((n, 3), dtype, rng)
    S = R @ R.conj().T
    v = rng.standard_normal(space.size)
    V = space.matrix(v)
    term = point.gaussian(Scatter(np.sqrt(3) * R.T))
    value = np.linalg.slogdet(point.dense)[1] + np.trace(P @ S).real
    assert term.value == pytest.approx(value, rel=1e-10)
    np.testing.assert_allclose(
        term.gradient, _covector(space, P - P @ S @ P), rtol=1e-9, atol=1e-10
    )
    second = -P @ V @ P + P @ V @ P @ S @ P + P @ S @ P @ V @ P
    np.testing.assert_allclose(
        term.hessp(v), _covector(space, second), rtol=1e-8, atol=1e-9
    )
    assert point.factorizations == 1


def test_nothing_is_factorized_before_it_is_asked_for(rng):
    point = Symmetric(3).point(Symmetric(3).random(rng))
    point.along(point.x)
    point.adjoint(point.dense)
    assert point.factorizations == 0


def test_a_rectangular_matrix_has_no_inverse():
    point = Dense(2, 3).point(np.ones(6))
    with pytest.raises(
        OutOfDomain, match=r"must be square to be inverted, is \(2, 3\)"
    ):
        _ = point.logdet
    with pytest.raises(OutOfDomain, match=r"is \(2,\)"):
        Dense(2).point(np.ones(2)).solve(np.ones(2))


def test_outside_the_domain():
    with pytest.raises(NotPositiveDefinite, match="order 2 is not positive definite"):
        _ = Symmetric(2).point(np.array([1.0, 2.0, 1.0])).logdet
    with pytest.raises(Singular, match="order 2 is singular"):
        Dense(2, 2).point(np.ones(4)).solve(np.eye(2))


def test_ill_conditioned_solve_is_backward_stable(rng):
    Q, _ = np.linalg.qr(rng.standard_normal((6, 6)))
    A = (Q * np.logspace(-10, 0, 6)) @ Q.T
    space = Symmetric(6)
    point = space.point(space.parameters((A + A.T) / 2))
    b = rng.standard_normal((6, 1))
    x = point.solve(b)
    # the residual is of rounding size beside |A| |x|, at any condition number
    residual = np.linalg.norm(point.dense @ x - b)
    assert residual < 1e-14 * np.linalg.norm(x)


# Steps by the entries of the matrix


@pytest.mark.parametrize(
    "space",
    [
        Dense(3, 2),
        Dense(3, 2, complex),
        Symmetric(3),
        Symmetric(3, complex),
        SymmetricToeplitz(4),
        HermitianToeplitz(3),
        Diagonal(3, complex),
        LinearSpan(np.array([np.eye(2), np.ones((2, 2)), np.diag([1.0, 2.0])])),
        PositiveDefinite(3),
        PositiveDefinite(3, complex),
    ],
    ids=repr,
)
def test_a_gradient_by_entries_and_a_step_along_it(space, rng):
    point = space.point(space.parameters(space.matrix(space.random(rng))))
    g = point.adjoint(_normal(space.shape, space.dtype, rng))
    G = point.ambient(g)
    np.testing.assert_allclose(point.adjoint(G), g, atol=1e-12)
    A = point.dense - 0.01 * G
    end = space.place(A)  # G is of the form of the space
    np.testing.assert_allclose(end.dense, A, atol=1e-14)
    np.testing.assert_allclose(space.matrix(end.x), A, atol=1e-14)


@pytest.mark.parametrize("space", [Symmetric(3), PositiveDefinite(3)], ids=repr)
def test_a_placed_matrix_may_be_infeasible_or_factorized(space, rng):
    with pytest.raises(NotPositiveDefinite):
        _ = space.place(-np.eye(3)).logdet
    A = np.diag([1.0, 2.0, 4.0])
    point = space.place(A, Cholesky.of(A))
    assert point.logdet == pytest.approx(np.log(8.0))
    assert point.factorizations == 0


def test_other_spaces_take_no_such_steps():
    space = Sphere(3)
    with pytest.raises(TypeError, match=r"Sphere\(3\) does not take steps by the ent"):
        space.place(np.ones(3))
    with pytest.raises(TypeError, match="has no gradient by the entries"):
        space.point(np.eye(3)[0]).ambient(np.ones(3))
