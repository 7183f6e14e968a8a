"""Compiled: Fourier transforms of powers of two, the bins in an order of their own.

Products of spectra do not ask for the order of the bins, so that neither transform
sorts them: the forward one decimates in frequency, the inverse one in time, both in
radix 4 on separate real and imaginary parts. ``turns`` are the twiddle factors, stage
by stage, each with its first, second and third powers.
"""

import numpy as np

from matopt.linalg.compiled import FAST, kernel, part


@part()
def forward(re, im, turns):
    """The spectrum in place of the samples."""
    n = len(re)
    size, at = n, 0
    if _is_odd_power(n):
        size = at = n // 2
        _halve(re[:at], re[at:], im[:at], im[at:], turns[0, :at], turns[1, :at])
    while size > 1:
        m = size // 4
        c, s = turns[0, at : at + 3 * m], turns[1, at : at + 3 * m]
        if m == 1:
            _split_quads(re, im)
        elif m == 4:
            _split_sixteens(re, im, c, s)
        else:
            for start in range(0, n, size):
                _split(re[start : start + size], im[start : start + size], c, s, m)
        at += 3 * m
        size = m


@kernel()
def inverse(re, im, turns):
    """The samples in place of the spectrum, times their number."""
    n = len(re)
    half = n // 2
    whole = half if _is_odd_power(n) else n
    size, at = 1, turns.shape[1]
    while size < whole:
        m, size = size, 4 * size
        at -= 3 * m
        c, s = turns[0, at : at + 3 * m], turns[1, at : at + 3 * m]
        if m == 1:
            _join_quads(re, im)
        elif m == 4:
            _join_sixteens(re, im, c, s)
        else:
            for start in range(0, n, size):
                _join(re[start : start + size], im[start : start + size], c, s, m)
    if whole < n:
        c, s = turns[0, :half], turns[1, :half]
        _double(re[:half], re[half:], im[:half], im[half:], c, s)


@part()
def _is_odd_power(n):
    """Is n = 2, 8, 32, ...?"""
    odd = False
    while n > 1:
        n //= 2
        odd = not odd
    return odd


@part(FAST)
def _halve(ar, br, ai, bi, c, s):
    """One transform as two of half its size."""
    for p in range(len(ar)):
        x, y = ar[p] - br[p], ai[p] - bi[p]
        ar[p], ai[p] = ar[p] + br[p], ai[p] + bi[p]
        br[p], bi[p] = x * c[p] - y * s[p], x * s[p] + y * c[p]


@part(FAST)
def _double(ar, br, ai, bi, c, s):
    """The inverse of ``_halve``, times two."""
    for p in range(len(ar)):
        x, y = br[p] * c[p] + bi[p] * s[p], bi[p] * c[p] - br[p] * s[p]
        br[p], bi[p] = ar[p] - x, ai[p] - y
        ar[p], ai[p] = ar[p] + x, ai[p] + y


@part(FAST)
def _split(re, im, c, s, m):
    """One transform of 4 m as four of m."""
    ar, br, cr, dr = re[:m], re[m : 2 * m], re[2 * m : 3 * m], re[3 * m :]
    ai, bi, ci, di = im[:m], im[m : 2 * m], im[2 * m : 3 * m], im[3 * m :]
    for p in range(m):
        pr, pi, qr, qi = ar[p] + cr[p], ai[p] + ci[p], ar[p] - cr[p], ai[p] - ci[p]
        ur, ui, vr, vi = br[p] + dr[p], bi[p] + di[p], bi[p] - di[p], dr[p] - br[p]
        ar[p], ai[p] = pr + ur, pi + ui
        x, y, c1, s1 = qr + vr, qi + vi, c[p], s[p]
        br[p], bi[p] = x * c1 - y * s1, x * s1 + y * c1
        x, y, c1, s1 = pr - ur, pi - ui, c[m + p], s[m + p]
        cr[p], ci[p] = x * c1 - y * s1, x * s1 + y * c1
        x, y, c1, s1 = qr - vr, qi - vi, c[2 * m + p], s[2 * m + p]
        dr[p], di[p] = x * c1 - y * s1, x * s1 + y * c1


@part(FAST)
def _join(re, im, c, s, m):
    """Four transforms of m as one of 4 m, by the conjugate factors."""
    ar, br, cr, dr = re[:m], re[m : 2 * m], re[2 * m : 3 * m], re[3 * m :]
    ai, bi, ci, di = im[:m], im[m : 2 * m], im[2 * m : 3 * m], im[3 * m :]
    for p in range(m):
        x, y = c[p], s[p]
        ur, ui = br[p] * x + bi[p] * y, bi[p] * x - br[p] * y
        x, y = c[m + p], s[m + p]
        pr, pi = cr[p] * x + ci[p] * y, ci[p] * x - cr[p] * y
        x, y = c[2 * m + p], s[2 * m + p]
        vr, vi = dr[p] * x + di[p] * y, di[p] * x - dr[p] * y
        er, ei, fr, fi = ar[p] + pr, ai[p] + pi, ar[p] - pr, ai[p] - pi
        gr, gi, hr, hi = ur + vr, ui + vi, ur - vr, ui - vi
        ar[p], ai[p] = er + gr, ei + gi
        cr[p], ci[p] = er - gr, ei - gi
        br[p], bi[p] = fr - hi, fi + hr
        dr[p], di[p] = fr + hi, fi - hr


@part(FAST)
def _split_quads(re, im):
    """``_split`` of four samples into four bins, everywhere."""
    for k in range(0, len(re), 4):
        pr, pi, qr, qi = (
            re[k] + re[k + 2],
            im[k] + im[k + 2],
            re[k] - re[k + 2],
            im[k] - im[k + 2],
        )
        ur, ui, vr, vi = (
            re[k + 1] + re[k + 3],
            im[k + 1] + im[k + 3],
            im[k + 1] - im[k + 3],
            re[k + 3] - re[k + 1],
        )
        re[k], im[k] = pr + ur, pi + ui
        re[k + 2], im[k + 2] = pr - ur, pi - ui
        re[k + 1], im[k + 1] = qr + vr, qi + vi
        re[k + 3], im[k + 3] = qr - vr, qi - vi


@part(FAST)
def _join_quads(re, im):
    for k in range(0, len(re), 4):
        er, ei, fr, fi = (
            re[k] + re[k + 2],
            im[k] + im[k + 2],
            re[k] - re[k + 2],
            im[k] - im[k + 2],
        )
        gr, gi, hr, hi = (
            re[k + 1] + re[k + 3],
            im[k + 1] + im[k + 3],
            re[k + 1] - re[k + 3],
            im[k + 1] - im[k + 3],
        )
        re[k], im[k] = er + gr, ei + gi
        re[k + 2], im[k + 2] = er - gr, ei - gi
        re[k + 1], im[k + 1] = fr - hi, fi + hr
        re[k + 3], im[k + 3] = fr + hi, fi - hr


@part(FAST)
def _split_sixteens(re, im, c, s):
    """``_split`` of sixteen samples into four times four, everywhere."""
    for start in range(0, len(re), 16):
        for p in range(4):
            k = start + p
            pr, pi, qr, qi = (
                re[k] + re[k + 8],
                im[k] + im[k + 8],
                re[k] - re[k + 8],
                im[k] - im[k + 8],
            )
            ur, ui, vr, vi = (
                re[k + 4] + re[k + 12],
                im[k + 4] + im[k + 12],
                im[k + 4] - im[k + 12],
                re[k + 12] - re[k + 4],
            )
            re[k], im[k] = pr + ur, pi + ui
            x, y, c1, s1 = qr + vr, qi + vi, c[p], s[p]
            re[k + 4], im[k + 4] = x * c1 - y * s1, x * s1 + y * c1
            x, y, c1, s1 = pr - ur, pi - ui, c[4 + p], s[4 + p]
            re[k + 8], im[k + 8] = x * c1 - y * s1, x * s1 + y * c1
            x, y, c1, s1 = qr - vr, qi - vi, c[8 + p], s[8 + p]
            re[k + 12], im[k + 12] = x * c1 - y * s1, x * s1 + y * c1


@part(FAST)
def _join_sixteens(re, im, c, s):
    """The inverse of ``_split_sixteens``, times four."""
    for start in range(0, len(re), 16):
        for p in range(4):
            k = start + p
            x, y, br, bi = c[p], s[p], re[k + 4], im[k + 4]
            ur, ui = br * x + bi * y, bi * x - br * y
            x, y, br, bi = c[4 + p], s[4 + p], re[k + 8], im[k + 8]
            pr, pi = br * x + bi * y, bi * x - br * y
            x, y, br, bi = c[8 + p], s[8 + p], re[k + 12], im[k + 12]
            vr, vi = br * x + bi * y, bi * x - br * y
            er, ei, fr, fi = re[k] + pr, im[k] + pi, re[k] - pr, im[k] - pi
            gr, gi, hr, hi = ur + vr, ui + vi, ur - vr, ui - vi
            re[k], im[k] = er + gr, ei + gi
            re[k + 8], im[k + 8] = er - gr, ei - gi
            re[k + 4], im[k + 4] = fr - hi, fi + hr
            re[k + 12], im[k + 12] = fr + hi, fi - hr


@part(FAST)
def take(first, second, re, im, twist):
    """(first - i second) exp(-i twist): what a frame is transformed as."""
    c, t = twist[0], twist[1]
    for n in range(len(re)):
        re[n] = first[n] * c[n] - second[n] * t[n]
        im[n] = -(first[n] * t[n] + second[n] * c[n])


@kernel(FAST)
def give(re, im, twist, first, second):
    """The inverse of ``take``, divided by the number of bins."""
    c, t = twist[0], twist[1]
    scale = 1.0 / len(re)
    for n in range(len(re)):
        first[n] = (re[n] * c[n] - im[n] * t[n]) * scale
        second[n] = -(re[n] * t[n] + im[n] * c[n]) * scale


def twist(n, is_complex):
    """cos and sin of pi j / (2 n) for real frames, of zero for complex ones."""
    angles = np.zeros(n) if is_complex else np.pi * np.arange(n) / (2 * n)
    return np.stack([np.cos(angles), np.sin(angles)])


def turns(n):
    """The factors exp(-2 pi i p / size) of a transform of n, and their powers."""
    parts, size = [np.zeros(0)], n
    if n.bit_length() % 2 == 0:
        size //= 2
        parts.append(-np.pi * np.arange(size) / size)
    while size >= 4:
        p = np.arange(size // 4)
        parts += [-2.0 * np.pi * p * power / size for power in (1, 2, 3)]
        size //= 4
    angles = np.concatenate(parts)
    return np.stack([np.cos(angles), np.sin(angles)])
