"""Distances along geodesics of positive definite matrices: the Karcher mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from matopt.lazy import lazy
from matopt.linalg import Array, Cholesky, as_hermitian, check_positive_definite
from matopt.objectives.constant import (
    check_field,
    check_shape,
    constant,
    freeze,
    settle,
)
from matopt.objectives.objective import Objective
from matopt.objectives.term import TermAt
from matopt.spaces import MatrixPoint, Seed, Space, Term


@dataclass(frozen=True, eq=False, repr=False)
class GeodesicDistance(Objective):
    """f(X) = sum of w_k d(X, A_k)^2 / 2 with d(X, A) = |log X^-1/2 A X^-1/2|.

    targets A_k (k, n, n), or one (n, n), positive definite; weights (k,), at least 0,
    by default all 1. The minimizer is the Karcher mean, the geometric mean of several
    matrices; d does not change under X -> M X M^H, A -> M A M^H, nor under inversion.
    Gradient in the metric of ``PositiveDefinite``, on which f is strictly convex along
    geodesics: -sum of w_k log A_k, seen from X = I. Domain: X positive definite.

    Bhatia, Positive Definite Matrices (2007), chapter 6; Bini and Iannazzo, Computing
    the Karcher mean of symmetric positive definite matrices (LAA, 2013).

    >>> import numpy as np, matopt as mo
    >>> f = mo.GeodesicDistance([np.diag([1.0, 8.0]), np.diag([4.0, 2.0])])
    >>> mo.minimize(f.on(mo.PositiveDefinite(2))).matrix.round(6)
    array([[2., 0.],
           [0., 4.]])
    """

    targets: Array
    weights: ArrayLike | None = None

    def __post_init__(self) -> None:
        A = constant(self.targets, "targets", ndim=(2, 3))
        A = A.reshape(-1, *A.shape[-2:])
        checked = [_checked(B, f"targets[{k}]") for k, B in enumerate(A)]
        w = constant(
            np.ones(len(A)) if self.weights is None else self.weights, "weights", ndim=1
        )
        if w.shape != (len(A),):
            raise ValueError(
                f"weights has {len(w)} numbers but targets has {len(A)} matrices; "
                "they must agree"
            )
        if np.iscomplexobj(w) or w.min() < 0.0 or not w.any():
            raise ValueError(
                "weights must be real numbers of at least 0, and one of them positive"
            )
        settle(self, targets=freeze(np.array(checked)), weights=w)

    def __repr__(self) -> str:
        k, n, _ = self.targets.shape
        return f"GeodesicDistance(<{k} matrices of order {n}>)"

    def at(self, point: MatrixPoint) -> GeodesicDistanceAt:
        return GeodesicDistanceAt(self, point)

    def check(self, space: Space) -> None:
        """Of Hermitian matrices of the order of the targets."""
        n = self.targets.shape[-1]
        check_shape(space, f"targets has matrices of order {n}", (n, n))
        if not space.hermitian:
            raise ValueError(
                "GeodesicDistance needs a space of symmetric (Hermitian) matrices, "
                f"{space!r} is not; take PositiveDefinite({n})"
            )
        check_field(space, targets=self.targets)

    def start(self, space: Space, rng: Seed = None) -> Array | None:
        """The weighted mean of the targets, where the space holds it."""
        w = cast(Array, self.weights)
        try:
            return space.parameters(np.tensordot(w / w.sum(), self.targets, 1))
        except (ValueError, TypeError):
            return None

    @lazy
    def roots(self) -> Array:
        """R_k with R_k R_k^H = A_k."""
        return np.array([Cholesky.of(A).L for A in self.targets])


def _checked(A: Array, name: str) -> Array:
    """A, found to be Hermitian and positive definite."""
    A = as_hermitian(A, name)
    check_positive_definite(A, name)
    return A


class GeodesicDistanceAt(TermAt[GeodesicDistance]):
    """The point knows in which coordinates to take the logarithms."""

    @lazy
    def _term(self) -> Term:
        return self.point.geodesic(self.f.roots, cast(Array, self.f.weights))
