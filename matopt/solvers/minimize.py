"""Minimize an objective on a space."""

from __future__ import annotations

import logging
import math
import platform
from functools import partial
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike

from matopt.errors import OutOfDomain, nearest
from matopt.linalg import Array
from matopt.objectives import Iterate, Objective, Restriction
from matopt.solvers.lbfgs import LBFGS
from matopt.solvers.newton import FisherNewton
from matopt.solvers.progress import live_line
from matopt.solvers.proximal_gradient import ProximalGradient
from matopt.solvers.proximal_newton import ProximalNewton
from matopt.solvers.record import Callback, Record
from matopt.solvers.result import Later, Result, unasked
from matopt.solvers.scipy_bridge import METHODS, SciPy
from matopt.solvers.solver import Finished, Solver
from matopt.solvers.sparse_precision import SparsePrecision
from matopt.solvers.status import Status
from matopt.solvers.stop import Stop, check_stop
from matopt.solvers.trust_region import TrustRegion
from matopt.spaces import Seed
from matopt.spaces.space import check_seed

_VAIN = (
    Status.LINE_SEARCH_FAILED,
    Status.MODEL_FAILED,
    Status.LEFT_DOMAIN,
    Status.STALLED_AT_ROUNDING,
    Status.NOT_A_NUMBER,
)
# A run that ended in one of these may have crept on where there is no minimum.
_CREPT = (Status.MAX_ITERATIONS, Status.OUTSIDE_SOLVER_STOPPED)

_WITHOUT_MINIMUM = (Status.NEARLY_SINGULAR, Status.UNBOUNDED, Status.LEFT_DOMAIN)

_log = logging.getLogger("matopt")


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
    start of the objective or of the space, drawn with ``rng`` where it is random. A
    start outside the domain of the objective is an ``OutOfDomain`` error. Without
    ``solver`` it is FisherNewton for Gaussian likelihoods of Toeplitz matrices,
    TrustRegion elsewhere if second derivatives are exact, else LBFGS; with a non-smooth
    term ProximalNewton for a sparse precision, else ProximalGradient; ``result.solver``
    names it. ``callback`` is called with every iterate; if it returns True or raises
    StopIteration, the run ends. Any other exception leaves with the result so far as
    its ``result``. Ctrl-C ends the run, once the start is evaluated, with the best
    point so far.

    Nothing is printed unless ``progress`` asks for a live line on stderr; the logger
    "matopt" has every iterate at INFO, and a run that did not converge at WARNING.

    >>> import numpy as np, matopt as mo
    >>> f = mo.SquaredDistance(np.array([[1.0, 2.0], [4.0, 5.0]]))
    >>> mo.minimize(f.on(mo.Symmetric(2))).matrix.round(6)
    array([[1., 3.],
           [3., 5.]])
    """
    _check_arguments(problem, solver, stop, callback)
    check_seed(rng)
    given = () if callback is None else (callback,)
    if not progress:
        return _logged(_minimize(problem, start, solver, stop, given, rng))
    with live_line() as show:
        return _logged(_minimize(problem, start, solver, stop, (show, *given), rng))


def choose(problem: Restriction) -> Solver:
    """TrustRegion where second derivatives are exact, else LBFGS.

    FisherNewton where the mean of the second derivative is the information of the
    points, and that costs them little: for likelihoods of Toeplitz matrices.
    With a non-smooth term, ProximalNewton for a sparse precision, else
    ProximalGradient.
    """
    if problem.objective.penalty is not None:
        sparse = SparsePrecision.of(problem) is not None
        return ProximalNewton() if sparse else ProximalGradient()
    if problem.objective.expects_information and problem.space.quick_information:
        return FisherNewton()
    return TrustRegion() if problem.objective.has_hessian else LBFGS()


def _minimize(
    problem: Restriction,
    start: ArrayLike | None,
    solver: Solver | None,
    stop: Stop,
    callbacks: tuple[Callback, ...],
    rng: Seed,
) -> Result:
    raised: list[OutOfDomain] = []  # by a callback
    watched = tuple(_watched(c, raised) for c in callbacks)
    record = Record(stop, watched, problem.objective.unit(problem.space))
    problem = problem.counted(record)
    e = problem.start(rng) if start is None else problem.at(start)
    _check_start(e)
    problem.objective.check_minimum(problem.space)
    about: dict[str, Any] = {"seed": _seed(rng)}
    later: Later = {"stop": partial(repr, stop)}
    if solver is None:
        solver = choose(problem)
        later["solver"] = partial(repr, solver)
    else:
        about["solver"] = repr(solver)  # whose options may be written into
    _check_kinks(problem, solver)

    def result(status: Status, detail: str = "") -> Result:
        best = record.best or e
        status = _explain(record, best, status)
        if status in _WITHOUT_MINIMUM:
            doubt = problem.objective.doubt(problem.space)
            detail = "; ".join(filter(None, (doubt, detail)))
        answer = _result(record, best, status, detail, about, later)
        record.close()
        return answer

    detail = ""
    try:
        status = solver.run(e, record.report)
    except Finished as end:  # which holds this frame: it must not stay in it
        status, detail = end.status, end.detail
    except KeyboardInterrupt:
        status = Status.INTERRUPTED
    except Exception as error:
        if isinstance(error, OutOfDomain) and error not in raised:
            return result(Status.LEFT_DOMAIN, str(error))  # of a derivative
        error.result = result(Status.RAISED)  # type: ignore[attr-defined]  # ours
        error.add_note("The last result of minimize is this exception's .result")
        raise
    if not isinstance(status, Status):
        raise TypeError(
            f"steps of {type(solver).__name__} must return a Status that says why it "
            f"cannot go on, got {status!r}"
        )
    return result(status, detail)


def _check_kinks(problem: Restriction, solver: Solver) -> None:
    """Raise TypeError if f has a non-smooth term and the solver takes none."""
    if problem.objective.penalty is not None and not solver.takes_kinks:
        raise TypeError(
            f"{type(solver).__name__} needs a smooth objective, and "
            f"{problem.objective.penalty!r} is not; take ProximalGradient(), ADMM() "
            "or, for a sparse precision, ProximalNewton()"
        )


def _watched(callback: Callback, raised: list[OutOfDomain]) -> Callback:
    """The callback, with what it raises on its own account noted."""

    def call(e: Iterate) -> Any:
        try:
            return callback(e)
        except OutOfDomain as error:
            raised.append(error)
            raise

    return call


def _explain(record: Record, best: Iterate, status: Status) -> Status:
    """The status, or why a search was in vain: the problem has no minimum there.

    A run that creeps on until its limit is in vain where its matrix is singular.
    """
    status = record.explain(status)
    crept = status in _CREPT
    vain = (crept or status in _VAIN) and "gradient_norm" in vars(best)
    if not vain or best.gradient_norm < 1e-3 * record.history["gradient_norm"][0]:
        return status
    first = abs(float(record.history["value"][0]))
    if best.value / 1e12 < -max(1.0, first):
        return Status.UNBOUNDED
    matrices = best.matrix if isinstance(best.matrix, tuple) else (best.matrix,)
    worst = 1e15 if crept else 1e8
    singular = record.nfactor > 0 and any(_cond(A) > worst for A in matrices)
    return Status.NEARLY_SINGULAR if singular else status


def _cond(A: Array) -> float:
    """The condition number, infinity for NaN; 1 of a matrix that is not square."""
    if A.ndim != 2 or A.shape[0] != A.shape[1]:
        return 1.0
    cond = float(np.linalg.cond(A))
    return math.inf if math.isnan(cond) else cond


def _check_arguments(problem: Any, solver: Any, stop: Any, callback: Any) -> None:
    if not isinstance(problem, Restriction):
        if isinstance(problem, Objective):
            raise TypeError(
                f"problem must be an objective on a space, got {problem!r} alone; "
                "write minimize(f.on(space)) with the space of the unknown"
            )
        raise TypeError(
            f"problem must be an objective on a space, f.on(space), "
            f"got {type(problem).__name__}"
        )
    if solver is not None and not isinstance(solver, Solver):
        raise TypeError(f"solver must be a Solver, got {_suggest(solver)}")
    check_stop(stop)
    if callback is not None and not callable(callback):
        raise TypeError(
            f"callback must be a function of an iterate, got {type(callback).__name__}"
        )


def _suggest(solver: Any) -> str:
    """What was passed as a solver, and what to write instead."""
    if isinstance(solver, type) and issubclass(solver, Solver):
        one = 'SciPy("BFGS")' if solver is SciPy else f"{solver.__name__}()"
        return f"the class {solver.__name__}; make one: {one}"
    made = {name: f'SciPy("{name}")' for name in METHODS}
    ours = [c.__name__ for c in Solver.__subclasses__() if c is not SciPy]
    made |= {name: f"{name}()" for name in ours}
    near = " or ".join(made[name] for name in nearest(solver, made))
    got = f"the string {solver!r}" if isinstance(solver, str) else type(solver).__name__
    return f"{got}; " + (
        f"did you mean {near}?" if near else "pass one such as TrustRegion()"
    )


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
    record: Record,
    e: Iterate,
    status: Status,
    detail: str,
    about: dict[str, Any],
    later: Later,
) -> Result:
    measured = "gradient_norm" in vars(e)  # else its gradient is what raised
    x = np.array(e.x)
    known = {
        "x": x,
        "fun": e.value,
        "gradient_norm": e.gradient_norm if measured else math.nan,
        "status": status,
        "detail": detail,
        "nit": record.nit,
        "nfev": record.nfev,
        "njev": record.njev,
        "nhev": record.nhev,
        "nfactor": record.nfactor,
        "seconds": record.seconds,
        "cpu_seconds": record.cpu_seconds,
        "objective": repr(e.restriction.objective),  # which may hold large data
        **about,
    }
    later |= {
        "matrix": partial(e.space.matrix, x.copy()),
        "space": partial(repr, e.space),
        "history": record.snapshot(),
        "versions": _versions,
    }
    return unasked(known, later)


def _seed(rng: Seed) -> int | None:
    """The seed, or None for a generator, whose state is its owner's."""
    if isinstance(rng, np.random.Generator):
        return None
    return 0 if rng is None else int(rng)


def _logged(result: Result) -> Result:
    level = logging.INFO if result.success else logging.WARNING
    if _log.isEnabledFor(level):
        _log.log(level, "%s: %s %s", result.status, result.message, result.detail)
    return result


def _versions() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
    }
