from dataclasses import dataclass

import numpy as np
import pytest

from matopt.objectives import (
    Evaluation,
    GaussianLikelihood,
    GaussianPrecisionLikelihood,
    Objective,
)
from matopt.solvers import LBFGS, LineSearch, Status, Stop, minimize
from matopt.solvers.lbfgs import Pairs
from matopt.spaces import PositiveDefinite, Symmetric


class Quadratic(Objective):
    """1/2 x'Hx - b'x of the parameters x."""

    def __init__(self, H, b):
        self.H, self.b = H, b

    def at(self, point):
        return QuadraticAt(self, point)


class QuadraticAt(Evaluation):
    @property
    def value(self):
        x = self.point.x
        return float(0.5 * x @ self.f.H @ x - self.f.b @ x)

    @property
    def gradient(self):
        return self.f.H @ self.point.x - self.f.b

    def hessp(self, v):
        return self.f.H @ v


@dataclass(frozen=True, repr=False)
class Weighing(Symmetric):
    """The metric changes from point to point, the transport is the identity."""

    isometric = False

    def _weights(self, point):
        return 1.0 + 0.5 * np.sin(np.arange(self.size) + 3.0 * point.x[0])

    def inner(self, point, u, v):
        return float((self._weights(point) * u) @ v)

    def gram(self, point, U, V):
        return (U * self._weights(point)) @ V.T

    def gradient(self, point, g):
        return g / self._weights(point)


@dataclass(frozen=True, repr=False)
class Turning(Symmetric):
    """Flat, but its transport turns tangents and stretches them."""

    angle: float = 0.0
    stretch: float = 1.01

    isometric = False

    def transport(self, start, end, v, w):
        turned = np.cos(self.angle) * w + np.sin(self.angle) * np.roll(w, 1, axis=-1)
        return turned * self.stretch ** np.cos(np.arange(self.size) + end.x[0])


class Exact(LineSearch):
    """The minimizer of a quadratic along the line."""

    def __call__(self, e, d, slope, guess):
        t = -slope / e.inner(d, e.hessp(d))
        return e.retract(t * d), t


def two_loops(e, pairs, gradient):
    """Nocedal and Wright (2006), algorithm 7.4, in the metric at e."""
    if not pairs:
        return -gradient / max(1.0, e.norm(gradient))
    q, used = gradient, []
    for s, y in reversed(pairs):
        a = e.inner(s, q) / e.inner(s, y)
        q = q - a * y
        used.append(a)
    s, y = pairs[-1]
    r = e.inner(s, y) / e.inner(y, y) * q
    for (s, y), a in zip(pairs, reversed(used), strict=True):
        r = r + (a - e.inner(y, r) / e.inner(s, y)) * s
    return -r


def walk(problem, start, memory, steps, caution=1e-4, length=0.3):
    """Move along L-BFGS directions; yield iterate, Pairs and the naive list."""
    e = problem.at(start)
    fast, naive = Pairs(memory, caution, e), []
    yield e, fast, naive
    for _ in range(steps):
        end = e.retract(length * fast.direction())
        carried = [tuple(e.transport(end, end.step, w) for w in pair) for pair in naive]
        s = e.transport(end, end.step, end.step)
        y = end.gradient - e.transport(end, end.step, e.gradient)
        fast.move(e, end, length)
        carried.append((s, y))
        naive = [
            (s, y)
            for s, y in carried[-memory:]
            if end.inner(s, y) > caution * end.gradient_norm * end.inner(s, s)
        ]
        e = end
        yield e, fast, naive


def convex(space, rng, condition=30.0):
    G = rng.standard_normal((space.size, space.size))
    Q, _ = np.linalg.qr(G)
    H = (Q * np.geomspace(1.0, condition, space.size)) @ Q.T
    return Quadratic(H, rng.standard_normal(space.size)).on(space)


def assert_two_loops(walked, tolerance=1e-10):
    kept = []
    for e, fast, naive in walked:
        expected = two_loops(e, naive, e.gradient)
        off = np.linalg.norm(fast.direction() - expected)
        assert off <= tolerance * np.linalg.norm(expected)
        kept.append(len(naive))
    return kept


@pytest.mark.parametrize("memory", [1, 2, 5, 20])
@pytest.mark.parametrize(
    "space", [Symmetric(3), Symmetric(5), Turning(4, angle=0.05), Weighing(4)]
)
def test_the_direction_equals_the_two_loops(space, memory, rng):
    problem = convex(space, rng)
    walked = walk(problem, rng.standard_normal(space.size), memory, 15)
    assert assert_two_loops(walked) == [min(k, memory) for k in range(16)]


def test_pairs_that_a_transport_spoils_are_left_out(rng):
    problem = convex(Turning(4, angle=1.5, stretch=1.5), rng)
    kept = assert_two_loops(walk(problem, rng.standard_normal(10), 20, 15))
    assert 0 < kept[-1] < 15


@pytest.mark.parametrize("dtype", [float, complex])
def test_the_direction_equals_the_two_loops_on_a_manifold(dtype, rng):
    n = 4
    X = rng.standard_normal((9, n))
    if dtype is complex:
        X = X + 1j * rng.standard_normal((9, n))
    problem = GaussianLikelihood(X).on(PositiveDefinite(n, dtype))
    assert_two_loops(walk(problem, np.eye(n), 4, 12, length=1.0), 1e-9)


def test_full_memory_equals_the_dense_bfgs_matrix(rng):
    space = Symmetric(3)
    problem = convex(space, rng)
    for e, fast, naive in walk(problem, rng.standard_normal(space.size), 30, 10):
        if not naive:
            continue
        s, y = naive[-1]
        H = np.eye(space.size) * (s @ y) / (y @ y)
        for s, y in naive:
            V = np.eye(space.size) - np.outer(y, s) / (s @ y)
            H = V.T @ H @ V + np.outer(s, s) / (s @ y)
        np.testing.assert_allclose(
            fast.direction(), -H @ e.gradient, atol=1e-10 * e.gradient_norm
        )


def test_a_quadratic_ends_in_as_many_steps_as_it_has_unknowns(rng):
    space = Symmetric(4)
    problem = convex(space, rng, condition=1e3)
    result = minimize(
        problem,
        rng.standard_normal(space.size),
        solver=LBFGS(memory=space.size, search=Exact()),
        stop=Stop(gradient_norm=1e-8),
    )
    assert result.success
    assert result.nit <= space.size
    np.testing.assert_allclose(
        result.x,
        np.linalg.solve(problem.objective.H, problem.objective.b),
        atol=1e-8,
    )


def test_a_pair_without_curvature_is_not_taken(rng):
    space = Symmetric(3)
    H = np.diag([1.0, 2.0, 3.0, -4.0, -5.0, -6.0])
    problem = Quadratic(H, np.zeros(6)).on(space)
    e = problem.at(np.array([0.0, 0, 0, 1.0, 1.0, 1.0]))
    pairs = Pairs(3, 1e-4, e)
    end = e.retract(0.1 * pairs.direction())
    pairs.move(e, end, 0.1)
    assert pairs.count == 0
    direction = pairs.direction()
    cosine = direction @ end.gradient / np.linalg.norm(direction) / end.gradient_norm
    assert abs(cosine + 1) < 1e-12


def test_one_transport_carries_everything(rng):
    calls = []

    @dataclass(frozen=True, repr=False)
    class Counting(Turning):
        def transport(self, start, end, v, w):
            calls.append(np.shape(w))
            return super().transport(start, end, v, w)

    problem = convex(Counting(3), rng)
    result = minimize(problem, rng.standard_normal(6), solver=LBFGS(memory=4))
    assert calls == [(9, 6)] * result.nit  # 4 steps, 4 changes, the gradient


@pytest.mark.parametrize("condition", [1e1, 1e3])
@pytest.mark.parametrize("n", [20, 50])
def test_few_values_on_the_likelihood(n, condition, rng):
    Q, _ = np.linalg.qr(rng.standard_normal((n, n)))
    S = (Q * np.geomspace(1.0, 1.0 / condition, n)) @ Q.T
    f = GaussianLikelihood.from_covariance(0.5 * (S + S.T))
    for start in (None, np.eye(n)):
        result = minimize(f.on(PositiveDefinite(n)), start, solver=LBFGS())
        assert result.success
        assert result.nfev <= 25


def test_the_gradient_norm_1e_12_is_reached(rng):
    n = 50
    Q, _ = np.linalg.qr(rng.standard_normal((n, n)))
    S = (Q * np.geomspace(1.0, 1e-3, n)) @ Q.T
    f = GaussianLikelihood.from_covariance(0.5 * (S + S.T))
    stop = Stop(gradient_norm=1e-12)
    result = minimize(f.on(PositiveDefinite(n)), solver=LBFGS(), stop=stop)
    assert result.success
    assert result.nfev <= 35


def test_the_square_root_form_survives_condition_1e8(rng):
    n = 50
    Q, _ = np.linalg.qr(rng.standard_normal((n, n)))
    S = (Q * np.geomspace(1.0, 1e-8, n)) @ Q.T
    S = 0.5 * (S + S.T)
    problem = GaussianLikelihood.from_covariance(S).on(PositiveDefinite(n))
    result = minimize(problem, solver=LBFGS(), stop=Stop(gradient_norm=1e-14))
    assert result.status is Status.STALLED_AT_ROUNDING
    assert result.nit <= 120
    L = np.linalg.cholesky(S)
    W = np.linalg.solve(L, np.linalg.solve(L, result.matrix).T)
    assert np.linalg.norm(np.log(np.linalg.eigvalsh(0.5 * (W + W.T)))) <= 1e-8


def test_a_start_far_off_scale_costs_a_few_values(rng):
    f = GaussianPrecisionLikelihood(1e3 * rng.standard_normal((40, 3)))
    problem = f.on(PositiveDefinite(3))
    result = minimize(problem, 1e4 * np.eye(3), solver=LBFGS())
    assert result.success
    assert result.nfev <= 60


@pytest.mark.parametrize("memory", [0, -1, True])
def test_the_memory_must_be_positive(memory):
    with pytest.raises(ValueError, match="memory must be at least 1, got"):
        LBFGS(memory=memory)
