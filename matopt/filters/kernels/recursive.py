"""Compiled: recursive least squares and Kalman steps, one sample at a time.

Only the lower triangle of the covariance P is kept, and its diagonal is real: it is
Hermitian whatever the rounding. An antisymmetric error would grow as forgetting^-n.
"""

import math

import numpy as np

from matopt.filters.kernels.knowledge import (
    KNOWN,
    first_knowledge,
    foresee,
    know_nothing,
)
from matopt.filters.kernels.proportion import has_risen, out_of_proportion
from matopt.filters.kernels.triangles import (
    add_lower,
    column,
    gather,
    inner,
    move,
    packed,
    set_diagonal,
    sweep,
    take,
    unpack,
    vectors,
)
from matopt.linalg.compiled import kernel, part
from matopt.linalg.copies import copy

_WEAK, _RESTORED = 1e10, 1e8  # of tr P^-1 max P_ii: where knowledge is added, to what
STALE, RIDGE = 4, 5  # gauge of a sliding window: P is not that of it; P^-1 at first
_LEAST_RIDGE = 1e-10  # of |u|^2, so that P has digits left when the window is taken in
_SINGULAR = 1e-8  # of 1 - u^H P u when u leaves a window


@kernel()
def recursive(
    w, start, P, gauge, diverged, x, d, hop, stride, channels, length, zero, first,
    forgetting, noise, drift, initial, output, error, posterior, history, every,
):  # fmt: skip
    """Adapt every run through a chunk.

    w and the first weights are (runs, taps), P (runs, taps, taps), x (runs, size), d
    and the signals (runs, n), history (runs, rows, taps). ``drift`` Q has no rows where
    there is none; then forgetting is also the noise, and ``initial`` the P^-1 to begin
    with, or zero: a hundredth of the first |u|^2 that is not.
    """
    for run in range(len(w)):
        if diverged[run] < 0:
            diverged[run] = _recursive(
                w[run], start[run], P[run], gauge[run], x[run], d[run], hop, stride,
                channels, length, zero, first, forgetting, noise, drift, initial,
                output[run], error[run], posterior[run], history[run], every,
            )  # fmt: skip


@part()
def _recursive(
    w, start, matrix, gauge, x, d, hop, stride, channels, length, zero, first,
    forgetting, noise, drift, initial, output, error, posterior, history, every,
):  # fmt: skip
    """Return the sample, counted from the start, at which the run diverged, or -1."""
    size, row, a, b, most = len(w), 0, 0.0, 1.0, np.inf
    P, (k, u) = packed(matrix), vectors(w)
    for n in range(len(d)):
        gather(u, x, zero + n * hop, stride, channels, length)
        power = inner(u, u).real
        y = inner(w, u)
        e = d[n] - y
        stop = out_of_proportion(gauge, d[n], e, power)
        if stop and len(drift) == 0 and has_risen(gauge, power):
            copy(start, w)
            know_nothing(gauge)
            a, b, most = 0.0, 1.0, np.inf
            y = inner(w, u)
            e, stop = d[n] - y, False
        output[n], error[n], posterior[n] = y, e, e
        if every > 0 and (first + n) % every == 0:
            copy(w, history[row])
            row += 1
        if stop:
            return first + n
        kept = forgetting
        if len(drift) > 0:
            if n > 0:
                sweep(P, k, a, b, size)
                a, b = 0.0, 1.0
                add_lower(P, drift)
        elif gauge[KNOWN] == 0.0 and not _begin(P, gauge, initial, power, size):
            continue
        else:
            kept = foresee(gauge, forgetting, power)
            if not most * b * gauge[KNOWN] <= _WEAK:  # a is negative
                most = sweep(P, k, a, b, size)
                a, b = 0.0, 1.0
                if most * gauge[KNOWN] > _WEAK:
                    _strengthen(P, k, gauge, size)
        r = noise if len(drift) > 0 else kept
        most = sweep(P, k, a, b, size)
        s = r + take(k, size)
        move(w, k, np.conj(e) / s)
        a, b = -1.0 / s, 1.0 / kept
        posterior[n] = e * (r / s)
    sweep(P, k, a, b, size)
    if len(d) > 0:
        add_lower(P, drift)  # that until the next sample, if there is any
    unpack(matrix, P)
    return -1


@part()
def _begin(P, gauge, initial, power, size):
    """Set P^-1 to its first multiple of the identity; False if there is none yet."""
    first = first_knowledge(gauge, initial, power, size)
    if first > 0.0:
        set_diagonal(P, 1.0 / first, size)
    return first > 0.0


@part()
def _strengthen(P, k, gauge, size):
    """Where nearly nothing is known, know that the weights are what they are.

    P <- (P^-1 + a I)^-1, as by regressors sqrt(a) e_i without an error; w stays.
    """
    a = gauge[KNOWN] / _RESTORED
    for i in range(size):
        p = column(P, k, i, size)
        share = a / (1.0 + a * p)  # negative where rounding has made P_ii so
        root = math.sqrt(abs(share))
        for j in range(size):
            k[j] *= root  # before it is squared, for P may be large
        sweep(P, k, -math.copysign(1.0, share), 1.0, size)
    gauge[KNOWN] += a * size


@kernel()
def sliding(
    w, start, P, gauge, diverged, x, d, hop, stride, channels, length, zero, first,
    window, initial, output, error, posterior, history, every,
):  # fmt: skip
    """The same of the last ``window`` samples only; d has as many before the chunk."""
    for run in range(len(w)):
        if diverged[run] < 0:
            diverged[run] = _sliding(
                w[run], start[run], P[run], gauge[run], x[run], d[run], hop, stride,
                channels, length, zero, first, window, initial, output[run], error[run],
                posterior[run], history[run], every,
            )  # fmt: skip


@part()
def _sliding(
    w, start, matrix, gauge, x, d, hop, stride, channels, length, zero, first, window,
    initial, output, error, posterior, history, every,
):  # fmt: skip
    size, row, a = len(w), 0, 0.0
    P, (k, u) = packed(matrix), vectors(w)
    for n in range(len(output)):
        gather(u, x, zero + n * hop, stride, channels, length)
        power = inner(u, u).real
        e = d[window + n] - inner(w, u)
        stop = out_of_proportion(gauge, d[window + n], e, power)
        if stop and has_risen(gauge, power):
            copy(start, w)
            know_nothing(gauge)
            gauge[STALE], a, stop = 1.0, 0.0, False
            e = d[window + n] - inner(w, u)
        output[n], error[n], posterior[n] = inner(w, u), e, e
        if every > 0 and (first + n) % every == 0:
            copy(w, history[row])
            row += 1
        if stop:
            return first + n
        if gauge[KNOWN] == 0.0:
            if not _begin(P, gauge, initial, power, size):
                continue
            gauge[RIDGE] = gauge[KNOWN] / size
        if gauge[KNOWN] < _LEAST_RIDGE * power * size:
            gauge[STALE] = 1.0
        a = _absorb(w, P, k, a, e)
        gather(u, x, zero + (n - window) * hop, stride, channels, length)
        sweep(P, k, a, 1.0, size)
        s = take(k, size) - 1.0
        if gauge[STALE] > 0.0 or -s < _SINGULAR or (first + n) % max(window, size) == 0:
            gauge[STALE] = 0.0
            a = _afresh(w, P, k, u, gauge, x, d, hop, stride, channels, length, zero, n,
                        window)  # fmt: skip
        else:
            move(w, k, np.conj(d[n] - inner(w, u)) / s)
            a = -1.0 / s
        gather(u, x, zero + n * hop, stride, channels, length)
        posterior[n] = d[window + n] - inner(w, u)
    sweep(P, k, a, 1.0, size)
    unpack(matrix, P)
    return -1


@part()
def _absorb(w, P, k, a, e):
    """Take u and its error in; return the multiple of k k^H that P has to come."""
    sweep(P, k, a, 1.0, len(w))
    s = 1.0 + take(k, len(w))
    move(w, k, np.conj(e) / s)
    return -1.0 / s


@part()
def _afresh(
    w, P, k, u, gauge, x, d, hop, stride, channels, length, zero, n, window
):  # fmt: skip
    """Begin again with the window, for removals add up their rounding."""
    ridge, a = gauge[RIDGE], 0.0
    for m in range(n - window + 1, n + 1):
        gather(u, x, zero + m * hop, stride, channels, length)
        ridge = max(ridge, _LEAST_RIDGE * inner(u, u).real)
    gauge[KNOWN] = ridge * len(w)
    w[:] = 0.0
    set_diagonal(P, 1.0 / ridge, len(w))
    for m in range(n - window + 1, n + 1):
        gather(u, x, zero + m * hop, stride, channels, length)
        a = _absorb(w, P, k, a, d[window + m] - inner(w, u))
    return a
