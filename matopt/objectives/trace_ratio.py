"""The trace of a ratio of quadratic forms: (125)-(127)."""

from __future__ import annotations

from dataclasses import dataclass

from matopt.lazy import lazy
from matopt.linalg import LU, Array, herm, is_hermitian, product
from matopt.objectives.constant import (
    check_field,
    check_shape,
    settle,
    shown,
    square,
)
from matopt.objectives.objective import Evaluation, Objective
from matopt.spaces import MatrixPoint, Seed, Space


@dataclass(frozen=True, eq=False, repr=False)
class TraceRatio(Objective):
    """f(X) = Re tr((A + X^H C X)^-1 X^H B X), X (n, p), B and C (n, n), A (p, p).

    C is the identity and A zero by default; nothing need be symmetric. Gradient, with
    M = A + X^H C X and W = M^-1 X^H B X: (B X - C X W) M^-1 and the same with B^H,
    C^H, A^H, added up. It is (126), (127) where A, B and C are symmetric; (127)
    as printed omits that A must be. Domain: M nonsingular.
    """

    B: Array
    C: Array | None = None
    A: Array | None = None

    def __post_init__(self) -> None:
        B = square(self.B, "B")
        C = None if self.C is None else square(self.C, "C", len(B))
        A = None if self.A is None else square(self.A, "A")
        settle(self, B=B, C=C, A=A)

    def __repr__(self) -> str:
        return f"TraceRatio({shown(self.B)}, {shown(self.C)}, {shown(self.A)})"

    def at(self, point: MatrixPoint) -> TraceRatioAt:
        return TraceRatioAt(self, point)

    def check(self, space: Space) -> None:
        """X must have the order of B for rows, and that of A for columns."""
        n, p = len(self.B), None if self.A is None else len(self.A)
        why = f"B is of order {n}" + ("" if p is None else f" and A of order {p}")
        check_shape(space, why, (n, p))
        check_field(space, A=self.A, B=self.B, C=self.C)

    def start(self, space: Space, rng: Seed = None) -> Array | None:
        """A random matrix where the space would start at zero."""
        return None if space.matrix(space.start(rng)).any() else space.random(rng)

    @lazy
    def is_symmetric(self) -> bool:
        """Are A, B and C Hermitian?"""
        constants = (M for M in (self.A, self.B, self.C) if M is not None)
        return all(is_hermitian(M) for M in constants)


class TraceRatioAt(Evaluation[TraceRatio]):
    """The derivative through the first X^H, and through X: equal when symmetric."""

    @lazy
    def _one(self) -> _Side:
        f = self.f
        return _Side(self.point.dense, f.B, f.C, f.A)

    @lazy
    def _other(self) -> _Side:
        f = self.f
        C, A = (None if M is None else herm(M) for M in (f.C, f.A))
        return _Side(self.point.dense, herm(f.B), C, A)

    @lazy
    def value(self) -> float:
        return float(self._one.W.trace().real)

    @lazy
    def gradient(self) -> Array:
        if self.f.is_symmetric:
            return 2.0 * self.point.adjoint(self._one.E)
        return self.point.adjoint(self._one.E + self._other.E)

    def hessp(self, v: Array) -> Array:
        V = self.point.along(v)
        if self.f.is_symmetric:
            return 2.0 * self.point.adjoint(self._one.derivative(V))
        return self.point.adjoint(self._one.derivative(V) + self._other.derivative(V))


class _Side:
    """E = (B X - C X W) M^-1 with W = M^-1 N, N = X^H B X, M = A + X^H C X."""

    def __init__(self, X: Array, B: Array, C: Array | None, A: Array | None) -> None:
        self._X, self._B, self._C, self._A = X, B, C, A

    def _times_C(self, X: Array) -> Array:
        return X if self._C is None else product(self._C, X)

    @lazy
    def _BX(self) -> Array:
        return product(self._B, self._X)

    @lazy
    def _CX(self) -> Array:
        return self._times_C(self._X)

    @lazy
    def _M(self) -> LU:
        M = product(herm(self._X), self._CX)
        return LU(M if self._A is None else M + self._A)

    @lazy
    def W(self) -> Array:
        """M^-1 X^H B X."""
        return self._M.solve(product(herm(self._X), self._BX))

    @lazy
    def E(self) -> Array:
        """(B X - C X W) M^-1."""
        return self._over(self._BX - product(self._CX, self.W))

    def _over(self, Y: Array) -> Array:
        """Y M^-1."""
        return herm(self._M.solve_herm(herm(Y)))

    def derivative(self, V: Array) -> Array:
        """dE = (B V - C V W - C X dW - E dM) M^-1 with dW = M^-1 (dN - dM W)."""
        XH, VH = herm(self._X), herm(V)
        BV, CV = product(self._B, V), self._times_C(V)
        dM = product(VH, self._CX) + product(XH, CV)
        dN = product(VH, self._BX) + product(XH, BV)
        dW = self._M.solve(dN - product(dM, self.W))
        change = BV - product(CV, self.W) - product(self._CX, dW)
        return self._over(change - product(self.E, dM))
