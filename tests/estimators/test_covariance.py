"""What all covariance estimators share, on the one without structure and others."""

import pickle
import re

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.covariance import EmpiricalCovariance
from sklearn.datasets import load_wine
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import matopt as mo

est = mo.estimators
WINE = StandardScaler().fit_transform(load_wine().data)


def shown(model):
    """Its repr without addresses, the same in every process."""
    return re.sub(r" at 0x\w+", "", repr(model))


EVERY = [
    est.StructuredCovariance(),
    est.StructuredCovariance(lambda n: mo.Banded(n, 1, symmetric=True)),
    est.ToeplitzCovariance(),
    est.ShrunkToeplitz(),
    est.GraphicalLasso(0.1),
    est.GraphicalLasso(0.1, ridge=0.05),
    est.FactorAnalysisCovariance(1),
    est.KroneckerCovariance(2),
    est.RobustCovariance(),
    est.RobustCovariance("tyler"),
]


def moving_average(rng, count, n):
    noise = rng.standard_normal((count, n + 1))
    return noise[:, 1:] + 0.8 * noise[:, :-1] + 3.0


def gaussian_score(X, mean, covariance):
    """The mean log-density of rows, sample by sample."""
    P, (_, logdet) = np.linalg.inv(covariance), np.linalg.slogdet(covariance)
    constant = len(mean) * np.log(2 * np.pi) + logdet
    return -0.5 * np.mean([constant + (x - mean) @ P @ (x - mean) for x in X])


@pytest.mark.parametrize("model", EVERY, ids=shown)
def test_a_fit_tells_the_truth_about_itself(model, rng):
    X = moving_average(rng, 60, 6)
    model = clone(model).fit(X)
    assert model.result_.success
    matrix = model.precision_ if "Lasso" in repr(model) else model.covariance_
    if isinstance(model, est.RobustCovariance):
        matrix = model.result_.matrix
        ratio = model.covariance_ / matrix
        np.testing.assert_allclose(ratio, ratio[0, 0])
    f = model.fit_.objective
    again = f.on(mo.Symmetric(6)).at(matrix).value
    assert again == pytest.approx(model.result_.fun, rel=1e-10)
    assert model.report_.agrees and not model.report_.boundary
    assert model.report_.condition == pytest.approx(np.linalg.cond(matrix), rel=1e-6)
    identity = model.covariance_ @ model.precision_
    np.testing.assert_allclose(identity, np.eye(6), atol=1e-9)


def test_without_structure_it_is_the_empirical_covariance(rng):
    ours, theirs = (
        m.fit(WINE) for m in (est.StructuredCovariance(), EmpiricalCovariance())
    )
    np.testing.assert_allclose(ours.covariance_, theirs.covariance_, atol=1e-12)
    np.testing.assert_allclose(ours.location_, theirs.location_, atol=1e-12)
    np.testing.assert_allclose(ours.get_precision(), theirs.precision_, rtol=1e-6)
    test = rng.standard_normal((7, 13))
    assert ours.score(test) == pytest.approx(theirs.score(test), rel=1e-9)
    np.testing.assert_allclose(ours.mahalanobis(test), theirs.mahalanobis(test))
    other = np.eye(13)
    for norm in ("frobenius", "spectral"):
        for flags in ({}, {"scaling": False}, {"squared": False}):
            expected = theirs.error_norm(other, norm=norm, **flags)
            assert ours.error_norm(other, norm=norm, **flags) == pytest.approx(expected)


@pytest.mark.parametrize("model", EVERY[:-2], ids=shown)
def test_the_score_is_the_gaussian_log_density(model, rng):
    X, test = moving_average(rng, 40, 4), moving_average(rng, 3, 4)
    model = clone(model).fit(X)
    expected = gaussian_score(test, model.location_, model.covariance_)
    assert model.score(test) == pytest.approx(expected, rel=1e-10)
    d = [(x - model.location_) @ model.precision_ @ (x - model.location_) for x in test]
    np.testing.assert_allclose(model.mahalanobis(test), d)


def test_assume_centered(rng):
    X = moving_average(rng, 50, 3)
    model = est.StructuredCovariance(assume_centered=True).fit(X)
    np.testing.assert_allclose(model.covariance_, X.T @ X / 50)
    np.testing.assert_array_equal(model.location_, np.zeros(3))


@pytest.mark.parametrize("model", EVERY[:8], ids=shown)
def test_data_come_in_many_forms(model, rng, tmp_path):
    import dask.array

    X = moving_average(rng, 90, 4)
    whole = clone(model).fit(X)
    path = tmp_path / "samples.npy"
    np.save(path, X)
    forms = {
        "map": np.load(path, mmap_mode="r"),
        "iterator": iter(np.split(X, 3)),
        "dask": dask.array.from_array(X, chunks=(25, 2)),
        "moments": mo.Moments().update(X),
        "frame": pd.DataFrame(X, columns=list("abcd")),
        "list": X.tolist(),
    }
    fits = {name: clone(model).fit(data) for name, data in forms.items()}
    parts = clone(model)
    for chunk in (X[:1], X[1:40], X[40:]):
        parts.partial_fit(chunk)
    fits["parts"] = parts
    for name, each in fits.items():
        close = np.allclose(each.covariance_, whole.covariance_, rtol=1e-6, atol=1e-8)
        assert close and each.n_features_in_ == 4, name
        assert each.score(iter([X])) == pytest.approx(whole.score(X), rel=1e-8)
    assert list(fits["frame"].feature_names_in_) == list("abcd")


def test_chunks_that_are_frames_keep_their_names(rng):
    frame = pd.DataFrame(rng.standard_normal((30, 3)), columns=list("abc"))
    model = est.StructuredCovariance().fit(iter([frame[:12], frame[12:12], frame[12:]]))
    assert list(model.feature_names_in_) == list("abc")
    np.testing.assert_allclose(model.covariance_, np.cov(frame.T, bias=True))
    mixed = [frame[:12], frame[12:][["b", "a", "c"]]]
    for call in (model.fit, model.partial_fit, model.score):
        with pytest.raises(ValueError, match="must be in the same order"):
            call(iter(mixed))
    with pytest.raises(ValueError, match="X must have samples, but the iterator"):
        model.fit(iter([]))
    model.fit(iter([frame.to_numpy()]))
    assert not hasattr(model, "feature_names_in_")


def test_moments_that_are_passed_stay_as_they_were(rng):
    moments = mo.Moments().update(rng.standard_normal((20, 2)))
    model = est.StructuredCovariance().fit(moments)
    model.partial_fit(np.ones((5, 2)))
    assert moments.count == 20 and model.fit_.count == 25


def test_partial_fit_is_of_all_samples_that_came(rng):
    X = rng.standard_normal((30, 2))
    model = est.StructuredCovariance().partial_fit(X[:10])
    first = model.covariance_
    np.testing.assert_allclose(first, np.cov(X[:10].T, bias=True))
    model.partial_fit(X[10:])
    np.testing.assert_allclose(model.covariance_, np.cov(X.T, bias=True))
    model.fit(X[:5])  # forgets
    np.testing.assert_allclose(model.covariance_, np.cov(X[:5].T, bias=True))


def test_a_series_by_its_lag_sums(rng):
    series = rng.standard_normal(2000).cumsum() * 0.01 + rng.standard_normal(2000)
    model = est.ToeplitzCovariance().fit(mo.LagSums(4).update(series))
    windows = np.lib.stride_tricks.sliding_window_view(series, 4) - series.mean()
    expected = est.ToeplitzCovariance(assume_centered=True).fit(windows)
    np.testing.assert_allclose(model.covariance_, expected.covariance_, rtol=1e-6)
    np.testing.assert_allclose(model.location_, series.mean())


@pytest.mark.parametrize("model", [est.ToeplitzCovariance(), est.ShrunkToeplitz(0.1)])
def test_windows_that_overlap_have_no_errors(model, rng):
    sums = mo.LagSums(4).update(rng.standard_normal(200))
    model = clone(model).fit(sums)
    assert model.report_.passed and np.isfinite(model.score(sums))
    with pytest.raises(AttributeError, match="windows of one series that overlap"):
        _ = model.standard_errors_
    for asked in (mo.inference.uncertainty, mo.inference.aic, mo.inference.bic):
        with pytest.raises(TypeError, match="windows of one series that overlap"):
            asked(model.fit_)


def test_windows_of_one_value_do_not_overlap(rng):
    series = rng.standard_normal(200)
    model = est.ToeplitzCovariance().fit(mo.LagSums(1).update(series))
    errors = series.var() * np.sqrt(2 / 200)
    np.testing.assert_allclose(model.standard_errors_, errors, rtol=1e-6)
    density = gaussian_score(series[:, None], [series.mean()], [[series.var()]])
    assert model.fit_.log_likelihood == pytest.approx(200 * density, rel=1e-9)


def test_pipelines_grids_and_scores():
    X = load_wine().data
    folds = KFold(3, shuffle=True, random_state=0)  # the rows are sorted by class
    pipe = make_pipeline(StandardScaler(), est.GraphicalLasso())
    grid = GridSearchCV(pipe, {"graphicallasso__alpha": [0.05, 0.5]}, cv=folds).fit(X)
    assert grid.best_params_ == {"graphicallasso__alpha": 0.05}
    scores = cross_val_score(grid.best_estimator_, X, cv=folds)
    assert np.mean(scores) == pytest.approx(grid.best_score_)


@pytest.mark.parametrize("model", EVERY, ids=shown)
def test_clones_and_pickles(model, rng):
    if "lambda" in repr(model):
        model = est.StructuredCovariance(mo.Diagonal)
    X = moving_average(rng, 40, 4)
    fitted = clone(model).fit(X)
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.covariance_, fitted.covariance_)
    assert again.score(X) == fitted.score(X)
    assert not hasattr(clone(fitted), "covariance_")


def test_settings_reach_the_solver(rng):
    X = moving_average(rng, 40, 4)
    model = est.ToeplitzCovariance(solver=mo.LBFGS(), stop=mo.Stop(gradient_norm=1e-3))
    model.fit(X)
    assert "LBFGS" in model.result_.solver and "0.001" in model.result_.stop
    assert "LBFGS" in repr(model)


def test_a_run_that_stops_early_is_a_warning(rng):
    X = moving_average(rng, 40, 8)
    model = est.ToeplitzCovariance(stop=mo.Stop(max_iterations=1, gradient_norm=1e-12))
    with pytest.warns(ConvergenceWarning, match=r"Raise Stop\(max_iterations"):
        model.fit(X)
    assert not model.result_.success


def test_a_fit_at_the_boundary_is_a_warning(rng):
    model = est.ToeplitzCovariance(assume_centered=True)
    with pytest.warns(ConvergenceWarning, match="Pass at least 4 samples, not 1"):
        model.fit(rng.standard_normal((1, 7)))
    assert model.report_.boundary


def test_a_likelihood_without_maximum_is_an_error(rng):
    with pytest.raises(ValueError, match=r"S has rank 4 .* Pass at least 8"):
        est.StructuredCovariance().fit(rng.standard_normal((5, 7)))


def test_what_is_not_there_says_why(rng):
    model = est.GraphicalLasso(0.2)
    with pytest.raises(NotFittedError, match="call fit"):
        _ = model.covariance_
    model.fit(rng.standard_normal((30, 3)))
    with pytest.raises(AttributeError, match="no standard errors of this fit"):
        _ = model.standard_errors_
    assert not hasattr(model, "standard_errors_")


def test_wrong_arguments(rng):
    X = rng.standard_normal((20, 4))
    model = est.StructuredCovariance().fit(X)
    with pytest.raises(ValueError, match="norm must be 'frobenius' or 'spectral', got"):
        model.error_norm(np.eye(4), norm="nuclear")
    with pytest.raises(ValueError, match="X has 3 features, but StructuredCov"):
        model.score(iter([X[:, :3]]))
    with pytest.raises(ValueError, match="n_samples = 1, but the mean is subtracted"):
        est.StructuredCovariance().fit(X[:1])
    with pytest.raises(ValueError, match=r"Complex data not supported.*inference\.fit"):
        est.ToeplitzCovariance().fit(mo.Moments().update(X + 1j))
    with pytest.raises(TypeError, match="other must be a Moments, got LagSums"):
        model.partial_fit(mo.LagSums(4).update(np.arange(9.0)))


def test_complex_samples_have_the_library(rng):
    Z = rng.standard_normal((50, 3)) + 1j * rng.standard_normal((50, 3))
    with pytest.raises(ValueError, match="Complex data not supported"):
        est.ToeplitzCovariance().fit(Z)
    assert mo.inference.fit(Z, mo.HermitianToeplitz(3)).result.success
