"""Compiled: the inner products of regressors with those just before them."""

import numpy as np
from numba import njit, uintp

from matopt.filters.kernels.flags import FAST


@njit(cache=True, nogil=True)
def series_lags(x, stride, channels, length, memory, first, count, out):
    """out[k, n] = u_{n-k}^H u_n for all k, of delay lines, summed over channels.

    A window of ``length`` samples is the end of one block and the beginning of the
    next, blocks being cut at the multiples of ``length`` since the start. Suffix sums
    of the one and prefix sums of the other are added, never subtracted: a loud burst
    leaves no rounding behind, and the sums do not depend on how a signal is chunked.
    x is (planes, channels * stride), ``memory`` samples of it before sample ``first``.
    """
    planes = x.shape[0]
    suffix = np.empty((2, length + 1))
    for k in range(out.shape[1]):
        for n in range(count):
            out[0, k, n] = 0.0
            out[1, k, n] = 0.0
        for c in range(channels):
            base = c * stride + memory - first  # x[base + n] is sample n
            start = first - first % length
            while start < first + count:
                _suffixes(x, planes, base, start - length, length, first, k, suffix)
                _add_windows(
                    x, planes, base, start, length, first, count, k, suffix, out
                )
                start += length


@njit(cache=True, nogil=True)
def _suffixes(x, planes, base, start, length, first, k, suffix):
    """suffix[:, i] = sum over m >= start + i of the block of x_m conj(x_{m-k})."""
    suffix[0, length] = 0.0
    suffix[1, length] = 0.0
    oldest = first - length + 1  # nothing before it is in a window
    a = 0.0
    b = 0.0
    for i in range(length - 1, max(0, oldest - start) - 1, -1):
        m = base + start + i
        p, q = _product(x, planes, m, m - k)
        a += p
        b += q
        suffix[0, i] = a
        suffix[1, i] = b


@njit(cache=True, nogil=True)
def _add_windows(x, planes, base, start, length, first, count, k, suffix, out):
    a = 0.0
    b = 0.0
    for i in range(min(length, first + count - start)):
        m = base + start + i
        p, q = _product(x, planes, m, m - k)
        a += p
        b += q
        n = start + i - first
        if n >= 0:
            out[0, k, n] += a + suffix[0, i + 1]
            out[1, k, n] += b + suffix[1, i + 1]


@njit(cache=True, nogil=True)
def _product(x, planes, m, j):
    """x_m conj(x_j) in double precision."""
    re = float(x[0, m]) * float(x[0, j])
    if planes == 1:
        return re, 0.0
    im = float(x[1, m]) * float(x[0, j]) - float(x[0, m]) * float(x[1, j])
    return re + float(x[1, m]) * float(x[1, j]), im


@njit(cache=True, nogil=True)
def row_lags(x, length, memory, count, out):
    """out[k, n] = u_{n-k}^H u_n of regressors that are rows of ``length``."""
    for n in range(count):
        row = uintp((memory + n) * length)
        for k in range(min(out.shape[1], memory + n + 1)):
            before = row - uintp(k * length)
            out[0, k, n], out[1, k, n] = _row_product(x, uintp(length), row, before)


@njit(cache=True, nogil=True, fastmath=FAST)
def _row_product(x, length, row, before):
    """The product of the conjugate of one row with another."""
    a = b = 0.0
    if len(x) == 1:
        for j in range(length):
            a += float(x[0, row + j]) * float(x[0, before + j])
        return a, b
    for j in range(length):
        p, q = float(x[0, row + j]), float(x[1, row + j])
        r, s = float(x[0, before + j]), float(x[1, before + j])
        a += p * r + q * s
        b += q * r - p * s
    return a, b
