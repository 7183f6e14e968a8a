"""Constant matrices: of given eigenvalues, of grids and of graphs."""

from __future__ import annotations

import numpy as np

from matopt.linalg import Array
from matopt.studies.generators.forms import forms


@forms("n n")
def positive_definite(n: int, condition: float, seed: int) -> Array:
    """Q diag(l) Q^T, Q random, l geometric from 1 to 1/condition: (n, n)."""
    return _with_eigenvalues(np.geomspace(1.0, 1.0 / condition, n), seed)


@forms("k n n")
def positive_definites(n: int, k: int, condition: float, seed: int) -> Array:
    """``positive-definite`` with the seeds seed, ..., seed + k - 1: (k, n, n)."""
    return np.array([positive_definite(n, condition, seed + i) for i in range(k)])


@forms("n n")
def symmetric(n: int, spread: float, seed: int) -> Array:
    """Q diag(l) Q^T, Q random, l in equal steps from -spread to spread: (n, n)."""
    return _with_eigenvalues(np.linspace(-spread, spread, n), seed)


@forms("m n")
def gaussian(m: int, n: int, seed: int) -> Array:
    """Standard normal entries: (m, n)."""
    return np.random.default_rng(seed).standard_normal((m, n))


@forms("n n")
def descending(n: int) -> Array:
    """diag(n, n - 1, ..., 1)."""
    return np.diag(np.arange(n, 0.0, -1.0))


@forms("first n")
def selection(n: int, first: int) -> Array:
    """The first rows of the identity of order n: (first, n)."""
    return np.eye(first, n)


@forms("n n")
def stiffness(n: int) -> Array:
    """Linear elements for -u'' on [0, 1], n inner nodes: (n + 1) tridiag(-1, 2, -1)."""
    return (n + 1) * second_difference(n)


@forms("n n")
def mass(n: int) -> Array:
    """Linear elements for the norm of u on [0, 1]: tridiag(1, 4, 1) / (6 (n + 1))."""
    return (6 * np.eye(n) - second_difference(n)) / (6 * (n + 1))


@forms("n n")
def second_difference(n: int) -> Array:
    """tridiag(-1, 2, -1), of order n."""
    return 2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)


@forms("n n")
def near_correlation(n: int, seed: int) -> Array:
    """Ones on the diagonal and entries uniform in [-1, 1] off it: (n, n), indefinite.

    Higham (2002) asks for the correlation matrix nearest to such a matrix.
    """
    U = np.triu(np.random.default_rng(seed).uniform(-1.0, 1.0, (n, n)), 1)
    A: Array = U + U.T + np.eye(n)
    return A


@forms("n n")
def symmetric_weights(n: int, seed: int) -> Array:
    """A symmetric matrix with entries uniform in [0, 1]: (n, n)."""
    U = np.triu(np.random.default_rng(seed).random((n, n)))
    W: Array = U + np.triu(U, 1).T
    return W


@forms("n n")
def graph_laplacian(n: int, density: float, seed: int) -> Array:
    """The Laplacian of a graph that has each edge with that chance: (n, n)."""
    W = np.triu(np.random.default_rng(seed).random((n, n)) < density, 1).astype(float)
    W = W + W.T
    L: Array = np.diag(W.sum(axis=1)) - W
    return L


def _with_eigenvalues(values: Array, seed: int) -> Array:
    draw = np.random.default_rng(seed).standard_normal((len(values), len(values)))
    Q, R = np.linalg.qr(draw)
    Q = Q * np.sign(np.diag(R))  # whichever signs LAPACK chose
    A: Array = (Q * values) @ Q.T
    return (A + A.T) / 2
