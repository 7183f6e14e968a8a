"""What every theory of a filter predicts: a steady state, and the way there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice, pairwise
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from matopt.filters.signal_moments import SignalMoments
from matopt.linalg import Array, as_array

_STRETCH = 100  # samples between two looks at a recursion that comes to rest
_LONGEST = 10_000  # stretches


@dataclass(frozen=True, eq=False)
class LearningCurve:
    """The expected course of a filter, entry n with the weights before update n.

    ``error`` E |e|^2 = Jmin + excess, ``excess`` E |(w_o - w)^H u|^2, ``deviation``
    E |w_o - w|^2.
    """

    error: Array
    excess: Array
    deviation: Array


class Theory(ABC):
    """The expected behaviour of a filter on signals of known second moments.

    All take the regressors as independent of each other, which those of a delay line
    are not: for small steps (mu tr R up to 0.1) it hardly matters.
    """

    moments: SignalMoments
    source: ClassVar[str]  # who derived it
    conditions: ClassVar[str]  # under which it holds
    has_curve: ClassVar[bool] = True  # or is only the steady state known?

    @property
    @abstractmethod
    def excess(self) -> float:
        """The excess mean-square error E |(w_o - w)^H u|^2 in the end; inf if none."""

    @abstractmethod
    def states(self, start: Array) -> Iterator[tuple[float, float]]:
        """Yield excess and deviation before each update, from weights ``start`` on."""

    @property
    def minimum_error(self) -> float:
        """The error of the best weights that the filter can have."""
        return self.moments.minimum_error

    @property
    def error(self) -> float:
        """E |e|^2 in the end."""
        return self.minimum_error + self.excess

    @property
    def misadjustment(self) -> float:
        """Excess / Jmin."""
        return self.excess / self.minimum_error if self.minimum_error else np.inf

    @property
    def is_stable(self) -> bool:
        """Does the mean-square error stay bounded?"""
        return bool(np.isfinite(self.excess))

    def curve(self, samples: int, start: ArrayLike | None = None) -> LearningCurve:
        """Predict the first ``samples`` errors, from weights ``start`` (default zero).

        In a theory of several nodes or parts all start alike.
        """
        if samples < 1:
            raise ValueError(f"samples must be at least 1, got {samples}")
        first = np.zeros(self.moments.length) if start is None else start
        w = as_array(first, "start", shape=(self.moments.length,))
        with np.errstate(over="ignore", invalid="ignore"):
            path = np.array([*islice(self.states(w), samples)])
        path[np.isnan(path)] = np.inf  # it grew beyond all numbers
        excess, deviation = path.T
        return LearningCurve(self.minimum_error + excess, excess, deviation)


def modes(moments: SignalMoments, k: Array) -> tuple[float, float]:
    """Excess and deviation from the diagonal k of V^H E (w_o - w)(w_o - w)^H V."""
    return float(moments.eigenvalues @ k), float(k.sum())


def first_modes(moments: SignalMoments, start: Array) -> tuple[Array, Array]:
    """The mean of V^H (w_o - w) at the start, and its square."""
    m = moments.to_modes(moments.weights - start)
    return m, np.abs(m) ** 2


def at_rest(
    states: Iterator[tuple[float, float]], tolerance: float
) -> tuple[float, float]:
    """Excess and deviation where a recursion comes to rest; infinite if it explodes.

    That is where the deviation changes by less than ``tolerance`` in 100 samples.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        every = islice(states, _STRETCH, None, _STRETCH)
        state = next(every)
        for last, now in pairwise(islice(chain([state], every), _LONGEST)):
            state = now
            if not np.isfinite(state[1]):
                return np.inf, np.inf
            if abs(state[1] - last[1]) <= tolerance * state[1]:
                break
    return state


def check_step(step: float) -> None:
    """Raise unless the step of a theory is a positive number."""
    if not (np.isfinite(step) and step > 0.0):
        raise ValueError(f"step must be positive and finite, got {step:g}")
