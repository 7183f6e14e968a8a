"""Compiled: gradient steps, four samples at a time and yet one after the other.

From the weights w before a block, those before its sample i are
w_i = keep^i w + sum_{k<i} c_k u_k, so y_i = w_i^H u_i needs only w^H u_i and the inner
products u_k^H u_i. One pass over w then adds the c_k u_k of a block and takes the
w^H u_i of the next, which reads and writes w once in four samples. The same numbers as
a loop over samples, to rounding (Benesty & Duhamel, 1992).
"""

import numpy as np
from numba import njit, uintp

from matopt.filters.kernels.flags import FAST
from matopt.filters.kernels.lags import row_lags, series_lags
from matopt.filters.kernels.rules import has_diverged, respond

BLOCK = 4
_SEGMENT = 4096  # samples whose inner products are held at a time


@njit(cache=True, nogil=True)
def adapt_in_blocks(
    w, pending, gauge, diverged, x, d, is_series, channels, length, memory, first,
    kinds, numbers, output, error, posterior, history, every,
):  # fmt: skip
    """Adapt every run through a chunk.

    w (runs, planes, taps) are the weights before the current block, pending (runs, 5)
    its c_k and, last, the power of keep. x is (runs, planes, size), each channel or row
    behind ``memory`` samples and before BLOCK zeros; d and the signals are
    (runs, n, planes), history (runs, rows, planes, taps).
    """
    for run in range(len(w)):
        if diverged[run] < 0:
            diverged[run] = _run(
                w[run], pending[run], gauge[run], x[run], d[run], is_series, channels,
                length, memory, first, kinds, numbers, output[run], error[run],
                posterior[run], history[run], every,
            )  # fmt: skip


@njit(cache=True, nogil=True)
def _run(
    w, pending, gauge, x, d, is_series, channels, length, memory, first, kinds, numbers,
    output, error, posterior, history, every,
):  # fmt: skip
    """Return the sample, counted from the start, at which the run diverged, or -1."""
    count = len(d)
    stride = x.shape[1] // channels
    hop, zero = (1, memory - length + 1) if is_series else (length, memory * length)
    lags = np.empty((2, BLOCK, min(count, _SEGMENT)))
    filled, row, n, start = 0, 0, 0, -(first % BLOCK)
    c, passed = pending[:BLOCK], np.zeros(BLOCK, np.complex128)
    scale, kept, at = pending[BLOCK].real, 1.0, zero
    y = np.empty((2, BLOCK), w.dtype)
    while True:
        move(w, x, at, zero + start * hop, hop, stride, channels, length, kept, passed,
             y)  # fmt: skip
        for i in range(n - start, min(BLOCK, count - start)):
            if n == filled:
                filled = min(count, n + _SEGMENT)
                _fill(lags, x, is_series, stride, channels, length, memory, first, n,
                      filled - n)  # fmt: skip
            if every and (first + n) % every == 0:
                history[row] = w
                move(history[row], x, zero + start * hop, at, hop, stride, channels,
                     length, scale, c, np.empty_like(y))  # fmt: skip
                row += 1
            m = n % _SEGMENT
            yr, yi = scale * y[0, i], scale * y[1, i]
            for k in range(i):
                p, q = lags[0, i - k, m], lags[1, i - k, m]
                yr += c[k].real * p + c[k].imag * q
                yi += c[k].real * q - c[k].imag * p
            power = lags[0, 0, m]
            er, ei = write(output, error, d, n, yr, yi)
            if has_diverged(gauge, d[n], er, ei, power):
                return first + n
            keep, gr, gi = respond(kinds, numbers, gauge, er, ei, power)
            write_posterior(posterior, d, n, keep * yr + gr * power,
                            keep * yi - gi * power)  # fmt: skip
            scale *= keep
            for k in range(i):
                c[k] *= keep
            c[i] = complex(gr, gi)
            n += 1
        if start + BLOCK > count:
            break
        passed[:], kept, at = c, scale, zero + start * hop
        c[:], scale = 0.0, 1.0
        start += BLOCK
    pending[BLOCK] = scale
    return -1


@njit(cache=True, nogil=True)
def _fill(lags, x, is_series, stride, channels, length, memory, first, n, count):
    """Take the inner products of ``count`` samples from n on."""
    if is_series:
        series_lags(x, stride, channels, length, memory + n, first + n, count, lags)
    else:
        row_lags(x, length, memory + n, count, lags)


@njit(cache=True, nogil=True)
def write(output, error, d, n, yr, yi):
    """Write y and e = d - y; return e as it was written."""
    output[n, 0] = yr
    error[n, 0] = d[n, 0] - yr
    if d.shape[1] == 1:
        return float(error[n, 0]), 0.0
    output[n, 1] = yi
    error[n, 1] = d[n, 1] - yi
    return float(error[n, 0]), float(error[n, 1])


@njit(cache=True, nogil=True)
def write_posterior(posterior, d, n, yr, yi):
    """Write the error of the weights after the update."""
    posterior[n, 0] = d[n, 0] - yr
    if d.shape[1] == 2:
        posterior[n, 1] = d[n, 1] - yi


@njit(cache=True, nogil=True)
def move(w, x, at, to, hop, stride, channels, length, keep, c, y):
    """w <- keep w + sum_k c_k u_k of one block, y_k = w^H u_k of another."""
    a, b, hop = uintp(at), uintp(to), uintp(hop)
    stride, channels, length = uintp(stride), uintp(channels), uintp(length)
    scale = w.dtype.type(keep)
    if len(w) == 1:
        _move_real(w[0], x[0], a, b, hop, stride, channels, length, scale, c, y)
    else:
        _move_complex(
            w[0], w[1], x[0], x[1], a, b, hop, stride, channels, length, scale, c, y
        )


@njit(cache=True, nogil=True, fastmath=FAST)
def _move_real(w, x, at, to, hop, stride, channels, length, keep, c, y):
    a0, a1 = w.dtype.type(c[0].real), w.dtype.type(c[1].real)
    a2, a3 = w.dtype.type(c[2].real), w.dtype.type(c[3].real)
    y0 = y1 = y2 = y3 = w.dtype.type(0.0)
    h2 = hop + hop
    h3 = h2 + hop
    for channel in range(channels):
        base, shift = channel * length, channel * stride
        for j in range(length):
            p, q = at + shift + j, to + shift + j
            v = keep * w[base + j]
            v += a0 * x[p] + a1 * x[p + hop] + a2 * x[p + h2] + a3 * x[p + h3]
            w[base + j] = v
            y0 += v * x[q]
            y1 += v * x[q + hop]
            y2 += v * x[q + h2]
            y3 += v * x[q + h3]
    y[0, 0], y[0, 1], y[0, 2], y[0, 3] = y0, y1, y2, y3
    y[1, :] = 0.0


@njit(cache=True, nogil=True, fastmath=FAST)
def _move_complex(w, v, x, z, at, to, hop, stride, channels, length, keep, c, y):
    """The same with w + i v and x + i z."""
    a0, a1 = w.dtype.type(c[0].real), w.dtype.type(c[1].real)
    a2, a3 = w.dtype.type(c[2].real), w.dtype.type(c[3].real)
    b0, b1 = w.dtype.type(c[0].imag), w.dtype.type(c[1].imag)
    b2, b3 = w.dtype.type(c[2].imag), w.dtype.type(c[3].imag)
    y0 = y1 = y2 = y3 = w.dtype.type(0.0)
    z0 = z1 = z2 = z3 = w.dtype.type(0.0)
    h2 = hop + hop
    h3 = h2 + hop
    for channel in range(channels):
        base, shift = channel * length, channel * stride
        for j in range(length):
            p, q = at + shift + j, to + shift + j
            r, s = keep * w[base + j], keep * v[base + j]
            r += a0 * x[p] + a1 * x[p + hop] + a2 * x[p + h2] + a3 * x[p + h3]
            r -= b0 * z[p] + b1 * z[p + hop] + b2 * z[p + h2] + b3 * z[p + h3]
            s += a0 * z[p] + a1 * z[p + hop] + a2 * z[p + h2] + a3 * z[p + h3]
            s += b0 * x[p] + b1 * x[p + hop] + b2 * x[p + h2] + b3 * x[p + h3]
            w[base + j] = r
            v[base + j] = s
            y0 += r * x[q] + s * z[q]
            y1 += r * x[q + hop] + s * z[q + hop]
            y2 += r * x[q + h2] + s * z[q + h2]
            y3 += r * x[q + h3] + s * z[q + h3]
            z0 += r * z[q] - s * x[q]
            z1 += r * z[q + hop] - s * x[q + hop]
            z2 += r * z[q + h2] - s * x[q + h2]
            z3 += r * z[q + h3] - s * x[q + h3]
    y[0, 0], y[0, 1], y[0, 2], y[0, 3] = y0, y1, y2, y3
    y[1, 0], y[1, 1], y[1, 2], y[1, 3] = z0, z1, z2, z3


@njit(cache=True, nogil=True)
def current(w, pending, x, is_series, channels, length, memory, count, first):
    """Return the weights after the last sample: the pending c_k u_k added to w."""
    now = w.copy()
    y = np.empty((2, BLOCK), w.dtype)
    hop, zero = (1, memory - length + 1) if is_series else (length, memory * length)
    at = zero + (count - (first + count) % BLOCK) * hop
    for run in range(len(w)):
        c = pending[run]
        move(now[run], x[run], at, at, hop, x.shape[2] // channels, channels, length,
             c[BLOCK].real, c[:BLOCK], y)  # fmt: skip
    return now
