"""Symmetric matrices, or Hermitian ones when complex: (138)-(141)."""

from dataclasses import dataclass

import numpy as np

from matopt.lazy import lazy
from matopt.spaces.entries import Entries, FreeEntries


@dataclass(frozen=True, repr=False)
class Symmetric(FreeEntries):
    """A = A^H of order n; free entries: the lower triangle.

    ``dtype=complex`` means Hermitian. Parameters: A_ij for i >= j row by row,
    n (n + 1)/2 of them; then, when complex, the imaginary parts of A_ij for i > j,
    n (n - 1)/2 more. Derivative by them: the lower triangle of G + G^H - G o I (138).

    >>> import numpy as np, matopt as mo
    >>> mo.Symmetric(2).matrix(np.array([1.0, 2.0, 3.0]))
    array([[1., 2.],
           [2., 3.]])
    """

    n: int
    dtype: type = float

    hermitian = True

    @lazy
    def _entries(self) -> Entries:
        return Entries(self.n, *np.tril_indices(self.n), self.dtype, mirror=1)
