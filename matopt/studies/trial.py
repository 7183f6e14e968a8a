"""One run inside its slot: load, warm up, repeat, and say what came of it."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from matopt.linalg import Array
from matopt.linalg.compilation import compilations
from matopt.solvers import Result, Solver, Stop, minimize
from matopt.studies.environment import environment
from matopt.studies.frames import Message
from matopt.studies.memory import forget_peak, limited, peak
from matopt.studies.plugin import Catalogue
from matopt.studies.problem import Problem
from matopt.studies.trace import compress

_KEPT = 4  # problems that a slot keeps loaded

Phase = Callable[[str], None]  # told what begins: the time limit is of each phase


class Refused(Exception):
    """The solver does not take this problem."""


class Trials:
    """Runs one after another in one process, which keeps what it has loaded."""

    def __init__(self, catalogue: Catalogue, phase: Phase) -> None:
        self._catalogue = catalogue
        self._phase = phase
        self._problems: dict[str, Problem] = {}
        self._warm: set[tuple[str, str]] = set()

    def perform(self, task: Mapping[str, Any]) -> Message:
        """What came of the run: never an exception."""
        trace, before = b"", compilations()
        forget_peak()
        try:
            with limited(task["memory_limit"]):
                problem, result = self._solve(task)
                words, trace = _words(problem, result), compress(result.history)
        except MemoryError as error:
            words = _failure("MEMORY", error)
        except Refused as error:
            words = {"status": "REFUSED", "message": str(error)}
        except Exception as error:
            words = _failure("ERROR", error)
        about = {
            "id": task["id"],
            "memory": peak(),
            "environment": environment(),
            "compiled": compilations() > before,
        }
        return Message({**words, **about}, trace)

    def _solve(self, task: Mapping[str, Any]) -> tuple[Problem, Result]:
        """The fastest of the repetitions, which are equal but for their time."""
        self._phase("load")
        problem = self._problem(task)
        solver = self._catalogue.solver(task["solver"], task["settings"])
        stop, start = Stop(**task["stop"]), problem.start_at(task["start"])
        self._warm_up(task, problem, start, solver, stop)
        best: Result | None = None
        for _ in range(task["repetitions"]):
            self._phase("solve")
            result = _minimize(problem, start, solver, stop)
            if best is None or result.seconds < best.seconds:
                best = result
        assert best is not None
        return problem, best

    def _problem(self, task: Mapping[str, Any]) -> Problem:
        key = f"{task['problem']} {sorted(task['parameters'].items())!r}"
        if key not in self._problems:
            name = task["name"]
            if self._catalogue.digest(name) != task["problem"]:
                raise ValueError(
                    f"{name} is another file here than where the study was planned; "
                    "install the same matopt on every machine"
                )
            while len(self._problems) >= _KEPT:
                self._problems.pop(next(iter(self._problems)))
            self._problems[key] = self._catalogue.problem(name, task["parameters"])
        return self._problems[key]

    def _warm_up(
        self,
        task: Mapping[str, Any],
        problem: Problem,
        start: Array,
        solver: Solver | None,
        stop: Stop,
    ) -> None:
        """Compile, import and fill caches where the clock does not see it."""
        pair = (task["problem"], task["solver"])
        if pair in self._warm:
            return
        self._phase("warm up")
        limits = task["stop"]["max_iterations"], 2
        few = min(limit for limit in limits if limit is not None)
        _minimize(problem, start, solver, Stop(**{**vars(stop), "max_iterations": few}))
        self._warm.add(pair)


def _minimize(
    problem: Problem, start: Array, solver: Solver | None, stop: Stop
) -> Result:
    """Minimize; a solver that does not even begin has refused the problem."""
    try:
        return minimize(problem.restriction, start, solver=solver, stop=stop)
    except (TypeError, ValueError) as error:
        begun = getattr(error, "result", None)
        if begun is None or not len(begun.history["value"]):
            raise Refused(str(error)) from error
        raise


def _words(problem: Problem, result: Result) -> dict[str, Any]:
    value = None if np.isnan(result.fun) else float(result.fun)
    return {
        "status": result.status.name,
        "message": "; ".join(filter(None, (result.message, result.detail))),
        "value": value,
        "gradient_norm": float(result.gradient_norm),
        "reference": problem.value,
        "gap": None if value is None else problem.gap(value),
        "tolerance": problem.tolerance,
        "dimension": problem.space.dimension,
        "nit": result.nit,
        "nfev": result.nfev,
        "njev": result.njev,
        "nhev": result.nhev,
        "nfactor": result.nfactor,
        "seconds": result.seconds,
        "cpu_seconds": result.cpu_seconds,
    }


def _failure(status: str, error: Exception) -> dict[str, Any]:
    told = "".join(traceback.format_exception(error))
    return {
        "status": status,
        "message": f"{type(error).__name__}: {error}",
        "traceback": told,
    }
