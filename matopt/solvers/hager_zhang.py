"""The approximate Wolfe line search."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from itertools import chain, islice
from typing import TypeAlias

from matopt.linalg import Array
from matopt.objectives import Iterate
from matopt.solvers.line_search import (
    Found,
    Line,
    LineSearch,
    Place,
    Trial,
    interpolate,
    no_descent,
)
from matopt.solvers.status import Status

_STRICT = 5  # trials

Bracket: TypeAlias = tuple[Place, Place]
Search: TypeAlias = Generator[Trial, None, Bracket]


@dataclass(frozen=True)
class HagerZhang(LineSearch):
    """Bracket, then secant steps, until the (approximate) Wolfe conditions hold.

    Wolfe: f falls by ``decrease`` (delta) times what the slope promises, and the slope
    rises above ``curvature`` (sigma) times the slope at the start. Approximate Wolfe,
    where that fall would be less than ``slack`` |f|: it is read off the slope instead,
    phi'(t) <= (2 delta - 1) phi'(0). Slopes are accurate where differences of values
    are rounding, so that gradient norms of 1e-12 can be reached. Five trials that fail
    are another reason to let phi(t) <= phi(0) and the slope do: between a steep start
    and a long flat valley there may be no sufficient decrease to converge to.

    A bracket is a < b with phi falling at a, not above its start; and either phi rising
    at b, or phi(b) too high or infinite. It contains an acceptable step.

    Hager and Zhang, A new conjugate gradient method with guaranteed descent and an
    efficient line search (SIAM J. Optim., 2005), section 4.
    """

    decrease: float = 0.1  # delta
    curvature: float = 0.9  # sigma
    slack: float = 1e-6  # epsilon
    shrink: float = 0.66  # gamma: a bisection follows if two secant steps gain less
    growth: float = 10.0  # rho: the largest factor by which a bracket is widened
    max_trials: int = 50

    def __call__(
        self, e: Iterate, d: Array, slope: float, guess: float
    ) -> Found | Status:
        """The first trial that satisfies either pair of conditions."""
        if not slope < 0.0:
            return no_descent(slope)
        line = Line(e, d, slope, self.slack)
        first = line.at(guess)
        more = self._trials(line, first)
        for c in islice(chain((first,), more), self.max_trials):
            if c.value == -math.inf:
                return Status.UNBOUNDED
            if self._accepts(line, c):
                return c.end, c.t
        return self._give_up(line)

    def _accepts(self, line: Line, c: Trial) -> bool:
        if line.above(c):
            return False
        value, slope = line.origin.value, line.origin.slope
        wanted = -self.decrease * c.t * slope
        falls = c.value <= value - wanted and wanted > line.rounding
        if c.slope < self.curvature * slope:  # too short, unless the domain ends
            return falls and c.t > 0.5 * line.wall
        if falls:
            return True
        comparable = wanted <= line.slack or line.trials > _STRICT
        return comparable and c.slope <= (2.0 * self.decrease - 1.0) * slope

    def _give_up(self, line: Line) -> Found | Status:
        """The best trial if it is a decrease at all."""
        best, first, origin = line.best, line.first, line.origin
        if best is None or first is None:
            return line.failure()
        if best is line.last and best.t > first.t:  # widened to the end
            return Status.UNBOUNDED
        if best.value <= origin.value + 1e-4 * best.t * origin.slope:
            if best.value < origin.value - line.rounding:
                return best.end, best.t
        return line.failure()

    # Trials after the first; the numbers are the steps of section 4

    def _trials(self, line: Line, first: Trial) -> Generator[Trial]:
        a, b = yield from self._bracket(line, first)  # (L0)
        while True:
            A, B = yield from self._secant2(line, a, b)  # (L1)
            if B.t - A.t > self.shrink * (b.t - a.t):  # (L2)
                middle = 0.5 * (A.t + B.t)
                if not A.t < middle < B.t:
                    return
                A, B = yield from self._update(line, A, B, middle)
            a, b = A, B  # (L3)

    def _bracket(self, line: Line, c: Trial) -> Search:
        a: Place = line.origin
        while True:
            if line.above(c):
                return (yield from self._lower(line, a, c))  # (B2)
            if not c.slope < 0.0:
                return a, c  # (B1)
            ahead = secant(a, c) if c.slope > a.slope else math.inf
            a, t = c, min(max(ahead, 2.0 * c.t), self.growth * c.t)  # (B3)
            c = line.at(t)
            yield c

    def _lower(self, line: Line, a: Place, b: Place) -> Search:
        """(U3) Move b, which is too high, down until phi rises there."""
        while True:
            c = line.at(interpolate(a, b))
            yield c
            if line.above(c):
                b = c
            elif c.slope < 0.0:
                a = c
            else:
                return a, c

    def _update(self, line: Line, a: Place, b: Place, t: float) -> Search:
        if not a.t < t < b.t:
            return a, b  # (U0)
        c = line.at(t)
        yield c
        if line.above(c):
            return (yield from self._lower(line, a, c))  # (U3)
        return (c, b) if c.slope < 0.0 else (a, c)  # (U2), (U1)

    def _secant2(self, line: Line, a: Place, b: Place) -> Search:
        A, B = yield from self._update(line, a, b, secant(a, b))  # (S1)
        if A is a and B is b:
            return a, b
        if B is not b:
            again = secant(b, B)  # (S2)
        else:
            again = secant(a, A)  # (S3)
        return (yield from self._update(line, A, B, again))  # (S4)


def secant(a: Place, b: Place) -> float:
    """Where the line through phi'(a) and phi'(b) is zero; NaN if it is level."""
    change = b.slope - a.slope
    if change == 0.0:
        return math.nan
    return (a.t * b.slope - b.t * a.slope) / change
