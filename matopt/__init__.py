"""Optimization and estimation with matrix unknowns.

``minimize(f.on(space))`` takes an objective with exact derivatives and a space that
knows the structure of the unknown. See the README for a first example.
"""

from matopt import check
from matopt.objectives import (
    GaussianLikelihood,
    GaussianPrecisionLikelihood,
)
from matopt.solvers import (
    Armijo,
    GradientDescent,
    Result,
    Status,
    Stop,
    minimize,
)
from matopt.spaces import (
    PositiveDefinite,
    Symmetric,
)

__version__ = "0.1.0"

__all__ = [
    "Armijo",
    "GaussianLikelihood",
    "GaussianPrecisionLikelihood",
    "GradientDescent",
    "PositiveDefinite",
    "Result",
    "Status",
    "Stop",
    "Symmetric",
    "check",
    "minimize",
]
