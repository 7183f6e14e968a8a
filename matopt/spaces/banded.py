"""Banded matrices: zero away from the diagonal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matopt.lazy import lazy
from matopt.spaces.entries import Entries, FreeEntries
from matopt.spaces.space import check_order


@dataclass(frozen=True, repr=False)
class Banded(FreeEntries):
    """A_ij = 0 unless -upper <= i - j <= lower; order n.

    ``bandwidth`` is (lower, upper), or one integer for both. Parameters: the entries
    of the band row by row, real parts before imaginary parts. ``symmetric=True`` means
    A = A^H too: then the entries of the lower band row by row and, when complex, after
    them the imaginary parts of those below the diagonal. Derivative by them: the band
    of G, or the lower band of G + G^H - G o I (138).
    """

    n: int
    bandwidth: int | tuple[int, int]
    dtype: type = float
    symmetric: bool = False

    def __post_init__(self) -> None:
        """Check the order, the bandwidth and the dtype."""
        super().__post_init__()
        b = self.bandwidth
        if isinstance(b, tuple | list) and len(b) == 2 and not self.symmetric:
            wide = tuple(check_order(k, "bandwidth", minimum=0) for k in b)
            object.__setattr__(self, "bandwidth", wide)
        elif isinstance(b, tuple | list):
            wanted = "an integer when symmetric" if self.symmetric else "(lower, upper)"
            raise ValueError(f"bandwidth must be {wanted}, got {b!r}")
        else:
            b = check_order(b, "bandwidth", minimum=0)
            object.__setattr__(self, "bandwidth", b)
        if max(self._widths) >= self.n:
            raise ValueError(
                f"bandwidth must be below n = {self.n}, got {self.bandwidth}; "
                f"{self.n - 1} is a full matrix"
            )

    @property
    def hermitian(self) -> bool:
        """Is it symmetric?"""
        return self.symmetric

    @property
    def _widths(self) -> tuple[int, int]:
        b = self.bandwidth
        return b if isinstance(b, tuple) else (b, b)

    @lazy
    def _entries(self) -> Entries:
        lower, upper = self._widths
        if self.symmetric:
            upper = 0
        below = np.arange(self.n)[:, None] - np.arange(self.n)
        i, j = np.nonzero((below >= -upper) & (below <= lower))
        return Entries(self.n, i, j, self.dtype, mirror=int(self.symmetric))
