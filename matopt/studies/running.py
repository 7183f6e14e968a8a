"""The coordinator: give out what is missing, and keep what comes back."""

from __future__ import annotations

import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from matopt.studies.cluster import LOST, Cluster
from matopt.studies.frames import Message
from matopt.studies.local import Local
from matopt.studies.outcome import FAILURES
from matopt.studies.plan import Planned
from matopt.studies.slot_process import Task
from matopt.studies.store import Store

_MOST_LOSSES = 2
_TICK = 0.5  # seconds between two looks at the progress

_log = logging.getLogger("matopt")


class Executor(Protocol):
    """Where runs are performed."""

    @property
    def room(self) -> int:
        """How many runs may be submitted now."""

    def submit(self, task: Task) -> None:
        """Begin a run."""

    def wait(self, seconds: float) -> list[Message]:
        """The answers of the runs that end first, or none after so many seconds."""

    def close(self) -> None:
        """End what still runs."""


@dataclass(frozen=True)
class Progress:
    """How a study stands."""

    total: int  # runs of the plan
    statuses: Counter[str] = field(default_factory=Counter)  # of those that are done
    before: int = 0  # done before this session
    seconds: float = 0.0  # of this session

    @property
    def done(self) -> int:
        """Runs that have an outcome."""
        return sum(self.statuses.values())

    @property
    def missing(self) -> int:
        """Runs that have none."""
        return self.total - self.done

    @property
    def failed(self) -> int:
        """Runs that returned no result."""
        return sum(self.statuses[status] for status in FAILURES)

    @property
    def remaining(self) -> float | None:
        """Seconds to the end, at the rate of this session so far."""
        if self.done == self.before:
            return None
        return self.seconds * self.missing / (self.done - self.before)

    @property
    def summary(self) -> dict[str, Any]:
        """The same as plain values."""
        return {
            "total": self.total,
            "done": self.done,
            "missing": self.missing,
            "failed": self.failed,
            "run_now": self.done - self.before,
            "seconds": self.seconds,
            "statuses": dict(self.statuses),
        }


class Coordinator:
    """One session: the runs that a store has not, through an executor."""

    def __init__(
        self, planned: Sequence[Planned], store: Store, executor: Executor
    ) -> None:
        kept = store.statuses()
        self._store = store
        self._executor = executor
        self._planned = {p.id: p for p in planned}
        self._missing = deque(p for p in planned if p.id not in kept)
        self._losses = Counter(store.losses())
        self._in_flight: set[str] = set()
        self._statuses = Counter(kept[id] for id in self._planned if id in kept)
        self._before = sum(self._statuses.values())
        self._began = time.monotonic()

    @property
    def progress(self) -> Progress:
        """How it stands."""
        seconds = time.monotonic() - self._began
        statuses = Counter(self._statuses)
        return Progress(len(self._planned), statuses, self._before, seconds)

    def run(self, show: Callable[[Progress], None]) -> None:
        """Run all that is missing. What is finished is kept before more begins."""
        answers: list[Message] = []
        while self._missing or self._in_flight or answers:
            self._keep(answers)
            show(self.progress)
            if not (self._missing or self._in_flight):
                return
            answers = self._executor.wait(_TICK)

    def _keep(self, answers: Iterable[Message]) -> None:
        """Commit the answers, and what is begun in their places; then begin it."""
        finished, lost = [], []
        for answer in answers:
            planned = self._planned[answer.words["id"]]
            self._in_flight.discard(planned.id)
            if answer.words["status"] == LOST:
                lost.append(planned)
                self._losses[planned.id] += 1
                self._missing.appendleft(planned)
            else:
                finished.append((planned, answer))
        finished += self._given_up()
        started = self._next()
        self._store.commit(finished, started, lost)
        for planned, answer in finished:
            self._note(planned, answer)
        for planned in started:
            self._executor.submit(planned.task)

    def _next(self) -> list[Planned]:
        room = min(self._executor.room, len(self._missing))
        started = [self._missing.popleft() for _ in range(room)]
        self._in_flight.update(p.id for p in started)
        return started

    def _given_up(self) -> list[tuple[Planned, Message]]:
        """Runs that were lost too often, as crashed: they may be the reason."""
        over = [p for p in self._missing if self._losses[p.id] >= _MOST_LOSSES]
        for planned in over:
            self._missing.remove(planned)
        message = f"Its worker or its machine died with it {_MOST_LOSSES} times."
        words = {"status": "CRASHED", "message": message}
        return [(p, Message({"id": p.id, **words})) for p in over]

    def _note(self, planned: Planned, answer: Message) -> None:
        status = answer.words["status"]
        self._statuses[status] += 1
        what = f"{planned.run.case}, {planned.run.method}, seed {planned.run.seed}"
        _log.info("%s: %s", what, status)


def run_all(
    planned: Sequence[Planned],
    store: Store,
    executor: Executor,
    show: Callable[[Progress], None] | None = None,
) -> Progress:
    """Run what the store has not; on the way out nothing is left running.

    An interruption leaves as KeyboardInterrupt, with all that was finished kept.
    """
    coordinator = Coordinator(planned, store, executor)
    ending = "interrupted"
    try:
        coordinator.run(show or (lambda progress: None))
        ending = "done"
    finally:
        executor.close()
        store.end(ending)
    return coordinator.progress


def executor(
    workers: int | None, scheduler: str | None, plugins: Sequence[str]
) -> Executor:
    """Slots on this machine, or the workers of a dask cluster."""
    if workers is not None and workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}; None for all")
    if workers is not None and scheduler is not None:
        raise ValueError(
            "give workers or scheduler, not both; a cluster has workers of its own"
        )
    if scheduler is not None:
        return Cluster(scheduler, plugins)
    return Local(workers, plugins)
