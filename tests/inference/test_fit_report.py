import re
from dataclasses import replace

import numpy as np
import pytest

import matopt as mo
from matopt.inference import Fit, diagnose, fit
from matopt.objectives import (
    FrobeniusNorm,
    GaussianLikelihood,
    GaussianPrecisionLikelihood,
    RayleighQuotient,
    TraceInverse,
)
from matopt.solvers import Stop, minimize
from matopt.spaces import (
    Dense,
    Diagonal,
    HermitianToeplitz,
    PositiveDefinite,
    Product,
    Sphere,
    Symmetric,
    SymmetricToeplitz,
)


def test_a_good_fit(rng):
    X = rng.standard_normal((400, 4)) * 10.0
    done = fit(X, SymmetricToeplitz(4))
    report = diagnose(done)
    assert report.passed and report.agrees and not report.boundary
    assert report.convex and report.is_global
    A = done.matrix
    direct = np.linalg.slogdet(A)[1] + np.trace(np.linalg.solve(A, X.T @ X / 400))
    assert report.recomputed == pytest.approx(direct, rel=1e-12)
    assert report.value == pytest.approx(direct, rel=1e-12)
    assert report.condition == pytest.approx(np.linalg.cond(A), rel=1e-8)
    assert report.smallest == pytest.approx(
        np.linalg.eigvalsh(A)[0] / (np.trace(A) / 4), rel=1e-8
    )
    assert (report.count, report.needed) == (400, 2)
    assert report.decrement < 1e-6
    assert "all is well" in repr(report) and "<table>" in report._repr_html_()


@pytest.mark.parametrize(
    "space", [SymmetricToeplitz(3), PositiveDefinite(3), Diagonal(3)], ids=repr
)
def test_the_decrement_is_the_gradient_in_the_metric_of_the_information(space, rng):
    X = rng.standard_normal((30, 3))
    problem = GaussianLikelihood(X).on(space)
    early = minimize(problem, 1.3 * np.eye(3), stop=Stop(max_iterations=0))
    report = diagnose(Fit(problem, early))
    A = early.matrix
    P, S = np.linalg.inv(A), X.T @ X / 30
    point = problem.at(A).point
    U = [point.along(e) for e in point.space.tangent_basis(point)]
    g = np.array([np.trace((P - P @ S @ P) @ u) for u in U])
    F = np.array([[np.trace(P @ u @ P @ v) for v in U] for u in U])
    assert report.decrement == pytest.approx(np.sqrt(g @ np.linalg.solve(F, g)))
    assert report.distance == pytest.approx(report.decrement * np.sqrt(15))
    assert any("limit of iterations" in text for text in report.advice)


def test_the_distance_is_in_standard_errors(rng):
    # of one variance: the optimum is s, the error of sigma^2 at it sigma^2 sqrt(2/m)
    x = rng.standard_normal((200, 1))
    s = float(np.mean(x**2))
    problem = GaussianLikelihood(x).on(Diagonal(1))
    near = minimize(problem, [[1.001 * s]], stop=Stop(max_iterations=0))
    away = 0.001 / (1.001 * np.sqrt(2 / 200))
    assert diagnose(Fit(problem, near)).distance == pytest.approx(away, rel=1e-6)


def test_a_wrong_value_is_seen(rng):
    done = fit(rng.standard_normal((50, 3)), Diagonal(3))
    bad = Fit(done.problem, replace(done.result, fun=done.result.fun + 1e-6))
    report = diagnose(bad)
    assert not report.agrees
    assert "do not trust this fit" in report.advice[0]


@pytest.mark.parametrize(
    "space", [SymmetricToeplitz(6), HermitianToeplitz(6)], ids=repr
)
def test_a_fit_that_ran_to_the_boundary(space, rng):
    X = rng.standard_normal((1, 6))
    if space.dtype is complex:
        X = X + 1j * rng.standard_normal((1, 6))
    report = diagnose(fit(X, space))
    assert report.boundary and not report.passed and not report.is_global
    assert report.smallest < 1e-6
    (advice,) = report.advice
    assert "Pass at least 3 samples, not 1" in advice and "TraceInverse" in advice


def test_the_advised_penalty_gives_a_minimum():
    X = np.cos(np.arange(6))[None, :]
    f = GaussianLikelihood(X) + 0.1 * TraceInverse(np.eye(6))
    report = diagnose(fit(f, SymmetricToeplitz(6)))
    assert report.passed and not report.boundary
    assert (report.count, report.needed, report.distance) == (None, None, None)
    assert report.decrement < 1e-5


def test_an_ill_conditioned_minimum_is_not_the_boundary(rng):
    X = rng.standard_normal((40, 3)) * [1.0, 1.0, 1e-5]
    report = diagnose(fit(X, PositiveDefinite(3)))
    assert report.smallest < 1e-6
    assert not report.boundary
    assert any("condition number" in text for text in report.advice)


def test_few_samples_are_said(rng):
    for _ in range(20):
        report = diagnose(fit(rng.standard_normal((2, 6)), SymmetricToeplitz(6)))
        if not report.boundary:
            break
    assert "2 samples are few: a maximum is sure from 3" in report.advice[-1]


def test_without_the_certificate_more_starts_are_advised(rng):
    report = diagnose(fit(rng.standard_normal((4, 5)), SymmetricToeplitz(5)))
    assert report.convex is False
    assert "multistart" in report.advice[-1]


def test_a_precision_is_convex(rng):
    f = GaussianPrecisionLikelihood(rng.standard_normal((30, 3)))
    report = diagnose(fit(f, Diagonal(3)))
    assert report.passed and report.convex and report.is_global


def test_objectives_that_are_no_likelihoods():
    problem = RayleighQuotient(np.diag([1.0, 2.0, 3.0])).on(Sphere(3))
    report = diagnose(Fit(problem, minimize(problem)))
    assert report.passed and report.recomputed == pytest.approx(1.0)
    assert report.condition is report.convex is report.decrement is None
    square = FrobeniusNorm().on(Symmetric(2))
    report = diagnose(Fit(square, minimize(square, np.eye(2))))
    assert report.convex is None and report.recomputed is not None


def test_several_matrices_are_refused():
    f = FrobeniusNorm().of(0) + FrobeniusNorm().of(1)
    problem = f.on(Product(Dense(2, 2), Dense(2, 2)))
    with pytest.raises(TypeError, match="diagnose is of one matrix"):
        diagnose(Fit(problem, minimize(problem)))


def test_a_mean_that_was_fitted_costs_one_sample():
    """Of the last seed's 3 samples, 2 about zero would be as good: too few of 3."""
    X = np.random.default_rng(2).standard_normal((3, 6))
    f = mo.GaussianLikelihood(X, mean="profile")
    fit = mo.inference.fit(f, mo.SymmetricToeplitz(6))
    report = mo.inference.diagnose(fit)
    assert report.boundary and (report.count, report.needed) == (3, 4)
    assert "Pass at least 4 samples, not 3" in report.advice[0]
    assert "sure to exist from 4 on" in fit.result.detail
    chunked = mo.GaussianLikelihood(iter([X[:1], X[1:]]), mean="profile")
    known = mo.GaussianLikelihood(X)
    for other, needed in ((chunked, 4), (known, 3)):
        one = mo.inference.fit(other, mo.SymmetricToeplitz(6))
        assert mo.inference.diagnose(one).needed == needed


def test_a_specific_variance_that_goes_to_zero_is_said():
    """In ln psi the gradient vanishes there: it converges, but not to an optimum."""
    X = np.random.default_rng(8).standard_normal((60, 6))
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    space = mo.LowRankPlusDiagonal(6, 2)
    fit = mo.inference.fit(X, space)
    _, log_psi = space.split(fit.result.x)
    assert fit.result.success and np.exp(log_psi).min() < 1e-3
    report = mo.inference.diagnose(fit)
    assert report.distance > 0.1 and not report.boundary
    assert "such as a specific variance to zero" in report.advice[0]


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_the_advised_tolerance_is_in_the_unit_of_the_fit(scale, rng):
    X = scale * rng.standard_normal((60, 3))
    problem = GaussianLikelihood(X).on(Diagonal(3))
    loose = Stop(gradient_norm=0.5 / min(scale, 1.0) ** 2)
    start = 1.5 * np.diag(np.mean(X**2, axis=0))
    done = Fit(problem, minimize(problem, start, stop=loose))
    assert done.result.success
    text = diagnose(done).advice[0]
    advised = float(re.search(r"Stop\(gradient_norm=(\S+)\)", text).group(1))
    tested = done.result.gradient_norm * max(1.0, np.mean(X**2))
    assert advised == pytest.approx(tested / 100, rel=0.5)  # one digit
    stop = Stop(gradient_norm=advised)
    again = Fit(problem, minimize(problem, done.matrix, stop=stop))
    assert again.result.success and diagnose(again).passed


@pytest.mark.parametrize("space", [mo.Correlation(6), mo.KroneckerProduct(2, 3)])
def test_a_singular_end_of_a_manifold_is_reported(space):
    """Two samples about their mean: most runs end where there is no Cholesky factor."""
    without = 0
    for seed in range(4):
        X = np.random.default_rng(seed).standard_normal((2, 6))
        f = GaussianLikelihood(X, mean="profile")
        done = fit(f, space)
        without += np.linalg.eigvalsh(done.matrix)[0] <= 0.0
        report = diagnose(done)
        assert report.boundary and "ran to a singular matrix" in report.advice[-1]
        with pytest.raises(ValueError, match="ran to a singular matrix"):
            mo.inference.uncertainty(done, "observed")
    assert without > 0
    table = mo.inference.compare(f, {"few": Diagonal(6), "space": space})
    assert table.best("bic").structure == "few"


def test_one_matrix_alone(rng):
    f = GaussianLikelihood(rng.standard_normal((20, 1)))
    done = fit(f, mo.Correlation(1))
    report = diagnose(done)
    assert report.passed and report.decrement == 0.0 and done.parameters == 0
    with pytest.raises(ValueError, match="holds one matrix only"):
        mo.inference.uncertainty(done)


def test_the_boundary_has_no_units():
    """A specific variance of zero makes no singular matrix, whatever the units."""
    X = np.random.default_rng(8).standard_normal((60, 6))
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    space = mo.LowRankPlusDiagonal(6, 2)
    for units in (np.ones(6), np.array([1e-5, 1, 1, 1, 1, 1]), 10.0 ** np.arange(6)):
        done = fit(X * units, space)
        _, log_psi = space.split(done.result.x)
        assert np.min(np.exp(log_psi) / units**2) < 1e-3
        assert not diagnose(done).boundary
        table = mo.inference.compare(X * units, [space])
        assert table.best("aic") is table.rows[0]


def test_a_feature_that_never_varies_runs_to_the_boundary(rng):
    X = rng.standard_normal((40, 4))
    X[:, 1] = 3.0
    f = GaussianLikelihood(X, mean="profile")
    problem = f.on(mo.LowRankPlusDiagonal(4, 1))
    short = minimize(problem, stop=Stop(max_iterations=12))
    assert short.status.name == "MAX_ITERATIONS"
    assert diagnose(Fit(problem, short)).boundary
    problem = f.on(SymmetricToeplitz(4))  # which holds it up
    early = minimize(problem, stop=Stop(max_iterations=0))
    assert not diagnose(Fit(problem, early)).boundary
