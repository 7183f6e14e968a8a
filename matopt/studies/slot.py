"""A slot: the process that runs are performed in, one after another.

Started as ``python -m matopt.studies.slot``, it reads tasks from its standard input and
answers on its standard output (``frames``). It ends when its input does, so that it
outlives nobody; what solvers print goes to its standard error.
"""

from __future__ import annotations

import faulthandler
import os
import queue
import select
import signal
import sys
import threading
from collections.abc import Mapping
from typing import Any

from matopt.studies.frames import Decoder, Message, encode
from matopt.studies.plugin import Catalogue
from matopt.studies.trial import Trials

_GRACE = 2.0  # seconds after which the kernel ends a run that nobody ended


class Slot:
    """The standard streams of the process, and the limits of the run at hand."""

    def __init__(self) -> None:
        self._output = os.dup(1)
        os.dup2(2, 1)
        self._tasks: queue.Queue[Mapping[str, Any]] = queue.Queue()
        self._limit = 0.0

    def listen(self) -> None:
        """Read tasks until the input ends; then end the process, whatever it does."""
        decoder = Decoder()
        source = os.dup(0)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)

        def read() -> None:
            while data := os.read(source, 1 << 16):
                for message in decoder.feed(data):
                    self._tasks.put(message.words)
            os._exit(0)

        threading.Thread(target=read, daemon=True).start()

    def say(self, message: Message) -> None:
        """Write all of the message."""
        left = memoryview(encode(message))
        while left:
            left = left[os.write(self._output, left) :]

    def phase(self, name: str) -> None:
        """Tell what begins, and let the kernel be the last to end it."""
        signal.setitimer(signal.ITIMER_REAL, self._limit + _GRACE)
        self.say(Message({"phase": name}))

    def serve(self) -> None:
        """Perform tasks for ever."""
        setup = self._tasks.get()
        sys.path[:] = setup["path"] or sys.path
        trials = Trials(Catalogue.of(setup["plugins"]), self.phase)
        while True:
            task = self._tasks.get()
            self._limit = task["time_limit"]
            answer = trials.perform(task)
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            self.say(answer)


def guard() -> None:
    """Fork a process that ends the whole group when the input ends.

    The slot alone would end too early, by the signal of its parent's death, to end what
    its run has started.
    """
    if os.fork():
        return
    os.closerange(1, os.sysconf("SC_OPEN_MAX"))  # the output ends with the slot
    ended = select.poll()
    ended.register(0, 0)  # only that it was hung up
    ended.poll()
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    """Serve the process that started this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # its parent decides
    guard()
    faulthandler.enable()
    slot = Slot()
    slot.listen()
    slot.serve()


if __name__ == "__main__":
    main()
