"""Compiled: gradient steps one at a time, for rules with more than a scalar part.

The direction z may differ from the regressor u, the weights may be attracted to zero
or held to constraints, the output may go through a path, and the step may follow its
own gradient. Real and complex alike.
"""

import numpy as np
from numba import float64

from matopt.filters.gauge import SILENT
from matopt.filters.kernels.proportion import has_risen, out_of_proportion
from matopt.filters.kernels.rules import (
    ERROR,
    MIX,
    NORMALIZED,
    PEAK,
    REGULARIZATION,
    STEP,
    respond,
)
from matopt.linalg.compiled import FAST, kernel, part
from matopt.linalg.copies import copy

# numbers beyond those of the blocks
_ATTRACTION, _REWEIGHTING, _GROWTH, _RETAINED, _LOW, _HIGH = 4, 5, 6, 7, 8, 9
_ADAPTATION = 2  # kinds: what follows its own gradient
_EXACTLY, _REGULARIZATION = 2, 3  # the codes of Adaptation
_NOW, _EPSILON, _LAST_POWER = 0, 1, 2  # what an adapted rule follows


@kernel()
def adapt_by_samples(
    w, start, psi, tail, follow, gauge, diverged, x, z, d, hop, stride, channels,
    length, zero, first, kinds, numbers, units, path, pull, constraint, target, output,
    error, posterior, history, every,
):  # fmt: skip
    """Adapt every run through a chunk.

    w, the first ones and the derivative psi are (runs, taps), x and z (runs, size), d
    and the signals (runs, n), history (runs, rows, taps); ``zero`` is where u_0 begins
    in x. tail holds the last outputs, ``path`` what they go through. ``pull`` (k, taps)
    takes C^H w - f back to zero, ``constraint`` is C^T.
    """
    for run in range(len(w)):
        if diverged[run] < 0:
            diverged[run] = _run(
                w[run], start[run], psi[run], tail[run], follow[run], gauge[run],
                x[run], z[run], d[run], hop, stride, channels, length, zero, first,
                kinds, numbers, units, path, pull, constraint, target, output[run],
                error[run], posterior[run], history[run], every,
            )  # fmt: skip


@part()
def _run(
    w, start, psi, tail, follow, gauge, x, z, d, hop, stride, channels, length, zero,
    first, kinds, numbers, units, path, pull, constraint, target, output, error,
    posterior, history, every,
):  # fmt: skip
    """Return the sample, counted from the start, at which the run diverged, or -1."""
    row, adaptation = 0, kinds[_ADAPTATION]
    residual = np.zeros_like(target)
    for n in range(len(d)):
        at = zero + n * hop
        y = dot(w, x, at, stride, channels, length)
        e = d[n] - path[0] * y - _through(path, tail, y)
        power = norm(x, at, stride, channels, length)
        stop = out_of_proportion(gauge, d[n], e, power)
        if stop and kinds[NORMALIZED] and has_risen(gauge, power):
            copy(start, w)
            psi[:] = tail[:] = gauge[PEAK] = 0.0
            y = dot(w, x, at, stride, channels, length)
            e, stop = d[n] - path[0] * y - _through(path, tail, y), False
        output[n], error[n] = y, e
        if every > 0 and (first + n) % every == 0:
            copy(w, history[row])
            row += 1
        if stop:
            return first + n
        gauge[PEAK] = max(gauge[PEAK], power)
        s = y * 0.0
        if adaptation > 0:
            s = dot(psi, x, at, stride, channels, length)
            slope = e.real * s.real + e.imag * s.imag  # of -|e|^2 / 2 by the step
            _follow(follow, adaptation, numbers, slope, power)
        c = _coefficient(kinds, numbers, follow, gauge, units, e, power)
        if numbers[0] != 1.0 or numbers[_ATTRACTION] > 0.0:
            _attract(w, numbers[0], numbers[_ATTRACTION], numbers[_REWEIGHTING])
        add(w, 1.0, c, z, at, stride, channels, length)
        if len(target) > 0:
            _constrain(w, pull, constraint, target, residual)
        posterior[n] = e - path[0] * (dot(w, x, at, stride, channels, length) - y)
        if adaptation > 0:
            b = np.conj(e)
            if adaptation == _EXACTLY:
                b -= follow[_NOW] * np.conj(s)
            add(psi, numbers[_RETAINED], b, x, at, stride, channels, length)
    return -1


@part(FAST)
def dot(w, x, at, stride, channels, length):
    """w^H u, in the precision of w."""
    y = w.dtype.type(0.0)
    for channel in range(channels):
        u = x[at + channel * stride : at + channel * stride + length]
        v = w[channel * length : (channel + 1) * length]
        for j in range(length):
            y += np.conj(v[j]) * u[j]
    return y


@part(FAST)
def norm(x, at, stride, channels, length):
    """|u|^2 in double precision."""
    total = 0.0
    for channel in range(channels):
        u = x[at + channel * stride : at + channel * stride + length]
        for j in range(length):
            total += float64(u[j].real) ** 2 + float64(u[j].imag) ** 2
    return total


@part(FAST)
def add(w, keep, c, z, at, stride, channels, length):
    """w <- keep w + c z."""
    a, b = abs(w.dtype.type(keep)), w.dtype.type(c)
    for channel in range(channels):
        u = z[at + channel * stride : at + channel * stride + length]
        v = w[channel * length : (channel + 1) * length]
        for j in range(length):
            v[j] = a * v[j] + b * u[j]


@part()
def _through(path, tail, y):
    """What earlier outputs still bring through the path; y joins them."""
    brought = y * 0.0
    for k in range(len(tail)):
        brought += path[k + 1] * tail[k]
    for k in range(len(tail) - 1, 0, -1):
        tail[k] = tail[k - 1]
    if len(tail) > 0:
        tail[0] = y
    return brought


@part()
def _follow(follow, adaptation, numbers, slope, power):
    """Let the step or the regularization take its own gradient step."""
    if adaptation == _REGULARIZATION:
        scale = follow[_LAST_POWER] + follow[_EPSILON]
        if scale > SILENT:
            change = numbers[_GROWTH] * numbers[1] * slope / scale / scale
            follow[_EPSILON] = min(
                max(follow[_EPSILON] - change, numbers[_LOW]), numbers[_HIGH]
            )
        follow[_LAST_POWER] = power
    else:
        step = follow[_NOW] + numbers[_GROWTH] * slope
        follow[_NOW] = min(max(step, numbers[_LOW]), numbers[_HIGH])


@part()
def _coefficient(kinds, numbers, follow, gauge, units, e, power):
    """c of the update w += c z; units are 1 and i, or 1 and 0 where all is real."""
    adaptation = kinds[_ADAPTATION]
    if adaptation == 0:
        re, im = respond(
            kinds[ERROR], kinds[NORMALIZED], numbers[STEP], numbers[REGULARIZATION],
            numbers[MIX], e.real, e.imag, power, gauge[PEAK],
        )  # fmt: skip
        return re * units[0] + im * units[1]
    scale = follow[_NOW]
    if adaptation == _REGULARIZATION:
        below = power + follow[_EPSILON]
        scale = numbers[1] / below if below > SILENT else 0.0
    return scale * e.real * units[0] - scale * e.imag * units[1]


@part()
def _attract(w, keep, attraction, reweighting):
    """w <- keep w - attraction sgn(w) / (1 + reweighting |w|)."""
    for j in range(len(w)):
        size = abs(w[j])
        if size > 0.0:
            pull = attraction / (1.0 + reweighting * size)
            w[j] = keep * w[j] - pull * (w[j] / size)  # pull / size may overflow


@part()
def _constrain(w, pull, constraint, target, residual):
    """w <- w - C (C^H C)^-1 (C^H w - f), the nearest with C^H w = f."""
    for k in range(len(target)):
        r = -target[k]
        for j in range(len(w)):
            r += np.conj(constraint[k, j]) * w[j]
        residual[k] = r
    for k in range(len(target)):
        for j in range(len(w)):
            w[j] -= pull[k, j] * residual[k]
