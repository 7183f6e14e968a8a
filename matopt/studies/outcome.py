"""What a study consists of: runs, and what came of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from matopt.linalg import Array
from matopt.solvers import Status

# What came of a run that returned no result. A solver's own endings are the names of
# its Status; these are of the process that it ran in.
FAILURES = {
    "REFUSED": "The solver does not take this problem.",
    "ERROR": "An exception was raised; see the traceback.",
    "TIMEOUT": "The time limit of the run passed; its process was ended.",
    "MEMORY": "The memory limit of the run was reached.",
    "CRASHED": "The process ended without an answer, as by a segmentation fault.",
}
STATUSES = (*(status.name for status in Status), *FAILURES)


@dataclass(frozen=True)
class Run:
    """One problem, given to one solver from one start."""

    problem: str  # its name
    parameters: Mapping[str, Any]  # of the problem: sizes, difficulty
    solver: str  # as the study calls it
    settings: Mapping[str, Any]  # of the solver
    seed: int  # of the start; 0 is the problem's own

    @cached_property
    def case(self) -> str:
        """The problem with its parameters: what solvers are compared on."""
        return _call(self.problem, self.parameters)

    @cached_property
    def method(self) -> str:
        """The solver with its settings: what is compared."""
        return _call(self.solver, self.settings)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of a run. Numbers that a failed run does not have are None.

    ``trace`` has one array a column: value, gradient_norm, seconds, nfev, njev, nhev,
    nfactor; long ones are thinned, their first and last entry kept.
    """

    run: Run
    status: str  # one of STATUSES
    message: str = ""
    traceback: str = ""
    value: float | None = None
    gradient_norm: float | None = None
    reference: float | None = None  # the certified minimum; None: not known
    gap: float | None = None  # (value - reference) / max(1, |reference|)
    tolerance: float = 1e-8  # on the gap
    dimension: int | None = None  # of the space: n_p of a data profile
    nit: int | None = None
    nfev: int | None = None  # values
    njev: int | None = None  # gradients
    nhev: int | None = None  # Hessian products
    nfactor: int | None = None
    seconds: float | None = None  # the least of the repetitions
    cpu_seconds: float | None = None
    memory: int | None = None  # bytes, the peak of the process
    trace: Mapping[str, Array] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)  # versions, CPU, BLAS

    @property
    def converged(self) -> bool:
        """Did our own gradient test pass?"""
        return self.status == Status.CONVERGED.name

    @property
    def failed(self) -> bool:
        """Was there no result at all?"""
        return self.status in FAILURES

    @property
    def row(self) -> dict[str, Any]:
        """All but the trace and the environment, as numbers and strings."""
        solver = {f"solver.{k}": v for k, v in self.run.settings.items()}
        return {
            "problem": self.run.problem,
            "solver": self.run.solver,
            "seed": self.run.seed,
            "parameters": {**self.run.parameters, **solver},
            "status": self.status,
            "converged": self.converged,
            "value": self.value,
            "gradient_norm": self.gradient_norm,
            "reference": self.reference,
            "gap": self.gap,
            "iterations": self.nit,
            "evaluations": self.nfev,
            "gradients": self.njev,
            "hessian_products": self.nhev,
            "factorizations": self.nfactor,
            "seconds": self.seconds,
            "cpu_seconds": self.cpu_seconds,
            "memory": self.memory,
            "message": self.message,
            "traceback": self.traceback,
        }


def _call(name: str, arguments: Mapping[str, Any]) -> str:
    """name(key=value, ...), or the name alone."""
    inner = ", ".join(f"{key}={value!r}" for key, value in sorted(arguments.items()))
    return f"{name}({inner})" if inner else name
