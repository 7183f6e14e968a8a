import math

import numpy as np
import pytest

import matopt as mo
from matopt.check import check_solver
from matopt.objectives import (
    FrobeniusNorm,
    GaussianLikelihood,
    GaussianPrecisionLikelihood,
    LogDet,
    RayleighQuotient,
    from_functions,
)
from matopt.solvers import (
    LBFGS,
    Armijo,
    ConjugateGradient,
    FletcherReeves,
    GradientDescent,
    HagerZhangBeta,
    NewtonCG,
    PolakRibiere,
    Status,
    Stop,
    TrustRegion,
    minimize,
)
from matopt.solvers.gradient_descent import barzilai_borwein
from matopt.solvers.minimize import choose
from matopt.spaces import (
    Dense,
    Fisher,
    PositiveDefinite,
    Sphere,
    Symmetric,
    SymmetricToeplitz,
)

FAST = {
    "LBFGS": LBFGS(),
    "LBFGS(memory=3)": LBFGS(memory=3),
    "LBFGS, Armijo": LBFGS(search=Armijo()),
    "CG": ConjugateGradient(),
    "CG, PR+": ConjugateGradient(beta=PolakRibiere()),
    "NewtonCG": NewtonCG(),
    "TrustRegion": TrustRegion(),
}
SLOW = {
    "GD": GradientDescent(),
    "GD, Armijo": GradientDescent(search=Armijo()),
    "CG, FR": ConjugateGradient(beta=FletcherReeves()),
}
METHODS = FAST | SLOW


def samples(m, n, dtype, rng):
    X = rng.standard_normal((m, n)) * np.geomspace(1.0, 5.0, n)
    if dtype is complex:
        X = X + 1j * rng.standard_normal((m, n))
    return X


def hermitian(n, dtype, rng):
    A = rng.standard_normal((n, n))
    if dtype is complex:
        A = A + 1j * rng.standard_normal((n, n))
    return A + A.conj().T


def _rosenbrock(X):
    x = X.ravel()
    return float(np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2))


def _rosenbrock_gradient(X):
    x = X.ravel()
    g, u = np.zeros_like(x), x[1:] - x[:-1] ** 2
    g[1:] += 200 * u
    g[:-1] += -400 * u * x[:-1] - 2 * (1 - x[:-1])
    return g.reshape(X.shape)


def _rosenbrock_hessp(X, V):
    x, v = X.ravel(), V.ravel()
    h, du = np.zeros_like(x), v[1:] - 2 * x[:-1] * v[:-1]
    h[1:] += 200 * du
    h[:-1] += -400 * (du * x[:-1] + (x[1:] - x[:-1] ** 2) * v[:-1]) + 2 * v[:-1]
    return h.reshape(X.shape)


rosenbrock = from_functions(_rosenbrock, _rosenbrock_gradient, _rosenbrock_hessp)


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize(
    ("name", "space"),
    [(name, PositiveDefinite) for name in METHODS]
    + [(name, Symmetric) for name in FAST],
)
def test_the_precision_is_the_inverse_covariance(name, space, dtype, rng):
    f = GaussianPrecisionLikelihood(samples(40, 3, dtype, rng))
    S = f.covariance
    best = 3.0 + float(np.linalg.slogdet(S)[1])  # tr(S S^-1) - ln det S^-1
    start = f.on(space(3, dtype)).start()
    check_solver(METHODS[name], start, value=best)


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("name", METHODS)
def test_the_covariance_is_the_sample_covariance(name, dtype, rng):
    f = GaussianLikelihood(samples(40, 5, dtype, rng))
    best = 5.0 + float(np.linalg.slogdet(f.covariance)[1])
    space = PositiveDefinite(5, dtype)
    check_solver(METHODS[name], f.on(space).at(np.eye(5)), value=best)
    result = minimize(f.on(space), np.eye(5), solver=METHODS[name])
    assert result.success
    np.testing.assert_allclose(result.matrix, f.covariance, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("name", METHODS)
def test_the_rayleigh_quotient_is_the_smallest_eigenvalue(name, dtype, rng):
    A = hermitian(15, dtype, rng)
    start = RayleighQuotient(A).on(Sphere(15, dtype)).start(rng)
    check_solver(METHODS[name], start, value=float(np.linalg.eigvalsh(A)[0]))


@pytest.mark.parametrize("name", FAST)
def test_rosenbrock(name):
    start = rosenbrock.on(Dense(2, 2)).at(np.array([[-1.2, 1.0], [-1.2, 1.0]]))
    check_solver(FAST[name], start, gradient_norm=1e-8, max_iterations=500)


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("n", [1, 2])
def test_the_smallest_sizes(name, n, rng):
    f = GaussianLikelihood(samples(10, n, float, rng))
    for space in (PositiveDefinite(n), Symmetric(n)):
        check_solver(METHODS[name], f.on(space).start(), max_iterations=3000)


@pytest.mark.parametrize("name", METHODS)
def test_a_gradient_of_exactly_zero_is_the_end(name):
    # of x^2 some methods reach 0 itself, where slopes and norms are no divisors
    result = minimize(
        FrobeniusNorm().on(Dense(1, 1)),
        np.array([[4.0]]),
        solver=METHODS[name],
        stop=Stop(gradient_norm=0.0),
    )
    assert result.gradient_norm < 1e-6
    assert result.success == (result.gradient_norm == 0.0)


@pytest.mark.parametrize("name", FAST)
def test_a_metric_that_changes_from_point_to_point(name, rng):
    f = GaussianLikelihood(samples(50, 5, float, rng))
    start, stop = f.scatter.power * np.eye(5), Stop(1e-7, max_iterations=3000)
    runs = [
        minimize(f.on(space), start, solver=FAST[name], stop=stop)
        for space in (Fisher(SymmetricToeplitz(5)), SymmetricToeplitz(5))
    ]
    assert all(r.success for r in runs)
    np.testing.assert_allclose(runs[0].x, runs[1].x, rtol=1e-4)
    assert runs[0].nit <= runs[1].nit


@pytest.mark.parametrize("name", METHODS)
def test_a_run_repeats_itself(name, rng):
    A = hermitian(12, float, rng)
    problem = RayleighQuotient(A).on(Sphere(12))
    first, second = (minimize(problem, rng=7, solver=METHODS[name]) for _ in range(2))
    np.testing.assert_array_equal(first.x, second.x)
    assert (first.nit, first.nfev, first.nhev) == (second.nit, second.nfev, second.nhev)


@pytest.mark.parametrize("name", METHODS)
def test_limits_are_respected(name):
    problem, start = rosenbrock.on(Dense(2, 2)), -np.ones((2, 2))
    result = minimize(problem, start, solver=METHODS[name], stop=Stop(max_iterations=3))
    assert result.status is Status.MAX_ITERATIONS
    assert result.nit == 3
    result = minimize(
        problem, start, solver=METHODS[name], stop=Stop(max_evaluations=9)
    )
    assert result.status is Status.MAX_EVALUATIONS
    assert result.nfev + result.nhev <= 9


@pytest.mark.parametrize("name", METHODS)
def test_what_is_returned_is_what_was_tested(name, rng):
    f = GaussianPrecisionLikelihood(samples(30, 4, float, rng))
    problem = f.on(PositiveDefinite(4))
    result = minimize(problem, solver=METHODS[name])
    again = problem.at(result.matrix)
    assert result.gradient_norm <= 1e-6
    assert abs(again.gradient_norm - result.gradient_norm) <= 1e-11
    assert abs(again.value - result.fun) <= 1e-12 * abs(result.fun)


@pytest.mark.parametrize("name", METHODS)
def test_the_edge_of_the_domain_is_not_crossed(name, rng):
    # a start whose full gradient step is far outside the positive definite matrices
    X = 3.0 * rng.standard_normal((20, 3))
    start = GaussianPrecisionLikelihood(X).on(Symmetric(3)).at(2.0 * np.eye(3))
    assert start.retract(-start.gradient).value == math.inf
    check_solver(METHODS[name], start, gradient_norm=1e-5, max_iterations=5000)


@pytest.mark.parametrize("name", METHODS)
def test_no_minimum_is_not_called_a_minimum(name):
    problem = (-1.0 * LogDet()).on(PositiveDefinite(3))
    result = minimize(problem, solver=METHODS[name])
    assert result.status is Status.UNBOUNDED
    assert np.isfinite(result.matrix).all()
    assert math.isfinite(result.fun)


@pytest.mark.parametrize("name", METHODS)
def test_a_linear_function_is_unbounded(name):
    f = from_functions(
        lambda X: -float(X.sum()), lambda X: -np.ones_like(X), lambda X, V: 0.0 * V
    )
    result = minimize(f.on(Dense(2, 2)), solver=METHODS[name])
    assert not result.success
    assert result.status in (Status.UNBOUNDED, Status.MAX_ITERATIONS)


@pytest.mark.parametrize("name", [name for name in FAST if "Armijo" not in name])
def test_a_gradient_norm_of_1e_12(name, rng):
    problem = RayleighQuotient(hermitian(60, float, rng) / 8.0).on(Sphere(60))
    result = minimize(problem, solver=FAST[name], stop=Stop(gradient_norm=1e-12))
    assert result.success


@pytest.mark.parametrize("name", ["LBFGS, Armijo", "GD, Armijo"])
def test_armijo_stalls_honestly(name, rng):
    problem = RayleighQuotient(hermitian(60, float, rng) / 8.0).on(Sphere(60))
    stop = Stop(gradient_norm=1e-12, max_iterations=5000)
    result = minimize(problem, solver=METHODS[name], stop=stop)
    assert result.status is Status.STALLED_AT_ROUNDING
    assert result.gradient_norm < 1e-5


def test_second_derivatives_choose_the_method():
    assert isinstance(choose(rosenbrock.on(Dense(2, 2))), TrustRegion)
    f = from_functions(_rosenbrock, _rosenbrock_gradient)
    assert isinstance(choose(f.on(Dense(2, 2))), LBFGS)
    assert minimize(f.on(Dense(2, 2)), np.zeros((2, 2))).success


def test_barzilai_and_borwein_beat_the_last_step_on_a_likelihood(rng):
    f = GaussianLikelihood(samples(60, 10, float, rng))
    result = minimize(f.on(PositiveDefinite(10)), solver=mo.GradientDescent())
    assert result.nfev <= 25


def test_the_step_of_barzilai_and_borwein_on_a_sphere(rng):
    # with the last gradient carried to where the new one is
    e = RayleighQuotient(hermitian(4, float, rng)).on(Sphere(4)).start(rng)
    end = e.retract(-0.3 * e.gradient)
    x, g = end.x, e.gradient
    moved = g - (x @ g) * x
    s, y = -0.3 * moved, end.gradient - moved
    expected = (s @ s) / (s @ y) if s @ y > 0 else 0.6
    assert barzilai_borwein(e, end, 0.3) == pytest.approx(expected, rel=1e-12)


def test_the_rules_of_conjugate_gradients(rng):
    e = rosenbrock.on(Dense(2, 3)).at(rng.standard_normal((2, 3)))
    g, d = rng.standard_normal((2, e.space.dimension))
    new = e.gradient
    y = new - g
    hager_zhang = (y - 2 * d * (y @ y) / (d @ y)) @ new / (d @ y)
    bound = -1 / (np.linalg.norm(d) * min(1e-3, np.linalg.norm(g)))
    rule = HagerZhangBeta(eta=1e-3)
    assert rule(e, g, d) == pytest.approx(max(bound, hager_zhang), rel=1e-12)
    assert rule(e, g, -1e4 * d) == pytest.approx(
        max(1e-4 * bound, -1e-4 * hager_zhang), rel=1e-12
    )
    assert PolakRibiere()(e, g, d) == pytest.approx(max(0, new @ y / (g @ g)))
    assert PolakRibiere()(e, 2 * new, d) == 0.0
    assert FletcherReeves()(e, g, d) == pytest.approx(new @ new / (g @ g))


def _anderson(S, basis, theta, steps):
    """His scoring: theta solves tr(K B_i K B_j) theta = tr(K B_i K S)."""
    for _ in range(steps):
        K = np.linalg.inv(np.tensordot(theta, basis, axes=1))
        F = np.array([[np.trace(K @ a @ K @ b) for b in basis] for a in basis])
        theta = np.linalg.solve(F, [np.trace(K @ a @ K @ S) for a in basis])
    return theta


def test_unit_steps_in_the_fisher_metric_are_scoring(rng):
    space = mo.SymmetricToeplitz(4)
    f = mo.GaussianLikelihood(rng.standard_normal((40, 4)))
    S, basis, start = f.covariance, space.basis(), np.array([1.0, 0.1, 0.0, 0.0])
    e = f.on(mo.Fisher(space)).at(start)
    one = _anderson(S, basis, start, 1) - start
    np.testing.assert_allclose(-e.gradient, one, rtol=1e-9, atol=1e-12)
    scoring = mo.GradientDescent(step=1.0)
    result = minimize(f.on(mo.Fisher(space)), start, solver=scoring)
    assert result.success and result.nit < 12
    assert result.nfev <= result.nit + 2  # the unit steps were taken
    np.testing.assert_allclose(result.x, _anderson(S, basis, start, 50), atol=1e-6)
    with pytest.raises(ValueError, match="step must be positive or None, got 0"):
        mo.GradientDescent(step=0.0)
