import numpy as np
import pytest
from sklearn.covariance import LedoitWolf

import matopt as mo

est = mo.estimators


def projected(S):
    """The means over diagonals, one by one."""
    n = len(S)
    T = np.empty((n, n))
    for k in range(-n + 1, n):
        T[np.eye(n, k=k) > 0] = np.diagonal(S, k).mean()
    return T


def autoregressive(rng, count, n, phi):
    truth = phi ** np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    return truth, rng.standard_normal((count, n)) @ np.linalg.cholesky(truth).T


def variance(A, m):
    """E |P(S) - A|^2: that of <E, S> is (2/m) tr(E A E A), by Isserlis."""
    n = len(A)
    lags = [np.eye(n), *(np.eye(n, k=k) + np.eye(n, k=-k) for k in range(1, n))]
    products = [(E @ A, np.sum(E * E)) for E in lags]
    return sum(2 / m * np.sum(EA * EA.T) / norm for EA, norm in products)


@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize("centered", [True, False])
def test_the_shrinkage_is_that_of_the_shrunk_covariance(n, centered, rng):
    """rho |T - mu I|^2 = the variance at (1 - rho) T + rho mu I."""
    X = autoregressive(rng, 9, n, 0.9)[1]
    rho = est.ShrunkToeplitz(assume_centered=centered).fit(X).shrinkage_
    if n == 1:
        assert rho == 1.0
        return
    Z = X if centered else X - X.mean(axis=0)
    T = projected(Z.T @ Z / 9)
    target = np.trace(T) / n * np.eye(n)
    found = variance((1 - rho) * T + rho * target, 9 if centered else 8)
    assert 0.0 < rho < 1.0
    assert found == pytest.approx(rho * np.sum((T - target) ** 2), rel=1e-8)


def test_nothing_to_tell_from_the_identity_is_shrunk_to_it(rng):
    draws = rng.standard_normal((9, 4, 20))
    assert np.median([est.ShrunkToeplitz().fit(X).shrinkage_ for X in draws]) > 0.8


@pytest.mark.parametrize("m", [1, 8])
def test_the_shrinkage_is_near_the_best_there_is(m, rng):
    truth, _ = autoregressive(rng, 1, 16, 0.7)
    beta, delta = variance(truth, m), np.sum((truth - np.eye(16)) ** 2)
    model = est.ShrunkToeplitz(assume_centered=True)
    draws = [autoregressive(rng, m, 16, 0.7)[1] for _ in range(30)]
    found = [model.fit(X).shrinkage_ for X in draws]
    assert np.median(found) == pytest.approx(beta / (beta + delta), rel=0.15)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_it_beats_what_it_shrinks_and_what_has_no_structure(rng):
    errors = []
    for _ in range(20):
        truth, X = autoregressive(rng, 6, 12, 0.5)
        models = (est.ShrunkToeplitz(), est.ToeplitzCovariance(), LedoitWolf())
        fits = [m.set_params(assume_centered=True).fit(X) for m in models]
        errors.append([m.error_norm(truth) for m in fits])
    shrunk, toeplitz, unstructured = np.mean(errors, axis=0)
    assert shrunk < 0.8 * toeplitz and shrunk < 0.8 * unstructured


def test_one_sample_is_enough(rng):
    _, x = autoregressive(rng, 1, 30, 0.8)
    model = est.ShrunkToeplitz(0.2, assume_centered=True).fit(x)
    assert model.result_.success and np.linalg.eigvalsh(model.covariance_)[0] > 0


def test_the_ends_are_the_likelihood_and_the_identity(rng):
    _, X = autoregressive(rng, 50, 5, 0.6)
    free = est.ShrunkToeplitz(0.0).fit(X)
    toeplitz = est.ToeplitzCovariance().fit(X)
    np.testing.assert_allclose(free.covariance_, toeplitz.covariance_, rtol=1e-5)
    np.testing.assert_allclose(free.standard_errors_, toeplitz.standard_errors_)
    bound = est.ShrunkToeplitz(1.0).fit(X)
    np.testing.assert_allclose(
        bound.covariance_, X.var(axis=0).mean() * np.eye(5), atol=1e-7
    )
    power = bound.parameters_[0]  # the mean square of 250 independent values
    expected = [power * np.sqrt(2 / 250), 0.0, 0.0, 0.0, 0.0]
    np.testing.assert_allclose(bound.standard_errors_, expected, rtol=1e-7)


@pytest.mark.parametrize("rho", [0.2, 0.7])
def test_the_errors_are_those_of_many_fits(rho, rng):
    model = est.ShrunkToeplitz(rho, assume_centered=True)
    fits, errors = [], []
    for X in rng.standard_normal((150, 20, 4)):
        fits.append(model.fit(X).parameters_)
        errors.append(model.standard_errors_)
    np.testing.assert_allclose(np.std(fits, axis=0), np.mean(errors, axis=0), rtol=0.2)


def test_cross_validation_shrinks_more_where_samples_are_fewer(rng):
    _, X = autoregressive(rng, 200, 8, 0.6)
    few = est.ShrunkToeplitzCV(cv=4).fit(X[:8])
    many = est.ShrunkToeplitzCV([0.0, 0.1, 0.4, 0.8], cv=4).fit(X)
    assert many.shrinkage_ == 0.0 < few.shrinkage_


def test_wrong_arguments(rng):
    X = rng.standard_normal((5, 3))
    for wrong in (1.5, "ledoit-wolf", None):
        with pytest.raises(ValueError, match=r"shrinkage must be in \[0, 1\] or 'oas'"):
            est.ShrunkToeplitz(wrong).fit(X)
    with pytest.raises(ValueError, match="shrinkages must not be empty; pass cand"):
        est.ShrunkToeplitzCV([]).fit(X)
    assert est.ShrunkToeplitzCV(0.5, cv=2).fit(X).shrinkage_ == 0.5
