"""pymanopt's optimizers, on its manifolds that are our spaces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from matopt.linalg import Array
from matopt.objectives import Iterate
from matopt.solvers import Finished, Solver, Status, Steps
from matopt.spaces import PositiveDefinite, Space, Sphere, Stiefel
from matopt.studies.competitors.method import copied, find

OPTIMIZERS = ("SteepestDescent", "ConjugateGradient", "TrustRegions")
_REFUSALS = 60  # each divides a step by 2 or a radius by 4

# What keeps pymanopt from stopping on its own, but for a step of nothing.
_ENDLESS: dict[str, Any] = {
    "max_time": np.inf,
    "max_iterations": 2**31 - 1,
    "max_cost_evaluations": np.inf,
    "min_gradient_norm": 0.0,
    "min_step_size": 1e-300,
    "verbosity": 0,
}


@dataclass(frozen=True)
class Pymanopt(Solver):
    """An optimizer of pymanopt by its name, with our derivatives.

    Optimizers: SteepestDescent, ConjugateGradient, TrustRegions, in upper or lower
    case; ``options`` are those of its constructor. It runs on its own manifold, with
    its own retraction, transport and line search, where that has the metric of our
    space: Sphere and Stiefel (real), PositiveDefinite (real and complex), and every
    flat space as Euclidean vectors of parameters. Value, Riemannian gradient and
    Hessian are ours. The run converges when our gradient test passes; if pymanopt
    stops before, the status is OUTSIDE_SOLVER_STOPPED and ``result.detail`` quotes
    it. Needs matopt[peers].

    Townsend, Koep and Weichwald, Pymanopt: A Python Toolbox for Optimization on
    Manifolds using Automatic Differentiation (JMLR 2016).
    """

    optimizer: str
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        """Check the name, and hold the options alone."""
        name = find(self.optimizer, OPTIMIZERS, "optimizer")
        object.__setattr__(self, "optimizer", name)
        object.__setattr__(self, "options", copied(self.options, name))

    def steps(self, e: Iterate) -> Steps:
        """Pymanopt keeps its loop to itself: see ``run``."""
        raise TypeError("pymanopt cannot be stepped from outside; call run or minimize")

    def run(self, start: Iterate, report: Callable[[Iterate], None]) -> Status:
        """Report the start and every iterate that pymanopt accepts."""
        pymanopt = _pymanopt()
        manifold = _manifold(pymanopt, start.space)
        optimizer = self._optimizer(pymanopt)
        bridge = _Bridge(start, report, _frame(start.space))
        ours = pymanopt.function.numpy(manifold)
        problem = pymanopt.Problem(
            manifold,
            ours(bridge.value),
            riemannian_gradient=ours(bridge.gradient),
            riemannian_hessian=ours(bridge.hessp),
        )
        report(start)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            answer = optimizer.run(problem, initial_point=bridge.start)
        said = f"pymanopt {self.optimizer}: {answer.stopping_criterion}"
        raise Finished(Status.OUTSIDE_SOLVER_STOPPED, said)

    def _optimizer(self, pymanopt: Any) -> Any:
        try:
            cls = getattr(pymanopt.optimizers, self.optimizer)
            return cls(**_ENDLESS | dict(self.options))
        except TypeError as error:
            raise TypeError(
                f"options must be those of pymanopt's {self.optimizer}: {error}"
            ) from None


def _pymanopt() -> Any:
    try:
        import pymanopt
        import pymanopt.manifolds
        import pymanopt.optimizers
    except ImportError as error:
        raise ImportError(
            "Pymanopt needs pymanopt, which is an extra: pip install 'matopt[peers]'"
        ) from error
    return pymanopt


def _manifold(pymanopt: Any, space: Space) -> Any:
    """Its manifold of the same matrices, with the same metric."""
    theirs, is_real = pymanopt.manifolds, space.dtype is float
    if space.flat:
        return theirs.Euclidean(space.dimension)
    match space:
        case Sphere() if is_real:
            return theirs.Sphere(space.n)
        case Stiefel() if is_real:
            return theirs.Stiefel(space.n, space.p)
        case PositiveDefinite():
            kind = "Symmetric" if is_real else "Hermitian"
            return getattr(theirs, f"{kind}PositiveDefinite")(space.n)
    raise TypeError(
        f"pymanopt has no manifold with the points and the metric of {space!r}; take "
        "a real Sphere or Stiefel, PositiveDefinite, or a flat space"
    )


@dataclass(frozen=True)
class _Frame:
    """How an iterate and its tangents look to pymanopt: as they are."""

    def point(self, e: Iterate) -> Array:
        """The array of the point."""
        return e.x

    def outward(self, e: Iterate, v: Array) -> Array:
        """Its tangent for ours."""
        return v

    def inward(self, e: Iterate, v: Array) -> Array:
        """Our tangent for its."""
        return v


class _MovingFrame(_Frame):
    """U = L W L^H at X = L L^H, for our tangent W."""

    def point(self, e: Iterate) -> Array:
        return e.matrix

    def outward(self, e: Iterate, v: Array) -> Array:
        return e.point.along(v)

    def inward(self, e: Iterate, v: Array) -> Array:
        factor: Any = e.point.factor
        W: Array = factor.congruence(v)
        return W


def _frame(space: Space) -> _Frame:
    return _MovingFrame() if isinstance(space, PositiveDefinite) else _Frame()


class _Bridge:
    """Pymanopt's functions of an array, answered by one iterate a point.

    It asks for a gradient where it has accepted an iterate, and nowhere else.
    """

    def __init__(
        self, start: Iterate, report: Callable[[Iterate], None], frame: _Frame
    ) -> None:
        """Begin at an iterate that will have been reported."""
        self._accepted = self._trial = start
        self._report = report
        self._frame = frame
        self._refused = 0  # trials since the last accepted one
        self.start: Array = frame.point(start).copy()

    def _at(self, x: Array) -> Iterate:
        for e in (self._trial, self._accepted):
            if np.array_equal(x, self._frame.point(e)):
                return e
        a = self._accepted
        self._trial = Iterate(a.restriction, a.space.point(x.copy()))
        self._refused += 1
        if self._refused > _REFUSALS:
            said = f"pymanopt refused {_REFUSALS} steps in a row"
            raise Finished(Status.OUTSIDE_SOLVER_STOPPED, said)
        return self._trial

    def value(self, x: Array) -> float:
        return self._at(x).value

    def gradient(self, x: Array) -> Array:
        e = self._at(x)
        if e is not self._accepted:
            self._accepted, self._refused = e, 0
            self._report(e)
        return self._frame.outward(e, e.gradient)

    def hessp(self, x: Array, v: Array) -> Array:
        e = self._at(x)
        return self._frame.outward(e, e.hessp(self._frame.inward(e, v)))
