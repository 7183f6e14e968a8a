"""A plugin for tests: a problem without a file, and solvers that behave badly."""

import ctypes
import os
import signal
import subprocess
import time
from dataclasses import dataclass, replace

import numpy as np

from matopt.objectives import SquaredDistance
from matopt.solvers import GradientDescent, Solver
from matopt.spaces import Dense
from matopt.studies import Problem


def nearest(n: int = 2) -> Problem:
    """The matrix nearest to another one is that matrix."""
    whole = Problem.load("principal-direction")
    target = np.arange(float(n * n)).reshape(n, n)
    return replace(
        whole,
        name="nearest",
        restriction=SquaredDistance(target).on(Dense(n, n)),
        start=np.zeros((n, n)),
        value=0.0,
        matrix=target,
    )


@dataclass(frozen=True)
class Doing(Solver):
    """Do something else than to solve."""

    what: str

    def steps(self, e):
        yield e
        getattr(self, self.what)()
        yield from GradientDescent().steps(e)

    def segfault(self):
        ctypes.string_at(0)

    def hang(self):
        time.sleep(3600)

    def hang_holding_the_lock(self):
        """Where no other thread of Python can run, and no signal handler."""
        ctypes.PyDLL(None).pause()

    def allocate(self):
        held = []
        while True:
            held.append(np.ones(1_000_000))

    def fail(self):
        raise RuntimeError("on purpose")

    def leave(self):
        os._exit(7)

    def kill(self):
        os.kill(os.getpid(), signal.SIGKILL)

    def prints(self):
        print("a line on stdout")
        os.write(1, b"and bytes under Python's feet\n")

    def compile(self):
        """A kernel of matopt, for types that it has not met."""
        from matopt.linalg.toeplitz_newton import solve

        solve(np.eye(2, dtype=np.float32), np.ones(2, np.float32))

    def child(self):
        """A process that would outlive the run."""
        subprocess.Popen(["sleep", "3599"])
        time.sleep(3600)


@dataclass(frozen=True)
class Sleeping(Solver):
    """Take time, then solve; each run leaves a line with its process in a file."""

    seconds: float = 0.05
    log: str = os.devnull

    def steps(self, e):
        with open(self.log, "a") as file:
            file.write(f"{os.getpid()}\n")
        time.sleep(self.seconds)
        yield from GradientDescent().steps(e)


problems = {"nearest": nearest}
solvers = {"Doing": Doing, "Sleeping": Sleeping}
