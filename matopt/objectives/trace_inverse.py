"""The trace of an inverse: (63), (124)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from matopt.errors import NotPositiveDefinite
from matopt.lazy import lazy
from matopt.linalg import Array, hermitian_part, semidefinite_root
from matopt.objectives.constant import (
    check_field,
    check_shape,
    settle,
    shown,
    square,
)
from matopt.objectives.objective import Objective
from matopt.objectives.term import TermAt
from matopt.spaces import MatrixPoint, Space, Term


@dataclass(frozen=True, eq=False, repr=False)
class TraceInverse(Objective):
    """f(X) = Re tr(X^-1 B), X and B (n, n): keeps a covariance from singularity.

    Gradient (63), (124): -X^-H B^H X^-H. Hessian along V: (40) applied to it.
    Domain: X nonsingular; on a space of Hermitian matrices, positive definite.
    """

    B: Array

    def __post_init__(self) -> None:
        settle(self, B=square(self.B, "B"))

    def __repr__(self) -> str:
        return f"TraceInverse({shown(self.B)})"

    def at(self, point: MatrixPoint) -> TraceInverseAt:
        return TraceInverseAt(self, point)

    def check(self, space: Space) -> None:
        """X must have the order of B."""
        check_shape(space, f"B has shape {self.B.shape}", self.B.shape)
        check_field(space, B=self.B)

    def convex(self, cp: Any, X: Any) -> Any:
        """matrix_frac of Hermitian matrices, which see the Hermitian part of B alone.

        That must be positive semidefinite.
        """
        if not X.is_hermitian():
            return super().convex(cp, X)
        try:
            return cp.matrix_frac(semidefinite_root(hermitian_part(self.B), "B"), X)
        except NotPositiveDefinite:
            return super().convex(cp, X)


class TraceInverseAt(TermAt[TraceInverse]):
    """The point's own inverse trace."""

    @lazy
    def _term(self) -> Term:
        return self.point.inverse_trace(self.f.B)
