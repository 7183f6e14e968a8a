import math

import numpy as np
import pytest

from matopt.errors import OutOfDomain
from matopt.objectives import (
    Evaluation,
    GaussianLikelihood,
    GaussianPrecisionLikelihood,
    LogDet,
    Objective,
    RayleighQuotient,
    SquaredDistance,
    from_functions,
)
from matopt.objectives.restriction import Counts
from matopt.solvers import NewtonCG, Status, Stop, TrustRegion, minimize
from matopt.solvers.curvature import difference
from matopt.solvers.truncated_cg import TruncatedCG
from matopt.spaces import Dense, PositiveDefinite, Product, Sphere, Stiefel, Symmetric


class Landscape(Objective):
    """f(x) of the parameters x."""

    def __init__(self, value, gradient, hessp=None):
        self.parts = value, gradient, hessp

    @property
    def has_hessian(self):
        return self.parts[2] is not None

    def at(self, point):
        return LandscapeAt(self, point)


class LandscapeAt(Evaluation):
    @property
    def value(self):
        return self.f.parts[0](self.point.x)

    @property
    def gradient(self):
        return self.f.parts[1](self.point.x)

    def hessp(self, v):
        if not self.f.has_hessian:
            raise TypeError("this landscape has no second derivatives")
        return self.f.parts[2](self.point.x, v)


def quadratic(H, b):
    return Landscape(
        lambda x: float(0.5 * x @ H @ x - b @ x),
        lambda x: H @ x - b,
        lambda x, v: H @ v,
    )


def spd(n, condition, rng):
    Q, _ = np.linalg.qr(rng.standard_normal((n, n)))
    S = (Q * np.geomspace(1.0, 1.0 / condition, n)) @ Q.T
    return 0.5 * (S + S.T)


def counted(f, space, x):
    return f.on(space).counted(Counts()).at(x)


def exact_step(H, g, radius):
    """The minimizer of g'v + v'Hv/2 in the ball: (H + a I) v = -g, a by bisection."""
    lowest = np.linalg.eigvalsh(H)[0]
    if lowest > 0 and np.linalg.norm(np.linalg.solve(H, g)) <= radius:
        return -np.linalg.solve(H, g)
    low, high = max(0.0, -lowest), 1e8
    for _ in range(200):
        a = 0.5 * (low + high)
        v = -np.linalg.solve(H + a * np.eye(len(g)), g)
        low, high = (a, high) if np.linalg.norm(v) > radius else (low, a)
    return v


@pytest.mark.parametrize("n", [1, 2, 4])
def test_truncated_cg_solves_the_newton_equation_inside_the_radius(n, rng):
    space = Symmetric(n)
    H, b = spd(space.size, 50.0, rng), rng.standard_normal(space.size)
    e = counted(quadratic(H, b), space, rng.standard_normal(space.size))
    cg = TruncatedCG(e, 1e-13 * e.gradient_norm)
    step = cg.within(1e6)
    assert not step.at_radius
    expected = -np.linalg.solve(H, e.gradient)
    np.testing.assert_allclose(step.v, expected, atol=1e-9)
    np.testing.assert_allclose(step.v, exact_step(H, e.gradient, 1e6), atol=1e-9)
    np.testing.assert_allclose(step.Hv, H @ step.v, atol=1e-9)
    np.testing.assert_allclose(cg.newton(), expected, atol=1e-9)


@pytest.mark.parametrize("radius", [1e-3, 0.1, 1.0, 5.0, 10.0, 20.0])
@pytest.mark.parametrize("convex", [True, False])
def test_truncated_cg_earns_half_of_what_the_exact_step_does(radius, convex, rng):
    space = Symmetric(4)
    H = spd(space.size, 20.0, rng) - (0.0 if convex else 0.3) * np.eye(space.size)
    e = counted(quadratic(H, rng.standard_normal(10)), space, np.zeros(10))
    g = e.gradient
    v = TruncatedCG(e, 1e-12).within(radius).v
    best = exact_step(H, g, radius)
    assert np.linalg.norm(v) <= radius * (1 + 1e-12)
    model = [g @ w + 0.5 * w @ H @ w for w in (v, best)]
    assert model[1] <= model[0] + 1e-12
    if convex:
        assert model[0] <= 0.5 * model[1]  # Yuan, On the truncated CG method (2000)
    cauchy = radius / np.linalg.norm(g)
    gHg = g @ H @ g
    if gHg > 0:
        cauchy = min(cauchy, g @ g / gHg)
    assert model[0] <= -cauchy * (g @ g) + 0.5 * cauchy**2 * gHg + 1e-12


def test_a_smaller_radius_costs_no_hessian_product(rng):
    space = Symmetric(5)
    H, b = spd(space.size, 1e2, rng), rng.standard_normal(space.size)
    f = quadratic(H, b)
    e = counted(f, space, np.zeros(space.size))
    newton = float(np.linalg.norm(np.linalg.solve(H, b)))
    cg = TruncatedCG(e, 1e-10)
    assert cg.within(0.98 * newton).at_radius
    spent = e.restriction.counts.nhev
    assert spent >= 5  # so that the radii below end on different legs
    for part in (0.98, 0.8, 0.5, 0.2, 0.01):
        radius = part * newton
        small = cg.within(radius)
        assert abs(np.linalg.norm(small.v) - radius) <= 1e-12 * radius
        again = TruncatedCG(counted(f, space, np.zeros(15)), 1e-10).within(radius)
        np.testing.assert_array_equal(small.v, again.v)
        np.testing.assert_allclose(small.Hv, H @ small.v, atol=1e-12)
    assert e.restriction.counts.nhev == spent


def test_the_newton_step_stops_before_negative_curvature():
    H = np.diag([1.0, 1.0, -1.0])
    e = counted(quadratic(H, np.array([1.0, 0.0, 0.0])), Symmetric(2), np.zeros(3))
    np.testing.assert_allclose(TruncatedCG(e, 1e-12).newton(), [1.0, 0.0, 0.0])
    e = counted(quadratic(-H, np.array([1.0, 0.0, 0.0])), Symmetric(2), np.zeros(3))
    assert TruncatedCG(e, 1e-12).newton() is None


saddle = Landscape(  # minima -1/4 at (+-1, 0, 0), a saddle at 0
    lambda x: float(0.25 * x[0] ** 4 - 0.5 * x[0] ** 2 + x[1] ** 2 + x[2] ** 2),
    lambda x: np.array([x[0] ** 3 - x[0], 2 * x[1], 2 * x[2]]),
    lambda x, v: np.array([(3 * x[0] ** 2 - 1) * v[0], 2 * v[1], 2 * v[2]]),
)


@pytest.mark.parametrize("solver", [TrustRegion(), NewtonCG()])
def test_it_escapes_from_a_saddle(solver):
    stop = Stop(gradient_norm=1e-8)
    start = np.array([1e-4, 0.0, 0.0])
    result = minimize(saddle.on(Symmetric(2)), start, solver=solver, stop=stop)
    assert result.success
    assert abs(result.fun + 0.25) < 1e-12
    assert result.nit <= 15


def test_convergence_is_quadratic(rng):
    for condition in (1e1, 1e3):
        S = spd(20, condition, rng)
        problem = GaussianLikelihood.from_covariance(S).on(PositiveDefinite(20))
        solver = TrustRegion(kappa=0.1, theta=1.0)
        stop = Stop(gradient_norm=1e-11)
        g = minimize(problem, solver=solver, stop=stop).history["gradient_norm"]
        late = g[g < 0.3]
        assert len(late) >= 3
        assert np.all(late[1:] <= 2.0 * late[:-1] ** 2 + 1e-12)


@pytest.mark.parametrize("n", [20, 50])
def test_few_hessian_products_on_the_likelihood(n, rng):
    f = GaussianLikelihood.from_covariance(spd(n, 1e3, rng))
    for start in (None, np.eye(n)):
        stop = Stop(gradient_norm=1e-12)
        result = minimize(
            f.on(PositiveDefinite(n)), start, solver=TrustRegion(), stop=stop
        )
        assert result.success
        assert result.nhev <= 25
        assert result.njev <= 15


def test_it_stalls_at_rounding_instead_of_spinning(rng):
    problem = GaussianLikelihood.from_covariance(spd(30, 1e8, rng)).on(
        PositiveDefinite(30)
    )
    stop = Stop(gradient_norm=0.0)
    result = minimize(problem, solver=TrustRegion(), stop=stop)
    assert result.status is Status.STALLED_AT_ROUNDING
    assert result.nit <= 60
    assert result.gradient_norm < 1e-9


@pytest.mark.parametrize("solver", [TrustRegion(), NewtonCG()])
@pytest.mark.parametrize("space", [PositiveDefinite(4), Symmetric(4)])
def test_differences_stand_in_for_a_hessian(solver, space, rng):
    f = GaussianPrecisionLikelihood(rng.standard_normal((30, 4)))

    class WithoutHessian(GaussianPrecisionLikelihood):
        has_hessian = False

        def at(self, point):
            evaluation = super().at(point)
            evaluation.hessp = _refuse
            return evaluation

    without = WithoutHessian.__new__(WithoutHessian)
    without.scatter = f.scatter
    result = minimize(without.on(space), solver=solver)
    assert result.success
    assert result.nhev == 0
    np.testing.assert_allclose(
        result.matrix, np.linalg.inv(f.covariance), rtol=1e-4, atol=1e-5
    )


def _refuse(v):
    raise TypeError("there is none")


def outside(x):
    raise OutOfDomain("outside")


def test_a_failure_says_why():
    space, start = Symmetric(1), np.zeros(1)

    def status(value, gradient, hessp):
        f = Landscape(value, gradient, hessp)
        return minimize(f.on(space), start, solver=TrustRegion()).status

    one, zero = lambda x: -np.ones(1), lambda x, v: np.zeros(1)
    wrong = status(lambda x: float(x[0]), one, zero)
    assert wrong is Status.MODEL_FAILED
    left = status(lambda x: 1.0 if x[0] == 0 else outside(x), one, zero)
    assert left is Status.LEFT_DOMAIN
    nan = status(lambda x: 1.0 if x[0] == 0 else math.nan, one, zero)
    assert nan is Status.NOT_A_NUMBER
    falls = status(lambda x: -math.inf if x[0] > 1e5 else -float(x[0]), one, zero)
    assert falls is Status.UNBOUNDED


@pytest.mark.parametrize("radius", [0.0, -1.0])
def test_the_radius_must_be_positive(radius):
    with pytest.raises(ValueError, match="radius must be positive, got"):
        TrustRegion(radius=radius)


@pytest.mark.parametrize("solver", [TrustRegion(), NewtonCG()])
@pytest.mark.parametrize("seed", range(3))
def test_the_gradient_norm_1e_12_is_reached_among_rounding(solver, seed):
    # the last gradients are small differences: solving for them to more digits than
    # they have must not keep the methods from the end
    G = np.random.default_rng(seed).standard_normal((100, 100))
    problem = RayleighQuotient((G + G.T) / np.sqrt(200)).on(Sphere(100))
    result = minimize(problem, solver=solver, stop=Stop(gradient_norm=1e-12), rng=seed)
    assert result.success
    assert result.nhev <= 180


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("shape", [(5,), (5, 2)])
def test_a_difference_of_gradients_is_a_tangent_near_the_hessian(shape, dtype, rng):
    space = Stiefel(*shape, dtype) if len(shape) == 2 else Sphere(*shape, dtype)
    e = SquaredDistance(rng.standard_normal(shape)).on(space).start(rng)
    v = 3.0 * space.random_tangent(e.point, rng)
    H = difference(e, v)  # to the root of the rounding of the gradient
    np.testing.assert_allclose(H, e.hessp(v), atol=1e-5)
    np.testing.assert_allclose(space.tangent_part(e.x, H), H, atol=1e-5)


@pytest.mark.parametrize("solver", [TrustRegion(), NewtonCG()], ids=repr)
@pytest.mark.parametrize("unit", [1e-9, 1e6])
def test_differences_of_gradients_in_any_unit(solver, unit, rng):
    A = rng.standard_normal((40, 4))
    S = unit * (A.T @ A / 40)

    def value(X):
        half = np.log(np.linalg.cholesky(X).diagonal()).sum()
        return float(2 * half + np.trace(np.linalg.solve(X, S)))

    def gradient(X):
        np.linalg.cholesky(X)  # raises LinAlgError outside the domain
        P = np.linalg.inv(X)
        return P - P @ S @ P

    problem = from_functions(value, gradient).on(Symmetric(4))
    stop = Stop(gradient_norm=1e-6 / unit)
    result = minimize(problem, start=unit * np.eye(4), solver=solver, stop=stop)
    assert result.success
    np.testing.assert_allclose(result.matrix, S, rtol=0, atol=1e-5 * unit)


def test_a_difference_of_each_factor_in_its_unit(rng):
    A = np.array([[1.0, 0.5], [0.5, 2.0]])
    f = SquaredDistance([1e6, 2e6]).of(0) - LogDet().of(1)
    e = f.on(Product(Dense(2), Symmetric(2))).at((np.array([1e6, 3e6]), 1e-9 * A))
    for v in (np.array([1.0, 2, 0, 0, 0]), np.array([0, 0, 1e-9, 2e-9, 0])):
        H = e.hessp(v)
        assert np.linalg.norm(difference(e, v) - H) < 1e-6 * np.linalg.norm(H)


def test_a_difference_beside_a_huge_entry():
    f = from_functions(
        lambda X: float((X[0] / 1e8) ** 2 + np.exp(X[1:]).sum()),
        lambda X: np.array([2e-16 * X[0], *np.exp(X[1:])]),
    )
    e = f.on(Dense(3)).at(np.array([1e8, 0.5, -1.0]))
    for v in (np.ones(3), np.array([0.0, 1, -1]), np.array([1e8, 1, 1])):
        exact = np.array([2e-16, *np.exp(e.x[1:])]) * v
        np.testing.assert_allclose(difference(e, v), exact, rtol=0, atol=1e-7)


@pytest.mark.parametrize("sign", [-1.0, 1.0])
@pytest.mark.parametrize("away", [0.0, 1e-9, 1.0])
def test_a_difference_costs_a_value_and_a_gradient(sign, away):
    calls = []

    def value(X):
        calls.append(X)
        return float(X[0] ** 3 + X[1] ** 2) if X[0] >= 1.0 else np.inf

    f = from_functions(value, lambda X: np.array([3 * X[0] ** 2, 2 * X[1]]))
    counts = Counts()
    e = f.on(Dense(2)).counted(counts).at(np.array([1.0 + away, 1.0]))
    H = difference(e, np.array([sign, 1.0]))
    np.testing.assert_allclose(H, [6 * sign * e.x[0], 2.0], rtol=1e-6)
    ahead_is_outside = sign < 0.0 and away < 1.0
    assert len(calls) == 1 + ahead_is_outside
    assert (counts.nfev, counts.njev) == (0, 2)  # one of them here


def test_what_a_difference_factorizes_is_counted():
    counts = Counts()
    e = LogDet().on(PositiveDefinite(3)).counted(counts).at(2.0 * np.eye(3))
    difference(e, np.eye(3))
    assert (counts.nfev, counts.njev, counts.nfactor) == (0, 2, 2)


def test_differences_do_not_spend_evaluations():
    def gradient(x):
        u = x[1] - x[0] ** 2
        return np.array([-400 * x[0] * u - 2 * (1 - x[0]), 200 * u])

    f = from_functions(
        lambda x: 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2, gradient
    )
    stop = Stop(max_evaluations=60)
    problem, start = f.on(Dense(2)), np.array([-1.2, 1.0])
    result = minimize(problem, start=start, solver=TrustRegion(), stop=stop)
    assert result.success and result.nfev <= 51
    np.testing.assert_allclose(result.x, 1.0, atol=1e-6)


def test_the_radius_grows_only_by_steps_that_reach_it():
    e = SquaredDistance([3.0, 4.0]).on(Dense(2)).at(np.zeros(2))
    for radius, after in ((1.0, 2.0), (4.9, 9.8), (5.1, 5.1), (1e3, 1e3)):
        moved = TrustRegion()._move(e, radius, 0.0)
        assert not isinstance(moved, Status) and moved[1] == after
