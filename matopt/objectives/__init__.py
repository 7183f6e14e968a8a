"""Floor 2: what is minimized."""

from matopt.objectives.component import Component
from matopt.objectives.gaussian import GaussianLikelihood, GaussianPrecisionLikelihood
from matopt.objectives.objective import Evaluation, Objective, Sum
from matopt.objectives.restriction import Counts, Iterate, Restriction

__all__ = [
    "Component",
    "Counts",
    "Evaluation",
    "GaussianLikelihood",
    "GaussianPrecisionLikelihood",
    "Iterate",
    "Objective",
    "Restriction",
    "Sum",
]
