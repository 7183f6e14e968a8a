"""Line searches along a retraction: phi(t) = f(R(t d))."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import TypeAlias

import numpy as np

from matopt.errors import OutOfDomain
from matopt.lazy import lazy
from matopt.linalg import Array
from matopt.objectives import Iterate
from matopt.solvers.status import Status

_EPS = float(np.finfo(float).eps)
_SHORTEST = 1e-290

Found: TypeAlias = tuple[Iterate, float]  # R(t d) and t


class LineSearch(ABC):
    """A rule that accepts a step along a descent direction."""

    @abstractmethod
    def __call__(
        self, e: Iterate, d: Array, slope: float, guess: float
    ) -> Found | Status:
        """The iterate R(t d) and t, trying t = guess first; or why there is none.

        ``slope`` is <gradient, d>. The reasons: every trial left the domain, gave NaN
        or fell without limit; the decrease to be had is below the rounding of f; or,
        none of these, the search failed.
        """


class Trial:
    """phi at t > 0; its slope, which costs a gradient, only when asked."""

    def __init__(self, start: Iterate, d: Array, t: float) -> None:
        """Evaluate f at R(t d)."""
        self.t = t
        self.start = start
        self.end = start.retract(d if t == 1.0 else t * d)
        self.value = self.end.value

    @lazy
    def slope(self) -> float:
        """phi'(t), exactly: the curve's own velocity against the gradient there."""
        end = self.end
        assert end.step is not None
        velocity = self.start.velocity(end, end.step)
        return end.inner(end.gradient, velocity) / self.t


class Origin:
    """phi at t = 0."""

    t = 0.0

    def __init__(self, e: Iterate, slope: float) -> None:
        """Take what is known."""
        self.value = e.value
        self.slope = slope


Place: TypeAlias = Origin | Trial


class Line:
    """phi from one iterate along one direction; remembers its trials.

    ``rounding`` is what two values of f may differ by though equal. Values up to
    ``slack`` |f| and rounding above the first are not too high, ``above``.
    """

    def __init__(self, e: Iterate, d: Array, slope: float, slack: float = 0.0) -> None:
        """Take the iterate, the direction and phi'(0)."""
        self.origin = Origin(e, slope)
        size = abs(e.value)
        self.rounding = 10.0 * _EPS * max(1.0, size)
        self.slack = slack * size + self.rounding
        self._ceiling = e.value + self.slack
        self.first: Trial | None = None
        self.last: Trial | None = None
        self.best: Trial | None = None
        self.wall = math.inf  # the smallest t known to be outside the domain
        self.trials = 0
        self._e = e
        self._d = d

    def at(self, t: float) -> Trial:
        """Evaluate phi(t); a t that would underflow is kept from it."""
        c = self.last = Trial(self._e, self._d, max(t, _SHORTEST))
        if self.first is None:
            self.first = c
        self.trials += 1
        if c.value == math.inf:
            self.wall = min(self.wall, t)
        elif self.best is None or c.value < self.best.value:
            self.best = c
        return c

    def above(self, c: Place) -> bool:
        """Is phi too high there?"""
        return c.value > self._ceiling

    def failure(self) -> Status:
        """Why no trial was acceptable."""
        assert self.last is not None and self.first is not None
        if self.best is None:
            return outside(self.last.end)
        if math.isnan(self.origin.slope) or math.isnan(self.best.slope):
            return Status.NOT_A_NUMBER
        # What a linear model promised for the longest step that stayed inside
        promise = -self.origin.slope * min(self.first.t, self.wall)
        if promise <= 1e5 * self.rounding:
            return Status.STALLED_AT_ROUNDING
        return Status.LINE_SEARCH_FAILED


def no_descent(slope: float) -> Status:
    """What is wrong with a slope that is not negative."""
    return Status.NOT_A_NUMBER if math.isnan(slope) else Status.LINE_SEARCH_FAILED


def outside(end: Iterate) -> Status:
    """Why f is not finite at the end of the shortest step."""
    try:
        if math.isnan(end.evaluation.value):
            return Status.NOT_A_NUMBER
    except OutOfDomain:
        pass
    return Status.LEFT_DOMAIN


def interpolate(a: Place, b: Place) -> float:
    """A point between a and b, where f falls at a and b is too high.

    The minimizer of the parabola through phi(a), phi'(a) and phi(b), kept away from
    the ends. Where phi(b) is infinite it says only where the domain ends: contract.
    """
    width = b.t - a.t
    if b.value == math.inf:
        return a.t + (0.3 if a.t == 0.0 else 0.5) * width
    curvature = b.value - a.value - a.slope * width
    if not curvature > 0.0:
        return a.t + 0.5 * width
    part = -0.5 * a.slope * width / curvature
    return a.t + min(max(part, 0.1), 0.5) * width
