"""Primary matrix functions and their Frechet derivatives, for right sides.

Hermitian arguments go through the eigendecomposition, and divided differences that are
accurate at close and at equal eigenvalues; the others through scipy.linalg.

Higham, Functions of Matrices (2008), chapters 1 and 3.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from matopt.linalg import Array

DERIVATIVE = {
    "sin": "cos",
    "cos": "-sin",
    "exp": "exp",
    "log": "reciprocal",
    "sqrt": "half reciprocal root",
}


class _Function(NamedTuple):
    of_numbers: Callable[[Array], Array]
    difference: Callable[[Array, Array], Array]  # (f(a) - f(b)) / (a - b), f'(a)
    of_matrix: Callable[[Array], Array]


def _scipy(name: str) -> Callable[[Array], Array]:
    def function(A: Array) -> Array:
        from scipy import linalg

        return np.asarray(getattr(linalg, name)(A))

    return function


def _sinc(x: Array) -> Array:
    return np.sinc(x / np.pi)


def _sinhc(x: Array) -> Array:
    safe = np.where(x == 0.0, 1.0, x)
    return np.where(x == 0.0, 1.0, np.sinh(safe) / safe)


_FUNCTIONS = {
    "cos": _Function(
        np.cos,
        lambda a, b: -np.sin((a + b) / 2) * _sinc((a - b) / 2),
        _scipy("cosm"),
    ),
    "-sin": _Function(
        lambda a: -np.sin(a),
        lambda a, b: -np.cos((a + b) / 2) * _sinc((a - b) / 2),
        lambda A: -_scipy("sinm")(A),
    ),
    "exp": _Function(
        np.exp,
        lambda a, b: np.exp((a + b) / 2) * _sinhc((a - b) / 2),
        _scipy("expm"),
    ),
    "reciprocal": _Function(
        lambda a: 1 / a,
        lambda a, b: -1 / (a * b),
        np.linalg.inv,
    ),
    "half reciprocal root": _Function(
        lambda a: 0.5 / np.sqrt(a),
        lambda a, b: -0.5 / (np.sqrt(a * b) * (np.sqrt(a) + np.sqrt(b))),
        lambda A: 0.5 * np.linalg.inv(_scipy("sqrtm")(A)),
    ),
}


def _is_hermitian(A: Array) -> bool:
    return np.array_equal(A, A.conj().T)


def matrix_function(name: str, X: Array) -> Array:
    """f(X), for f one of the values of ``DERIVATIVE``."""
    f = _FUNCTIONS[name]
    if not _is_hermitian(X):
        return f.of_matrix(X)
    w, Q = np.linalg.eigh(X)
    Y: Array = (Q * f.of_numbers(w)) @ Q.conj().T
    return Y


def frechet(name: str, X: Array, V: Array) -> Array:
    """The derivative of f(X) along V."""
    f = _FUNCTIONS[name]
    n = len(X)
    if not _is_hermitian(X):
        return f.of_matrix(np.block([[X, V], [np.zeros_like(X), X]]))[:n, n:]
    w, Q = np.linalg.eigh(X)
    Z = Q.conj().T @ V @ Q
    L: Array = Q @ (f.difference(w[:, None], w) * Z) @ Q.conj().T
    return L


def off_the_branch_cut(X: Any) -> bool:
    """Is no eigenvalue real and <= 0?  (Matrices of mpmath numbers are not asked.)"""
    if X.dtype.kind == "O":
        return True
    w = np.linalg.eigvals(X)
    bound = 1e-12 * float(np.max(np.abs(w), initial=0.0))
    return not bool(np.any((w.real <= bound) & (np.abs(w.imag) <= bound)))


# Integer powers


def _splits(k: int) -> list[tuple[int, int, int]]:
    """(sign, p, q) for the terms of d X^k = sum of sign X^p dX X^q, k of any sign."""
    if k >= 0:
        return [(1, p, k - 1 - p) for p in range(k)]
    return [(-1, p, k - 1 - p) for p in range(k, 0)]


def power_along(X: Array, k: int, V: Array) -> Array:
    """The derivative of X^k along V, for any integer k (invertible X if k < 0)."""
    power = np.linalg.matrix_power
    total: Array = np.zeros(np.shape(X), dtype=np.result_type(X, V, float))
    for sign, p, q in _splits(k):
        total = total + sign * power(X, p) @ V @ power(X, q)
    return total


def power_along_twice(X: Array, k: int, A: Array, V: Array) -> Array:
    """The derivative of ``power_along(X, k, A)`` along V."""
    power = np.linalg.matrix_power
    total: Array = np.zeros(np.shape(X), dtype=np.result_type(X, A, V, float))
    for sign, p, q in _splits(k):
        total = total + sign * power_along(X, p, V) @ A @ power(X, q)
        total = total + sign * power(X, p) @ A @ power_along(X, q, V)
    return total
