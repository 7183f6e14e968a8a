"""Floor 2: what is minimized."""

from matopt.objectives.autoregressive import AutoregressiveLikelihood
from matopt.objectives.component import Component
from matopt.objectives.functions import from_functions
from matopt.objectives.gaussian import GaussianLikelihood, GaussianPrecisionLikelihood
from matopt.objectives.gaussian_mean import GaussianMeanLikelihood
from matopt.objectives.geodesic_distance import GeodesicDistance
from matopt.objectives.l1_norm import L1Norm
from matopt.objectives.least_squares import (
    DesignLeastSquares,
    SquaredDistance,
    WeightedLeastSquares,
)
from matopt.objectives.logdet import LogDet
from matopt.objectives.matrix_factorization import MatrixFactorization
from matopt.objectives.matrix_functions import TraceFunction
from matopt.objectives.missing import GaussianMissingLikelihood
from matopt.objectives.nonnegative import Nonnegative
from matopt.objectives.nonsmooth import CompositeAt, NonSmooth
from matopt.objectives.norms import FrobeniusNorm, TwoNorm
from matopt.objectives.nuclear_norm import NuclearNorm
from matopt.objectives.objective import Evaluation, Objective, Sum
from matopt.objectives.penalty import Penalty, Scaled, Separable
from matopt.objectives.priors import InverseWishartPrior, WishartPrior
from matopt.objectives.rayleigh import RayleighQuotient
from matopt.objectives.restriction import Counts, Iterate, Restriction
from matopt.objectives.robust import StudentLikelihood, TylerLikelihood
from matopt.objectives.trace_inverse import TraceInverse
from matopt.objectives.trace_power import TracePower
from matopt.objectives.trace_ratio import TraceRatio
from matopt.objectives.traces import (
    LinearTrace,
    ProductTrace,
    QuadraticTrace,
    Residual,
)

__all__ = [
    "AutoregressiveLikelihood",
    "Component",
    "CompositeAt",
    "Counts",
    "DesignLeastSquares",
    "Evaluation",
    "FrobeniusNorm",
    "GaussianLikelihood",
    "GaussianMeanLikelihood",
    "GaussianMissingLikelihood",
    "GaussianPrecisionLikelihood",
    "GeodesicDistance",
    "InverseWishartPrior",
    "Iterate",
    "L1Norm",
    "LinearTrace",
    "LogDet",
    "MatrixFactorization",
    "NonSmooth",
    "Nonnegative",
    "NuclearNorm",
    "Objective",
    "Penalty",
    "ProductTrace",
    "QuadraticTrace",
    "RayleighQuotient",
    "Residual",
    "Restriction",
    "Scaled",
    "Separable",
    "SquaredDistance",
    "StudentLikelihood",
    "Sum",
    "TraceFunction",
    "TraceInverse",
    "TracePower",
    "TraceRatio",
    "TwoNorm",
    "TylerLikelihood",
    "WeightedLeastSquares",
    "WishartPrior",
    "from_functions",
]
