"""The checks find what they are for: each is given something that is wrong."""

from dataclasses import dataclass

import numpy as np
import pytest

from matopt.check import CheckFailed, check_objective, check_solver, check_space, slope
from matopt.objectives import (
    GaussianLikelihood,
    LogDet,
    SquaredDistance,
    TraceRatio,
    from_functions,
)
from matopt.solvers import GradientDescent, Solver, Status
from matopt.spaces import Dense, PositiveDefinite, Sphere, Stiefel, Structure, Symmetric


def failures(check, *arguments, **options):
    """The names of the measurements that are out of bounds."""
    with pytest.raises(CheckFailed) as caught:
        check(*arguments, **options)
    return {m.name for m in caught.value.report.measurements if not m.passed}


def quartic(gradient=lambda X: 4 * X**3, hessp=lambda X, V: 12 * X**2 * V):
    return from_functions(lambda X: np.sum(X**4), gradient, hessp)


def test_a_right_objective_passes_with_a_table(rng):
    report = check_objective(quartic(), Dense(2, 2), rng)
    assert report.passed
    assert "ok   slope of the second Taylor remainder" in str(report)


def test_a_wrong_gradient_has_slope_one(rng):
    f = quartic(gradient=lambda X: 4.001 * X**3)
    assert "slope of the first Taylor remainder" in failures(
        check_objective, f, Dense(2, 2), rng
    )


@pytest.mark.parametrize("unit", [1e-200, 1e-13, 1.0, 1e13])
def test_an_objective_is_judged_in_its_own_unit(unit, rng):
    def f(first=4.0, second=12.0):
        return from_functions(
            lambda X: unit * np.sum(X**4),
            lambda X: first * unit * X**3,
            lambda X, V: second * unit * X**2 * V,
        )

    assert check_objective(f(), Dense(3, 2), rng).passed
    names = [f"slope of the {which} Taylor remainder" for which in ("first", "second")]
    assert failures(check_objective, f(4.001), Dense(3, 2), rng) == set(names)
    assert failures(check_objective, f(4.0, 12.01), Dense(3, 2), rng) == {names[1]}


def test_a_constant_is_right(rng):
    P = np.cov(rng.standard_normal((3, 9)))
    for f, space in (
        (TraceRatio(P), Symmetric(3)),  # tr(X^-1 P X) = tr(P)
        (TraceRatio(P), Stiefel(3, 3)),
        (LogDet(), Stiefel(3, 3)),  # 0 up to rounding
        (0 * LogDet(), PositiveDefinite(3)),
    ):
        for seed in range(5):
            check_objective(f, space, seed)


def test_a_wrong_hessian_has_slope_two(rng):
    f = quartic(hessp=lambda X, V: 12.001 * X**2 * V)
    found = failures(check_objective, f, Dense(2, 2), rng)
    assert found == {"slope of the second Taylor remainder"}
    assert check_objective(f, Dense(2, 2), rng, hessian=False).passed


def test_a_hessian_that_is_not_symmetric_is_found(rng):
    K = np.array([[0.0, 1.0], [-1.0, 0.0]])  # v^H K v = 0: slopes cannot tell
    f = quartic(hessp=lambda X, V: 12 * X**2 * V + K @ V)
    assert failures(check_objective, f, Dense(2, 2), rng) == {
        "symmetry of the Hessian",
        "dense Hessian against products",
    }


def test_a_hessian_that_is_not_linear_is_found(rng):
    f = quartic(hessp=lambda X, V: 12 * X**2 * V * (1 + 1e-6 * np.sum(V**2)))
    found = failures(check_objective, f, Dense(2, 2), rng)
    assert "linearity of the Hessian" in found


def test_a_second_factorization_is_found(rng):
    class Twice(LogDet):
        def at(self, point):
            point.factorizations += 1
            return super().at(point)

    found = failures(check_objective, Twice(), PositiveDefinite(3), rng)
    assert found == {"factorizations of the point"}


def test_a_point_outside_the_domain_is_refused(rng):
    f = from_functions(lambda X: np.inf, lambda X: X)
    with pytest.raises(ValueError, match="not finite near the point"):
        check_objective(f, Dense(2, 2), rng)


WRONG = {
    "adjoint is the transpose of along": {
        "adjoint": lambda self, left, right=None: 2 * Dense.adjoint(self, left, right),
        "_extract": lambda self, A: A.ravel().copy(),
    },
    "matrix(parameters(A)) = A": {
        "parameters": lambda self, matrix: 1.001 * Dense.parameters(self, matrix)
    },
    "gram is all inner products": {
        "gram": lambda self, point, U, V: 2 * Dense.gram(self, point, U, V)
    },
    "symmetry of the metric": {
        "inner": lambda self, point, u, v: float(u @ v + u[0] * v[1])
    },
    "adjoint(ambient(g)) = g": {"represent": lambda self, g: 2 * self.matrix(g)},
    "random tangents have length one": {
        "random_tangent": lambda self, point, rng=None: np.ones(self.size)
    },
    "orthonormality of the basis": {
        "tangent_basis": lambda self, point: 2 * np.eye(self.size)
    },
    "length of the basis": {"tangent_basis": lambda self, point: np.eye(self.size)[1:]},
    "gradient represents the covector": {"gradient": lambda self, point, g: 2 * g},
    "slope of the retraction's remainder": {
        "retract": lambda self, point, v: self.point(point.x + 1.01 * v)
    },
    "velocity is the derivative": {"velocity": lambda self, start, end, v: 1.01 * v},
    "short transport is near the identity": {
        "transport": lambda self, start, end, v, w: -w
    },
    "transport is an isometry": {
        "transport": lambda self, start, end, v, w: w * (1 + v @ v)
    },
}


@pytest.mark.parametrize("measurement", WRONG)
def test_a_space_that_breaks_a_promise_is_found(measurement, rng):
    wrong = type("Wrong", (Dense,), WRONG[measurement])(2, 2)
    assert isinstance(wrong, Structure)
    assert measurement in failures(check_space, wrong, rng)
    assert check_space(Dense(2, 2), rng).passed


def test_a_hessian_without_the_curvature_of_the_space_is_found(rng):
    """The mistake that stalls Newton without an error."""

    class Flat(Sphere):
        def hessp(self, point, g, Hv, v):
            return self.tangent_part(point.x, Hv)

    f = SquaredDistance(np.array([1.0, 2.0, 3.0]))
    found = failures(check_objective, f, Flat(3), rng)
    assert found == {"slope of the second Taylor remainder"}
    assert check_objective(f, Sphere(3), rng).passed


def start():
    f = GaussianLikelihood.from_covariance(np.diag([1.0, 4.0]))
    return f.on(Symmetric(2)).at(np.eye(2))


def test_a_right_solver_passes():
    best = np.log(4.0) + 2.0
    assert check_solver(GradientDescent(), start(), value=best).passed


def test_a_solver_that_reaches_another_value_is_found():
    found = failures(check_solver, GradientDescent(), start(), value=0.0)
    assert found == {"gap to the optimum"}


@dataclass(frozen=True)
class Wrong(Solver):
    skip: bool = False
    length: float = 0.1

    def steps(self, e):
        if self.skip:
            e = e.retract(-self.length * e.gradient)
        for _ in range(3):
            yield e
            e = e.retract(-self.length * e.gradient)
        return Status.STALLED_AT_ROUNDING


def test_a_solver_that_gives_up_is_found():
    assert failures(check_solver, Wrong(), start()) == {"gradient norm"}


def test_a_solver_that_hides_its_start_is_found():
    found = failures(check_solver, Wrong(skip=True), start())
    assert "first iterate is the start" in found


def test_a_solver_that_leaves_the_domain_is_found():
    uphill = Wrong(length=-10.0)
    assert "infeasible iterates" in failures(check_solver, uphill, start())


@pytest.mark.parametrize("order", [1, 2, 3])
def test_slope_is_the_order_of_a_power(order):
    assert slope(lambda t: 3 * t**order, 1e-16, 1.0) == pytest.approx(order)


def test_slope_of_what_vanishes_is_infinite():
    assert slope(lambda t: 0.0, 1e-16, 1.0) == np.inf
