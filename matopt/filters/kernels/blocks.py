"""Compiled: gradient steps, four samples at a time and yet one after the other.

From the weights w before a block, those before its sample i are
w_i = keep^i w + sum_{k<i} c_k u_k, so y_i = w_i^H u_i needs only w^H u_i and the inner
products u_k^H u_i. One pass over w then adds the c_k u_k of a block and takes the
w^H u_i of the next, which reads and writes w once in four samples. The same numbers as
a loop over samples, to rounding (Benesty & Duhamel, 1992).
"""

import numpy as np
from numba import njit, uintp

from matopt.filters.kernels.lags import row_lags, series_lags
from matopt.filters.kernels.moves import move, move_series
from matopt.filters.kernels.rules import LEVEL, LIMIT, PEAK, REACH, respond

BLOCK = 4
_SEGMENT = 1024  # samples whose inner products are held at a time


@njit(cache=True, nogil=True)
def adapt_in_blocks(
    w, pending, gauge, diverged, x, d, is_series, channels, length, memory, first,
    kinds, numbers, output, error, posterior, history, every,
):  # fmt: skip
    """Adapt every run through a chunk.

    w (runs, planes, taps) are the weights before the current block, pending (runs, 9)
    its c_k, imaginary parts at 4, and last the power of keep. x is (runs, planes,
    size), each channel or series of rows behind ``memory`` samples and before BLOCK
    zeros; d and the signals are (runs, n * planes), history (runs, rows, planes, taps).
    """
    for run in range(len(w)):
        if diverged[run] < 0:
            diverged[run] = _run(
                w[run, 0], w[run, -1], pending[run], gauge[run], x[run], x[run, 0],
                x[run, -1], d[run], is_series, channels, length, memory, first, kinds,
                numbers, output[run], error[run], posterior[run], history[run], every,
            )  # fmt: skip


@njit(cache=True, nogil=True)
def _run(
    w, v, pending, gauge, both, x, z, d, is_series, channels, length, memory, first,
    kinds, numbers, output, error, posterior, history, every,
):  # fmt: skip
    """Return the sample, counted from the start, at which the run diverged, or -1."""
    planes = len(both)
    count, stride = len(d) // planes, len(x) // channels
    hop, zero = (1, memory - length + 1) if is_series else (length, memory * length)
    lags, y = np.empty((min(count, _SEGMENT), 8)), np.zeros(2 * BLOCK, w.dtype)
    level, peak, reach = gauge[LEVEL], gauge[PEAK], gauge[REACH]
    r0, r1, r2, r3 = pending[0], pending[1], pending[2], pending[3]
    s0, s1, s2, s3 = pending[4], pending[5], pending[6], pending[7]
    keep, scale = numbers[0], pending[8]
    one, width, number, size = uintp(1), uintp(stride), uintp(channels), uintp(length)
    idle = np.zeros(9)
    idle[8] = 1.0
    move(planes, w, v, x, z, zero, zero - first % BLOCK * hop, hop, stride, channels,
         length, idle, y)  # fmt: skip
    i, filled, row = first % BLOCK, 0, 0
    for n in range(count):
        m = uintp(n % _SEGMENT)
        if m == 0:
            filled = min(_SEGMENT, count - n)
            if is_series:
                series_lags(both, stride, channels, length, memory + n, first + n,
                            filled, lags)  # fmt: skip
            else:
                row_lags(both, length, memory + n, filled, lags)
        if every > 0 and (first + n) % every == 0:
            c = np.array([r0, r1, r2, r3, s0, s1, s2, s3, scale])
            c[i:4], c[i + 4 : 8] = 0.0, 0.0
            _record(history, row, w, v, x, z, zero + (n - i) * hop, hop, stride,
                    channels, length, c)  # fmt: skip
            row += 1
        yr, yi = scale * y[i], scale * y[i + BLOCK]
        # u_k^H u_i is at 3 - (i - k) in the row of sample i
        if i == 1:
            yr += r0 * lags[m, 2]
        elif i == 2:
            yr += r0 * lags[m, 1] + r1 * lags[m, 2]
        elif i == 3:
            yr += r0 * lags[m, 0] + r1 * lags[m, 1] + r2 * lags[m, 2]
        if planes == 2:
            if i == 1:
                p, q = lags[m, 2], lags[m, 6]
                yr += s0 * q
                yi += r0 * q - s0 * p
            elif i == 2:
                yr += s0 * lags[m, 5] + s1 * lags[m, 6]
                yi += r0 * lags[m, 5] + r1 * lags[m, 6]
                yi -= s0 * lags[m, 1] + s1 * lags[m, 2]
            elif i == 3:
                yr += s0 * lags[m, 4] + s1 * lags[m, 5] + s2 * lags[m, 6]
                yi += r0 * lags[m, 4] + r1 * lags[m, 5] + r2 * lags[m, 6]
                yi -= s0 * lags[m, 0] + s1 * lags[m, 1] + s2 * lags[m, 2]
        power = lags[m, 3]
        at = uintp(n * planes)
        dr, di, ei = float(d[at]), 0.0, 0.0
        er = float(d.dtype.type(dr - yr))
        output[at], error[at] = yr, er
        if planes == 2:
            di = float(d[at + uintp(1)])
            ei = float(d.dtype.type(di - yi))
            output[at + uintp(1)], error[at + uintp(1)] = yi, ei
        level = max(level, dr * dr + di * di, reach * power)
        peak = max(peak, power)
        if not er * er + ei * ei <= LIMIT * level:
            return first + n
        gr, gi = respond(kinds, numbers, er, ei, power, peak)
        posterior[at] = dr - (keep * yr + gr * power)
        if planes == 2:
            posterior[at + uintp(1)] = di - (keep * yi - gi * power)
        if keep != 1.0:
            scale, r0, r1, r2 = scale * keep, r0 * keep, r1 * keep, r2 * keep
            s0, s1, s2 = s0 * keep, s1 * keep, s2 * keep
        i += 1
        if i == 1:
            r0, s0 = gr, gi
        elif i == 2:
            r1, s1 = gr, gi
        elif i == 3:
            r2, s2 = gr, gi
        else:
            r3, s3 = gr, gi
            to = zero + (n + 1) * hop
            if planes == 1 and hop == 1:  # the call costs as much as a short pass
                move_series(
                    w, x, uintp(to - BLOCK), uintp(to), one, width, number, size,
                    w.dtype.type(scale), w.dtype.type(r0), w.dtype.type(r1),
                    w.dtype.type(r2), w.dtype.type(r3), y,
                )  # fmt: skip
            else:
                pending[0], pending[1], pending[2], pending[3] = r0, r1, r2, r3
                pending[4], pending[5], pending[6], pending[7] = s0, s1, s2, s3
                pending[8] = scale
                move(planes, w, v, x, z, to - BLOCK * hop, to, hop, stride, channels,
                     length, pending, y)  # fmt: skip
            i, scale = 0, 1.0
    pending[0], pending[1], pending[2], pending[3] = r0, r1, r2, r3
    pending[4], pending[5], pending[6], pending[7] = s0, s1, s2, s3
    pending[8] = scale
    pending[i:4], pending[i + 4 : 8] = 0.0, 0.0
    gauge[LEVEL], gauge[PEAK] = level, peak
    return -1


@njit(cache=True, nogil=True)
def _record(history, row, w, v, x, z, at, hop, stride, channels, length, c):
    """Keep the weights before a sample in the middle of a block."""
    now, also = history[row, 0], history[row, -1]
    now[:], also[:] = w, v
    y = np.empty(2 * BLOCK, w.dtype)
    move(history.shape[1], now, also, x, z, at, at, hop, stride, channels, length, c,
         y)  # fmt: skip


@njit(cache=True, nogil=True)
def current(
    w, pending, x, is_series, channels, length, memory, count, first
):  # fmt: skip
    """Return the weights after the last sample: the pending c_k u_k added to w."""
    now = w.copy()
    y = np.empty(2 * BLOCK, w.dtype)
    hop, zero = (1, memory - length + 1) if is_series else (length, memory * length)
    at = zero + (count - (first + count) % BLOCK) * hop
    for run in range(len(w)):
        move(w.shape[1], now[run, 0], now[run, -1], x[run, 0], x[run, -1], at, at, hop,
             x.shape[2] // channels, channels, length, pending[run], y)  # fmt: skip
    return now
