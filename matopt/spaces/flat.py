"""Spaces whose tangents are real vectors with the dot product."""

from __future__ import annotations

import math

import numpy as np

from matopt.linalg import Array, product
from matopt.spaces.point import MatrixPoint
from matopt.spaces.space import Seed, Space, generator


class Flat(Space):
    """Straight lines of x, along which tangents stay as they are.

    x and tangents are real vectors of length ``dimension``. A space that is flat only
    in a frame, which turns on the way, overrides ``retract``, ``velocity`` and
    ``transport``, and says ``flat = False``.
    """

    isometric = True
    flat = True

    def gradient(self, point: MatrixPoint, g: Array) -> Array:
        """The derivative by the coordinates, as it is."""
        return g

    def hessp(self, point: MatrixPoint, g: Array, Hv: Array, v: Array) -> Array:
        """The second derivative by the coordinates, as it is."""
        return Hv

    def inner(self, point: MatrixPoint, u: Array, v: Array) -> float:
        """The dot product."""
        return float(u.dot(v))

    def gram(self, point: MatrixPoint, U: Array, V: Array) -> Array:
        """The dot products."""
        return product(U, V.T)

    def retract(self, point: MatrixPoint, v: Array) -> MatrixPoint:
        """x + v."""
        return self.point(point.x + v)

    def velocity(self, start: MatrixPoint, end: MatrixPoint, v: Array) -> Array:
        """v: the line is straight."""
        return v

    def transport(
        self, start: MatrixPoint, end: MatrixPoint, v: Array, w: Array
    ) -> Array:
        """w: parallel transport is the identity."""
        return w

    def random_tangent(self, point: MatrixPoint, rng: Seed = None) -> Array:
        """A random direction of unit length."""
        v = generator(rng).standard_normal(self.dimension)
        return v / math.sqrt(v.dot(v))

    def tangent_basis(self, point: MatrixPoint) -> Array:
        """The unit vectors."""
        return np.eye(self.dimension)
