import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import KFold, cross_val_score

import matopt as mo

est = mo.estimators


def test_structures_in_every_form(rng):
    X = rng.standard_normal((40, 4))
    forms = [
        mo.SymmetricToeplitz,
        mo.SymmetricToeplitz(4),
        lambda n: mo.SymmetricToeplitz(n),
    ]
    fits = [est.StructuredCovariance(form).fit(X) for form in forms]
    for each in fits[1:]:
        np.testing.assert_array_equal(each.covariance_, fits[0].covariance_)
    direct = mo.inference.fit(X - X.mean(axis=0), mo.SymmetricToeplitz(4))
    np.testing.assert_allclose(fits[0].covariance_, direct.matrix, rtol=1e-6)
    errors = mo.inference.standard_errors(direct)
    np.testing.assert_allclose(fits[0].standard_errors_, errors, rtol=1e-5)


def test_standard_errors_of_variances_are_known(rng):
    X = rng.standard_normal((80, 3)) * [1.0, 2.0, 5.0]
    model = est.StructuredCovariance(mo.Diagonal).fit(X)
    variances = X.var(axis=0)
    np.testing.assert_allclose(model.parameters_, variances)
    np.testing.assert_allclose(model.standard_errors_, variances * np.sqrt(2 / 80))
    full = est.StructuredCovariance().fit(X)
    S = full.covariance_
    expected = np.sqrt((S**2 + np.outer(variances, variances)) / 80)
    np.testing.assert_allclose(full.standard_errors_, expected)


def with_holes(rng, count=120):
    L = np.linalg.cholesky([[2.0, 1.0, 0.5], [1.0, 2.0, 1.0], [0.5, 1.0, 2.0]])
    X = rng.standard_normal((count, 3)) @ L.T + [1.0, 2.0, 3.0]
    X[rng.random(X.shape) < 0.2] = np.nan
    return X


def observed_log_likelihood(X, mean, covariance):
    total = 0.0
    for x in X:
        o = np.flatnonzero(~np.isnan(x))
        if len(o):
            total += multivariate_normal.logpdf(x[o], mean[o], covariance[np.ix_(o, o)])
    return total


def test_missing_entries_maximize_the_likelihood_of_the_rest(rng):
    X = with_holes(rng)
    model = est.StructuredCovariance(missing="likelihood").fit(X)
    mean, covariance = model.location_, model.covariance_
    best = observed_log_likelihood(X, mean, covariance)
    assert model.fit_.log_likelihood == pytest.approx(best, rel=1e-10)
    for _ in range(5):
        D = rng.standard_normal((3, 3))
        for t in (1e-3, -1e-3):
            moved = observed_log_likelihood(X, mean, covariance + t * (D + D.T))
            assert moved < best
            assert observed_log_likelihood(X, mean + t * D[0], covariance) < best


@pytest.mark.parametrize("structure", [None, mo.SymmetricToeplitz])
def test_the_score_of_missing_entries_is_of_the_rest(structure, rng):
    X, test = with_holes(rng), with_holes(rng, 15)
    test[3] = np.nan  # it says nothing
    model = est.StructuredCovariance(structure, missing="likelihood").fit(X)
    total = observed_log_likelihood(test, model.location_, model.covariance_)
    count = np.sum(~np.isnan(test).all(axis=1))
    assert model.score(test) == pytest.approx(total / count, rel=1e-10)
    assert model.score(iter([test[:4], test[4:]])) == pytest.approx(total / count)
    scores = cross_val_score(model, X, cv=KFold(3))
    rest, held = X[40:], X[:40]
    total = model.fit(rest).score(held)
    assert scores[0] == pytest.approx(total) and np.isfinite(scores).all()
    series = mo.LagSums(3).update(rng.standard_normal(50))
    assert np.isfinite(model.score(series))


def test_missing_entries_in_chunks_and_their_errors(rng):
    X = with_holes(rng)
    whole = est.StructuredCovariance(mo.Symmetric, missing="likelihood").fit(X)
    parts = est.StructuredCovariance(mo.Symmetric, missing="likelihood")
    for chunk in np.array_split(X, 4):
        parts.partial_fit(chunk)
    np.testing.assert_allclose(parts.covariance_, whole.covariance_, rtol=1e-6)
    complete = est.StructuredCovariance(mo.Symmetric).fit(X[~np.isnan(X).any(axis=1)])
    assert np.all(whole.standard_errors_ < complete.standard_errors_)


def test_a_mean_that_is_not_found_is_a_warning(rng):
    stop = mo.Stop(max_iterations=1, gradient_norm=1e-12)
    model = est.StructuredCovariance(missing="likelihood", stop=stop)
    with pytest.warns(ConvergenceWarning) as warned:
        model.fit(with_holes(rng))
    assert len(warned) == 2  # the mean, the covariance


def test_without_holes_it_is_the_complete_likelihood(rng):
    X = rng.standard_normal((50, 3))
    one = est.StructuredCovariance(mo.SymmetricToeplitz).fit(X)
    other = est.StructuredCovariance(mo.SymmetricToeplitz, missing="likelihood").fit(X)
    np.testing.assert_allclose(other.covariance_, one.covariance_, rtol=1e-6)
    np.testing.assert_allclose(other.location_, one.location_, atol=1e-8)
    assert other.score(X) == pytest.approx(one.score(X))


def test_the_simplest_true_structure_is_chosen(rng):
    noise = rng.standard_normal((60, 13))
    stationary = noise[:, 1:] + 0.8 * noise[:, :-1]
    model = est.StructuredCovarianceCV(cv=4).fit(stationary)
    assert model.structure_ is mo.SymmetricToeplitz
    direct = est.ToeplitzCovariance().fit(stationary)
    np.testing.assert_allclose(model.covariance_, direct.covariance_, rtol=1e-5)
    scaled = est.StructuredCovarianceCV(cv=4).fit(noise * np.arange(1, 14))
    assert scaled.structure_ is mo.Diagonal
    scores = scaled.cv_results_["mean_test_score"]
    splits = [scaled.cv_results_[f"split{i}_test_score"] for i in range(4)]
    np.testing.assert_allclose(np.mean(splits, axis=0), scores)


def test_a_structure_without_maximum_is_not_chosen(rng):
    X = rng.standard_normal((12, 11))
    model = est.StructuredCovarianceCV([mo.PositiveDefinite, mo.Diagonal], cv=3).fit(X)
    assert model.structure_ is mo.Diagonal
    assert model.cv_results_["mean_test_score"][0] == -np.inf
    with pytest.raises(ValueError, match="the likelihood falls without limit"):
        est.StructuredCovarianceCV([mo.PositiveDefinite], cv=3).fit(X)


def test_wrong_arguments(rng):
    X = rng.standard_normal((20, 4))
    with pytest.raises(TypeError, match=r"structure must be a space or .*, got str"):
        est.StructuredCovariance("toeplitz").fit(X)
    with pytest.raises(ValueError, match="samples has 4 features but the space"):
        est.StructuredCovariance(mo.SymmetricToeplitz(5)).fit(X)
    with pytest.raises(ValueError, match=r"Circulant\(4\) is.*SymmetricCirculant\(4\)"):
        est.StructuredCovariance(mo.Circulant).fit(X)
    with pytest.raises(ValueError, match="missing must be 'refuse' or 'likelihood'"):
        est.StructuredCovariance(missing="drop").fit(X)
    with pytest.raises(ValueError, match="structures must not be empty; pass cand"):
        est.StructuredCovarianceCV([]).fit(X)
    X[0, 0] = np.nan
    with pytest.raises(ValueError, match="contains NaN"):
        est.StructuredCovariance().fit(X)
