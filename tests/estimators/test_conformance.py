"""scikit-learn's own checks, on every estimator."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

import matopt as mo

est = mo.estimators


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@parametrize_with_checks(
    [
        est.StructuredCovariance(),
        est.StructuredCovariance(missing="likelihood"),
        est.StructuredCovarianceCV(cv=2),
        est.ToeplitzCovariance(),
        est.ShrunkToeplitz(),
        est.ShrunkToeplitzCV([0.1, 0.5], cv=2),
        est.GraphicalLasso(),
        est.GraphicalLassoCV(2, cv=2),
        est.FactorAnalysisCovariance(),
        est.FactorAnalysisCovarianceCV([1], cv=2),
        est.KroneckerCovariance(),
        est.RobustCovariance(),
        est.RobustCovariance("tyler"),
        est.WeightedRegression(),
    ]
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)
