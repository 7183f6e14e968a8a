"""Manifolds with the metric of the matrices around them.

A tangent is a matrix, the metric is Re tr(u^H v), and a covector is an ambient
gradient: the Riemannian gradient is its tangent part. Absil, Mahony and Sepulchre,
Optimization Algorithms on Matrix Manifolds (2008), section 3.6.
"""

from __future__ import annotations

import math
from abc import abstractmethod

import numpy as np

from matopt.linalg import Array, inner, product
from matopt.spaces.point import MatrixPoint
from matopt.spaces.space import Manifold, Seed, generator
from matopt.spaces.structure import ambient


class Embedded(Manifold):
    """A submanifold of the matrices of one shape.

    An author writes ``tangent_part``, ``retract``, ``velocity`` and ``hessp``, beside
    what every space has. Transport is the tangent part at the end.
    """

    hermitian = False

    @abstractmethod
    def tangent_part(self, X: Array, Z: Array) -> Array:
        """The orthogonal projection of Z (or of a stack) on the tangents at X."""

    def point(self, x: Array) -> EmbeddedPoint:
        """The point at the matrix x."""
        return EmbeddedPoint(self, x)

    def gradient(self, point: MatrixPoint, g: Array) -> Array:
        """The tangent part of the ambient gradient."""
        return self.tangent_part(point.x, g)

    def inner(self, point: MatrixPoint, u: Array, v: Array) -> float:
        """Re tr(u^H v)."""
        return inner(u, v)

    def gram(self, point: MatrixPoint, U: Array, V: Array) -> Array:
        """All inner products by one product."""
        return product(_rows(U), _rows(V).T)

    def transport(
        self, start: MatrixPoint, end: MatrixPoint, v: Array, w: Array
    ) -> Array:
        """The tangent part of w (or of a stack) at the end."""
        return self.tangent_part(end.x, w)

    def random_tangent(self, point: MatrixPoint, rng: Seed = None) -> Array:
        """The tangent part of a normal matrix, of unit length; zero if no other is."""
        if self.dimension == 0:
            return np.zeros_like(point.x)
        draw = generator(rng)
        length = 0.0
        while length < 1e-6:  # the seed that gave a point of a sphere gives x again
            v = self.tangent_part(point.x, self._normal(draw))
            length = math.sqrt(inner(v, v))
        return v / length


class EmbeddedPoint(MatrixPoint):
    """The matrix itself; tangents and covectors are matrices too."""

    def __init__(self, space: Embedded, x: Array) -> None:
        """Take the matrix, which is not copied."""
        super().__init__(space)
        self._x = x

    @property
    def x(self) -> Array:
        """X."""
        return self._x

    @property
    def dense(self) -> Array:
        """X."""
        return self._x

    def along(self, v: Array) -> Array:
        """v."""
        return v

    def adjoint(self, left: Array, right: Array | None = None) -> Array:
        """G; its real part on a real manifold."""
        G = ambient(left, right)
        return G.real if self._x.dtype.kind == "f" else G


def _rows(U: Array) -> Array:
    """A stack as real vectors, one a row; re and im are two entries."""
    rows = np.ascontiguousarray(U).reshape(len(U), math.prod(U.shape[1:]))
    return rows.view(float) if rows.dtype.kind == "c" else rows
