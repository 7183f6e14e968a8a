"""The matrices of index calculus, exact and dense: vec, J^ij, S^ij, K and D.

Indices count from zero. ``vec`` stacks columns: vec(A X B) = (B^T kron A) vec(X).
Magnus and Neudecker, Matrix Differential Calculus (1988), chapter 3.
"""

import numpy as np

from matopt.linalg.arrays import Array


def vec(A: Array) -> Array:
    """The columns of A (m, n) on top of each other, (m n,): a copy."""
    stacked: Array = A.flatten(order="F")
    return stacked


def unvec(v: Array, m: int, n: int) -> Array:
    """The A (m, n) with vec(A) = v: a copy in C order."""
    if v.shape != (m * n,):
        raise ValueError(
            f"v must have shape ({m * n},) for m, n = {m}, {n}, got {v.shape}"
        )
    return np.array(v.reshape(n, m).T, order="C")


def single_entry(i: int, j: int, m: int, n: int) -> Array:
    """J^ij (m, n): one at (i, j), zero elsewhere; the derivative of A by A_ij (134)."""
    _check_index(i, m, "i")
    _check_index(j, n, "j")
    J: Array = np.zeros((m, n))
    J[i, j] = 1.0
    return J


def symmetric_entry(i: int, j: int, n: int) -> Array:
    """S^ij = J^ij + J^ji - J^ij J^ij (n, n): the derivative of a symmetric A (138)."""
    J = single_entry(i, j, n, n)
    return np.maximum(J, J.T)  # J^ij J^ij is J^ij on the diagonal and zero off it


def commutation_matrix(m: int, n: int) -> Array:
    """K (m n, m n) with K vec(A) = vec(A^T) for every A (m, n)."""
    order = np.arange(m * n).reshape(n, m).T  # the place of A_ij in vec(A)
    K: Array = np.zeros((m * n, m * n))
    K[np.arange(m * n), order.reshape(-1)] = 1.0
    return K


def duplication_matrix(n: int) -> Array:
    """D (n^2, n (n+1)/2) with D vech(A) = vec(A) for every symmetric A (n, n).

    vech(A) is the lower triangle of A, column by column.
    """
    j, i = np.triu_indices(n)  # row by row of the upper: column by column of the lower
    D: Array = np.zeros((n * n, len(i)))
    place = np.arange(len(i))
    D[j * n + i, place] = D[i * n + j, place] = 1.0
    return D


def _check_index(i: int, size: int, name: str) -> None:
    if not 0 <= i < size:
        raise ValueError(f"{name} must be in 0, ..., {size - 1}, got {i}")
