import mpmath
import numpy as np
import pytest
from numeric import agrees_inside, exact, lift, normal, trace

from matopt.check import check_objective
from matopt.objectives import (
    GaussianLikelihood,
    GaussianPrecisionLikelihood,
    InverseWishartPrior,
    WishartPrior,
)
from matopt.solvers import Convex, Stop, minimize
from matopt.spaces import (
    Dense,
    Fisher,
    PositiveDefinite,
    Symmetric,
    SymmetricToeplitz,
)

mp = mpmath.mp
FIELDS = pytest.mark.parametrize("dtype", [float, complex])
TIGHT = Stop(gradient_norm=1e-9)


def minus_log_density(f, dtype):
    """The exponent of the density, times 2 when real."""
    n, nu, Psi = len(f.scale), mp.mpf(f.dof), lift(f.scale)
    pairs = n + 1 if dtype is float else n
    if isinstance(f, InverseWishartPrior):
        return lambda A: (nu + pairs) * mp.log(mp.re(mp.det(A))) + trace(A**-1 * Psi)
    return lambda A: (pairs - nu) * mp.log(mp.re(mp.det(A))) + trace(Psi**-1 * A)


def priors(rng, n, dtype):
    scale = PositiveDefinite(n, dtype).random(rng)
    return [InverseWishartPrior(n + 2.5, scale), WishartPrior(n + 2.5, scale)]


@FIELDS
@pytest.mark.parametrize("n", [1, 3])
def test_value_and_derivatives(n, dtype, rng):
    space = Symmetric(n, dtype)
    A = space.matrix(space.random(rng))
    for f in priors(rng, n, dtype):
        agrees_inside(f, space, minus_log_density(f, dtype), rng, A)


@FIELDS
@pytest.mark.parametrize("n", [1, 2, 5])
def test_on_hermitian_matrices(n, dtype, rng):
    for f in priors(rng, n, dtype):
        for space in (PositiveDefinite(n, dtype), Symmetric(n, dtype)):
            check_objective(f, space, rng)
    for f in priors(rng, n, float):
        check_objective(f, Fisher(SymmetricToeplitz(n)), rng)


def test_they_are_the_densities_of_scipy(rng):
    from scipy.stats import invwishart, wishart

    space = PositiveDefinite(3)
    A, B = space.random(rng), space.random(rng)
    for f, density in zip(priors(rng, 3, float), (invwishart, wishart), strict=True):
        change = f.on(space).at(A).value - f.on(space).at(B).value
        known = density(f.dof, f.scale)
        assert change == pytest.approx(-2 * (known.logpdf(A) - known.logpdf(B)))


@FIELDS
def test_posterior_modes(dtype, rng):
    """The prior over m adds to the likelihood: conjugate, so the mode is known."""
    n, m = 3, 8
    X = normal(rng, m, n, dtype=dtype)
    M = sum(np.outer(x, x.conj()) for x in X)
    inverse, wishart = priors(rng, n, dtype)
    nu, Psi = inverse.dof, inverse.scale
    pairs = n + 1 if dtype is float else n
    likely = GaussianLikelihood(X)
    problem = (likely + inverse / likely.count).on(PositiveDefinite(n, dtype))
    found = minimize(problem, stop=TIGHT).matrix
    # posterior: inverse Wishart of nu + m (real), of Psi + M
    np.testing.assert_allclose(found, (M + Psi) / (nu + m + pairs), atol=1e-8)
    precise = GaussianPrecisionLikelihood(X)
    problem = (precise + wishart / m).on(PositiveDefinite(n, dtype))
    found = minimize(problem, stop=TIGHT).matrix
    expected = (nu + m - pairs) * np.linalg.inv(np.linalg.inv(Psi) + M)
    np.testing.assert_allclose(found, expected, atol=1e-7)


def test_precision_and_covariance_have_one_prior(rng):
    """K = A^-1 is Wishart of Psi^-1 where A is inverse Wishart: up to the Jacobian."""
    n, nu = 3, 7.0
    Psi, A, B = (PositiveDefinite(n).random(rng) for _ in range(3))
    on_A = InverseWishartPrior(nu, Psi).on(PositiveDefinite(n))
    inverse = np.linalg.inv(Psi)
    on_K = WishartPrior(nu, (inverse + inverse.T) / 2).on(PositiveDefinite(n))

    def change(problem, first, second):
        return problem.at(first).value - problem.at(second).value

    invert = [np.linalg.inv(A), np.linalg.inv(B)]
    jacobian = 2 * (n + 1) * (np.linalg.slogdet(A)[1] - np.linalg.slogdet(B)[1])
    assert change(on_A, A, B) == pytest.approx(
        change(on_K, *((K + K.T) / 2 for K in invert)) + jacobian, rel=1e-10
    )


def test_a_target_shrinks(rng):
    X, w = normal(rng, 9, 3), 0.8
    T = PositiveDefinite(3).random(rng)
    f = GaussianLikelihood(X)
    S = f.covariance
    by_likelihood = f + w * GaussianLikelihood.from_covariance(T)
    m = f.count
    by_prior = f + InverseWishartPrior(w * m - 4, w * m * T) / m
    for g in (by_likelihood, by_prior):
        found = minimize(g.on(PositiveDefinite(3)), stop=TIGHT).matrix
        np.testing.assert_allclose(found, (S + w * T) / (1 + w), atol=1e-8)


def test_a_prior_makes_few_samples_enough(rng):
    f = GaussianLikelihood(normal(rng, 2, 5))
    with pytest.raises(ValueError, match=r"InverseWishartPrior\(5, np.eye\(5\)\)"):
        minimize(f.on(PositiveDefinite(5)))
    g = f + InverseWishartPrior(5, np.eye(5)) / f.count
    result = minimize(g.on(PositiveDefinite(5)))
    assert result.success
    n, m = 5, 2
    expected = (m * f.covariance + np.eye(n)) / (m + n + n + 1)
    np.testing.assert_allclose(result.matrix, expected, atol=1e-6)


@FIELDS
def test_convex_finds_the_mode(dtype, rng):
    pytest.importorskip("cvxpy")
    f = priors(rng, 2, dtype)[1]
    pairs = 3 if dtype is float else 2
    result = minimize(f.on(PositiveDefinite(2, dtype)), solver=Convex())
    expected = (f.dof - pairs) * f.scale
    np.testing.assert_allclose(result.matrix, expected, atol=1e-3)
    f = WishartPrior(1.5, np.eye(2))
    with pytest.raises(TypeError, match="is not known to be convex"):
        minimize((f + f).on(Symmetric(2)), solver=Convex())


def test_a_wishart_without_a_mode_is_refused():
    f = WishartPrior(3.5, np.eye(3))
    with pytest.raises(ValueError, match=r"dof must be above 4 for the density"):
        minimize(f.on(PositiveDefinite(3)))
    f.check_minimum(PositiveDefinite(3, complex))


@pytest.mark.parametrize("prior", [InverseWishartPrior, WishartPrior])
def test_wrong_arguments(prior):
    for dof in (1.0, np.inf, "3", True, np.nan):
        with pytest.raises(ValueError, match="dof must be a number above n - 1 = 1"):
            prior(dof, np.eye(2))
    with pytest.raises(ValueError, match="scale must be positive definite"):
        prior(3, np.diag([1.0, 0.0]))
    with pytest.raises(ValueError, match="scale must be symmetric"):
        prior(3, [[1.0, 0.5], [0.0, 1.0]])
    f = prior(3, np.eye(2))
    with pytest.raises(ValueError, match=r"scale has shape \(2, 2\) but the space"):
        f.on(Symmetric(3))
    with pytest.raises(ValueError, match="needs a space of symmetric"):
        f.on(Dense(2, 2))
    with pytest.raises(ValueError, match="scale is complex but"):
        prior(3, np.eye(2) + 0j).on(Symmetric(2))
    assert repr(f) == f"{prior.__name__}(3, <2x2>)"
    scale = np.eye(2)
    f = prior(3, scale)
    scale[:] = 0.0
    assert exact(minus_log_density(f, float), np.eye(2)) == 2.0
