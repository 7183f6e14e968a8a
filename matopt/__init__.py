"""Optimization and estimation with matrix unknowns.

``minimize(f.on(space))`` takes an objective with exact derivatives and a space that
knows the structure of the unknown. See the README for a first example.
"""

from importlib import import_module
from typing import Any

from matopt import check, errors
from matopt.objectives import (
    DesignLeastSquares,
    FrobeniusNorm,
    GaussianLikelihood,
    GaussianPrecisionLikelihood,
    LinearTrace,
    LogDet,
    ProductTrace,
    QuadraticTrace,
    RayleighQuotient,
    Residual,
    SquaredDistance,
    TraceFunction,
    TraceInverse,
    TracePower,
    TraceRatio,
    TwoNorm,
    WeightedLeastSquares,
    from_functions,
)
from matopt.solvers import (
    LBFGS,
    Armijo,
    ConjugateGradient,
    Convex,
    GradientDescent,
    HagerZhang,
    NewtonCG,
    Result,
    SciPy,
    Status,
    Stop,
    TrustRegion,
    minimize,
)
from matopt.spaces import (
    Banded,
    Circulant,
    Dense,
    Diagonal,
    Fisher,
    Hankel,
    HermitianToeplitz,
    LinearSpan,
    LowerTriangular,
    PositiveDefinite,
    Product,
    SkewSymmetric,
    Sphere,
    Stiefel,
    Symmetric,
    SymmetricToeplitz,
    Toeplitz,
)

__version__ = "0.1.0"

_LAZY = ("filters", "identities", "studies")  # packages that not everybody needs


def __getattr__(name: str) -> Any:
    """Import a package that is dear to load when it is first asked for."""
    if name in _LAZY:
        return import_module(f"matopt.{name}")
    raise AttributeError(f"module 'matopt' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_LAZY])


__all__ = [
    "LBFGS",
    "Armijo",
    "Banded",
    "Circulant",
    "ConjugateGradient",
    "Convex",
    "Dense",
    "DesignLeastSquares",
    "Diagonal",
    "Fisher",
    "FrobeniusNorm",
    "GaussianLikelihood",
    "GaussianPrecisionLikelihood",
    "GradientDescent",
    "HagerZhang",
    "Hankel",
    "HermitianToeplitz",
    "LinearSpan",
    "LinearTrace",
    "LogDet",
    "LowerTriangular",
    "NewtonCG",
    "PositiveDefinite",
    "Product",
    "ProductTrace",
    "QuadraticTrace",
    "RayleighQuotient",
    "Residual",
    "Result",
    "SciPy",
    "SkewSymmetric",
    "Sphere",
    "SquaredDistance",
    "Status",
    "Stiefel",
    "Stop",
    "Symmetric",
    "SymmetricToeplitz",
    "Toeplitz",
    "TraceFunction",
    "TraceInverse",
    "TracePower",
    "TraceRatio",
    "TrustRegion",
    "TwoNorm",
    "WeightedLeastSquares",
    "check",
    "errors",
    "from_functions",
    "minimize",
]
