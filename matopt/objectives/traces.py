"""Traces of first and second order: (100), (114), (118), (119)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from matopt.errors import NotPositiveDefinite
from matopt.lazy import lazy
from matopt.linalg import (
    Array,
    gram,
    herm,
    hermitian_part,
    inner,
    is_hermitian,
    product,
    semidefinite_root,
)
from matopt.objectives.chain import chain
from matopt.objectives.constant import (
    Shape,
    check_field,
    check_shape,
    constant,
    freeze,
    optional,
    settle,
    shown,
)
from matopt.objectives.objective import Evaluation, Objective
from matopt.spaces import MatrixPoint, Space


@dataclass(frozen=True, eq=False, repr=False)
class LinearTrace(Objective):
    """f(X) = Re tr(A X), A (n, m) for X (m, n).

    Gradient (100): A^H. By the free entries: (139) symmetric, (142) diagonal, (143)
    Toeplitz.
    """

    A: Array

    def __post_init__(self) -> None:
        settle(self, A=constant(self.A, "A"))

    def __repr__(self) -> str:
        return f"LinearTrace({shown(self.A)})"

    def at(self, point: MatrixPoint) -> LinearTraceAt:
        return LinearTraceAt(self, point)

    def check(self, space: Space) -> None:
        """A X must be square."""
        check_shape(space, f"A has shape {self.A.shape}", self.A.shape[::-1])
        check_field(space, A=self.A)

    def isotropic(self) -> tuple[float, Array | float] | None:
        """Re tr(B^H X) with B = A^H."""
        return 0.0, self.slope

    def convex(self, cp: Any, X: Any) -> Any:
        """Linear."""
        return cp.real(cp.trace(self.A @ X))

    @lazy
    def slope(self) -> Array:
        """A^H, in C order."""
        return freeze(np.ascontiguousarray(herm(self.A)))


class LinearTraceAt(Evaluation[LinearTrace]):
    """The gradient is constant."""

    @lazy
    def value(self) -> float:
        return inner(self.f.slope, self.point.dense)

    @lazy
    def gradient(self) -> Array:
        return self.point.adjoint(self.f.slope)

    def hessp(self, v: Array) -> Array:
        return np.zeros_like(self.gradient)


@dataclass(frozen=True, eq=False, repr=False)
class QuadraticTrace(Objective):
    """f(X) = Re tr(A X B X^H C), X (m, n), A (q, m), B (n, n), C (m, q).

    None is an identity. Gradient (118): A^H C^H X B^H + C A X B; special cases are
    (108)-(113), (115)-(117). Hessian along V: the same with V for X.
    """

    A: Array | None = None
    B: Array | None = None
    C: Array | None = None

    def __post_init__(self) -> None:
        A, B, C = (optional(getattr(self, name), name) for name in "ABC")
        if B is not None and B.shape[0] != B.shape[1]:
            raise ValueError(f"B must be square, got shape {B.shape}")
        rows = (1, 1) if A is None else A.shape[::-1]
        columns = rows if C is None else C.shape
        if (C is None or A is None) and rows[0] != rows[1]:
            raise ValueError(
                f"A must be square where C is None, got shape {rows[::-1]}"
            )
        if A is None and columns[0] != columns[1]:
            raise ValueError(f"C must be square where A is None, got shape {columns}")
        if A is not None and columns != rows:
            raise ValueError(
                f"C must have the shape {rows} of A^H, got {columns}; A has {A.shape}"
            )
        settle(self, A=A, B=B, C=C)

    def __repr__(self) -> str:
        return f"QuadraticTrace({shown(self.A)}, {shown(self.B)}, {shown(self.C)})"

    def at(self, point: MatrixPoint) -> QuadraticTraceAt:
        return QuadraticTraceAt(self, point)

    def check(self, space: Space) -> None:
        """X must have the columns of A for rows, and the order of B for columns."""
        m = None if self.A is None else self.A.shape[1]
        m = m if self.C is None else len(self.C)
        n = None if self.B is None else len(self.B)
        why = f"C A is of order {m or 'any'} and B of order {n or 'any'}"
        check_shape(space, why, (m, n))
        check_field(space, A=self.A, B=self.B, C=self.C)

    @lazy
    def left(self) -> Array | None:
        """M = C A, for f = Re tr(M X B X^H)."""
        if self.A is None or self.C is None:
            return self.C if self.A is None else self.A
        return product(self.C, self.A)

    @lazy
    def _is_symmetric(self) -> bool:
        return _is_hermitian(self.left) and _is_hermitian(self.B)

    def image(self, X: Array) -> Array:
        """M X B; where q is small, C (A X B)."""
        if self._is_thin:
            assert self.C is not None
            return product(self.C, chain(self.A, X, self.B))
        return chain(self.left, X, self.B)

    @lazy
    def _is_thin(self) -> bool:
        A, C = self.A, self.C
        return A is not None and C is not None and 2 * A.shape[0] < A.shape[1]

    def slope(self, X: Array, MXB: Array) -> Array:
        """M X B + M^H X B^H."""
        if self._is_symmetric:
            return 2.0 * MXB
        if self._is_thin:
            inside = chain(_herm(self.C), X, _herm(self.B))
            return MXB + chain(_herm(self.A), inside, None)
        return MXB + chain(_herm(self.left), X, _herm(self.B))

    def convex(self, cp: Any, X: Any) -> Any:
        """|F^H X E|^2 where M = F F^H and B = E E^H, one of them as it is given.

        Where one of M and B is Hermitian, only the Hermitian part of the other counts.
        """
        M, B = self.left, self.B
        if not (_is_nearly_hermitian(M) or _is_nearly_hermitian(B)):
            return super().convex(cp, X)
        try:
            F = None if M is None else herm(semidefinite_root(hermitian_part(M), "C A"))
            E = None if B is None else semidefinite_root(hermitian_part(B), "B")
        except NotPositiveDefinite:
            return super().convex(cp, X)
        return cp.sum_squares(_expression(F, X, E))


class QuadraticTraceAt(Evaluation[QuadraticTrace]):
    """Through M X B."""

    @lazy
    def _Y(self) -> Array:
        return self.f.image(self.point.dense)

    @lazy
    def value(self) -> float:
        return inner(self.point.dense, self._Y)

    @lazy
    def gradient(self) -> Array:
        return self.point.adjoint(self.f.slope(self.point.dense, self._Y))

    def hessp(self, v: Array) -> Array:
        V = self.point.along(v)
        return self.point.adjoint(self.f.slope(V, self.f.image(V)))


@dataclass(frozen=True, eq=False, repr=False)
class ProductTrace(Objective):
    """f(X) = Re tr(A X B X), X (m, n), A and B (n, m).

    Gradient (114): (A X B)^H + (B X A)^H. Hessian along V: the same with V for X.
    """

    A: Array
    B: Array

    def __post_init__(self) -> None:
        A, B = constant(self.A, "A"), constant(self.B, "B")
        if A.shape != B.shape:
            raise ValueError(
                f"A has shape {A.shape} but B has shape {B.shape}; "
                "both must have the shape of X^T"
            )
        settle(self, A=A, B=B)

    def __repr__(self) -> str:
        return f"ProductTrace({shown(self.A)}, {shown(self.B)})"

    def at(self, point: MatrixPoint) -> ProductTraceAt:
        return ProductTraceAt(self, point)

    def check(self, space: Space) -> None:
        """X must have the shape of A^T."""
        check_shape(space, f"A has shape {self.A.shape}", self.A.shape[::-1])
        check_field(space, A=self.A, B=self.B)

    def slope(self, X: Array, AXB: Array) -> Array:
        """(A X B + B X A)^H."""
        return herm(AXB + chain(self.B, X, self.A))


class ProductTraceAt(Evaluation[ProductTrace]):
    """Through A X B."""

    @lazy
    def _Y(self) -> Array:
        return chain(self.f.A, self.point.dense, self.f.B)

    @lazy
    def value(self) -> float:
        return inner(herm(self._Y), self.point.dense)

    @lazy
    def gradient(self) -> Array:
        return self.point.adjoint(self.f.slope(self.point.dense, self._Y))

    def hessp(self, v: Array) -> Array:
        V = self.point.along(v)
        return self.point.adjoint(self.f.slope(V, chain(self.f.A, V, self.f.B)))


@dataclass(frozen=True, eq=False, repr=False)
class Residual(Objective):
    """f(X) = tr((A X B + C)(A X B + C)^H), X (m, n), A (p, m), B (n, q), C (p, q).

    None is an identity for A and B, zero for C. Gradient (119):
    2 A^H (A X B + C) B^H. Hessian along V: 2 A^H A V B B^H.
    """

    A: Array | None = None
    B: Array | None = None
    C: Array | None = None

    def __post_init__(self) -> None:
        A, B, C = (optional(getattr(self, name), name) for name in "ABC")
        p = None if A is None else A.shape[0]
        q = None if B is None else B.shape[1]
        if C is not None and not (p in (None, len(C)) and q in (None, C.shape[1])):
            raise ValueError(
                f"C must have the shape ({p or 'any'}, {q or 'any'}) of A X B, "
                f"got {C.shape}"
            )
        settle(self, A=A, B=B, C=C)

    def __repr__(self) -> str:
        return f"Residual({shown(self.A)}, {shown(self.B)}, {shown(self.C)})"

    def at(self, point: MatrixPoint) -> ResidualAt:
        return ResidualAt(self, point)

    def check(self, space: Space) -> None:
        """A X B + C must exist."""
        (p, q) = (None, None) if self.C is None else self.C.shape
        m: int | None = p if self.A is None else self.A.shape[1]
        n: int | None = q if self.B is None else self.B.shape[0]
        wanted: Shape = (m, n)
        rows, columns = ("any" if size is None else size for size in wanted)
        why = f"A X B + C takes an X of {rows} rows and {columns} columns"
        check_shape(space, why, wanted)
        check_field(space, A=self.A, B=self.B, C=self.C)

    def convex(self, cp: Any, X: Any) -> Any:
        """A sum of squares."""
        AXB = _expression(self.A, X, self.B)
        return cp.sum_squares(AXB if self.C is None else AXB + self.C)

    @lazy
    def _grams(self) -> tuple[Array | None, Array | None]:
        """A^H A and B B^H where they are smaller than A and B."""
        A, B = _herm(self.A), self.B
        return (
            gram(A) if A is not None and A.shape[0] <= A.shape[1] else None,
            gram(B) if B is not None and B.shape[0] <= B.shape[1] else None,
        )

    def curvature(self, V: Array) -> Array:
        """A^H A V B B^H."""
        AA, BB = self._grams
        V = chain(self.A if AA is None else AA, V, self.B if BB is None else BB)
        return chain(
            _herm(self.A) if AA is None else None,
            V,
            _herm(self.B) if BB is None else None,
        )


class ResidualAt(Evaluation[Residual]):
    """Through R = A X B + C."""

    @lazy
    def _R(self) -> Array:
        AXB = chain(self.f.A, self.point.dense, self.f.B)
        return AXB if self.f.C is None else AXB + self.f.C

    @lazy
    def value(self) -> float:
        return inner(self._R, self._R)

    @lazy
    def gradient(self) -> Array:
        G = chain(_herm(self.f.A), self._R, _herm(self.f.B))
        return 2.0 * self.point.adjoint(G)

    def hessp(self, v: Array) -> Array:
        return 2.0 * self.point.adjoint(self.f.curvature(self.point.along(v)))


def _herm(A: Array | None) -> Array | None:
    return None if A is None else herm(A)


def _is_hermitian(A: Array | None) -> bool:
    return A is None or is_hermitian(A)


def _is_nearly_hermitian(A: Array | None) -> bool:
    """Is A Hermitian up to the rounding of a product such as F F^H?"""
    if A is None:
        return True
    return bool(np.max(np.abs(A - herm(A))) <= 1e-12 * np.max(np.abs(A)))


def _expression(A: Array | None, X: Any, B: Array | None) -> Any:
    AX = X if A is None else A @ X
    return AX if B is None else AX @ B
