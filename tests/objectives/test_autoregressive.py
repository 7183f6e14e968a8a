from pathlib import Path

import numpy as np
import pytest
from scipy.linalg import toeplitz

from matopt.check import check_objective
from matopt.linalg import burg, lags_of_reflection, predictor_of_reflection
from matopt.objectives import (
    AutoregressiveLikelihood,
    GaussianLikelihood,
    TraceInverse,
)
from matopt.solvers import LBFGS, Stop, TrustRegion, minimize
from matopt.spaces import (
    Fisher,
    HermitianToeplitz,
    PositiveDefinite,
    PositiveDefiniteToeplitz,
    Product,
    Sphere,
    SymmetricToeplitz,
)

PROBLEMS = Path(__file__).parents[2] / "problems"


def draw(shape, dtype, rng):
    A = rng.standard_normal(shape).astype(dtype)
    return A if dtype is float else A + 1j * rng.standard_normal(shape)


def extended(T, N):
    """The (N, N) covariance of the autoregressive model of T."""
    a = np.linalg.solve(T, np.eye(len(T))[0])
    a, t = a / a[0], list(T[:, 0])
    for m in range(len(T), N):
        t.append(-sum(a[j] * t[m - j] for j in range(1, len(T))))
    return toeplitz(t)


@pytest.mark.parametrize("mean", [False, True])
@pytest.mark.parametrize("shape", [(9,), (3, 6), (2, 4)])
@pytest.mark.parametrize("dtype", [float, complex])
def test_conforms(dtype, shape, mean, rng):
    x = draw(shape, dtype, rng) + 1.0
    linear = SymmetricToeplitz if dtype is float else HermitianToeplitz
    for order in (0, 3):
        f = AutoregressiveLikelihood(x, order, mean=mean)
        check_objective(f, PositiveDefiniteToeplitz(order + 1, dtype), rng)
        check_objective(f, linear(order + 1), rng)


@pytest.mark.parametrize("dtype", [float, complex])
def test_the_value_against_the_dense_likelihood(dtype, rng):
    N, p = 12, 3
    space = PositiveDefiniteToeplitz(p + 1, dtype)
    T = space.matrix(space.random(rng))
    C = extended(T, N)
    x = draw((2, N), dtype, rng) + 2.0
    K, one = np.linalg.inv(C), np.ones(N)
    logdet = np.linalg.slogdet(C)[1]

    def density(y):
        return logdet + np.mean([(r.conj() @ K @ r).real for r in y])

    f = AutoregressiveLikelihood(x, p)
    value = f.on(space).at(T).value
    assert value == pytest.approx(density(x) / N, rel=1e-12)
    constant = np.log(2 * np.pi) / 2 if dtype is float else np.log(np.pi)
    exact = -(2 * N * constant + density(x) * (1 if dtype is float else 2))
    assert f.log_likelihood(value) == pytest.approx(exact, rel=1e-12)

    e = AutoregressiveLikelihood(x, p, mean=True).on(space).at(T)
    mean = sum(one @ K @ r for r in x) / (2 * one @ K @ one)  # least squares
    assert e.evaluation.mean == pytest.approx(mean, rel=1e-12)
    assert e.value == pytest.approx(density(x - mean) / N, rel=1e-12)


@pytest.mark.parametrize("far", [1e8, 1e8 - 1e8j])
def test_a_mean_far_from_zero_costs_no_digits(far, rng):
    N, p, dtype = 30, 2, type(far)
    space = PositiveDefiniteToeplitz(p + 1, dtype)
    x = draw((2, N), dtype, rng) + far
    near = x - far  # exact
    T = space.matrix(space.random(rng))
    C = extended(T, N)
    K, one = np.linalg.inv(C), np.ones(N)
    mean = sum(one @ K @ r for r in near) / (2 * one @ K @ one)
    power = np.mean([(r.conj() @ K @ r).real for r in near - mean])
    f = AutoregressiveLikelihood(x, p, mean=True)
    e = f.on(space).at(T)
    expected = (np.linalg.slogdet(C)[1] + power) / N
    assert e.value == pytest.approx(expected, rel=1e-11)
    assert e.evaluation.mean - far == pytest.approx(mean, abs=1e-7)
    assert minimize(f.on(space)).success


def test_a_window_of_all_lags_is_a_sample(rng):
    X = rng.standard_normal((7, 4))
    space = PositiveDefiniteToeplitz(4)
    e = AutoregressiveLikelihood(X, 3).on(space).at(space.random(rng))
    g = GaussianLikelihood(X).on(space).at(e.x)
    v = rng.standard_normal(4)
    assert e.value == pytest.approx(g.value / 4, rel=1e-13)
    np.testing.assert_allclose(e.gradient, g.gradient / 4, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(e.hessp(v), g.hessp(v) / 4, rtol=1e-9, atol=1e-11)


def test_starts_from_burg(rng):
    x = rng.standard_normal(40) + 5
    f = AutoregressiveLikelihood(x, 2, mean=True)
    t = lags_of_reflection(*burg(x - x.mean(), 2))
    start = f.on(PositiveDefiniteToeplitz(3)).start()
    np.testing.assert_allclose(start.matrix, toeplitz(t), rtol=1e-12)
    mixed = f.on(PositiveDefiniteToeplitz(3, complex)).start()
    np.testing.assert_allclose(mixed.matrix, toeplitz(t), rtol=1e-12)


# statsmodels 0.15.0, tsa.arima.model.ARIMA(x, order=(p, 0, 0), trend="c"): fit by BFGS
# from the optimum of L-BFGS; llf, aic, bic; params mean, ar.L1.., sigma2; and bse with
# cov_type="approx". The data are problems/sunspots.csv and problems/nile.csv, its own.
STATSMODELS = {
    ("sunspots.csv", 2): (
        (-1307.3181690340257, 2622.6363380680514, 2637.569703175642),
        (49.65938693688576, 1.3906582325587658, -0.6885737676596715, 274.76021584887),
        (
            3.1652355480757293,
            0.04095734134286,
            0.040978686714949086,
            22.105852310412818,
        ),
    ),
    ("sunspots.csv", 9): (
        (-1274.3113062706009, 2570.6226125412018, 2611.689366587077),
        (
            48.321104710014424,
            1.1607275652406286,
            -0.3953904797908947,
            -0.1663381636283128,
            0.15044610050805282,
            -0.09438747154277644,
            0.009064250441458949,
            0.05205809320170619,
            -0.08584454274995193,
            0.2523969906028556,
            220.7824517931656,
        ),
        (
            6.87489109951421,
            0.055070775688115206,
            0.08586426534571116,
            0.08867629544134735,
            0.08922390358164847,
            0.08956996962358665,
            0.08981504895453672,
            0.08996302644649294,
            0.0869904079261588,
            0.055707014861775435,
            17.768817638443448,
        ),
    ),
    ("nile.csv", 1): (
        (-639.9521586592297, 1285.9043173184593, 1293.7198278764236),
        (919.5640159255976, 0.5062698072630051, 21124.836087712793),
        (29.140710988968063, 0.08669692801001194, 2987.6066851472415),
    ),
}


@pytest.mark.parametrize(("file", "p"), STATSMODELS)
def test_the_fits_of_statsmodels(file, p):
    x = np.loadtxt(PROBLEMS / file, delimiter=",", skiprows=1)[:, 1]
    f = AutoregressiveLikelihood(x, p, mean=True)
    problem = f.on(PositiveDefiniteToeplitz(p + 1))
    result = minimize(problem, solver=TrustRegion(), stop=Stop(1e-10))
    assert result.success and result.nit <= 5
    (loglik, aic, bic), params, errors = STATSMODELS[file, p]
    ours = f.log_likelihood(result.fun)
    assert ours >= loglik  # theirs ends at a gradient of 1e-2
    assert ours == pytest.approx(loglik, rel=1e-9)
    assert 2 * (p + 2) - 2 * ours == pytest.approx(aic, rel=1e-9)
    assert np.log(len(x)) * (p + 2) - 2 * ours == pytest.approx(bic, rel=1e-9)

    def model(coordinates):
        e = problem.at(coordinates)
        k = np.tanh(coordinates[1:] / np.sqrt(np.arange(p, 0, -1)))
        variance = e.matrix[0, 0] * np.prod(1 - k**2)
        return np.array([e.evaluation.mean, *-predictor_of_reflection(k)[1:], variance])

    np.testing.assert_allclose(model(result.x), params, rtol=1e-4, atol=1e-5)
    # the delta method, and what the profile hides: the mean for known lags
    covariance = 2 / len(x) * np.linalg.inv(problem.at(result.x).hessian)
    steps = 1e-5 * np.eye(p + 1)
    J = np.array([model(result.x + s) - model(result.x - s) for s in steps]).T / 2e-5
    variances = np.diag(J @ covariance @ J.T).copy()
    K = np.linalg.inv(extended(result.matrix, len(x)))
    variances[0] += 1 / K.sum()
    # theirs are differences of the gradient, which by another formula move by 4e-3
    np.testing.assert_allclose(np.sqrt(variances), errors, rtol=5e-3)


def test_complex_series_and_both_metrics_agree(rng):
    x = draw(60, complex, rng)
    for s in range(1, 60):
        x[s] += 0.8j * x[s - 1]
    f = AutoregressiveLikelihood(x, 2)
    spaces = PositiveDefiniteToeplitz(3, complex), Fisher(HermitianToeplitz(3))
    results = [
        minimize(f.on(space), solver=solver, stop=Stop(1e-9))
        for space in spaces
        for solver in (LBFGS(), TrustRegion())
    ]
    assert all(r.success for r in results)
    assert np.ptp([r.fun for r in results]) < 1e-13
    T = results[0].matrix
    assert T[1, 0] / T[0, 0] == pytest.approx(0.8j, abs=0.15)


@pytest.mark.parametrize(
    ("series", "order", "mean", "exact"),
    [
        (np.full(10, 0.1), 1, False, 1),
        ([[1.0] * 9, [-3.0] * 9], 2, False, 1),
        ([1.0, 2.0], 1, True, 1),
        ([3.0, 1.0] * 9, 2, True, 1),
        ([1.0, 0.0, -1.0, 0.0] * 9, 3, False, 2),
        (np.exp(0.3j * np.arange(30)), 1, False, 1),
    ],
)
def test_a_series_that_is_predicted_exactly_has_no_minimum(series, order, mean, exact):
    f = AutoregressiveLikelihood(series, order, mean=mean)
    problem = f.on(PositiveDefiniteToeplitz(order + 1, f.products.dtype.type))
    with pytest.raises(
        ValueError, match=f"exactly by order {exact}, to.*to {exact - 1}"
    ):
        minimize(problem)
    with pytest.raises(ValueError, match="predicted exactly by order"):
        minimize(problem, np.eye(order + 1))
    kept = f + 0.1 * TraceInverse(np.eye(order + 1))
    assert minimize(kept.on(problem.space)).success
    low = AutoregressiveLikelihood(series, exact - 1, mean=mean)
    space = PositiveDefiniteToeplitz(exact, low.products.dtype.type)
    assert minimize(low.on(space)).success


def test_a_long_series_costs_one_pass(rng):
    f = AutoregressiveLikelihood(rng.standard_normal(100_000), 2)
    assert f.products.shape == (3, 3)
    result = minimize(f.on(PositiveDefiniteToeplitz(3)), stop=Stop(1e-9))
    np.testing.assert_allclose(result.matrix, np.eye(3), atol=0.02)


def test_wrong_arguments(rng):
    x = rng.standard_normal(8)
    f = AutoregressiveLikelihood(x, 2)
    assert repr(f) == "AutoregressiveLikelihood(<8 times>, 2)"
    both = AutoregressiveLikelihood([x, x], 1, mean=True)
    assert repr(both) == "AutoregressiveLikelihood(<2 x 8 times>, 1, mean=True)"
    with pytest.raises(ValueError, match=r"order is 2 but the space .* shape \(4, 4\)"):
        f.on(PositiveDefiniteToeplitz(4))
    with pytest.raises(ValueError, match="needs a space of symmetric"):
        f.on(PositiveDefinite(3))
    with pytest.raises(ValueError, match=r"series is complex but .* is real"):
        AutoregressiveLikelihood(x + 0j, 2).on(PositiveDefiniteToeplitz(3))
    with pytest.raises(ValueError, match="the objective is of one matrix but"):
        f.on(Product(PositiveDefiniteToeplitz(3), Sphere(2)))
    with pytest.raises(ValueError, match="at least 3 times for order 2, got 1 of 2"):
        AutoregressiveLikelihood(x[:2], 2)
    with pytest.raises(ValueError, match="must not be constant where their mean is"):
        AutoregressiveLikelihood(np.full(10, 0.1), 1, mean=True)
