import math

import numpy as np
import pytest

from matopt.solvers import Status, Stop


def test_every_limit_may_be_off_but_the_gradient_norm():
    Stop(1e-6, None, None, None, None, None)
    with pytest.raises(TypeError, match="gradient_norm must be a number, got None"):
        Stop(gradient_norm=None)


@pytest.mark.parametrize("value", ["1e-6", True, [1], 1j])
def test_a_limit_is_a_number(value):
    with pytest.raises(TypeError, match="max_seconds must be a number or None"):
        Stop(max_seconds=value)


@pytest.mark.parametrize("value", [-1, -1e-300, math.nan, np.float64(-2)])
def test_a_limit_is_not_negative(value):
    with pytest.raises(ValueError, match="step must be at least 0"):
        Stop(step=value)


@pytest.mark.parametrize("value", [0, 3, np.int64(3), np.float32(0.5), math.inf])
def test_any_real_number_is_a_limit(value):
    assert Stop(max_iterations=value).max_iterations == value


def test_an_unknown_limit_is_refused():
    with pytest.raises(TypeError, match="max_iter"):
        Stop(max_iter=3)


@pytest.mark.parametrize(
    "stop", [Stop(), Stop(1e-8, max_iterations=None), Stop(max_seconds=2.0)]
)
def test_the_repr_makes_the_same_stop(stop):
    assert eval(repr(stop)) == stop


def test_what_is_switched_off_by_default_is_not_shown():
    assert repr(Stop()) == "Stop(gradient_norm=1e-06, max_iterations=1000)"


@pytest.mark.parametrize("status", Status)
def test_every_status_says_what_to_do_next(status):
    assert status.message.endswith(".") and len(status.message.split(". ")) >= 2
    assert status.success == (status is Status.CONVERGED)


def test_a_unit_asks_for_more_only_where_the_norm_says_too_little():
    assert (
        Stop(1e-8).goal(1.0) == Stop(1e-8).goal(1e-6) == Stop(1e-8).goal(50.0) == 1e-8
    )
    assert Stop(1e-8).goal(1e4) == pytest.approx(1e-10)
    assert Stop(1e-6).goal(50.0) == pytest.approx(2e-8)
    assert Stop(0.1).goal(50.0) == pytest.approx(2e-3)
