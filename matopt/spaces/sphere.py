"""Unit vectors."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from matopt.linalg import Array, as_array, inner, product
from matopt.spaces.embedded import Embedded, EmbeddedPoint
from matopt.spaces.point import MatrixPoint
from matopt.spaces.space import Seed, generator

_UNIT = 1e-8  # largest departure of the length from one


@dataclass(frozen=True, repr=False)
class Sphere(Embedded):
    """x of shape (n,) with x^H x = 1; tangents v have Re x^H v = 0.

    Retraction: (x + v)/|x + v|, of second order. Transport: the tangent part.
    """

    n: int
    dtype: type = float

    @property
    def shape(self) -> tuple[int]:
        """(n,)."""
        return (self.n,)

    @property
    def dimension(self) -> int:
        """n - 1, or 2 n - 1 when complex."""
        return (self.n if self.dtype is float else 2 * self.n) - 1

    def parameters(self, matrix: ArrayLike) -> Array:
        """The vector, checked to have length one."""
        dtype = float if self.dtype is float else None
        x = as_array(matrix, "matrix", shape=self.shape, dtype=dtype)
        length = math.sqrt(inner(x, x))
        if abs(length - 1.0) > _UNIT:
            raise ValueError(
                f"matrix must be a vector of length 1, its length is {length:.9g}; "
                "divide it by numpy.linalg.norm(matrix)"
            )
        return (x / length).astype(self.dtype, copy=False)

    def random(self, rng: Seed = None) -> Array:
        """A uniformly distributed unit vector."""
        x = self._normal(generator(rng))
        return x / math.sqrt(inner(x, x))

    def start(self, rng: Seed = None) -> Array:
        """A random unit vector: no other is natural."""
        return self.random(rng)

    def tangent_part(self, X: Array, Z: Array) -> Array:
        """Z - Re(x^H Z) x."""
        if Z.ndim == 1:
            return Z - inner(X, Z) * X
        along: Array = product(Z.reshape(-1, self.n), X.conj()).real
        part: Array = Z - along.reshape(*Z.shape[:-1], 1) * X
        return part

    def hessp(self, point: MatrixPoint, g: Array, Hv: Array, v: Array) -> Array:
        """The tangent part of Hv, less Re(x^H g) v: the sphere curves inwards."""
        x = point.x
        return Hv - inner(x, Hv) * x - inner(x, g) * v

    def retract(self, point: MatrixPoint, v: Array) -> EmbeddedPoint:
        """(x + v)/|x + v|."""
        y = point.x + v
        return EmbeddedPoint(self, y / math.sqrt(inner(y, y)))

    def velocity(self, start: MatrixPoint, end: MatrixPoint, v: Array) -> Array:
        """The tangent part of v at the end, over |x + v|."""
        y = start.x + v
        return self.tangent_part(end.x, v) / math.sqrt(inner(y, y))

    def tangent_basis(self, point: MatrixPoint) -> Array:
        """All but the first column of the reflection that takes x to e_0."""
        x = point.x.view(float)  # re and im in turn when complex
        u = x.copy()
        u[0] += math.copysign(1.0, x[0])
        H = np.eye(len(x)) - np.outer(u, u) * (2.0 / (u @ u))
        return np.ascontiguousarray(H[1:]).view(self.dtype)
