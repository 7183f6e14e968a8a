"""Does a solver report a true way to a stationary point?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from matopt.check.report import Report
from matopt.objectives import Iterate

if TYPE_CHECKING:
    from matopt.solvers import Solver


def check_solver(
    solver: Solver,
    start: Iterate,
    *,
    value: float | None = None,
    gradient_norm: float = 1e-6,
    max_iterations: int = 2000,
) -> Report:
    """Run a solver from an iterate until its gradient norm passes; check every step.

    The first iterate reported must be the start, none may be infeasible, and where the
    optimal ``value`` is given it must be reached.
    """
    report = Report(f"check_solver {solver!r} on {start.restriction!r}")
    seen: list[float] = []
    last = start

    def observe(e: Iterate) -> None:
        nonlocal last
        if not seen:
            report.error("first iterate is the start", abs(e.value - start.value), 0.0)
        seen.append(e.value)
        last = e
        if not math.isfinite(e.value):  # there is no gradient to ask for
            raise _Enough
        if e.gradient_norm <= gradient_norm or len(seen) > max_iterations:
            raise _Enough

    try:
        solver.run(start, observe)
    except _Enough:
        pass
    report.error("iterations", len(seen) - 1, max_iterations)
    report.error("infeasible iterates", float(np.sum(~np.isfinite(seen))), 0.0)
    if not math.isfinite(last.value):
        return report.done()
    report.error("gradient norm", last.gradient_norm, gradient_norm)
    again = start.restriction.at(last.matrix)
    scale = max(1.0, abs(last.value))
    report.error("value belongs to point", abs(again.value - last.value) / scale, 1e-9)
    if value is not None:
        report.error("gap to the optimum", (last.value - value) / scale, 1e-8)
    return report.done()


class _Enough(Exception):
    """Ends a run in ``check_solver``."""
