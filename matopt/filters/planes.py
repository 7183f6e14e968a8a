"""Complex arrays as pairs of real ones, which compiled loops vectorize better.

Series are held with the oldest sample first, so the weights of series are turned round
on the way in and out.
"""

from __future__ import annotations

import numpy as np

from matopt.filters.signals import Layout, Signals
from matopt.linalg import Array


def of_signals(signals: Signals) -> Array:
    """x as (runs, planes, size); a view where it is real."""
    x = signals.x.reshape(len(signals.x), 1, -1)
    if not signals.layout.is_complex:
        return x
    planes = np.empty((len(x), 2, x.shape[2]), signals.layout.real)
    planes[:, :1], planes[:, 1:] = x.real, x.imag
    return planes


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


def as_reals(array: Array) -> Array:
    """(runs, n) of numbers as a view of the reals that they are made of."""
    return array.view(array.real.dtype)
