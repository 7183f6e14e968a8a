"""Four bounds on the step of LMS, and which of them protect the data at hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from matopt.filters.processes import hermitian_toeplitz
from matopt.filters.signal_moments import SignalMoments
from matopt.filters.theory_lms import mean_square_limit
from matopt.linalg import Array, as_array, gram

_MEANING = {
    "mean": "2 / lambda_max: below it the mean of the weights converges",
    "mean_square": "below it E |e|^2 is bounded, for independent Gaussian regressors",
    "contraction": "2 / max |u|^2: below it no step lengthens the weight error",
    "robust": "1 / max |u|^2: below it the H-infinity bound holds for any noise",
}


@dataclass(frozen=True)
class StepBounds:
    """Upper bounds on the step mu of w += mu u e*, from the loosest idea to the safest.

    ``contraction`` and ``robust`` are about every single u_n, and hold whatever the
    statistics; without data they are None. ``mean`` and ``mean_square`` are about
    averages over independent regressors. Those of a delay line are not: a burst of
    large |u|^2 multiplies the error many times over. They are ``safe`` only where they
    are below ``contraction``. Feuer & Weinstein (1985); Hassibi, Sayed & Kailath
    (1996).
    """

    mean: float
    mean_square: float
    contraction: float | None = None
    robust: float | None = None

    @property
    def safe(self) -> tuple[str, ...]:
        """The names of the bounds below which the weight error never grows."""
        limit = self.contraction
        if limit is None:
            return ()
        return tuple(n for n, bound in self._named() if bound <= limit)

    def __str__(self) -> str:
        lines = []
        for name, bound in self._named():
            word = "safe" if name in self.safe else "not safe"
            word = "for averages" if self.contraction is None else word
            lines.append(f"{name:<12} {bound:<10.4g} {word:<12} {_MEANING[name]}")
        return "\n".join(lines)

    def _named(self) -> list[tuple[str, float]]:
        named = ((name, getattr(self, name)) for name in _MEANING)
        return [(name, bound) for name, bound in named if bound is not None]


def step_bounds(
    x: ArrayLike | SignalMoments, length: int | None = None, *, regressors: bool = False
) -> StepBounds:
    """Bound the step for a series x (..., time) through a delay line of ``length``.

    Or for ``regressors`` (..., time, length), or for moments, which say nothing of
    single samples. Zero signals are bounded by infinity.

    >>> import numpy as np
    >>> from matopt import filters
    >>> x = np.random.default_rng(0).standard_normal(5000)
    >>> bounds = filters.step_bounds(x, 8)
    >>> bounds.safe
    ('contraction', 'robust')
    >>> bounds.robust < 1 / 8 < bounds.mean_square < bounds.mean
    True
    """
    if isinstance(x, SignalMoments):
        return _averages(x.eigenvalues, x.is_complex)
    samples = as_array(x, "x")
    if samples.size == 0 or samples.ndim == 0:
        raise ValueError(f"x must hold samples, got shape {samples.shape}")
    if regressors:
        rows = samples.reshape(-1, samples.shape[-1])
        R = gram(rows.T) / len(rows)
        power = np.sum(np.abs(rows) ** 2, axis=1)
    else:
        if length is None or length < 1:
            raise ValueError(
                f"length must be the number of taps, at least 1, got {length}"
            )
        series = samples.reshape(-1, samples.shape[-1])
        R = _autocorrelation(series, length)
        power = _window_sums(np.abs(series) ** 2, length)
    averages = _averages(np.linalg.eigvalsh(R), np.iscomplexobj(samples))
    peak = float(power.max())
    most = 2.0 / peak if peak else np.inf
    return StepBounds(averages.mean, averages.mean_square, most, most / 2.0)


def _averages(eigenvalues: Array, is_complex: bool) -> StepBounds:
    largest = float(eigenvalues.max())
    mean = 2.0 / largest if largest > 0.0 else np.inf
    return StepBounds(mean, mean_square_limit(eigenvalues, is_complex))


def _autocorrelation(series: Array, length: int) -> Array:
    """The Toeplitz estimate of R, which is positive semidefinite."""
    n = series.shape[1]
    size = scipy.fft.next_fast_len(n + length)
    spectrum = np.sum(np.abs(scipy.fft.fft(series, size)) ** 2, axis=0)
    r = scipy.fft.ifft(spectrum)[:length] / series.size
    return hermitian_toeplitz(r if np.iscomplexobj(series) else r.real)


def _window_sums(power: Array, length: int) -> Array:
    """Sums of ``length`` entries up to each, zero before the start.

    Each is the end of one block and the beginning of the next: no differences, which
    would lose everything after a loud burst.
    """
    runs, n = power.shape
    blocks = -(-n // length) + 1
    whole = np.zeros((runs, blocks * length))
    whole[:, length : length + n] = power  # a block of silence in front
    cut = whole.reshape(runs, blocks, length)
    heads = np.cumsum(cut, axis=2).reshape(runs, -1)
    tails = np.cumsum(cut[:, :, ::-1], axis=2)[:, :, ::-1].reshape(runs, -1)
    at = np.arange(length, length + n)
    begin = at - length + 1
    sums: Array = heads[:, at]
    split = begin % length != 0  # the window reaches into the block before
    sums[:, split] += tails[:, begin[split]]
    return sums
