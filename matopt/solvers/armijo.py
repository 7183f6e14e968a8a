"""The backtracking line search."""

import math
from dataclasses import dataclass

from matopt.linalg import Array
from matopt.objectives import Iterate
from matopt.solvers.line_search import (
    Found,
    Line,
    LineSearch,
    interpolate,
    no_descent,
)
from matopt.solvers.status import Status


@dataclass(frozen=True)
class Armijo(LineSearch):
    """Backtracking until f falls by ``decrease`` times what the slope promises.

    It compares values only, so it cannot see progress once the gradient norm is of the
    order of the square root of the rounding of f; ``HagerZhang`` can.

    Nocedal and Wright, Numerical Optimization (2006), section 3.5.
    """

    decrease: float = 1e-4
    max_trials: int = 40

    def __call__(
        self, e: Iterate, d: Array, slope: float, guess: float
    ) -> Found | Status:
        """Backtrack from the guess."""
        if not slope < 0.0:
            return no_descent(slope)
        line, t = Line(e, d, slope), guess
        for _ in range(self.max_trials):
            trial = line.at(t)
            if trial.value == -math.inf:
                return Status.UNBOUNDED
            if trial.value <= e.value + self.decrease * t * slope:
                return trial.end, t
            t = interpolate(line.origin, trial)
            if -t * slope <= line.rounding:  # values cannot tell any more
                break
        return line.failure()
