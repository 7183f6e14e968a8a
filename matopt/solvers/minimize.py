"""Minimize an objective on a space."""

from __future__ import annotations

import math
import platform
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike

from matopt.errors import OutOfDomain
from matopt.objectives import Iterate, Restriction
from matopt.solvers.lbfgs import LBFGS
from matopt.solvers.record import Callback, Record
from matopt.solvers.result import Result
from matopt.solvers.solver import Finished, Solver
from matopt.solvers.status import Status
from matopt.solvers.stop import Stop
from matopt.solvers.trust_region import TrustRegion
from matopt.spaces import Seed


def minimize(
    problem: Restriction,
    start: ArrayLike | None = None,
    *,
    solver: Solver | None = None,
    stop: Stop = Stop(),  # noqa: B008  frozen
    callback: Callback | None = None,
    rng: Seed = None,
    progress: bool = False,
) -> Result:
    """Minimize ``f.on(space)`` and say honestly how it went.

    ``start`` is a matrix of the space or a parameter vector; without it, the natural
    start of the objective or of the space, drawn with ``rng`` where it is random.
    ``solver`` is chosen when not given; ``result.solver`` names it. ``callback`` is
    called with every iterate; if it returns True or raises StopIteration, the run
    ends. Any other exception leaves with the result so far as its ``result``.
    """
    if not isinstance(problem, Restriction):
        raise TypeError(
            f"problem must be an objective on a space, f.on(space), "
            f"got {type(problem).__name__}"
        )
    record = Record(stop, (callback,) if callback is not None else ())
    problem = problem.counted(record)
    e = problem.start(rng) if start is None else problem.at(start)
    _check_start(e)
    solver = choose(problem) if solver is None else solver

    def result(status: Status) -> Result:
        return _result(record, record.best or e, status, solver, stop)

    try:
        status = solver.run(e, record.report)
    except Finished as end:
        status = end.status
    except KeyboardInterrupt:
        status = Status.INTERRUPTED
    except Exception as error:
        error.result = result(Status.INTERRUPTED)  # type: ignore[attr-defined]  # ours
        error.add_note("The last result of minimize is this exception's .result")
        raise
    return result(status)


def choose(problem: Restriction) -> Solver:
    """TrustRegion where second derivatives are exact, else LBFGS."""
    return TrustRegion() if problem.objective.has_hessian else LBFGS()


def _check_start(e: Iterate) -> None:
    """Raise what is wrong with the start point, if it is infeasible."""
    if math.isfinite(e.value):
        return
    try:
        value = e.evaluation.value
    except OutOfDomain as error:
        raise type(error)(
            f"the start is outside the domain of the objective: {error}; "
            "pass start= a matrix inside it"
        ) from error
    raise OutOfDomain(
        f"the objective is {value} at the start; "
        "pass start= a matrix where it is finite"
    )


def _result(
    record: Record, e: Iterate, status: Status, solver: Solver, stop: Stop
) -> Result:
    x = np.array(e.x)
    return Result(
        matrix=e.space.matrix(x),
        x=x,
        fun=e.value,
        gradient_norm=e.gradient_norm,
        status=status,
        nit=record.nit,
        nfev=record.nfev,
        njev=record.njev,
        nhev=record.nhev,
        nfactor=record.nfactor,
        seconds=record.seconds,
        solver=repr(solver),
        objective=repr(e.restriction.objective),
        space=repr(e.space),
        stop=repr(stop),
        history=record.history,
        versions=_versions(),
    )


def _versions() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
    }
