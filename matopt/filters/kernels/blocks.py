"""Compiled: gradient steps, four samples at a time and yet one after the other.

From the weights w before a block, those before its sample i are
w_i = keep^i w + sum_{k<i} c_k u_k, so y_i = w_i^H u_i needs only w^H u_i and the inner
products u_k^H u_i. One pass over w then adds the c_k u_k of a block and takes the
w^H u_i of the next, which reads and writes w once in four samples. The same numbers as
a loop over samples, to rounding (Benesty & Duhamel, 1992).
"""

import numpy as np
from numba import float64, uintp

from matopt.filters.kernels.lags import row_lags, series_lags
from matopt.filters.kernels.moves import (
    add,
    add_series,
    multiply,
    multiply_series,
)
from matopt.filters.kernels.proportion import (
    LEVEL,
    LIMIT,
    QUIET,
    REACH,
    has_risen,
    hear,
)
from matopt.filters.kernels.rules import (
    ERROR,
    LINEAR,
    MIX,
    NORMALIZED,
    PEAK,
    REGULARIZATION,
    STEP,
    respond,
)
from matopt.linalg.compiled import kernel, part
from matopt.linalg.copies import copy

BLOCK = 4
_SEGMENT = 1024  # samples whose inner products are held at a time
# For literal numbers numba would compile callees anew.
_ZERO, _IMAGINARY, _LINEAR = np.int64(0), np.int64(BLOCK), np.int64(LINEAR)


@kernel()
def adapt_in_blocks(
    w, start, pending, gauge, diverged, x, d, is_series, channels, length, memory,
    first, kinds, numbers, output, error, posterior, history, every,
):  # fmt: skip
    """Adapt every run through a chunk.

    w (runs, planes, taps) are the weights before the current block, ``start`` the first
    of all, pending (runs, 9) its c_k, imaginary parts at 4, and last the power of keep.
    x is (runs, planes, size), each channel or series of rows behind ``memory`` samples
    and before BLOCK zeros; d and the signals are (runs, n * planes), history (runs,
    rows, planes, taps).
    """
    for run in range(len(w)):
        if diverged[run] < 0:
            diverged[run] = _run(
                w[run, 0], w[run, -1], start[run], pending[run], gauge[run], x[run],
                x[run, 0], x[run, -1], d[run], is_series, channels, length, memory,
                first, kinds, numbers, output[run], error[run], posterior[run],
                history[run], every,
            )  # fmt: skip


@part()
def _run(
    w, v, start, pending, gauge, both, x, z, d, is_series, channels, length, memory,
    first, kinds, numbers, output, error, posterior, history, every,
):  # fmt: skip
    """Return the sample, counted from the start, at which the run diverged, or -1."""
    planes = len(both)
    count, stride = len(d) // planes, len(x) // channels
    hop, zero = (1, memory - length + 1) if is_series else (length, memory * length)
    lags = np.empty((min(count, _SEGMENT), BLOCK * planes))
    y = np.zeros(2 * BLOCK, w.dtype)
    level, peak, reach = gauge[LEVEL], gauge[PEAK], gauge[REACH]
    keep, scale, c = numbers[0], pending[8], np.zeros(9)
    c[8] = 1.0
    kind, normalized = kinds[ERROR], kinds[NORMALIZED]
    step, regularization, mix = numbers[STEP], numbers[REGULARIZATION], numbers[MIX]
    i, row, moved = first % BLOCK, _ZERO, True
    one, width = uintp(1), uintp(stride)
    number, size = uintp(channels), uintp(length)
    # c_{i-1}, c_{i-2}, c_{i-3}, zero where they are of the block before
    r1, r2, r3 = _last(pending, _ZERO, i)
    s1, s2, s3 = _last(pending, _IMAGINARY, i)
    plain = planes == 1 and is_series and keep == 1.0 and kind == LINEAR and every == 0
    n = filled = _ZERO
    while n < count:
        if n == filled:
            begin, filled = n, min(n + _SEGMENT, count)
            if is_series:
                series_lags(both, stride, channels, length, memory + n, first + n,
                            filled - n, lags)  # fmt: skip
            else:
                row_lags(both, length, memory + n, filled - n, lags)
        if moved:  # and not by the block before this one
            multiply(planes, w, v, x, z, zero + (n - i) * hop, hop, stride, channels,
                     length, y)  # fmt: skip
            moved = False
        if plain and i == 0 and n + BLOCK <= filled and gauge[QUIET] > 0.0:
            n, level, peak = _whole_blocks(
                w, x, d, lags, y, n, begin, filled, zero, width, number, size,
                normalized, step, regularization, level, peak, reach, output, error,
                posterior,
            )  # fmt: skip
            if n == filled:
                continue
        m = uintp(n - begin)
        # u_{n-k}^H u_n is at 3 - k and 7 - k
        yr = scale * y[i] + (r3 * lags[m, 0] + r2 * lags[m, 1] + r1 * lags[m, 2])
        yi = di = ei = 0.0
        if planes == 2:
            yr += s3 * lags[m, 4] + s2 * lags[m, 5] + s1 * lags[m, 6]
            yi = r3 * lags[m, 4] + r2 * lags[m, 5] + r1 * lags[m, 6]
            yi -= s3 * lags[m, 0] + s2 * lags[m, 1] + s1 * lags[m, 2]
            yi += scale * y[i + BLOCK]
        power = lags[m, 3]
        at = uintp(n * planes)
        dr = float64(d[at])
        er = float64(d.dtype.type(dr - yr))
        output[at], error[at] = yr, er
        if planes == 2:
            di = float64(d[at + one])
            ei = float64(d.dtype.type(di - yi))
            output[at + one], error[at + one] = yi, ei
        level = max(level, dr * dr + di * di, reach * power)
        peak = max(peak, power)
        hear(gauge, power)
        stop = not er * er + ei * ei <= LIMIT * level
        if stop and normalized and has_risen(gauge, power):
            copy(start[0], w)
            copy(start[-1], v)
            r1 = r2 = r3 = s1 = s2 = s3 = peak = 0.0
            scale, moved = 1.0, True
            continue
        if every > 0 and (first + n) % every == 0:
            _hold(c, _ZERO, i, r1, r2, r3)
            _hold(c, _IMAGINARY, i, s1, s2, s3)
            c[8] = scale
            _record(history, row, w, v, x, z, zero + (n - i) * hop, hop, stride,
                    channels, length, c)  # fmt: skip
            row += 1
        if stop:
            return first + n
        gr, gi = respond(
            kind, normalized, step, regularization, mix, er, ei, power, peak
        )
        posterior[at] = dr - (keep * yr + gr * power)
        if planes == 2:
            posterior[at + one] = di - (keep * yi - gi * power)
        if keep != 1.0:
            scale, r1, r2, r3 = scale * keep, r1 * keep, r2 * keep, r3 * keep
            s1, s2, s3 = s1 * keep, s2 * keep, s3 * keep
        i, n = i + 1, n + 1
        if i < BLOCK:
            r1, r2, r3, s1, s2, s3 = gr, r1, r2, gi, s1, s2
            continue
        to = zero + n * hop
        c[0], c[1], c[2], c[3], c[8] = r3, r2, r1, gr, scale
        c[4], c[5], c[6], c[7] = s3, s2, s1, gi
        add(planes, w, v, x, z, to - BLOCK * hop, hop, stride, channels, length, c)
        multiply(planes, w, v, x, z, to, hop, stride, channels, length, y)
        i, scale = 0, 1.0
        r1 = r2 = r3 = s1 = s2 = s3 = 0.0
    _hold(pending, _ZERO, i, r1, r2, r3)
    _hold(pending, _IMAGINARY, i, s1, s2, s3)
    pending[8], gauge[LEVEL], gauge[PEAK] = scale, level, peak
    return -1


@part()
def _whole_blocks(
    w, x, d, lags, y, n, begin, stop, zero, width, number, size, normalized, step,
    regularization, level, peak, reach, output, error, posterior,
):  # fmt: skip
    """The whole blocks of a real series with a linear error, without any branch.

    They end at ``stop``, or before the one in which the run diverges, with nothing of
    that one done. The numbers are those of ``_run``, to the last bit.
    """
    one, kind = uintp(1), w.dtype.type
    while n + BLOCK <= stop:
        at, m = uintp(n), uintp(n - begin)
        m1, m2, m3 = m + one, m + uintp(2), m + uintp(3)
        p0, p1, p2, p3 = lags[m, 3], lags[m1, 3], lags[m2, 3], lags[m3, 3]
        y0 = float64(y[0])
        e0, g0, v0, q0, good0 = _plain_step(
            d, at, y0, p0, level, peak, reach, normalized, step, regularization
        )
        y1 = float64(y[1]) + g0 * lags[m1, 2]
        e1, g1, v1, q1, good1 = _plain_step(
            d, at + one, y1, p1, v0, q0, reach, normalized, step, regularization
        )
        y2 = float64(y[2]) + (g0 * lags[m2, 1] + g1 * lags[m2, 2])
        e2, g2, v2, q2, good2 = _plain_step(
            d, at + uintp(2), y2, p2, v1, q1, reach, normalized, step, regularization
        )
        y3 = float64(y[3]) + (g0 * lags[m3, 0] + g1 * lags[m3, 1] + g2 * lags[m3, 2])
        e3, g3, v3, q3, good3 = _plain_step(
            d, at + uintp(3), y3, p3, v2, q2, reach, normalized, step, regularization
        )
        if not (good0 and good1 and good2 and good3):
            return n, level, peak
        level, peak = v3, q3
        for k, yk, ek, gk, pk in (
            (0, y0, e0, g0, p0), (1, y1, e1, g1, p1),
            (2, y2, e2, g2, p2), (3, y3, e3, g3, p3),
        ):  # fmt: skip
            here = at + uintp(k)
            output[here], error[here] = yk, ek
            posterior[here] = float64(d[here]) - (yk + gk * pk)
        n += BLOCK
        to = zero + n
        add_series(w, x, uintp(to - BLOCK), one, width, number, size, kind(g0),
                   kind(g1), kind(g2), kind(g3))  # fmt: skip
        multiply_series(w, x, uintp(to), one, width, number, size, y)
    return n, level, peak


@part()
def _plain_step(
    d, at, y, power, level, peak, reach, normalized, step, regularization
):  # fmt: skip
    """The error, c of the update, the two gauges, and does the error make sense?"""
    value = float64(d[at])
    e = float64(d.dtype.type(value - y))
    level, peak = max(level, value * value, reach * power), max(peak, power)
    c, _ = respond(_LINEAR, normalized, step, regularization, 0.0, e, 0.0, power, peak)
    return e, c, level, peak, e * e <= LIMIT * level


@part()
def _last(c, base, i):
    """c_{i-1}, c_{i-2}, c_{i-3} of a block, zero before it."""
    return (
        c[base + i - 1] if i > 0 else 0.0,
        c[base + i - 2] if i > 1 else 0.0,
        c[base + i - 3] if i > 2 else 0.0,
    )


@part()
def _hold(c, base, i, last, before, oldest):
    """Write c_{i-1}, c_{i-2}, c_{i-3} to their places, and zero to the others."""
    c[base : base + BLOCK] = 0.0
    if i > 0:
        c[base + i - 1] = last
    if i > 1:
        c[base + i - 2] = before
    if i > 2:
        c[base + i - 3] = oldest


@part()
def _record(history, row, w, v, x, z, at, hop, stride, channels, length, c):
    """Keep the weights before a sample in the middle of a block."""
    now, also = history[row, 0], history[row, -1]
    copy(w, now)
    copy(v, also)
    add(history.shape[1], now, also, x, z, at, hop, stride, channels, length, c)


@kernel()
def current(
    w, pending, x, is_series, channels, length, memory, count, first
):  # fmt: skip
    """Return the weights after the last sample: the pending c_k u_k added to w."""
    now = w.copy()
    hop, zero = (1, memory - length + 1) if is_series else (length, memory * length)
    at = zero + (count - (first + count) % BLOCK) * hop
    for run in range(len(w)):
        add(w.shape[1], now[run, 0], now[run, -1], x[run, 0], x[run, -1], at, hop,
            x.shape[2] // channels, channels, length, pending[run])  # fmt: skip
    return now
