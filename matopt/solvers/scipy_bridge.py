"""The bridge to scipy.optimize.minimize, on spaces that are flat."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from matopt.errors import suggestion
from matopt.linalg import Array
from matopt.objectives import Iterate
from matopt.solvers.solver import Finished, Solver, Steps
from matopt.solvers.status import Status

_MANY = 2**31 - 1

# What keeps SciPy from stopping on its own: minimize does the stopping.
_ENDLESS: dict[str, dict[str, float]] = {
    "BFGS": {"gtol": 0.0, "maxiter": _MANY},
    "L-BFGS-B": {
        "ftol": 0.0,
        "gtol": 0.0,
        "maxiter": _MANY,
        "maxfun": _MANY,
        "maxls": 50,
    },
    "CG": {"gtol": 0.0, "maxiter": _MANY},
    "Newton-CG": {"xtol": 0.0, "maxiter": _MANY},
    "trust-ncg": {"gtol": 0.0, "maxiter": _MANY},
    "trust-krylov": {"gtol": 0.0, "maxiter": _MANY},
    "trust-exact": {"gtol": 0.0, "maxiter": _MANY},
}
METHODS = tuple(_ENDLESS)

_REFUSALS = 60  # each divides the radius by 4: a step of nothing, or of NaN

_PRODUCTS = ("Newton-CG", "trust-ncg", "trust-krylov")  # take Hessian products
_DENSE = ("trust-exact",)  # takes the Hessian


@dataclass(frozen=True)
class SciPy(Solver):
    """A method of scipy.optimize.minimize by its name, with our derivatives.

    Methods: BFGS, L-BFGS-B, CG, Newton-CG, trust-ncg, trust-krylov, trust-exact, in
    upper or lower case; ``options`` are SciPy's. The unknown is the parameter vector
    of a flat space. Outside the domain SciPy sees a finite barrier (``_Bridge``). The
    run converges when our gradient test passes; if SciPy stops before, the status is
    OUTSIDE_SOLVER_STOPPED, whatever SciPy claims, and ``result.detail`` quotes it.
    """

    method: str
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        """Check the name."""
        known = {name.lower(): name for name in METHODS}
        given = str(self.method).lower()
        if given not in known:
            raise ValueError(
                "method must be one of SciPy's smooth methods, "
                f"got {self.method!r}{suggestion(self.method, METHODS)}"
            )
        object.__setattr__(self, "method", known[given])
        if not isinstance(self.options, Mapping):
            raise TypeError(
                "options must be a dict of SciPy's options, "
                f"got {type(self.options).__name__}"
            )
        object.__setattr__(self, "options", dict(self.options))

    def steps(self, e: Iterate) -> Steps:
        """SciPy keeps its loop to itself: see ``run``."""
        raise TypeError("SciPy cannot be stepped from outside; call run or minimize")

    def run(self, start: Iterate, report: Callable[[Iterate], None]) -> Status:
        """Report the start and every iterate that SciPy accepts."""
        if not start.space.flat:
            raise TypeError(
                f"SciPy needs a flat space, and {start.space!r} is curved; take one of "
                "matopt's own solvers, or a Structure such as Symmetric(n)"
            )
        report(start)
        said = self._drive(_Bridge(start, report), start.x.copy())
        raise Finished(Status.OUTSIDE_SOLVER_STOPPED, f"SciPy {self.method}: {said}")

    def _drive(self, bridge: _Bridge, x: Array) -> str:
        """Let SciPy run from x, and return its message if it ends by itself."""
        derivatives: dict[str, Any] = {"jac": bridge.gradient}
        if self.method in _PRODUCTS:
            derivatives["hessp"] = bridge.hessp
        if self.method in _DENSE:
            derivatives["hess"] = bridge.hessian
        options = _ENDLESS[self.method] | dict(self.options)
        return drive(
            self.method, bridge.value, x, bridge.accept, options, **derivatives
        )


def drive(
    method: str,
    value: Callable[[Array], float],
    x: Array,
    accept: Callable[[Array], None],
    options: Mapping[str, Any],
    **derivatives: Any,
) -> str:
    """Let a method of SciPy run from x; its message, if it ends by itself."""
    from scipy import optimize

    minimize: Any = optimize.minimize  # its stubs want literal names
    wrong = optimize.OptimizeWarning
    quiet = np.errstate(over="ignore", invalid="ignore", divide="ignore")
    with quiet, warnings.catch_warnings():  # overflow in a trial is a value
        warnings.filterwarnings("ignore", "", RuntimeWarning, r"scipy\.optimize")
        warnings.filterwarnings("error", "Unknown solver options", wrong)
        try:
            answer = minimize(
                value,
                x,
                method=method,
                callback=accept,
                options=dict(options),
                **derivatives,
            )
        except wrong as unknown:
            raise TypeError(
                f"options must be those of SciPy's {method}: {unknown}"
            ) from None
    return str(answer.message)


class _Bridge:
    """SciPy's functions of an array, answered by one iterate a point.

    SciPy believes a point of infinite value to be its solution: its line searches
    interpolate, and give up. Outside the domain it is told instead
    f(a) + c |x - a|, with the last accepted point a and c = |gradient f(a)|, whose
    gradient points along x - a: no step there can be accepted, and interpolation
    finds a shorter one.
    """

    def __init__(self, start: Iterate, report: Callable[[Iterate], None]) -> None:
        """Begin at an iterate that has been reported."""
        self._accepted = self._trial = start
        self._report = report
        self._refused = 0  # trial steps since the last accepted one

    def _at(self, x: Array) -> Iterate:
        """The iterate at x; SciPy asks for the last trial, or for the last accepted."""
        for e in (self._trial, self._accepted):
            if np.array_equal(x, e.x):
                return e
        a = self._accepted
        point = a.space.point(x.copy())  # SciPy writes into its x
        self._trial = Iterate(a.restriction, point, x - a.x)
        return self._trial

    def value(self, x: Array) -> float:
        e = self._at(x)
        if e.value < math.inf:
            return e.value
        a = self._accepted
        rise = a.gradient_norm * float(np.linalg.norm(x - a.x))
        return a.value + max(rise, 1e-10 * max(1.0, abs(a.value)))

    def gradient(self, x: Array) -> Array:
        e = self._at(x)
        if e.value < math.inf:
            return np.array(e.gradient)
        a = self._accepted
        d: Array = x - a.x
        return a.gradient_norm / float(np.linalg.norm(d)) * d

    def hessp(self, x: Array, v: Array) -> Array:
        return self._at(x).hessp(np.array(v))

    def hessian(self, x: Array) -> Array:
        """SciPy asks at every trial; outside the domain, where it goes unused, I."""
        e = self._at(x)
        return e.hessian if e.value < math.inf else np.eye(x.size)

    def accept(self, xk: Array) -> None:
        """SciPy's callback; the trust-region methods call it after a refusal too."""
        e = self._at(xk)
        if e is not self._accepted:
            self._accepted = e
            self._refused = 0
            self._report(e)
            return
        self._refused += 1
        if self._refused == _REFUSALS:
            said = f"SciPy refused {_REFUSALS} steps in a row"
            raise Finished(Status.OUTSIDE_SOLVER_STOPPED, said)
