"""The inverse of a Toeplitz matrix through its predictors."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from matopt.linalg.arrays import Array
from matopt.linalg.lattice import Lattice
from matopt.linalg.product import gram, herm, product


class LatticeFactor:
    """T^-1 = W^H D^-1 W, D = t_0 diag(errors), W the whitener of the lattice."""

    def __init__(self, lattice: Lattice, power: float, logdet: float) -> None:
        """Take the lattice, t_0 and ln det T, which are known."""
        self.logdet = logdet
        self._lattice = lattice
        self._power = power

    @cached_property
    def half(self) -> Array:
        """D^-1/2 W, which takes samples of covariance T to uncorrelated ones."""
        scale = 1.0 / np.sqrt(self._power * self._lattice.errors)
        return self._lattice.whitener * scale[:, None]

    @cached_property
    def inverse(self) -> Array:
        """T^-1."""
        return gram(herm(self.half))

    def solve(self, B: Array) -> Array:
        """T^-1 B."""
        return product(herm(self.half), product(self.half, B))

    solve_herm = solve
