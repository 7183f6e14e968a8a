"""Line searches along a retraction: t -> f(R(t d))."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from matopt.linalg import Array
from matopt.objectives import Iterate


class LineSearch(ABC):
    """A rule that accepts a step along a descent direction."""

    @abstractmethod
    def __call__(
        self, e: Iterate, d: Array, guess: float | None = None
    ) -> tuple[Iterate, float] | None:
        """The next iterate R(t d) and t; None if no step is acceptable."""


@dataclass(frozen=True)
class Armijo(LineSearch):
    """Backtracking until f falls by ``decrease`` times what the slope promises.

    Nocedal and Wright, Numerical Optimization (2006), algorithm 3.1.
    """

    decrease: float = 1e-4
    contraction: float = 0.5
    max_trials: int = 60

    def __call__(
        self, e: Iterate, d: Array, guess: float | None = None
    ) -> tuple[Iterate, float] | None:
        """Backtrack from the guess."""
        slope = e.inner(e.gradient, d)
        t = 1.0 if guess is None else guess
        for _ in range(self.max_trials):
            trial = e.retract(t * d)
            if trial.value <= e.value + self.decrease * t * slope:
                return trial, t
            t *= self.contraction
        return None
