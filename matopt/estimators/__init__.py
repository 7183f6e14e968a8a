"""Floor 5: covariances and regressions as scikit-learn estimators.

Each assembles an objective, a space, a solver and ``matopt.inference``; the library
itself takes what scikit-learn does not, complex data foremost.
"""

try:
    import sklearn as _sklearn  # noqa: F401
except ImportError as error:
    raise ImportError(
        "matopt.estimators needs scikit-learn; install it with "
        'pip install "matopt[sklearn]"'
    ) from error

from matopt.estimators.covariance import CovarianceEstimator
from matopt.estimators.factor_analysis import (
    FactorAnalysisCovariance,
    FactorAnalysisCovarianceCV,
)
from matopt.estimators.graphical_lasso import GraphicalLasso, GraphicalLassoCV
from matopt.estimators.kronecker_covariance import KroneckerCovariance
from matopt.estimators.robust_covariance import RobustCovariance
from matopt.estimators.shrunk_toeplitz import ShrunkToeplitz, ShrunkToeplitzCV
from matopt.estimators.structured_covariance import (
    StructuredCovariance,
    StructuredCovarianceCV,
)
from matopt.estimators.toeplitz_covariance import ToeplitzCovariance
from matopt.estimators.weighted_regression import WeightedRegression

__all__ = [
    "CovarianceEstimator",
    "FactorAnalysisCovariance",
    "FactorAnalysisCovarianceCV",
    "GraphicalLasso",
    "GraphicalLassoCV",
    "KroneckerCovariance",
    "RobustCovariance",
    "ShrunkToeplitz",
    "ShrunkToeplitzCV",
    "StructuredCovariance",
    "StructuredCovarianceCV",
    "ToeplitzCovariance",
    "WeightedRegression",
]
