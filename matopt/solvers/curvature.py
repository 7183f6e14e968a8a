"""Products with the Hessian: exact where f has them, else differences of gradients."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias, cast

import numpy as np

from matopt.linalg import Array
from matopt.objectives import Iterate
from matopt.objectives.difference import difference_quotient
from matopt.spaces import MatrixPoint, Product

Curvature: TypeAlias = Callable[[Array], Array]

_ROOT = float(np.sqrt(np.finfo(float).eps))


def curvature(e: Iterate) -> Curvature:
    """v -> the Hessian at e applied to v."""
    if e.restriction.objective.has_hessian:
        return e.hessp
    return lambda v: difference(e, v)


def difference(e: Iterate, v: Array) -> Array:
    """(gradient at R(h v), carried back, - gradient)/h with |h v| near 1e-8 |x|.

    In curved spaces, whose metrics know no units, near 1e-8. Boumal, Riemannian trust
    regions with finite-difference Hessian approximations are globally convergent
    (Geometric Science of Information, 2015).
    """
    length = e.norm(v)
    if length == 0.0:
        return np.zeros_like(v)

    def gradient(t: float) -> Array:
        if t == 0.0:
            return e.gradient
        near = e.retract(t * v)
        return near.transport(e, -e.transport(near, t * v, t * v), near.gradient)

    def inside(t: float) -> bool:
        near = e.retract(t * v)
        return math.isfinite(near.value) and bool((near.x != e.x).any())

    step = _ROOT * _room(e.point, v)
    most = max(step, _ROOT / length)
    return difference_quotient(gradient, inside, step, most, forward=True)


def _room(point: MatrixPoint, v: Array) -> float:
    """|x|/|v|, the least of a Product's factors; 1 for |x| where it says nothing."""
    space = point.space
    if point.parts:
        pairs = zip(point.parts, cast(Product, space).split(v), strict=True)
        return min(_room(part, w) for part, w in pairs if w.any())
    size = float(np.linalg.norm(point.x)) if space.flat else 1.0
    return (size or 1.0) / math.sqrt(space.inner(point, v, v))
