"""Compiled: a normalized step in every band of frequencies, after each few samples."""

import numpy as np

from matopt.filters.gauge import SILENT
from matopt.filters.kernels.proportion import (
    QUIET,
    REACH,
    has_risen,
    out_of_proportion,
)
from matopt.filters.kernels.rules import PEAK
from matopt.filters.kernels.samples import add, dot, norm
from matopt.linalg.compiled import kernel, part
from matopt.linalg.copies import copy

_SEGMENT = 1024  # samples that are sent through the bank at a time


@kernel()
def adapt_in_subbands(
    w, start, gauge, diverged, x, d, hop, stride, channels, length, zero, first,
    prototype, modulation, step, regularization, output, error, posterior, history,
    every,
):  # fmt: skip
    """Adapt every run through a chunk.

    w and the first weights are (runs, taps), x (runs, size) and d (runs, past + n), the
    signals (runs, n), history (runs, rows, taps). ``prototype`` and ``modulation`` are
    the bank. Blocks of as many samples as there are bands are counted from the start.
    """
    past = d.shape[1] - output.shape[1]
    for run in range(len(w)):
        if diverged[run] < 0:
            diverged[run] = _run(
                w[run], start[run], gauge[run], x[run], d[run], past, stride, channels,
                length, zero, first, prototype, modulation, step, regularization,
                output[run], error[run], posterior[run], history[run], every,
            )  # fmt: skip


@part()
def _run(
    w, start, gauge, x, d, past, stride, channels, length, zero, first, prototype,
    modulation, step, regularization, output, error, posterior, history, every,
):  # fmt: skip
    """Return the sample, counted from the start, at which the run diverged, or -1."""
    row, count, bands, before = 0, len(output), len(modulation), length - 1
    width = before + _SEGMENT
    # x of each band; the first columns are the past of the first regressor
    u = np.zeros((bands, channels * width), w.dtype)
    folded, wanted = np.empty(width, w.dtype), np.empty(bands, w.dtype)
    for begin in range(0, count, _SEGMENT):
        filled = min(_SEGMENT, count - begin)
        known = before if begin > 0 else 0
        for channel in range(channels):
            at = channel * width
            _shift(u, at, known)
            new = zero + channel * stride + begin + known
            many = filled + before - known
            _analyse(x, new, many, prototype, modulation, folded, u, at + known)
        for m in range(filled):
            n = begin + m
            at, here = zero + n, d[past + n]
            output[n] = dot(w, x, at, stride, channels, length)
            e, power = here - output[n], 0.0
            if gauge[REACH] > 0.0 or gauge[QUIET] == 0.0:
                power = norm(x, at, stride, channels, length)
            stop = out_of_proportion(gauge, here, e, power)
            if stop and has_risen(gauge, norm(x, at, stride, channels, length)):
                copy(start, w)
                gauge[PEAK], stop = 0.0, False
                output[n] = dot(w, x, at, stride, channels, length)
                e = here - output[n]
            error[n] = posterior[n] = e
            if every > 0 and (first + n) % every == 0:
                copy(w, history[row])
                row += 1
            if stop:
                return first + n
            if (first + n + 1) % bands == 0:
                _analyse_one(d, past + n, prototype, modulation, wanted)
                _step(w, gauge, u, wanted, m, width, channels, length, step,
                      regularization)  # fmt: skip
                posterior[n] = here - dot(w, x, at, stride, channels, length)
    return -1


@part()
def _shift(u, at, known):
    """Move the last ``known`` columns of a channel to its beginning."""
    for i in range(len(u)):
        for j in range(at, at + known):
            u[i, j] = u[i, j + _SEGMENT]


@part()
def _analyse(x, begin, count, prototype, modulation, folded, bands, at):
    """Send ``count`` samples through the bank, into bands[:, at:].

    Samples that meet the same place of the modulation are added first. No fast
    mathematics, so that where a signal is cut does not change the last bit.
    """
    period = modulation.shape[1]
    row = folded[:count]
    bands[:, at : at + count] = 0.0
    for r in range(period):
        row[:] = 0.0
        sign = 1.0
        for m in range(r, len(prototype), period):
            tap = sign * prototype[m]
            late = x[begin - m : begin - m + count]
            for n in range(count):
                row[n] += tap * late[n]
            sign = -sign
        for i in range(len(bands)):
            turn, band = modulation[i, r], bands[i, at : at + count]
            for n in range(count):
                band[n] += turn * row[n]


@part()
def _analyse_one(d, at, prototype, modulation, out):
    """What the bank makes of the sample at ``at``."""
    period = modulation.shape[1]
    out[:] = 0.0
    for r in range(period):
        folded = d[at] * 0.0
        sign = 1.0
        for m in range(r, len(prototype), period):
            folded += sign * prototype[m] * d[at - m]
            sign = -sign
        for i in range(len(out)):
            out[i] += modulation[i, r] * folded


@part()
def _step(
    w, gauge, u, wanted, at, width, channels, length, step, regularization
):  # fmt: skip
    """w += step u_i conj(e_i) / (|u_i|^2 + a) in all bands, from the same weights."""
    bands = len(u)
    e, power = np.empty(bands, w.dtype), np.empty(bands)
    for i in range(bands):
        e[i] = wanted[i] - dot(w, u[i], at, width, channels, length)
        power[i] = norm(u[i], at, width, channels, length)
        gauge[PEAK] = max(gauge[PEAK], power[i])
    for i in range(bands):
        scale = power[i] + regularization * gauge[PEAK]
        if scale > SILENT:
            c = step / scale * np.conj(e[i])
            add(w, 1.0, c, u[i], at, width, channels, length)
