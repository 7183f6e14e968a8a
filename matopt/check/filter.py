"""Does an adaptive filter do what its interface says?"""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matopt.check.report import EPS, Report
from matopt.linalg import Array
from matopt.spaces import Seed, generator

if TYPE_CHECKING:
    from matopt.filters import AdaptiveFilter, FilterRun

_SAMPLES = 160
_CUTS = (0, 1, 2, 5, 37, 64, _SAMPLES)  # chunks short and long, at odd places


def check_filter(
    f: AdaptiveFilter,
    rng: Seed = None,
    *,
    trials: tuple[int, ...] = (2,),
    dtype: type = float,
    tolerance: float = 1e-10,
) -> Report:
    """Check a filter on noise: what it returns, in chunks, from a file, and frozen.

    Errors must be d less the output, so it is not for FilteredXLMS; outputs the
    response of the weights before each sample, except where chunks must be whole
    blocks, whose end an output may depend on; chunks, threads, and a state from a file
    must give what one run gives; one dtype in must be the same dtype out; held weights
    must only filter.

    >>> import matopt as mo
    >>> report = mo.check.check_filter(mo.filters.NLMS(3), rng=0)
    >>> report.passed
    True
    """
    draw = generator(rng)
    samples = _whole(_SAMPLES, f)
    x, d = (_noise((*trials, samples), dtype, draw) for _ in range(2))
    report = Report(f"check_filter {f!r} on {np.dtype(dtype)} trials {trials}")
    whole = f.run(x, d, history=1)
    report.error("trials that diverged", float(np.sum(whole.diverged >= 0)), 0.0)
    if not whole.success:
        return report.done()
    off = _apart(d - whole.output, whole.error) / (1.0 + _largest(whole.output))
    report.error("error against d - y", off, 1e-12)
    history = np.asarray(whole.history)
    report.error("dtypes that changed", float(_changed(whole, x.dtype)), 0.0)
    expected = (*trials, samples, *whole.weights.shape[len(trials) :])
    report.error("history has a wrong shape", float(history.shape != expected), 0.0)
    if f.whole == 1:
        _check_signals(report, f, x, d, history, whole)
    _check_chunks(report, f, x, d, whole, tolerance)
    threads = f.run(x, d, threads=3)
    report.error("threads", _apart(threads.error, whole.error), tolerance)
    narrow = np.dtype(np.complex64 if np.dtype(dtype).kind == "c" else np.float32)
    single = f.run(x.astype(narrow), d.astype(narrow), history=40)
    report.error("dtypes of single precision", float(_changed(single, narrow)), 0.0)
    return report.done()


def _check_signals(
    report: Report, f: AdaptiveFilter, x: Array, d: Array, w: Array, run: FilterRun
) -> None:
    """The output is the response of the weights before the sample."""
    off = 0.0
    for n in (1, x.shape[-1] // 2, x.shape[-1] - 1):
        held = f.start(w.take(n, axis=x.ndim - 1))
        held.freeze()
        y = held.process(x, d).output
        off = max(off, _apart(y[..., n], run.output[..., n]) / (1.0 + _largest(y)))
    report.error("output against w^H u", off, 1e3 * EPS * x.shape[-1])


def _check_chunks(
    report: Report,
    f: AdaptiveFilter,
    x: Array,
    d: Array,
    whole: FilterRun,
    tolerance: float,
) -> None:
    """Chunk by chunk, through a file, and with the weights held."""
    running, off = f.start(history=1), 0.0
    with tempfile.TemporaryDirectory() as folder:
        cuts = sorted({_whole(cut, f) for cut in _CUTS})
        for begin, end in pairwise(cuts):
            part = running.process(x[..., begin:end], d[..., begin:end])
            for name in ("output", "error", "posterior_error"):
                ours = getattr(whole, name)[..., begin:end]
                off = max(off, _apart(getattr(part, name), ours))
            running = f.load(running.save(Path(folder) / "state"))
    report.error("chunks and files against the whole", off, tolerance)
    off = _apart(running.weights, whole.weights)
    report.error("weights after chunks", off, tolerance)
    ahead = running.predict(x)
    running.freeze()
    held = running.process(x, d)
    report.error(
        "held weights that moved", _apart(held.weights, whole.weights), tolerance
    )
    report.error(
        "prediction against held weights", _apart(ahead, held.output), tolerance
    )
    off = _apart(held.error, held.posterior_error)
    report.error("errors of held weights", off, 0.0)


def _whole(samples: int, f: AdaptiveFilter) -> int:
    """So many, or what makes the last block whole where chunks must be."""
    return -(-samples // f.whole) * f.whole


def _changed(run: FilterRun, dtype: np.dtype[Any]) -> int:
    arrays = (run.output, run.error, run.posterior_error, run.weights, run.history)
    return sum(np.asarray(array).dtype != dtype for array in arrays)


def _noise(shape: tuple[int, ...], dtype: type, draw: np.random.Generator) -> Array:
    z: Array = draw.standard_normal(shape)
    if np.dtype(dtype).kind == "c":
        z = z + 1j * draw.standard_normal(shape)
    return z.astype(dtype)


def _largest(a: Array) -> float:
    return float(np.max(np.abs(a), initial=0.0))


def _apart(a: Array, b: Array) -> float:
    """The largest difference, infinite where the shapes differ or there is a NaN."""
    if a.shape != b.shape:
        return float("inf")
    off = _largest(a - b)
    return off if np.isfinite(off) else float("inf")
