import math

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from matopt.inference import aic, aicc, bic, ebic, fit
from matopt.objectives import GaussianPrecisionLikelihood
from matopt.spaces import Banded, Diagonal, HermitianToeplitz, LinearSpan, Symmetric


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
