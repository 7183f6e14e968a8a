"""Steepest descent."""

from dataclasses import dataclass, field

from matopt.objectives import Iterate
from matopt.solvers.line_search import Armijo, LineSearch
from matopt.solvers.solver import Solver, Steps
from matopt.solvers.status import Status


@dataclass(frozen=True)
class GradientDescent(Solver):
    """x <- R(-t gradient), the step t by a line search from twice the last."""

    search: LineSearch = field(default_factory=Armijo)

    def steps(self, e: Iterate) -> Steps:
        """Steepest descent."""
        t = 0.5 / max(1.0, e.gradient_norm)
        while True:
            yield e
            found = self.search(e, -e.gradient, 2 * t)
            if found is None:
                return Status.LINE_SEARCH_FAILED
            e, t = found
