"""The bridge to cvxpy: the whole problem at once, for convex objectives."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from matopt.errors import OutOfDomain, suggestion
from matopt.objectives import Iterate
from matopt.solvers.composite import Composite
from matopt.solvers.proximal_gradient import proximal_step
from matopt.solvers.solver import Finished, Solver, Steps
from matopt.solvers.status import Status

_GENERAL = ("CLARABEL", "SCS")  # for all cones that our objectives need


@dataclass(frozen=True)
class Convex(Solver):
    """State the problem to cvxpy, solve it there, and report the iterate it finds.

    ``solver`` names one of cvxpy's (None: cvxpy chooses, and if that one cannot,
    CLARABEL or SCS solves), ``options`` go to its ``solve``. For what both the
    objective and the space can state convexly. The run converges when our gradient test
    passes at the solution; otherwise the status is OUTSIDE_SOLVER_STOPPED and
    ``result.detail`` quotes cvxpy. With a non-smooth term one proximal step follows,
    which makes its small entries zeros. Needs matopt[cvx].

    Diamond and Boyd, CVXPY: A Python-Embedded Modeling Language for Convex
    Optimization (JMLR 2016).
    """

    takes_kinks: ClassVar[bool] = True

    solver: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        """Check the options, and hold them alone."""
        if not isinstance(self.options, Mapping):
            raise TypeError(
                "options must be a dict of what cvxpy's solve takes, "
                f"got {type(self.options).__name__}"
            )
        object.__setattr__(self, "options", dict(self.options))

    def steps(self, e: Iterate) -> Steps:
        """The start, then the solution."""
        cp = _cvxpy()
        _check_solver(cp, self.solver)
        X, problem = _state(cp, e)
        yield e
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Solution may be inaccurate")  # we say so
            self._solve(cp, problem)
        name = getattr(problem.solver_stats, "solver_name", self.solver)
        said = f"cvxpy with {name}: {problem.status}"
        if problem.status in (cp.UNBOUNDED, cp.UNBOUNDED_INACCURATE):
            raise Finished(Status.UNBOUNDED, said)
        optimum = problem.value  # complex, with no imaginary part, of a matrix_frac
        if optimum is None or not math.isfinite(complex(optimum).real):
            raise Finished(Status.OUTSIDE_SOLVER_STOPPED, said)
        value = tuple(part.value for part in X) if e.space.factors else X.value
        penalty = e.restriction.objective.penalty
        if penalty is not None:
            value = penalty.prox(value, 0.0)  # into its domain, from nearby
        e = _solution(e, value, said)
        yield e
        if penalty is not None:
            yield from _polished(e)
        raise Finished(Status.OUTSIDE_SOLVER_STOPPED, said)

    def _solve(self, cp: Any, problem: Any) -> None:
        """By the solver named; else by cvxpy's choice, or by one that takes all."""
        errors = []
        for name in (self.solver,) if self.solver else (None, *_GENERAL):
            try:
                problem.solve(solver=name, **self.options)
                return
            except cp.error.SolverError as error:
                errors.append(error)
        said = f"cvxpy: {errors[0]}"
        raise Finished(Status.OUTSIDE_SOLVER_STOPPED, said) from errors[0]


def _state(cp: Any, e: Iterate) -> tuple[Any, Any]:
    """The matrix as an expression, and the problem, which cvxpy must see as convex."""
    f, space = e.restriction.objective, e.space
    X, constraints = space.expression(cp)
    problem = cp.Problem(cp.Minimize(f.convex(_Vocabulary(cp), X)), constraints)
    if not problem.is_dcp():
        raise TypeError(
            f"{f!r} is not convex by the rules of cvxpy on {space!r}; "
            "take TrustRegion or LBFGS"
        )
    return X, problem


class _Vocabulary:
    """cvxpy, but for its real(), which cannot be solved in a real problem."""

    def __init__(self, cp: Any) -> None:
        self._cp = cp

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cp, name)

    def real(self, expression: Any) -> Any:
        return expression if expression.is_real() else self._cp.real(expression)


def _solution(e: Iterate, value: Any, said: str) -> Iterate:
    outside = f"{said}, at a matrix that by rounding is outside the domain"
    try:
        end = e.restriction.at(value)
    except OutOfDomain as error:
        raise Finished(Status.LEFT_DOMAIN, f"{outside}: {error}") from error
    if end.value == math.inf:
        raise Finished(Status.LEFT_DOMAIN, outside)
    return end


def _polished(e: Iterate) -> Iterator[Iterate]:
    """A proximal step: what cvxpy leaves near a kink, 1e-9 for 0, is moved onto it."""
    problem = Composite.of(e, Convex())
    X = problem.entries(e)
    moved = proximal_step(problem, e, X, 1.0 / max(1.0, e.gradient_norm))
    if not isinstance(moved, Status):
        yield moved.e


def _cvxpy() -> Any:
    try:
        import cvxpy
    except ImportError as error:
        raise ImportError(
            "Convex needs cvxpy, which is an extra: pip install 'matopt[cvx]'"
        ) from error
    return cvxpy


def _check_solver(cp: Any, name: str | None) -> None:
    installed = cp.installed_solvers()
    if name is None or name in installed:
        return
    raise ValueError(
        "solver must be one that cvxpy has installed, "
        f"got {name!r}{suggestion(name, installed)}"
    )
