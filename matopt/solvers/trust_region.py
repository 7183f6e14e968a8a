"""The trust-region method with truncated conjugate gradients."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from matopt.objectives import Iterate
from matopt.solvers.line_search import outside
from matopt.solvers.solver import Solver, Steps
from matopt.solvers.stagnation import Stagnation
from matopt.solvers.status import Status
from matopt.solvers.truncated_cg import TruncatedCG

_EPS = float(np.finfo(float).eps)
_MAX_TRIALS = 60

Moved: TypeAlias = tuple[Iterate, float]  # the next iterate and radius


@dataclass(frozen=True)
class TrustRegion(Solver):
    """x <- R(v), v minimizing the quadratic model within a radius that it earns.

    rho = actual/predicted decrease: a step is taken if rho > ``accept``; the radius
    shrinks to a quarter if rho < 1/4 and doubles if rho > 3/4 at the radius. Both
    decreases have ``regularization`` times the rounding of f added, so that steps too
    small to be seen in values are taken. Conjugate gradients stop at a residual of
    |gradient| min(kappa, |gradient|^theta); a rejected step costs no Hessian product.
    Without exact second derivatives it takes differences of gradients.

    ``radius`` is the first one, by default a quarter of sqrt(dimension), or of |x|
    where that is longer and the space is flat.

    Absil, Baker and Gallivan, Trust-region methods on Riemannian manifolds (Found.
    Comput. Math., 2007); Conn, Gould and Toint, Trust-Region Methods (2000), 17.4.2.
    """

    radius: float | None = None
    max_radius: float = math.inf
    accept: float = 0.1
    kappa: float = 0.5
    theta: float = 0.5
    regularization: float = 1e3
    patience: int = 3

    def __post_init__(self) -> None:
        """Check the radii."""
        for name in ("radius", "max_radius"):
            value = getattr(self, name)
            if value is not None and not value > 0.0:
                raise ValueError(f"{name} must be positive, got {value}")

    def steps(self, e: Iterate) -> Steps:
        """Steps of the model."""
        stalled = Stagnation(self.patience)
        length = math.sqrt(e.space.dimension)
        if e.space.flat:
            length = max(length, float(np.linalg.norm(e.x)))
        radius = self.radius or 0.25 * length
        noise = 100.0 * _EPS * e.gradient_norm  # of a gradient
        while True:
            yield e
            if stalled(e):
                return Status.STALLED_AT_ROUNDING
            moved = self._move(e, radius, noise)
            if isinstance(moved, Status):
                return moved
            e, radius = moved

    def _move(self, e: Iterate, radius: float, noise: float) -> Moved | Status:
        """Shrink the radius until the model is good enough for a step."""
        norm = e.gradient_norm
        tolerance = norm * min(self.kappa, norm**self.theta)
        tolerance = max(tolerance, min(noise, 0.1 * norm))
        cg = TruncatedCG(e, tolerance)
        rounding = self.regularization * _EPS * max(1.0, abs(e.value))
        hope = 0.0  # the largest decrease that was predicted in vain
        for _ in range(_MAX_TRIALS):
            step = cg.within(radius)
            predicted = -e.inner(step.v, e.gradient + 0.5 * step.Hv)
            end = e.retract(step.v)
            if end.value == -math.inf:
                return Status.UNBOUNDED
            if 0.0 <= predicted <= rounding < hope and end.value < math.inf:
                return _vain(hope, rounding)
            rho = (e.value - end.value + rounding) / (predicted + rounding)
            if predicted < 0.0 or not rho > 0.25:
                radius = 0.25 * min(radius, e.norm(step.v))
            elif rho > 0.75 and step.at_radius:
                radius = min(2.0 * radius, self.max_radius)
            if predicted >= 0.0 and rho > self.accept:
                return end, radius
            hope = max(hope, predicted)
        return outside(end) if end.value == math.inf else _vain(hope, rounding)


def _vain(hope: float, rounding: float) -> Status:
    """Was there more to be had than rounding?"""
    if hope > 1e3 * rounding:
        return Status.MODEL_FAILED
    return Status.STALLED_AT_ROUNDING
