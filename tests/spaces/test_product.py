from functools import cached_property

import numpy as np
import pytest

from matopt.check import check_objective, check_space
from matopt.objectives import Evaluation, Objective
from matopt.spaces import (
    Dense,
    Diagonal,
    Fisher,
    PositiveDefinite,
    Product,
    SkewSymmetric,
    Sphere,
    Stiefel,
    Symmetric,
)

SPACES = [
    Product(Sphere(1)),
    Product(Sphere(3), Dense(2, 3)),
    Product(Sphere(1), Stiefel(3, 2, complex), Symmetric(2)),
    Product(
        PositiveDefinite(2, complex),
        Product(Dense(2, dtype=complex), SkewSymmetric(1)),
        Fisher(Diagonal(3)),
    ),
]


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_conforms(space, rng):
    check_space(space, rng)


class Factorization(Objective):
    """|M - A B^H|^2 / 2 over tuples (A, B): the two unknowns are coupled."""

    def __init__(self, M):
        self.M = M

    def at(self, point):
        return FactorizationAt(self, point)


class FactorizationAt(Evaluation):
    @cached_property
    def _E(self):
        A, B = self.point.dense
        return A @ B.conj().T - self.f.M

    @property
    def value(self):
        return 0.5 * np.linalg.norm(self._E) ** 2

    @property
    def gradient(self):
        A, B = self.point.dense
        return self.point.adjoint((self._E @ B, self._E.conj().T @ A))

    def hessp(self, v):
        (A, B), (U, V) = self.point.dense, self.point.along(v)
        D = U @ B.conj().T + A @ V.conj().T
        return self.point.adjoint(
            (D @ B + self._E @ V, D.conj().T @ A + self._E.conj().T @ U)
        )


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("left", [Dense(4, 2), Stiefel(4, 2)], ids=repr)
def test_a_coupled_objective_conforms(left, dtype, rng):
    left = type(left)(4, 2, dtype)
    M = rng.standard_normal((4, 3))
    check_objective(Factorization(M), Product(left, Dense(3, 2, dtype)), rng)


@pytest.fixture
def factors():
    return Stiefel(3, 2, complex), Symmetric(2), Sphere(4)


def test_geometry_is_that_of_each_factor(factors, rng):
    space = Product(*factors)
    point = space.point(space.random(rng))
    u, v = (space.random_tangent(point, rng) for _ in range(2))
    end = space.retract(point, v)
    stack = np.array([u, v, u - v])
    moved = space.split(space.transport(point, end, v, stack))
    velocity = space.split(space.velocity(point, end, v))
    U, V = space.split(u), space.split(v)
    total = 0.0
    for i, (s, p) in enumerate(zip(factors, point.parts, strict=True)):
        q = s.retract(p, V[i])
        np.testing.assert_array_equal(end.parts[i].dense, q.dense)
        np.testing.assert_array_equal(end.dense[i], q.dense)
        np.testing.assert_allclose(velocity[i], s.velocity(p, q, V[i]), atol=1e-15)
        for k, w in enumerate((U[i], V[i], U[i] - V[i])):
            one = s.transport(p, q, V[i], w)
            np.testing.assert_allclose(moved[i][k], one, atol=1e-15)
        total += s.inner(p, U[i], V[i])
    assert space.inner(point, u, v) == pytest.approx(total)


def test_coordinates_are_flat_and_real(factors, rng):
    space = Product(*factors)
    x = space.random(rng)
    assert x.shape == (3 * 2 * 2 + 3 + 4,) and x.dtype == float
    X, A, y = space.matrix(x)
    np.testing.assert_array_equal(x[:12], X.ravel().view(float))
    np.testing.assert_array_equal(x[12:15], [A[0, 0], A[1, 0], A[1, 1]])
    np.testing.assert_array_equal(x[15:], y)
    # normalizing an admitted X or y may change its last digit
    np.testing.assert_allclose(space.parameters((X, A, y)), x, rtol=0, atol=1e-15)
    np.testing.assert_allclose(space.admit(x), x, rtol=0, atol=1e-15)
    np.testing.assert_allclose(space.admit((X, x[12:15], y)), x, rtol=0, atol=1e-15)
    np.testing.assert_array_equal(space.point(x).x, x)


def test_split_and_join_are_inverse_with_leading_axes(factors, rng):
    space = Product(*factors)
    v = rng.standard_normal((2, 5, 19))
    parts = space.split(v)
    assert [p.shape for p in parts] == [(2, 5, 3, 2), (2, 5, 3), (2, 5, 4)]
    np.testing.assert_array_equal(space.join(parts), v)
    strided = np.asfortranarray(v[0])
    np.testing.assert_array_equal(space.join(space.split(strided)), v[0])


def test_factorizations_are_the_sum_of_the_parts():
    space = Product(Symmetric(2), Symmetric(3), Dense(2))
    point = space.point(space.start())
    assert point.factorizations == 0
    _ = point.parts[0].logdet
    _ = point.parts[1].logdet, point.parts[1].logdet
    assert point.factorizations == 2


def test_adjoint_of_factors(rng):
    space = Product(Dense(3, 2), Symmetric(4))
    point = space.point(space.start())
    left = tuple(rng.standard_normal((m, 2)) for m in (3, 4))
    right = tuple(rng.standard_normal((n, 2)) for n in (2, 4))
    products = tuple(a @ b.T for a, b in zip(left, right, strict=True))
    np.testing.assert_allclose(point.adjoint(left, right), point.adjoint(products))


def test_describes_itself():
    space = Product(Sphere(3), Symmetric(2))
    assert repr(space) == "Product(Sphere(3), Symmetric(2))"
    assert space == Product(Sphere(3), Symmetric(2)) != Product(Sphere(3))
    assert space.shape == ((3,), (2, 2))
    assert space.dimension == 5
    assert Product(Sphere(3), Dense(2, dtype=complex)).dtype is complex


def test_wrong_arguments(rng):
    with pytest.raises(ValueError, match="Product must have at least one space"):
        Product()
    with pytest.raises(TypeError, match="argument 1 of Product must be a space, got"):
        Product(Sphere(2), 3)
    space = Product(Sphere(2), Symmetric(2))
    with pytest.raises(ValueError, match=r"must be a tuple of 2 matrices.*got 1 parts"):
        space.parameters((np.eye(2),))
    with pytest.raises(ValueError, match=r"must be a tuple of 2 matrices.*got float"):
        space.parameters(1.0)
    with pytest.raises(ValueError, match=r"start must have shape \(5,\), got \(4,\)"):
        space.admit(np.zeros(4))
    with pytest.raises(ValueError, match="of length 1") as raised:
        space.admit((np.zeros(2), np.eye(2)))
    assert raised.value.__notes__ == ["in part 0 of start, for Sphere(2)"]
    with pytest.raises(TypeError, match=r"no single matrix to factorize.*f.of\(index"):
        _ = space.point(space.start()).logdet
