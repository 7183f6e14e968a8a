"""Floor 3: methods that minimize an objective on a space."""

from matopt.solvers.convex import Convex
from matopt.solvers.gradient_descent import GradientDescent
from matopt.solvers.line_search import Armijo, LineSearch
from matopt.solvers.minimize import minimize
from matopt.solvers.result import Result
from matopt.solvers.scipy_bridge import SciPy
from matopt.solvers.solver import Finished, Solver, Steps
from matopt.solvers.status import Status
from matopt.solvers.stop import Stop

__all__ = [
    "Armijo",
    "Convex",
    "Finished",
    "GradientDescent",
    "LineSearch",
    "Result",
    "SciPy",
    "Solver",
    "Status",
    "Steps",
    "Stop",
    "minimize",
]
