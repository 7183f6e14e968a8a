"""Diagonal matrices: every operation of the point is O(n)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matopt.linalg import Array, rows_dot
from matopt.spaces.commuting import Commuting
from matopt.spaces.parts import pack, unpack


@dataclass(frozen=True, repr=False)
class Diagonal(Commuting):
    """A = diag(d) of order n.

    Parameters: d; when complex, its real parts, then its imaginary parts. A real one
    is Hermitian, so it is factorized as a positive definite matrix; a complex one is a
    general matrix.
    """

    n: int
    dtype: type = float

    @property
    def hermitian(self) -> bool:
        """Is d real?"""
        return self.dtype is float

    @property
    def size(self) -> int:
        """n, or 2 n when complex."""
        return self.n if self.dtype is float else 2 * self.n

    def matrix(self, x: Array) -> Array:
        """diag(d)."""
        return np.diag(self.eigenvalues(x))

    def eigenvalues(self, x: Array) -> Array:
        """The vector d of the parameters x, which shares their memory if real."""
        return unpack(x, self.dtype)

    def coordinates(self, eigenvalues: Array) -> Array:
        """The parameters of d."""
        return pack(eigenvalues, self.dtype)

    def covector(self, g: Array) -> Array:
        """The covector of the diagonal g of an ambient gradient."""
        return pack(g, self.dtype)

    def _extract(self, A: Array) -> Array:
        return self.coordinates(np.array(A.diagonal()))

    def powers(self, left: Array, right: Array | None = None) -> Array:
        """The diagonal of G."""
        if right is None:
            return np.array(left.diagonal())
        return rows_dot(left, right)

    def apply(self, weights: Array, B: Array) -> Array:
        """The rows of B, multiplied by the weights."""
        X: Array = (B.T * weights).T
        return X
