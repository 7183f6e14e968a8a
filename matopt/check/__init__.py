"""Conformance checks: does an objective, a space, a solver, a filter keep its promises?

Each check measures numbers, holds them against a bound, and raises ``CheckFailed``
with the table of all of them if one is out of bounds. They are meant for tests of
your own classes as much as for ours.
"""

from matopt.check.filter import check_filter
from matopt.check.objective import check_objective
from matopt.check.report import CheckFailed, Measurement, Report, slope
from matopt.check.solver import check_solver
from matopt.check.space import check_space

__all__ = [
    "CheckFailed",
    "Measurement",
    "Report",
    "check_filter",
    "check_objective",
    "check_solver",
    "check_space",
    "slope",
]
