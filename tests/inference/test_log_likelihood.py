import numpy as np
import pytest
from scipy.stats import multivariate_normal

from matopt.inference import log_likelihood
from matopt.inference.log_likelihood import weight
from matopt.objectives import (
    GaussianLikelihood,
    GaussianPrecisionLikelihood,
    LogDet,
)
from matopt.spaces import PositiveDefinite, Symmetric


def _samples(rng, m, n):
    return rng.standard_normal((m, n)) @ rng.standard_normal((n, n))


@pytest.mark.parametrize("n", [1, 2, 5])
def test_equals_the_sum_of_log_densities(n, rng):
    X = _samples(rng, 7, n)
    A = PositiveDefinite(n).random(rng)
    total = multivariate_normal(np.zeros(n), A).logpdf(X).sum()
    for f, B in (
        (GaussianLikelihood(X), A),
        (GaussianPrecisionLikelihood(X), np.linalg.inv(A)),
        (GaussianLikelihood.from_covariance(X.T @ X / 7, count=7), A),
    ):
        value = f.on(Symmetric(n)).at(B).value
        assert log_likelihood(f, value) == pytest.approx(total, rel=1e-10)
        assert weight(f) == pytest.approx(3.5)


@pytest.mark.parametrize("n", [1, 3])
def test_circular_samples_are_real_ones_of_twice_the_length(n, rng):
    Z = _samples(rng, 6, n) + 1j * _samples(rng, 6, n)
    A = PositiveDefinite(n, complex).random(rng)
    real = 0.5 * np.block([[A.real, -A.imag], [A.imag, A.real]])
    X = np.hstack([Z.real, Z.imag])
    total = multivariate_normal(np.zeros(2 * n), real).logpdf(X).sum()
    f = GaussianLikelihood(Z)
    value = f.on(Symmetric(n, complex)).at(A).value
    assert log_likelihood(f, value) == pytest.approx(total, rel=1e-10)
    assert weight(f) == pytest.approx(6.0)


def test_an_objective_may_know_it_better():
    class Own(LogDet):
        def log_likelihood(self, value):
            return -10.0 * value

    assert log_likelihood(Own(), 2.0) == -20.0
    assert weight(Own()) == 10.0


def test_a_penalty_has_none(rng):
    with pytest.raises(TypeError, match="must be a Gaussian likelihood, got LogDet"):
        log_likelihood(LogDet(), 1.0)
