"""The update rule of a gradient filter, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class ErrorFunction(IntEnum):
    """g in the update w += step u conj(g(e)); the codes are those of the kernel."""

    LINEAR = 0  # e
    SIGN = 1  # sgn(Re e) + i sgn(Im e)
    CUBIC = 2  # e (mix + (1 - mix) |e|^2)


@dataclass(frozen=True)
class Rule:
    """w <- (1 - step leakage) w + m conj(g(e)) u, with m = step.

    ``normalized``: m = step / (|u|^2 + regularization max |u|^2), the largest so far.
    """

    step: float
    error: ErrorFunction = ErrorFunction.LINEAR
    mix: float = 0.0
    leakage: float = 0.0
    normalized: bool = False
    regularization: float = 0.0

    @property
    def kinds(self) -> NDArray[np.int64]:
        """What the kernel branches on."""
        return np.array([self.error, self.normalized], dtype=np.int64)

    @property
    def numbers(self) -> NDArray[np.float64]:
        """What the kernel computes with."""
        keep = 1.0 - self.step * self.leakage
        return np.array([keep, self.step, self.regularization, self.mix])
