"""Are the derivatives of an objective right?"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from matopt.check.report import EPS, Report, slope
from matopt.linalg import Array
from matopt.objectives import Iterate, Objective
from matopt.spaces import MatrixPoint, Seed, Space, generator


def check_objective(
    f: Objective,
    space: Space,
    rng: Seed = None,
    *,
    x: ArrayLike | None = None,
    hessian: bool = True,
) -> Report:
    """Check the derivatives of f on a space at x, by default a random matrix.

    The first Taylor remainder along a random curve must have slope 2, the second
    slope 3; the Hessian must be linear and symmetric and agree with its dense form;
    and a point must not be factorized twice. ``hessian=False`` leaves out the second
    derivatives.

    >>> import matopt as mo
    >>> report = mo.check.check_objective(mo.LogDet(), mo.PositiveDefinite(3), rng=0)
    >>> [m.name for m in report.measurements if m.is_order and m.number > 1.9]
    ['slope of the first Taylor remainder', 'slope of the second Taylor remainder']
    """
    draw = generator(rng)
    report = Report(f"check_objective {f!r} on {space!r}")
    e = f.on(space).at(space.matrix(space.random(draw)) if x is None else x)
    u, v = (space.random_tangent(e.point, draw) for _ in range(2))
    report.error("value is finite", 0.0 if math.isfinite(e.value) else 1.0, 0.0)
    remainder = _Remainder(e, v)
    first = remainder.slope(0.0)
    report.order("slope of the first Taylor remainder", first, 1.9)
    if hessian:
        _check_hessian(report, e, u, v, remainder)
    allowed = float(_leaves(e.point))  # one for each matrix
    report.error("factorizations of the point", e.point.factorizations, allowed)
    return report.done()


class _Remainder:
    """f along the curve of v, less its Taylor polynomial."""

    def __init__(self, e: Iterate, v: Array) -> None:
        self._e, self._v = e, v
        self._first = e.inner(e.gradient, v)
        self._largest = _feasible_length(e, v)
        ends = (e.retract(s * self._largest * v).value for s in (-1.0, 0.0, 1.0))
        change = abs(self._first) * self._largest
        # f(R(t v)) - f is known to the rounding of f, which each evaluation commits
        self._rounding = EPS * max(change, *map(abs, ends))

    def slope(self, second: float) -> float:
        """The order of the remainder, with this second derivative."""
        return slope(lambda t: self._at(t, second), self._rounding, self._largest)

    @property
    def rounding(self) -> float:
        """That of a second derivative, if its terms are what f is over such lengths."""
        return self._rounding / self._largest**2

    def _at(self, t: float, second: float) -> float:
        # of v and -v, whose third orders differ in sign: one may cancel the fourth
        e, signs = self._e, (1.0, -1.0)
        model = (e.value + s * t * self._first + 0.5 * t * t * second for s in signs)
        values = (e.retract(s * t * self._v).value for s in signs)
        return max(abs(f - m) for f, m in zip(values, model, strict=True))


def _check_hessian(
    report: Report, e: Iterate, u: Array, v: Array, remainder: _Remainder
) -> None:
    space = e.space
    Hu, Hv = e.hessp(u), e.hessp(v)
    second = remainder.slope(e.inner(v, Hv))
    report.order("slope of the second Taylor remainder", second, 2.9)
    # where f is constant the Hessian is the rounding of the gradient's terms, or of f
    g = float(np.linalg.norm(e.covector))
    size = max(e.norm(Hu), e.norm(Hv), 1e-3 * g, 1e11 * remainder.rounding, 1e-300)
    off = abs(e.inner(u, Hv) - e.inner(Hu, v))
    report.error("symmetry of the Hessian", off / size, 1e-9)
    combined = e.hessp(2.0 * u - 3.0 * v) - (2.0 * Hu - 3.0 * Hv)
    report.error("linearity of the Hessian", e.norm(combined) / size, 1e-9)
    if 0 < space.dimension <= 60:
        basis = space.tangent_basis(e.point)
        c = space.gram(e.point, basis, np.array([v]))[:, 0]
        Hc = space.gram(e.point, basis, np.array([Hv]))[:, 0]
        off = float(np.linalg.norm(e.hessian @ c - Hc))
        report.error("dense Hessian against products", off / size, 1e-9)


def _leaves(point: MatrixPoint) -> int:
    """How many matrices there are at the point."""
    return sum(map(_leaves, point.parts)) if point.parts else 1


def _feasible_length(e: Iterate, v: Array) -> float:
    """A length t <= 1 up to which f stays finite along v and -v."""
    t = 1.0
    for _ in range(40):
        if all(
            math.isfinite(e.retract(s * t * v).value) for s in (1.0, 0.5, -0.5, -1.0)
        ):
            return 0.5 * t
        t *= 0.5
    raise ValueError("the objective is not finite near the point; pass another x")
