"""What a run remembers of its signals, to tell divergence and silence by."""

from __future__ import annotations

import numpy as np

from matopt.linalg import Array

SILENT = 1e-300  # a power up to this is none: what is divided by it may overflow


def fresh_gauge(weights: Array, columns: int = 4) -> Array:
    """Return (runs, columns): largest |d|^2, |w_0|^2, first |u|^2, and more.

    An error is out of proportion beyond the largest |d|^2, or |w_0|^2 |u|^2. It starts
    above zero, for the square of a sample may be zero and that of its error not.
    """
    gauge = np.zeros((len(weights), columns))
    gauge[:, 0] = SILENT
    w = weights.reshape(len(weights), -1)
    gauge[:, 1] = np.sum(np.abs(w).astype(float) ** 2, axis=1)
    return gauge
