"""Banded matrices: zero away from the diagonal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matopt.lazy import lazy
from matopt.linalg import Array
from matopt.spaces.banded_point import BandedPoint
from matopt.spaces.entries import Entries, FreeEntries
from matopt.spaces.space import check_order
from matopt.spaces.structure import StructurePoint

# The band alone is faster than the full matrix from this order on, if it is this many
# times narrower.
_WIDE, _NARROW = 128, 12


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
        i = np.repeat(np.arange(self.n), lower + upper + 1)
        j = i + np.tile(np.arange(-lower, upper + 1), self.n)
        inside = (j >= 0) & (j < self.n)
        i, j = i[inside], j[inside]
        return Entries(self.n, i, j, self.dtype, mirror=int(self.symmetric))

    def point(self, x: Array) -> StructurePoint:
        """The point at x, by its band where that is symmetric and narrow."""
        narrow = self.symmetric and self.n >= _WIDE and self.n >= _NARROW * self.width
        return BandedPoint(self, x) if narrow else StructurePoint(self, x)

    @property
    def width(self) -> int:
        """The number of diagonals below the main one."""
        return self._widths[0]

    def lower_band(self, x: Array) -> Array:
        """The lower band of A(x): A[j + d, j] at [d, j], (width + 1, n)."""
        i, j = self._entries.places
        band: Array = np.zeros((self.width + 1, self.n), dtype=self.dtype)
        band[i - j, j] = self._entries.values(x)
        return band

    def covector(self, band: Array) -> Array:
        """The covector of a Hermitian gradient of this lower band."""
        i, j = self._entries.places
        return self._entries.covector(band[i - j, j])
