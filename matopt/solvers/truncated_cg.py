"""Conjugate gradients on H v = -gradient, stopped early: Steihaug and Toint."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from matopt.linalg import Array
from matopt.objectives import Iterate
from matopt.solvers.curvature import curvature


class Step(NamedTuple):
    """A step, the Hessian along it, and whether it ends at the radius."""

    v: Array
    Hv: Array
    at_radius: bool


@dataclass(frozen=True, eq=False)
class Direction:
    """p at v, and the inner products that say how long v + alpha p is."""

    p: Array
    vv: float
    vp: float
    pp: float

    def length2(self, alpha: float) -> float:
        """|v + alpha p|^2."""
        return self.vv + alpha * (2.0 * self.vp + alpha * self.pp)

    def reach(self, radius: float) -> float:
        """The alpha > 0 at which |v + alpha p| is the radius."""
        rest = radius * radius - self.vv
        # vp >= 0 in conjugate gradients: no cancellation
        return rest / (self.vp + math.sqrt(self.vp * self.vp + self.pp * rest))


@dataclass(frozen=True, eq=False)
class Leg:
    """From v to v + alpha p; alpha is infinite where <p, H p> is not positive."""

    start: Direction
    Hp: Array
    alpha: float


class TruncatedCG:
    """The legs of conjugate gradients from v = 0 at e, made when first needed.

    They do not depend on the radius of the trust region until they leave it, so a
    smaller radius costs no further product with the Hessian. A leg of no positive
    curvature has no end; any other reaches the minimum along p. They stop when the
    residual is at most ``tolerance``, or after 10 legs a dimension (but not more than
    500 in all, or one a dimension): where the Hessian is ill conditioned, rounding
    makes the one a dimension of exact arithmetic too few.

    Steihaug, The conjugate gradient method and trust regions in large scale
    optimization (SIAM J. Numer. Anal., 1983).
    """

    def __init__(self, e: Iterate, tolerance: float) -> None:
        """Take the place and the residual to reach."""
        self._e = e
        self._tolerance = tolerance
        n = e.space.dimension
        self._max_legs = min(10 * n, max(500, n))
        self._product = curvature(e)
        self._legs: list[Leg] = []
        self._r = e.gradient
        self._rr = e.gradient_norm**2
        self._next = Direction(-e.gradient, 0.0, 0.0, self._rr)

    def within(self, radius: float) -> Step:
        """The step of at most this length."""
        v = Hv = np.zeros_like(self._r)
        for leg in self._walk():
            at_radius = leg.start.length2(leg.alpha) >= radius * radius
            alpha = leg.start.reach(radius) if at_radius else leg.alpha
            v, Hv = v + alpha * leg.start.p, Hv + alpha * leg.Hp
            if at_radius:
                return Step(v, Hv, True)
        return Step(v, Hv, False)

    def newton(self) -> Array | None:
        """The step before the first leg that has no end; None if that is the first."""
        v: Array | None = None
        for leg in self._walk():
            if leg.alpha == math.inf:
                break
            v = leg.alpha * leg.start.p if v is None else v + leg.alpha * leg.start.p
        return v

    def _walk(self) -> Iterator[Leg]:
        yield from self._legs
        while len(self._legs) < self._max_legs and self._rr > self._tolerance**2:
            yield self._extend()

    def _extend(self) -> Leg:
        e, now = self._e, self._next
        Hp = self._product(now.p)
        pHp = e.inner(now.p, Hp)
        leg = Leg(now, Hp, self._rr / pHp if pHp > 0.0 else math.inf)
        self._legs.append(leg)
        if pHp > 0.0:
            self._r = self._r + leg.alpha * Hp
            rr = e.inner(self._r, self._r)
            beta, self._rr = rr / self._rr, rr
            self._next = Direction(
                beta * now.p - self._r,
                now.length2(leg.alpha),
                beta * (now.vp + leg.alpha * now.pp),
                rr + beta * beta * now.pp,
            )
        return leg
