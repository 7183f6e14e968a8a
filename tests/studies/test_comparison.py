"""References, what is solved, and cost tables of hand-made outcomes."""

import math

import numpy as np
import pytest

from matopt.studies import Comparison, Outcome, Run
from matopt.studies.cost import (
    COSTS,
    EVALUATIONS,
    FACTORIZATIONS,
    ITERATIONS,
    SECONDS,
    Cost,
    cost_named,
)
from matopt.studies.trace import thin


def outcome(method="A", case="p", seed=0, status="CONVERGED", **fields):
    return Outcome(Run(case, {}, method, {}, seed), status, **fields)


def test_methods_cases_and_instances_are_in_order():
    runs = [
        Run("p", {"n": n}, "A", {"m": m}, s)
        for n in (9, 3)
        for m in (2, 1)
        for s in (1, 0)
    ]
    comparison = Comparison(Outcome(run, "CONVERGED") for run in runs)
    assert comparison.methods == ("A(m=2)", "A(m=1)")
    assert comparison.cases == ("p(n=9)", "p(n=3)")
    assert comparison.instances == (
        ("p(n=9)", 0),
        ("p(n=9)", 1),
        ("p(n=3)", 0),
        ("p(n=3)", 1),
    )


def test_one_run_has_one_outcome():
    with pytest.raises(ValueError, match="2 entries of 1 runs; give one outcome"):
        Comparison([outcome(), outcome(status="ERROR")])


@pytest.mark.parametrize(
    ("fields", "solved"),
    [
        ({"value": 2.0 + 1e-9}, True),
        ({"value": 2.0 - 1e-9}, True),
        ({"value": 2.0 + 1e-6}, False),  # another stationary point
        ({"value": 2.0 - 1e-6}, False),  # below a certified minimum
        ({"value": 2.0 + 1e-6, "tolerance": 1e-5}, True),
        ({"value": 2.0, "status": "MAX_ITERATIONS"}, False),
        ({"value": None}, False),
        ({"value": math.nan}, False),
        ({"value": None, "status": "ERROR"}, False),
    ],
)
def test_solved_is_converged_at_the_minimum(fields, solved):
    o = outcome(reference=2.0, **fields)
    comparison = Comparison([o])
    assert comparison.solved(o) is solved
    below = o.value is not None and o.value < 2.0 - 1e-8
    assert comparison.undercuts(o) is below


def test_the_gap_is_relative_above_one():
    a, b = (
        outcome(value=110.0, reference=100.0),
        outcome("B", "q", value=0.5, reference=0.25),
    )
    comparison = Comparison([a, b])
    assert comparison.gap(a) == 0.1 and comparison.gap(b) == 0.25


def test_without_a_certificate_the_best_of_the_study_stands_for_it():
    runs = [
        outcome("A", value=1.0),
        outcome("B", value=3.0),
        outcome("C", value=-5.0, status="UNBOUNDED"),  # of no minimum
        outcome("D", value=math.nan, status="NOT_A_NUMBER"),
        outcome("E", status="ERROR"),
    ]
    comparison = Comparison(runs)
    assert comparison.references["p"] == (1.0, False)
    assert list(map(comparison.solved, runs)) == [True, False, False, False, False]
    assert not any(map(comparison.undercuts, runs))
    assert Comparison(runs[3:]).references["p"] is None
    assert Comparison(runs[1:3]).references["p"] == (3.0, False)  # only relative to it


def test_costs_are_inf_where_not_solved_and_nan_where_not_run():
    runs = [
        outcome("A", nfev=3, njev=2, nhev=4, reference=0.0, value=0.0),
        outcome("B", nfev=9, njev=9, nhev=9, reference=0.0, value=1.0),
        outcome("A", seed=1, status="ERROR", reference=0.0),
    ]
    comparison = Comparison(runs)
    expected = [[9, math.inf], [math.inf, math.nan]]
    np.testing.assert_array_equal(comparison.costs(EVALUATIONS), expected)
    expected = [[9, 27], [math.nan, math.nan]]
    np.testing.assert_array_equal(comparison.spent(EVALUATIONS), expected)
    assert comparison.whole.tolist() == [True, False]
    assert comparison.counts(EVALUATIONS) and not comparison.counts(FACTORIZATIONS)
    only = comparison.only(methods=["A"])
    assert only.methods == ("A",) and only.whole.all()
    assert comparison.only(cases=[]).instances == ()


LONG = {"value": np.arange(1001.0)}


def test_the_cost_along_a_trace():
    trace = {"value": np.zeros(3), "nfev": np.array([1, 2, 5]), "njev": np.ones(3)}
    o = outcome(trace=trace, nit=2)
    assert EVALUATIONS.along(o) is None  # Hessian products are not in it
    with_products = outcome(trace=trace | {"nhev": np.array([0, 3, 3])}, nit=2)
    assert EVALUATIONS.along(with_products).tolist() == [2, 6, 9]
    assert ITERATIONS.along(o).tolist() == [0, 1, 2]
    assert ITERATIONS.along(outcome(trace=trace, nit=5)) is None
    thinned = {name: column[thin(1001)] for name, column in LONG.items()}
    steps = ITERATIONS.along(outcome(trace=thinned, nit=1000))
    assert steps.tolist() == thinned["value"].tolist()
    assert SECONDS.along(o) is None and ITERATIONS.along(outcome()) is None


def test_weights_are_those_of_the_cost():
    cost = Cost("work", {"nfev": 1.0, "njev": 3.0}, floor=1, shift=1, meaning="")
    trace = {"nfev": np.array([1, 2]), "njev": np.array([0, 1])}
    o = outcome(nfev=5, njev=2, trace=trace)
    assert cost.of(o) == 11 and cost.along(o).tolist() == [1, 5]


def test_times_are_trusted_only_if_all_runs_were_alone():
    alone = outcome(environment={"timing": "exclusive"})
    assert Comparison([alone]).timed_alone
    assert not Comparison([alone, outcome("B")]).timed_alone
    assert not Comparison([]).timed_alone


def test_an_empty_comparison():
    comparison = Comparison([])
    assert comparison.methods == comparison.cases == comparison.instances == ()
    assert comparison.costs(EVALUATIONS).shape == (0, 0)
    assert len(comparison.whole) == 0


def test_dimensions():
    runs = [outcome(dimension=7), outcome("B"), outcome(case="q")]
    assert Comparison(runs).dimensions == {"p": 7, "q": 1}


def test_costs_by_name():
    assert all(cost_named(name) is cost for name, cost in COSTS.items())
    with pytest.raises(ValueError, match="got 'evaluation'; did you mean 'evalu"):
        cost_named("evaluation")
