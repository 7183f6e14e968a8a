"""What is normal to the positive definite matrices of a fixed diagonal."""

from __future__ import annotations

from matopt.lazy import lazy
from matopt.linalg import Array, Cholesky, gram, herm, product, rows_dot


class Normals:
    """The L^H diag(d) L, orthogonal to all W with diag(L W L^H) = 0."""

    def __init__(self, L: Array) -> None:
        """Take L."""
        self._L = L

    @lazy
    def _gram(self) -> Cholesky:
        """Of the inner products |X_ij|^2 of the L^H e_i e_i^H L."""
        X = gram(self._L)
        return Cholesky.of((X * X.conj()).real)

    def diagonal(self, W: Array) -> Array:
        """The diagonal of L W L^H."""
        return rows_dot(product(self._L, W), self._L).real

    def of(self, diagonal: Array) -> Array:
        """The normal N whose L N L^H has this diagonal."""
        d = self._gram.solve(diagonal)
        return product(herm(self._L), d[:, None] * self._L)
