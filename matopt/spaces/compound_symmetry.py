"""Compound symmetry: one variance and one covariance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matopt.linalg import Array, inner
from matopt.spaces.commuting import Commuting
from matopt.spaces.space import check_order


@dataclass(frozen=True, repr=False)
class CompoundSymmetry(Commuting):
    """A_ii = v and A_ij = c of order n, for features that may be exchanged.

    Parameters: v, c. The eigenvalues are v + (n - 1) c, of the vector of ones, and
    v - c, n - 1 times. Votaw, Testing Compound Symmetry in a Normal Multivariate
    Distribution (1948).

    >>> import matopt as mo
    >>> mo.CompoundSymmetry(3).matrix([2.0, 1.0])
    array([[2., 1., 1.],
           [1., 2., 1.],
           [1., 1., 2.]])
    """

    n: int

    dtype = float
    hermitian = True

    def __post_init__(self) -> None:
        """Check the order: with one feature there is no covariance."""
        super().__post_init__()
        check_order(self.n, minimum=2)

    @property
    def size(self) -> int:
        """2."""
        return 2

    @property
    def multiplicities(self) -> Array:
        """1 and n - 1."""
        return np.array([1.0, self.n - 1.0])

    def matrix(self, x: Array) -> Array:
        """The matrix of v and c."""
        A: Array = np.full(self.shape, x[1], dtype=float)
        A.flat[:: self.n + 1] = x[0]
        return A

    def _extract(self, A: Array) -> Array:
        return np.array([A[0, 0], A[0, 1]])

    def eigenvalues(self, x: Array) -> Array:
        """v + (n - 1) c and v - c."""
        return np.array([x[0] + (self.n - 1) * x[1], x[0] - x[1]])

    def coordinates(self, eigenvalues: Array) -> Array:
        """v and c."""
        c = (eigenvalues[0] - eigenvalues[1]) / self.n
        return np.array([eigenvalues[1] + c, c])

    def covector(self, g: Array) -> Array:
        """g_0 + g_1 and (n - 1) g_0 - g_1."""
        a, b = g.real
        return np.array([a + b, (self.n - 1) * a - b])

    def powers(self, left: Array, right: Array | None = None) -> Array:
        """n times the product of the means, and that of the deviations from them."""
        if right is None:
            mean = float(left.sum().real) / self.n
            return np.array([mean, float(left.trace().real) - mean])
        a, b = left.mean(axis=0), right.mean(axis=0)
        return np.array([self.n * inner(b, a), inner(right - b, left - a)])

    def apply(self, weights: Array, B: Array) -> Array:
        """w_0 times the mean, w_1 times the deviations from it."""
        mean = B.mean(axis=0)
        X: Array = weights[1] * (B - mean) + weights[0] * mean
        return X
