"""Compiled: affine projections onto the last regressors."""

import numpy as np

from matopt.filters.kernels.proportion import has_risen, out_of_proportion
from matopt.filters.kernels.rules import PEAK
from matopt.filters.kernels.samples import add, dot
from matopt.filters.kernels.triangles import gather
from matopt.linalg.compiled import kernel, part
from matopt.linalg.copies import copy


@kernel()
def project(
    w, start, gauge, diverged, x, d, hop, stride, channels, length, zero, first, order,
    step, regularization, output, error, posterior, history, every,
):  # fmt: skip
    """Adapt every run through a chunk.

    w and the first weights are (runs, taps), x (runs, size) and d (runs, order - 1 +
    n), with ``order`` - 1 samples from before, the signals (runs, n), history (runs,
    rows, taps).
    """
    for run in range(len(w)):
        if diverged[run] < 0:
            diverged[run] = _run(
                w[run], start[run], gauge[run], x[run], d[run], hop, stride, channels,
                length, zero, first, order, step, regularization, output[run],
                error[run], posterior[run], history[run], every,
            )  # fmt: skip


@part()
def _run(
    w, start, gauge, x, d, hop, stride, channels, length, zero, first, order, step,
    regularization, output, error, posterior, history, every,
):  # fmt: skip
    """Return the sample, counted from the start, at which the run diverged, or -1."""
    row, e = 0, np.empty(order, w.dtype)
    gram, u = np.zeros((order, order), w.dtype), np.empty_like(w)
    factor = np.empty_like(gram)
    for j in range(order - 1):  # as the sample before the chunk left them
        gather(u, x, zero - (1 + j) * hop, stride, channels, length)
        for i in range(j, order - 1):
            before = zero - (1 + i) * hop
            # G_ij = u_{n-i}^H u_{n-j}
            gram[j, i] = dot(u, x, before, stride, channels, length)
            gram[i, j] = np.conj(gram[j, i])
    for n in range(len(output)):
        at = zero + n * hop
        for i in range(order - 1, 0, -1):
            for j in range(order - 1, 0, -1):
                gram[i, j] = gram[i - 1, j - 1]
        gather(u, x, at, stride, channels, length)
        _errors(e, w, x, d, n, at, hop, stride, channels, length)
        for i in range(order):
            gram[0, i] = dot(u, x, at - i * hop, stride, channels, length)
            gram[i, 0] = np.conj(gram[0, i])
        here, power = d[order - 1 + n], gram[0, 0].real
        stop = out_of_proportion(gauge, here, e[0], power)
        if stop and has_risen(gauge, power):
            copy(start, w)
            gauge[PEAK], stop = 0.0, False
            _errors(e, w, x, d, n, at, hop, stride, channels, length)
        output[n], error[n] = here - e[0], e[0]
        if every > 0 and (first + n) % every == 0:
            copy(w, history[row])
            row += 1
        if stop:
            return first + n
        gauge[PEAK] = max(gauge[PEAK], power)
        _solve(factor, gram, regularization * gauge[PEAK], e)
        for i in range(order):
            add(w, 1.0, step * e[i], x, at - i * hop, stride, channels, length)
        posterior[n] = here - dot(w, x, at, stride, channels, length)
    return -1


@part()
def _errors(e, w, x, d, n, at, hop, stride, channels, length):
    """d - w^H u of the last regressors."""
    for i in range(len(e)):
        y = dot(w, x, at - i * hop, stride, channels, length)
        e[i] = d[len(e) - 1 + n - i] - y


@part()
def _solve(C, gram, a, e):
    """e <- (G + a I)^-1 conj(e) by Cholesky; what no regressor excites stays zero."""
    order = len(e)
    least = 1e-14 * a
    for i in range(order):
        least = max(least, 1e-14 * gram[i, i].real)
    for j in range(order):
        pivot = gram[j, j].real + a
        for k in range(j):
            pivot -= C[j, k].real * C[j, k].real + C[j, k].imag * C[j, k].imag
        size = np.sqrt(pivot) if pivot > least else 0.0
        C[j, j] = size
        for i in range(j + 1, order):
            total = gram[i, j]
            for k in range(j):
                total -= C[i, k] * np.conj(C[j, k])
            C[i, j] = total / size if size > 0.0 else 0.0 * total
    for i in range(order):
        total = np.conj(e[i])
        for k in range(i):
            total -= C[i, k] * e[k]
        e[i] = total / C[i, i] if C[i, i].real > 0.0 else 0.0 * total
    for i in range(order - 1, -1, -1):
        total = e[i]
        for k in range(i + 1, order):
            total -= np.conj(C[k, i]) * e[k]
        e[i] = total / C[i, i] if C[i, i].real > 0.0 else 0.0 * total
