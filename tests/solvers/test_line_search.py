import math

import numpy as np
import pytest

from matopt.errors import OutOfDomain
from matopt.objectives import Evaluation, Objective
from matopt.objectives.restriction import Counts
from matopt.solvers import Armijo, HagerZhang, Status
from matopt.spaces import Symmetric

EPS = np.finfo(float).eps


class Curve(Objective):
    """phi(x) of one number."""

    def __init__(self, phi, slope):
        self.phi, self.slope = phi, slope

    def at(self, point):
        return CurveAt(self, point)


class CurveAt(Evaluation):
    @property
    def value(self):
        return self.f.phi(float(self.point.x[0]))

    @property
    def gradient(self):
        return np.array([self.f.slope(float(self.point.x[0]))])

    def hessp(self, v):
        raise AssertionError("a line search needs no Hessian")


def line(phi, slope):
    """phi at 0, counting."""
    return Curve(phi, slope).on(Symmetric(1)).counted(Counts()).at(np.zeros(1))


def outside():
    raise OutOfDomain("outside")


def _yanai(b1, b2):
    """Yanai, Ozawa and Kaneko's function, from More and Thuente (1994), (5.4)."""
    g1, g2 = (math.sqrt(1 + b * b) - b for b in (b1, b2))
    return (
        lambda t: g1 * math.hypot(1 - t, b2) + g2 * math.hypot(t, b1),
        lambda t: g1 * (t - 1) / math.hypot(1 - t, b2) + g2 * t / math.hypot(t, b1),
    )


# More and Thuente, Line search algorithms with guaranteed sufficient decrease (1994)
TEXTBOOK = {
    "(5.1)": (lambda t: -t / (t * t + 2), lambda t: (t * t - 2) / (t * t + 2) ** 2),
    "(5.2)": (
        lambda t: (t + 0.004) ** 5 - 2 * (t + 0.004) ** 4,
        lambda t: 5 * (t + 0.004) ** 4 - 8 * (t + 0.004) ** 3,
    ),
    "(5.4) a": _yanai(1e-3, 1e-3),
    "(5.4) b": _yanai(1e-2, 1e-3),
    "(5.4) c": _yanai(1e-3, 1e-2),
    "parabola": (lambda t: (t - 3) ** 2, lambda t: 2 * (t - 3)),
    "quartic": (lambda t: (t - 1) ** 4, lambda t: 4 * (t - 1) ** 3),
    "waves": (
        lambda t: -math.sin(5 * t) + 0.5 * t * t,
        lambda t: -5 * math.cos(5 * t) + t,
    ),
}


def search(rule, phi, slope, guess):
    """Run a rule along the line; return its answer and the counts."""
    e = line(phi, slope)
    found = rule(e, np.ones(1), e.inner(e.gradient, np.ones(1)), guess)
    return found, e.restriction.counts


@pytest.mark.parametrize("guess", [1e-3, 1e-1, 1.0, 10.0, 1e3])
@pytest.mark.parametrize("name", TEXTBOOK)
def test_hager_zhang_satisfies_wolfe_on_textbook_functions(name, guess):
    phi, slope = TEXTBOOK[name]
    rule = HagerZhang(curvature=0.5)
    (end, t), counts = search(rule, phi, slope, guess)
    assert end.x[0] == t > 0
    exact = phi(t) <= phi(0) + 0.1 * t * slope(0)
    approximate = phi(t) <= phi(0) + 1e-6 * abs(phi(0)) + 1e-14 and (
        slope(t) <= -0.8 * slope(0)
    )
    assert slope(t) >= 0.5 * slope(0)
    assert exact or approximate
    assert counts.nfev <= 12


@pytest.mark.parametrize("guess", [1e-3, 1e-1, 1.0, 10.0, 1e3])
@pytest.mark.parametrize("name", TEXTBOOK)
def test_armijo_decreases_on_textbook_functions(name, guess):
    phi, slope = TEXTBOOK[name]
    (_, t), counts = search(Armijo(), phi, slope, guess)
    assert phi(t) <= phi(0) + 1e-4 * t * slope(0)
    assert counts.nfev <= 15
    assert counts.njev == 1  # that of the slope given


@pytest.mark.parametrize("rule", [HagerZhang(), Armijo()])
@pytest.mark.parametrize("guess", [0.1, 1.0, 1e6])
def test_a_barrier_is_met_by_contraction(rule, guess):
    def phi(t):
        return -math.log(1 - t) - 3 * t if t < 1 else outside()

    (_, t), counts = search(rule, phi, lambda t: 1 / (1 - t) - 3, guess)
    assert 0 < t < 1
    assert phi(t) < phi(0)
    assert counts.nfev <= 18


def test_a_minimum_on_the_edge_of_the_domain_is_approached():
    phi = lambda t: -t if t < 1 else outside()  # noqa: E731
    (_, t), counts = search(HagerZhang(), phi, lambda t: -1.0, 2.0)
    assert 0.5 < t < 1
    assert counts.nfev <= 6


def test_a_trial_that_is_too_high_costs_no_gradient():
    phi, slope = TEXTBOOK["parabola"]
    (_, t), counts = search(HagerZhang(), phi, slope, 7.0)  # phi(7) > phi(0)
    assert t < 6
    assert (counts.nfev, counts.njev) == (3, 2)  # values at 0, 7, t; slopes at 0, t


def test_slopes_see_below_the_rounding_of_values():
    # all values agree to the last digit, and their noise is larger than the decrease
    def phi(t):
        noise = 4 * EPS * 1e3 * math.sin(1e5 * t)
        return 1e3 + 1e-18 * (t - 1) ** 2 + noise

    (_, t), counts = search(HagerZhang(), phi, lambda t: 2e-18 * (t - 1), 10.0)
    assert abs(2e-18 * (t - 1)) <= 0.9 * 2e-18
    assert counts.nfev <= 4
    armijo, _ = search(Armijo(), phi, lambda t: 2e-18 * (t - 1), 10.0)
    assert armijo is Status.STALLED_AT_ROUNDING or phi(armijo[1]) <= phi(0)


def _nan(t):
    return 1.0 if t == 0 else math.nan


FAILURES = {
    "every trial outside": (
        lambda t: 1.0 if t == 0 else outside(),
        lambda t: -1.0,
        Status.LEFT_DOMAIN,
    ),
    "NaN": (_nan, lambda t: -1.0, Status.NOT_A_NUMBER),
    "wrong gradient": (lambda t: t, lambda t: -1.0, Status.LINE_SEARCH_FAILED),
    "no descent": (lambda t: t, lambda t: 1.0, Status.LINE_SEARCH_FAILED),
    "gradient is noise": (
        lambda t: 1.0 + t * 1e-13,
        lambda t: -1e-12,
        Status.STALLED_AT_ROUNDING,
    ),
    "gradient is NaN": (lambda t: -t, lambda t: math.nan, Status.NOT_A_NUMBER),
}


@pytest.mark.parametrize("rule", [HagerZhang(), Armijo()])
@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_says_why(rule, name):
    phi, slope, status = FAILURES[name]
    found, counts = search(rule, phi, slope, 1.0)
    assert found is status
    assert counts.nfev <= 51


def test_no_end_to_the_fall_is_unbounded():
    assert search(HagerZhang(), lambda t: -t, lambda t: -1.0, 1.0)[0] is (
        Status.UNBOUNDED
    )

    def phi(t):
        return -math.inf if t > 1e3 else -t

    assert search(HagerZhang(), phi, lambda t: -1.0, 1.0)[0] is Status.UNBOUNDED
    assert search(Armijo(), phi, lambda t: -1.0, 1e6)[0] is Status.UNBOUNDED


def test_the_gradient_norm_1e_12_is_reached_on_a_parabola_with_a_large_constant():
    # phi - 1e6 is invisible below |t - 1| = 1e-5
    e = line(lambda t: 1e6 + (t - 1) ** 2, lambda t: 2 * (t - 1))
    for _ in range(60):
        if e.gradient_norm <= 1e-12:
            break
        found = HagerZhang()(e, -e.gradient, -(e.gradient_norm**2), 0.4)
        assert not isinstance(found, Status)
        e, _ = found
    assert e.gradient_norm <= 1e-12


@pytest.mark.parametrize("search", [Armijo(), HagerZhang()])
def test_a_guess_that_underflows_divides_by_nothing(search):
    e = line(math.sin, lambda x: -math.cos(x))  # a wrong slope: every trial is too high
    found = search(e, np.ones(1), -1.0, 0.0)
    assert isinstance(found, Status) or math.isfinite(found[0].value)
