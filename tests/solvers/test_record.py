import logging
import math
import weakref

import numpy as np
import pytest

from matopt.objectives import GaussianPrecisionLikelihood
from matopt.solvers import Finished, Status, Stop
from matopt.solvers.record import COLUMNS, Record
from matopt.spaces import Symmetric

S = np.diag([1.0, 2.0, 4.0])
NEVER = Stop(gradient_norm=0.0, max_iterations=None)


def at(record, scale):
    problem = GaussianPrecisionLikelihood.from_covariance(S).on(Symmetric(3))
    return problem.counted(record).at(scale * np.eye(3))


def ended(record, e):
    with pytest.raises(Finished) as end:
        record.report(e)
    return end.value.status


def test_the_history_has_what_was_known_at_each_iterate():
    record = Record(NEVER)
    for scale in (1.0, 0.5):
        record.report(at(record, scale))
    history = record.history
    assert list(history) == list(COLUMNS)
    # f(c I) = c tr S - 3 ln c
    np.testing.assert_allclose(history["value"], [7.0, 3.5 - 3 * math.log(0.5)])
    gradients = [np.diag(S) - 1.0 / c for c in (1.0, 0.5)]
    np.testing.assert_allclose(
        history["gradient_norm"], [np.linalg.norm(g) for g in gradients]
    )
    for name in ("nfev", "njev", "nfactor"):
        np.testing.assert_array_equal(history[name], [1, 2])
    assert np.all(np.diff(history["seconds"]) >= 0)
    assert record.nit == 1


def test_the_history_of_no_iterates_is_empty_columns():
    history = Record(NEVER).history
    assert list(history) == list(COLUMNS)
    assert all(column.shape == (0,) for column in history.values())
    assert Record(NEVER).nit == 0


@pytest.mark.parametrize("count", [0, 1, 100])
def test_a_snapshot_is_of_the_iterates_so_far(count):
    record = Record(NEVER)
    for k in range(count):
        record.report(at(record, 1.0 + k))
    expected, snapshot = record.history, record.snapshot()
    record.report(at(record, 0.5))
    history = snapshot()
    assert list(history) == list(COLUMNS)
    for name in COLUMNS:
        np.testing.assert_array_equal(history[name], expected[name])


@pytest.mark.parametrize("count", [1, 100])
def test_a_snapshot_holds_no_iterates_and_of_many_no_rows(count):
    class Seen(float):
        pass

    record = Record(NEVER)
    e = at(record, 1.0)
    for _ in range(count):
        vars(e)["value"] = value = Seen(1.0)
        record.report(e)
    snapshot, parts = record.snapshot(), [weakref.ref(o) for o in (value, record, e)]
    record.close()
    del record, e, value
    assert [part() is None for part in parts] == [count == 100, True, True]
    assert len(snapshot()["value"]) == count


def test_the_best_iterate_is_kept_when_a_worse_one_follows():
    record = Record(NEVER)
    good, bad = at(record, 0.5), at(record, 5.0)
    record.report(good)
    record.report(bad)
    assert record.best is good


def test_the_converged_iterate_is_the_best():
    record = Record(Stop(gradient_norm=4.0))
    low = at(record, 0.43)  # the lowest value along c I, gradient norm 1.9
    record = Record(Stop(gradient_norm=1.0))
    record.best = low
    matrix = np.diag([1.0, 0.5, 0.24])
    problem = GaussianPrecisionLikelihood.from_covariance(S).on(Symmetric(3))
    e = problem.counted(record).at(matrix)
    assert ended(record, e) is Status.CONVERGED
    assert record.best is e


@pytest.mark.parametrize(
    ("stop", "status"),
    [
        (Stop(0.0, value_change=1.0), Status.SMALL_CHANGE),
        (Stop(0.0, step=1.0), Status.SMALL_STEP),
        (Stop(0.0, max_iterations=1), Status.MAX_ITERATIONS),
        (Stop(0.0, max_evaluations=2), Status.MAX_EVALUATIONS),
        (Stop(10.0), Status.CONVERGED),
    ],
)
def test_each_limit_ends_the_run(stop, status):
    record = Record(stop)
    first = at(record, 1.0)
    if status is Status.CONVERGED:
        assert ended(record, first) is status
        return
    record.report(first)
    assert ended(record, first.retract(np.full(6, -0.01))) is status


def test_seconds_end_the_run():
    record = Record(Stop(0.0, max_seconds=0.0))
    assert ended(record, at(record, 1.0)) is Status.MAX_SECONDS


@pytest.mark.parametrize("limits", [{"max_evaluations": 0}, {"max_seconds": 0.0}])
def test_the_first_value_is_always_computed(limits):
    record = Record(Stop(**limits))
    assert at(record, 1.0).value == 7.0
    with pytest.raises(Finished):
        _ = at(record, 2.0).value


def test_hessian_products_are_evaluations_too():
    record = Record(Stop(max_evaluations=3))
    e = at(record, 1.0)
    record.report(e)
    e.hessp(np.ones(6))
    e.hessp(np.ones(6))
    with pytest.raises(Finished) as end:
        e.hessp(np.ones(6))
    assert end.value.status is Status.MAX_EVALUATIONS


def test_an_iterate_outside_the_domain_is_never_recorded():
    record = Record(NEVER)
    assert ended(record, at(record, -1.0)) is Status.LEFT_DOMAIN
    assert record.best is None and record.history["value"].size == 0


def test_an_iterate_that_is_minus_infinity_is_unbounded():
    record = Record(NEVER)
    e = at(record, 1.0)
    vars(e)["value"] = -math.inf
    assert ended(record, e) is Status.UNBOUNDED


def test_a_gradient_that_is_nan_ends_the_run():
    record = Record(NEVER)
    e = at(record, 1.0)
    vars(e)["gradient_norm"] = math.nan
    assert ended(record, e) is Status.NOT_A_NUMBER


def test_a_failed_search_among_nan_is_not_a_number():
    record = Record(NEVER)
    record.report(at(record, 1.0))
    assert record.explain(Status.LINE_SEARCH_FAILED) is Status.LINE_SEARCH_FAILED
    record.nnan += 1
    assert record.explain(Status.LINE_SEARCH_FAILED) is Status.NOT_A_NUMBER
    assert record.explain(Status.MAX_SECONDS) is Status.MAX_SECONDS
    record.report(at(record, 1.0))  # the search went on: those NaN did not matter
    assert record.explain(Status.LINE_SEARCH_FAILED) is Status.LINE_SEARCH_FAILED


def test_every_iterate_is_logged_when_asked_for(caplog):
    with caplog.at_level(logging.INFO, logger="matopt"):
        record = Record(NEVER)
        record.report(at(record, 1.0))
        record.report(at(record, 0.5))
    lines = [r.getMessage() for r in caplog.records]
    assert len(lines) == 2
    assert lines[0].split()[:3] == ["0", "value", "7"]
    assert lines[1].split()[0] == "1"


def test_the_logger_has_a_handler_so_that_nothing_is_printed():
    handlers = logging.getLogger("matopt").handlers
    assert any(isinstance(h, logging.NullHandler) for h in handlers)
