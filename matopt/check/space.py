"""Is the geometry of a space consistent?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from matopt.check.report import EPS, Report, slope
from matopt.linalg import Array
from matopt.spaces import MatrixPoint, Seed, Space, generator


def check_space(
    space: Space, rng: Seed = None, *, x: ArrayLike | None = None
) -> Report:
    """Check the geometry of a space at x, by default a random matrix.

    Coordinates and matrix must map to each other, ``adjoint`` be the transpose of
    ``along`` and undo ``ambient`` where there is one, the metric symmetric and
    positive, ``gradient`` represent covectors, the retraction start along its tangent,
    ``velocity`` be its derivative, ``transport`` linear and near the identity for short
    steps.
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
    _check_ambient(report, point, point.adjoint(G))


def _check_ambient(report: Report, point: MatrixPoint, g: Array) -> None:
    try:
        back = point.adjoint(point.ambient(g))
    except TypeError:  # no gradient by the entries, which is allowed
        return
    off = _largest(back - g) / (_largest(g) + 1e-300)
    report.error("adjoint(ambient(g)) = g", off, 1e-9)


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
        slope(departure, EPS * size, largest),
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
