import numpy as np
import pytest
from sklearn.datasets import load_wine
from sklearn.decomposition import FactorAnalysis
from sklearn.preprocessing import StandardScaler

import matopt as mo

est = mo.estimators
WINE = StandardScaler().fit_transform(load_wine().data)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_the_same_likelihood_as_scikit_learn(rank):
    ours = est.FactorAnalysisCovariance(rank).fit(WINE)
    theirs = FactorAnalysis(rank, tol=1e-6, max_iter=3000, svd_method="lapack")
    theirs.fit(WINE)
    assert ours.score(WINE) >= theirs.score(WINE) - 1e-9
    assert ours.score(WINE) == pytest.approx(theirs.score(WINE), abs=1e-5)
    np.testing.assert_allclose(ours.covariance_, theirs.get_covariance(), atol=1e-2)


def test_the_covariance_is_of_its_factors():
    model = est.FactorAnalysisCovariance(2).fit(WINE)
    F, psi = model.loadings_, model.noise_variance_
    assert F.shape == (13, 2) and psi.min() > 0
    np.testing.assert_allclose(F @ F.T + np.diag(psi), model.covariance_, atol=1e-10)
    # at the maximum the variances are those of the samples, which stands in any book
    np.testing.assert_allclose(np.diag(model.covariance_), 1.0, atol=1e-6)
    assert model.standard_errors_.shape == (13, 13)


def test_cross_validation_finds_the_rank(rng):
    factors = rng.standard_normal((200, 2)) @ rng.standard_normal((2, 8))
    X = factors + 0.7 * rng.standard_normal((200, 8))
    model = est.FactorAnalysisCovarianceCV([1, 2, 3], cv=3).fit(X)
    assert model.cv_results_["rank"] == [1, 2, 3]
    assert model.rank_ == 2 and model.loadings_.shape == (8, 2)
    np.testing.assert_allclose(model.noise_variance_, 0.49, atol=0.2)
    tried = est.FactorAnalysisCovarianceCV()._values(X)
    assert tried == [1, 2, 3, 4]  # (n - r)^2 >= n + r, as Ledermann has it


def test_wrong_arguments(rng):
    X = rng.standard_normal((20, 3))
    with pytest.raises(ValueError, match="rank must be at most n, got rank = 4"):
        est.FactorAnalysisCovariance(4).fit(X)
    with pytest.raises(ValueError, match="ranks must not be empty; pass candidates"):
        est.FactorAnalysisCovarianceCV([]).fit(X)


def test_a_constant_feature_is_named(rng):
    X = rng.standard_normal((20, 5))
    X[:, 3] = 0.1
    for model in (est.FactorAnalysisCovariance(), est.FactorAnalysisCovarianceCV()):
        with pytest.raises(ValueError, match=r"1 of 5 features .* the same, first 3"):
            model.fit(X)
    centred = est.FactorAnalysisCovariance(assume_centered=True)
    assert centred.fit(X + 1.0).result_.success
    X[:, 3] = 0.0
    with pytest.raises(ValueError, match="1 of 5 features that are always 0, first 3"):
        centred.fit(X)


def test_a_feature_that_is_another_has_no_rank(rng):
    X = rng.standard_normal((20, 4))
    X[:, 2] = X[:, 1]
    model = est.FactorAnalysisCovarianceCV([1], cv=2, stop=mo.Stop(max_iterations=15))
    with pytest.raises(ValueError, match="ran to a singular matrix"):
        model.fit(X)
