"""What a scenario is: signals to adapt to, and their exact second moments."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from matopt.filters.processes import convolve_rows
from matopt.filters.signal_moments import SignalMoments
from matopt.linalg import Array


@dataclass(frozen=True, eq=False)
class Draw:
    """Signals of some runs: x and d to filter, and what is true of them.

    ``x`` is (runs, samples), or (runs, samples, length) where it holds regressors; d is
    (runs, samples). ``truth`` are the weights to be found: (taps,), or (runs, samples,
    taps) where they walk; None where nobody made any. ``noise`` is d less what those
    weights give, where they are as many as a filter needs.
    """

    x: Array
    d: Array
    truth: Array | None = None
    noise: Array | None = None


class Scenario(ABC):
    """An experiment for adaptive filters: draw it, or take its moments for a theory."""

    @abstractmethod
    def draw(self, rng: np.random.Generator, runs: int, samples: int) -> Draw:
        """Return independent runs of ``samples`` each."""

    @abstractmethod
    def moments(self, length: int) -> SignalMoments:
        """The exact second moments, for a filter of so many weights."""

    @property
    def is_series(self) -> bool:
        """Is x a series, to be put through a delay line?"""
        return True

    @property
    def width(self) -> int:
        """About how many numbers a sample takes while it is drawn."""
        return 2

    def optimal_error(self, draw: Draw, length: int) -> Array:
        """d - w_o^H u for the best weights w_o of that length: (runs, samples)."""
        taps = 0 if draw.truth is None else draw.truth.shape[-1]
        if draw.noise is not None and length >= taps:
            return draw.noise
        return error_of(draw, self.moments(length).weights)


def error_of(draw: Draw, weights: Array) -> Array:
    """d - w^H u: (runs, samples)."""
    if draw.x.ndim == 3:
        rest: Array = draw.d - draw.x @ weights.conj()
        return rest
    return draw.d - convolve_rows(draw.x, weights.conj())


def check_positive(value: float, name: str) -> None:
    """Raise unless a power or the like is at least zero and finite."""
    if not 0.0 <= value < np.inf:
        raise ValueError(f"{name} must be at least 0 and finite, got {value:g}")


def padded(weights: Array, length: int) -> Array:
    """Weights with zeros up to a length."""
    return np.concatenate([weights, np.zeros(length - len(weights), weights.dtype)])
