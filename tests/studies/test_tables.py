"""Summary tables against numbers worked by hand."""

import math

import numpy as np
import pytest
from scipy.stats import rankdata

from matopt.studies import Comparison, Outcome, Run
from matopt.studies.cost import ITERATIONS, SECONDS
from matopt.studies.tables import (
    by_case,
    geometric_mean,
    par10,
    quantile,
    ranks,
    shifted_geometric_mean,
    summarize,
)

INF = math.inf


def outcomes(table, statuses=None):
    """One problem a letter of the key, its starts the entries: iterations, or a name
    of a status."""
    found = []
    for (case, method), entries in table.items():
        for seed, entry in enumerate(entries):
            run = Run(case, {}, method, {}, seed)
            if isinstance(entry, str):
                found.append(Outcome(run, entry, reference=0.0, nit=50))
            else:
                solved = {"value": 0.0, "reference": 0.0, "nit": entry}
                found.append(Outcome(run, "CONVERGED", **solved))
    return Comparison(found)


TWO = {
    ("p", "A"): [2, 4, 6],
    ("p", "B"): [4, "MAX_ITERATIONS", 8],
    ("q", "A"): [10, "ERROR", "ERROR"],
    ("q", "B"): [5, 5, "REFUSED"],
}


def test_quantiles_are_entries():
    values = np.array([5.0, INF, 1.0, 3.0])
    assert [quantile(values, q) for q in (0, 0.25, 0.5, 0.75, 1)] == [1, 1, 3, 5, INF]
    assert math.isnan(quantile(np.array([]), 0.5))
    assert quantile(np.arange(1.0, 11.0), 0.9) == 9


def test_the_table_of_cases_by_hand():
    p, q = by_case(outcomes(TWO), ITERATIONS)
    assert (p.case, p.best, q.best) == ("p", 4, 5)
    a, b = p.cells
    assert (a.median, a.low, a.high, a.ratio) == (4, 2, 6, 1)
    assert (b.median, b.low, b.high, b.ratio) == (8, 4, INF, 2)
    assert (b.solved, b.runs, b.statuses) == (2, 3, ("MAX_ITERATIONS",))
    assert b.success == 2 / 3
    a, b = q.cells  # fewer than half of the starts: no median
    assert (a.median, a.ratio, a.statuses) == (INF, INF, ("ERROR",))
    assert (b.median, b.ratio, b.statuses) == (5, 1, ("REFUSED",))


def test_the_summary_by_hand():
    overview = summarize(outcomes(TWO), ITERATIONS, limit=50)
    a, b = overview.rows
    assert (overview.instances, overview.common, overview.limit) == (6, 3, 50)
    assert (a.solved, a.runs, a.failed, a.refused, a.best) == (4, 6, 2, 0, 3)
    assert a.at_minimum == b.at_minimum == 4
    assert (b.solved, b.runs, b.failed, b.refused, b.best) == (4, 6, 0, 1, 2)
    # Solved by both: (2, 4), (6, 8), (10, 5).
    assert a.ratio == pytest.approx((1 * 1 * 2) ** (1 / 3))
    assert b.ratio == pytest.approx((2 * (8 / 6) * 1) ** (1 / 3))
    assert a.par10 == pytest.approx((2 + 4 + 6 + 10 + 500 + 500) / 6)
    product = 12 * 14 * 16 * 20 * 60 * 60  # shift 10, a failure costs 50
    assert a.shifted == pytest.approx(product ** (1 / 6) - 10)
    assert a.rank == pytest.approx((1 + 1 + 1 + 2 + 2 + 1.5) / 6)


def test_the_limit_is_the_most_that_was_spent():
    assert summarize(outcomes(TWO), ITERATIONS).limit == 50


def test_instances_that_not_all_have_run_are_left_out():
    table = {("p", "A"): [1, 1], ("p", "B"): [3]}
    overview = summarize(outcomes(table), ITERATIONS)
    assert overview.instances == 1
    assert [row.runs for row in overview.rows] == [1, 1]
    (row,) = by_case(outcomes({("p", "A"): [1], ("q", "B"): [1]}), ITERATIONS)[:1]
    assert row.cells[1].runs == 0 and math.isnan(row.cells[1].success)


def test_zero_costs_count_as_the_floor():
    overview = summarize(outcomes({("p", "A"): [0], ("p", "B"): [1]}), ITERATIONS)
    assert [row.ratio for row in overview.rows] == [1, 1]
    assert [row.best for row in overview.rows] == [1, 1]
    (row,) = by_case(outcomes({("p", "A"): [0], ("p", "B"): [3]}), ITERATIONS)
    assert [cell.ratio for cell in row.cells] == [1, 3]


def test_what_was_not_counted_is_no_success():
    overview = summarize(outcomes(TWO), SECONDS)
    assert overview.common == 0
    assert all(math.isnan(row.ratio) for row in overview.rows)
    (a, _), _ = (row.cells for row in by_case(outcomes(TWO), SECONDS))
    assert math.isnan(a.median) and a.solved == 3


def test_all_failed_and_none():
    table = {("p", "A"): ["ERROR"], ("p", "B"): ["TIMEOUT"]}
    overview = summarize(outcomes(table), ITERATIONS)
    assert [(row.best, row.rank) for row in overview.rows] == [(0, 1.5), (0, 1.5)]
    empty = summarize(Comparison([]), ITERATIONS)
    assert (empty.rows, empty.instances) == ((), 0)
    assert by_case(Comparison([]), ITERATIONS) == []


def test_ranks_are_those_of_scipy(rng):
    table = rng.integers(1, 5, (30, 5)).astype(float)
    table[rng.random(table.shape) < 0.3] = INF
    np.testing.assert_array_equal(ranks(table), rankdata(table, axis=1))


def test_means():
    assert geometric_mean(np.array([1.0, 4.0])) == pytest.approx(2)
    assert shifted_geometric_mean(np.array([0.0, INF]), 1, 3) == pytest.approx(1)
    assert par10(np.array([2.0, INF]), 3) == 16
    nothing = np.array([])
    assert math.isnan(geometric_mean(nothing)) and math.isnan(par10(nothing, 1))
    assert math.isnan(shifted_geometric_mean(nothing, 1, 1))
