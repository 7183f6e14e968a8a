import numpy as np
import pytest
from sklearn import covariance as theirs
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.preprocessing import StandardScaler

import matopt as mo

est = mo.estimators
DATA = {
    "wine": StandardScaler().fit_transform(load_wine().data),
    "cancer": StandardScaler().fit_transform(load_breast_cancer().data),
}


def objective(K, S, alpha, ridge=0.0):
    off = np.abs(K).sum() - np.abs(np.diag(K)).sum()
    fit = np.sum(S * K) - np.linalg.slogdet(K)[1]
    return fit + alpha * off + ridge * np.sum(K**2)


@pytest.mark.parametrize(
    ("name", "alpha"), [("wine", 0.05), ("wine", 0.1), ("wine", 0.3)]
)
def test_the_same_optimum_as_scikit_learn(name, alpha):
    X = DATA[name]
    S = X.T @ X / len(X)
    ours = est.GraphicalLasso(alpha).fit(X)
    other = theirs.GraphicalLasso(alpha, tol=1e-6, enet_tol=1e-6, max_iter=500).fit(X)
    mine = objective(ours.precision_, S, alpha)
    assert ours.result_.fun == pytest.approx(mine, abs=1e-12)
    assert mine <= objective(other.precision_, S, alpha) + 1e-9
    np.testing.assert_allclose(ours.precision_, other.precision_, atol=1e-3)
    np.testing.assert_array_equal(ours.precision_ != 0, other.precision_ != 0)
    assert ours.score(X) == pytest.approx(other.score(X), abs=1e-4)


@pytest.mark.parametrize(("name", "alpha"), [("wine", 0.2), ("cancer", 0.3)])
def test_the_optimality_conditions_hold(name, alpha):
    """|S - K^-1 + 2 ridge K| <= alpha for i != j, with equality where K is not 0."""
    X, ridge = DATA[name], 0.1
    model = est.GraphicalLasso(alpha, ridge=ridge).fit(X)
    K = model.precision_
    G = X.T @ X / len(X) - np.linalg.inv(K) + 2 * ridge * K
    np.testing.assert_allclose(np.diag(G), 0.0, atol=1e-6)
    off = ~np.eye(len(K), dtype=bool)
    assert np.abs(G[off]).max() < alpha + 1e-6
    some = off & (K != 0)
    np.testing.assert_allclose(G[some], -alpha * np.sign(K[some]), atol=1e-6)
    assert model.result_.fun == pytest.approx(
        objective(K, X.T @ X / len(X), alpha, ridge), abs=1e-12
    )


def test_few_samples_and_features_that_repeat(rng):
    X = rng.standard_normal((4, 9))
    X[:, 1] = X[:, 0]
    model = est.GraphicalLasso(0.2).fit(X)
    assert model.result_.success and np.isfinite(model.score(X))


def test_without_a_penalty_it_is_the_inverse(rng):
    X = rng.standard_normal((30, 3))
    model = est.GraphicalLasso(0.0).fit(X)
    np.testing.assert_allclose(model.covariance_, np.cov(X.T, bias=True), rtol=1e-5)


def test_cross_validation_finds_a_sparse_truth(rng):
    K = np.eye(8) + 0.45 * (np.eye(8, k=1) + np.eye(8, k=-1))
    X = rng.multivariate_normal(np.zeros(8), np.linalg.inv(K), size=150)
    model = est.GraphicalLassoCV(6, cv=3).fit(X)
    candidates = model.cv_results_["alpha"]
    assert candidates[0] < model.alpha_ < candidates[-1]
    assert np.diff(np.log(candidates)) == pytest.approx(np.log(100) / 5)
    assert np.abs(np.diag(model.precision_, 1)).min() > 0.1
    other = theirs.GraphicalLassoCV(alphas=candidates, cv=3).fit(X)
    assert other.alpha_ == model.alpha_
    widest = est.GraphicalLasso(1.001 * candidates[-1]).fit(X).precision_
    assert np.count_nonzero(widest) == 8  # from there on it is diagonal
    assert est.GraphicalLassoCV([0.5], cv=3).fit(X).alpha_ == 0.5


def test_wrong_arguments(rng):
    X = rng.standard_normal((20, 3))
    with pytest.raises(
        ValueError, match="alpha must be a number of at least 0, got -1"
    ):
        est.GraphicalLasso(-1).fit(X)
    with pytest.raises(ValueError, match="ridge must be a number of at least 0, got"):
        est.GraphicalLasso(ridge=np.inf).fit(X)
    with pytest.raises(ValueError, match="alphas must be at least 1, got 0"):
        est.GraphicalLassoCV(0).fit(X)
    with pytest.raises(ValueError, match="alphas must not be empty; pass candidates"):
        est.GraphicalLassoCV([]).fit(X)
    for wrong in (None, "0.1", [0.1]):
        with pytest.raises(ValueError, match="alpha must be a number of at least 0"):
            est.GraphicalLasso(wrong).fit(X)
    X[:, 1] = 5.0
    with pytest.raises(ValueError, match="feature 1 that is always the same"):
        est.GraphicalLasso(0.1).fit(X)
