"""The alternating direction method of multipliers, for f + c g with two prox."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from matopt.linalg import Array
from matopt.objectives import Iterate
from matopt.solvers.composite import Composite
from matopt.solvers.solver import Finished, Solver, Steps
from matopt.solvers.stagnation import Stagnation
from matopt.solvers.status import Status

_ROUNDING = 1e-10  # what may leave the space, relative to the largest entry


@dataclass(frozen=True)
class ADMM(Solver):
    """X <- prox_{f/rho}(Z - U), Z <- prox_{c g/rho}(X + U), U <- U + X - Z.

    For F = f + c g where both have a proximal operator in closed form:
    ``GaussianPrecisionLikelihood`` (by eigenvalues) or none, with any of
    ``LinearTrace``, ``FrobeniusNorm`` and ``SquaredDistance``, beside one norm such as
    ``L1Norm``. The iterates are the Z, with their exact zeros, or X where Z is outside
    the domain of f. rho is ``penalty`` at first, by default r = |gradient of f|/|X|. It
    doubles or halves while one of the residuals r |X - Z| and rho |Z - last Z| is
    ``balance`` times the other, in the first ``adapt`` iterations, after which the
    method is known to converge; ``relaxation`` is in (0, 2). ``result.detail`` has the
    last residuals |X - Z| and rho |Z - last Z|.

    Boyd, Parikh, Chu, Peleato and Eckstein, Distributed Optimization and Statistical
    Learning via the Alternating Direction Method of Multipliers (2011).
    """

    takes_kinks: ClassVar[bool] = True

    penalty: float | None = None
    relaxation: float = 1.6
    balance: float = 5.0
    adapt: int = 200
    patience: int = 100

    def __post_init__(self) -> None:
        """Check the numbers."""
        if self.penalty is not None and not 0.0 < self.penalty < math.inf:
            raise ValueError(f"penalty must be positive, got {self.penalty}")
        if not 0.0 < self.relaxation < 2.0:
            raise ValueError(f"relaxation must be in (0, 2), got {self.relaxation}")
        if not self.balance > 1.0:
            raise ValueError(f"balance must be above 1, got {self.balance}")

    def run(self, start: Iterate, report: Callable[[Iterate], None]) -> Status:
        """Report the iterates; the detail is the last residuals."""
        splitting = _Splitting(self, start)
        try:
            return self._report_all(splitting.steps(start), start, report)
        except Finished as end:
            raise Finished(end.status, splitting.detail) from None

    def steps(self, e: Iterate) -> Steps:
        """The iterates Z."""
        return (yield from _Splitting(self, e).steps(e))


class _Splitting:
    """One run: the two copies of the unknown, the scaled multiplier and rho."""

    def __init__(self, settings: ADMM, e: Iterate) -> None:
        """Begin at an iterate."""
        if e.space.factors:
            raise ValueError(
                f"ADMM searches for one matrix, and {e.space!r} has several; "
                "take ProximalGradient"
            )
        self._settings = settings
        self._problem = Composite.of(e, settings)
        self._unit = self._scale(e)
        self._rho = settings.penalty or self._unit
        self._Z: Array = np.array(e.matrix)
        self._U: Array = np.zeros_like(self._Z)
        self._X = self._Z
        self._primal = self._dual = math.nan
        self._check(e)

    def _scale(self, e: Iterate) -> float:
        """|gradient of f| / |X|, which changes with the units as rho should."""
        X, G = e.matrix, self._problem.gradient(e)
        g, x = float(np.linalg.norm(G)), float(np.linalg.norm(X))
        return g / x if x > 0.0 and g > 0.0 else 1.0

    @property
    def detail(self) -> str:
        """The last residuals."""
        return (
            f"primal residual {self._primal:.1e}, dual residual {self._dual:.1e}, "
            f"rho {self._rho:.3g}"
        )

    def steps(self, e: Iterate) -> Steps:
        """The start, then one iterate after each pair of proximal operators."""
        settings, count = self._settings, 0
        stalled = Stagnation(settings.patience)
        yield e
        while True:
            self._move()
            last, e = e, self._iterate()
            self._problem.follow(last, e)
            yield e
            count += 1
            if stalled(e):
                return Status.STALLED_AT_ROUNDING
            if count <= settings.adapt:
                self._rebalance()

    def _move(self) -> None:
        rho, Z = self._rho, self._Z
        self._X = self._smooth_prox(Z - self._U, 1.0 / rho)
        r = self._settings.relaxation
        ahead = r * self._X + (1.0 - r) * Z
        self._Z = self._problem.prox(ahead + self._U, 1.0 / rho)
        self._U = self._U + ahead - self._Z
        self._primal = float(np.linalg.norm(self._X - self._Z))
        self._dual = rho * float(np.linalg.norm(self._Z - Z))

    def _smooth_prox(self, M: Array, t: float) -> Array:
        return self._problem.smooth.objective.prox(M, t)

    def _iterate(self) -> Iterate:
        """F at Z, or at X if that is infinite."""
        e = self._problem.at(self._Z)
        return e if e.value < math.inf else self._problem.at(self._X)

    def _rebalance(self) -> None:
        b, primal = self._settings.balance, self._unit * self._primal
        if primal > b * self._dual:
            self._rho, self._U = 2.0 * self._rho, 0.5 * self._U
        elif self._dual > b * primal:
            self._rho, self._U = 0.5 * self._rho, 2.0 * self._U

    def _check(self, e: Iterate) -> None:
        """The space must be closed under the proximal operator of f."""
        Z = self._smooth_prox(e.matrix + e.space.matrix(e.space.random(0)), 1.0)
        off = float(np.max(np.abs(e.space.place(Z).dense - Z), initial=0.0))
        if off > _ROUNDING * (1.0 + float(np.max(np.abs(Z), initial=0.0))):
            raise TypeError(
                f"ADMM needs a space that the proximal operator of "
                f"{self._problem.smooth.objective!r} does not leave, and {e.space!r} "
                "it does; take ProximalGradient"
            )
