"""Compiled: recursive least squares by rotations of R, P^-1 = R^H R, with R w = z."""

import math

import numpy as np

from matopt.filters.kernels.knowledge import (
    KNOWN,
    first_knowledge,
    foresee,
    know_nothing,
)
from matopt.filters.kernels.proportion import has_risen, out_of_proportion
from matopt.filters.kernels.triangles import gather, inner
from matopt.linalg.compiled import FAST, kernel, part
from matopt.linalg.copies import copy

# of tr P^-1, the least R_ii^2: where knowledge is added, and how much
_WEAK_ROOT, _RESTORED_ROOT = 1e-18, 1e-16


@kernel()
def square_root(
    w, start, R, z, gauge, diverged, x, d, hop, stride, channels, length, zero, first,
    forgetting, initial, output, error, posterior, history, every,
):  # fmt: skip
    """Adapt every run through a chunk.

    w, its first values and z are (runs, taps), R (runs, taps, taps), x (runs, size), d
    and the signals (runs, n), history (runs, rows, taps); ``initial`` as in
    ``recursive``.
    """
    for run in range(len(w)):
        if diverged[run] < 0:
            diverged[run] = _square_root(
                w[run], start[run], R[run], z[run], gauge[run], x[run], d[run], hop,
                stride, channels, length, zero, first, forgetting, initial, output[run],
                error[run], posterior[run], history[run], every,
            )  # fmt: skip


@part()
def _square_root(
    w, start, R, z, gauge, x, d, hop, stride, channels, length, zero, first, forgetting,
    initial, output, error, posterior, history, every,
):  # fmt: skip
    u, a, row = np.empty_like(w), np.empty_like(w), 0
    for n in range(len(d)):
        gather(u, x, zero + n * hop, stride, channels, length)
        power = inner(u, u).real
        y = inner(w, u)
        e = d[n] - y
        stop = out_of_proportion(gauge, d[n], e, power)
        if stop and has_risen(gauge, power):
            copy(start, w)
            know_nothing(gauge)
            for i in range(len(w)):
                R[i, i:] = 0.0
            y = inner(w, u)
            e, stop = d[n] - y, False
        output[n], error[n], posterior[n] = y, e, e
        if every > 0 and (first + n) % every == 0:
            copy(w, history[row])
            row += 1
        if stop:
            return first + n
        if gauge[KNOWN] == 0.0:
            known = first_knowledge(gauge, initial, power, len(w))
            if known == 0.0:
                continue
            for i in range(len(w)):
                R[i, i] = math.sqrt(known)
                z[i] = R[i, i] * w[i]
        kept = foresee(gauge, forgetting, power)
        for i in range(len(w)):
            a[i] = np.conj(u[i])
        _rotate(R, z, a, np.conj(d[n]), math.sqrt(kept), 0)
        _strengthen_root(R, z, w, a, gauge)
        _back_substitute(R, z, w)
        posterior[n] = d[n] - inner(w, u)
    return -1


@part()
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


@part(FAST)
def _turn(row, a, begin, c, s, root):
    """Rotate what is right of the diagonal."""
    t = np.conj(s)
    for j in range(begin, len(a)):
        p = root * row[j]
        row[j] = c * p + t * a[j]
        a[j] = c * a[j] - s * p


@part()
def _strengthen_root(R, z, w, a, gauge):
    """Where nearly nothing is known, know that the weights are what they are."""
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


@part()
def _back_substitute(R, z, w):
    """w <- R^-1 z."""
    for i in range(len(w) - 1, -1, -1):
        w[i] = (z[i] - _right_of(R[i], w, i + 1)) / R[i, i]


@part(FAST)
def _right_of(row, w, begin):
    total = w[0] * 0.0
    for j in range(begin, len(w)):
        total += row[j] * w[j]
    return total
