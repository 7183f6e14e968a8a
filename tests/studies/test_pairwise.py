"""Tests of pairs against SciPy and by hand."""

import math
from itertools import product

import numpy as np
import pytest

from matopt.studies import Comparison, Outcome, Run
from matopt.studies.cost import ITERATIONS
from matopt.studies.pairwise import (
    bootstrap,
    compare_pairs,
    holm,
    sign_test,
    wilcoxon_test,
)

INF = math.inf


def comparison(**columns):
    """Iterations of each method on cases 0, 1, ...; None: not solved, "": refused."""
    found = []
    for method, entries in columns.items():
        for case, nit in enumerate(entries):
            run = Run(f"p{case}", {}, method, {}, 0)
            status = {None: "ERROR", "": "REFUSED"}.get(nit, "CONVERGED")
            value = {} if nit in (None, "") else {"value": 0.0, "nit": nit}
            found.append(Outcome(run, status, reference=0.0, **value))
    return Comparison(found)


def test_a_pair_by_hand():
    (pair,) = compare_pairs(
        comparison(A=[2, 2, 5, 7, None, None], B=[4, 8, 5, None, 3, None]), ITERATIONS
    )
    assert (pair.first, pair.second) == ("A", "B")
    assert (pair.wins, pair.losses, pair.ties, pair.common) == (3, 1, 2, 3)
    assert pair.ratio == pytest.approx((0.5 * 0.25) ** (1 / 3))
    assert pair.low <= pair.ratio <= pair.high
    assert pair.sign == 2 * (1 + 4) / 16 and pair.better is None


def test_what_one_refuses_is_no_evidence():
    (pair,) = compare_pairs(comparison(A=[2, 2], B=["", 4]), ITERATIONS)
    assert (pair.wins, pair.losses, pair.ties) == (1, 0, 0)


def test_starts_of_one_case_count_once():
    found = [
        Outcome(Run("p", {}, m, {}, s), "CONVERGED", value=0.0, reference=0.0, nit=n)
        for m, nits in (("A", [1, 2, 9]), ("B", [5, 6, 7]))
        for s, n in enumerate(nits)
    ]
    (pair,) = compare_pairs(Comparison(found), ITERATIONS)
    assert (pair.wins, pair.losses, pair.common) == (1, 0, 1)
    assert pair.ratio == pytest.approx(2 / 6)
    assert math.isnan(pair.low)  # of one case no interval


def test_a_clear_difference_is_found_and_corrected():
    pairs = compare_pairs(
        comparison(A=range(10, 20), B=range(20, 40, 2), C=range(40, 80, 4)), ITERATIONS
    )
    assert [p.better for p in pairs] == ["A", "A", "B"]
    assert all(p.sign == pytest.approx(3 * 2 / 1024) for p in pairs)
    backwards = compare_pairs(
        comparison(B=range(20, 40, 2), A=range(10, 20)), ITERATIONS
    )
    assert backwards[0].better == "A" and backwards[0].ratio == pytest.approx(2)


def test_the_same_seed_gives_the_same_interval():
    table = comparison(A=[1, 2, 3, 4], B=[2, 5, 1, 9])
    first, second, other = (compare_pairs(table, ITERATIONS, rng) for rng in (1, 1, 2))
    assert first == second != other


def test_sizes():
    assert compare_pairs(comparison(A=[1]), ITERATIONS) == []
    assert compare_pairs(Comparison([]), ITERATIONS) == []
    (pair,) = compare_pairs(comparison(A=[None], B=[None]), ITERATIONS)
    assert (pair.ties, pair.common, pair.sign, pair.wilcoxon) == (1, 0, 1, 1)
    assert math.isnan(pair.ratio) and pair.better is None


@pytest.mark.parametrize(("wins", "losses"), [(0, 0), (1, 0), (3, 1), (0, 7), (5, 5)])
def test_the_sign_test_counts_coins(wins, losses):
    n = wins + losses
    extreme = abs(wins - losses)
    coins = [sum(toss) for toss in product([-1, 1], repeat=n)]
    p = np.mean([abs(c) >= extreme for c in coins])
    assert sign_test(wins, losses) == pytest.approx(p)


def test_wilcoxon_counts_signs_of_ranks():
    """Without ties: all 2^n signs of the ranks are as likely."""
    s, t = np.array([1.0, 4.0, 9.0, 32.0, 8.0]), np.array([3.0, 6.0, 7.0, 2.0, INF])
    d = np.log(t / s)
    order = np.argsort(np.argsort(np.abs(d))) + 1
    observed = abs(np.sum(order * np.sign(d)))
    sums = [abs(np.dot(order, signs)) for signs in product([-1, 1], repeat=5)]
    p = np.mean([total >= observed for total in sums])
    assert wilcoxon_test(s, t) == pytest.approx(p)
    assert wilcoxon_test(t, s) == pytest.approx(p)


def test_wilcoxon_of_nothing():
    assert wilcoxon_test(np.array([]), np.array([])) == 1
    assert wilcoxon_test(np.array([2.0, INF]), np.array([2.0, INF])) == 1


def test_holm_by_hand():
    assert holm([]) == []
    assert holm([0.2]) == [0.2]
    assert holm([0.01, 0.02, 0.04]) == pytest.approx([0.03, 0.04, 0.04])
    assert holm([0.5, 0.001, 0.6]) == pytest.approx([1.0, 0.003, 1.0])


def test_bootstrap(rng):
    assert bootstrap(np.full(5, 2.0), rng) == pytest.approx((2, 2))
    q = np.exp(rng.normal(0.3, 0.5, 200))
    low, high = bootstrap(q, rng)
    error = 1.96 * np.std(np.log(q)) / np.sqrt(200)  # the normal interval
    center = np.mean(np.log(q))
    assert np.log([low, high]) == pytest.approx(
        [center - error, center + error], abs=0.01
    )
    assert all(map(math.isnan, bootstrap(q[:1], rng)))
