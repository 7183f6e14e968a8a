"""Compiled kernels of banded Cholesky factors, real and complex, in O(n b^2).

Band arrays are (b + 1, n) and hold A[j + d, j] at [d, j]. The entries of A^-1 inside
the band follow from L^H A^-1 = L^-1 without the others: Takahashi, Fagan and Chin,
Formation of a Sparse Bus Impedance Matrix (1973). This module imports numba: import it
when a kernel is first needed.
"""

import numpy as np

from matopt.linalg.arrays import Array
from matopt.linalg.compiled import REORDER, kernel


@kernel(REORDER)
def inverse_band(L: Array) -> Array:
    """The band of (L L^H)^-1, from the last column to the first."""
    b, n = L.shape[0] - 1, L.shape[1]
    P = np.zeros_like(L)
    for j in range(n - 1, -1, -1):
        m = min(b, n - 1 - j)
        scale = 1.0 / L[0, j].real
        for d in range(m, -1, -1):
            total = P[0, 0] * 0.0
            for k in range(1, m + 1):
                if d >= k:
                    total += P[d - k, j + k] * L[k, j]
                else:
                    total += np.conj(P[k - d, j + d]) * L[k, j]
            P[d, j] = -total * scale
        P[0, j] = P[0, j].real + scale * scale
    return P


@kernel(REORDER)
def factor_along(L: Array, V: Array) -> Array:
    """The derivative of the factor of A = L L^H along V: V = L' L^H + L L'^H."""
    b, n = L.shape[0] - 1, L.shape[1]
    M = np.zeros_like(L)
    for j in range(n):
        first = max(0, j - b)
        for d in range(min(b, n - 1 - j) + 1):
            i = j + d
            total = V[d, j]
            for k in range(max(first, i - b), j):
                total -= M[i - k, k] * np.conj(L[j - k, k])
                total -= L[i - k, k] * np.conj(M[j - k, k])
            if d == 0:
                M[0, j] = 0.5 * total.real / L[0, j].real
            else:
                M[d, j] = (total - L[d, j] * M[0, j]) / L[0, j].real
    return M


@kernel(REORDER)
def inverse_band_along(L: Array, P: Array, M: Array) -> Array:
    """The derivative of ``inverse_band`` along M = L'; P is the band itself."""
    b, n = L.shape[0] - 1, L.shape[1]
    Q = np.zeros_like(L)
    for j in range(n - 1, -1, -1):
        m = min(b, n - 1 - j)
        scale = 1.0 / L[0, j].real
        slope = -M[0, j].real * scale
        for d in range(m, -1, -1):
            total = P[0, 0] * 0.0
            for k in range(1, m + 1):
                if d >= k:
                    total += Q[d - k, j + k] * L[k, j] + P[d - k, j + k] * M[k, j]
                else:
                    total += np.conj(Q[k - d, j + d]) * L[k, j]
                    total += np.conj(P[k - d, j + d]) * M[k, j]
            Q[d, j] = -total * scale
            if d > 0:
                Q[d, j] += slope * P[d, j]
        # P_jj = -total scale + scale^2, whose second term has twice the slope
        Q[0, j] = Q[0, j].real + slope * (P[0, j].real + scale * scale)
    return Q
