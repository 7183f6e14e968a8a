"""Products with the Hessian: exact where f has them, else differences of gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from matopt.linalg import Array
from matopt.objectives import Iterate

Curvature: TypeAlias = Callable[[Array], Array]

_ROOT = float(np.sqrt(np.finfo(float).eps))


def curvature(e: Iterate) -> Curvature:
    """v -> the Hessian at e applied to v."""
    if e.restriction.objective.has_hessian:
        return e.hessp
    return lambda v: difference(e, v)


def difference(e: Iterate, v: Array) -> Array:
    """(gradient at R(h v), carried back, - gradient)/h with |h v| near 1e-8.

    Boumal, Riemannian trust regions with finite-difference Hessian approximations are
    globally convergent (Geometric Science of Information, 2015).
    """
    length = e.norm(v)
    if length == 0.0:
        return np.zeros_like(v)
    h = _ROOT / length
    near = e.retract(h * v)
    back = -e.transport(near, h * v, h * v)
    return (near.transport(e, back, near.gradient) - e.gradient) / h
