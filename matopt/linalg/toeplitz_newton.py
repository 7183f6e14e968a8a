"""Newton's method for ln det T + tr(T^-1 S) over Toeplitz T, compiled, all of it.

T_ij = t_(i-j) is Hermitian, K = T^-1, delta its first column. V stands for a member of
the family: J^k + J^-k by the real part of t_k, i (J^k - J^-k) by the imaginary one,
where J moves entries down by one. The derivative of delta along V is -D_V, with
D_V = K V delta. K J^k delta follows from K J^(k-1) delta, for T J - J T has rank two;
so all D_V cost O(n^2), and Hessian and information two products of n x n matrices.

Burg, Luenberger and Wenger, Estimation of Structured Covariance Matrices (1982). This
module imports numba: import it when a kernel is first needed.
"""

import numpy as np

from matopt.linalg.arrays import Array
from matopt.linalg.compiled import REORDER, kernel, part
from matopt.linalg.levinson import (
    all_range_sums,
    first_column,
    inverse_product,
    paired_correlation,
    quadratic,
)

_EPS = 2.220446049250313e-16


# The second derivatives


@kernel(REORDER)
def directions(t: Array, d: Array, unit: Array) -> Array:
    """The D_V = K V delta, one a row, in the order of the parameters.

    With the predictor a = delta/delta_0, x its conjugate from behind, r_j = t_-(j+1)
    and c_j = t_(j-n):
    K J u = J K u - J x (K u)_(n-1) - delta (r^T - (r^T x) e_(n-1)^T) K u,
    and likewise upwards. ``unit`` is [i], or anything real.
    """
    n = len(t)
    first = d[0].real
    imaginary = _imaginary(t, unit)
    D = np.empty((n + imaginary, n), t.dtype)
    low, high = inverse_product(d, d), np.empty_like(t)
    a, x, r = d / first, np.empty_like(t), np.empty_like(t)
    for j in range(n):
        D[0, j] = high[j] = low[j]
        x[j] = np.conj(a[n - 1 - j])
        r[j] = np.conj(t[(j + 1) % n])
    rho, sigma = r[0] * 0.0, r[0] * 0.0
    for j in range(n - 1):
        rho += r[j] * x[j]
        sigma += np.conj(r[n - 2 - j]) * a[j + 1]
    for k in range(1, n):
        last, top, alpha, beta = low[n - 1], high[0], r[0] * 0.0, r[0] * 0.0
        for j in range(n - 1):
            alpha += r[j] * low[j]
            beta += np.conj(r[n - 2 - j]) * high[j + 1]
        alpha = alpha - rho * last
        beta = (beta - sigma * top) * first
        for j in range(n - 1, 0, -1):
            low[j] = low[j - 1] - x[j - 1] * last - d[j] * alpha
        low[0] = -d[0] * alpha
        for j in range(n - 1):
            high[j] = high[j + 1] - a[j + 1] * top - x[j] * beta
        high[n - 1] = -x[n - 1] * beta
        row = D[k]
        for j in range(n):
            row[j] = low[j] + high[j]
        if imaginary > 0:
            row = D[n - 1 + k]
            for j in range(n):
                row[j] = unit[0] * (low[j] - high[j])
    return D


@part(REORDER)
def _imaginary(t: Array, unit: Array) -> int:
    """The number of parameters that are imaginary parts."""
    return len(t) - 1 if unit[0].imag != 0.0 else 0


@part(REORDER)
def _members(p: Array, w: Array, s: Array, first: float, unit: Array) -> Array:
    """V p + (k/delta_0) V~ w + s_V e_0 for each V, one a row.

    V~ has the other sign before J^-k.
    """
    n, size = len(p), len(s)
    N = np.zeros((size, n), p.dtype)
    for k in range(n):
        row, c = N[k], k / first
        if k == 0:
            for j in range(n):
                row[j] = p[j]
        else:
            for j in range(n - k):
                row[j + k] += p[j] + c * w[j]
                row[j] += p[j + k] - c * w[j + k]
        row[0] += s[k]
    for k in range(1, size - n + 1):
        row, c = N[n - 1 + k], k / first
        for j in range(n - k):
            row[j + k] += unit[0] * (p[j] + c * w[j])
            row[j] -= unit[0] * (p[j + k] - c * w[j + k])
        row[0] += s[n - 1 + k]
    return N


@part(REORDER)
def _paired(N: Array, D: Array) -> Array:
    """Re N D^H and its transpose, added up."""
    half: Array = np.dot(N.view(np.float64), D.view(np.float64).T)
    return half + half.T


@kernel(REORDER)
def information(d: Array, D: Array, s: Array, unit: Array) -> Array:
    """F_UV = Re tr(K U K V) from delta, all D_V, and s the gradient of ln det T.

    It is the derivative of -s, and s_U = Re z^H U delta with z = w(delta).
    """
    n, first = len(d), d[0].real
    z = np.empty_like(d)
    for j in range(n):
        z[j] = (n - 2 * j) / first * d[j]
    return _paired(_members(z, -d, -0.5 / first * s, first, unit), D)


@kernel(REORDER)
def hessian(
    d: Array, D: Array, s: Array, h: Array, y: Array, Q: Array, unit: Array
) -> Array:
    """The second derivative of ln det T + tr(K S) by the parameters.

    Q are the range sums of S, all of them; h is the gradient of tr(K S) by delta and
    y = K h. It is 2 (D_U^H Q D_V)/delta_0 + (y - z)^H (U D_V + V D_U) and terms of rank
    two, less that of F which is not in z.
    """
    n, first = len(d), d[0].real
    p, c, inverse = np.empty_like(d), np.empty_like(s), 1.0 / first
    for j in range(n):
        p[j] = y[j] - (n - 2 * j) * inverse * d[j]
    reals, hs = D.view(np.float64), h.view(np.float64)  # (re, im), as pairs
    for k in range(len(s)):
        row, total = reals[k], 0.5 * s[k]
        for j in range(len(hs)):
            total -= hs[j] * row[j]
        c[k] = total * inverse
    N, product = _members(p, d, c, first, unit), np.dot(D, Q.T)
    sums, products = N.view(np.float64), product.view(np.float64)
    for k in range(len(s)):
        for j in range(len(hs)):
            sums[k, j] += inverse * products[k, j]
    return _paired(N, D)


# Positive definite systems, of small order


@kernel(REORDER)
def factorize(A: Array) -> bool:
    """Overwrite the upper triangle of A with U, A = U^T U; False if there is none.

    On the diagonal are the reciprocals of that of U.
    """
    n = len(A)
    for i in range(n):
        row, floor, fours = A[i], 4.0 * _EPS * A[i, i], i - i % 4
        for k in range(0, fours, 4):
            r0, r1, r2, r3 = A[k], A[k + 1], A[k + 2], A[k + 3]
            a0, a1, a2, a3 = r0[i], r1[i], r2[i], r3[i]
            for j in range(i, n):
                row[j] -= (a0 * r0[j] + a1 * r1[j]) + (a2 * r2[j] + a3 * r3[j])
        for k in range(fours, i):
            r0, a0 = A[k], A[k, i]
            for j in range(i, n):
                row[j] -= a0 * r0[j]
        if not row[i] > floor:
            return False
        inverse = 1.0 / np.sqrt(row[i])
        row[i] = inverse
        for j in range(i + 1, n):
            row[j] *= inverse
    return True


@kernel(REORDER)
def solve(U: Array, b: Array) -> Array:
    """(U^T U)^-1 b for what ``factorize`` left."""
    n, x = len(b), b.copy()
    for i in range(n):
        row = U[i]
        x[i] *= row[i]
        c = x[i]
        for j in range(i + 1, n):
            x[j] -= row[j] * c
    for i in range(n - 1, -1, -1):
        row, total = U[i], x[i]
        for j in range(i + 1, n):
            total -= row[j] * x[j]
        x[i] = total * row[i]
    return x


# The run


@part(REORDER)
def _packed(g: Array, size: int) -> Array:
    """The real parts, then the imaginary parts without the first."""
    n = len(g)
    x = np.empty(size)
    for k in range(size):
        x[k] = g[k].real if k < n else g[k - n + 1].imag
    return x


@part(REORDER)
def _stepped(t: Array, step: float, v: Array, unit: Array) -> Array:
    """The lags t + step v for parameters v."""
    n = len(t)
    end = t.copy()
    for k in range(n):
        end[k] += step * v[k]
    for k in range(len(v) - n):
        end[k + 1] += unit[0] * (step * v[n + k])
    return end


@part(REORDER)
def _gradients(d: Array, h: Array, size: int) -> tuple[Array, Array, Array]:
    """The gradients of ln det T and of f by the parameters, and y = K h."""
    n, first = len(d), d[0].real
    y, z = inverse_product(d, h), np.empty_like(d)
    for j in range(n):
        z[j] = (n - 2 * j) / first * d[j]
    s, g = paired_correlation(z, d), paired_correlation(z - y, d)
    return _packed(s, size), _packed(g, size), y


@part(REORDER)
def _search(
    t: Array, Q: Array, v: Array, unit: Array, value: float, slope: float, ill: float
) -> tuple[int, Array, float, Array, Array, bool]:
    """Halve the step until T > 0, then contract it until f has fallen enough.

    Where the slope promises less than the rounding of f can tell, it is enough that
    the slope at the end is smaller (Hager and Zhang, 2005). Returned are the number of
    values, the end, f, delta and h there, and whether it was found.
    """
    size = max(1.0, abs(value))
    step, end, h, small = 1.0, t, t, -slope <= 1e-6 * size
    for trial in range(1, 61):
        end = _stepped(t, step, v, unit)
        order, logdet, bound, d = first_column(end)
        if order < len(t):
            step *= 0.5
            continue
        if bound > ill:
            return trial, end, value, d, h, False
        trace, h = quadratic(Q, d)
        f = logdet + trace
        if f <= value + 1e-4 * step * slope:
            return trial, end, f, d, h, True
        if small and f <= value + 1e-6 * size:
            at_end = np.dot(_gradients(d, h, len(v))[1], v)
            if abs(at_end) <= -0.9 * slope:
                return trial, end, f, d, h, True
        curvature = f - value - step * slope
        step *= min(0.5, max(0.1, -0.5 * step * slope / curvature))
    return 60, t, value, h, h, False


@kernel(REORDER)
def newton(
    T: Array,
    Q: Array,
    unit: Array,
    goals: Array,
    limit: int,
    natural: bool,
    ill: float,
) -> tuple[Array, Array, Array]:
    """Minimize from each row of lags, for the range sums in the same row of Q.

    Returned are how many iterates there are (k,), their lags (k, limit + 1, n), and a
    table (k, limit + 1, 4).

    A step is -H^-1 g where the Hessian is positive definite, else -F^-1 g; both g and
    |g|^2, or g^T F^-1 g where ``natural``, are by the parameters. The run ends where
    |g| is at most its goal, where no step is found, after three steps without progress,
    and where a bound on cond T is above ``ill``. Columns of the table: f, |g|, how many
    values were computed, and whether -F^-1 g led there.
    """
    k, n = T.shape
    counts, table = np.zeros(k, np.int64), np.zeros((k, limit + 1, 4))
    lags = np.empty((k, limit + 1, n), T.dtype)
    for i in range(k):
        to = lags[i], table[i]
        counts[i] = _descend(T[i], Q[i], unit, goals[i], natural, ill, *to)
    return counts, lags, table


@part(REORDER)
def _descend(
    t: Array,
    Q: Array,
    unit: Array,
    goal: float,
    natural: bool,
    ill: float,
    lags: Array,
    table: Array,
) -> int:
    """The same from the lags t: fill in the lags and the table of each iterate."""
    n, limit = len(t), len(table) - 1
    size = n + _imaginary(t, unit)
    order, logdet, bound, d = first_column(t)
    if order < n or bound > ill:
        return 0
    ranges = all_range_sums(Q, n)
    trace, h = quadratic(Q, d)
    value, values, scoring = logdet + trace, 1, False
    idle, least = 0, np.inf
    for k in range(limit + 1):
        s, g, y = _gradients(d, h, size)
        D, F = lags[:0], table[:0]
        square = np.dot(g, g)
        if natural:
            D = directions(t, d, unit)
            F = information(d, D, s, unit)
            if not factorize(F):
                return k
            square = np.dot(g, solve(F, g))
        norm = 0.0 if square < 0.0 else np.sqrt(square)  # NaN stays NaN
        for j in range(n):
            lags[k, j] = t[j]
        table[k, 0], table[k, 1], table[k, 2] = value, norm, values
        table[k, 3] = 1.0 if scoring else 0.0
        idle = 0 if norm < 0.9 * least else idle + 1
        least = min(least, norm)
        if norm <= goal or k == limit or idle >= 3:
            return k + 1
        if not natural:
            D = directions(t, d, unit)
        A = hessian(d, D, s, h, y, ranges, unit)
        scoring = not factorize(A)
        if scoring:
            if not natural:
                F = information(d, D, s, unit)
                if not factorize(F):
                    return k + 1
            A = F
        v = solve(A, g)
        slope, old = -np.dot(g, v), value
        trials, t, value, d, h, found = _search(t, Q, -v, unit, value, slope, ill)
        values += trials
        if not found:
            return k + 1
        if value < old - 10.0 * _EPS * max(1.0, abs(old)):
            idle = -1
    return limit + 1
