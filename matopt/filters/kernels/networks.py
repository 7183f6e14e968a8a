"""Compiled: gradient steps of neighbours who share what they find."""

import numpy as np

from matopt.filters.kernels.proportion import LEVEL, LIMIT, REACH
from matopt.filters.kernels.samples import add, dot, norm
from matopt.linalg.compiled import kernel, part
from matopt.linalg.copies import copy


@kernel()
def diffuse(
    w, gauge, diverged, x, d, hop, stride, channels, length, zero, first, nodes, step,
    combination, output, error, posterior, history, every,
):  # fmt: skip
    """Adapt every network through a chunk; runs are nodes, ``nodes`` to a network.

    w is (runs, taps), x (runs, size), d and the signals (runs, n), history (runs, rows,
    taps); column k of ``combination`` is what node k takes of each other.
    """
    found = np.empty((nodes, w.shape[1]), w.dtype)
    for begin in range(0, len(w), nodes):
        if diverged[begin] >= 0:
            continue
        row = 0
        for n in range(d.shape[1]):
            at = zero + n * hop
            if every > 0 and (first + n) % every == 0:
                for i in range(begin, begin + nodes):
                    copy(w[i], history[i, row])
                row += 1
            good = True
            for k in range(nodes):
                i = begin + k
                y = dot(w[i], x[i], at, stride, channels, length)
                e = d[i, n] - y
                output[i, n], error[i, n] = y, e
                size = d[i, n].real * d[i, n].real + d[i, n].imag * d[i, n].imag
                power = norm(x[i], at, stride, channels, length)
                level = max(gauge[i, LEVEL], size, gauge[i, REACH] * power)
                gauge[i, LEVEL] = level
                good &= e.real * e.real + e.imag * e.imag <= LIMIT * level
                copy(w[i], found[k])
                c = step * np.conj(e)
                add(found[k], 1.0, c, x[i], at, stride, channels, length)
            if not good:
                diverged[begin : begin + nodes] = first + n
                break
            _combine(w[begin : begin + nodes], found, combination)
            for k in range(nodes):
                i = begin + k
                y = dot(w[i], x[i], at, stride, channels, length)
                posterior[i, n] = d[i, n] - y


@part()
def _combine(w, found, combination):
    """w_k <- sum_l a_lk found_l."""
    for k in range(len(w)):
        w[k] = 0.0
        for m in range(len(w)):
            share = combination[m, k]
            if share != 0.0:
                for j in range(w.shape[1]):
                    w[k, j] += share * found[m, j]
