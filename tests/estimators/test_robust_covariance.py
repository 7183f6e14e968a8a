import numpy as np
import pytest
from scipy.stats import multivariate_t

import matopt as mo

est = mo.estimators
TRUTH = np.array([[2.0, 0.9, 0.0], [0.9, 1.0, -0.3], [0.0, -0.3, 0.5]])


def test_student_satisfies_its_fixed_point_and_density(rng):
    X = multivariate_t([1.0, 2.0, 3.0], TRUTH, df=5, seed=rng).rvs(150)
    model = est.RobustCovariance(dof=5.0).fit(X)
    Z = X - np.median(X, axis=0)
    A = model.covariance_ * 3 / 5
    d = np.sum(Z @ np.linalg.inv(A) * Z, axis=1)
    weighted = (Z * ((5 + 3) / (5 + d))[:, None]).T @ Z / len(Z)
    np.testing.assert_allclose(weighted, A, atol=1e-5)
    density = multivariate_t(model.location_, A, df=5).logpdf(X).mean()
    assert model.score(X) == pytest.approx(density)


def test_tyler_satisfies_its_fixed_point_and_has_the_gaussian_scale(rng):
    X = rng.multivariate_normal(np.zeros(3), TRUTH, size=3000)
    X *= rng.exponential(size=(3000, 1)) + 0.1  # the directions are what they were
    model = est.RobustCovariance("tyler", assume_centered=True).fit(X)
    A = model.covariance_
    d = np.sum(X @ np.linalg.inv(A) * X, axis=1)
    np.testing.assert_allclose(
        (X * (3 / d)[:, None]).T @ X / len(X), A, rtol=1e-4, atol=1e-4
    )
    np.testing.assert_allclose(A / np.trace(A), TRUTH / np.trace(TRUTH), atol=0.03)
    gaussian = rng.multivariate_normal(np.zeros(3), TRUTH, size=3000)
    scaled = est.RobustCovariance("tyler").fit(gaussian).covariance_
    np.testing.assert_allclose(scaled, TRUTH, atol=0.2)


@pytest.mark.parametrize("likelihood", ["student", "tyler"])
def test_outliers_hardly_matter(likelihood, rng):
    X = rng.multivariate_normal(np.zeros(3), TRUTH, size=300)
    clean = est.RobustCovariance(likelihood).fit(X)
    X[:15] = 1e3
    spoiled = est.RobustCovariance(likelihood).fit(X)
    assert spoiled.error_norm(clean.covariance_) < 10
    assert est.StructuredCovariance().fit(X).error_norm(clean.covariance_) > 1e8
    far = np.argsort(spoiled.mahalanobis(X))[-15:]
    assert set(far) == set(range(15))


def test_a_sample_at_the_centre_and_a_structure(rng):
    X = rng.standard_normal((41, 4))
    X[7] = 0.0
    model = est.RobustCovariance(
        "tyler", structure=mo.SymmetricToeplitz, assume_centered=True
    )
    lags = model.fit(X).covariance_
    assert lags[0, 1] == pytest.approx(lags[2, 3])


def test_errors_of_students_scatter_are_of_its_size(rng):
    X = multivariate_t(np.zeros(3), TRUTH, df=6, seed=rng).rvs(400)
    model = est.RobustCovariance(dof=6.0).fit(X)
    deviation = np.abs(model.covariance_ - 1.5 * TRUTH) / model.standard_errors_
    assert deviation.max() < 4
    with pytest.raises(AttributeError, match="no standard errors"):
        _ = est.RobustCovariance("tyler").fit(X).standard_errors_


def test_wrong_arguments(rng):
    X = rng.standard_normal((20, 2))
    with pytest.raises(ValueError, match="likelihood must be 'student' or 'tyler'"):
        est.RobustCovariance("huber").fit(X)
    with pytest.raises(ValueError, match=r"dof must be above 2 .* got 1\.5"):
        est.RobustCovariance(dof=1.5).fit(X)
    with pytest.raises(ValueError, match=r"dof must be above 2 .* got None"):
        est.RobustCovariance(dof=None).fit(X)
