"""The coordinator: what is finished stays, what is missing is run, in any order."""

import multiprocessing
import os
import shutil
import signal
import sqlite3
import time
import warnings
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

import matopt as mo
import matopt.studies.study
from matopt.studies import SolverChoice, Study
from matopt.studies.cluster import LOST
from matopt.studies.frames import Message
from matopt.studies.plan import plan
from matopt.studies.running import run_all
from matopt.studies.store import Store, StoreError

FOLDER = Path(__file__).parent


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "study.sqlite"


STUDY = Study(
    "small",
    problems=["toeplitz-nile", "covariance-iris"],
    solvers=["LBFGS", "default", "SciPy:BFGS"],
    seeds=2,
)


class Pretended:
    """An executor in no other process, which notes what it was given."""

    def __init__(self, room=2, answer=None):
        self.places, self.given, self.in_flight = room, [], []
        self.closed = False
        self._answer = answer or (lambda task: "CONVERGED")

    @property
    def room(self):
        return self.places - len(self.in_flight)

    def submit(self, task):
        assert self.room > 0
        self.given.append(task["id"])
        self.in_flight.append(task)

    def wait(self, seconds):
        task = self.in_flight.pop()
        return [Message({"id": task["id"], "status": self._answer(task)})]

    def close(self):
        self.closed = True


def test_every_run_is_given_out_once(path):
    planned, executor = plan(STUDY), Pretended()
    with Store.create(path) as store:
        store.begin("small", {})
        seen = run_all(planned, store, executor)
        assert store.statuses() == {p.id: "CONVERGED" for p in planned}
    assert Counter(executor.given) == Counter(p.id for p in planned)
    assert (seen.total, seen.done, seen.missing, seen.failed) == (12, 12, 0, 0)
    assert executor.closed


def test_what_is_finished_is_kept_before_more_begins(path):
    kept = []

    class Looking(Pretended):
        def submit(self, task):
            with Store.read(path) as store:
                kept.append(len(store.statuses()))
            super().submit(task)

    with Store.create(path) as store:
        store.begin("small", {})
        run_all(plan(STUDY), store, Looking())
    assert kept == [0, 0, *range(1, 11)]


def test_an_interruption_keeps_what_was_finished(path):
    calls = []

    def answer(task):
        calls.append(task["id"])
        if len(calls) == 5:
            raise KeyboardInterrupt
        return "CONVERGED"

    planned, executor = plan(STUDY), Pretended(answer=answer)
    with Store.create(path) as store:
        store.begin("small", {})
        with pytest.raises(KeyboardInterrupt):
            run_all(planned, store, executor)
        assert executor.closed
        assert store.statuses().keys() == set(calls[:4])
    again = Pretended()
    with Store.create(path) as store:
        store.begin("small", {})
        seen = run_all(planned, store, again)
        assert store.losses() == {}
    assert set(again.given) == {p.id for p in planned} - set(calls[:4])
    assert (seen.before, seen.done) == (4, 12)


def test_a_run_that_is_lost_twice_has_crashed(path):
    planned = plan(STUDY)
    bad = planned[3].id
    executor = Pretended(answer=lambda task: LOST if task["id"] == bad else "CONVERGED")
    with Store.create(path) as store:
        store.begin("small", {})
        seen = run_all(planned, store, executor)
        statuses = store.statuses()
        (outcome,) = store.outcomes({bad: planned[3].run})
    assert statuses.pop(bad) == "CRASHED"
    assert set(statuses.values()) == {"CONVERGED"}
    assert Counter(executor.given)[bad] == 2
    assert "died with it 2 times" in outcome.message
    assert (seen.failed, seen.missing) == (1, 0)


def test_retry_runs_again_what_was_lost_with_the_machine(path, monkeypatch):
    bad = plan(STUDY)[3].id
    losing = Pretended(answer=lambda task: LOST if task["id"] == bad else "CONVERGED")
    well = Pretended()
    executors = iter([losing, well])
    monkeypatch.setattr(matopt.studies.study, "executor", lambda *_: next(executors))
    assert STUDY.run(path).statuses["CRASHED"] == 1
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "UPDATE attempt SET ending = 'lost with the machine' WHERE run = ?", (bad,)
        )
        connection.commit()
    assert STUDY.run(path, retry=["CRASHED"]).failed == 0
    assert well.given == [bad]


@pytest.mark.slow
def test_what_cannot_begin_forgets_nothing(path, finished):
    shutil.copy(finished, path)
    with pytest.raises((ImportError, ValueError), match="dask"):
        REAL.run(path, scheduler="nowhere", retry=["REFUSED"])
    assert table(path) == table(finished)


@pytest.mark.parametrize("workers", [0, -1])
def test_there_is_no_study_without_workers(path, workers):
    with pytest.raises(ValueError, match=f"at least 1, got {workers}; None for all"):
        STUDY.run(path, workers=workers)
    with pytest.raises(ValueError, match="workers or scheduler, not both"):
        STUDY.run(path, workers=2, scheduler="tcp://127.0.0.1:8786")


def test_no_room_is_waited_for(path):
    class Slow(Pretended):
        def wait(self, seconds):
            self.places += 1
            return super().wait(seconds) if self.in_flight else []

    with Store.create(path) as store:
        store.begin("small", {})
        assert run_all(plan(STUDY), store, Slow(room=0)).missing == 0


REAL = Study(
    "real",
    problems=["nearest", "toeplitz-nile", "covariance-iris"],
    solvers=["LBFGS", SolverChoice("Sleeping", {"seconds": 0.05}), "SciPy:BFGS"],
    seeds=3,
    stop=mo.Stop(gradient_norm=1e-8, max_iterations=60),
    plugins=["misbehaving"],
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The store of a study that nobody disturbed."""
    path = tmp_path_factory.mktemp("finished") / "store.sqlite"
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(FOLDER)
        REAL.run(path, workers=1)
    return path


def table(path):
    """All that must not depend on who ran it, when and how often it was begun."""
    changing = {"seconds", "cpu_seconds", "memory"}
    return [
        {k: v for k, v in outcome.row.items() if k not in changing}
        | {"trace": [x.tobytes() for k, x in outcome.trace.items() if k != "seconds"]}
        for outcome in REAL.outcomes(path)
    ]


def done(path):
    try:
        return REAL.progress(path).done
    except StoreError:  # it is not there yet
        return 0


def kill_during(path, wait):
    """Kill a coordinator so many seconds after the first outcome of its session."""
    before = done(path)
    with warnings.catch_warnings():  # of forks, from Python 3.12 on
        warnings.simplefilter("ignore")
        process = multiprocessing.get_context("fork").Process(
            target=REAL.run, args=(path,), kwargs={"workers": 1}
        )
        process.start()
    while process.is_alive() and done(path) == before:
        time.sleep(0.01)
    time.sleep(wait)
    os.kill(process.pid, signal.SIGKILL)
    process.join()


@pytest.mark.slow
def test_killed_at_any_moment_it_ends_as_if_undisturbed(path, finished):
    for wait in (0.0, 0.1):
        kill_during(path, wait)
    assert 2 <= done(path) < 27
    seen = REAL.run(path, workers=2)  # the number of workers does not matter, either
    assert (seen.missing, seen.before) == (0, done(path) - seen.summary["run_now"])
    assert table(path) == table(finished)
    with closing(sqlite3.connect(path)) as connection:
        attempts = connection.execute("SELECT ending, COUNT(*) FROM attempt GROUP BY 1")
        assert dict(attempts)["lost with the coordinator"] <= 2
    assert REAL.verify(path, repeat=0).passed


@pytest.mark.slow
def test_retry_runs_again_what_ended_so(path, finished):
    shutil.copy(finished, path)
    refused = REAL.progress(path).statuses["REFUSED"]
    assert refused == 3  # SciPy on positive definite matrices
    again = REAL.run(path, workers=1, retry=["REFUSED"])
    assert (again.done, again.before) == (27, 27 - refused)
    assert table(path) == table(finished)
    with pytest.raises(ValueError, match=r"no status is 'REFUSE'; did you mean 'REFUS"):
        REAL.run(path, retry=["REFUSE"])
    with pytest.raises(TypeError, match="must be a list, got 'REFUSED'"):
        REAL.run(path, retry="REFUSED")


@pytest.mark.slow
def test_a_frame_has_what_a_row_has(finished):
    frame = REAL.frame(finished)
    assert len(frame) == 27
    assert set(REAL.outcomes(finished)[0].row) <= set(frame)
    refused = frame[frame["status"] == "REFUSED"]
    assert refused["value"].isna().all()
    assert set(frame["parameters.solver.seconds"].dropna()) == {0.05}


@pytest.mark.slow
def test_verify_sees_what_is_wrong(path, finished):
    shutil.copy(finished, path)
    assert REAL.verify(path, repeat=2).passed
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE run SET gap = gap + 1, nit = nit + 1")
        connection.execute("DELETE FROM run WHERE seed = 2")
        connection.commit()
    seen = REAL.verify(path, repeat=2)
    assert not seen.passed
    assert (seen.missing, seen.repeated) == (9, 2)
    assert [": nit was" in line for line in seen.wrong] == [True, True]
    smaller = Study("smaller", problems=["toeplitz-nile"], solvers=["default"])
    assert smaller.verify(path, repeat=0).others == 18
