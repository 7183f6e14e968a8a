"""Nonlinear conjugate gradients."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import numpy as np

from matopt.linalg import Array
from matopt.objectives import Iterate
from matopt.solvers.hager_zhang import HagerZhang
from matopt.solvers.line_search import LineSearch
from matopt.solvers.solver import Solver, Steps
from matopt.solvers.stagnation import Stagnation
from matopt.solvers.status import Status


class Beta(ABC):
    """How much of the last direction the next one keeps."""

    @abstractmethod
    def __call__(self, e: Iterate, g: Array, d: Array) -> float:
        """Beta at e, from the last gradient g and direction d, carried there."""


@dataclass(frozen=True)
class HagerZhangBeta(Beta):
    """<y - 2 d |y|^2/<d, y>, g+>/<d, y>, bounded below by -1/(|d| min(eta, |g|)).

    Hager and Zhang (SIAM J. Optim., 2005), equations (1.3) to (1.6).
    """

    eta: float = 0.01

    def __call__(self, e: Iterate, g: Array, d: Array) -> float:
        """The bounded beta."""
        y = e.gradient - g
        dy = e.inner(d, y)
        if dy == 0.0:
            return 0.0
        beta = (
            e.inner(y, e.gradient) - 2.0 * e.inner(y, y) * e.inner(d, e.gradient) / dy
        ) / dy
        return max(beta, -1.0 / (e.norm(d) * min(self.eta, e.norm(g))))


@dataclass(frozen=True)
class PolakRibiere(Beta):
    """max(0, <y, g+>/<g, g>): PR+."""

    def __call__(self, e: Iterate, g: Array, d: Array) -> float:
        """PR+."""
        return max(0.0, e.inner(e.gradient - g, e.gradient) / e.inner(g, g))


@dataclass(frozen=True)
class FletcherReeves(Beta):
    """<g+, g+>/<g, g>."""

    def __call__(self, e: Iterate, g: Array, d: Array) -> float:
        """FR."""
        return e.gradient_norm**2 / e.inner(g, g)


@dataclass(frozen=True)
class ConjugateGradient(Solver):
    """x <- R(t d), d <- -gradient + beta d carried along.

    Steepest descent again after 6 ``dimension`` steps, or when d is not a direction of
    clear descent. ``patience`` iterates without progress are a stall.

    Sato, Riemannian Optimization and Its Applications (2021), chapter 4.
    """

    beta: Beta = field(default_factory=HagerZhangBeta)
    search: LineSearch = field(default_factory=lambda: HagerZhang(curvature=0.4))
    patience: int = 50

    def steps(self, e: Iterate) -> Steps:
        """Conjugate directions."""
        stalled = Stagnation(self.patience)
        d, slope = -e.gradient, -(e.gradient_norm**2)
        t = 1.0 / max(1.0, e.gradient_norm)
        age = 0
        while True:
            yield e
            if stalled(e):
                return Status.STALLED_AT_ROUNDING
            found = self.search(e, d, slope, t)
            if isinstance(found, Status):
                return found
            end, t = found
            assert end.step is not None
            age += 1
            g, last = e.transport(end, end.step, np.array([e.gradient, d]))
            d = self.beta(end, g, last) * last - end.gradient
            t, slope = t * slope, end.inner(end.gradient, d)
            if age >= 6 * e.space.dimension or not self._descends(end, d, slope):
                d, slope, age = -end.gradient, -(end.gradient_norm**2), 0
            t = t / slope if slope < 0.0 else 0.0  # 0 at a gradient of exactly zero
            e = end

    def _descends(self, e: Iterate, d: Array, slope: float) -> bool:
        return slope < -1e-8 * e.gradient_norm * e.norm(d)
