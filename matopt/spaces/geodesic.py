"""Squared distances in the affine-invariant metric, as a function of one end."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from matopt.lazy import lazy
from matopt.linalg import Array, herm


class Coordinates(Protocol):
    """A matrix and its derivatives, as a ``MatrixPoint`` has them."""

    def along(self, v: Array) -> Array:
        """The derivative of the matrix along the tangent v."""

    def adjoint(self, left: Array, right: Array | None = None) -> Array:
        """The covector of left right^H."""


class Geodesic:
    """f(X) = sum of w_k d(X, A_k)^2 / 2, d(X, A) = |log X^-1/2 A X^-1/2|.

    A_k U_k = X U_k diag(e^l) with U_k^H X U_k = I gives the gradient
    -sum of w U diag(l) U^H. The Hessian along V is the sum of w U (h o U^H V U) U^H,
    h_ij = (l_i + l_j)/2 + d coth d with d = (l_i - l_j)/2: the divided differences of
    the logarithm, without a difference of near values.

    Bhatia, Positive Definite Matrices (2007), chapter 6.
    """

    def __init__(
        self, coordinates: Coordinates, U: Array, logarithms: Array, weights: Array
    ) -> None:
        """Take the U_k (k, n, n), the l (k, n) and the w (k,)."""
        self._coordinates = coordinates
        self._U, self._l, self._w = U, logarithms, weights

    @lazy
    def value(self) -> float:
        return 0.5 * float(self._w @ (self._l**2).sum(axis=1))

    @lazy
    def gradient(self) -> Array:
        return -self._covector(self._U * self._l[:, None, :])

    @lazy
    def _h(self) -> Array:
        a, b = self._l[:, :, None], self._l[:, None, :]
        d = 0.5 * np.abs(a - b)
        ratio = np.divide(d, np.tanh(d), out=np.ones_like(d), where=d > 0.0)
        h: Array = 0.5 * (a + b) + ratio
        return h

    def hessp(self, v: Array) -> Array:
        V = self._coordinates.along(v)
        inside = self._h * (herm(self._U) @ V @ self._U)
        return self._covector(self._U @ inside)

    def _covector(self, left: Array) -> Array:
        """The covector of the sum of w left U^H, in one product."""
        weighted = _side_by_side(self._w[:, None, None] * left)
        return self._coordinates.adjoint(weighted, _side_by_side(self._U))


def _side_by_side(stack: Array) -> Array:
    """(k, n, n) as (n, k n)."""
    k, n, _ = stack.shape
    return stack.transpose(1, 0, 2).reshape(n, k * n)
