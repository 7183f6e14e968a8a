"""Runs on a dask cluster: each worker drives slots of its own.

The scheduler places runs and moves bytes. Limits, crashes and time are those of the
slots, as on one machine, for a dask worker cannot end what it has begun.
"""

from __future__ import annotations

import queue
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from matopt import __version__
from matopt.studies.frames import Message
from matopt.studies.slot_process import SlotProcess, Task

if TYPE_CHECKING:
    from distributed import Future

LOST = "LOST"  # the status of a run whose worker died with it
_SPARE = 1  # runs a worker has beyond those it performs, so that it never waits
_LOOK = 1.0  # seconds between two counts of the workers, which come and go
_HELD = "_matopt_slots"  # the attribute of a worker that holds its slots


class Cluster:
    """The workers of the dask scheduler at an address."""

    def __init__(self, address: str, plugins: Sequence[str] = ()) -> None:
        try:
            from distributed import Client
        except ImportError as error:
            raise ImportError("a cluster needs dask; install matopt[dask]") from error
        try:
            self._client = Client(address, set_as_default=False)
        except (OSError, ValueError) as error:
            raise ValueError(f"no dask scheduler at {address}: {error}") from error
        self._plugins = tuple(plugins)
        self._ended: queue.SimpleQueue[Future] = queue.SimpleQueue()
        self._tasks: dict[str, Task] = {}  # in flight, by the keys of their futures
        self._futures: dict[str, Future] = {}
        self._submitted = 0
        self._places = 0
        self._looked = float("-inf")
        self._topic = f"matopt-{self._client.id}"
        self._compare_versions()

    @property
    def room(self) -> int:
        """How many runs may be submitted now."""
        if time.monotonic() - self._looked > _LOOK:
            threads = self._client.nthreads().values()
            self._places = sum(threads) + _SPARE * len(threads)
            self._looked = time.monotonic()
        return max(0, self._places - len(self._futures))

    def submit(self, task: Task) -> None:
        """Let the scheduler place a run; whether it is repeated, we decide."""
        self._submitted += 1
        key = f"matopt-{task['id']}-{self._client.id}-{self._submitted}"
        begin = (self._topic, key)
        future = self._client.submit(
            perform, dict(task), self._plugins, begin, key=key, pure=False, retries=0
        )
        self._tasks[key], self._futures[key] = task, future
        future.add_done_callback(self._ended.put)

    def wait(self, seconds: float) -> list[Message]:
        """The answers of the runs that end first, or none after so many seconds."""
        ended: list[Future] = []
        with suppress(queue.Empty):
            ended.append(self._ended.get(timeout=seconds))
            while True:
                ended.append(self._ended.get_nowait())
        answers = map(self._answer, ended)
        return [answer for answer in answers if answer is not None]

    def close(self) -> None:
        """Drop what still runs, end the slots of all workers, and leave."""
        with suppress(Exception):  # the scheduler may be gone
            self._client.cancel(list(self._futures.values()))
            self._client.run(end_slots)
        self._client.close()

    def _answer(self, future: Future) -> Message | None:
        """What a run came to, fetched before its worker can die with it."""
        from distributed import KilledWorker

        key = future.key
        task, _ = self._tasks.pop(key), self._futures.pop(key)
        if future.status == "cancelled":
            raise ConnectionError("the dask scheduler is gone; run again when it is up")
        try:
            return Message(*future.result())
        except KilledWorker:
            if key in self._begun():
                return Message({"id": task["id"], "status": LOST})
            self.submit(task)  # it only stood in line there
            return None
        except Exception as error:
            words = {"status": "ERROR", "message": f"{type(error).__name__}: {error}"}
            return Message({"id": task["id"], **words})
        finally:
            future.release()

    def _begun(self) -> set[str]:
        """The keys of the runs that some worker began."""
        return {key for _, key in self._client.get_events(self._topic)}

    def _compare_versions(self) -> None:
        for worker, version in self._client.run(version_here).items():
            if version != __version__:
                raise ValueError(
                    f"the worker {worker} has matopt {version} and this is "
                    f"{__version__}; install the same everywhere"
                )


def version_here() -> str:
    """Of matopt, on a worker."""
    return __version__


class WorkerSlots:
    """The slots of a dask worker, whose threads share them."""

    def __init__(self) -> None:
        self._idle: deque[SlotProcess] = deque()  # its pop and append are atomic
        self._all: set[SlotProcess] = set()

    def perform(self, task: Task, plugins: Sequence[str]) -> Message:
        """One run in a slot that nobody uses, which is kept for the next."""
        slot = self._take(plugins)
        try:
            return slot.run(task)
        finally:
            if slot.idle and not slot.closed:
                self._idle.append(slot)
            else:
                self._end(slot)

    def kill(self) -> None:
        """End all slots, whatever they are at."""
        for slot in list(self._all):
            slot.kill()

    def _take(self, plugins: Sequence[str]) -> SlotProcess:
        while self._idle:
            try:
                slot = self._idle.pop()
            except IndexError:  # another thread was faster
                break
            if slot.plugins == tuple(plugins):
                return slot
            self._end(slot)
        made = SlotProcess(plugins)
        self._all.add(made)
        return made

    def _end(self, slot: SlotProcess) -> None:
        self._all.discard(slot)
        slot.close()


def perform(
    task: Task, plugins: Sequence[str], begin: tuple[str, str]
) -> tuple[Mapping[str, Any], bytes]:
    """One run, on a dask worker, which first tells the scheduler that it begins."""
    from distributed import get_worker

    worker = get_worker()
    worker.log_event(*begin)
    slots = vars(worker).setdefault(_HELD, WorkerSlots())
    words, payload = slots.perform(task, plugins)
    return words, payload


def end_slots(dask_worker: Any) -> None:
    """End the slots of this dask worker."""
    slots = vars(dask_worker).get(_HELD)
    if slots is not None:
        slots.kill()
