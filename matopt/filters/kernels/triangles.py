"""Compiled: a Hermitian matrix changed by k k^H and multiplied by u, in one pass.

The lower triangle P, and k, u and P u behind each other in one vector, are held with a
constant distance between rows: so the compiler can tell that rows do not overlap, and
works on four of them at a time.
"""

import numpy as np
from numba import uintp

from matopt.linalg.compiled import FAST, part

MOST = 1040  # taps
_ROW = 1048  # not a power of two: rows would meet in the same lines of the cache
_R, _2R, _3R = uintp(_ROW), uintp(2 * _ROW), uintp(3 * _ROW)


@part()
def packed(matrix):
    """The lower triangle with rows at a constant distance."""
    P = np.empty(_ROW * len(matrix), matrix.dtype)
    for i in range(len(matrix)):
        for j in range(i + 1):
            P[_ROW * i + j] = matrix[i, j]
    return P


@part()
def unpack(matrix, P):
    """Write the lower triangle back."""
    for i in range(len(matrix)):
        for j in range(i + 1):
            matrix[i, j] = P[_ROW * i + j]


@part()
def vectors(w):
    """Room for k, u and P u behind each other, and the part of it that u is in."""
    k = np.zeros(3 * _ROW, w.dtype)
    return k, k[_ROW : _ROW + len(w)]


@part()
def sweep(P, k, a, b, size):
    """P <- (P + a k k^H) b and P u, for real a and b; return the largest P_ii."""
    zero, most = k[0] * 0.0, 0.0
    fours = size - size % 4
    for i in range(0, fours, 4):
        most = max(most, _corner(P, k, a, b, i, _four_rows(P, k, a, b, i)))
    for i in range(fours, size):
        most = max(most, _one_row(P, k, a, b, i, 0, zero))
    return most


@part(FAST)
def _four_rows(P, k, a, b, i):
    """Rows i, ..., i + 3 up to column i."""
    m = uintp(i)
    m1, m2, m3, base = m + uintp(1), m + uintp(2), m + uintp(3), m * _R
    c0, c1, c2, c3 = a * k[m], a * k[m1], a * k[m2], a * k[m3]
    v0, v1, v2, v3 = k[_R + m], k[_R + m1], k[_R + m2], k[_R + m3]
    t0 = t1 = t2 = t3 = k[0] * 0.0
    for j in range(m):
        h, v, q = np.conj(k[j]), k[_R + j], base + j
        p0 = (P[q] + c0 * h) * b
        p1 = (P[q + _R] + c1 * h) * b
        p2 = (P[q + _2R] + c2 * h) * b
        p3 = (P[q + _3R] + c3 * h) * b
        P[q], P[q + _R], P[q + _2R], P[q + _3R] = p0, p1, p2, p3
        t0 += p0 * v
        t1 += p1 * v
        t2 += p2 * v
        t3 += p3 * v
        s = np.conj(p0) * v0 + np.conj(p1) * v1 + np.conj(p2) * v2 + np.conj(p3) * v3
        k[_2R + j] += s
    return t0, t1, t2, t3


@part(FAST)
def _corner(P, k, a, b, i, totals):
    """The same rows from column i on; return the largest P_ii of them."""
    m = uintp(i)
    m1, m2, m3 = m + uintp(1), m + uintp(2), m + uintp(3)
    q0 = m * _R + m
    q1, q2, q3 = q0 + _R, q0 + _2R, q0 + _3R
    k0, k1, k2, k3 = k[m], k[m1], k[m2], k[m3]
    v0, v1, v2, v3 = k[_R + m], k[_R + m1], k[_R + m2], k[_R + m3]
    h0, h1, h2 = np.conj(k0), np.conj(k1), np.conj(k2)
    c1, c2, c3 = a * k1, a * k2, a * k3
    p10 = (P[q1] + c1 * h0) * b
    p20 = (P[q2] + c2 * h0) * b
    p30 = (P[q3] + c3 * h0) * b
    p21 = (P[q2 + uintp(1)] + c2 * h1) * b
    p31 = (P[q3 + uintp(1)] + c3 * h1) * b
    p32 = (P[q3 + uintp(2)] + c3 * h2) * b
    d0 = (P[q0].real + a * _square(k0)) * b
    d1 = (P[q1 + uintp(1)].real + a * _square(k1)) * b
    d2 = (P[q2 + uintp(2)].real + a * _square(k2)) * b
    d3 = (P[q3 + uintp(3)].real + a * _square(k3)) * b
    P[q0], P[q1], P[q2], P[q3] = d0, p10, p20, p30
    P[q1 + uintp(1)], P[q2 + uintp(1)], P[q3 + uintp(1)] = d1, p21, p31
    P[q2 + uintp(2)], P[q3 + uintp(2)], P[q3 + uintp(3)] = d2, p32, d3
    t0, t1, t2, t3 = totals
    k[_2R + m] = (
        t0 + d0 * v0 + np.conj(p10) * v1 + np.conj(p20) * v2 + np.conj(p30) * v3
    )
    k[_2R + m1] = t1 + p10 * v0 + d1 * v1 + np.conj(p21) * v2 + np.conj(p31) * v3
    k[_2R + m2] = t2 + p20 * v0 + p21 * v1 + d2 * v2 + np.conj(p32) * v3
    k[_2R + m3] = t3 + p30 * v0 + p31 * v1 + p32 * v2 + d3 * v3
    return max(max(d0, d1), max(d2, d3))


@part()
def _square(z):
    """|z|^2."""
    return z.real * z.real + z.imag * z.imag


@part(FAST)
def _one_row(P, k, a, b, i, begin, total):
    """Row i from column ``begin`` on, its part of P u being ``total``; return P_ii."""
    m, base = uintp(i), uintp(i) * _R
    c, v = a * k[m], k[_R + m]
    for j in range(uintp(begin), m):
        p = (P[base + j] + c * np.conj(k[j])) * b
        P[base + j] = p
        total += p * k[_R + j]
        k[_2R + j] += np.conj(p) * v
    p = (P[base + m].real + a * _square(k[m])) * b
    P[base + m] = p
    k[_2R + m] = total + p * v
    return p


@part(FAST)
def take(k, size):
    """k <- P u; return u^H P u."""
    total = 0.0
    for i in range(size):
        p, v = k[2 * _ROW + i], k[_ROW + i]
        total += v.real * p.real + v.imag * p.imag
        k[i] = p
    return total


@part()
def column(P, k, i, size):
    """k <- P e_i; return P_ii."""
    for j in range(size):
        k[j] = P[_ROW * j + i] if j >= i else np.conj(P[_ROW * i + j])
    return P[_ROW * i + i].real


@part()
def set_diagonal(P, value, size):
    """P <- value I."""
    for i in range(size):
        for j in range(i):
            P[_ROW * i + j] = 0.0
        P[_ROW * i + i] = value


@part()
def add_lower(P, Q):
    """P <- P + Q."""
    for i in range(len(Q)):
        for j in range(i + 1):
            P[_ROW * i + j] += Q[i, j]


@part()
def gather(u, x, at, stride, channels, length):
    """Copy the regressor that begins at ``at``."""
    for channel in range(channels):
        for j in range(length):
            u[channel * length + j] = x[at + channel * stride + j]


@part(FAST)
def inner(w, u):
    """w^H u."""
    y = w[0] * 0.0
    for j in range(len(w)):
        y += np.conj(w[j]) * u[j]
    return y


@part(FAST)
def move(w, k, c):
    """w <- w + c k."""
    for j in range(len(w)):
        w[j] += c * k[j]
