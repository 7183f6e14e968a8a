"""Compiled: frequency-domain filters, block by block.

Signals are (planes, n): real ones have one plane, complex ones the real part and the
imaginary part negated. Spectra are (..., 2, bins), real and imaginary part. V has a
part for each partition, the oldest first, and each channel in it. See ``Spectra``.
"""

import numpy as np

from matopt.filters.gauge import SILENT
from matopt.filters.kernels.fourier import forward, give, inverse, take
from matopt.filters.kernels.proportion import LEVEL, LIMIT, REACH, has_risen, hear
from matopt.filters.kernels.rules import PEAK
from matopt.linalg.compiled import FAST, kernel, part
from matopt.linalg.copies import copy

NEVER, ALWAYS, IN_TURN = 0, 1, 2  # when a partition is constrained


@kernel()
def transform(x, begin, hop, X, twist, turns):
    """The spectra X (frames, channels, 2, bins) of frames of x (channels, planes, n).

    They begin ``hop`` samples after each other.
    """
    bins = X.shape[3]
    planes = x.shape[1]
    for frame in range(len(X)):
        at = begin + frame * hop
        for channel in range(len(x)):
            first = x[channel, 0, at : at + bins]
            apart = bins if planes == 1 else 0
            second = x[channel, planes - 1, at + apart : at + apart + bins]
            re, im = X[frame, channel, 0], X[frame, channel, 1]
            take(first, second, re, im, twist)
            forward(re, im, turns)


@kernel(FAST)
def measure(X, partitions, now, energy):
    """The power of the bins of each block, over channels and partitions.

    X is (partitions - 1 + blocks, channels, 2, bins), now (blocks, bins); energy
    (blocks,) is an upper bound of |u|^2. Sums are never differences, which would round
    after a loud burst.
    """
    bins = X.shape[3]
    now[:] = 0.0
    for k in range(len(now)):
        row = now[k]
        for p in range(k, k + partitions):
            for channel in range(X.shape[1]):
                re, im = X[p, channel, 0], X[p, channel, 1]
                for b in range(bins):
                    row[b] += re[b] * re[b] + im[b] * im[b]
        energy[k] = row.sum() / bins


@kernel()
def adapt_by_spectra(
    V, first, X, powers, energy, mean, errors, gauge, d, output, error, posterior,
    start, block, partition, length, normalized, step, smoothing, regularization, leak,
    window, constraint, turn, last, twist, turns,
):  # fmt: skip
    """Adapt one run; return where in the chunk it diverged, or -1.

    V and the first of all are (partitions, channels, 2, bins), X (partitions - 1 +
    blocks, channels, 2, bins), powers (blocks, bins), their mean (bins,), errors
    (planes, block); the signals are (planes, n). The first block begins ``start``
    samples into the chunk (before it, if negative); a block that the chunk breaks off
    is only filtered. ``window`` and ``leak`` are those of the taps, ``turn`` is the
    partition to constrain first.
    """
    partitions, bins, planes = len(V), V.shape[3], len(d)
    frame = bins * (3 - planes)
    samples, z = np.empty((2, bins)), np.empty((2, bins))
    flat = samples.reshape(-1)
    steps = np.full(bins, step)
    for k in range(len(powers)):
        at = start + k * block
        low, high = max(at, 0), min(at + block, d.shape[1])
        seen = X[k : k + partitions]
        for _ in range(2):
            _respond(V, seen, z)
            inverse(z[0], z[1], turns)
            give(z[0], z[1], twist, samples[0], samples[1])
            for plane in range(planes):
                behind = plane * bins + frame - block - at
                for n in range(low, high):
                    y = flat[behind + n]
                    output[plane, n] = y
                    errors[plane, n - at] = d[plane, n] - y
                    error[plane, n] = posterior[plane, n] = d[plane, n] - y
            stop = _over(d, error, gauge, energy[k], low, high)
            if stop < 0:
                break
            if not (normalized and has_risen(gauge, energy[k])):
                return stop
            copy(first.reshape(-1), V.reshape(-1))
        if at + block > d.shape[1]:
            return -1
        hear(gauge, energy[k])
        if normalized:
            _average(powers[k], mean, smoothing, steps, z[1])
            if constraint != NEVER:
                _window(steps, z[1], samples, window, twist, turns)
            if constraint == IN_TURN:  # and now and then the taps of the whole frame
                np.maximum(steps, np.maximum(powers[k], mean), steps)
            _normalize(steps, gauge, step, regularization, leak)
        samples[:] = 0.0
        for plane in range(planes):
            end = plane * bins + frame
            copy(errors[plane], flat[end - block : end])
        take(samples[0], samples[1], z[0], z[1], twist)
        forward(z[0], z[1], turns)
        _step_along(V, seen, z, steps)
        for p in range(partitions):
            if constraint == ALWAYS or (constraint == IN_TURN and p == turn):
                kept = min(partition, length - (partitions - 1 - p) * partition)
                for channel in range(V.shape[1]):
                    v = V[p, channel]
                    _constrain(v[0], v[1], samples, kept, planes, twist, turns)
        turn = (turn + 1) % partitions
        _finish(V, seen, last, d, posterior, high - 1)
    return -1


@part(FAST)
def _respond(V, X, z):
    """The spectrum of the output: the sum of V X over the parts."""
    z[:] = 0.0
    for p in range(len(V)):
        for channel in range(V.shape[1]):
            v, x = V[p, channel], X[p, channel]
            for b in range(z.shape[1]):
                z[0, b] += v[0, b] * x[0, b] - v[1, b] * x[1, b]
                z[1, b] += v[0, b] * x[1, b] + v[1, b] * x[0, b]


@part(FAST)
def _average(now, mean, smoothing, power, zero):
    """Smooth the powers over the blocks, but never below those of the block itself.

    The first block that is not silent begins the mean.
    """
    kept = smoothing if mean.max() > 0.0 else 0.0
    for b in range(len(now)):
        mean[b] += (1.0 - kept) * (now[b] - mean[b])
        power[b] = max(now[b], mean[b])
        zero[b] = 0.0


@part()
def _window(re, im, samples, window, twist, turns):
    """See the powers through the window of the taps."""
    inverse(re, im, turns)
    give(re, im, twist, samples[0], samples[1])
    samples *= window
    take(samples[0], samples[1], re, im, twist)
    forward(re, im, turns)


@part(FAST)
def _normalize(power, gauge, step, regularization, leak):
    """Turn the powers into the steps of the bins."""
    most = power.max()
    gauge[PEAK] = max(gauge[PEAK], most)
    for b in range(len(power)):
        scale = power[b] + leak * most + regularization * gauge[PEAK]
        power[b] = step / scale if scale > SILENT else 0.0


@part(FAST)
def _step_along(V, X, E, steps):
    """V += steps conj(X) E."""
    for b in range(len(steps)):
        E[0, b] *= steps[b]
        E[1, b] *= steps[b]
    for p in range(len(V)):
        for channel in range(V.shape[1]):
            v, x = V[p, channel], X[p, channel]
            for b in range(len(steps)):
                v[0, b] += x[0, b] * E[0, b] + x[1, b] * E[1, b]
                v[1, b] += x[0, b] * E[1, b] - x[1, b] * E[0, b]


@part()
def _constrain(re, im, samples, kept, planes, twist, turns):
    """Set to zero all but the first ``kept`` taps of a part of V."""
    inverse(re, im, turns)
    give(re, im, twist, samples[0], samples[1])
    if planes == 1:
        samples.reshape(-1)[kept:] = 0.0
    else:
        samples[:, kept:] = 0.0
    take(samples[0], samples[1], re, im, twist)
    forward(re, im, turns)


@part(FAST)
def _finish(V, X, last, d, posterior, n):
    """d - y at the last sample of a block, with the weights after it."""
    re = im = 0.0
    for p in range(len(V)):
        for channel in range(V.shape[1]):
            v, x = V[p, channel], X[p, channel]
            for b in range(last.shape[1]):
                zr = v[0, b] * x[0, b] - v[1, b] * x[1, b]
                zi = v[0, b] * x[1, b] + v[1, b] * x[0, b]
                re += zr * last[0, b] - zi * last[1, b]
                im += zr * last[1, b] + zi * last[0, b]
    posterior[0, n] = d[0, n] - re
    if len(d) == 2:
        posterior[1, n] = d[1, n] + im


@part()
def _over(d, e, gauge, energy, low, high):
    """The first sample at which the error has grown without limit, or -1."""
    level = max(gauge[LEVEL], gauge[REACH] * energy)
    for n in range(low, high):
        level = max(level, _size(d, n))
    gauge[LEVEL] = level
    for n in range(low, high):
        if not _size(e, n) <= LIMIT * level:
            return n
    return -1


@part()
def _size(a, n):
    """|a_n|^2 of planes."""
    return a[0, n] * a[0, n] + (a[1, n] * a[1, n] if len(a) == 2 else 0.0)
