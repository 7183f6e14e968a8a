"""Skew-symmetric matrices, or skew-Hermitian ones when complex."""

from dataclasses import dataclass

import numpy as np

from matopt.lazy import lazy
from matopt.spaces.entries import Entries, FreeEntries


@dataclass(frozen=True, repr=False)
class SkewSymmetric(FreeEntries):
    """A = -A^H of order n; free entries: the strict lower triangle.

    ``dtype=complex`` means skew-Hermitian, with an imaginary diagonal. Parameters:
    Re A_ij for i > j row by row, n (n - 1)/2 of them; then, when complex, Im A_ij for
    i >= j, n (n + 1)/2 more. Derivative by them: the lower triangle of G - G^H, the
    imaginary diagonal once. A real one of odd order is singular.
    """

    n: int
    dtype: type = float

    hermitian = False

    @lazy
    def _entries(self) -> Entries:
        return Entries(self.n, *np.tril_indices(self.n), self.dtype, mirror=-1)
