"""Compiled: gradient steps with a step for each component of the regressor."""

from matopt.filters.gauge import SILENT
from matopt.filters.kernels.rules import LEVEL, LIMIT, PEAK, REACH
from matopt.filters.kernels.samples import dot, norm
from matopt.linalg.compiled import kernel, part
from matopt.linalg.copies import copy


@kernel()
def adapt_components(
    v, power, gauge, diverged, rows, d, first, step, smoothing, regularization, output,
    error, posterior, history, every,
):  # fmt: skip
    """Adapt every run through a chunk.

    v and power are (runs, taps), rows (runs, n, taps), the signals (runs, n), history
    (runs, kept, taps).
    """
    for run in range(len(v)):
        if diverged[run] < 0:
            diverged[run] = _run(
                v[run], power[run], gauge[run], rows[run], d[run], first, step,
                smoothing, regularization, output[run], error[run], posterior[run],
                history[run], every,
            )  # fmt: skip


@part()
def _run(
    v, power, gauge, rows, d, first, step, smoothing, regularization, output, error,
    posterior, history, every,
):  # fmt: skip
    """Return the sample, counted from the start, at which the run diverged, or -1."""
    row, size = 0, len(v)
    for n in range(len(d)):
        z = rows[n]
        if every > 0 and (first + n) % every == 0:
            copy(v, history[row])
            row += 1
        output[n] = dot(v, z, 0, 0, 1, size)
        e = d[n] - output[n]
        error[n] = e
        level = d[n].real * d[n].real + d[n].imag * d[n].imag
        level = max(level, gauge[REACH] * norm(z, 0, 0, 1, size))
        gauge[LEVEL] = max(gauge[LEVEL], level)
        if not e.real * e.real + e.imag * e.imag <= LIMIT * gauge[LEVEL]:
            return first + n
        for k in range(size):
            now = z[k].real * z[k].real + z[k].imag * z[k].imag
            kept = smoothing if power[k] > 0.0 else 0.0
            power[k] += (1.0 - kept) * (now - power[k])
            gauge[PEAK] = max(gauge[PEAK], power[k], now)
        for k in range(size):
            now = z[k].real * z[k].real + z[k].imag * z[k].imag
            scale = max(power[k], now) + regularization * gauge[PEAK]
            if scale > SILENT:
                v[k] += step / scale * z[k] * e.conjugate()
        posterior[n] = d[n] - dot(v, z, 0, 0, 1, size)
    return -1
