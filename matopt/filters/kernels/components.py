"""Compiled: gradient steps with a step for each component of the regressor."""

from numba import float64

from matopt.filters.gauge import SILENT
from matopt.filters.kernels.proportion import has_risen, out_of_proportion
from matopt.filters.kernels.rules import PEAK
from matopt.filters.kernels.samples import dot, norm
from matopt.linalg.compiled import kernel, part
from matopt.linalg.copies import copy


@kernel()
def adapt_components(
    v, start, power, gauge, diverged, rows, d, first, step, smoothing, regularization,
    output, error, posterior, history, every,
):  # fmt: skip
    """Adapt every run through a chunk.

    v, its first values and power are (runs, taps), rows (runs, n, taps), the signals
    (runs, n), history (runs, kept, taps).
    """
    for run in range(len(v)):
        if diverged[run] < 0:
            diverged[run] = _run(
                v[run], start[run], power[run], gauge[run], rows[run], d[run], first,
                step, smoothing, regularization, output[run], error[run],
                posterior[run], history[run], every,
            )  # fmt: skip


@part()
def _run(
    v, start, power, gauge, rows, d, first, step, smoothing, regularization, output,
    error, posterior, history, every,
):  # fmt: skip
    """Return the sample, counted from the start, at which the run diverged, or -1."""
    row, size = 0, len(v)
    for n in range(len(d)):
        z = rows[n]
        output[n] = dot(v, z, 0, 0, 1, size)
        e = d[n] - output[n]
        total = norm(z, 0, 0, 1, size)
        stop = out_of_proportion(gauge, d[n], e, total)
        if stop and has_risen(gauge, total):
            copy(start, v)
            power[:] = gauge[PEAK] = 0.0
            output[n] = dot(v, z, 0, 0, 1, size)
            e, stop = d[n] - output[n], False
        error[n] = e
        if every > 0 and (first + n) % every == 0:
            copy(v, history[row])
            row += 1
        if stop:
            return first + n
        if power.max() == 0.0 and total > SILENT:
            power[:] = total / size
        elif total > max(SILENT, regularization * gauge[PEAK]):
            for k in range(size):
                now = z[k].real * z[k].real + z[k].imag * z[k].imag
                power[k] += (1.0 - smoothing) * (now - power[k])
        gauge[PEAK] = max(gauge[PEAK], power.max())
        least, fit = regularization * gauge[PEAK], 0.0
        for k in range(size):
            now = z[k].real * z[k].real + z[k].imag * z[k].imag
            if power[k] + least > SILENT:
                fit += now / (power[k] + least)
        share = step / max(fit, float64(size))
        for k in range(size):
            if power[k] + least > SILENT:
                v[k] += share / (power[k] + least) * z[k] * e.conjugate()
        posterior[n] = d[n] - dot(v, z, 0, 0, 1, size)
    return -1
