"""Products with the Hessian: exact where f has them, else differences of gradients."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias, cast

import numpy as np

from matopt.errors import OutOfDomain
from matopt.linalg import Array
from matopt.objectives import Iterate
from matopt.objectives.difference import forward_quotient, room
from matopt.spaces import MatrixPoint, Product

Curvature: TypeAlias = Callable[[Array], Array]

_ROOT = float(np.sqrt(np.finfo(float).eps))


def curvature(e: Iterate) -> Curvature:
    """v -> the Hessian at e applied to v."""
    if e.restriction.objective.has_hessian:
        return e.hessp
    return lambda v: difference(e, v)


def difference(e: Iterate, v: Array) -> Array:
    """(gradient at R(h v), carried back, - gradient)/h with |h v| near 1e-8 x.

    In curved spaces, whose metrics know no units, near 1e-8. The value at R(h v), which
    is asked to be finite, is not counted. Boumal, Riemannian trust regions with
    finite-difference Hessian approximations are globally convergent (Geometric Science
    of Information, 2015).
    """
    length = e.norm(v)
    if length == 0.0:
        return np.zeros_like(v)

    def gradient(t: float) -> Array | None:
        near = e.retract(t * v)
        if not _is_inside(near) or (near.x == e.x).all():
            return None
        try:
            there = near.gradient
        except OutOfDomain:
            return None
        return near.transport(e, -e.transport(near, t * v, t * v), there)

    size = max(1.0, float(np.linalg.norm(e.x))) if e.space.flat else 1.0
    step, most = _ROOT * _room(e.point, v), _ROOT * size / length
    return forward_quotient(gradient, e.gradient, step, most)


def _is_inside(e: Iterate) -> bool:
    """Is the value finite? Only factorizations are counted."""
    before = e.point.factorizations
    try:
        return math.isfinite(e.evaluation.value)
    except OutOfDomain:
        return False
    finally:
        e.restriction.counts.nfactor += e.point.factorizations - before


def _room(point: MatrixPoint, v: Array) -> float:
    """How often v fits into x, the least of a Product's factors; 1/|v| if curved."""
    space = point.space
    if point.parts:
        pairs = zip(point.parts, cast(Product, space).split(v), strict=True)
        return min(_room(part, w) for part, w in pairs if w.any())
    if space.flat:
        return room(point.x, v)
    return 1.0 / math.sqrt(space.inner(point, v, v))
