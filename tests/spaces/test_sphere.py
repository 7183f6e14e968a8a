from functools import cached_property

import numpy as np
import pytest

from matopt.check import check_objective, check_space, slope
from matopt.objectives import Evaluation, Objective
from matopt.spaces import Sphere

SPACES = [Sphere(n, dtype) for n in (1, 2, 5) for dtype in (float, complex)]


class Quartic(Objective):
    """(x^H A x)^2 / 2 for a Hermitian A: its Hessian depends on x."""

    def __init__(self, A):
        self.A = A

    def at(self, point):
        return QuarticAt(self, point)


class QuarticAt(Evaluation):
    @cached_property
    def _Ax(self):
        return self.f.A @ self.point.dense

    @cached_property
    def _q(self):
        return np.vdot(self.point.dense, self._Ax).real

    @property
    def value(self):
        return 0.5 * self._q**2

    @property
    def gradient(self):
        return self.point.adjoint(2 * self._q * self._Ax)

    def hessp(self, v):
        V = self.point.along(v)
        dq = 2 * np.vdot(self._Ax, V).real
        return self.point.adjoint(2 * dq * self._Ax + 2 * self._q * (self.f.A @ V))


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
    check_objective(Quartic(_hermitian(space.n, space.dtype, rng)), space, rng)


@pytest.mark.parametrize("dtype", [float, complex])
def test_hessian_at_an_eigenvector(dtype, rng):
    # x^H A x = mu at the eigenvector: the Hessian of (x^H A x)^2/2 has the
    # eigenvalues 2 mu (lambda_j - mu), and 0 along i x when complex
    A = _hermitian(4, dtype, rng)
    values, Q = np.linalg.eigh(A)
    mu = values[0]
    H = Quartic(A).on(Sphere(4, dtype)).at(Q[:, 0]).hessian
    expected = 2 * mu * (values[1:] - mu)
    if dtype is complex:
        expected = np.concatenate([expected, expected, [0.0]])
    np.testing.assert_allclose(
        np.linalg.eigvalsh(H), np.sort(expected), atol=1e-12 * mu**2
    )


def test_retraction_is_the_great_circle_to_second_order(rng):
    space = Sphere(5)
    point = space.point(space.random(rng))
    v = space.random_tangent(point, rng)

    def gap(t):
        circle = np.cos(t) * point.x + np.sin(t) * v
        return float(np.linalg.norm(space.retract(point, t * v).x - circle))

    assert slope(gap, 1e-16, 0.5) >= 2.9


def test_velocity_is_that_of_the_closed_form(rng):
    # x + t v with |v| = 1 is (1, t) in the plane of x and v: at the angle arctan t
    space = Sphere(4)
    point = space.point(space.random(rng))
    v = space.random_tangent(point, rng)
    t = 1.7
    end = space.retract(point, t * v)
    angle = np.arctan(t)
    tangent = -np.sin(angle) * point.x + np.cos(angle) * v
    np.testing.assert_allclose(
        space.velocity(point, end, t * v), t / (1 + t * t) * tangent, atol=1e-15
    )


def test_length_does_not_drift(rng):
    space = Sphere(7, complex)
    point = space.point(space.random(rng))
    for _ in range(100):
        point = space.retract(point, 3 * space.random_tangent(point, rng))
    assert abs(np.linalg.norm(point.x) - 1) < 1e-15


def test_start_is_random_and_repeats_by_its_seed():
    space = Sphere(3)
    np.testing.assert_array_equal(space.start(4), space.start(4))
    assert not np.array_equal(space.start(4), space.start(5))


def test_a_real_point_takes_the_real_part_of_a_complex_gradient(rng):
    G = rng.standard_normal(3) + 1j * rng.standard_normal(3)
    point = Sphere(3).point(Sphere(3).random(rng))
    np.testing.assert_array_equal(point.adjoint(G), G.real)


def test_a_tangent_by_the_seed_of_its_point():
    # the same normal vector again has no tangent part
    space = Sphere(3)
    point = space.point(space.random(4))
    v = space.random_tangent(point, 4)
    assert abs(v @ point.x) < 1e-15 and np.linalg.norm(v) == pytest.approx(1)


def test_wrong_arguments():
    with pytest.raises(ValueError, match="a vector of length 1, its length is 2; div"):
        Sphere(2).parameters([2.0, 0.0])
    with pytest.raises(ValueError, match=r"matrix must have shape \(2,\), got \(3,\)"):
        Sphere(2).parameters([1.0, 0.0, 0.0])
    with pytest.raises(TypeError, match="matrix must be real"):
        Sphere(2).parameters([1j, 0.0])
