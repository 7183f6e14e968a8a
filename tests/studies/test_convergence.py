"""Curves and bands over starts, worked by hand."""

import numpy as np
import pytest

from matopt.studies import Comparison, Outcome, Run
from matopt.studies.convergence import convergence, first_value, time_to_targets
from matopt.studies.cost import EVALUATIONS, FACTORIZATIONS, ITERATIONS, SECONDS

INF = np.inf


def outcome(values, nfev, method="A", seed=0, case="p", reference=0.0, **fields):
    trace = {}
    if values:
        n = len(values)
        trace = {
            "value": np.array(values, dtype=float),
            "gradient_norm": np.sqrt(np.abs(values)),
            "nfev": np.array(nfev, dtype=float),
            "njev": np.zeros(n),
            "nhev": np.zeros(n),
        }
    run = Run(case, {}, method, {}, seed)
    return Outcome(run, "CONVERGED", reference=reference, trace=trace, **fields)


def test_quantiles_over_starts_by_hand():
    runs = [
        outcome([8.0, 4.0, 0.0], [1, 2, 4], seed=0),
        outcome([8.0, 2.0], [1, 3], seed=1),  # ends, and stays where it was
        outcome([], [], seed=2),  # never arrives
    ]
    (curve,) = convergence(Comparison(runs), "p", EVALUATIONS)
    np.testing.assert_array_equal(curve.spent, [1, 2, 3, 4])
    np.testing.assert_array_equal(curve.low, [1, 0.5, 0.25, 0])
    np.testing.assert_array_equal(curve.median, [1, 1, 0.5, 0.25])
    np.testing.assert_array_equal(curve.high, [INF] * 4)
    assert curve.runs == 3


def test_the_gap_is_the_least_so_far_and_the_gradient_norm_is_not():
    c = Comparison([outcome([4.0, 1.0, 2.0], [1, 2, 3])])
    (curve,) = convergence(c, "p", EVALUATIONS)
    np.testing.assert_array_equal(curve.median, [1, 0.25, 0.25])
    (curve,) = convergence(c, "p", EVALUATIONS, "gradient_norm")
    np.testing.assert_allclose(curve.median, [2, 1, np.sqrt(2)])


def test_curves_are_thinned_with_both_ends():
    values = np.linspace(5.0, 0.0, 1000)
    c = Comparison([outcome(list(values), np.arange(1000) + 1)])
    (curve,) = convergence(c, "p", EVALUATIONS, points=7)
    assert len(curve.spent) == 7
    assert (curve.spent[0], curve.spent[-1]) == (1, 1000)


def test_costs_that_a_trace_does_not_have_are_left_out():
    c = Comparison([outcome([4.0, 1.0], [1, 2], nit=1), outcome([], [], "B")])
    assert [k.method for k in convergence(c, "p", ITERATIONS)] == ["A"]
    assert convergence(c, "p", FACTORIZATIONS) == []
    assert convergence(c, "p", SECONDS) == []


def test_a_run_that_starts_at_the_minimum():
    c = Comparison([outcome([1.0], [1], reference=1.0)])
    (curve,) = convergence(c, "p", EVALUATIONS)
    assert curve.median.tolist() == [0]


def test_without_a_minimum_there_is_no_gap():
    c = Comparison([outcome([4.0, 1.0], [1, 2], reference=None)])
    assert convergence(c, "p", EVALUATIONS) == []
    assert len(convergence(c, "p", EVALUATIONS, "gradient_norm")) == 1


def test_the_first_value_is_the_largest():
    runs = [outcome([4.0], [1]), outcome([5.0], [1], "B"), outcome([INF], [1], "C")]
    assert first_value(Comparison(runs), "p") == 5
    assert np.isnan(first_value(Comparison([outcome([], [])]), "p"))


def test_time_to_targets_by_hand():
    runs = [
        outcome([10.0, 2.0, 0.5, 0.0], [1, 4, 6, 9], "A"),
        outcome([10.0, 1.0], [1, 20], "B"),
        outcome([], [], "A", case="q"),
    ]
    table = time_to_targets(Comparison(runs), EVALUATIONS, (0.5, 0.1, 1e-9))
    expected = [[[4, 20], [INF, INF]], [[6, 20], [INF, INF]], [[9, INF], [INF, INF]]]
    np.testing.assert_array_equal(table, expected)


def test_unknown_quantity():
    with pytest.raises(ValueError, match="one of gap, gradient_norm, got 'step'"):
        convergence(Comparison([]), "p", EVALUATIONS, "step")
