"""Optimization and estimation with matrix unknowns.

``minimize(f.on(space))`` takes an objective with exact derivatives and a space that
knows the structure of the unknown. See the README for a first example.
"""

from importlib import import_module
from typing import Any

from matopt import check, errors
from matopt.linalg import (
    LagSums,
    Moments,
    PatternMoments,
    nearest_positive_definite_toeplitz,
)
from matopt.objectives import (
    AutoregressiveLikelihood,
    DesignLeastSquares,
    FrobeniusNorm,
    GaussianLikelihood,
    GaussianMeanLikelihood,
    GaussianMissingLikelihood,
    GaussianPrecisionLikelihood,
    GeodesicDistance,
    InverseWishartPrior,
    L1Norm,
    LinearTrace,
    LogDet,
    NuclearNorm,
    ProductTrace,
    QuadraticTrace,
    RayleighQuotient,
    Residual,
    SquaredDistance,
    StudentLikelihood,
    TraceFunction,
    TraceInverse,
    TracePower,
    TraceRatio,
    TwoNorm,
    TylerLikelihood,
    WeightedLeastSquares,
    WishartPrior,
    from_functions,
)
from matopt.solvers import (
    ADMM,
    LBFGS,
    Armijo,
    ConjugateGradient,
    Convex,
    FisherNewton,
    GradientDescent,
    HagerZhang,
    NewtonCG,
    ProximalGradient,
    ProximalNewton,
    Result,
    SciPy,
    Status,
    Stop,
    TrustRegion,
    minimize,
)
from matopt.spaces import (
    Banded,
    BlockToeplitz,
    Circulant,
    CompoundSymmetry,
    Correlation,
    Dense,
    Diagonal,
    Fisher,
    Hankel,
    HermitianToeplitz,
    KroneckerProduct,
    LinearSpan,
    LowerTriangular,
    LowRankPlusDiagonal,
    PositiveDefinite,
    PositiveDefiniteToeplitz,
    Product,
    SkewSymmetric,
    Sphere,
    StationaryKernel,
    Stiefel,
    StructureSum,
    Symmetric,
    SymmetricCirculant,
    SymmetricToeplitz,
    Toeplitz,
    ToeplitzPlusDiagonal,
)

__version__ = "0.1.0"

# Packages that not everybody needs
_LAZY = ("estimators", "filters", "identities", "inference", "studies")


def __getattr__(name: str) -> Any:
    """Import a package that is dear to load when it is first asked for."""
    if name in _LAZY:
        return import_module(f"matopt.{name}")
    raise AttributeError(f"module 'matopt' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_LAZY])


__all__ = [
    "ADMM",
    "LBFGS",
    "Armijo",
    "AutoregressiveLikelihood",
    "Banded",
    "BlockToeplitz",
    "Circulant",
    "CompoundSymmetry",
    "ConjugateGradient",
    "Convex",
    "Correlation",
    "Dense",
    "DesignLeastSquares",
    "Diagonal",
    "Fisher",
    "FisherNewton",
    "FrobeniusNorm",
    "GaussianLikelihood",
    "GaussianMeanLikelihood",
    "GaussianMissingLikelihood",
    "GaussianPrecisionLikelihood",
    "GeodesicDistance",
    "GradientDescent",
    "HagerZhang",
    "Hankel",
    "HermitianToeplitz",
    "InverseWishartPrior",
    "KroneckerProduct",
    "L1Norm",
    "LagSums",
    "LinearSpan",
    "LinearTrace",
    "LogDet",
    "LowRankPlusDiagonal",
    "LowerTriangular",
    "Moments",
    "NewtonCG",
    "NuclearNorm",
    "PatternMoments",
    "PositiveDefinite",
    "PositiveDefiniteToeplitz",
    "Product",
    "ProductTrace",
    "ProximalGradient",
    "ProximalNewton",
    "QuadraticTrace",
    "RayleighQuotient",
    "Residual",
    "Result",
    "SciPy",
    "SkewSymmetric",
    "Sphere",
    "SquaredDistance",
    "StationaryKernel",
    "Status",
    "Stiefel",
    "Stop",
    "StructureSum",
    "StudentLikelihood",
    "Symmetric",
    "SymmetricCirculant",
    "SymmetricToeplitz",
    "Toeplitz",
    "ToeplitzPlusDiagonal",
    "TraceFunction",
    "TraceInverse",
    "TracePower",
    "TraceRatio",
    "TrustRegion",
    "TwoNorm",
    "TylerLikelihood",
    "WeightedLeastSquares",
    "WishartPrior",
    "check",
    "errors",
    "from_functions",
    "minimize",
    "nearest_positive_definite_toeplitz",
]
