import numpy as np
import pytest
from scipy.linalg import toeplitz

from matopt import inference
from matopt.objectives import GaussianLikelihood, SquaredDistance, TraceInverse
from matopt.solvers import FisherNewton, Status, Stop, TrustRegion, minimize
from matopt.solvers.minimize import choose
from matopt.spaces import (
    Fisher,
    HermitianToeplitz,
    LinearSpan,
    PositiveDefinite,
    Symmetric,
    SymmetricToeplitz,
)

TIGHT = Stop(gradient_norm=1e-8)
SPACES = [SymmetricToeplitz, HermitianToeplitz]


def windows(m, n, rng):
    """Of an autoregression x_t = 0.8 x_(t-1) + noise."""
    X = rng.standard_normal((m, n))
    for k in range(1, n):
        X[:, k] += 0.8 * X[:, k - 1]
    return X


def signals(m, n, rng, floor=0.1):
    """Three complex lines and noise."""
    w = np.exp(1j * np.outer([0.2, 0.5, 1.0], np.arange(n)))
    z = rng.standard_normal((m, 3 + n)) + 1j * rng.standard_normal((m, 3 + n))
    return z[:, :3] @ w + np.sqrt(floor) * z[:, 3:]


def samples(space, m, n, rng):
    return windows(m, n, rng) if space is SymmetricToeplitz else signals(m, n, rng)


def objective(A, X):
    """ln det A + tr(A^-1 S), by eigenvalues."""
    d, U = np.linalg.eigh(A)
    return np.log(d).sum() + (np.abs(X.conj() @ U) ** 2 / d).sum() / len(X)


class Steps(FisherNewton):
    """The same step by step: the plain twin of the compiled run."""

    def run(self, start, report):
        return self._report_all(self.steps(start), start, report)


# What is known in closed form


@pytest.mark.parametrize("space", SPACES)
def test_of_order_one_it_is_the_power(space, rng):
    X = samples(space, 3, 1, rng)
    result = minimize(GaussianLikelihood(X).on(space(1)), stop=TIGHT)
    assert result.success
    assert np.allclose(result.matrix, np.mean(np.abs(X) ** 2))


@pytest.mark.parametrize("space", SPACES)
def test_of_order_two_it_is_the_mean_with_the_reversed_conjugate(space, rng):
    X = samples(space, 5, 2, rng)
    S = X.T @ X.conj() / len(X)
    result = minimize(GaussianLikelihood(X).on(space(2)), stop=TIGHT)
    assert np.allclose(result.matrix, 0.5 * (S + S.conj()[::-1, ::-1]))


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("n", [3, 12, 70])
def test_a_toeplitz_sample_covariance_is_found_as_it_is(space, n):
    t = np.exp((-0.3 + (0.7j if space is HermitianToeplitz else 0.0)) * np.arange(n))
    f = GaussianLikelihood.from_covariance(toeplitz(t))
    result = minimize(f.on(space(n)), stop=TIGHT)
    assert result.success
    assert np.allclose(result.matrix[:, 0], t, atol=1e-7)


# Against the other ways


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize(("n", "m"), [(5, 4), (12, 8), (20, 60)])
def test_the_optimum_is_that_of_the_trust_region(space, n, m, rng):
    problem = GaussianLikelihood(samples(space, m, n, rng)).on(space(n))
    result = minimize(problem, stop=TIGHT)
    assert result.status is Status.CONVERGED
    assert result.nit <= 15
    other = minimize(problem, solver=TrustRegion(), stop=Stop(gradient_norm=1e-7))
    assert np.isclose(result.fun, other.fun, rtol=0.0, atol=1e-9)
    assert np.allclose(result.matrix, other.matrix, atol=1e-5)


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("metric", [lambda s: s, Fisher])
def test_one_call_takes_the_same_steps_as_one_at_a_time(space, metric, rng):
    problem = GaussianLikelihood(samples(space, 12, 9, rng)).on(metric(space(9)))
    run, steps = (minimize(problem, solver=s(), stop=TIGHT) for s in (_Run, Steps))
    for name in ("nit", "nfev", "njev", "nhev", "nfactor"):
        assert run[name] == steps[name], name
    for name in ("value", "gradient_norm"):
        a, b = run.history[name], steps.history[name]
        assert np.allclose(a, b, rtol=1e-6, atol=1e-11), name
    assert "one compiled call" in run.detail and run.nit > 2


class _Run(FisherNewton):
    """Under a name of its own."""


@pytest.mark.parametrize("space", SPACES)
def test_products_and_matrices_lead_to_the_same_optimum(space, rng):
    X = windows(140, 70, rng).astype(space(70).dtype)
    problem = GaussianLikelihood(X).on(space(70))
    dense = minimize(problem, solver=FisherNewton(dense=1000), stop=TIGHT)
    product = minimize(problem, solver=FisherNewton(dense=10), stop=TIGHT)
    assert dense.success and product.success
    assert product.nhev > product.nit == pytest.approx(dense.nit, abs=3)
    assert np.isclose(dense.fun, product.fun, rtol=0.0, atol=1e-10)


def test_without_matrices_an_indefinite_hessian_is_scored_by_products(rng):
    problem = GaussianLikelihood(signals(40, 24, rng, 0.3)).on(HermitianToeplitz(24))
    solver = FisherNewton(dense=4, most=4, products=80)
    result = minimize(problem, solver=Steps(**vars(solver)), stop=TIGHT)
    dense = minimize(problem, stop=TIGHT)
    assert result.success
    assert np.isclose(result.fun, dense.fun, rtol=0.0, atol=1e-9)


def test_a_general_linear_family_by_dense_matrices(rng):
    family = LinearSpan([np.eye(4), np.diag([1.0, 2.0, 3.0, 4.0]), np.ones((4, 4))])
    problem = GaussianLikelihood(rng.standard_normal((30, 4))).on(family)
    result = minimize(problem, solver=FisherNewton(), stop=TIGHT)
    other = minimize(problem, solver=TrustRegion(), stop=TIGHT)
    assert result.success
    assert np.allclose(result.x, other.x, atol=1e-6)


# Which steps are taken


def test_an_indefinite_hessian_is_replaced_by_the_information(rng):
    X = signals(20, 8, rng)
    problem = GaussianLikelihood(X).on(HermitianToeplitz(8))
    far = 30.0 * np.eye(8)  # f is concave where T is large
    e = problem.at(far)
    assert np.linalg.eigvalsh(e.evaluation.hessian)[0] < 0.0
    seen = []
    minimize(problem, far, solver=FisherNewton(), callback=seen.append)
    step = -np.linalg.solve(e.point.information, e.evaluation.gradient)
    t = (seen[1].x - e.x) @ step / (step @ step)
    assert np.allclose(seen[1].x - e.x, t * step) and 0.0 < t <= 1.0
    detail = minimize(problem, far).detail
    assert "and 0 scoring" not in detail


def test_a_positive_definite_hessian_is_used(rng):
    problem = GaussianLikelihood(windows(400, 6, rng)).on(SymmetricToeplitz(6))
    near = minimize(problem).matrix + 0.01 * np.eye(6)
    e = problem.at(near)
    seen = []
    result = minimize(problem, near, callback=seen.append)
    step = -np.linalg.solve(e.evaluation.hessian, e.evaluation.gradient)
    assert np.allclose(seen[1].x - e.x, step, rtol=1e-7)
    assert "and 0 scoring" in result.detail


# Boundaries


@pytest.mark.parametrize(("n", "m"), [(15, 1), (15, 3), (40, 4)])
def test_too_few_samples_are_found_and_said(n, m, rng):
    f = GaussianLikelihood(windows(m, n, rng))
    result = minimize(f.on(SymmetricToeplitz(n)))
    assert result.status is Status.NEARLY_SINGULAR
    assert f"samples are few, {m} of {n} features" in result.detail
    assert f"from {(n - 1) // 2 + 1} on" in result.detail
    assert f"0.1 * TraceInverse(np.eye({n}))" in result.detail
    better = minimize((f + 0.1 * TraceInverse(np.eye(n))).on(SymmetricToeplitz(n)))
    assert better.success and isinstance(better.solver, str)
    assert better.solver.startswith("FisherNewton")


def test_no_power_at_all_is_refused():
    f = GaussianLikelihood(np.zeros((5, 3)))
    with pytest.raises(ValueError, match="the likelihood falls without limit"):
        minimize(f.on(SymmetricToeplitz(3)))


def test_ill_conditioned_lines(rng):
    X = signals(80, 10, rng, floor=1e-9)
    result = minimize(GaussianLikelihood(X).on(HermitianToeplitz(10)))
    assert np.linalg.cond(result.matrix) > 1e8
    assert np.isclose(result.fun, objective(result.matrix, X), rtol=1e-6)
    assert result.fun < objective(toeplitz(np.r_[11.0, np.zeros(9)]), X)


# What a result says


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("metric", [lambda s: s, Fisher])
def test_a_result_tells_the_truth(space, metric, rng):
    X = samples(space, 9, 11, rng)
    problem = GaussianLikelihood(X).on(metric(space(11)))
    for stop in (TIGHT, Stop(max_iterations=2)):
        result = minimize(problem, stop=stop)
        e = problem.at(result.matrix)
        assert np.isclose(result.fun, objective(result.matrix, X), rtol=1e-12)
        assert np.isclose(result.gradient_norm, e.gradient_norm, atol=1e-9)
        assert len(result.history["value"]) == result.nit + 1
    assert result.status is Status.MAX_ITERATIONS and result.nit == 2


def test_all_iterates_are_shown_to_a_callback(rng):
    problem = GaussianLikelihood(windows(30, 7, rng)).on(SymmetricToeplitz(7))
    seen = []
    result = minimize(problem, callback=seen.append, stop=TIGHT)
    assert len(seen) == result.nit + 1
    for e in seen:
        fresh = problem.at(e.x)
        assert np.isclose(e.value, fresh.value)
        assert np.isclose(e.gradient_norm, fresh.gradient_norm, atol=1e-10)
    skimmed = minimize(problem, stop=TIGHT)
    assert np.array_equal(skimmed.history["value"], result.history["value"])
    stopped = minimize(problem, callback=lambda e: e is not seen[0], stop=TIGHT)
    assert stopped.status is Status.STOPPED_BY_CALLBACK


def test_limits_of_steps_hold_in_a_compiled_run(rng):
    problem = GaussianLikelihood(signals(30, 7, rng)).on(HermitianToeplitz(7))
    assert minimize(problem, stop=Stop(1e-8, step=1e3)).status is Status.SMALL_STEP
    few = minimize(problem, stop=Stop(1e-8, max_evaluations=2))
    assert few.status is Status.MAX_EVALUATIONS and few.nit < 4
    assert minimize(problem, stop=Stop(0.0)).status is Status.STALLED_AT_ROUNDING


def test_it_is_the_default_where_the_information_is_quick(rng):
    f = GaussianLikelihood(rng.standard_normal((20, 3)))
    penalized = f + 0.1 * TraceInverse(np.eye(3))
    for space in (SymmetricToeplitz(3), Fisher(SymmetricToeplitz(3))):
        assert isinstance(choose(f.on(space)), FisherNewton)
        assert isinstance(choose(penalized.on(space)), FisherNewton)
    assert isinstance(choose(f.on(Symmetric(3))), TrustRegion)
    distance = SquaredDistance(np.eye(3)).on(SymmetricToeplitz(3))
    assert isinstance(choose(distance), TrustRegion)


def test_it_needs_a_linear_space(rng):
    problem = GaussianLikelihood(rng.standard_normal((20, 3))).on(PositiveDefinite(3))
    with pytest.raises(TypeError, match=r"FisherNewton needs a space .* linear in x"):
        minimize(problem, solver=FisherNewton())


def test_every_start_leads_to_one_optimum(rng):
    for space in SPACES:
        problem = GaussianLikelihood(samples(space, 4, 8, rng)).on(space(8))
        runs = inference.multistart(problem, 12, rng, stop=TIGHT)
        assert runs.agreed == 12
