"""The matrices without negative entries, as a term that is 0 on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from matopt.linalg import Array
from matopt.objectives.constant import check_single
from matopt.objectives.nonsmooth import NonSmooth
from matopt.spaces import Space


@dataclass(frozen=True)
class Nonnegative(NonSmooth):
    """g(X) = 0 where all X_ij >= 0, else +inf; X real, of any shape.

    The proximal operator sets negative entries to zero. At a minimum of f + g the
    gradient of f is zero where X is positive, and at least zero where X is zero. For
    one matrix of a Product write ``Nonnegative().of(i)``.

    Lawson and Hanson, Solving Least Squares Problems (1974), chapter 23.

    >>> import numpy as np, matopt as mo
    >>> f = mo.SquaredDistance(np.array([[3.0, -0.5], [-2.0, 1.0]])) + mo.Nonnegative()
    >>> mo.minimize(f.on(mo.Dense(2, 2)), start=np.ones((2, 2))).matrix.round(6)
    array([[3., 0.],
           [0., 1.]])
    """

    def check(self, space: Space) -> None:
        """The unknown must be real."""
        check_single(space)
        if space.dtype is complex:
            raise ValueError(
                f"Nonnegative needs real matrices but {space!r} is complex; "
                "leave dtype=complex out"
            )
        super().check(space)

    def norm(self, X: Array) -> float:
        """0 or +inf."""
        return 0.0 if np.min(X, initial=0.0) >= 0.0 else float("inf")

    def dual_norm(self, Z: Array) -> float:
        """0 where no entry is positive, else +inf."""
        return 0.0 if np.max(Z, initial=0.0) <= 0.0 else float("inf")

    def prox(self, X: Array, t: float) -> Array:
        """The nearest matrix without negative entries, for every t."""
        return np.maximum(X, 0.0)

    def nearest(self, X: Array, G: Array, c: float) -> Array:
        """G, where X is zero only as far as it is negative."""
        M: Array = np.where(X > 0.0, G, np.minimum(G, 0.0))
        return M

    def convex(self, cp: Any, X: Any) -> Any:
        """The indicator of X >= 0."""
        return cp.transforms.indicator([X >= 0])
