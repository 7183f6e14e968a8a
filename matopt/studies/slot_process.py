"""A slot seen from outside: started, given runs, watched and ended."""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, TypeAlias

from matopt.studies.environment import ALONE, THREADS
from matopt.studies.frames import Decoder, Message, encode

Task: TypeAlias = Mapping[str, Any]

_STARTUP = 60.0  # seconds for the imports of a slot, beside the time limit
_MOST_REPEATS = 2
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_PDEATHSIG = 1  # of prctl: the signal at the death of the parent
_TOLD = 4000  # characters of what a process said before it ended


class SlotProcess:
    """A process that performs one run at a time, within hard limits.

    Whatever happens to it, every task that it was sent has one answer.
    """

    def __init__(
        self, plugins: Sequence[str] = (), *, follows: bool = False, alone: bool = False
    ) -> None:
        """Start it; if it ``follows`` it ends with the thread that started it.

        ``alone`` says that no other run of the study goes on beside its own.
        """
        self.plugins = tuple(plugins)
        self.task: Task | None = None
        self.deadline = float("inf")
        self._follows = follows
        self._repeats = 0  # of the task, for it was compiled there
        self._alone = alone
        self._start()

    def _start(self) -> None:
        self._said = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "matopt.studies.slot"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            env={**os.environ, **THREADS, **({ALONE: "1"} if self._alone else {})},
            preexec_fn=partial(_follow, os.getpid()) if self._follows else None,
            start_new_session=True,  # a group of its own: what it starts ends with it
            bufsize=0,
        )
        self._decoder = Decoder()
        self._ready = False  # it has performed something
        self._begun = False  # it is at the task that it was sent
        self._closed = False
        self._write(Message({"plugins": list(self.plugins), "path": sys.path}))

    @property
    def closed(self) -> bool:
        """Has it ended with what it was at? One that died idle starts again."""
        return self._closed

    @property
    def alive(self) -> bool:
        """Is there a process?"""
        return not self._closed and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The id of the process, which is also that of its group."""
        return self._process.pid

    @property
    def idle(self) -> bool:
        """Is it at no run?"""
        return self.task is None

    def fileno(self) -> int:
        """For ``select``: readable when ``receive`` has something."""
        assert self._process.stdout is not None
        return self._process.stdout.fileno()

    def send(self, task: Task) -> None:
        """Let the slot begin a run."""
        self._repeats = 0
        self._send(task)

    def _send(self, task: Task) -> None:
        self.task, self._begun = task, False
        startup = 0.0 if self._ready else _STARTUP
        self.deadline = time.monotonic() + task["time_limit"] + startup
        self._said.seek(0)
        self._said.truncate()
        self._write(Message(task))

    def receive(self) -> Message | None:
        """Read what has arrived; the answer, if the run has ended."""
        data = os.read(self.fileno(), 1 << 16)
        if not data:
            return self._died()
        answer = None
        for message in self._decoder.feed(data):
            self._ready = self._begun = True
            if "phase" in message.words:
                assert self.task is not None
                self.deadline = time.monotonic() + self.task["time_limit"]
            else:
                answer = message
        if answer is not None and answer.words.get("compiled") and self._may_repeat():
            return None
        if answer is not None:
            self._rest()
            if answer.words["status"] == "MEMORY":
                self.close()
        return answer

    def expire(self) -> Message | None:
        """End a run whose time has passed; its answer then, else None."""
        if self.task is None or time.monotonic() < self.deadline:
            return None
        answer = self._failed("TIMEOUT", self._overdue)
        self.close()
        return answer

    def run(self, task: Task) -> Message:
        """Perform one run, and wait for it."""
        self.send(task)
        return self.finish()

    def finish(self) -> Message:
        """Wait for the run that was sent."""
        answer = None
        while answer is None:
            left = max(0.0, self.deadline - time.monotonic())
            readable, _, _ = select.select([self], [], [], left)
            answer = self.receive() if readable else self.expire()
        return answer

    def kill(self) -> None:
        """End the process and all that it started; whoever waits for it will see."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """End the process and let go of it."""
        self._closed = True
        self._rest()
        self.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._said):
            if stream is not None:
                stream.close()

    def _rest(self) -> None:
        self.task, self.deadline = None, float("inf")

    def _write(self, message: Message) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it died; receive says of what
            left = memoryview(encode(message))
            while left:
                left = left[self._process.stdin.write(left) or 0 :]

    @property
    def _overdue(self) -> str:
        limit = 0.0 if self.task is None else self.task["time_limit"]
        return f"The time limit of {limit:g} s passed; the process was ended."

    def _died(self) -> Message | None:
        """The process ended by itself: the answer of the run that it was at."""
        code = self._process.wait()
        if self.task is not None and self._ready and not self._begun:
            self._again(self.task)
            return None
        answer = None
        if self.task is not None and code == -signal.SIGALRM:
            answer = self._failed("TIMEOUT", self._overdue)
        elif self.task is not None and not self._ready:
            answer = self._failed("ERROR", "The process of the run did not start.")
        elif self.task is not None:
            answer = self._failed("CRASHED", f"The process ended by {_cause(code)}.")
        self.close()
        return answer

    def _may_repeat(self) -> bool:
        """Where kernels were compiled, run again with those from disk.

        Numbers and times are then those of every later run. Where nothing can be kept
        on disk, the answer will have to do.
        """
        self._repeats += 1
        if self.task is None or self._repeats > _MOST_REPEATS:
            return False
        self._again(self.task)
        return True

    def _again(self, task: Task) -> None:
        """Give the task to a new process, in the place of this one."""
        self.close()
        self._start()
        self._send(task)

    def _failed(self, status: str, message: str) -> Message:
        assert self.task is not None
        end = self._said.seek(0, os.SEEK_END)
        self._said.seek(max(0, end - _TOLD))
        told = self._said.read().decode(errors="replace")
        words = {"status": status, "message": message, "traceback": told}
        return Message({"id": self.task["id"], **words})


def _follow(parent: int) -> None:
    """Let the kernel end this process with the thread that started it (Linux).

    Called before its program begins, so that one that is still importing ends too.
    """
    if _LIBC is not None:
        _LIBC.prctl(_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def _cause(code: int) -> str:
    """A signal by its name, or the exit status."""
    if code >= 0:
        return f"itself with exit status {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
