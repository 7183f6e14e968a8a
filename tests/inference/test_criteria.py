import math

import numpy as np
import pytest
from scipy.stats import multivariate_normal

import matopt as mo
from matopt.inference import aic, aicc, bic, ebic, fit
from matopt.objectives import GaussianPrecisionLikelihood
from matopt.spaces import (
    Banded,
    Diagonal,
    HermitianToeplitz,
    LinearSpan,
    PositiveDefinite,
    Symmetric,
)


def test_by_hand(rng):
    X = rng.standard_normal((40, 3))
    done = fit(X, Symmetric(3))
    S = X.T @ X / 40
    best = multivariate_normal(np.zeros(3), S).logpdf(X).sum()
    assert aic(done) == pytest.approx(2 * 6 - 2 * best)
    assert bic(done) == pytest.approx(6 * np.log(40) - 2 * best)
    assert aicc(done) == pytest.approx(aic(done) + 2 * 6 * 7 / (120 - 7))


def test_complex_parameters_are_counted_as_real_ones(rng):
    Z = rng.standard_normal((40, 3)) + 1j * rng.standard_normal((40, 3))
    done = fit(Z, HermitianToeplitz(3))
    assert aic(done) == pytest.approx(2 * 5 - 2 * done.log_likelihood)
    assert aicc(done) == pytest.approx(aic(done) + 2 * 5 * 6 / (240 - 6))


def test_aicc_is_exact_for_a_scale(rng):
    # E of the log-likelihood of new data is ln L less k N/(N - 2), not less k = 1:
    # with N s^2/sigma^2 chi-square of N degrees, E sigma^2/s^2 = N/(N - 2)
    N = 12
    penalty = []
    for _ in range(2):
        done = fit(rng.standard_normal((4, 3)), LinearSpan(np.eye(3)[None]))
        penalty.append(aicc(done) + 2 * done.log_likelihood)
    np.testing.assert_allclose(penalty, 2 * N / (N - 2))


def test_aicc_of_too_few_values(rng):
    assert aicc(fit(rng.standard_normal((1, 2)), Diagonal(2))) == math.inf


def test_ebic_counts_edges(rng):
    f = GaussianPrecisionLikelihood(rng.standard_normal((40, 4)))
    done = fit(f, Banded(4, 1, symmetric=True))
    assert ebic(done, 0.0) == pytest.approx(bic(done))
    assert ebic(done, 1.0) - ebic(done, 0.0) == pytest.approx(4 * 3 * np.log(4))
    assert ebic(done) == ebic(done, 0.5)
    with pytest.raises(ValueError, match="gamma must be between 0 and 1, got 2"):
        ebic(done, 2)


def test_a_mean_that_was_fitted_is_counted(rng):
    X = rng.standard_normal((40, 3)) + 5.0
    best = multivariate_normal(X.mean(axis=0), np.cov(X.T, bias=True)).logpdf(X).sum()
    for data in (X, iter([X[:7], X[7:]])):
        done = fit(mo.GaussianLikelihood(data, mean="profile"), Symmetric(3))
        assert done.parameters == 6 + 3
        assert aic(done) == pytest.approx(2 * 9 - 2 * best)
        assert bic(done) == pytest.approx(9 * np.log(40) - 2 * best)
        assert aicc(done) == pytest.approx(aic(done) + 2 * 9 * 10 / (120 - 10))
    space = mo.Product(mo.Dense(3), PositiveDefinite(3))
    joint = fit(mo.GaussianMeanLikelihood(X), space)
    assert (aic(joint), aicc(joint), bic(joint)) == pytest.approx(
        (aic(done), aicc(done), bic(done))
    )
    Z = X + 1j * rng.standard_normal((40, 3))
    f = mo.GaussianLikelihood(Z, mean="profile")
    assert fit(f, HermitianToeplitz(3)).parameters == 5 + 6
    f = GaussianPrecisionLikelihood(X, mean="profile")
    K = fit(f, Banded(3, 1, symmetric=True))
    assert ebic(K, 0.0) == pytest.approx(bic(K))
    windows = mo.LagSums(3).update(X[:, 0])
    f = mo.GaussianLikelihood(windows, mean="profile")  # of the series
    assert fit(f, mo.SymmetricToeplitz(3)).parameters == 3 + 1


def test_the_mean_of_a_series_is_counted(rng):
    x = np.cumsum(rng.standard_normal(60)) * 0.1 + rng.standard_normal(60)
    for p in (1, 3):
        space = mo.PositiveDefiniteToeplitz(p + 1)
        fits = [
            fit(mo.AutoregressiveLikelihood(x, p, mean=mean), space)
            for mean in (False, True)
        ]
        assert [each.parameters for each in fits] == [p + 1, p + 2]
        k = p + 2
        assert aicc(fits[1]) == pytest.approx(
            aic(fits[1]) + 2 * k * (k + 1) / (60 - k - 1)
        )
    z = x + 1j * rng.standard_normal(60)
    f = mo.AutoregressiveLikelihood(z, 1, mean=True)
    assert fit(f, mo.PositiveDefiniteToeplitz(2, complex)).parameters == 3 + 2


def test_aicc_counts_the_entries_that_were_observed(rng):
    X = rng.standard_normal((30, 3))
    X[:10, 0] = np.nan
    done = fit(mo.GaussianMissingLikelihood(X), Diagonal(3))
    assert aicc(done) == pytest.approx(aic(done) + 2 * 3 * 4 / (80 - 4))


def test_ebic_is_of_one_matrix(rng):
    f = mo.GaussianMeanLikelihood(rng.standard_normal((20, 2)))
    done = fit(f, mo.Product(mo.Dense(2), Symmetric(2)))
    with pytest.raises(TypeError, match="ebic is of one precision, but Product"):
        ebic(done)


def test_a_scale_that_is_not_known_is_not_counted(rng):
    X = rng.standard_normal((50, 3))
    for f, count in ((mo.TylerLikelihood(X), 5), (mo.StudentLikelihood(X, 3), 6)):
        assert fit(f, PositiveDefinite(3)).parameters == count
        assert fit(f, mo.Correlation(3)).parameters == 3
        span = LinearSpan(np.array([np.diag([1.0, 2, 3]), np.ones((3, 3))]))
        assert fit(f, span).parameters == count - 4  # none is a multiple of I
