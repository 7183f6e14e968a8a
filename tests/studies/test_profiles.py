"""Performance and data profiles against tables worked by hand."""

import numpy as np
import pytest

from matopt.studies.profiles import (
    data,
    first_reach,
    fixed_targets,
    performance,
    ratios,
    target,
)

INF = np.inf
# Four instances, three solvers; nobody solves the last one.
TABLE = np.array([[1, 2, 4], [3, 3, 6], [INF, 5, 10], [INF, INF, INF]])


def test_ratios_by_hand():
    expected = [[1, 2, 4], [1, 1, 2], [INF, 1, 2], [INF, INF, INF]]
    np.testing.assert_array_equal(ratios(TABLE), expected)


@pytest.mark.parametrize(
    ("tau", "shares"),
    [
        (1, [0.5, 0.5, 0.0]),  # the tie counts for both
        (2, [0.5, 0.75, 0.5]),
        (3.9, [0.5, 0.75, 0.5]),
        (4, [0.5, 0.75, 0.75]),
        (1e9, [0.5, 0.75, 0.75]),  # the last instance stays in the denominator
    ],
)
def test_performance_by_hand(tau, shares):
    np.testing.assert_array_equal(performance(TABLE).share(tau), shares)


def test_steps_are_where_shares_change():
    x, y = performance(TABLE).steps(2)
    np.testing.assert_array_equal(x, [2, 4])
    np.testing.assert_array_equal(y, [0.5, 0.75])
    assert performance(TABLE).last == 4


def test_a_third_solver_turns_the_order_of_two():
    """Gould and Scott (2016): with A, B is ahead of C at tau = 2; alone C is."""
    table = np.array([[1.0, 4, 3], [1, 4, 3], [1, 2, 3]])
    _, b, c = performance(table).share(2)
    assert b > c
    b, c = performance(table[:, 1:]).share(1)
    assert b < c


def test_zeros_need_a_floor():
    zeros = np.array([[0.0, 1.0, 5.0]])
    with pytest.raises(ValueError, match=r"has a zero, .* give floor"):
        ratios(zeros)
    np.testing.assert_array_equal(ratios(zeros, floor=1), [[1, 1, 5]])


def test_performance_equals_a_plain_loop(rng):
    table = rng.integers(1, 6, (40, 4)).astype(float)  # with many ties
    table[rng.random(table.shape) < 0.2] = INF
    for tau in (1, 1.5, 2, 5):
        for s, share in enumerate(performance(table).share(tau)):
            count = 0
            for row in table.tolist():
                count += row[s] < INF and row[s] <= tau * min(row)
            assert share == count / 40


def test_data_by_hand():
    """Unit: n + 1 evaluations."""
    profile = data(np.array([[10.0, 30.0], [INF, 8.0]]), [4, 1])
    for alpha, shares in [(2, [0.5, 0]), (4, [0.5, 0.5]), (6, [0.5, 1])]:
        np.testing.assert_array_equal(profile.share(alpha), shares)


def test_fixed_targets_by_hand():
    table = np.array([[[2.0], [4.0]], [[6.0], [INF]]])  # (targets, instances, solvers)
    profile = fixed_targets(table, [1, 1])
    shares = [profile.share(x)[0] for x in (0.5, 1, 2, 3, 100)]
    np.testing.assert_array_equal(shares, [0, 0.25, 0.5, 0.75, 0.75])


def test_the_target_of_more_and_wild():
    assert target(11.0, 1.0, 0.1) == 2.0
    assert target(1.0, 1.0, 0.1) > 1.0  # started there: reached to rounding
    assert target(1e6, 1e6, 1e-7) > 1e6


def test_first_reach_takes_the_first():
    values, spent = np.array([5.0, 2.0, 3.0, 1.0]), np.array([1.0, 4.0, 6.0, 9.0])
    assert [first_reach(values, spent, g) for g in (2, 1.5, 0)] == [4, 9, INF]


@pytest.mark.parametrize("shape", [(0, 2), (1, 1), (3, 1)])
def test_small_tables(shape):
    profile = performance(np.ones(shape))
    share = float(shape[0] > 0)
    np.testing.assert_array_equal(profile.share(1), [share] * shape[1])


def test_all_failed():
    profile = performance(np.full((2, 2), INF))
    assert profile.last == 0 and not profile.share(1e9).any()
    assert len(profile.steps(0)[0]) == 0


@pytest.mark.parametrize(
    ("costs", "message"),
    [
        ([1.0, 2.0], r"\(instances, solvers\), got shape \(2,\)"),
        ([[1.0, np.nan]], "write inf for a failure"),
        ([[1.0, -2.0]], "not be negative, got -2"),
    ],
)
def test_wrong_tables(costs, message):
    with pytest.raises(ValueError, match=message):
        performance(np.array(costs))


def test_wrong_dimensions():
    with pytest.raises(ValueError, match="one entry a row of costs, 2, got"):
        data(np.ones((2, 1)), [3])
    with pytest.raises(ValueError, match="targets, instances, solvers"):
        fixed_targets(np.ones((2, 1)), [3])
