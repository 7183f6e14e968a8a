import math
from functools import cached_property
from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import minimize as scipy_minimize

from matopt.check import check_solver
from matopt.objectives import (
    Evaluation,
    GaussianLikelihood,
    GaussianPrecisionLikelihood,
    Objective,
    SquaredDistance,
)
from matopt.solvers import SciPy, Status, Stop, minimize
from matopt.solvers.scipy_bridge import METHODS, _Bridge
from matopt.spaces import (
    Dense,
    PositiveDefinite,
    Product,
    Symmetric,
    SymmetricToeplitz,
)

SECOND_ORDER = ("Newton-CG", "trust-ncg", "trust-krylov", "trust-exact")


def covariance(n, rng, dtype=float):
    Y = rng.standard_normal((4 * n, n))
    if dtype is complex:
        Y = Y + 1j * rng.standard_normal((4 * n, n))
    S = Y.T @ Y.conj() / (4 * n)
    return (S + S.conj().T) / 2


def near_the_edge(n, smallest, rng):
    """A positive definite matrix with one small eigenvalue, the others 1."""
    q = rng.standard_normal(n)
    q /= np.linalg.norm(q)
    return np.eye(n) - (1 - smallest) * np.outer(q, q)


# The optimum


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", [float, complex])
def test_every_method_finds_the_optimum(method, dtype, rng):
    f = GaussianPrecisionLikelihood.from_covariance(covariance(3, rng, dtype))
    problem = f.on(Symmetric(3, dtype=dtype))
    result = minimize(problem, solver=SciPy(method))
    assert result.success and result.detail == ""
    K = np.linalg.inv(f.covariance)
    # the Hessian is at least 1/|K|^2, so the error at most |K|^2 times the gradient
    np.testing.assert_allclose(result.matrix, K, atol=1e-6 * np.linalg.norm(K) ** 2)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_conforms(method, rng):
    f = GaussianPrecisionLikelihood.from_covariance(covariance(4, rng))
    start = f.on(Symmetric(4)).at(np.eye(4))
    optimum = f.on(Symmetric(4)).at(np.linalg.inv(f.covariance)).value
    check_solver(SciPy(method), start, value=optimum)


@pytest.mark.parametrize("n", [1, 2])
@pytest.mark.parametrize("method", METHODS)
def test_small_problems(method, n, rng):
    S = covariance(n, rng)
    f = GaussianLikelihood.from_covariance(S)
    result = minimize(f.on(Symmetric(n)), solver=SciPy(method))
    assert result.success
    np.testing.assert_allclose(result.matrix, S, atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_a_start_at_the_optimum_costs_one_evaluation(method):
    f = GaussianLikelihood.from_covariance(np.eye(2))
    result = minimize(f.on(Symmetric(2)), np.eye(2), solver=SciPy(method))
    assert result.success and (result.nit, result.nfev, result.njev) == (0, 1, 1)


# Outside the domain


def starts_at_the_edge():
    for seed in range(9):
        rng = np.random.default_rng(seed)
        S = covariance(5, rng)
        yield GaussianLikelihood.from_covariance(S), S, near_the_edge(5, 1e-2, rng)


def naive(f, start):
    """What one writes without the bridge: +inf outside the domain."""
    problem = f.on(Symmetric(len(start)))

    def value_and_gradient(x):
        e = problem.at(x)
        if not math.isfinite(e.value):
            return math.inf, np.zeros_like(x)
        return e.value, e.gradient

    x = problem.space.parameters(start)
    return scipy_minimize(value_and_gradient, x, jac=True, method="L-BFGS-B")


def test_scipy_alone_claims_success_at_wrong_answers():
    wrong = 0
    for f, S, start in starts_at_the_edge():
        answer = naive(f, start)
        optimum = f.on(Symmetric(5)).at(S).value
        wrong += answer.success and answer.fun > optimum + 0.05
    # if this fails, SciPy has learned to backtrack, and the barrier may go
    assert wrong >= 4


@pytest.mark.parametrize("method", METHODS)
def test_the_bridge_converges_from_the_same_starts(method):
    for f, S, start in starts_at_the_edge():
        result = minimize(f.on(Symmetric(5)), start, solver=SciPy(method))
        assert result.success
        np.testing.assert_allclose(result.matrix, S, atol=1e-4)
        assert np.all(np.isfinite(result.history["value"]))


@pytest.mark.parametrize("method", METHODS)
def test_a_toeplitz_covariance_from_the_edge(method):
    n = 5
    optima = []
    for ratio in (0.999, -0.999, 0.0):  # of the first off-diagonal to the diagonal
        S = covariance(n, np.random.default_rng(1))
        f = GaussianLikelihood.from_covariance(S)
        # |ratio| < 1/(2 cos(pi/(n+1))) keeps a tridiagonal Toeplitz matrix definite
        edge = ratio / (2 * math.cos(math.pi / (n + 1)))
        start = np.eye(n) + edge * (np.eye(n, k=1) + np.eye(n, k=-1))
        result = minimize(f.on(SymmetricToeplitz(n)), start, solver=SciPy(method))
        assert result.success
        optima.append(result.fun)
    np.testing.assert_allclose(optima, optima[2], rtol=1e-10)


@pytest.mark.parametrize("method", ["L-BFGS-B", "trust-ncg"])
def test_a_product_of_flat_spaces_is_flat(method, rng):
    S, T = covariance(3, rng), rng.standard_normal((2, 3))
    f = GaussianLikelihood.from_covariance(S).of(0) + SquaredDistance(T).of(1)
    start = (np.eye(3), np.zeros((2, 3)))
    space = Product(SymmetricToeplitz(3), Dense(2, 3))
    result = minimize(f.on(space), start, solver=SciPy(method))
    assert result.success and result.x.shape == (9,)
    np.testing.assert_allclose(result.matrix[1], T, atol=1e-6)
    curved = Product(PositiveDefinite(3), Dense(2, 3))
    with pytest.raises(TypeError, match=r"Product\(PositiveDef.* is curved"):
        minimize(f.on(curved), start, solver=SciPy(method))


def bridge_at(matrix, f):
    """A bridge whose last accepted point is the matrix."""
    accepted = f.on(Symmetric(len(matrix))).at(matrix)
    return accepted, _Bridge(accepted, lambda e: None)


def test_the_barrier_rises_from_the_last_accepted_point(rng):
    f = GaussianLikelihood.from_covariance(covariance(3, rng))
    a, bridge = bridge_at(0.1 * np.eye(3), f)
    x = a.x - 0.5 * np.abs(rng.standard_normal(6))
    assert not np.all(np.linalg.eigvalsh(a.space.matrix(x)) > 0)
    g, d = bridge.gradient(x), x - a.x
    np.testing.assert_allclose(g, np.linalg.norm(a.gradient) / np.linalg.norm(d) * d)
    # its gradient is that of its value, and no step into it can be accepted
    h, v = 1e-6, rng.standard_normal(6)
    slope = (bridge.value(x + h * v) - bridge.value(x - h * v)) / (2 * h)
    assert slope == pytest.approx(g @ v, rel=1e-6)
    assert bridge.value(x) > a.value
    near = a.x + 1e-14 * d  # where the rise is lost in the rounding of f(a)
    vars(bridge._at(near))["value"] = math.inf
    assert bridge.value(near) > a.value


def test_the_bridge_survives_that_scipy_writes_into_its_array():
    f = GaussianLikelihood.from_covariance(np.eye(2))
    _, bridge = bridge_at(2 * np.eye(2), f)
    x = np.array([3.0, 0.0, 3.0])
    before = bridge.value(x)
    x[:] = [1.0, 0.0, 1.0]
    assert bridge.value(x) < before
    assert bridge.value(np.array([3.0, 0.0, 3.0])) == before


class Ray(Objective):
    """tr X - ln tr X, defined for tr X > 0."""

    def at(self, point):
        return RayAt(self, point)


class RayAt(Evaluation):
    @property
    def _t(self):
        t = float(np.trace(self.point.dense))
        self.f.seen.append(t)
        return t

    @property
    def value(self):
        return self._t - math.log(self._t) if self._t > 0 else math.nan

    @property
    def gradient(self):
        return self.point.adjoint((1 - 1 / self._t) * np.eye(1))

    def hessp(self, v):
        return v / self._t**2


@pytest.mark.parametrize("method", METHODS)
def test_a_line_through_the_edge_in_one_dimension(method):
    f = Ray()
    f.seen = []
    result = minimize(f.on(Symmetric(1)), [[30.0]], solver=SciPy(method))
    assert result.success
    assert result.matrix[0, 0] == pytest.approx(1.0, abs=1e-5)


class Overflowing(Objective):
    """exp(tr X) - tr X, whose Newton step from far below overflows."""

    def at(self, point):
        return OverflowingAt(self, point)


class OverflowingAt(Evaluation):
    @property
    def value(self):
        t = np.trace(self.point.dense)
        return np.exp(t) - t

    @property
    def gradient(self):
        return self.point.adjoint((np.exp(np.trace(self.point.dense)) - 1) * np.eye(1))

    def hessp(self, v):
        return np.exp(np.trace(self.point.dense)) * v


@pytest.mark.parametrize("method", METHODS)
def test_overflow_in_a_trial_is_no_warning(method):
    result = minimize(Overflowing().on(Symmetric(1)), [[-12.0]], solver=SciPy(method))
    assert result.success and abs(result.matrix[0, 0]) < 1e-5


# One iterate a point


class Counted(Objective):
    """(|X|^2 + |X|^4) / 2, counting what is computed."""

    def __init__(self):
        self.values = self.gradients = 0

    def at(self, point):
        return CountedAt(self, point)


class CountedAt(Evaluation):
    @property
    def value(self):
        self.f.values += 1
        q = float(np.sum(self.point.dense**2))
        return 0.5 * q + 0.5 * q * q

    @cached_property
    def gradient(self):
        self.f.gradients += 1
        X = self.point.dense
        return self.point.adjoint((1 + 2 * np.sum(X * X)) * X)

    def hessp(self, v):
        X, V = self.point.dense, self.point.along(v)
        curved = (1 + 2 * np.sum(X * X)) * V + 4 * np.sum(X * V) * X
        return self.point.adjoint(curved)


@pytest.mark.parametrize("method", METHODS)
def test_nothing_is_computed_twice_at_a_point(method, rng):
    space = Symmetric(3)
    x = rng.standard_normal(6)
    points = set()

    def value(x):
        points.add(x.tobytes())
        return plain.at(x).value

    plain = Counted().on(space)
    other = {"jac": lambda x: plain.at(x).gradient}
    if method in SECOND_ORDER:
        other["hess"] = lambda x: plain.at(x).hessian
    scipy_minimize(value, x, method=method, tol=1e-7, **other)

    f = Counted()
    result = minimize(f.on(space), x, solver=SciPy(method), stop=Stop(1e-7))
    assert result.success
    assert f.values == result.nfev
    assert f.gradients == result.njev <= result.nfev
    assert abs(result.nfev - len(points)) <= 2


@pytest.mark.parametrize("method", METHODS)
def test_every_accepted_iterate_is_reported_once(method, rng):
    seen = []
    f = GaussianPrecisionLikelihood.from_covariance(covariance(3, rng))
    x = np.array([3.0, 0.0, 3.0, 0.0, 0.0, 3.0])
    result = minimize(f.on(Symmetric(3)), x, solver=SciPy(method), callback=seen.append)
    np.testing.assert_array_equal(seen[0].x, x)
    assert len({e.x.tobytes() for e in seen}) == len(seen) == result.nit + 1
    np.testing.assert_array_equal(seen[-1].x, result.x)
    values = np.array([e.value for e in seen])
    assert np.all(np.diff(values) <= 1e-12)
    for before, after in pairwise(seen):
        np.testing.assert_allclose(before.x + after.step, after.x, atol=1e-14)


# The status is ours


@pytest.mark.parametrize("method", METHODS)
def test_what_scipy_calls_success_is_quoted_not_believed(method, rng):
    f = GaussianPrecisionLikelihood.from_covariance(covariance(3, rng))
    tolerance = {"xtol": 1e-1} if method == "Newton-CG" else {"gtol": 1e-1}
    solver = SciPy(method, tolerance)
    result = minimize(f.on(Symmetric(3)), 5 * np.eye(3), solver=solver)
    assert result.status is Status.OUTSIDE_SOLVER_STOPPED and not result.success
    assert result.detail.startswith(f"SciPy {method}: ") and len(result.detail) > 25
    assert 1e-6 < result.gradient_norm
    assert result.detail in repr(result)


@pytest.mark.parametrize("method", METHODS)
def test_a_tolerance_below_rounding_ends_without_success(method, rng):
    S = covariance(3, rng)
    S[0, 1] = S[1, 0] = S[0, 1] + 1e-3
    f = GaussianLikelihood.from_covariance(S)
    stop = Stop(0.0, max_iterations=300)
    result = minimize(f.on(Symmetric(3)), np.eye(3), solver=SciPy(method), stop=stop)
    assert not result.success or result.gradient_norm == 0.0
    assert result.gradient_norm < 1e-5


def test_options_are_scipys(rng):
    f = GaussianPrecisionLikelihood.from_covariance(covariance(3, rng))
    solver = SciPy("L-BFGS-B", {"maxiter": 2})
    result = minimize(f.on(Symmetric(3)), 5 * np.eye(3), solver=solver)
    assert result.nit == 2 and "LIMIT" in result.detail


# Refusals


def test_an_unknown_option_is_refused():
    f = GaussianPrecisionLikelihood.from_covariance(np.eye(2))
    solver = SciPy("BFGS", {"memory": 3})
    with pytest.raises(TypeError, match=r"options must be a dict .*, got int"):
        SciPy("BFGS", 3)
    with pytest.raises(TypeError, match=r"options must be those of.*BFGS.*memory"):
        minimize(f.on(Symmetric(2)), 3 * np.eye(2), solver=solver)


@pytest.mark.parametrize("name", ["bfgs", "BfGs", "TRUST-NCG", "l-bfgs-b"])
def test_names_are_read_in_any_case(name):
    assert SciPy(name).method in METHODS and SciPy(name).method.lower() == name.lower()
    assert SciPy(name) == SciPy(name.upper())


@pytest.mark.parametrize(
    ("name", "near"),
    [("LBFGS", "L-BFGS-B"), ("newton", "Newton-CG"), ("trust-crylov", "trust-krylov")],
)
def test_an_unknown_name_is_refused_with_the_nearest(name, near):
    with pytest.raises(ValueError, match=f"got '{name}'; did you mean .*{near}"):
        SciPy(name)


@pytest.mark.parametrize("name", ["", "SLSQP", 3, None])
def test_what_is_no_method_is_refused(name):
    with pytest.raises(ValueError, match="method must be one of SciPy's smooth"):
        SciPy(name)


def test_a_curved_space_is_refused():
    f = GaussianPrecisionLikelihood.from_covariance(np.eye(2))
    with pytest.raises(TypeError, match=r"PositiveDefinite\(2\) is curved; take one"):
        minimize(f.on(PositiveDefinite(2)), solver=SciPy("BFGS"))


def test_its_loop_is_scipys():
    f = GaussianPrecisionLikelihood.from_covariance(np.eye(2))
    with pytest.raises(TypeError, match="call run or minimize"):
        SciPy("BFGS").steps(f.on(Symmetric(2)).start())


def test_settings_are_values():
    assert hash(SciPy("bfgs")) == hash(SciPy("BFGS"))
    assert eval(repr(SciPy("cg", {"norm": 2}))) == SciPy("CG", {"norm": 2})
    with pytest.raises(AttributeError):
        SciPy("CG").method = "BFGS"
    options = {"maxiter": 3}
    solver = SciPy("CG", options)
    options["maxiter"] = 4
    assert solver.options == {"maxiter": 3}
