"""Runs in slots: what a bad one costs, and that nothing outlives its parent."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

import matopt as mo
from matopt.studies import Study
from matopt.studies.local import Local
from matopt.studies.plan import plan
from matopt.studies.slot_process import SlotProcess
from matopt.studies.trace import expand

FOLDER = Path(__file__).parent


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)


def tasks(*solvers, problem="nearest", **options):
    study = Study(
        "test",
        problems=[problem],
        solvers=solvers,
        plugins=["misbehaving"],
        **{"time_limit": 20.0, **options},
    )
    return [planned.task for planned in plan(study)]


def doing(what):
    return mo.studies.SolverChoice("Doing", {"what": what})


@pytest.fixture(scope="module")
def kept():
    """Slots that tests leave for the next."""
    made: list[SlotProcess] = []
    yield made
    for each in made:
        each.close()


@pytest.fixture
def slot(kept):
    kept[:] = [each for each in kept if each.alive] or [SlotProcess(["misbehaving"])]
    return kept[0]


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def wait_until(true, seconds=20.0):
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    assert true()


def test_a_run_is_what_minimize_returns(slot):
    (task,) = tasks("LBFGS")
    words, payload = slot.run(task)
    f = mo.SquaredDistance(np.arange(4.0).reshape(2, 2)).on(mo.Dense(2, 2))
    stop = mo.Stop(gradient_norm=1e-8)
    result = mo.minimize(f, np.zeros((2, 2)), solver=mo.LBFGS(), stop=stop)
    assert words["status"] == "CONVERGED"
    assert words["value"] == result.fun
    assert [words[k] for k in ("nit", "nfev", "njev")] == [
        result.nit,
        result.nfev,
        result.njev,
    ]
    assert words["dimension"] == 4
    trace = expand(payload)
    assert np.array_equal(trace["value"], result.history["value"])
    assert words["environment"]["blas_threads"] == "1"
    assert words["memory"] > 10_000_000


def test_one_process_performs_many(slot):
    first, second = tasks("LBFGS", "GradientDescent")
    assert slot.run(first).words["id"] == first["id"]
    pid = slot.pid
    assert slot.run(second).words["id"] == second["id"]
    assert slot.pid == pid and slot.alive


def test_what_solvers_print_goes_nowhere(slot):
    assert slot.run(tasks(doing("prints"))[0]).words["status"] == "CONVERGED"


def test_a_problem_that_is_not_taken_is_refused(slot):
    (task,) = tasks("SciPy:BFGS", problem="covariance-iris")
    words, payload = slot.run(task)
    assert (words["status"], payload) == ("REFUSED", b"")
    assert "SciPy needs a flat space" in words["message"]


def test_repetitions_are_equal_but_for_their_time(slot):
    (once,), (twice,) = tasks("LBFGS"), tasks("LBFGS", repetitions=3)
    first, second = slot.run(once).words, slot.run(twice).words
    assert {k for k in first if first[k] != second[k]} <= {
        *("id", "seconds", "cpu_seconds", "memory")
    }


@pytest.mark.parametrize("size", [None, 10_000_000])
def test_the_limit_of_memory_is_of_one_run(slot, size):
    (task,) = tasks("LBFGS", memory_limit=size)
    assert slot.run(task).words["status"] == "CONVERGED"


@pytest.mark.slow
def test_the_kernel_ends_what_nobody_watches(slot):
    slot.run(tasks("LBFGS")[0])
    (task,) = tasks(doing("hang_holding_the_lock"), time_limit=0.2)
    slot.send(task)
    wait_until(lambda: not slot.alive)
    assert slot.finish().words["status"] == "TIMEOUT"


def test_a_problem_that_changed_since_is_an_error(slot):
    (task,) = tasks("LBFGS")
    words, _ = slot.run({**task, "problem": "0" * 32})
    assert words["status"] == "ERROR"
    assert "another file here" in words["message"]


@pytest.mark.slow
def test_a_slot_that_cannot_start_says_why():
    slot = SlotProcess(["no_such_plugin"])
    words, _ = slot.run(tasks("LBFGS")[0])
    assert words["status"] == "ERROR"
    assert "No module named 'no_such_plugin'" in words["traceback"]


@pytest.mark.slow
def test_what_was_compiled_is_run_again_with_what_is_on_disk(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    (task,) = tasks(doing("compile"))
    replaced = []
    for _ in range(2):  # nothing is on disk, then all is
        slot = SlotProcess(["misbehaving"])
        first = slot.pid
        words, _ = slot.run(task)
        replaced.append(slot.pid != first)
        slot.close()
        assert (words["status"], words["compiled"]) == ("CONVERGED", False)
    assert replaced == [True, False]


BAD = {  # what a solver does: the status, words of the message, of the traceback
    "segfault": ("CRASHED", "SIGSEGV", "in segfault"),
    "leave": ("CRASHED", "exit status 7", ""),
    "fail": ("ERROR", "RuntimeError: on purpose", "in fail"),
    "allocate": ("MEMORY", "MemoryError", "in allocate"),
    "hang_holding_the_lock": ("TIMEOUT", "The time limit of 2 s passed", ""),
    "prints": ("CONVERGED", "below the tolerance", ""),
}


@pytest.mark.slow
def test_a_bad_run_costs_only_itself():
    limits = {"time_limit": 2.0, "memory_limit": "200MiB"}
    planned = tasks(*map(doing, BAD), **limits)
    local = Local(2, ["misbehaving"])
    answers, waiting, pids = {}, list(planned), set()
    while len(answers) < len(planned):
        while waiting and local.room:
            local.submit(waiting.pop(0))
        pids.update(local.pids)
        answers |= {answer.words["id"]: answer.words for answer in local.wait(1.0)}
    local.close()
    for task, (status, message, traceback) in zip(planned, BAD.values(), strict=True):
        words = answers[task["id"]]
        assert words["status"] == status, words
        assert message in words["message"]
        assert traceback in words.get("traceback", "")
    assert len(pids) >= 5  # each that ended was replaced
    assert not any(map(alive, pids))


@pytest.mark.slow
def test_a_slot_that_died_between_runs_is_not_blamed():
    first, second = tasks("LBFGS", "GradientDescent")
    local = Local(1, ["misbehaving"])

    def run(task):
        local.submit(task)
        answers = []
        while not answers:
            answers = local.wait(1.0)
        return answers[0].words["status"]

    assert run(first) == "CONVERGED"
    os.kill(local.pids[0], signal.SIGKILL)
    wait_until(lambda: not alive(local.pids[0]))
    assert run(second) == "CONVERGED"
    local.close()


@pytest.mark.slow
def test_no_slot_outlives_its_parent():
    code = f"""
import sys
sys.path.insert(0, {str(FOLDER)!r})
from test_slot import doing, tasks
from matopt.studies.slot_process import SlotProcess
for what, follows in (("hang", False), ("hang_holding_the_lock", True)):
    slot = SlotProcess(["misbehaving"], follows=follows)
    slot.send(tasks(doing(what))[0])
    for _ in range(2):  # it is loaded, and at work
        slot.receive()
    print(slot.pid, flush=True)
sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        pids = [int(parent.stdout.readline()) for _ in range(2)]
        assert all(map(alive, pids))
        parent.send_signal(signal.SIGKILL)
    wait_until(lambda: not any(map(alive, pids)))


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's part is Linux's")
@pytest.mark.slow
def test_not_even_a_slot_that_is_starting_outlives_its_parent():
    code = """
from matopt.studies.slot_process import SlotProcess
import os, signal
print(SlotProcess(follows=True).pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    time.sleep(0.2)
    assert not alive(int(told.stdout))


@pytest.mark.slow
def test_what_a_run_started_ends_with_it(slot):
    slot.run(tasks("LBFGS")[0])
    (task,) = tasks(doing("child"), time_limit=0.5)
    group = os.getpgid(slot.pid)
    assert slot.run(task).words["status"] == "TIMEOUT"

    wait_until(lambda: not members(group))


@pytest.mark.slow
def test_what_a_run_started_ends_with_the_parent():
    told = f"""
import sys; sys.path.insert(0, {str(FOLDER)!r})
from test_slot import *
slot = SlotProcess(["misbehaving"], follows=True)
(task,) = tasks(doing("child"))
slot.send(task)
print(slot.pid, flush=True)
slot.finish()
"""
    parent = subprocess.Popen([sys.executable, "-c", told], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    group = int(parent.stdout.readline())
    wait_until(lambda: "sleep" in members(group))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: not members(group))


def members(group):
    """The names of the processes of a group that have not ended."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended meanwhile
            head, _, rest = path.read_text().rpartition(")")
            state = rest.split()
            if int(state[2]) == group and state[0] not in "ZX":
                found.append(head.partition("(")[2])
    return found
