import numpy as np
import pytest
from scipy.special import digamma
from scipy.stats import chi2, multivariate_normal

import matopt as mo
from matopt.inference import Fit, LikelihoodRatio, fit, likelihood_ratio
from matopt.objectives import GaussianLikelihood, GaussianPrecisionLikelihood
from matopt.solvers import Stop, minimize
from matopt.spaces import (
    Banded,
    Diagonal,
    HermitianToeplitz,
    LinearSpan,
    PositiveDefinite,
    Symmetric,
    SymmetricToeplitz,
)


@pytest.mark.parametrize("large", [Symmetric(3), PositiveDefinite(3)], ids=repr)
def test_independence_of_features_is_minus_m_ln_det_r(large, rng):
    X = rng.standard_normal((40, 3))
    test = likelihood_ratio(fit(X, Diagonal(3)), fit(X, large))
    S = X.T @ X / 40
    d = np.sqrt(np.diag(S))
    statistic = -40 * np.linalg.slogdet(S / np.outer(d, d))[1]
    assert test.statistic == pytest.approx(statistic, rel=1e-6)
    assert test.freedom == 3
    assert test.p_value == pytest.approx(chi2(3).sf(statistic), rel=1e-5)
    assert "p_value" in repr(test) and "<table>" in test._repr_html_()


def test_of_circular_samples_it_is_twice_as_large(rng):
    Z = rng.standard_normal((40, 3)) + 1j * rng.standard_normal((40, 3))
    test = likelihood_ratio(
        fit(Z, Banded(3, 0, complex, symmetric=True)), fit(Z, Symmetric(3, complex))
    )
    S = Z.T @ Z.conj() / 40
    d = np.sqrt(np.diag(S).real)
    statistic = -2 * 40 * np.linalg.slogdet(S / np.outer(d, d))[1]
    assert test.statistic == pytest.approx(statistic, rel=1e-6)
    assert test.freedom == 6


def test_bartletts_factor_by_simulation(rng):
    # of independence with a known mean: 1 + (2 n + 5)/(6 m) + ..., Box (1949)
    n, m = 3, 12
    X = rng.standard_normal((m, n))
    small, large = fit(X, Diagonal(n)), fit(X, Symmetric(n))
    test = likelihood_ratio(small, large, simulations=250, rng=0)
    mean = 1 / (1 - (2 * n + 5) / (6 * m))
    assert test.factor == pytest.approx(mean, abs=4 * mean * np.sqrt(2 / 3 / 250))
    assert test.factor > 1.0
    plain = likelihood_ratio(small, large)
    assert plain.factor == 1.0
    assert test.p_value > plain.p_value
    again = likelihood_ratio(small, large, simulations=5, rng=1)
    assert again.factor == likelihood_ratio(small, large, simulations=5, rng=1).factor


def test_simulations_of_circular_samples(rng):
    Z = rng.standard_normal((12, 2)) + 1j * rng.standard_normal((12, 2))
    small, large = fit(Z, HermitianToeplitz(2)), fit(Z, Symmetric(2, complex))
    assert likelihood_ratio(small, large, simulations=20).factor > 0.5


def test_true_structures_are_rejected_as_often_as_they_should(rng):
    # 200 tests at 10 %: 20 +- 4 standard deviations of the binomial
    rejected = 0
    for _ in range(200):
        X = rng.standard_normal((60, 3))
        test = likelihood_ratio(fit(X, SymmetricToeplitz(3)), fit(X, Symmetric(3)))
        rejected += test.p_value < 0.1
    assert abs(rejected - 20) < 4 * np.sqrt(200 * 0.1 * 0.9)


def test_false_structures_are_rejected(rng):
    X = rng.standard_normal((60, 3)) * [1.0, 2.0, 4.0]
    test = likelihood_ratio(fit(X, SymmetricToeplitz(3)), fit(X, Symmetric(3)))
    assert test.p_value < 1e-6


def test_a_p_value_without_samples():
    assert LikelihoodRatio(7.814728, 3).p_value == pytest.approx(0.05, abs=1e-6)


def test_arguments(rng):
    X = rng.standard_normal((30, 3))
    diagonal, toeplitz, whole = (
        fit(X, s) for s in (Diagonal(3), SymmetricToeplitz(3), Symmetric(3))
    )
    with pytest.raises(ValueError, match="large must have more parameters"):
        likelihood_ratio(whole, toeplitz)
    with pytest.raises(ValueError, match="same samples, but small has 30 and large"):
        likelihood_ratio(diagonal, fit(X[:20], Symmetric(3)))
    spread = LinearSpan(np.array([np.diag(row) for row in np.eye(3)[:2]] + [np.eye(3)]))
    with pytest.raises(ValueError, match="large must have more parameters"):
        likelihood_ratio(diagonal, fit(X, spread))
    two = LinearSpan(np.array([np.eye(3), np.ones((3, 3))]))
    with pytest.raises(ValueError, match="is not a part of"):
        likelihood_ratio(fit(X, two), diagonal)
    early = Fit(whole.problem, minimize(whole.problem, stop=Stop(max_iterations=0)))
    with pytest.raises(ValueError, match="the large fit did not converge"):
        likelihood_ratio(diagonal, early)


def test_a_lower_likelihood_is_refused(rng):
    X = rng.standard_normal((30, 2))
    loose = Stop(gradient_norm=1e9)
    problem = fit(X, Symmetric(2)).problem
    bad = Fit(problem, minimize(problem, 50 * np.eye(2), stop=loose))
    with pytest.raises(ValueError, match="the large fit has the lower likelihood"):
        likelihood_ratio(fit(X, Diagonal(2)), bad)


def test_simulations_are_of_covariances(rng):
    f = GaussianPrecisionLikelihood(rng.standard_normal((30, 2)))
    with pytest.raises(TypeError, match="simulations are of covariance fits"):
        likelihood_ratio(fit(f, Diagonal(2)), fit(f, Symmetric(2)), simulations=2)


def test_a_mean_in_both_changes_the_statistic_alone(rng):
    X = rng.standard_normal((40, 3)) + 5.0
    f = GaussianLikelihood(X, mean="profile")
    test = likelihood_ratio(fit(f, Diagonal(3)), fit(f, Symmetric(3)))
    statistic = -40 * np.linalg.slogdet(np.corrcoef(X.T))[1]
    assert test.statistic == pytest.approx(statistic, rel=1e-6)
    assert test.freedom == 3


def test_a_mean_in_the_large_fit_alone_is_tested_too(rng):
    X = rng.standard_normal((40, 3))
    small = fit(X, Diagonal(3))
    large = fit(GaussianLikelihood(X, mean="profile"), Symmetric(3))
    test = likelihood_ratio(small, large)
    zero = -0.5 * 40 * np.sum(1 + np.log(2 * np.pi * np.mean(X**2, axis=0)))
    S = np.cov(X.T, bias=True)
    best = multivariate_normal(X.mean(axis=0), S).logpdf(X).sum()
    assert test.statistic == pytest.approx(2 * (best - zero), rel=1e-6)
    assert test.freedom == 3 + 3
    with pytest.raises(ValueError, match="the mean is fitted in small but zero in"):
        likelihood_ratio(large, fit(X, Symmetric(3)))


def test_other_samples_are_seen(rng):
    X, Y = rng.standard_normal((2, 30, 3))
    small = fit(X, Diagonal(3))
    for large in (fit(Y, Symmetric(3)), fit(mo.StudentLikelihood(X, 4), Symmetric(3))):
        with pytest.raises(ValueError, match="one likelihood to the same samples, but"):
            likelihood_ratio(small, large)
    same = GaussianLikelihood(iter([X[:9], X[9:]]))  # the same samples in chunks
    assert likelihood_ratio(small, fit(same, Symmetric(3))).freedom == 3


def test_other_samples_are_seen_about_a_mean_in_the_large_fit_alone(rng):
    X = rng.standard_normal((40, 3)) + 2.0
    Z = X + 1j * rng.standard_normal((40, 3))
    for data, dtype in ((X, float), (Z, complex)):
        other = 0.3 * (data - 2.0)
        for kind in (GaussianLikelihood, GaussianPrecisionLikelihood):
            small = fit(kind(data), Symmetric(3, dtype))
            whole = PositiveDefinite(3, dtype)
            same = likelihood_ratio(small, fit(kind(data, mean="profile"), whole))
            assert same.freedom == (3 if dtype is float else 6)
            with pytest.raises(ValueError, match="to the same samples, but at the mat"):
                likelihood_ratio(small, fit(kind(other, mean="profile"), whole))


def test_of_a_mean_alone_it_is_hotellings(rng):
    X = rng.standard_normal((40, 3)) + 0.3
    small = fit(X, Symmetric(3))
    chunked = GaussianLikelihood(iter([X[:9], X[9:]]), mean="profile")
    mean, S = X.mean(axis=0), np.cov(X.T, bias=True)
    hotelling = 40 * np.log1p(mean @ np.linalg.solve(S, mean))
    for f in (GaussianLikelihood(X, mean="profile"), chunked):
        test = likelihood_ratio(small, fit(f, Symmetric(3)))
        assert test.statistic == pytest.approx(hotelling, rel=1e-6)
        assert test.freedom == 3


def test_of_the_mean_of_a_series(rng):
    x = rng.standard_normal((2, 60)).cumsum(axis=1) * 0.2 + 1.0
    space = mo.PositiveDefiniteToeplitz(2)
    small = fit(mo.AutoregressiveLikelihood(x, 1), space)
    large = fit(mo.AutoregressiveLikelihood(x, 1, mean=True), space)
    test = likelihood_ratio(small, large)
    assert test.freedom == 1

    def dense(fitted, with_mean):
        t0, t1 = fitted.matrix[0]
        lags = t0 * (t1 / t0) ** np.abs(np.subtract.outer(np.arange(60), np.arange(60)))
        w = np.linalg.solve(lags, np.ones(60))
        mean = (x @ w).mean() / w.sum() if with_mean else 0.0
        return multivariate_normal(np.full(60, mean), lags).logpdf(x).sum()

    statistic = 2 * (dense(large, True) - dense(small, False))
    assert test.statistic == pytest.approx(statistic, rel=1e-5)
    other = fit(mo.AutoregressiveLikelihood(0.3 * (x - 1.0), 1, mean=True), space)
    with pytest.raises(ValueError, match="to the same samples, but at the matrix"):
        likelihood_ratio(small, other)


def test_the_factor_about_a_fitted_mean(rng):
    """det R is a product of beta variables: of m - 1 samples about zero, times m."""
    m, n = 6, 4
    f = GaussianLikelihood(rng.standard_normal((m, n)) + 3.0, mean="profile")
    small, large = fit(f, Diagonal(n)), fit(f, PositiveDefinite(n))
    test = likelihood_ratio(small, large, simulations=60, rng=0)
    nu = 0.5 * (m - 1 - np.arange(1, n))
    mean = m * np.sum(digamma(0.5 * (m - 1)) - digamma(nu)) / 6  # 2.23; 1.61 about zero
    assert test.factor == pytest.approx(mean, abs=2.5 * mean * np.sqrt(2 / 6 / 60))


def test_several_matrices_are_refused(rng):
    f = mo.GaussianMeanLikelihood(rng.standard_normal((20, 2)))
    fits = [
        fit(f, mo.Product(mo.Dense(2), space)) for space in (Diagonal(2), Symmetric(2))
    ]
    with pytest.raises(TypeError, match=r"is of one covariance, but .*mean=\"profile"):
        likelihood_ratio(*fits)
