"""The trace of a power: (121), (122)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matopt.lazy import lazy
from matopt.linalg import Array, herm, inner, product
from matopt.objectives.constant import (
    check_field,
    check_shape,
    check_square,
    settle,
    shown,
    square,
)
from matopt.objectives.objective import Evaluation, Objective
from matopt.objectives.term import TermAt
from matopt.spaces import MatrixPoint, Space, Term

_MOST = 1000  # factors, of which every power is kept


@dataclass(frozen=True, eq=False, repr=False)
class TracePower(Objective):
    """f(X) = Re tr(A X^k) for an integer k from -1000 to 1000; A is I by default.

    X (n, n), A (n, n). Gradient (122): sum over r < k of (X^r A X^(k-1-r))^H; for
    A = I it is k (X^(k-1))^H (121). Domain: for k < 0, where the point can be solved
    with: X nonsingular, and positive definite on a space of Hermitian matrices.
    """

    k: int
    A: Array | None = None

    def __post_init__(self) -> None:
        if isinstance(self.k, bool) or not isinstance(self.k, int | np.integer):
            raise TypeError(f"k must be an integer, got {self.k!r}")
        if not -_MOST <= self.k <= _MOST:
            raise ValueError(
                f"k must be from {-_MOST} to {_MOST}, got {self.k}; larger powers "
                "overflow unless every eigenvalue is near the unit circle"
            )
        A = None if self.A is None else square(self.A, "A")
        settle(self, k=int(self.k), A=A)

    def __repr__(self) -> str:
        return f"TracePower({self.k}{'' if self.A is None else f', {shown(self.A)}'})"

    def at(self, point: MatrixPoint) -> Evaluation[TracePower]:
        if self.k >= 0:
            return PowerAt(self, point)
        return InverseAt(self, point) if self.k == -1 else InversePowerAt(self, point)

    def check(self, space: Space) -> None:
        """X must be square, of the order of A."""
        check_square(space, "TracePower")
        if self.A is not None:
            check_shape(space, f"A has shape {self.A.shape}", self.A.shape)
            check_field(space, A=self.A)


class PowerAt(Evaluation[TracePower]):
    """k >= 0."""

    @lazy
    def _power(self) -> _Power:
        return _Power(self.point.dense, self.f.k, self.f.A)

    @lazy
    def value(self) -> float:
        return self._power.value

    @lazy
    def gradient(self) -> Array:
        return self.point.adjoint(self._power.gradient)

    def hessp(self, v: Array) -> Array:
        return self.point.adjoint(self._power.hessp(self.point.along(v)))


class InverseAt(TermAt[TracePower]):
    """k = -1: the point may know a faster way."""

    @lazy
    def _term(self) -> Term:
        A = self.f.A
        n = self.point.space.shape[0]
        return self.point.inverse_trace(np.eye(n) if A is None else A)


class InversePowerAt(Evaluation[TracePower]):
    """k < -1: the power -k of Y = X^-1, and dY = -Y dX Y (40)."""

    @lazy
    def _Y(self) -> Array:
        n = self.point.space.shape[0]
        return self.point.solve(np.eye(n, dtype=self.point.space.dtype))

    @lazy
    def _power(self) -> _Power:
        return _Power(self._Y, -self.f.k, self.f.A)

    @lazy
    def value(self) -> float:
        return self._power.value

    @lazy
    def _G(self) -> Array:
        return self._between(self._power.gradient)

    def _between(self, G: Array) -> Array:
        """-Y^H G Y^H: the gradient by X of one by Y."""
        YH = herm(self._Y)
        return -product(product(YH, G), YH)

    @lazy
    def gradient(self) -> Array:
        return self.point.adjoint(self._G)

    def hessp(self, v: Array) -> Array:
        V, Y = self.point.along(v), self._Y
        YV, VY = product(Y, V), product(V, Y)
        outside = product(herm(VY), self._G) + product(self._G, herm(YV))
        inside = self._between(self._power.hessp(-product(YV, Y)))
        return self.point.adjoint(inside - outside)


class _Power:
    """Re tr(A X^k) for k >= 0 as a function of any square X, with ambient derivatives.

    S_k = sum over r < k of X^r A X^(k-1-r) by S_(j+1) = X S_j + A X^j, S_0 = 0.
    """

    def __init__(self, X: Array, k: int, A: Array | None) -> None:
        self._X, self._k, self._A = X, k, A

    def _times_A(self, B: Array) -> Array:
        return B if self._A is None else product(self._A, B)

    @lazy
    def _powers(self) -> list[Array]:
        """X^0, ..., X^(k-1)."""
        powers: list[Array] = [np.eye(len(self._X), dtype=self._X.dtype), self._X]
        while len(powers) < self._k:
            powers.append(product(self._X, powers[-1]))
        return powers[: self._k]

    @lazy
    def _AX(self) -> list[Array]:
        """A X^j for j < k."""
        return [self._times_A(P) for P in self._powers]

    @lazy
    def value(self) -> float:
        if self._k == 0:
            trace = len(self._X) if self._A is None else self._A.trace().real
            return float(trace)
        last = self._powers[-1] if self._A is None else self._AX[-1]
        return inner(herm(last), self._X)

    @lazy
    def _sums(self) -> list[Array]:
        """S_1, ..., S_k."""
        sums = self._AX[:1]
        for AXj in self._AX[1:]:
            sums.append(product(self._X, sums[-1]) + AXj)
        return sums

    @lazy
    def gradient(self) -> Array:
        if self._k == 0:
            return np.zeros_like(self._X)
        if self._A is None:
            return self._k * herm(self._powers[-1])  # (121)
        return herm(self._sums[-1])  # (122)

    def hessp(self, V: Array) -> Array:
        """The derivative of the gradient along V, by differentiating the recursion."""
        if self._k < 2:
            return np.zeros_like(self._X)
        return herm(self._plain(V) if self._A is None else self._general(V))

    def _plain(self, V: Array) -> Array:
        """k times the derivative of X^(k-1)."""
        E = V
        for P in self._powers[1:-1]:
            E = product(self._X, E) + product(V, P)
        return self._k * E

    def _general(self, V: Array) -> Array:
        E, D = V, self._times_A(V) + product(V, self._sums[0])
        for j in range(1, self._k - 1):
            E = product(self._X, E) + product(V, self._powers[j])
            D = product(self._X, D) + product(V, self._sums[j]) + self._times_A(E)
        return D
