"""Where compiled loops find the regressors in a flat array of samples."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from matopt.filters.signals import Layout, Signals
from matopt.linalg import Array


class Place(NamedTuple):
    """u_n begins ``zero + n hop`` samples into a run, a part for each channel.

    Series are held with the oldest sample first, so the weights of series are turned
    round on the way in and out.
    """

    hop: int
    stride: int  # between the parts
    channels: int
    length: int  # of a part
    zero: int


def place_of(signals: Signals, taps: tuple[int, ...]) -> Place:
    """Return where the regressors of a chunk are."""
    x, size = signals.x, int(np.prod(taps))
    if signals.layout.regressors:
        return Place(size, x[0].size, 1, size, signals.memory * size)
    length = taps[-1]
    return Place(1, x.shape[2], x.shape[1], length, signals.memory - length + 1)


def inwards(w: Array, layout: Layout) -> Array:
    """(runs, *taps) as a new (runs, size), in series with the oldest sample first."""
    w = w if layout.regressors else w[..., ::-1]
    return np.array(w.reshape(len(w), int(np.prod(w.shape[1:]))), order="C")


def outwards(w: Array, layout: Layout, taps: tuple[int, ...]) -> Array:
    """(..., size) as (..., *taps), the inverse."""
    w = w.reshape(*w.shape[:-1], *taps)
    return w if layout.regressors else w[..., ::-1]


def in_double(array: Array) -> Array:
    """The array in double precision, itself if it is."""
    return array.astype(complex if np.iscomplexobj(array) else float, copy=False)
