"""Compiled kernels of positive definite Toeplitz matrices, real and complex.

T_ij = t_(i-j) with t_(-k) = conj(t_k). Everything follows from delta, the first column
of K = T^-1, which the Levinson-Durbin recursion gives in n^2 multiplications, by the
formula of Gohberg and Semencul: K = (L1 L1^H - L2 L2^H) / delta_0 with the lower
triangular Toeplitz L1 of first column delta and L2 of first column (0,
conj delta_(n-1), ..., conj delta_1).

Levinson (1947); Durbin (1960); Trench (1964); Gohberg and Semencul (1972). Loops take
four rows at a time, for one alone would wait for memory. This module imports numba:
import it when a kernel is first needed.
"""

import numpy as np

from matopt.linalg.arrays import Array
from matopt.linalg.compiled import REORDER, kernel, part

_PAD = 12  # zeros behind arrays: of the last four rows, and of a loop's last eight

# The recursion


@kernel(REORDER)
def durbin(t: Array, kappa: Array, errors: Array) -> tuple[int, float, Array]:
    """The order reached, ln det T and the predictor a: T a = v e_0 with a_0 = 1.

    ``kappa[k]``, for k = 1, ..., n-1, becomes the reflection coefficient and
    ``errors[k]`` the prediction error v of order k. T is positive definite if the order
    reached is n; if not, its leading minor of the next order is not positive.
    """
    n = len(t)
    a, back, lags = np.zeros_like(t), np.empty_like(t), t[::-1].copy()
    first = t[0].real
    if not first > 0.0:
        return 0, 0.0, a
    a[0] = back[n - 1] = 1.0
    kappa[0], errors[0] = 0.0, first
    ratio, logs, v, inverse = 1.0, n * np.log(first), first, 1.0 / first
    gamma = t[1 % n]
    for k in range(n - 1):
        c = -gamma * inverse
        d = np.conj(c)
        kappa[k + 1] = c
        v *= 1.0 - (c.real * c.real + c.imag * c.imag)
        if not v > 0.0:
            return k + 1, 0.0, a
        errors[k + 1], inverse = v, 1.0 / v  # by now, not when gamma is known
        ratio *= v / first
        if ratio < 1e-200:
            logs, ratio = logs + np.log(ratio), 1.0
        if k + 2 == n:
            for j in range(1, n):
                a[j] += c * back[j]
            break
        # back holds conj(a) reversed, at its end, so that neither has to be shifted
        x, y, z = a[1 : k + 2], back[n - 1 - k :], lags[n - 2 - k : n - 1]
        gamma = lags[n - 3 - k]
        for j in range(k + 1):
            old, rev = x[j], y[j]
            new = old + c * rev
            x[j] = new
            y[j] = rev + d * old
            gamma += z[j] * new
        back[n - 2 - k] = d
    return n, logs + np.log(ratio), a


@kernel(REORDER)
def first_column(t: Array) -> tuple[int, float, float, Array]:
    """The order reached, ln det T, a bound on cond(T), and delta.

    The bound is tr K times the Frobenius norm of T. If the order is less than n, the
    second is the last prediction error over the first instead.
    """
    n = len(t)
    errors = np.empty(n)
    order, logdet, a = durbin(t, np.empty_like(t), errors)
    if order < n:
        reached = errors[order - 1] / errors[0] if order > 0 else 1.0
        return order, reached, 0.0, a
    inverse, trace, square = 1.0 / errors[n - 1], 0.0, n * t[0].real ** 2
    for j in range(n):
        trace += (n - 2 * j) * (a[j].real * a[j].real + a[j].imag * a[j].imag)
        a[j] *= inverse
    trace *= inverse
    for j in range(1, n):
        square += 2 * (n - j) * (t[j].real * t[j].real + t[j].imag * t[j].imag)
    return order, logdet, trace * np.sqrt(square), a


# Gohberg and Semencul


@part(REORDER)
def _steps(length: int, d: Array) -> int:
    """Steps of a loop over so many entries and the zeros behind them.

    What is left over of the vectors of a loop is dear where numbers are complex.
    """
    return (length + 7) // 8 * 8 if np.iscomplexobj(d) else length


@kernel(REORDER)
def inverse_product(d: Array, h: Array) -> Array:
    """K h from delta = d: four triangular products."""
    n = len(d)
    rows = np.zeros((3, n + _PAD), d.dtype)
    dp, ep, hp = rows[0], rows[1], rows[2]  # with zeros behind
    u, w = np.zeros(n + _PAD, d.dtype), np.zeros(n + _PAD, d.dtype)
    for i in range(n):
        dp[i], hp[i] = d[i], h[i]
        ep[i + 1] = np.conj(d[n - 1 - i])
    ep[n] = 0.0
    for s in range(0, n, 4):  # u = L1^H h, w = L2^H h, behind four zeros
        a0, a1, a2, a3 = dp[s], dp[s + 1], dp[s + 2], dp[s + 3]
        a0, a1, a2, a3 = np.conj(a0), np.conj(a1), np.conj(a2), np.conj(a3)
        b0, b1, b2, b3 = ep[s], ep[s + 1], ep[s + 2], ep[s + 3]
        b0, b1, b2, b3 = np.conj(b0), np.conj(b1), np.conj(b2), np.conj(b3)
        h0, h1, h2, h3 = hp[s:], hp[s + 1 :], hp[s + 2 :], hp[s + 3 :]
        p, q = u[4:], w[4:]
        for j in range(_steps(n - s, d)):
            g0, g1, g2, g3 = h0[j], h1[j], h2[j], h3[j]
            p[j] += (a0 * g0 + a1 * g1) + (a2 * g2 + a3 * g3)
            q[j] += (b0 * g0 + b1 * g1) + (b2 * g2 + b3 * g3)
    y = np.zeros(_steps(n, d) + 4, d.dtype)
    u0, u1, u2, u3 = u[4:], u[3:], u[2:], u[1:]
    w0, w1, w2, w3 = w[4:], w[3:], w[2:], w[1:]
    for s in range(0, n, 4):  # L1 u - L2 w
        a0, a1, a2, a3 = dp[s], dp[s + 1], dp[s + 2], dp[s + 3]
        b0, b1, b2, b3 = ep[s], ep[s + 1], ep[s + 2], ep[s + 3]
        p = y[s:]
        for j in range(_steps(n - s, d)):
            p[j] += (a0 * u0[j] + a1 * u1[j]) + (a2 * u2[j] + a3 * u3[j])
            p[j] -= (b0 * w0[j] + b1 * w1[j]) + (b2 * w2[j] + b3 * w3[j])
    y = y[:n]
    y *= 1.0 / d[0].real  # a complex quotient is dear
    return y


@kernel(REORDER)
def paired_correlation(z: Array, d: Array) -> Array:
    """The sums of z_(q+k) conj(d_q) + d_(q+k) conj(z_q) over q, k >= 0; half at k = 0.

    It is the derivative of Re z^H T d by t_k (133), as d/dRe + i d/dIm.
    """
    n = len(d)
    rows, g = np.zeros((2, n + _PAD), z.dtype), np.zeros(n + _PAD, z.dtype)
    dp, zp = rows[0], rows[1]
    for i in range(n):
        dp[i], zp[i] = d[i], z[i]
    for q in range(0, n, 4):
        a0, a1, a2, a3 = dp[q], dp[q + 1], dp[q + 2], dp[q + 3]
        a0, a1, a2, a3 = np.conj(a0), np.conj(a1), np.conj(a2), np.conj(a3)
        b0, b1, b2, b3 = zp[q], zp[q + 1], zp[q + 2], zp[q + 3]
        b0, b1, b2, b3 = np.conj(b0), np.conj(b1), np.conj(b2), np.conj(b3)
        z0, z1, z2, z3 = zp[q:], zp[q + 1 :], zp[q + 2 :], zp[q + 3 :]
        d0, d1, d2, d3 = dp[q:], dp[q + 1 :], dp[q + 2 :], dp[q + 3 :]
        for k in range(_steps(n - q, d)):
            g[k] += (a0 * z0[k] + a1 * z1[k]) + (a2 * z2[k] + a3 * z3[k])
            g[k] += (b0 * d0[k] + b1 * d1[k]) + (b2 * d2[k] + b3 * d3[k])
    g[0] *= 0.5
    return g[:n]


@kernel(REORDER)
def trench(d: Array) -> Array:
    """K, exactly Hermitian, from delta = d (Trench 1964)."""
    n = len(d)
    K = np.empty((n, n), d.dtype)
    for j in range(n):
        K[0, j] = np.conj(d[j])
    inverse = 1.0 / d[0].real
    for i in range(1, n):
        a, b = d[i] * inverse, np.conj(d[n - i]) * inverse
        above, row = K[i - 1], K[i]
        row[0] = d[i]
        for j in range(i, n):
            row[j] = above[j - 1] + (a * np.conj(d[j]) - b * d[n - j])
        row[i] = row[i].real
    for i in range(n):
        for j in range(i):
            K[i, j] = np.conj(K[j, i])
    return K


# The quadratic term


@kernel(REORDER)
def range_sums(S: Array) -> Array:
    """The signed range sums Q of the diagonals of a Hermitian S, a quarter of them.

    tr(K S) = delta^H Q delta / delta_0 with Q_pq the sum of S_(i, i-p+q) over
    i = p, ..., n-1-q; Q is Hermitian and Q_(n-q, n-p) = -Q_pq. Packed are Q_qq / 2 and
    the Q_pq with p = q+1, ..., n-1-q as rows q = 0, ..., (n-1)/2; of four rows each
    is as long as the first, with zeros. Box and Jenkins, Time Series Analysis (1976),
    appendix A7.5.
    """
    n = len(S)
    last = (n - 1) // 2
    begin, size = np.empty(last + 1, np.int64), 0
    for q in range(0, last + 1, 4):
        for b in range(min(4, last + 1 - q)):
            begin[q + b] = size + b * (n - 2 * q) + b
        size += 4 * (n - 2 * q)
    Q = np.zeros(size, S.dtype)
    for q in range(last, -1, -1):  # from the centre, so that nothing cancels
        width = n - 2 * q
        row, lower, upper = Q[begin[q] :], S[n - 1 - q], S[q]
        for i in range(width):
            row[i] = np.conj(upper[q + i])
        for i in range(width - 1):
            row[i] += lower[n - 1 - q - i]
        if q < last:
            inner = Q[begin[q + 1] :]
            for i in range(width - 2):
                row[i] += inner[i]
            Q[begin[q + 1]] *= 0.5
    Q[0] *= 0.5
    return Q


@kernel(REORDER)
def sample_range_sums(X: Array) -> Array:
    """The packed range sums of the second moments of every data set (count, n) in X."""
    Q, inverse = np.empty((0, 0), X.dtype), 1.0 / X.shape[1]
    for i in range(len(X)):
        row = range_sums(np.dot(X[i].T, np.conj(X[i])))
        if i == 0:
            Q = np.empty((len(X), len(row)), X.dtype)
        for j in range(len(row)):
            Q[i, j] = row[j] * inverse
    return Q


@kernel(REORDER)
def all_range_sums(packed: Array, n: int) -> Array:
    """Q as a matrix (n, n) from its packed quarter."""
    Q = np.zeros((n, n), packed.dtype)
    begin, last = 0, (n - 1) // 2
    for q in range(last + 1):
        first = q - q % 4
        for p in range(q, n - q):
            c = packed[begin + p - first] * (2.0 if p == q else 1.0)
            Q[p, q], Q[q, p] = c, np.conj(c)
            if q > 0:
                Q[n - q, n - p], Q[n - p, n - q] = -c, -np.conj(c)
        begin += n - 2 * first
    return Q


@kernel(REORDER)
def range_product(Q: Array, d: Array) -> Array:
    """Q d for packed range sums Q, four rows at a time.

    An entry c = Q_pq stands for four: c at (p, q), conj(c) at (q, p), and in the lower
    right half -c and -conj(c), which w gathers in the order of r_p = d_(n-p).
    """
    n = len(d)
    y, w, r, zero = np.zeros_like(d), np.zeros_like(d), np.zeros_like(d), 0.0 * d[0]
    for p in range(1, n):
        r[p] = d[n - p]
    end = 0
    for q in range(0, (n + 1) // 2, 4):
        width, i1, i2, i3 = n - 2 * q, q + 1, q + 2, q + 3
        i1, i2, i3 = min(i1, n - 1), min(i2, n - 1), min(i3, n - 1)  # rows of zeros
        c0, c1 = Q[end : end + width], Q[end + width : end + 2 * width]
        c2, c3 = Q[end + 2 * width :], Q[end + 3 * width :]
        end += 4 * width
        d0, d1, d2, d3 = d[q], d[i1], d[i2], d[i3]
        r0, r1, r2, r3 = r[q], r[i1], r[i2], r[i3]
        y0, y1, y2, y3, w0, w1, w2, w3 = zero, zero, zero, zero, zero, zero, zero, zero
        dp, rp, yp, wp = d[q:], r[q:], y[q:], w[q:]
        for i in range(width):
            e0, e1, e2, e3, x, z = c0[i], c1[i], c2[i], c3[i], dp[i], rp[i]
            f0, f1, f2, f3 = np.conj(e0), np.conj(e1), np.conj(e2), np.conj(e3)
            yp[i] += (e0 * d0 + e1 * d1) + (e2 * d2 + e3 * d3)
            wp[i] += (f0 * r0 + f1 * r1) + (f2 * r2 + f3 * r3)
            y0, y1, y2, y3 = y0 + f0 * x, y1 + f1 * x, y2 + f2 * x, y3 + f3 * x
            w0, w1, w2, w3 = w0 + e0 * z, w1 + e1 * z, w2 + e2 * z, w3 + e3 * z
        y[q] += y0
        y[i1] += y1
        y[i2] += y2
        y[i3] += y3
        w[q] += w0
        w[i1] += w1
        w[i2] += w2
        w[i3] += w3
    for p in range(1, n):
        y[p] -= w[n - p]
    return y


# All of it in one call, for small orders


@kernel(REORDER)
def quadratic(Q: Array, d: Array) -> tuple[float, Array]:
    """tr(K S) and h = (2 Q delta - tr(K S) e_0) / delta_0, its gradient by delta."""
    h, first, trace = range_product(Q, d), d[0].real, 0.0
    for i in range(len(d)):
        trace += (np.conj(d[i]) * h[i]).real
    trace /= first
    h *= 2.0 / first
    h[0] -= trace / first
    return trace, h


@kernel(REORDER)
def likelihood(t: Array, Q: Array, found: Array) -> tuple[int, float, float, float]:
    """Order reached, ln det T, bound on cond(T), tr(K S); delta and gradient to found.

    Q are the packed range sums of S. The gradient by t, d/dRe + i d/dIm, is that of
    ln det T + tr(K S) (43), (63), summed over diagonals (144).
    """
    n = len(t)
    order, logdet, bound, d = first_column(t)
    if order < n:
        return order, logdet, 0.0, 0.0
    value, h = quadratic(Q, d)
    z, inverse = inverse_product(d, h), 1.0 / d[0].real
    for j in range(n):
        z[j] = ((n - 2 * j) * inverse) * d[j] - z[j]
    g = paired_correlation(z, d)
    for j in range(n):
        found[0, j], found[1, j] = d[j], g[j]
    return order, logdet, bound, value
