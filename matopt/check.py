"""Conformance checks: does an objective, a space or a solver keep its promises?

Each check measures numbers, holds them against a bound, and raises ``CheckFailed``
with the table of all of them if one is out of bounds. They are meant for tests of
your own classes as much as for ours.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from matopt.linalg import Array
from matopt.objectives import Iterate, Objective
from matopt.spaces import MatrixPoint, Seed, Space, generator

if TYPE_CHECKING:
    from matopt.solvers import Solver

_EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class Measurement:
    """One number and its bound; an ``order`` must be at least its bound."""

    name: str
    number: float
    bound: float
    is_order: bool = False

    @property
    def passed(self) -> bool:
        """Is the number within the bound?"""
        if self.is_order:
            return self.number >= self.bound
        return self.number <= self.bound

    def __str__(self) -> str:
        sign = ">=" if self.is_order else "<="
        mark = "ok  " if self.passed else "FAIL"
        return f"{mark} {self.name:<44} {self.number:10.3g} {sign} {self.bound:.3g}"


class CheckFailed(AssertionError):
    """A measurement is out of bounds; ``report`` has all of them."""

    def __init__(self, report: Report) -> None:
        """Take the report."""
        super().__init__(str(report))
        self.report = report


@dataclass
class Report:
    """The measurements of one check."""

    title: str
    measurements: list[Measurement] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Are all measurements within their bounds?"""
        return all(m.passed for m in self.measurements)

    def error(self, name: str, number: float, bound: float) -> None:
        """Add a number that must be small."""
        self.measurements.append(Measurement(name, float(number), bound))

    def order(self, name: str, number: float, bound: float) -> None:
        """Add a slope that must be large."""
        self.measurements.append(Measurement(name, float(number), bound, True))

    def done(self) -> Report:
        """Return the report, or raise CheckFailed."""
        if not self.passed:
            raise CheckFailed(self)
        return self

    def __str__(self) -> str:
        return "\n".join([self.title, *map(str, self.measurements)])


def slope(residual: Callable[[float], float], floor: float, largest: float) -> float:
    """The order p of residual(t) ~ t^p as t -> 0, above the rounding ``floor``.

    Infinite if the residual is nowhere above the floor: then it vanishes.
    """
    t = largest * 0.5 ** np.arange(0.0, 24.0)
    r = np.array([residual(float(s)) for s in t])
    kept = np.isfinite(r) & (r > 1e3 * floor)
    last = int(np.flatnonzero(kept)[-1]) if kept.any() else 0
    if last < 2:
        return math.inf
    return float(0.5 * np.log2(r[last - 2] / r[last]))  # longer steps see higher orders


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

    def slope(self, second: float) -> float:
        """The order of the remainder, with this second derivative."""
        # f(R(t v)) - f is known to the rounding of f, which each evaluation commits
        size = max(1.0, abs(self._e.value), abs(self._first) * self._largest)
        return slope(lambda t: self._at(t, second), _EPS * size, self._largest)

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
    # where f is constant the Hessian is the rounding of the gradient's terms
    g = float(np.linalg.norm(e.evaluation.gradient))
    size = max(e.norm(Hu), e.norm(Hv), 1e-3 * g, 1e-300)
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


def check_space(
    space: Space, rng: Seed = None, *, x: ArrayLike | None = None
) -> Report:
    """Check the geometry of a space at x, by default a random matrix.

    Coordinates and matrix must map to each other, ``adjoint`` be the transpose of
    ``along``, the metric symmetric and positive, ``gradient`` represent covectors, the
    retraction start along its tangent, ``velocity`` be its derivative, ``transport``
    linear and near the identity for short steps.
    """
    draw = generator(rng)
    report = Report(f"check_space {space!r}")
    given = space.matrix(space.random(draw)) if x is None else x
    point = space.point(space.admit(given))
    A = _flat(given)
    size = max(1.0, _largest(A))
    back = _flat(space.matrix(space.parameters(space.matrix(point.x))))
    report.error("matrix(parameters(A)) = A", _largest(back - A) / size, 1e-12)
    report.error("point.dense = A", _largest(_flat(point.dense) - A) / size, 1e-12)
    u, v = (space.random_tangent(point, draw) for _ in range(2))
    _check_adjoint(report, point, v, draw)
    _check_metric(report, space, point, u, v, draw)
    _check_curves(report, space, point, u, v)
    return report.done()


def _normal(shape: tuple[int, ...], space: Space, draw: np.random.Generator) -> Array:
    G: Array = draw.standard_normal(shape)
    return G if space.dtype is float else G + 1j * draw.standard_normal(shape)


def _ambient(space: Space, draw: np.random.Generator) -> Any:
    """A normal matrix of the shape of the space; of a Product, a tuple of them."""
    if space.factors:
        return tuple(_ambient(factor, draw) for factor in space.factors)
    return _normal(space.shape, space, draw)


def _flat(A: Any) -> Array:
    """The entries of a matrix, or of a tuple of them, as one vector."""
    if isinstance(A, tuple):
        return np.concatenate([_flat(part) for part in A])
    return np.asarray(A).ravel()


def _largest(A: Array) -> float:
    return float(np.max(np.abs(A), initial=0.0))


def _pair(g: Array, v: Array) -> float:
    return float(np.vdot(g, v).real)


def _check_adjoint(
    report: Report, point: MatrixPoint, v: Array, draw: np.random.Generator
) -> None:
    space = point.space
    V = point.along(v)
    G = _ambient(space, draw)
    g, w = _flat(G), _flat(V)
    scale = float(np.linalg.norm(g) * np.linalg.norm(w)) + 1e-300
    off = abs(_pair(point.adjoint(G), v) - _pair(g, w)) / scale
    report.error("adjoint is the transpose of along", off, 1e-11)
    if len(space.shape) == 2 and not space.factors:
        m, n = space.shape
        left, right = _normal((m, 2), space, draw), _normal((n, 2), space, draw)
        off = _pair(point.adjoint(left, right), v) - _pair(left @ right.conj().T, V)
        report.error("adjoint(left, right)", abs(off) / scale, 1e-11)


def _check_metric(
    report: Report,
    space: Space,
    point: MatrixPoint,
    u: Array,
    v: Array,
    draw: np.random.Generator,
) -> None:
    uu, uv, vv = (space.inner(point, *pair) for pair in ((u, u), (u, v), (v, v)))
    unit = 1.0 if space.dimension else 0.0
    off = abs(uu - unit) + abs(vv - unit)
    report.error("random tangents have length one", off, 1e-9)
    report.error("symmetry of the metric", abs(uv - space.inner(point, v, u)), 1e-11)
    linear = space.inner(point, 2 * u - v, v) - (2 * uv - vv)
    report.error("linearity of the metric", abs(linear), 1e-11)
    stack = np.array([u, v])
    pairs = np.array([[uu, uv], [uv, vv]])
    off = _largest(space.gram(point, stack, stack) - pairs)
    report.error("gram is all inner products", off, 1e-11)
    basis = space.tangent_basis(point)
    report.error("length of the basis", abs(len(basis) - space.dimension), 0.0)
    if len(basis) == 0 or len(basis) != space.dimension:
        return
    off = float(
        np.max(np.abs(space.gram(point, basis, basis) - np.eye(space.dimension)))
    )
    report.error("orthonormality of the basis", off, 1e-9)
    g = point.adjoint(_ambient(space, draw))
    gradient = space.gradient(point, g)
    coefficients = space.gram(point, basis, np.array([gradient]))[:, 0]
    pairings = np.array([_pair(g, e) for e in basis])
    scale = float(np.max(np.abs(pairings))) + 1e-300
    off = float(np.max(np.abs(coefficients - pairings))) / scale
    report.error("gradient represents the covector", off, 1e-9)
    inside = np.tensordot(coefficients, basis, axes=1) - gradient
    off = float(np.max(np.abs(inside))) / (float(np.max(np.abs(gradient))) + 1e-300)
    report.error("gradient is tangent", off, 1e-9)


def _check_curves(
    report: Report, space: Space, point: MatrixPoint, u: Array, v: Array
) -> None:
    A, V = _flat(point.dense), _flat(point.along(v))
    largest = 0.25
    size = max(1.0, float(np.linalg.norm(A)))

    def departure(t: float) -> float:
        reached = _flat(space.retract(point, t * v).dense)
        return float(np.linalg.norm(reached - A - t * V))

    report.order(
        "slope of the retraction's remainder",
        slope(departure, _EPS * size, largest),
        1.9,
    )
    w = largest * v
    end = space.retract(point, w)
    h = 1e-5
    ahead = _flat(space.retract(point, (1 + h) * w).dense)
    behind = _flat(space.retract(point, (1 - h) * w).dense)
    moved = _flat(end.along(space.velocity(point, end, w)))
    off = float(np.linalg.norm((ahead - behind) / (2 * h) - moved))
    report.error("velocity is the derivative", off / size, 1e-7)
    stack = np.array([u, v])
    carried = space.transport(point, end, w, stack)
    one = space.transport(point, end, w, u)
    off = _largest(carried[0] - one)
    report.error("transport of a stack", off, 1e-11)
    if space.isometric:
        change = space.gram(end, carried, carried) - space.gram(point, stack, stack)
        report.error("transport is an isometry", float(np.max(np.abs(change))), 1e-11)
    linear = space.transport(point, end, w, 2 * u - v) - (2 * carried[0] - carried[1])
    report.error("linearity of the transport", _largest(linear), 1e-11)
    h = 1e-7
    near = space.retract(point, h * v)
    kept = _flat(near.along(space.transport(point, near, h * v, u)))
    off = float(np.linalg.norm(kept - _flat(point.along(u))))
    report.error("short transport is near the identity", off, 1e-4)


def check_solver(
    solver: Solver,
    start: Iterate,
    *,
    value: float | None = None,
    gradient_norm: float = 1e-6,
    max_iterations: int = 2000,
) -> Report:
    """Run a solver from an iterate until its gradient norm passes; check every step.

    The first iterate reported must be the start, none may be infeasible, and where the
    optimal ``value`` is given it must be reached.
    """
    report = Report(f"check_solver {solver!r} on {start.restriction!r}")
    seen: list[float] = []
    last = start

    def observe(e: Iterate) -> None:
        nonlocal last
        if not seen:
            report.error("first iterate is the start", abs(e.value - start.value), 0.0)
        seen.append(e.value)
        last = e
        if not math.isfinite(e.value):  # there is no gradient to ask for
            raise _Enough
        if e.gradient_norm <= gradient_norm or len(seen) > max_iterations:
            raise _Enough

    try:
        solver.run(start, observe)
    except _Enough:
        pass
    report.error("iterations", len(seen) - 1, max_iterations)
    report.error("infeasible iterates", float(np.sum(~np.isfinite(seen))), 0.0)
    if not math.isfinite(last.value):
        return report.done()
    report.error("gradient norm", last.gradient_norm, gradient_norm)
    again = start.restriction.at(last.matrix)
    scale = max(1.0, abs(last.value))
    report.error("value belongs to point", abs(again.value - last.value) / scale, 1e-9)
    if value is not None:
        report.error("gap to the optimum", (last.value - value) / scale, 1e-8)
    return report.done()


class _Enough(Exception):
    """Ends a run in ``check_solver``."""
