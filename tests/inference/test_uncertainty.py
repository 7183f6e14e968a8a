import numpy as np
import pytest

import matopt as mo
from matopt.errors import NotPositiveDefinite
from matopt.inference import (
    Fit,
    confidence_intervals,
    cramer_rao,
    fit,
    standard_errors,
    uncertainty,
)
from matopt.inference.uncertainty import Uncertainty
from matopt.objectives import GaussianLikelihood, LinearTrace, LogDet, RayleighQuotient
from matopt.solvers import Stop, minimize
from matopt.spaces import (
    Diagonal,
    HermitianToeplitz,
    LinearSpan,
    PositiveDefinite,
    Symmetric,
    SymmetricToeplitz,
)

WHOLE = [Symmetric(4), PositiveDefinite(4)]
WHOLE_COMPLEX = [Symmetric(3, complex), PositiveDefinite(3, complex)]


def covariance(space, rng):
    A = PositiveDefinite(space.shape[0], space.dtype).random(rng)
    return A


def compound(n):
    return LinearSpan(np.array([np.eye(n), np.ones((n, n)) - np.eye(n)]))


# Without structure the bounds are in closed form (Anderson, 2003, 3.4.4 and 13.5.1).


@pytest.mark.parametrize("space", WHOLE, ids=repr)
def test_closed_forms_of_a_real_covariance(space, rng):
    A, m, n = covariance(space, rng), 50, 4
    bound = cramer_rao(space, A, m)
    d = np.diag(A)
    entries = np.sqrt((np.outer(d, d) + A**2) / m)
    np.testing.assert_allclose(bound.entries().standard_errors, entries, rtol=1e-9)
    R = A / np.sqrt(np.outer(d, d))
    errors = bound.correlations().standard_errors
    np.testing.assert_allclose(errors, (1 - R**2) / np.sqrt(m), atol=1e-8)
    values = bound.eigenvalues()
    np.testing.assert_allclose(values.value, np.linalg.eigvalsh(A))
    errors = np.sqrt(2 / m) * values.value
    np.testing.assert_allclose(values.standard_errors, errors, rtol=1e-8)
    assert bound.logdet().value == pytest.approx(np.linalg.slogdet(A)[1])
    assert bound.logdet().standard_errors == pytest.approx(np.sqrt(2 * n / m))


@pytest.mark.parametrize("space", WHOLE_COMPLEX, ids=repr)
def test_closed_forms_of_a_complex_covariance(space, rng):
    A, m, n = covariance(space, rng), 50, 3
    bound = cramer_rao(space, A, m)
    real = bound.entries().standard_errors
    imaginary = bound.entries(imaginary=True).standard_errors
    d = np.diag(A).real
    total = np.sqrt(np.outer(d, d) / m)  # E |S_ij - A_ij|^2 = A_ii A_jj / m
    np.testing.assert_allclose(np.hypot(real, imaginary), total, rtol=1e-9)
    np.testing.assert_allclose(np.diag(imaginary), 0.0, atol=1e-9)
    values = bound.eigenvalues()
    np.testing.assert_allclose(
        values.standard_errors, values.value / np.sqrt(m), rtol=1e-8
    )
    assert bound.logdet().standard_errors == pytest.approx(np.sqrt(n / m))


def test_structure_lowers_the_bound(rng):
    A = SymmetricToeplitz(5).matrix(0.6 ** np.arange(5))
    small = cramer_rao(SymmetricToeplitz(5), A, 40).entries().standard_errors
    large = cramer_rao(Symmetric(5), A, 40).entries().standard_errors
    assert np.all(small <= large * (1 + 1e-9))  # the corner has one entry a lag
    assert small[0, 0] < 0.6 * large[0, 0]


FUNCTIONS = [
    ("entries", lambda A: A.real),
    ("eigenvalues", np.linalg.eigvalsh),
    ("logdet", lambda A: np.linalg.slogdet(A)[1]),
    (
        "correlations",
        lambda A: (A / np.sqrt(np.outer(A.diagonal(), A.diagonal()))).real,
    ),
]


@pytest.mark.parametrize("name, function", FUNCTIONS, ids=[f[0] for f in FUNCTIONS])
@pytest.mark.parametrize(
    "space",
    [SymmetricToeplitz(4), HermitianToeplitz(4), Diagonal(3), PositiveDefinite(3)],
    ids=repr,
)
def test_exact_derivatives_against_differences(space, name, function, rng):
    A = space.matrix(space.random(rng))
    bound = cramer_rao(space, A, 30)
    exact, differences = getattr(bound, name)(), bound.of(function)
    np.testing.assert_allclose(exact.value, differences.value, atol=1e-12)
    np.testing.assert_allclose(
        exact.covariance, differences.covariance, rtol=1e-6, atol=1e-8
    )


@pytest.mark.parametrize("part", ["real", "imag"])
def test_correlations_of_a_complex_structure(part, rng):
    space = HermitianToeplitz(3)
    bound = cramer_rao(space, space.matrix(space.random(rng)), 30)
    exact = bound.correlations(imaginary=part == "imag")
    other = bound.of(lambda A: getattr(A / A[0, 0].real, part))
    np.testing.assert_allclose(exact.covariance, other.covariance, atol=1e-7)


@pytest.mark.parametrize(
    "space", [SymmetricToeplitz(5), HermitianToeplitz(5)], ids=repr
)
def test_the_spectral_density_is_the_expected_periodogram(space, rng):
    A = space.matrix(space.random(rng))
    f = np.array([0.0, 0.13, -0.4])
    exact = cramer_rao(space, A, 30).spectral_density(f)
    lags = np.arange(-4, 5)
    t = np.concatenate([A[0, :0:-1], A[:, 0]])  # t_k = A_(i, i - k)
    kernel = (1 - np.abs(lags) / 5) * np.exp(-2j * np.pi * np.outer(f, lags))
    np.testing.assert_allclose(exact.value, (kernel @ t).real, rtol=1e-12)

    def periodogram(B):
        return (kernel @ np.concatenate([B[0, :0:-1], B[:, 0]])).real

    other = cramer_rao(space, A, 30).of(periodogram)
    np.testing.assert_allclose(exact.covariance, other.covariance, atol=1e-7)


def test_of_an_objective_is_exact(rng):
    space = SymmetricToeplitz(4)
    bound = cramer_rao(space, space.matrix(space.random(rng)), 30)
    by_objective, by_hand = bound.of(LogDet()), bound.logdet()
    assert by_objective.value == pytest.approx(float(by_hand.value))
    np.testing.assert_allclose(by_objective.standard_errors, by_hand.standard_errors)
    entry = np.zeros((4, 4))
    entry[2, 0] = 1.0
    np.testing.assert_allclose(
        bound.of(LinearTrace(entry)).standard_errors,
        bound.parameters.standard_errors[2],
    )


def test_a_repeated_eigenvalue_that_stays_repeated_has_an_error():
    n, m, a, b = 4, 50, 2.0, 0.5
    A = (a - b) * np.eye(n) + b
    values = cramer_rao(compound(n), A, m).eigenvalues()
    small, large = a - b, a + (n - 1) * b
    # the two distinct values are estimated as variances of m (n - 1) and m numbers
    errors = [small * np.sqrt(2 / (m * (n - 1)))] * (n - 1) + [large * np.sqrt(2 / m)]
    np.testing.assert_allclose(values.standard_errors, errors, rtol=1e-8)


def test_a_repeated_eigenvalue_that_splits_has_none():
    with pytest.raises(ValueError, match="eigenvalue 1 is repeated 3 times"):
        cramer_rao(Symmetric(3), np.eye(3), 10).eigenvalues()


# From samples


def test_expected_and_observed_of_a_variance(rng):
    x = rng.standard_normal((40, 1))
    done = fit(x, Diagonal(1), stop=Stop(gradient_norm=1e-12))
    variance = float(np.mean(x**2))
    for kind in ("expected", "observed"):
        np.testing.assert_allclose(
            standard_errors(done, kind), variance * np.sqrt(2 / 40), rtol=1e-10
        )
    lower, upper = confidence_intervals(done)[0]
    assert (lower + upper) / 2 == pytest.approx(variance)
    assert (upper - lower) / 2 == pytest.approx(
        1.959963984540054 * variance * np.sqrt(2 / 40)
    )


@pytest.mark.parametrize("lags", [0, 1, 3])
def test_robust_of_a_variance_is_that_of_the_squares(lags, rng):
    x = rng.standard_t(5, size=(60, 1))
    done = fit(x, Diagonal(1), stop=Stop(gradient_norm=1e-12))
    squares = (x**2 - np.mean(x**2)).ravel()
    total = np.sum(squares**2)
    for lag in range(1, lags + 1):
        total += 2 * (1 - lag / (lags + 1)) * np.sum(squares[lag:] * squares[:-lag])
    robust = uncertainty(done, "robust", lags=lags).parameters
    np.testing.assert_allclose(robust.covariance, total / 60**2, rtol=1e-9)


def test_robust_differs_where_the_samples_are_not_gaussian(rng):
    X = rng.standard_normal((4000, 3)) * np.sqrt(4 / rng.chisquare(6, (4000, 1)))
    done = fit(X, SymmetricToeplitz(3))
    ratio = standard_errors(done, "robust") / standard_errors(done)
    assert np.all(ratio > 1.2)  # the kurtosis of t with 6 degrees makes it sqrt 2


def test_robust_agrees_where_they_are(rng):
    done = fit(rng.standard_normal((4000, 3)), SymmetricToeplitz(3))
    ratio = standard_errors(done, "robust") / standard_errors(done)
    np.testing.assert_allclose(ratio, 1.0, atol=0.1)


def test_an_observed_information_needs_a_minimum():
    f = GaussianLikelihood.from_covariance(np.eye(2))
    problem = f.on(Symmetric(2))
    far = minimize(
        problem, 10.0 * np.eye(2), stop=Stop(gradient_norm=9.0)
    )  # "converged"
    with pytest.raises(NotPositiveDefinite, match="not a strict minimum"):
        uncertainty(Fit(problem, far), "observed")


def test_arguments(rng):
    done = fit(rng.standard_normal((9, 2)), Symmetric(2))
    with pytest.raises(ValueError, match="information must be one of expected, obs"):
        uncertainty(done, "sandwich")
    with pytest.raises(ValueError, match='lags is for information="robust"'):
        uncertainty(done, lags=2)
    with pytest.raises(ValueError, match="lags must be an integer of at least 0"):
        uncertainty(done, "robust", lags=-1)
    with pytest.raises(TypeError, match="has no parameters but its matrix"):
        _ = cramer_rao(PositiveDefinite(2), np.eye(2), 9).parameters
    with pytest.raises(TypeError, match="function must return real numbers"):
        cramer_rao(Diagonal(2), np.eye(2), 9).of(lambda A: A * 1j)
    with pytest.raises(ValueError, match="space must hold symmetric"):
        cramer_rao(RayleighQuotient, np.eye(2), 9)


def test_repr(rng):
    bound = cramer_rao(SymmetricToeplitz(3), np.eye(3), 9)
    assert isinstance(bound, Uncertainty)
    assert repr(bound) == "<Uncertainty of 3 parameters>"
    np.testing.assert_allclose(
        bound.coordinates, bound.parameters.covariance, rtol=1e-12
    )


def test_only_an_optimum_has_standard_errors(rng):
    """At a singular matrix they would be tiny, and far from the optimum anything."""
    X = rng.standard_normal((60, 5))
    few = mo.GaussianLikelihood(
        np.random.default_rng(0).standard_normal((2, 6)), mean="profile"
    )
    away = mo.inference.fit(few, mo.SymmetricToeplitz(6))
    stopped = mo.inference.fit(
        X @ np.tri(5), mo.SymmetricToeplitz(5), stop=mo.Stop(max_iterations=1)
    )
    for kind in ("expected", "observed", "robust"):
        with pytest.raises(ValueError, match="ran to a singular matrix, where there"):
            mo.inference.uncertainty(away, kind)
        with pytest.raises(ValueError, match="standard errors from the optimum: The l"):
            mo.inference.uncertainty(stopped, kind)


def test_other_likelihoods_are_led_to_the_observed_information(rng):
    f = mo.StudentLikelihood(rng.standard_normal((60, 3)), 4)
    fit = mo.inference.fit(f, mo.SymmetricToeplitz(3))
    with pytest.raises(TypeError, match='take information="observed"'):
        mo.inference.uncertainty(fit)
    assert mo.inference.standard_errors(fit, "observed").shape == (3,)


@pytest.mark.parametrize("kind", ["observed", "expected", "robust"])
def test_a_shape_has_no_standard_errors(kind, rng):
    f = mo.TylerLikelihood(rng.standard_normal((50, 3)))
    for space in (PositiveDefinite(3), Symmetric(3), SymmetricToeplitz(3)):
        done = fit(f, space)
        with pytest.raises(ValueError, match=r"does not know the scale .* StudentLike"):
            uncertainty(done, kind)
    correlations = uncertainty(fit(f, mo.Correlation(3)), "observed").entries()
    assert 0.05 < correlations.standard_errors[0, 1] < 0.5


def test_parameters_that_differ_by_rounding_alone(rng):
    """Two generators that are one but for 1e-9; units do not matter."""
    D = np.diag([1.0, 1.0, 0.0])
    E, near = np.diag([0.0, 0.0, 1.0]), D + 1e-9 * np.diag([1.0, -1.0, 0.0])
    for scale in (1.0, 1e6):
        span = LinearSpan(np.array([D, scale * near, E]))
        with pytest.raises(NotPositiveDefinite, match="or only by rounding"):
            cramer_rao(span, np.eye(3), 10)
    units = LinearSpan(np.array([1e-9 * D, 1e9 * E]))
    errors = cramer_rao(units, np.eye(3), 10).parameters.standard_errors
    np.testing.assert_allclose(errors, [1e9 / np.sqrt(10), 1e-9 / np.sqrt(5)])


@pytest.mark.parametrize("space", [PositiveDefinite(3), mo.Fisher(Symmetric(3))])
def test_mean_and_covariance_together(space, rng):
    """At the joint maximum they are independent; Anderson (2003), 3.3 and 3.4.4."""
    X = rng.standard_normal((60, 3)) * np.array([1e-3, 1.0, 1e3]) + 0.2
    done = fit(mo.GaussianMeanLikelihood(X), mo.Product(mo.Dense(3), space))
    S, d = np.cov(X.T, bias=True), np.var(X, axis=0)
    u = uncertainty(done, "observed")
    mean, covariance = u.parts
    np.testing.assert_allclose(mean.entries().value, X.mean(axis=0), rtol=1e-6)
    by_mean = np.sqrt(d / 60)
    np.testing.assert_allclose(mean.entries().standard_errors, by_mean, rtol=1e-4)
    errors = covariance.entries().standard_errors
    np.testing.assert_allclose(errors, np.sqrt((np.outer(d, d) + S**2) / 60), rtol=1e-4)
    assert covariance.logdet().standard_errors == pytest.approx(np.sqrt(6 / 60))
    for of in (mean.of(lambda m: m), u.of(lambda pair: pair[0])):
        np.testing.assert_allclose(of.standard_errors, by_mean, rtol=1e-4)
    signal = u.of(lambda pair: pair[0] @ np.linalg.solve(pair[1], pair[0]))
    q = X.mean(axis=0) @ np.linalg.solve(S, X.mean(axis=0))
    assert signal.value == pytest.approx(q, rel=1e-5)
    error = np.sqrt((4 * q + 2 * q**2) / 60)
    assert signal.standard_errors == pytest.approx(error, rel=1e-4)


def test_several_matrices_are_asked_one_by_one(rng):
    f = mo.GaussianMeanLikelihood(rng.standard_normal((60, 3)))
    u = uncertainty(fit(f, mo.Product(mo.Dense(3), PositiveDefinite(3))), "observed")
    asked = [u.entries, u.correlations, u.eigenvalues, u.logdet]
    for ask in (*asked, lambda: u.parameters, lambda: u.spectral_density([0.1])):
        with pytest.raises(TypeError, match="several matrices; take one of parts"):
            ask()
