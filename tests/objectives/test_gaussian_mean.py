import mpmath
import numpy as np
import pytest
from numeric import lift, normal, trace

from matopt.check import check_objective
from matopt.linalg import Moments
from matopt.objectives import GaussianLikelihood, GaussianMeanLikelihood
from matopt.solvers import LBFGS, Stop, minimize
from matopt.spaces import (
    Dense,
    Fisher,
    HermitianToeplitz,
    PositiveDefinite,
    Product,
    Sphere,
    Symmetric,
    SymmetricToeplitz,
)

mp = mpmath.mp
FIELDS = pytest.mark.parametrize("dtype", [float, complex])
TIGHT = Stop(gradient_norm=1e-9)


def data(rng, m, n, dtype=float, share=0.0):
    mix = np.eye(n) + 0.5 * np.eye(n, k=1)
    X = normal(rng, m, n, dtype=dtype) @ mix + np.arange(1.0, n + 1)
    X[rng.random((m, n)) < share] = np.nan
    X[0] = np.arange(n)  # one is complete
    return X


def value_of(X, D):
    """The mean of ln det A_oo + (x - D beta)_o^H A_oo^-1 (x - D beta)_o in mpmath."""

    def one(x, mean, A):
        o = [int(i) for i in np.flatnonzero(~np.isnan(x))]
        B = mp.matrix([[A[i, j] for j in o] for i in o])
        y = mp.matrix([mp.mpmathify(x[i]) - mean[i] for i in o])
        return mp.log(mp.re(mp.det(B))) + trace(y.H * B**-1 * y)

    def value(beta, A):
        mean = beta if D is None else lift(D) * beta
        return mp.re(mp.fsum(one(x, mean, A) for x in X) / len(X))

    return value


@FIELDS
@pytest.mark.parametrize("share", [0.0, 0.3])
@pytest.mark.parametrize("p", [None, 1, 2])
def test_value_and_derivatives(p, share, dtype, rng):
    n = 3
    X = data(rng, 6, n, dtype, share)
    D = None if p is None else normal(rng, n, p, dtype=dtype)
    space = Product(Dense(p or n, dtype=dtype), Symmetric(n, dtype))
    x = space.random(rng)
    e = GaussianMeanLikelihood(X, D).on(space).at(x)
    f = value_of(X, D)

    def at(x):
        beta, A = space.matrix(x)
        return lift(beta), lift(A)

    def along(*pairs):
        """Value at x plus multiples of directions, all in 50 digits."""
        beta, A = at(x)
        for t, u in pairs:
            b, U = at(u)
            beta, A = beta + t * b, A + t * U
        return f(beta, A)

    with mp.workdps(50):
        h = mp.mpf("1e-12")
        assert e.value == pytest.approx(float(along()), rel=1e-12)
        for u, v in rng.standard_normal((2, 2, space.dimension)):
            slope = (along((h, u)) - along((-h, u))) / (2 * h)
            assert e.gradient @ u == pytest.approx(float(slope), rel=1e-10, abs=1e-10)
            bend = sum(
                i * j * along((i * h, u), (j * h, v)) for i in (1, -1) for j in (1, -1)
            ) / (4 * h * h)
            assert e.hessp(v) @ u == pytest.approx(float(bend), rel=1e-10, abs=1e-9)


@FIELDS
@pytest.mark.parametrize("n", [1, 2, 5])
def test_on_products(n, dtype, rng):
    toeplitz = SymmetricToeplitz(n) if dtype is float else HermitianToeplitz(n)
    for share in (0.0, 0.3):
        f = GaussianMeanLikelihood(data(rng, 9, n, dtype, share))
        for space in (PositiveDefinite(n, dtype), Fisher(toeplitz)):
            check_objective(f, Product(Dense(n, dtype=dtype), space), rng)


@FIELDS
def test_the_sample_mean_is_the_joint_minimum(dtype, rng):
    X = data(rng, 20, 3, dtype)
    f = GaussianMeanLikelihood(X)
    space = PositiveDefinite(3, dtype)
    profiled = minimize(GaussianLikelihood(X, mean="profile").on(space), stop=TIGHT)
    for solver in (None, LBFGS()):
        problem = f.on(Product(Dense(3, dtype=dtype), space))
        result = minimize(problem, solver=solver, stop=TIGHT)
        mean, A = result.matrix
        assert result.success and result.nfactor <= result.nfev
        np.testing.assert_allclose(mean, X.mean(axis=0), atol=1e-8)
        np.testing.assert_allclose(A, profiled.matrix, atol=1e-8)
        assert result.fun == pytest.approx(profiled.fun, rel=1e-12)
        assert problem.at((mean, A)).value == pytest.approx(result.fun, rel=1e-13)
    one = GaussianLikelihood(X, mean="profile").log_likelihood(profiled.fun)
    assert f.log_likelihood(result.fun) == pytest.approx(one, rel=1e-12)


def test_a_trend_with_correlated_errors_is_generalized_least_squares(rng):
    """Given the covariance the best beta is (D^T P D)^-1 D^T P x, from one series."""
    n = 12
    D = np.column_stack([np.ones(n), np.arange(n)])
    noise = normal(rng, n + 1)
    x = D @ [1.0, 0.5] + noise[1:] + 0.7 * noise[:-1]
    f = GaussianMeanLikelihood(x[None], D)
    problem = f.on(Product(Dense(2), Fisher(SymmetricToeplitz(n))))
    e = problem.start()
    expected = np.linalg.lstsq(D, x, rcond=None)[0]
    np.testing.assert_allclose(e.matrix[0], expected, rtol=1e-12)
    A = SymmetricToeplitz(n).matrix(np.r_[1.5, 0.7, np.zeros(n - 2)])
    P = np.linalg.inv(A)
    best = np.linalg.solve(D.T @ P @ D, D.T @ P @ x)
    g = problem.at((best, A)).evaluation.gradient
    assert np.abs(g[:2]).max() < 1e-10
    assert np.abs(problem.at((expected, A)).evaluation.gradient[:2]).max() > 1e-4


def test_missing_entries_and_mean_by_em(rng):
    X = data(rng, 40, 3, share=0.2)
    X = X[~np.isnan(X).all(axis=1)]
    mean, A = np.nanmean(X, axis=0), np.eye(3)
    for _ in range(3000):
        filled, rest = [], np.zeros((3, 3))
        for x in X:
            o = ~np.isnan(x)
            y = x.copy()
            if not o.all():
                B = A[np.ix_(~o, o)] @ np.linalg.inv(A[np.ix_(o, o)])
                y[~o] = mean[~o] + B @ (x[o] - mean[o])
                rest[np.ix_(~o, ~o)] += A[np.ix_(~o, ~o)] - B @ A[np.ix_(o, ~o)]
            filled.append(y)
        Y = np.array(filled)
        mean, before = Y.mean(axis=0), A
        A = (np.cov(Y.T, bias=True) * len(Y) + rest) / len(Y)
        if np.abs(A - before).max() < 1e-11:
            break
    problem = GaussianMeanLikelihood(X).on(Product(Dense(3), PositiveDefinite(3)))
    result = minimize(problem, stop=TIGHT)
    np.testing.assert_allclose(result.matrix[0], mean, atol=1e-7)
    np.testing.assert_allclose(result.matrix[1], A, atol=1e-7)


def test_data_in_chunks(rng):
    X = data(rng, 30, 3)
    space = Product(Dense(3), PositiveDefinite(3))
    x = space.random(rng)
    expected = GaussianMeanLikelihood(X).on(space).at(x).value
    for given in (Moments().update(X), (X[i : i + 4] for i in range(0, 30, 4))):
        value = GaussianMeanLikelihood(given).on(space).at(x).value
        assert value == pytest.approx(expected, rel=1e-13)


def test_starts_at_least_squares(rng):
    X = data(rng, 50, 3, share=0.3)
    f = GaussianMeanLikelihood(X)
    mean, A = f.on(Product(Dense(3), PositiveDefinite(3))).start().matrix
    np.testing.assert_allclose(mean, np.nanmean(X, axis=0), rtol=1e-12)
    power = np.nanmean(np.abs(X - mean) ** 2)
    np.testing.assert_allclose(A, power * np.eye(3), rtol=1e-12)
    e = f.on(Product(Sphere(3), PositiveDefinite(3))).start()  # it does not hold it
    assert np.linalg.norm(e.matrix[0]) == pytest.approx(1.0)


def test_wrong_arguments(rng):
    X = data(rng, 9, 3)
    f = GaussianMeanLikelihood(X)
    for space in (Symmetric(3), Product(Dense(2), Symmetric(3)), Dense(3)):
        with pytest.raises(ValueError, match=r"needs Product\(Dense\(3\), space\)"):
            f.on(space)
    with pytest.raises(ValueError, match="samples has 3 features but the space"):
        f.on(Product(Dense(3), Symmetric(2)))
    with pytest.raises(ValueError, match=r"design must have shape \(3, any\), got"):
        GaussianMeanLikelihood(X, np.ones((2, 2)))
    f = GaussianMeanLikelihood(X + 0j)
    with pytest.raises(ValueError, match=r"samples is complex but Dense\(3\) is real"):
        f.on(Product(Dense(3), Symmetric(3, complex)))
    with pytest.raises(ValueError, match="samples is complex but Symmetric"):
        f.on(Product(Dense(3, dtype=complex), Symmetric(3)))
    f = GaussianMeanLikelihood(X[:3])
    with pytest.raises(ValueError, match="rank 2 but the space"):
        minimize(f.on(Product(Dense(3), PositiveDefinite(3))))
    assert repr(f) == "GaussianMeanLikelihood(<3 samples of 3 features>)"
