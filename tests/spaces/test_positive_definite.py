import mpmath as mp
import numpy as np
import pytest

from matopt.check import check_objective, check_space, slope
from matopt.errors import NotPositiveDefinite, OutOfDomain
from matopt.linalg import Scatter
from matopt.objectives import GaussianLikelihood, GaussianPrecisionLikelihood
from matopt.spaces import PositiveDefinite

SPACES = [PositiveDefinite(n, dtype) for n in (1, 2, 5) for dtype in (float, complex)]


def _normal(shape, dtype, rng):
    A = rng.standard_normal(shape).astype(dtype)
    return A if dtype is float else A + 1j * rng.standard_normal(shape)


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_conforms(space, rng):
    check_space(space, rng)


@pytest.mark.parametrize("f", [GaussianLikelihood, GaussianPrecisionLikelihood])
@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_objectives_conform(space, f, rng):
    check_objective(f(_normal((7, space.n), space.dtype, rng)), space, rng)


@pytest.mark.parametrize("dtype", [float, complex])
def test_frame_against_the_ambient_formulas(dtype, rng):
    space = PositiveDefinite(4, dtype)
    point = space.point(space.random(rng))
    X = point.dense
    L, P = np.linalg.cholesky(X), np.linalg.inv(X)
    W, Z = (space.random_tangent(point, rng) for _ in range(2))
    U, V = L @ W @ L.conj().T, L @ Z @ L.conj().T
    close = {"rtol": 1e-10, "atol": 1e-12}
    np.testing.assert_allclose(point.along(W), U, **close)
    metric = np.trace(P @ U @ P @ V).real
    np.testing.assert_allclose(space.inner(point, W, Z), metric, **close)
    G = _normal((4, 4), dtype, rng)
    frame = L.conj().T @ (G + G.conj().T) @ L / 2
    np.testing.assert_allclose(point.adjoint(G), frame, **close)
    left, right = _normal((4, 2), dtype, rng), _normal((4, 2), dtype, rng)
    np.testing.assert_allclose(
        point.adjoint(left, right), point.adjoint(left @ right.conj().T), **close
    )
    np.testing.assert_allclose(
        point.adjoint(left, left), point.adjoint(left @ left.conj().T), **close
    )
    # the gradient in the affine-invariant metric is X sym(G) X
    gradient = point.along(space.gradient(point, point.adjoint(G)))
    np.testing.assert_allclose(gradient, X @ (G + G.conj().T) @ X / 2, **close)


@pytest.mark.parametrize("dtype", [float, complex])
def test_retraction_follows_the_geodesic(dtype, rng):
    space = PositiveDefinite(4, dtype)
    point = space.point(space.random(rng))
    L = np.linalg.cholesky(point.dense)
    W = space.random_tangent(point, rng)
    values, Q = np.linalg.eigh(W)

    def gap(t):
        geodesic = L @ (Q * np.exp(t * values)) @ Q.conj().T @ L.conj().T
        return float(np.linalg.norm(space.retract(point, t * W).dense - geodesic))

    assert slope(gap, 1e-15, 0.5) >= 2.9


@pytest.mark.parametrize("dtype", [float, complex])
def test_retraction_is_a_function_of_the_eigenvalues(dtype, rng):
    # L r(W) L^H with a scalar function r: the same for W = diag(w) at X = I
    space = PositiveDefinite(4, dtype)
    point, identity = space.point(space.random(rng)), space.point(space.start())
    W = 3 * space.random_tangent(point, rng)
    values, Q = np.linalg.eigh(W)
    stretched = space.retract(identity, np.diag(values).astype(dtype)).dense
    LQ = np.linalg.cholesky(point.dense) @ Q
    end = space.retract(point, W)
    np.testing.assert_allclose(
        end.dense, LQ @ stretched @ LQ.conj().T, rtol=1e-11, atol=1e-11
    )
    assert (point.factorizations, end.factorizations) == (1, 1)


def test_logdet_of_a_chain_of_steps(rng):
    # the factors multiply, so that ln det is never taken of the product
    space = PositiveDefinite(3)
    point = space.point(space.random(rng))
    for _ in range(5):
        point = space.retract(point, space.random_tangent(point, rng))
    assert point.logdet == pytest.approx(np.linalg.slogdet(point.dense)[1], rel=1e-12)


@pytest.mark.parametrize("size", [5.0, -5.0])
def test_a_long_step_stays_positive_definite(size, rng):
    space = PositiveDefinite(4)
    point = space.point(space.random(rng))
    end = space.retract(point, size * np.diag([1.0, 0.5, 0.0, -1.0]))
    assert np.linalg.eigvalsh(end.dense)[0] > 0


@pytest.mark.parametrize("dtype", [float, complex])
def test_congruence_invariance(dtype, rng):
    # X -> A X A^H with samples x -> A x adds ln |det A|^2 to f, and leaves the
    # length of the gradient and the spectrum of the Hessian as they are
    space = PositiveDefinite(3, dtype)
    X, A = space.random(rng), _normal((3, 3), dtype, rng)
    data = _normal((6, 3), dtype, rng)
    Y = A @ X @ A.conj().T
    one = GaussianLikelihood(data).on(space).at(X)
    two = GaussianLikelihood(data @ A.T).on(space).at((Y + Y.conj().T) / 2)
    shift = 2 * np.linalg.slogdet(A)[1]
    assert two.value == pytest.approx(one.value + shift, abs=1e-10)
    assert two.gradient_norm == pytest.approx(one.gradient_norm, rel=1e-10)
    np.testing.assert_allclose(
        np.linalg.eigvalsh(two.hessian), np.linalg.eigvalsh(one.hessian), rtol=1e-8
    )


def test_gradient_at_condition_1e9_against_50_digits(rng):
    # integers, so that X and its Cholesky factor L are exact; |L^-1| grows as 3^n
    n = 9
    L = np.eye(n) - 2 * np.tri(n, k=-1)
    X = L @ L.T
    assert np.linalg.cond(X) > 1e9
    # near the optimum, where P - P S P is a small difference of large numbers
    R = L @ (np.eye(n) + 1e-3 * rng.standard_normal((n, n)))
    got = PositiveDefinite(n).point(X).gaussian(Scatter(np.sqrt(n) * R.T)).gradient
    with mp.workdps(50):
        Z = mp.matrix(L) ** -1 * mp.matrix(R)
        exact = np.array((mp.eye(n) - Z * Z.T).tolist(), dtype=float)
    error = np.max(np.abs(got - exact))
    P = np.linalg.inv(X)
    naive = L.T @ (P - P @ R @ R.T @ P) @ L
    assert error < 1e-11  # the rounding times the condition number of L, 3e4
    assert np.max(np.abs(naive - exact)) > 1000 * error  # what the frame is for


def test_start_and_random():
    space = PositiveDefinite(5, complex)
    np.testing.assert_array_equal(space.start(), np.eye(5))
    X = space.random(1)
    np.testing.assert_array_equal(X, space.random(1))
    assert 0.1 - 1e-9 <= np.linalg.eigvalsh(X)[0] <= np.linalg.eigvalsh(X)[-1] <= 10.001


def test_wrong_arguments():
    with pytest.raises(NotPositiveDefinite, match="its smallest eigenvalue is -1"):
        PositiveDefinite(2).parameters([[1, 2], [2, 1]])
    with pytest.raises(ValueError, match=r"matrix must be symmetric; max"):
        PositiveDefinite(2).parameters([[1, 2], [0, 1]])
    with pytest.raises(ValueError, match=r"matrix must have shape \(2, 2\), got"):
        PositiveDefinite(2).parameters(np.eye(3))
    with pytest.raises(TypeError, match="matrix must be real"):
        PositiveDefinite(2).parameters(np.eye(2) + 0j)


@pytest.mark.parametrize("dtype", [float, complex])
def test_long_steps_against_the_scalar_function(dtype, rng):
    # X = L r(w)^2 L^H with r = (1 + w/4 + w^2/48)/(1 - w/4 + w^2/48), and its slope
    space = PositiveDefinite(4, dtype)
    point = space.point(space.random(rng))
    L = np.linalg.cholesky(point.dense)
    Q, _ = np.linalg.qr(_normal((4, 4), dtype, rng))
    w = np.array([-6.0, -2.0, 0.5, 5.0])

    def r(t):
        return (1 + t * w / 4 + (t * w) ** 2 / 48) / (1 - t * w / 4 + (t * w) ** 2 / 48)

    def dense(values):
        return L @ (Q * values) @ Q.conj().T @ L.conj().T

    W = (Q * w) @ Q.conj().T
    end = space.retract(point, W)
    np.testing.assert_allclose(end.dense, dense(r(1) ** 2), rtol=1e-11, atol=1e-13)
    h = 1e-6
    slopes = (r(1 + h) ** 2 - r(1 - h) ** 2) / (2 * h)
    velocity = end.along(space.velocity(point, end, W))
    np.testing.assert_allclose(velocity, dense(slopes), rtol=1e-6, atol=1e-7)


def test_the_retraction_is_of_fourth_order(rng):
    space = PositiveDefinite(3)
    point = space.point(np.eye(3))
    w = np.array([1.0, -0.6, 0.3])

    def gap(t):
        return float(
            np.linalg.norm(space.retract(point, t * np.diag(w)).dense.diagonal())
            - np.linalg.norm(np.exp(t * w))
        )

    assert slope(lambda t: abs(gap(t)), 1e-16, 1.0) >= 4.9


@pytest.mark.parametrize("length", [7.0, -7.0, 1e8, 1e200])
def test_a_step_that_the_retraction_cannot_follow_is_outside(length):
    space = PositiveDefinite(3)
    end = space.retract(space.point(np.eye(3)), length * np.diag([1.0, 0.0, 0.0]))
    with np.errstate(over="ignore"), pytest.raises(NotPositiveDefinite):
        _ = end.factor


def test_entries_that_would_overflow_are_outside():
    space = PositiveDefinite(2)
    point = space.point(1e298 * np.eye(2))
    assert space.retract(point, 2.0 * np.eye(2)).factor.L[0, 0] < 1e150
    with pytest.raises(OutOfDomain, match="too large"):
        _ = space.retract(point, 6.0 * np.eye(2)).factor
