"""Points of curved coordinates, seen along a tangent: see ``MatrixPoint.bend``."""

from __future__ import annotations

from typing import Any

import numpy as np

from matopt.linalg import Array, Factor, Scatter
from matopt.spaces.point import MatrixPoint, Term


class Bent(MatrixPoint):
    """The matrix of another point, of which nothing is computed twice.

    An author writes ``adjoint``. Where the point has fast terms of its own, as
    ``gaussian``, they are written here too, or answer ``Nothing`` here if their
    ``hessp`` has the whole second derivative.
    """

    def __init__(self, point: MatrixPoint, v: Array) -> None:
        """Take the point and the tangent along which it is seen."""
        super().__init__(point.space)
        self.point = point
        self.v = v

    @property
    def x(self) -> Array:
        """That of the point."""
        return self.point.x

    @property
    def dense(self) -> Array:
        """The matrix of the point."""
        return self.point.dense

    def along(self, v: Array) -> Array:
        """That of the point."""
        return self.point.along(v)

    @property
    def factor(self) -> Factor:
        """The factor of the point."""
        return self.point.factor


class Straight(Bent):
    """A point whose coordinates do not bend, beside others in a Product that do."""

    def adjoint(self, left: Array, right: Array | None = None) -> Array:
        """Zero."""
        return np.zeros_like(self.v)

    def logdet_gradient(self) -> Array:
        """Zero."""
        return np.zeros_like(self.v)

    def inverse_trace(self, B: Array) -> Term:
        """Nothing."""
        return Nothing(self.v)

    def gaussian(self, scatter: Scatter) -> Term:
        """Nothing."""
        return Nothing(self.v)


class Nothing:
    """A term that is zero."""

    value = 0.0

    def __init__(self, v: Array) -> None:
        """Take a tangent, for the form of covectors."""
        self.gradient: Array = np.zeros_like(v)

    def hessp(self, v: Array) -> Any:
        return np.zeros_like(v)
