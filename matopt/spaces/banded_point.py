"""The point of a wide matrix with a narrow band: nothing of it is formed in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matopt.lazy import lazy
from matopt.linalg import Array, Scatter, inner
from matopt.linalg.banded import BandedCholesky, band_of_product, band_product
from matopt.spaces.point import Term
from matopt.spaces.structure import StructurePoint

if TYPE_CHECKING:
    from matopt.spaces.banded import Banded


class BandedPoint(StructurePoint):
    """A Hermitian band: its factor has the same band, and so has its gradient."""

    space: Banded

    @lazy
    def factor(self) -> BandedCholesky:
        """The banded Cholesky factor."""
        self.factorizations += 1
        return BandedCholesky(self.space.lower_band(self._x))

    def logdet_gradient(self) -> Array:
        """The band of A^-1."""
        return self.space.covector(self.factor.inverse_band)

    def logdet_hessp(self, v: Array) -> Array:
        """The band of -A^-1 V A^-1."""
        moved = self.factor.inverse_band_along(self.space.lower_band(v))
        return self.space.covector(moved)

    def gaussian(self, scatter: Scatter) -> Term:
        """Through the band of the inverse and Z = A^-1 R."""
        return BandedGaussian(self, scatter.root)


class BandedGaussian:
    """ln det A + tr(A^-1 R R^H): gradient the band of A^-1 - Z Z^H, Z = A^-1 R."""

    def __init__(self, point: BandedPoint, root: Array) -> None:
        """Take the point of A and the root."""
        self._space, self._factor, self._R = point.space, point.factor, root

    @lazy
    def _Z(self) -> Array:
        return self._factor.solve(self._R)

    @lazy
    def value(self) -> float:
        return self._factor.logdet + inner(self._R, self._Z)

    @lazy
    def gradient(self) -> Array:
        power = band_of_product(self._Z, self._Z, self._space.width)
        return self._space.covector(self._factor.inverse_band - power)

    def hessp(self, v: Array) -> Array:
        V = self._space.lower_band(v)
        dZ = -self._factor.solve(band_product(V, self._Z))
        moved = self._factor.inverse_band_along(V)
        moved -= band_of_product(dZ, self._Z, self._space.width)
        moved -= band_of_product(self._Z, dZ, self._space.width)
        return self._space.covector(moved)
