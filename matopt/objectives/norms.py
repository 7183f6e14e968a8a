"""Norms of vectors and matrices: (129)-(132)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from matopt.errors import OutOfDomain
from matopt.lazy import lazy
from matopt.linalg import Array, inner
from matopt.objectives.constant import (
    check_field,
    check_shape,
    check_single,
    optional,
    settle,
    shown,
)
from matopt.objectives.objective import Evaluation, Objective
from matopt.spaces import MatrixPoint, Seed, Space


class _Norm(Objective):
    """|X - a| or its square, in the inner product Re tr(X^H Y)."""

    squared: bool

    def difference(self, X: Any) -> Any:
        """X - a."""
        return X

    def at(self, point: MatrixPoint) -> Evaluation[_Norm]:
        return SquaredNormAt(self, point) if self.squared else NormAt(self, point)

    def beside(self, space: Space, x: Array, rng: Seed = None) -> Array:
        """A random matrix for the one at the kink of the norm."""
        if self.squared or self.difference(space.matrix(x)).any():
            return x
        return space.random(rng)

    def convex(self, cp: Any, X: Any) -> Any:
        """The norm, or the sum of squares."""
        D = self.difference(X)
        if self.squared:
            return cp.sum_squares(D)
        return cp.norm(D, "fro" if D.ndim == 2 else 2)


@dataclass(frozen=True)
class FrobeniusNorm(_Norm):
    """f(X) = |X|_F^2 = tr(X X^H), or |X|_F itself when not ``squared``.

    X of any shape. Gradient (132): 2 X; of the norm X / |X|_F. At X = 0 the norm has
    the subgradient 0 for its gradient and no Hessian (OutOfDomain). Runs to a minimum
    there end close by, as STALLED_AT_ROUNDING.
    """

    squared: bool = True

    def check(self, space: Space) -> None:
        """The unknown must be one matrix."""
        check_single(space)

    def isotropic(self) -> tuple[float, Array | float] | None:
        """|X|^2, if squared."""
        return (1.0, 0.0) if self.squared else None


@dataclass(frozen=True, eq=False, repr=False)
class TwoNorm(_Norm):
    """f(x) = |x - a|_2, or its square when ``squared``.

    Unknown x (n,) or (n, 1); a (n,), by default 0. Gradient (129): (x - a)/|x - a|,
    Hessian (130); squared (131): 2 (x - a). At x = a the norm has the subgradient 0
    for its gradient and no Hessian (OutOfDomain). Runs to a minimum there end close
    by, as STALLED_AT_ROUNDING.
    """

    a: Array | None = None
    squared: bool = False

    def __post_init__(self) -> None:
        settle(self, a=optional(self.a, "a", ndim=1))

    def __repr__(self) -> str:
        word = ", squared=True" if self.squared else ""
        return f"TwoNorm({shown(self.a)}{word})"

    def check(self, space: Space) -> None:
        """The unknown must be a vector of the length of a."""
        n = None if self.a is None else len(self.a)
        why = "TwoNorm takes a vector" if n is None else f"a has {n} entries"
        check_shape(space, why, (n,), (n, 1))
        check_field(space, a=self.a)

    def difference(self, X: Any) -> Any:
        return X if self.a is None else X - self.a.reshape(X.shape)


class _DifferenceAt(Evaluation[_Norm]):
    """D = X - a, which both have."""

    @lazy
    def _D(self) -> Array:
        D: Array = self.f.difference(self.point.dense)
        return D


class SquaredNormAt(_DifferenceAt):
    """|D|^2 with D = X - a."""

    @lazy
    def value(self) -> float:
        return inner(self._D, self._D)

    @lazy
    def gradient(self) -> Array:
        return 2.0 * self.point.adjoint(self._D)  # (131), (132)

    def hessp(self, v: Array) -> Array:
        return 2.0 * self.point.adjoint(self.point.along(v))


class NormAt(_DifferenceAt):
    """|D| with the unit vector U = D / |D|, which is 0 at D = 0."""

    @lazy
    def value(self) -> float:
        return math.sqrt(inner(self._D, self._D))

    @lazy
    def _U(self) -> Array:
        return self._D / self.value if self.value > 0.0 else 0.0 * self._D

    @lazy
    def gradient(self) -> Array:
        return self.point.adjoint(self._U)  # (129)

    def hessp(self, v: Array) -> Array:
        if self.value == 0.0:
            raise OutOfDomain(
                "a norm has no Hessian where it is zero; take its square, "
                "or a solver without second derivatives"
            )
        V = self.point.along(v)
        H = V - inner(self._U, V) * self._U  # (130)
        return self.point.adjoint(H) / self.value
