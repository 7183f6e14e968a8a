"""Kronecker products of positive definite matrices: separable covariances."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from matopt.errors import NotPositiveDefinite
from matopt.lazy import lazy
from matopt.linalg import (
    Array,
    Cholesky,
    Scatter,
    as_array,
    check_positive_definite,
    gram,
    hermitian_part,
    product,
)
from matopt.spaces.kronecker_point import KroneckerPoint
from matopt.spaces.point import MatrixPoint
from matopt.spaces.positive_definite import PositiveDefinite
from matopt.spaces.product import Layout
from matopt.spaces.space import Seed, Space, generator

_MEMBERSHIP = 1e-8  # largest distance to a product, relative to the largest entry


@dataclass(frozen=True, repr=False)
class KroneckerProduct(Space):
    """A kron B for positive definite A of order p and B of order q: order p q.

    The covariance of matrices X (p, q) whose rows have the covariance A and columns B;
    a sample is ``X.ravel()``. In the metric of ``PositiveDefinite`` these matrices are
    totally geodesic: with the frames A = L L^H, B = M M^H a tangent is V kron I +
    I kron W, and geodesics, transport and retraction are those of the two factors.
    W is kept without trace, for a multiple of A is one of B.

    x is a real vector, the entries of A and then of B, re and im in turn when complex;
    tangents (sqrt q V, sqrt p W) likewise, so that the metric is the dot product. With
    samples given nothing of order p q is formed but the samples.

    Dutilleul, The MLE Algorithm for the Matrix Normal Distribution (1999); Wiesel,
    Geodesic Convexity and Covariance Estimation (2012): all minima of the likelihood
    are global.

    >>> import numpy as np, matopt as mo
    >>> space = mo.KroneckerProduct(2, 2)
    >>> space.matrix(space.admit((np.diag([1.0, 2.0]), np.eye(2)))).diagonal()
    array([1., 1., 2., 2.])
    """

    p: int
    q: int
    dtype: type = float

    hermitian = True
    isometric = True
    additive = False

    @property
    def shape(self) -> tuple[int, int]:
        """(p q, p q)."""
        return (self.p * self.q, self.p * self.q)

    @property
    def dimension(self) -> int:
        """That of A and of B, less one."""
        return sum(factor.dimension for factor in self.both) - 1

    @property
    def both(self) -> tuple[PositiveDefinite, PositiveDefinite]:
        """The spaces of A and B."""
        return PositiveDefinite(self.p, self.dtype), PositiveDefinite(
            self.q, self.dtype
        )

    # Coordinates

    @lazy
    def _layout(self) -> Layout:
        return Layout([factor.start() for factor in self.both])

    def split(self, x: Array) -> list[Array]:
        """A and B of an x."""
        return self._layout.split(x)

    def join(self, A: Array, B: Array) -> Array:
        """The x of A and B; the covector, if those of V and W are A and B."""
        return self._layout.join([A, B])

    @property
    def scales(self) -> tuple[float, float]:
        """The lengths of V kron I and I kron W for unit V and W."""
        return math.sqrt(self.q), math.sqrt(self.p)

    def frames(self, v: Array) -> tuple[Array, Array]:
        """V and W of a tangent."""
        a, b = self.split(v)
        return a / self.scales[0], b / self.scales[1]

    def tangent(self, V: Array, W: Array) -> Array:
        """The tangent V kron I + I kron W; the trace of W is moved to V."""
        c = W.trace().real / self.q
        V, W = V + c * np.eye(self.p), W - c * np.eye(self.q)
        return self.join(self.scales[0] * V, self.scales[1] * W)

    # Points

    def point(self, x: Array) -> KroneckerPoint:
        """The point at x."""
        A, B = self.split(x)
        one, two = self.both
        return KroneckerPoint(self, one.point(A), two.point(B))

    def matrix(self, x: Array) -> Array:
        """A kron B."""
        return np.kron(*self.split(x))

    def admit(self, start: Any) -> Array:
        """The x of a tuple (A, B), of a matrix A kron B, or an x."""
        if isinstance(start, tuple):
            if len(start) != 2:
                raise ValueError(
                    f"start must be (A, B) for {self!r}, got a tuple of {len(start)}"
                )
            parts = zip(self.both, start, strict=True)
            return self.join(*(factor.parameters(part) for factor, part in parts))
        x = as_array(start, "start")
        if x.ndim != 1:
            return self.parameters(x)
        x = as_array(x, "start", shape=(self._layout.size,), dtype=float)
        return self.admit(tuple(self.split(x)))

    def parameters(self, matrix: ArrayLike) -> Array:
        """The x of a matrix that is a Kronecker product: its partial traces."""
        M = as_array(matrix, "matrix", shape=self.shape)
        if self.dtype is float and np.iscomplexobj(M):
            raise TypeError(f"matrix must be real for {self!r}, got dtype {M.dtype}")
        blocks: Array = M.astype(self.dtype).reshape(self.p, self.q, self.p, self.q)
        A = np.einsum("ijkj->ik", blocks) / self.q
        B = np.einsum("ijil->jl", blocks)
        B = B / (A.trace().real or 1.0)
        off = float(np.max(np.abs(np.kron(A, B) - M)))
        if off > _MEMBERSHIP * float(np.max(np.abs(M))):
            raise ValueError(
                f"matrix must belong to {self!r}, but an entry is off by {off:.3g} "
                "from the product of its partial traces"
            )
        for part, name in ((A, "A"), (B, "B")):
            check_positive_definite(part, f"the factor {name} of matrix")
        return self.join(hermitian_part(A), hermitian_part(B))

    def random(self, rng: Seed = None) -> Array:
        """A random A and a random B."""
        draw = generator(rng)
        return self.join(*(factor.random(draw) for factor in self.both))

    def start(self, rng: Seed = None) -> Array:
        """The identity."""
        return self.join(*(factor.start() for factor in self.both))

    def near(self, scatter: Scatter) -> Array | None:
        """The product of the partial traces of S, where they are positive definite."""
        R = scatter.root.reshape(self.p, self.q, -1)
        A = gram(np.ascontiguousarray(R).reshape(self.p, -1))
        B = gram(np.ascontiguousarray(R.swapaxes(0, 1)).reshape(self.q, -1))
        if not B.trace().real > 0.0:
            return None
        A, B = A / self.q, B * (self.q / B.trace().real)
        try:
            for part in (A, B):
                Cholesky.of(part)
        except NotPositiveDefinite:
            return None
        return self.join(A.astype(self.dtype), B.astype(self.dtype))

    # Geometry, in the frames of the factors

    def gradient(self, point: MatrixPoint, g: Array) -> Array:
        """g, without the trace of W."""
        a, b = self.split(g)
        return self.join(a, _without_trace(b))

    def hessp(self, point: MatrixPoint, g: Array, Hv: Array, v: Array) -> Array:
        """Hv and what the geodesics of the factors add, without the trace of W."""
        (a, b), (V, W) = self.split(g), self.frames(v)
        bent = self.join(hermitian_part(product(V, a)), hermitian_part(product(W, b)))
        return self.gradient(point, Hv + bent)

    def inner(self, point: MatrixPoint, u: Array, v: Array) -> float:
        """The dot product."""
        return float(u.dot(v))

    def gram(self, point: MatrixPoint, U: Array, V: Array) -> Array:
        """The dot products."""
        return product(U, V.T)

    def retract(self, point: MatrixPoint, v: Array) -> KroneckerPoint:
        """The retractions of A along V and of B along W."""
        own = _own(point)
        V, W = self.frames(v)
        one, two = self.both
        return KroneckerPoint(self, one.retract(own.a, V), two.retract(own.b, W))

    def velocity(self, start: MatrixPoint, end: MatrixPoint, v: Array) -> Array:
        """The velocities of A and B."""
        (V, W), (one, two) = self.frames(v), self.both
        a, b = _own(start), _own(end)
        return self.tangent(one.velocity(a.a, b.a, V), two.velocity(a.b, b.b, W))

    def transport(
        self, start: MatrixPoint, end: MatrixPoint, v: Array, w: Array
    ) -> Array:
        """w as it is."""
        return w

    def random_tangent(self, point: MatrixPoint, rng: Seed = None) -> Array:
        """A normal tangent, scaled to unit length."""
        draw = generator(rng)
        own = _own(point)
        (one, two), (s, t) = self.both, (f.dimension for f in self.both)
        a = math.sqrt(s) * one.random_tangent(own.a, draw)
        b = math.sqrt(t) * two.random_tangent(own.b, draw)
        v = self.join(a, _without_trace(b))
        return v / math.sqrt(v.dot(v))

    def tangent_basis(self, point: MatrixPoint) -> Array:
        """Those of A, and those of B reflected so that one is I, which is left out."""
        own, (one, two) = _own(point), self.both
        basis = two.tangent_basis(own.b)
        u = np.array([W.trace().real for W in basis]) / math.sqrt(self.q)
        u[0] += math.copysign(1.0, u[0])
        basis = basis - np.multiply.outer(
            2.0 * u / u.dot(u), np.tensordot(u, basis, axes=1)
        )
        rows = [self._layout.embed(0, one.tangent_basis(own.a))]
        rows.append(self._layout.embed(1, basis[1:]))
        return np.concatenate(rows)


def _without_trace(B: Array) -> Array:
    part: Array = B - (B.trace().real / len(B)) * np.eye(len(B))
    return part


def _own(point: MatrixPoint) -> KroneckerPoint:
    assert isinstance(point, KroneckerPoint)
    return point
