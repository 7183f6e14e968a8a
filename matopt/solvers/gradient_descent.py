"""Steepest descent."""

from dataclasses import dataclass, field

from matopt.linalg import Array
from matopt.objectives import Iterate
from matopt.solvers.hager_zhang import HagerZhang
from matopt.solvers.line_search import LineSearch
from matopt.solvers.solver import Solver, Steps
from matopt.solvers.stagnation import Stagnation
from matopt.solvers.status import Status


@dataclass(frozen=True)
class GradientDescent(Solver):
    """x <- R(-t gradient), a line search from the Barzilai-Borwein step.

    ``patience`` iterates without progress are a stall.

    Iannazzo and Porcelli, The Riemannian Barzilai-Borwein method with nonmonotone line
    search (IMA J. Numer. Anal., 2018).
    """

    search: LineSearch = field(default_factory=HagerZhang)
    patience: int = 50

    def steps(self, e: Iterate) -> Steps:
        """Steepest descent."""
        stalled = Stagnation(self.patience)
        t = 1.0 / max(1.0, e.gradient_norm)
        while True:
            yield e
            if stalled(e):
                return Status.STALLED_AT_ROUNDING
            found = self.search(e, -e.gradient, -(e.gradient_norm**2), t)
            if isinstance(found, Status):
                return found
            end, t = found
            t = barzilai_borwein(e, end, t)
            e = end


def barzilai_borwein(start: Iterate, end: Iterate, t: float) -> float:
    """<s, s>/<s, y> after the step s = -t gradient; 2 t where f curves down."""
    moved: Array = start.transport(end, -t * start.gradient, start.gradient)
    gg, gm = end.inner(moved, moved), end.inner(moved, end.gradient)
    return t * gg / (gg - gm) if gg > gm else 2.0 * t
