"""The inverse of a small positive definite matrix, without BLAS and its threads.

OpenBLAS solves triangular systems in threads from orders near 40 on, and on a busy
machine the wait for them is milliseconds where the work is microseconds. Imported when
first needed, for numba is dear to load.
"""

from __future__ import annotations

import numpy as np

from matopt.linalg.arrays import Array
from matopt.linalg.compiled import REORDER, kernel

LARGEST = 128  # order from which LAPACK is faster


def inverse_of_cholesky(L: Array) -> Array:
    """(L L^T)^-1 for a real lower triangular L of order n, exactly symmetric."""
    return _inverse(np.ascontiguousarray(L))


@kernel(REORDER)
def _inverse(L: Array) -> Array:
    """X^T X with X = L^-1, row by row."""
    n = L.shape[0]
    X = np.zeros((n, n))
    P = np.zeros((n, n))
    for i in range(n):
        X[i, i] = 1.0
        for k in range(i):
            for j in range(k + 1):
                X[i, j] -= L[i, k] * X[k, j]
        for j in range(i + 1):
            X[i, j] /= L[i, i]
        for k in range(i + 1):
            for j in range(k + 1):
                P[k, j] += X[i, k] * X[i, j]
    for k in range(n):
        for j in range(k):
            P[j, k] = P[k, j]
    return P
