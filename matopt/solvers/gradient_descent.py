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

    With ``step`` each search tries t = step first instead. ``GradientDescent(step=1)``
    of a likelihood on ``Fisher(structure)`` is Fisher scoring, Anderson's step for
    linear covariance models, with a line search and along geodesics. ``patience``
    iterates without progress are a stall.

    Iannazzo and Porcelli, The Riemannian Barzilai-Borwein method with nonmonotone line
    search (IMA J. Numer. Anal., 2018). Anderson, Asymptotically Efficient Estimation of
    Covariance Matrices with Linear Structure (Ann. Statist., 1973).
    """

    search: LineSearch = field(default_factory=HagerZhang)
    patience: int = 50
    step: float | None = None

    def __post_init__(self) -> None:
        """Check the step."""
        if self.step is not None and not self.step > 0.0:
            raise ValueError(f"step must be positive or None, got {self.step}")

    def steps(self, e: Iterate) -> Steps:
        """Steepest descent."""
        stalled = Stagnation(self.patience)
        t = self.step or 1.0 / max(1.0, e.gradient_norm)
        while True:
            yield e
            if stalled(e):
                return Status.STALLED_AT_ROUNDING
            found = self.search(e, -e.gradient, -(e.gradient_norm**2), t)
            if isinstance(found, Status):
                return found
            end, t = found
            t = self.step or barzilai_borwein(e, end, t)
            e = end


def barzilai_borwein(start: Iterate, end: Iterate, t: float) -> float:
    """<s, s>/<s, y> after the step s = -t gradient; 2 t where f curves down."""
    moved: Array = start.transport(end, -t * start.gradient, start.gradient)
    gg, gm = end.inner(moved, moved), end.inner(moved, end.gradient)
    return t * gg / (gg - gm) if gg > gm else 2.0 * t
