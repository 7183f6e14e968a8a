"""Runs on this machine: as many slots as workers, supervised by one thread."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Sequence

from matopt.studies.frames import Message
from matopt.studies.slot_process import SlotProcess, Task


class Local:
    """Slots on this machine; each run is in a process with limits of its own."""

    def __init__(self, workers: int | None = None, plugins: Sequence[str] = ()) -> None:
        self._workers = workers or available_cores()
        self._plugins = plugins
        self._slots: list[SlotProcess] = []

    @property
    def room(self) -> int:
        """How many runs may be submitted now."""
        return self._workers - len(self._busy)

    def submit(self, task: Task) -> None:
        """Begin a run in a slot that is free."""
        self._slots = [slot for slot in self._slots if not slot.closed]
        free = [slot for slot in self._slots if slot.idle]
        if not free:
            free = [SlotProcess(self._plugins, follows=True, alone=self._workers == 1)]
            self._slots += free
        free[0].send(task)

    def wait(self, seconds: float) -> list[Message]:
        """The answers of the runs that end first, or none after so many seconds."""
        end = time.monotonic() + seconds
        while True:
            now = time.monotonic()
            nearest = min([end, *(slot.deadline for slot in self._busy)])
            readable, _, _ = select.select(self._busy, [], [], max(0.0, nearest - now))
            answers = [slot.receive() for slot in readable]
            answers += [slot.expire() for slot in self._busy]
            found = [answer for answer in answers if answer is not None]
            if found or time.monotonic() >= end:
                return found

    @property
    def pids(self) -> list[int]:
        """The ids of the slots."""
        return [slot.pid for slot in self._slots]

    def close(self) -> None:
        """End every slot."""
        for slot in self._slots:
            slot.close()

    @property
    def _busy(self) -> list[SlotProcess]:
        return [slot for slot in self._slots if not slot.idle]


def available_cores() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
