"""Floor 3: methods that minimize an objective on a space."""

from matopt.solvers.admm import ADMM
from matopt.solvers.armijo import Armijo
from matopt.solvers.conjugate_gradient import (
    Beta,
    ConjugateGradient,
    FletcherReeves,
    HagerZhangBeta,
    PolakRibiere,
)
from matopt.solvers.convex import Convex
from matopt.solvers.gradient_descent import GradientDescent
from matopt.solvers.hager_zhang import HagerZhang
from matopt.solvers.lbfgs import LBFGS
from matopt.solvers.line_search import LineSearch
from matopt.solvers.minimize import minimize
from matopt.solvers.newton import FisherNewton
from matopt.solvers.newton_cg import NewtonCG
from matopt.solvers.proximal_gradient import ProximalGradient
from matopt.solvers.proximal_newton import ProximalNewton
from matopt.solvers.result import Result
from matopt.solvers.scipy_bridge import SciPy
from matopt.solvers.solver import Finished, Solver, Steps
from matopt.solvers.status import Status
from matopt.solvers.stop import Stop
from matopt.solvers.trust_region import TrustRegion

__all__ = [
    "ADMM",
    "LBFGS",
    "Armijo",
    "Beta",
    "ConjugateGradient",
    "Convex",
    "Finished",
    "FisherNewton",
    "FletcherReeves",
    "GradientDescent",
    "HagerZhang",
    "HagerZhangBeta",
    "LineSearch",
    "NewtonCG",
    "PolakRibiere",
    "ProximalGradient",
    "ProximalNewton",
    "Result",
    "SciPy",
    "Solver",
    "Status",
    "Steps",
    "Stop",
    "TrustRegion",
    "minimize",
]
