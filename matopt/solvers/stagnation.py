"""Has a run reached the rounding of its objective?"""

import math

import numpy as np

from matopt.objectives import Iterate

_VISIBLE = 10.0 * float(np.finfo(float).eps)


class Stagnation:
    """True after ``patience`` iterates in a row without progress.

    Progress is a value below the best by more than rounding, or a gradient norm below
    0.9 of the smallest so far: where values are all rounding, gradients still tell.
    """

    def __init__(self, patience: int) -> None:
        """Start from nothing."""
        self._patience = patience
        self._value = math.inf
        self._norm = math.inf
        self._idle = 0

    def __call__(self, e: Iterate) -> bool:
        """Take the next iterate."""
        value, norm = e.value, e.gradient_norm
        self._idle += 1
        if value < self._value - _VISIBLE * max(1.0, abs(value)):
            self._value, self._idle = value, 0
        if norm < 0.9 * self._norm:
            self._norm, self._idle = norm, 0
        return self._idle >= self._patience
