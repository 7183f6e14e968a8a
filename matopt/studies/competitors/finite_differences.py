"""SciPy without our derivatives: it takes differences of values."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from matopt.linalg import Array
from matopt.objectives import Iterate
from matopt.solvers import Finished, Solver, Status, Steps
from matopt.solvers.scipy_bridge import drive
from matopt.studies.competitors.method import copied, find

_MANY = 2**31 - 1

# What keeps SciPy from stopping on its own: minimize does the stopping.
_ENDLESS: dict[str, dict[str, float]] = {
    "BFGS": {"gtol": 0.0, "maxiter": _MANY},
    "L-BFGS-B": {"ftol": 0.0, "gtol": 0.0, "maxiter": _MANY, "maxfun": _MANY},
    "CG": {"gtol": 0.0, "maxiter": _MANY},
}


@dataclass(frozen=True)
class FiniteDifferences(Solver):
    """A method of scipy.optimize.minimize that sees values alone, no gradient.

    Methods: BFGS, L-BFGS-B and CG, in upper or lower case; ``options`` are SciPy's.
    The unknown is the parameter vector of a flat space, and a gradient costs as many
    values as it has entries: compare with ``SciPy(method)``, which has the exact one.
    A forward difference is exact to about half the digits, so that SciPy stops, with
    the status OUTSIDE_SOLVER_STOPPED, at gradient norms near 1e-5; ask
    ``Stop(gradient_norm=1e-4)`` for success. ``njev`` are the gradients by which
    ``minimize`` judged the iterates: SciPy did not see them.

    Outside the domain of f SciPy is told f(a) + (1 + |f(a)|) |x - a| with the last
    iterate a.
    """

    method: str
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        """Check the name, and hold the options alone."""
        object.__setattr__(self, "method", find(self.method, _ENDLESS, "method"))
        object.__setattr__(self, "options", copied(self.options, "SciPy's method"))

    def steps(self, e: Iterate) -> Steps:
        """SciPy keeps its loop to itself: see ``run``."""
        raise TypeError("SciPy cannot be stepped from outside; call run or minimize")

    def run(self, start: Iterate, report: Callable[[Iterate], None]) -> Status:
        """Report the start and every iterate that SciPy accepts."""
        if not start.space.flat:
            raise TypeError(
                f"FiniteDifferences needs a flat space, and {start.space!r} is curved; "
                "take a Structure such as Symmetric(n)"
            )
        report(start)
        values = _Values(start, report)
        options = _ENDLESS[self.method] | dict(self.options)
        x, accept = start.x.copy(), values.accept
        said = drive(self.method, values, x, accept, options, jac="2-point")
        raise Finished(
            Status.OUTSIDE_SOLVER_STOPPED, f"SciPy {self.method} by differences: {said}"
        )


class _Values:
    """The function that SciPy minimizes; it keeps values, not iterates, for reuse."""

    def __init__(self, start: Iterate, report: Callable[[Iterate], None]) -> None:
        """Begin at an iterate that has been reported."""
        self._accepted = start
        self._report = report
        self._known = {start.x.tobytes(): start.value}  # since it was accepted

    def __call__(self, x: Array) -> float:
        key = x.tobytes()
        if key not in self._known:
            self._known[key] = self._at(x).value
        value = self._known[key]
        return value if value < math.inf else self._barrier(x)

    def _barrier(self, x: Array) -> float:
        a = self._accepted
        return a.value + (1.0 + abs(a.value)) * float(np.linalg.norm(x - a.x))

    def _at(self, x: Array) -> Iterate:
        a = self._accepted
        return Iterate(a.restriction, a.space.point(x.copy()), x - a.x)

    def accept(self, xk: Array) -> None:
        """SciPy's callback: the iterate there, of the value that is known."""
        value = self._known.get(xk.tobytes())
        e = self._at(xk)
        if value is not None:
            e.value = value
        self._accepted, self._known = e, {xk.tobytes(): e.value}
        self._report(e)
