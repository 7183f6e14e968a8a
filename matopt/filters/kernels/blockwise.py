"""Compiled: one gradient step after every block of samples."""

from matopt.filters.kernels.proportion import LEVEL, LIMIT, REACH
from matopt.filters.kernels.samples import add, dot, norm
from matopt.linalg.compiled import kernel, part
from matopt.linalg.copies import copy


@kernel()
def adapt_after_blocks(
    w, gradient, gauge, diverged, x, d, hop, stride, channels, length, zero, first,
    block, step, output, error, posterior, history, every,
):  # fmt: skip
    """Adapt every run through a chunk.

    w and gradient are (runs, taps), x is (runs, size), d and the signals (runs, n),
    history is (runs, rows, taps). Blocks are counted from the start.
    """
    for run in range(len(w)):
        if diverged[run] < 0:
            diverged[run] = _run(
                w[run], gradient[run], gauge[run], x[run], d[run], hop, stride,
                channels, length, zero, first, block, step, output[run], error[run],
                posterior[run], history[run], every,
            )  # fmt: skip


@part()
def _run(
    w, gradient, gauge, x, d, hop, stride, channels, length, zero, first, block, step,
    output, error, posterior, history, every,
):  # fmt: skip
    """Return the sample, counted from the start, at which the run diverged, or -1."""
    row = 0
    for n in range(len(output)):
        at = zero + n * hop
        if every > 0 and (first + n) % every == 0:
            copy(w, history[row])
            row += 1
        output[n] = dot(w, x, at, stride, channels, length)
        e = d[n] - output[n]
        error[n] = posterior[n] = e
        level = d[n].real * d[n].real + d[n].imag * d[n].imag
        power = norm(x, at, stride, channels, length)
        gauge[LEVEL] = max(gauge[LEVEL], level, gauge[REACH] * power)
        if not e.real * e.real + e.imag * e.imag <= LIMIT * gauge[LEVEL]:
            return first + n
        add(gradient, 1.0, step * e.conjugate(), x, at, stride, channels, length)
        if (first + n + 1) % block == 0:
            w += gradient
            gradient[:] = 0.0
            posterior[n] = d[n] - dot(w, x, at, stride, channels, length)
    return -1
