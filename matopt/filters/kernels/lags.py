"""Compiled: the inner products of regressors with themselves and the three before.

They are kept as (n, 4 planes): the real parts of u_{n-k}^H u_n at 3 - k, the imaginary
parts at 7 - k, for k = 0, ..., 3. A window of ``length`` samples is the end of one
block and the beginning of the next, blocks being cut at the multiples of ``length``
since the start. Suffix sums of the one and prefix sums of the other are added and never
subtracted: a loud burst leaves no rounding behind, and the sums do not depend on how a
signal is cut into chunks (van Herk, 1992). No fast mathematics here, for that reason.
"""

import numpy as np
from numba import float64, uintp

from matopt.linalg.compiled import FAST, part


@part()
def series_lags(x, stride, channels, length, before, first, count, out):
    """Take the inner products of ``count`` delay lines, added over the channels.

    x is (planes, channels * stride); each channel has ``before`` samples before the
    sample that is number ``first`` since the start.
    """
    suffix = np.empty((length + 1, out.shape[1]))
    suffix[length] = 0.0
    out[:count] = 0.0
    for channel in range(channels):
        zero = channel * stride + before - first  # where sample 0 would be
        start = first - first % length
        while start < first + count:
            low = max(0, first - start + 1)  # older samples are in no window
            high = min(length, first + count - start)
            if len(x) == 1:
                last = uintp(zero + start - 1)
                _real_suffixes(x[0], last, uintp(length - low), suffix)
                _real_windows(x[0], last, first - start, high, suffix, out)
            else:
                last = uintp(zero + start - 1)
                _complex_suffixes(x[0], x[1], last, uintp(length - low), suffix)
                _complex_windows(x[0], x[1], last, first - start, high, suffix, out)
            start += length


@part()
def _real_suffixes(x, last, count, suffix):
    """suffix[-1 - i]: the products of the i samples up to ``last``, added."""
    a = b = c = d = 0.0
    end = uintp(len(suffix) - 2)
    for i in range(count):
        m, row = last - i, end - i
        v = float64(x[m])
        a += v * float64(x[m - uintp(3)])
        b += v * float64(x[m - uintp(2)])
        c += v * float64(x[m - uintp(1)])
        d += v * v
        suffix[row, 0], suffix[row, 1], suffix[row, 2], suffix[row, 3] = a, b, c, d


@part()
def _real_windows(x, last, skip, count, suffix, out):
    """Add the products since ``last`` to suffixes, from the ``skip``-th on."""
    a = b = c = d = 0.0
    for i in range(count):
        m = last + uintp(i + 1)
        v = float64(x[m])
        a += v * float64(x[m - uintp(3)])
        b += v * float64(x[m - uintp(2)])
        c += v * float64(x[m - uintp(1)])
        d += v * v
        if i >= skip:
            n, row = uintp(i - skip), uintp(i + 1)
            out[n, 0] += a + suffix[row, 0]
            out[n, 1] += b + suffix[row, 1]
            out[n, 2] += c + suffix[row, 2]
            out[n, 3] += d + suffix[row, 3]


@part()
def _complex_suffixes(x, z, last, count, suffix):
    """The same of x + i z."""
    a = b = c = d = p = q = r = 0.0
    end = uintp(len(suffix) - 2)
    for i in range(count):
        m, row = last - i, end - i
        m1, m2, m3 = m - uintp(1), m - uintp(2), m - uintp(3)
        v, w = float64(x[m]), float64(z[m])
        a += v * float64(x[m3]) + w * float64(z[m3])
        b += v * float64(x[m2]) + w * float64(z[m2])
        c += v * float64(x[m1]) + w * float64(z[m1])
        d += v * v + w * w
        p += w * float64(x[m3]) - v * float64(z[m3])
        q += w * float64(x[m2]) - v * float64(z[m2])
        r += w * float64(x[m1]) - v * float64(z[m1])
        suffix[row, 0], suffix[row, 1], suffix[row, 2], suffix[row, 3] = a, b, c, d
        suffix[row, 4], suffix[row, 5], suffix[row, 6] = p, q, r


@part()
def _complex_windows(x, z, last, skip, count, suffix, out):
    """The same of x + i z."""
    a = b = c = d = p = q = r = 0.0
    for i in range(count):
        m = last + uintp(i + 1)
        m1, m2, m3 = m - uintp(1), m - uintp(2), m - uintp(3)
        v, w = float64(x[m]), float64(z[m])
        a += v * float64(x[m3]) + w * float64(z[m3])
        b += v * float64(x[m2]) + w * float64(z[m2])
        c += v * float64(x[m1]) + w * float64(z[m1])
        d += v * v + w * w
        p += w * float64(x[m3]) - v * float64(z[m3])
        q += w * float64(x[m2]) - v * float64(z[m2])
        r += w * float64(x[m1]) - v * float64(z[m1])
        if i >= skip:
            n, row = uintp(i - skip), uintp(i + 1)
            out[n, 0] += a + suffix[row, 0]
            out[n, 1] += b + suffix[row, 1]
            out[n, 2] += c + suffix[row, 2]
            out[n, 3] += d + suffix[row, 3]
            out[n, 4] += p + suffix[row, 4]
            out[n, 5] += q + suffix[row, 5]
            out[n, 6] += r + suffix[row, 6]


@part()
def row_lags(x, length, before, count, out):
    """Take the inner products of ``count`` regressors that are rows of ``length``."""
    for n in range(count):
        row = uintp((before + n) * length)
        for k in range(min(4, before + n + 1)):
            earlier = row - uintp(k * length)
            a, b = _row_product(x, uintp(length), row, earlier)
            out[n, 3 - k] = a
            if len(x) == 2:
                out[n, 7 - k] = b


@part(FAST)
def _row_product(x, length, row, earlier):
    """The product of the conjugate of one row with another."""
    a = b = 0.0
    if len(x) == 1:
        for j in range(length):
            a += float64(x[0, row + j]) * float64(x[0, earlier + j])
        return a, b
    for j in range(length):
        p, q = float64(x[0, row + j]), float64(x[1, row + j])
        r, s = float64(x[0, earlier + j]), float64(x[1, earlier + j])
        a += p * r + q * s
        b += q * r - p * s
    return a, b
