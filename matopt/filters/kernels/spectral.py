"""Compiled: what a frequency-domain filter does between the transforms of a block.

V and X are (parts, bins): a part for each partition and channel.
"""

import numpy as np
from numba import njit

from matopt.filters.kernels.flags import FAST


@njit(cache=True, nogil=True, fastmath=FAST)
def respond(V, X, y):
    """The spectrum of the output: the sum of V X over the parts."""
    for p in range(len(V)):
        v, x = V[p], X[p]
        if p == 0:
            for b in range(len(y)):
                y[b] = v[b] * x[b]
        else:
            for b in range(len(y)):
                y[b] += v[b] * x[b]


@njit(cache=True, nogil=True, fastmath=FAST)
def step_along(V, X, E, steps):
    """V += conj(X) E steps, and E becomes E steps."""
    for b in range(len(E)):
        E[b] *= steps[b]
    for p in range(len(V)):
        v, x = V[p], X[p]
        for b in range(len(E)):
            v[b] += np.conj(x[b]) * E[b]


@njit(cache=True, nogil=True, fastmath=FAST)
def at_last(V, X, last):
    """The sum of V X last: the output at the last sample of the frame."""
    y = V.dtype.type(0.0)
    for p in range(len(V)):
        v, x = V[p], X[p]
        for b in range(len(last)):
            y += v[b] * x[b] * last[b]
    return y


@njit(cache=True, nogil=True, fastmath=FAST)
def powers_of(X, partitions, now, energy):
    """|X|^2 of each block (blocks, bins) over channels and partitions, and their sum.

    X is (partitions - 1 + blocks, channels, bins). Sums are never differences, which
    would round after a loud burst.
    """
    now[:] = 0.0
    for k in range(len(now)):
        row = now[k]
        for p in range(k, k + partitions):
            for channel in range(X.shape[1]):
                x = X[p, channel]
                for b in range(len(row)):
                    row[b] += x[b].real * x[b].real + x[b].imag * x[b].imag
        energy[k] = row.sum()


@njit(cache=True, nogil=True, fastmath=FAST)
def steps_of(now, whole, power, peak, smoothing, regularization, share):
    """Turn the powers into the steps of the bins, share / power; return the peak.

    Powers are smoothed over the blocks, but never below that of the block itself; only
    ``whole`` blocks are complete. The first that is not silent begins the mean.
    """
    for k in range(whole):
        row, silent = now[k], True
        for b in range(len(row)):
            silent = silent and power[b] == 0.0
        kept = 0.0 if silent else smoothing
        for b in range(len(row)):
            power[b] += (1.0 - kept) * (row[b] - power[b])
            row[b] = max(row[b], power[b])
            peak = max(peak, float(row[b]))
        for b in range(len(row)):
            scale = row[b] + regularization * peak
            row[b] = share / scale if scale > 0.0 else 0.0
    return peak
