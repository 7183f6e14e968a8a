import numpy as np
import pytest
from sklearn.datasets import load_diabetes
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import matopt as mo

Regression = mo.estimators.WeightedRegression


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("targets", [None, 2])
def test_the_same_as_scikit_learn(fit_intercept, targets, rng):
    X, y = load_diabetes(return_X_y=True)
    y = y if targets is None else np.column_stack([y, y**2])
    w = rng.random(len(X))
    ours = Regression(fit_intercept=fit_intercept).fit(X, y, sample_weight=w)
    theirs = LinearRegression(fit_intercept=fit_intercept).fit(X, y, sample_weight=w)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-6)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(ours.predict(X[:3]), theirs.predict(X[:3]))
    assert ours.score(X, y) == pytest.approx(theirs.score(X, y))


def test_correlated_errors_by_the_closed_form(rng):
    m, X = 40, rng.standard_normal((40, 3)) + 100.0
    V = 0.8 ** np.abs(np.subtract.outer(np.arange(m), np.arange(m)))
    W = np.linalg.inv(V)
    y = X @ [1.0, 2.0, 3.0] + np.linalg.cholesky(V) @ rng.standard_normal(m)
    model = Regression().fit(X, y, sample_weight=(W + W.T) / 2)
    D = np.column_stack([X, np.ones(m)])
    C = np.linalg.inv(D.T @ W @ D)
    b = C @ D.T @ W @ y
    r = y - D @ b
    np.testing.assert_allclose(model.coef_, b[:3], rtol=1e-6)
    assert model.intercept_ == pytest.approx(b[3], rel=1e-5)
    errors = np.sqrt(np.diag(C) * (r @ W @ r) / (m - 4))
    np.testing.assert_allclose(model.standard_errors_, errors[:3], rtol=1e-6)


def test_standard_errors_of_every_target(rng):
    X = rng.standard_normal((30, 2))
    Y = X @ rng.standard_normal((2, 3)) + rng.standard_normal((30, 3)) * [1.0, 2.0, 9.0]
    w = np.repeat([0.0, 2.0], [10, 20])
    both = Regression(fit_intercept=False).fit(X, Y, sample_weight=w)
    C = np.linalg.inv(X[10:].T @ X[10:])
    for j, y in enumerate(Y.T):
        r = y[10:] - X[10:] @ both.coef_[j]
        expected = np.sqrt(np.diag(C) * (r @ r) / 18)
        np.testing.assert_allclose(both.standard_errors_[j], expected)


def test_the_value_is_the_share_that_is_not_explained(rng):
    X, y = load_diabetes(return_X_y=True)
    model = make_pipeline(StandardScaler(), Regression()).fit(X, y)
    assert model[-1].result_.fun == pytest.approx(1 - model.score(X, y))


def test_coefficients_that_cannot_be_told_apart(rng):
    x = rng.standard_normal((20, 1))
    model = Regression().fit(np.hstack([x, x]), x[:, 0])
    np.testing.assert_allclose(model.coef_, [0.5, 0.5])
    with pytest.raises(AttributeError, match="coefficients cannot be told apart"):
        _ = model.standard_errors_
    few = Regression().fit(np.eye(2), [1.0, 2.0])
    np.testing.assert_allclose(few.predict(np.eye(2)), [1.0, 2.0])


def test_a_run_that_stops_early_is_a_warning(rng):
    X, y = load_diabetes(return_X_y=True)
    stop = mo.Stop(max_iterations=1, gradient_norm=1e-15)
    with pytest.warns(ConvergenceWarning, match="limit of iterations"):
        Regression(stop=stop, solver=mo.GradientDescent()).fit(X, y)


def test_wrong_arguments(rng):
    X, y = np.eye(3), np.ones(3)
    with pytest.raises(ValueError, match=r"sample_weight must have shape \(3,\) or"):
        Regression().fit(X, y, sample_weight=np.ones((3, 2)))
    with pytest.raises(ValueError, match="at least 0, the least is -1"):
        Regression().fit(X, y, sample_weight=[1.0, -1.0, 1.0])
    with pytest.raises(ValueError, match="must not be all zero"):
        Regression().fit(X, y, sample_weight=np.zeros(3))
