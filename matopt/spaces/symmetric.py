"""Symmetric matrices, or Hermitian ones when complex: (138)-(141)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from matopt.linalg import Array
from matopt.spaces.structure import Structure, ambient


@dataclass(frozen=True, repr=False)
class Symmetric(Structure):
    """A = A^H of order n; free entries: the lower triangle.

    Parameters: A_ij for i >= j row by row, n (n + 1)/2 of them; then, when complex
    (Hermitian), the imaginary parts of A_ij for i > j, n (n - 1)/2 more.
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
    def _lower(self) -> tuple[Array, Array]:
        return np.tril_indices(self.n)

    @cached_property
    def _strict(self) -> tuple[Array, Array]:
        return np.tril_indices(self.n, -1)

    def matrix(self, x: Array) -> Array:
        """The matrix with lower triangle x."""
        A: Array = np.empty(self.shape, dtype=self.dtype)
        i, j = self._lower
        A[j, i] = A[i, j] = x[: len(i)]
        if self.dtype is complex:
            i, j = self._strict
            imaginary = x[-len(i) :] if len(i) else x[:0]
            A.imag[i, j] = imaginary
            A.imag[j, i] = -imaginary
        return A

    def _extract(self, A: Array) -> Array:
        lower = A[self._lower]
        if self.dtype is float:
            return lower
        return np.concatenate([lower.real, A[self._strict].imag])

    def adjoint(self, left: Array, right: Array | None = None) -> Array:
        """The lower triangle of G + G^H - G o I (138)."""
        G = ambient(left, right)
        i, j = self._lower
        g = G[i, j] + G[j, i].conj()
        g[i == j] *= 0.5
        if self.dtype is float:
            return g.real
        strict = self._strict
        return np.concatenate([g.real, G[strict].imag - G[strict[::-1]].imag])
