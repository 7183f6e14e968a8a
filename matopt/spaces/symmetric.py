"""Symmetric matrices, or Hermitian ones when complex: (138)-(141)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from matopt.linalg import Array
from matopt.spaces.entries import Entries
from matopt.spaces.structure import Structure


@dataclass(frozen=True, repr=False)
class Symmetric(Structure):
    """A = A^H of order n; free entries: the lower triangle.

    ``dtype=complex`` means Hermitian. Parameters: A_ij for i >= j row by row,
    n (n + 1)/2 of them; then, when complex, the imaginary parts of A_ij for i > j,
    n (n - 1)/2 more.
    """

    n: int
    dtype: type = float

    hermitian = True

    @property
    def shape(self) -> tuple[int, int]:
        """(n, n)."""
        return (self.n, self.n)

    @property
    def size(self) -> int:
        """n (n + 1)/2, or n^2 when complex."""
        return self.n * (self.n + 1) // 2 if self.dtype is float else self.n**2

    @cached_property
    def _entries(self) -> Entries:
        return Entries(self.n, *np.tril_indices(self.n), self.dtype, mirror=1)

    def matrix(self, x: Array) -> Array:
        """The matrix with lower triangle x."""
        return self._entries.matrix(x)

    def _extract(self, A: Array) -> Array:
        return self._entries.extract(A)

    def adjoint(self, left: Array, right: Array | None = None) -> Array:
        """The lower triangle of G + G^H - G o I (138)."""
        return self._entries.adjoint(left, right)
