"""The log-determinant: (43), (57), (141)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from matopt.lazy import lazy
from matopt.linalg import Array
from matopt.objectives.constant import check_square
from matopt.objectives.objective import Evaluation, Objective
from matopt.spaces import MatrixPoint, Space


@dataclass(frozen=True)
class LogDet(Objective):
    """f(X) = ln |det X|, or ln det X of a Hermitian X.

    Gradient (43), (57): X^-H; by the free entries of a symmetric X, (141). Hessian
    along V: -X^-H V^H X^-H. Domain: X nonsingular; on a space of Hermitian matrices,
    positive definite.
    """

    def at(self, point: MatrixPoint) -> LogDetAt:
        return LogDetAt(self, point)

    def check(self, space: Space) -> None:
        """The unknown must be square."""
        check_square(space, "LogDet")

    def convex(self, cp: Any, X: Any) -> Any:
        """log_det, concave on Hermitian matrices: take a negative coefficient."""
        if not X.is_hermitian():  # ln |det X| is neither convex nor concave
            return super().convex(cp, X)
        return cp.log_det(X)


class LogDetAt(Evaluation[LogDet]):
    """What the point says."""

    @lazy
    def value(self) -> float:
        return self.point.logdet

    @lazy
    def gradient(self) -> Array:
        return self.point.logdet_gradient()

    def hessp(self, v: Array) -> Array:
        return self.point.logdet_hessp(v)
