"""Newton's method with conjugate gradients inside and a line search outside."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from matopt.objectives import Iterate
from matopt.solvers.hager_zhang import HagerZhang
from matopt.solvers.line_search import Found, LineSearch
from matopt.solvers.solver import Solver, Steps
from matopt.solvers.stagnation import Stagnation
from matopt.solvers.status import Status
from matopt.solvers.truncated_cg import TruncatedCG

_EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class NewtonCG(Solver):
    """x <- R(t v), H v = -gradient solved roughly at first and ever more precisely.

    The residual of v is at most min(forcing, sqrt(|gradient|/|first gradient|)) of the
    gradient norm, so that convergence is superlinear. Conjugate gradients stop where
    the curvature is not positive; the first time round, v is -gradient.

    Nocedal and Wright, Numerical Optimization (2006), algorithm 7.1.
    """

    forcing: float = 0.5
    search: LineSearch = field(default_factory=HagerZhang)
    patience: int = 5

    def steps(self, e: Iterate) -> Steps:
        """Truncated Newton steps."""
        stalled = Stagnation(self.patience)
        first, t = e.gradient_norm, 1.0
        noise = 100.0 * _EPS * first  # of a gradient: below it, H v is no better known
        while True:
            yield e
            if stalled(e):
                return Status.STALLED_AT_ROUNDING
            norm = e.gradient_norm
            tolerance = norm * min(self.forcing, math.sqrt(norm / first))
            found = self._search(e, max(tolerance, min(noise, 0.1 * norm)), t)
            if isinstance(found, Status):
                return found
            e, t = found

    def _search(self, e: Iterate, tolerance: float, last: float) -> Found | Status:
        v = TruncatedCG(e, tolerance).newton()
        if v is not None:
            return self.search(e, v, e.inner(e.gradient, v), 1.0)
        guess = last / max(1.0, e.gradient_norm)
        return self.search(e, -e.gradient, -(e.gradient_norm**2), guess)
