"""Complex arrays as pairs of real ones, which compiled loops vectorize better.

Series are held with the oldest sample first, so the weights of series are turned round
on the way in and out.
"""

from __future__ import annotations

import numpy as np

from matopt.filters.signals import Layout, Signals
from matopt.linalg import Array


def of_signals(signals: Signals, margin: int = 0) -> Array:
    """x as (runs, planes, size), each channel or series of rows before ``margin``."""
    x = signals.x[:, None] if signals.layout.regressors else signals.x
    runs, channels, time = x.shape[:3]
    parts = (x.real, x.imag) if signals.layout.is_complex else (x,)
    shape = (runs, len(parts), channels, time + margin, *x.shape[3:])
    planes = np.zeros(shape, signals.layout.real)
    for k, part in enumerate(parts):
        planes[:, k, :, :time] = part
    return planes.reshape(runs, len(parts), -1)


def of_weights(weights: Array, layout: Layout) -> Array:
    """(runs, *taps) as (runs, planes, taps)."""
    w = weights if layout.regressors else weights[..., ::-1]
    w = w.reshape(len(w), -1)
    parts = (w.real, w.imag) if layout.is_complex else (w,)
    return np.stack(parts, axis=1)


def to_weights(planes: Array, layout: Layout, taps: tuple[int, ...]) -> Array:
    """(..., planes, taps) as (..., *taps), the inverse of ``of_weights``."""
    w = planes[..., 0, :]
    if layout.is_complex:
        w = w + np.array(1j, layout.dtype) * planes[..., 1, :]
    w = w.reshape(*w.shape[:-1], *taps)
    return w if layout.regressors else w[..., ::-1]


def as_pairs(array: Array) -> Array:
    """(runs, n) of numbers as a view (runs, n, planes) of reals."""
    parts = 2 if np.iscomplexobj(array) else 1
    return array.view(array.real.dtype).reshape(*array.shape, parts)
