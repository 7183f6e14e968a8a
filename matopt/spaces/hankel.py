"""Hankel matrices A_ij = h_(i+j)."""

from dataclasses import dataclass

import numpy as np

from matopt.linalg import Array, antidiagonal_sums, hankel_matrix
from matopt.spaces.parts import pack, unpack
from matopt.spaces.structure import SquareStructure


@dataclass(frozen=True, repr=False)
class Hankel(SquareStructure):
    """A_ij = h_(i+j) of order n: constant along antidiagonals.

    Parameters: h_0, ..., h_(2n-2), down the first column and along the last row; when
    complex, all real parts and then all imaginary parts. Symmetric, so Hermitian when
    real. The identity is a Hankel matrix only for n <= 2.
    """

    n: int
    dtype: type = float

    @property
    def hermitian(self) -> bool:
        """Is it real? A complex Hankel matrix is symmetric only."""
        return self.dtype is float

    @property
    def size(self) -> int:
        """2n - 1, or twice that when complex."""
        return (2 * self.n - 1) * (1 if self.dtype is float else 2)

    def matrix(self, x: Array) -> Array:
        """The matrix of the antidiagonals x."""
        return hankel_matrix(unpack(x, self.dtype), self.n)

    def _extract(self, A: Array) -> Array:
        return pack(np.concatenate([A[:, 0], A[-1, 1:]]), self.dtype)

    def adjoint(self, left: Array, right: Array | None = None) -> Array:
        """The sums of G over its antidiagonals: (143) with the rows reversed."""
        return pack(antidiagonal_sums(left, right), self.dtype)
