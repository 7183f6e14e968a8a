"""The Newton direction of -ln det K + f(K) + sum of w_ij |K_ij|, compiled.

Imported when first needed, for numba is dear to load.
"""

import numpy as np
from numba import njit

from matopt.linalg.arrays import Array

# Sums may be reordered, so that they are vectorized; NaN and infinity stay what they
# are.
_REORDER = {"reassoc", "contract", "nsz"}


@njit(cache=True, nogil=True, fastmath=_REORDER)
def newton_target(
    W: Array, G: Array, K: Array, w: Array, ridge: float, eta: float, sweeps: int
) -> tuple[Array, float]:
    """Return Z = K + D that minimizes the model, and its predicted change.

    The model of D is tr(G D) + tr(W D W D)/2 + ridge |D|^2/2 + sum of w_ij |Z_ij| with
    W = K^-1, all symmetric (n, n), over the entries where K is not 0 or |G_ij| exceeds
    w_ij. One entry is minimized after another, down each column, until a sweep
    moves by less than ``eta`` times all before, in the norm of the model's curvature.
    The change is tr(G D) + sum of w_ij (|Z_ij| - |K_ij|), at most 0.

    Hsieh, Sustik, Dhillon and Ravikumar, QUIC: quadratic approximation for sparse
    inverse covariance estimation (JMLR 2014).
    """
    n = K.shape[0]
    Z = K.copy()
    U = np.zeros((n, n))  # D W
    rows = np.empty(n * (n + 1) // 2, np.int64)
    first = np.zeros(n + 1, np.int64)
    count = 0
    for j in range(n):
        for i in range(j + 1):
            if i == j or K[i, j] != 0.0 or abs(G[i, j]) > w[i, j]:
                rows[count] = i
                count += 1
        first[j + 1] = count
    column = np.empty(n)
    total = 0.0
    for _ in range(sweeps):
        moved = 0.0
        for j in range(n):
            for k in range(n):
                column[k] = U[k, j]
            for entry in range(first[j], first[j + 1]):
                i = rows[entry]
                WDW = 0.0
                for k in range(n):
                    WDW += W[i, k] * column[k]
                curvature = W[i, i] * W[j, j] + ridge
                if i != j:
                    curvature += W[i, j] * W[i, j]
                z = Z[i, j]
                slope = G[i, j] + WDW + ridge * (z - K[i, j])
                new = z - slope / curvature
                threshold = w[i, j] / curvature
                if new > threshold:
                    new -= threshold
                elif new < -threshold:
                    new += threshold
                else:
                    new = 0.0
                if new == z:
                    continue
                m = new - z
                Z[i, j] = new
                for k in range(n):
                    U[i, k] += m * W[j, k]
                column[i] += m * W[j, j]
                if i != j:
                    Z[j, i] = new
                    for k in range(n):
                        U[j, k] += m * W[i, k]
                    column[j] += m * W[i, j]
                moved += curvature * m * m
        total += moved
        if moved <= eta * eta * total:
            break
    change = 0.0
    for j in range(n):
        for entry in range(first[j], first[j + 1]):
            i = rows[entry]
            part = G[i, j] * (Z[i, j] - K[i, j])
            part += w[i, j] * (abs(Z[i, j]) - abs(K[i, j]))
            change += part if i == j else 2.0 * part
    return Z, change
