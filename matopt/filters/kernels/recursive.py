"""Compiled: recursive least squares and Kalman steps, one sample at a time.

Only the lower triangle of the covariance P is kept, and its diagonal is real: it is
Hermitian whatever the rounding. An antisymmetric error would grow as forgetting^-n.
"""

import math

import numpy as np
from numba import njit

from matopt.filters.kernels.flags import FAST
from matopt.filters.kernels.rules import LIMIT

LEVEL, REACH, KNOWN, LOUDEST = 0, 1, 2, 3  # gauge: largest |d|^2, |w_0|^2, tr P^-1
SILENCE = 1e-12  # of the largest tr P^-1: below it nothing is forgotten
_WEAK, _RESTORED = 1e10, 1e8  # of tr P^-1 max P_ii: where knowledge is added, to what
_WEAK_ROOT, _RESTORED_ROOT = 1e-18, 1e-16  # the same of the least R_ii^2
_SINGULAR = 1e-8  # of 1 - u^H P u when u leaves a window


@njit(cache=True, nogil=True)
def recursive(
    w, P, gauge, diverged, x, d, hop, stride, channels, length, zero, first, forgetting,
    noise, drift, initial, output, error, posterior, history, every,
):  # fmt: skip
    """Adapt every run through a chunk.

    w is (runs, taps), P (runs, taps, taps), x (runs, size), d and the signals
    (runs, n), history (runs, rows, taps). ``drift`` Q has no rows where there is none;
    then forgetting is also the noise, and ``initial`` the P^-1 to begin with, or zero:
    a hundredth of the first |u|^2 that is not.
    """
    for run in range(len(w)):
        if diverged[run] < 0:
            diverged[run] = _recursive(
                w[run], P[run], gauge[run], x[run], d[run], hop, stride, channels,
                length, zero, first, forgetting, noise, drift, initial, output[run],
                error[run], posterior[run], history[run], every,
            )  # fmt: skip


@njit(cache=True, nogil=True)
def _recursive(
    w, P, gauge, x, d, hop, stride, channels, length, zero, first, forgetting, noise,
    drift, initial, output, error, posterior, history, every,
):  # fmt: skip
    """Return the sample, counted from the start, at which the run diverged, or -1."""
    u, k, row = np.empty_like(w), np.empty_like(w), 0
    for n in range(len(d)):
        if every > 0 and (first + n) % every == 0:
            history[row] = w
            row += 1
        gather(u, x, zero + n * hop, stride, channels, length)
        power = inner(u, u).real
        y = inner(w, u)
        e = d[n] - y
        output[n], error[n], posterior[n] = y, e, e
        if out_of_proportion(gauge, d[n], e, power):
            return first + n
        kept = forgetting
        if len(drift) > 0:
            for i in range(len(w)):
                for j in range(i + 1):
                    P[i, j] += drift[i, j]
        elif gauge[KNOWN] == 0.0 and not begin(P, gauge, initial, power):
            continue
        else:
            kept = foresee(gauge, forgetting, power)
            strengthen(P, gauge, k)
        r = noise if len(drift) > 0 else kept
        s = times(P, u, k, r)
        move(w, k, np.conj(e) / s)
        change(P, k, -1.0 / s, 1.0 / kept)
        posterior[n] = e * (r / s)
    return -1


@njit(cache=True, nogil=True)
def sliding(
    w, P, gauge, diverged, x, d, hop, stride, channels, length, zero, first, window,
    initial, output, error, posterior, history, every,
):  # fmt: skip
    """The same of the last ``window`` samples only; d has as many before the chunk."""
    for run in range(len(w)):
        if diverged[run] < 0:
            diverged[run] = _sliding(
                w[run], P[run], gauge[run], x[run], d[run], hop, stride, channels,
                length, zero, first, window, initial, output[run], error[run],
                posterior[run], history[run], every,
            )  # fmt: skip


@njit(cache=True, nogil=True)
def _sliding(
    w, P, gauge, x, d, hop, stride, channels, length, zero, first, window, initial,
    output, error, posterior, history, every,
):  # fmt: skip
    u, k, row = np.empty_like(w), np.empty_like(w), 0
    for n in range(len(output)):
        if every > 0 and (first + n) % every == 0:
            history[row] = w
            row += 1
        gather(u, x, zero + n * hop, stride, channels, length)
        power = inner(u, u).real
        e = d[window + n] - inner(w, u)
        output[n], error[n], posterior[n] = inner(w, u), e, e
        if out_of_proportion(gauge, d[window + n], e, power):
            return first + n
        if gauge[KNOWN] == 0.0 and not begin(P, gauge, initial, power):
            continue
        s = times(P, u, k, 1.0)
        move(w, k, np.conj(e) / s)
        change(P, k, -1.0 / s, 1.0)
        gather(u, x, zero + (n - window) * hop, stride, channels, length)
        s = times(P, u, k, -1.0)  # u^H P u - 1
        if -s < _SINGULAR or (first + n) % max(window, len(w)) == 0:
            _afresh(w, P, gauge, x, d, hop, stride, channels, length, zero, n, window,
                    u, k)  # fmt: skip
        else:
            e = d[n] - inner(w, u)
            move(w, k, np.conj(e) / s)
            change(P, k, -1.0 / s, 1.0)
        gather(u, x, zero + n * hop, stride, channels, length)
        posterior[n] = d[window + n] - inner(w, u)
    return -1


@njit(cache=True, nogil=True)
def _afresh(
    w, P, gauge, x, d, hop, stride, channels, length, zero, n, window, u, k
):  # fmt: skip
    """Begin again with the window, for removals add up their rounding."""
    w[:] = 0.0
    P[:] = 0.0
    for i in range(len(w)):
        P[i, i] = len(w) / gauge[KNOWN]
    for m in range(n - window + 1, n + 1):
        gather(u, x, zero + m * hop, stride, channels, length)
        s = times(P, u, k, 1.0)
        move(w, k, np.conj(d[window + m] - inner(w, u)) / s)
        change(P, k, -1.0 / s, 1.0)


@njit(cache=True, nogil=True)
def begin(P, gauge, initial, power):
    """Set P^-1 to its first multiple of the identity; False if there is none yet."""
    first = initial if initial > 0.0 else 0.01 * power
    if first == 0.0:
        return False
    P[:] = 0.0
    for i in range(len(P)):
        P[i, i] = 1.0 / first
    gauge[KNOWN] = first * len(P)
    return True


@njit(cache=True, nogil=True)
def foresee(gauge, forgetting, power):
    """Update tr P^-1 for a regressor; return how much of the past is kept.

    In silence nothing is forgotten any more, or P would overflow.
    """
    kept = forgetting
    if kept * gauge[KNOWN] + power < SILENCE * gauge[LOUDEST]:
        kept = 1.0
    gauge[KNOWN] = kept * gauge[KNOWN] + power
    gauge[LOUDEST] = max(gauge[LOUDEST], gauge[KNOWN])
    return kept


@njit(cache=True, nogil=True)
def strengthen(P, gauge, k):
    """Where nearly nothing is known, know that the weights are what they are.

    P <- (P^-1 + a I)^-1, as by regressors sqrt(a) e_i without an error; w stays.
    """
    largest = 0.0
    for i in range(len(P)):
        largest = max(largest, P[i, i].real)
    if not largest * gauge[KNOWN] > _WEAK:
        return
    a = gauge[KNOWN] / _RESTORED
    for i in range(len(P)):
        for j in range(len(P)):
            k[j] = P[j, i] if j >= i else np.conj(P[i, j])
        change(P, k, -a / (1.0 + a * P[i, i].real), 1.0)
    gauge[KNOWN] += a * len(P)


@njit(cache=True, nogil=True)
def out_of_proportion(gauge, d, e, power):
    """Is e not finite, or beyond all proportion to d and the first output?"""
    level = d.real * d.real + d.imag * d.imag
    gauge[LEVEL] = max(gauge[LEVEL], level, gauge[REACH] * power)
    return not e.real * e.real + e.imag * e.imag <= LIMIT * gauge[LEVEL]


@njit(cache=True, nogil=True)
def gather(u, x, at, stride, channels, length):
    """Copy the regressor that begins at ``at``."""
    for channel in range(channels):
        for j in range(length):
            u[channel * length + j] = x[at + channel * stride + j]


@njit(cache=True, nogil=True, fastmath=FAST)
def inner(w, u):
    """w^H u."""
    y = w[0] * 0.0
    for j in range(len(w)):
        y += np.conj(w[j]) * u[j]
    return y


@njit(cache=True, nogil=True, fastmath=FAST)
def move(w, k, c):
    """w <- w + c k."""
    for j in range(len(w)):
        w[j] += c * k[j]


@njit(cache=True, nogil=True, fastmath=FAST)
def times(P, u, k, r):
    """k <- P u of the lower triangle; return r + u^H P u."""
    for i in range(len(u)):
        row, v, total = P[i], u[i], P[i, i] * u[i]
        for j in range(i):
            total += row[j] * u[j]
            k[j] += np.conj(row[j]) * v
        k[i] = total
    s = r
    for i in range(len(u)):
        s += u[i].real * k[i].real + u[i].imag * k[i].imag
    return s


@njit(cache=True, nogil=True, fastmath=FAST)
def change(P, k, a, b):
    """P <- (P + a k k^H) b in the lower triangle, for real a and b."""
    for i in range(len(k)):
        row, c = P[i], a * k[i]
        for j in range(i):
            row[j] = (row[j] + c * np.conj(k[j])) * b
        size = k[i].real * k[i].real + k[i].imag * k[i].imag
        row[i] = (row[i].real + a * size) * b


@njit(cache=True, nogil=True)
def square_root(
    w, R, z, gauge, diverged, x, d, hop, stride, channels, length, zero, first,
    forgetting, initial, output, error, posterior, history, every,
):  # fmt: skip
    """The same with the triangular factor of P^-1 = R^H R, and R w = z."""
    for run in range(len(w)):
        if diverged[run] < 0:
            diverged[run] = _square_root(
                w[run], R[run], z[run], gauge[run], x[run], d[run], hop, stride,
                channels, length, zero, first, forgetting, initial, output[run],
                error[run], posterior[run], history[run], every,
            )  # fmt: skip


@njit(cache=True, nogil=True)
def _square_root(
    w, R, z, gauge, x, d, hop, stride, channels, length, zero, first, forgetting,
    initial, output, error, posterior, history, every,
):  # fmt: skip
    u, a, row = np.empty_like(w), np.empty_like(w), 0
    for n in range(len(d)):
        if every > 0 and (first + n) % every == 0:
            history[row] = w
            row += 1
        gather(u, x, zero + n * hop, stride, channels, length)
        power = inner(u, u).real
        y = inner(w, u)
        e = d[n] - y
        output[n], error[n], posterior[n] = y, e, e
        if out_of_proportion(gauge, d[n], e, power):
            return first + n
        if gauge[KNOWN] == 0.0:
            if not begin(R, gauge, initial, power):
                continue
            for i in range(len(w)):
                R[i, i] = np.sqrt(1.0 / R[i, i].real)
                z[i] = R[i, i] * w[i]
        kept = foresee(gauge, forgetting, power)
        for i in range(len(w)):
            a[i] = np.conj(u[i])
        _rotate(R, z, a, np.conj(d[n]), math.sqrt(kept), 0)
        _strengthen_root(R, z, w, a, gauge)
        _back_substitute(R, z, w)
        posterior[n] = d[n] - inner(w, u)
    return -1


@njit(cache=True, nogil=True)
def _rotate(R, z, a, b, root, begin):
    """Turn the row [a, b] into [root R, root z] by Givens rotations; a is used up."""
    for i in range(begin, len(z)):
        size = math.hypot(a[i].real, a[i].imag)
        old = root * R[i, i].real
        r = math.hypot(old, size)
        if r == 0.0:
            continue
        c, s = old / r, a[i] / r
        R[i, i] = r
        _turn(R[i], a, i + 1, c, s, root)
        head = root * z[i]
        z[i] = c * head + np.conj(s) * b
        b = c * b - s * head


@njit(cache=True, nogil=True, fastmath=FAST)
def _turn(row, a, begin, c, s, root):
    """Rotate what is right of the diagonal."""
    t = np.conj(s)
    for j in range(begin, len(a)):
        p = root * row[j]
        row[j] = c * p + t * a[j]
        a[j] = c * a[j] - s * p


@njit(cache=True, nogil=True)
def _strengthen_root(R, z, w, a, gauge):
    """As ``strengthen``, on the factor: rows sqrt(q) e_i^H with what w_i is."""
    least = R[0, 0].real
    for i in range(len(w)):
        least = min(least, R[i, i].real)
    if not least * least < _WEAK_ROOT * gauge[KNOWN]:
        return
    q = _RESTORED_ROOT * gauge[KNOWN]
    for i in range(len(w)):
        a[:] = 0.0
        a[i] = math.sqrt(q)
        _rotate(R, z, a, a[i] * w[i], 1.0, i)
    gauge[KNOWN] += q * len(w)


@njit(cache=True, nogil=True)
def _back_substitute(R, z, w):
    """w <- R^-1 z."""
    for i in range(len(w) - 1, -1, -1):
        w[i] = (z[i] - _right_of(R[i], w, i + 1)) / R[i, i]


@njit(cache=True, nogil=True, fastmath=FAST)
def _right_of(row, w, begin):
    total = w[0] * 0.0
    for j in range(begin, len(w)):
        total += row[j] * w[j]
    return total
