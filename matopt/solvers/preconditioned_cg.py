"""Conjugate gradients on A v = -g with an approximate inverse of A at hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np

from matopt.linalg import Array

Linear: TypeAlias = Callable[[Array], Array]


class Solution(NamedTuple):
    """Where it stopped: v is None if A was found not to be positive definite."""

    v: Array | None
    converged: bool


def solve(
    product: Linear, inverse: Linear, g: Array, forcing: float, limit: int
) -> Solution:
    """Solve until the residual is below ``forcing`` |g| in the norm of ``inverse``.

    Or for ``limit`` steps. Nocedal and Wright, Numerical Optimization (2006), 5.1.
    """
    v = np.zeros_like(g)
    r, z = g, inverse(g)
    p, rz = -z, float(g.dot(z))
    least = forcing * forcing * rz
    for _ in range(limit):
        Ap = product(p)
        curvature = float(p.dot(Ap))
        if not (curvature > 0.0 and math.isfinite(curvature)):
            return Solution(None, False)
        alpha = rz / curvature
        v = v + alpha * p
        r = r + alpha * Ap
        z = inverse(r)
        last, rz = rz, float(r.dot(z))
        if rz <= least:
            return Solution(v, True)
        p = (rz / last) * p - z
    return Solution(v, False)
