"""The store: exact, complete, whole, whoever dies."""

import math
import multiprocessing
import os
import random
import signal
import sqlite3
import time
import warnings
from contextlib import closing

import numpy as np
import pytest

from matopt.studies.frames import Message
from matopt.studies.outcome import Run
from matopt.studies.plan import Planned
from matopt.studies.store import Store, StoreError, StoreLocked, is_locked
from matopt.studies.trace import compress

ENVIRONMENT = {"numpy": "2.0", "cpu": "some"}


def planned(number: int) -> Planned:
    run = Run("problem", {"n": number}, "LBFGS", {"memory": 5}, number % 3)
    return Planned(run, f"{number:032x}", {})


def answer(number: int) -> Message:
    """What came of the run, all of it determined by the number."""
    rng = np.random.default_rng(number)
    history = {"value": rng.standard_normal(20), "seconds": rng.random(20)}
    numbers = {"value": float(rng.standard_normal()), "nit": number, "gap": 0.1}
    words = {"id": planned(number).id, "status": "CONVERGED", "message": "fine"}
    about = {"environment": ENVIRONMENT, "gradient_norm": 1e-300}
    return Message({**words, **numbers, **about}, compress(history))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "store.sqlite"


def test_an_outcome_is_kept_to_the_last_bit(path):
    with Store.create(path) as store:
        store.begin("name", {"seed": 1})
        store.commit(started=[planned(1)])
        store.commit([(planned(1), answer(1))])
        store.end("done")
    with Store.read(path) as store:
        (outcome,) = store.outcomes({planned(n).id: planned(n).run for n in (1, 2)})
    words = answer(1).words
    assert outcome.run == planned(1).run
    assert (outcome.value, outcome.nit) == (words["value"], 1)
    assert outcome.gradient_norm == 1e-300
    assert outcome.reference is None
    assert outcome.tolerance == 1e-8
    assert outcome.environment == ENVIRONMENT
    rng = np.random.default_rng(1)
    assert np.array_equal(outcome.trace["value"], rng.standard_normal(20))
    assert outcome.row["parameters"] == {"n": 1, "solver.memory": 5}


def test_outcomes_are_in_the_order_of_the_plan(path):
    with Store.create(path) as store:
        store.commit((planned(n), answer(n)) for n in (3, 1, 2))
        runs = {planned(n).id: planned(n).run for n in (2, 9, 3, 1)}
        assert [outcome.nit for outcome in store.outcomes(runs)] == [2, 3, 1]


def test_infinity_is_kept_and_what_is_no_number_is_none(path):
    words = {"value": math.inf, "gradient_norm": math.nan, "status": "NOT_A_NUMBER"}
    with Store.create(path) as store:
        store.commit([(planned(1), Message({**answer(1).words, **words}))])
        (outcome,) = store.outcomes({planned(1).id: planned(1).run})
    assert outcome.value == math.inf
    assert outcome.gradient_norm is None
    assert outcome.trace == {}


def test_the_first_outcome_of_a_run_stays(path):
    other = Message({**answer(1).words, "status": "ERROR"})
    with Store.create(path) as store:
        store.commit([(planned(1), answer(1))])
        store.commit([(planned(1), other)])
        assert store.statuses() == {planned(1).id: "CONVERGED"}
        store.forget([planned(1).id])
        assert store.statuses() == {}


def test_a_commit_is_all_or_nothing(path):
    with Store.create(path) as store:
        with pytest.raises(KeyError):
            store.commit([(planned(1), answer(1)), (planned(2), Message({}))])
        assert store.statuses() == {}


def test_only_losses_of_machines_and_workers_count(path, monkeypatch):
    with Store.create(path) as store:
        store.begin("name", {})
        store.commit(started=[planned(n) for n in (1, 2, 3)])
        store.commit([(planned(1), answer(1))], lost=[planned(2)])
    with Store.create(path) as store:  # the coordinator died with run 3
        store.begin("name", {})
        assert store.losses() == {planned(2).id: 1}
        store.commit(started=[planned(3)])
    monkeypatch.setattr("matopt.studies.store.boot", lambda: "after the power cut")
    with Store.create(path) as store:
        store.begin("name", {})
        assert store.losses() == {planned(2).id: 1, planned(3).id: 1}


def test_a_second_coordinator_is_refused(path):
    assert not is_locked(path)
    with Store.create(path):
        assert is_locked(path)
        with pytest.raises(StoreLocked, match=rf"process {os.getpid()} runs a study"):
            Store.create(path)
        with Store.read(path) as reader:
            assert reader.statuses() == {}
    assert not is_locked(path)
    Store.create(path).close()


def test_what_is_no_store_is_refused(path):
    with pytest.raises(StoreError, match=r"there is no store .*run the study first"):
        Store.read(path)
    path.write_text("no database, but long enough to look like one" * 100)
    for open_it in (Store.read, Store.create):
        with pytest.raises(StoreError, match="is not a store of a study"):
            open_it(path)
    path.unlink()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE mine (x)")
    with pytest.raises(StoreError, match="is not a store of a study"):
        Store.create(path)


def test_a_newer_store_is_refused(path):
    Store.create(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE meta SET value = 2")
        connection.commit()
    with pytest.raises(StoreError, match=r"schema 2, newer .*install a newer matopt"):
        Store.read(path)


def test_without_wal_a_journal_does(path, monkeypatch):
    monkeypatch.setattr("matopt.studies.store._journal", lambda folder: "DELETE")
    with Store.create(path) as store:
        store.commit([(planned(1), answer(1))])
    assert not path.with_name("store.sqlite-wal").exists()
    with Store.read(path) as store:
        assert store.check() == []
        assert list(store.statuses()) == [planned(1).id]


def write_for_ever(path, log, seed):
    """Commit runs, many of them the same as others write, and say which."""
    rng = random.Random(seed)
    with Store.write(path) as store, open(log, "ab", buffering=0) as acknowledged:
        while True:
            numbers = [rng.randrange(5000) for _ in range(rng.randrange(1, 4))]
            store.commit((planned(n), answer(n)) for n in numbers)
            acknowledged.write(b"".join(b"%d\n" % n for n in numbers))


@pytest.mark.slow
def test_writers_killed_at_random_lose_nothing(path, tmp_path):
    Store.create(path).close()
    context, rng = multiprocessing.get_context("fork"), random.Random(7)
    logs = [tmp_path / f"log{k}" for k in range(4)]

    def start(k, seed):
        with warnings.catch_warnings():  # of forks, from Python 3.12 on
            warnings.simplefilter("ignore")
            process = context.Process(target=write_for_ever, args=(path, logs[k], seed))
            process.start()
        return process

    writers = [start(k, k) for k in range(4)]
    for kill in range(20):
        time.sleep(rng.uniform(0.0, 0.1))
        k = rng.randrange(4)
        assert writers[k].is_alive()  # none gave up on a lock
        os.kill(writers[k].pid, signal.SIGKILL)
        writers[k].join()
        writers[k] = start(k, 100 + kill)
    for writer in writers:
        writer.kill()
        writer.join()

    # A line that its writer was killed within is no acknowledgement.
    texts = [log.read_text() for log in logs if log.exists()]
    said = {int(n) for text in texts for n in text[: text.rfind("\n") + 1].split()}
    with Store.read(path) as store:
        assert store.check() == []
        kept = store.statuses()
        assert {planned(n).id for n in said} <= kept.keys()
        assert len(said) > 50
        everything = {planned(n).id: planned(n).run for n in range(5000)}
        for outcome in store.outcomes(everything):
            number = outcome.run.parameters["n"]
            assert outcome.nit == number
            assert outcome.value == answer(number).words["value"]
            values = np.random.default_rng(number).standard_normal(20)
            assert np.array_equal(outcome.trace["value"], values)


def test_a_message_that_is_no_text_is_kept_as_escapes(path):
    said = {"status": "ERROR", "message": "bad \udcff", "traceback": "at \ud800"}
    with Store.create(path) as store:
        store.begin("name", {})
        store.commit([(planned(1), Message({"id": planned(1).id, **said}))])
        (outcome,) = store.outcomes({planned(1).id: planned(1).run})
    assert (outcome.message, outcome.traceback) == ("bad \\udcff", "at \\ud800")


def test_a_damaged_file_is_said_in_words(path):
    with Store.create(path) as store:
        store.begin("name", {})
        store.commit([(planned(n), answer(n)) for n in range(20)])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'run'"
        ).fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"U" * 4096)
    with pytest.raises(StoreError, match="malformed; see that"), Store.read(path) as s:
        s.outcomes({})
