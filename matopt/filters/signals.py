"""What enters a filter: x (series or regressors) and desired d, trials in front."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import ArrayLike

from matopt.linalg import Array, as_array


@dataclass(frozen=True)
class Layout:
    """How the signals of a run are laid out; the first chunk decides it.

    ``trials`` are the leading axes, all equal in d and x. ``channels`` is None where x
    is one series a trial. ``regressors`` says that x holds the rows u_n themselves.
    """

    trials: tuple[int, ...]
    channels: int | None
    regressors: bool
    dtype: np.dtype[np.generic]

    @property
    def runs(self) -> int:
        """The number of trials."""
        return prod(self.trials)

    @property
    def is_complex(self) -> bool:
        """Are the signals complex?"""
        return self.dtype.kind == "c"

    @property
    def real(self) -> np.dtype[np.generic]:
        """The dtype of a real part."""
        return np.zeros(0, self.dtype).real.dtype

    def words(self) -> str:
        """Return the layout in words, for messages."""
        kind = "regressors" if self.regressors else f"{self.channels or 1} channel(s)"
        return f"{self.dtype} {kind} in trials of shape {self.trials}"


@dataclass(frozen=True, eq=False)
class Signals:
    """A chunk of samples behind the ``memory`` samples of x that came before it.

    x is (runs, channels, memory + n) for series and (runs, memory + n, taps) for
    regressors, with ``margin`` zeros after; d is (runs, n); ``first`` counts the
    samples since the start.
    """

    layout: Layout
    x: Array
    d: Array
    memory: int
    first: int

    @property
    def count(self) -> int:
        """The number of new samples."""
        return int(self.d.shape[1])

    def rows(self, part: slice) -> Signals:
        """Return the trials of a slice, as views."""
        return Signals(self.layout, self.x[part], self.d[part], self.memory, self.first)

    def regressor(self, n: int, length: int) -> Array:
        """u at new sample n, for every run: (runs, taps), most recent sample first."""
        at = self.memory + n
        if self.layout.regressors:
            rows: Array = self.x[:, at]
            return rows
        window = self.x[:, :, at - length + 1 : at + 1][:, :, ::-1]
        return window.reshape(len(window), -1)


def signal(value: ArrayLike, name: str) -> Array:
    """Return finite samples in single or double precision, as they came."""
    kept = getattr(value, "dtype", None)
    array = as_array(value, name)
    if array.ndim == 0:
        raise ValueError(f"{name} must have a time axis, got a single number")
    return array.astype(kept) if kept in (np.float32, np.complex64) else array


def check_no_column(shape: tuple[int, ...]) -> None:
    """Raise if a whole signal is a column, which is read as trials of one sample."""
    if len(shape) == 2 and shape[1] == 1 < shape[0]:
        raise ValueError(
            f"d of shape {shape} is {shape[0]} trials of one sample; time is the last "
            "axis. For one series pass x.ravel() and d.ravel(), for trials sample by "
            "sample use start() and process()"
        )


def layout_of(x: Array, d: Array, length: int, regressors: bool | None) -> Layout:
    """Return how x and d are laid out, by their shapes."""
    n = d.shape[-1]
    series = x.shape == d.shape
    channels = x.ndim == d.ndim + 1 and x.shape[:-2] + x.shape[-1:] == d.shape
    rows = x.shape == (*d.shape, length)
    if regressors is not None:
        series, channels = series and not regressors, channels and not regressors
        rows = rows and regressors
    if channels and rows:
        raise ValueError(
            f"x of shape {x.shape} may be {n} channels or {n} regressors of length "
            f"{length}; pass regressors=True or False"
        )
    if not (series or channels or rows):
        raise ValueError(_misfit(x, d, length, regressors))
    return Layout(
        d.shape[:-1],
        x.shape[-2] if channels else None,
        rows,
        np.result_type(x, d),
    )


def _misfit(x: Array, d: Array, length: int, regressors: bool | None) -> str:
    rows = f"{(*d.shape, length)} (a regressor of length {length} a sample)"
    series = (
        f"{d.shape} (a series) or {(*d.shape[:-1], 'channels', d.shape[-1])} "
        "(several channels)"
    )
    wanted = {None: f"{series} or {rows}", True: rows, False: series}[regressors]
    return (
        f"x has shape {x.shape} but d has shape {d.shape}; x must be {wanted}, "
        "with time last in d and trials in front"
    )


def fixed_output(weights: Array, signals: Signals) -> Array:
    """w^H u for weights (runs, *taps) that do not change: (runs, n)."""
    x: Array = signals.x
    taps: Array = weights.reshape(len(weights), -1).conj()
    if signals.layout.regressors:
        rows: Array = np.einsum(
            "rnk,rk->rn", x[:, signals.memory : signals.memory + signals.count], taps
        )
        return rows
    taps = taps.reshape(len(x), x.shape[1], -1)
    oldest = signals.memory + 1 - taps.shape[2]
    x = x[:, :, oldest : signals.memory + signals.count]
    y = np.zeros(signals.d.shape, signals.layout.dtype)
    for run, channel in np.ndindex(x.shape[:2]):
        y[run] += np.convolve(x[run, channel], taps[run, channel], "valid")
    return y
