"""The proximal gradient method, accelerated and restarted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from matopt.linalg import Array, inner
from matopt.objectives import Iterate
from matopt.solvers.composite import Composite
from matopt.solvers.solver import Solver, Steps
from matopt.solvers.stagnation import Stagnation
from matopt.solvers.status import Status

_EPS = float(np.finfo(float).eps)
_MAX_TRIALS = 100


class _Moved(NamedTuple):
    """The next iterate, its matrix, the step size, and where the step began."""

    e: Iterate
    X: Array
    t: float
    Y: Array
    G: Array  # the gradient of f at Y


@dataclass(frozen=True)
class ProximalGradient(Solver):
    """X <- prox_{t c g}(Y - t grad f(Y)), Y ahead of X by the momentum of FISTA.

    For F = f + c g with a smooth f and a g that has kinks, such as ``L1Norm``; steps
    are taken in the entries of the matrix, or of all matrices of a ``Product``. t
    halves until f lies below its quadratic model at Y; after a step it grows by
    ``growth``. The first t is ``step``; by default it doubles from 1/|gradient| while
    the curvature along the step is less than 1/(4 t). The momentum is dropped when it
    points uphill, when F rises or when Y leaves the domain. ``patience`` iterates
    without progress are a stall.

    Beck and Teboulle, A fast iterative shrinkage-thresholding algorithm (SIAM J.
    Imaging Sci., 2009); O'Donoghue and Candes, Adaptive restart for accelerated
    gradient schemes (Found. Comput. Math., 2015); Scheinberg, Goldfarb and Bai, Fast
    first-order methods for composite convex optimization with backtracking (2014).
    """

    takes_kinks: ClassVar[bool] = True

    acceleration: bool = True
    step: float | None = None
    growth: float = 1.02
    patience: int = 50

    def __post_init__(self) -> None:
        """Check the step and its growth."""
        if self.step is not None and not 0.0 < self.step < math.inf:
            raise ValueError(f"step must be positive, got {self.step}")
        if not 1.0 <= self.growth < math.inf:
            raise ValueError(f"growth must be at least 1, got {self.growth}")

    def steps(self, e: Iterate) -> Steps:
        """Steps from X, or from Y ahead of it."""
        problem = Composite.of(e, self)
        yield e
        stalled = Stagnation(self.patience)
        t = self.step or 1.0 / max(1.0, e.gradient_norm)
        X = np.array(problem.entries(e))
        Y, theta, searching = X, 1.0, self.step is None
        while True:
            if stalled(e):
                return Status.STALLED_AT_ROUNDING
            moved = None
            if Y is not X:
                moved = self._ahead(problem, e, X, Y, t)
            if moved is None:
                Y, theta = X, 1.0
                found = proximal_step(problem, e, X, t)
                if isinstance(found, Status):
                    return found
                moved = found
            last, X_last = e, X
            e, X, t_last = moved.e, moved.X, moved.t
            problem.follow(last, e)
            yield e
            searching = searching and _is_flat(problem, moved)
            t = t_last * (2.0 if searching else self.growth)
            if not self.acceleration or e.value > last.value:
                Y, theta = X, 1.0
            else:
                ahead = 0.5 * (1.0 + math.sqrt(1.0 + 4.0 * theta**2 * t_last / t))
                Y, theta = X + (theta - 1.0) / ahead * (X - X_last), ahead

    def _ahead(
        self, problem: Composite, e: Iterate, X: Array, Y: Array, t: float
    ) -> _Moved | None:
        """The step from Y; None if it is outside the domain or points uphill."""
        y = problem.smooth_at(Y)
        if y.value == math.inf:
            return None
        found = proximal_step(problem, y, Y, t)
        if isinstance(found, Status) or inner(Y - found.X, found.X - X) > 0.0:
            return None
        return found if found.e.value <= e.value + _noise(e.value) else None


def proximal_step(
    problem: Composite, y: Iterate, Y: Array, t: float
) -> _Moved | Status:
    """The proximal step from Y with the first t, t/2, ... of sufficient decrease."""
    f, G = problem.value(y), problem.gradient(y)
    for _ in range(_MAX_TRIALS):
        X = problem.prox(Y - t * G, t)
        D = X - Y
        if not D.any():
            return Status.STALLED_AT_ROUNDING
        e = problem.at(X)
        if e.value == -math.inf:
            return Status.UNBOUNDED
        if e.value < math.inf and _is_below_model(problem, e, f, G, D, t):
            return _Moved(e, X, t, Y, G)
        t *= 0.5
    return Status.LEFT_DOMAIN if e.value == math.inf else Status.LINE_SEARCH_FAILED


def _is_below_model(
    problem: Composite, e: Iterate, f: float, G: Array, D: Array, t: float
) -> bool:
    """Is f(X) <= f + <G, D> + |D|^2/(2 t)? By slopes, where values are rounding."""
    linear, square = inner(G, D), inner(D, D)
    if 0.5 * square / t > 1e3 * _noise(f):
        return problem.value(e) <= f + linear + 0.5 * square / t + _noise(f)
    rise = inner(problem.gradient(e), D) - linear
    return rise <= square / t


def _is_flat(problem: Composite, moved: _Moved) -> bool:
    """Is the curvature of f along the step less than 1/(4 t)?"""
    D = moved.X - moved.Y
    return inner(problem.gradient(moved.e) - moved.G, D) < 0.25 * inner(D, D) / moved.t


def _noise(value: float) -> float:
    return 10.0 * _EPS * max(1.0, abs(value))
