from functools import cached_property

import numpy as np
import pytest

from matopt.check import check_objective, check_space
from matopt.objectives import Evaluation, Objective
from matopt.spaces import Sphere, Stiefel

SIZES = [(1, 1), (2, 1), (2, 2), (5, 1), (5, 3), (4, 4)]
SPACES = [Stiefel(*size, dtype) for size in SIZES for dtype in (float, complex)]


class Brockett(Objective):
    """Re tr(X^H A X N) for a Hermitian A and a diagonal N."""

    def __init__(self, A, N):
        self.A, self.N = A, N

    def at(self, point):
        return BrockettAt(self, point)


class BrockettAt(Evaluation):
    @cached_property
    def _AXN(self):
        return self.f.A @ self.point.dense * self.f.N

    @property
    def value(self):
        return np.vdot(self.point.dense, self._AXN).real

    @property
    def gradient(self):
        return self.point.adjoint(2 * self._AXN)

    def hessp(self, v):
        return self.point.adjoint(2 * (self.f.A @ self.point.along(v) * self.f.N))


def _hermitian(n, dtype, rng):
    A = rng.standard_normal((n, n)).astype(dtype)
    if dtype is complex:
        A = A + 1j * rng.standard_normal((n, n))
    return A + A.conj().T


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_conforms(space, rng):
    check_space(space, rng)


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_objective_conforms(space, rng):
    A = _hermitian(space.n, space.dtype, rng)
    check_objective(Brockett(A, np.arange(1.0, space.p + 1)), space, rng)


def _tangent_part(X, Z):
    """The projection by its textbook form with the n x n projector."""
    XZ = X.conj().T @ Z
    I_XX = np.eye(len(X)) - X @ X.conj().T
    return I_XX @ Z + X @ (XZ - XZ.conj().T) / 2


@pytest.mark.parametrize("dtype", [float, complex])
def test_hessian_is_the_derivative_of_the_gradient_field(dtype, rng):
    space = Stiefel(6, 3, dtype)
    f = Brockett(_hermitian(6, dtype, rng), np.arange(1.0, 4))
    X = space.random(rng)
    e = f.on(space).at(X)
    v = space.random_tangent(e.point, rng)
    h = 1e-6

    def field(Y):
        return _tangent_part(Y, 2 * f.A @ Y * f.N)

    ambient = (field(X + h * v) - field(X - h * v)) / (2 * h)
    np.testing.assert_allclose(e.hessp(v), _tangent_part(X, ambient), atol=1e-8)
    np.testing.assert_allclose(e.gradient, field(X), atol=1e-13)


@pytest.mark.parametrize("dtype", [float, complex])
def test_retraction_is_the_polar_factor(dtype, rng):
    space = Stiefel(6, 3, dtype)
    point = space.point(space.random(rng))
    v = 2 * space.random_tangent(point, rng)
    U, _, Vh = np.linalg.svd(point.x + v, full_matrices=False)
    np.testing.assert_allclose(space.retract(point, v).x, U @ Vh, atol=1e-14)


@pytest.mark.parametrize("dtype", [float, complex])
def test_a_large_step_and_many_steps_stay_orthonormal(dtype, rng):
    space = Stiefel(8, 4, dtype)
    point = space.point(space.random(rng))
    v = space.random_tangent(point, rng)
    v[:, 0] *= 1e6  # a condition number of 1e12 in the matrix that orthonormalizes
    point = space.retract(point, space.tangent_part(point.x, v))
    off = [np.max(np.abs(point.x.conj().T @ point.x - np.eye(4)))]
    for _ in range(50):
        point = space.retract(point, 3 * space.random_tangent(point, rng))
        off.append(np.max(np.abs(point.x.conj().T @ point.x - np.eye(4))))
    assert max(off) < 5e-15


@pytest.mark.parametrize("dtype", [float, complex])
def test_velocity_of_a_long_step(dtype, rng):
    space = Stiefel(6, 3, dtype)
    start = space.point(space.random(rng))
    v = 2.5 * space.random_tangent(start, rng) * 3**0.5

    def polar(t):
        U, _, Vh = np.linalg.svd(start.x + t * v, full_matrices=False)
        return U @ Vh

    h = 1e-5
    expected = (polar(1 + h) - polar(1 - h)) / (2 * h)
    got = space.velocity(start, space.retract(start, v), v)
    np.testing.assert_allclose(got, expected, atol=1e-9)


@pytest.mark.parametrize("n, p", [(5, 2), (300, 40)])  # small and large products
def test_transport_of_a_stack_is_the_loop(n, p, rng):
    space = Stiefel(n, p)
    start = space.point(space.random(rng))
    v, *others = (space.random_tangent(start, rng) for _ in range(4))
    end = space.retract(start, v)
    stack = np.array(others)
    expected = [_tangent_part(end.x, w) for w in others]
    np.testing.assert_allclose(
        space.transport(start, end, v, stack), expected, atol=1e-14
    )
    doubled = np.array([stack, stack])
    np.testing.assert_allclose(
        space.transport(start, end, v, doubled)[1], expected, atol=1e-14
    )


def test_one_column_is_the_sphere(rng):
    column, sphere = Stiefel(4, 1), Sphere(4)
    x = sphere.random(rng)
    a, b = column.point(x[:, None]), sphere.point(x)
    v, g, h = sphere.random_tangent(b, rng), *rng.standard_normal((2, 4))
    pairs = [
        (column.retract(a, v[:, None]).x, sphere.retract(b, v).x),
        (column.gradient(a, g[:, None]), sphere.gradient(b, g)),
        (
            column.hessp(a, g[:, None], h[:, None], v[:, None]),
            sphere.hessp(b, g, h, v),
        ),
    ]
    for one, other in pairs:
        np.testing.assert_allclose(one[:, 0], other, atol=1e-15)


def test_minimum_of_brockett_is_known(rng):
    # at the eigenvectors of the smallest eigenvalues, largest weight first
    A = _hermitian(5, float, rng)
    values, Q = np.linalg.eigh(A)
    e = Brockett(A, np.array([3.0, 2.0, 1.0])).on(Stiefel(5, 3)).at(Q[:, :3])
    assert e.value == pytest.approx(values[:3] @ [3, 2, 1])
    assert e.gradient_norm < 1e-12
    assert np.linalg.eigvalsh(e.hessian)[0] > 0


def test_wrong_arguments(rng):
    with pytest.raises(ValueError, match="p must be at most n, got p = 3 and n = 2"):
        Stiefel(2, 3)
    with pytest.raises(
        ValueError, match=r"orthonormal columns, max \|X\^H X - I\| = 3"
    ):
        Stiefel(2, 2).parameters(2 * np.eye(2))
    with pytest.raises(ValueError, match=r"matrix must have shape \(3, 2\), got"):
        Stiefel(3, 2).parameters(np.eye(2))
    with pytest.raises(TypeError, match="matrix must be real"):
        Stiefel(1, 1).parameters([[1j]])
