"""Diagonal matrices: every operation of the point is O(n)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matopt.errors import NotPositiveDefinite, Singular
from matopt.lazy import lazy
from matopt.linalg import Array, Scatter
from matopt.spaces.parts import pack, unpack
from matopt.spaces.point import Term
from matopt.spaces.structure import SquareStructure, StructurePoint


@dataclass(frozen=True, repr=False)
class Diagonal(SquareStructure):
    """A = diag(d) of order n.

    Parameters: d; when complex, its real parts, then its imaginary parts. A real one
    is Hermitian, so it is factorized as a positive definite matrix; a complex one is a
    general matrix.
    """

    n: int
    dtype: type = float

    @property
    def hermitian(self) -> bool:
        """Is d real?"""
        return self.dtype is float

    @property
    def size(self) -> int:
        """n, or 2 n when complex."""
        return self.n if self.dtype is float else 2 * self.n

    def point(self, x: Array) -> DiagonalPoint:
        """The point at the parameters x."""
        return DiagonalPoint(self, x)

    def matrix(self, x: Array) -> Array:
        """diag(d)."""
        return np.diag(self.entries(x))

    def entries(self, x: Array) -> Array:
        """The vector d of the parameters x, which shares their memory if real."""
        return unpack(x, self.dtype)

    def covector(self, g: Array) -> Array:
        """The covector of the diagonal g of an ambient gradient."""
        return pack(g, self.dtype)

    def _extract(self, A: Array) -> Array:
        return self.covector(np.array(A.diagonal()))

    def adjoint(self, left: Array, right: Array | None = None) -> Array:
        """The diagonal of G."""
        if right is None:
            return self.covector(np.array(left.diagonal()))
        return self.covector(np.einsum("ik,ik->i", left, right.conj()))


class DiagonalPoint(StructurePoint):
    """diag(d), which is formed only if ``dense`` is asked for."""

    space: Diagonal

    @lazy
    def _d(self) -> Array:
        return self.space.entries(self._x)

    @lazy
    def factor(self) -> DiagonalFactor:
        """d, positive where the space is Hermitian, nonzero elsewhere."""
        self.factorizations += 1
        return DiagonalFactor(self._d, self.space.hermitian)

    @lazy
    def _inverse(self) -> Array:
        return 1.0 / self.factor.d

    def logdet_gradient(self) -> Array:
        """1 / conj(d): (43) on the diagonal."""
        return self.space.covector(self._inverse.conj())

    def logdet_hessp(self, v: Array) -> Array:
        """-conj(v / d^2)."""
        dv = self.space.entries(v)
        return self.space.covector(-(dv * self._inverse**2).conj())

    def inverse_trace(self, B: Array) -> Term:
        """Re sum of B_ii / d_i."""
        return Reciprocal(self.space, self._inverse, B.diagonal())

    def gaussian(self, scatter: Scatter) -> Term:
        """Sum of ln d_i + S_ii / d_i."""
        root = scatter.root
        s = np.einsum("ik,ik->i", root, root.conj()).real
        return Reciprocal(self.space, self._inverse, s, self.logdet)

    @lazy
    def information(self) -> Array:
        """diag(1 / d^2)."""
        return np.diag(self._inverse**2)


class DiagonalFactor:
    """The factorization of diag(d): d itself, found to be invertible."""

    def __init__(self, d: Array, positive: bool) -> None:
        """Take d and whether it must be positive."""
        bad = np.flatnonzero(~(d > 0)) if positive else np.flatnonzero(d == 0)
        if len(bad):
            word = "positive definite" if positive else "invertible"
            raise (NotPositiveDefinite if positive else Singular)(
                f"the diagonal matrix of order {len(d)} is not {word} "
                f"(entry ({bad[0]}, {bad[0]}) is {d[bad[0]]:.3g})"
            )
        self.d = d

    @lazy
    def logdet(self) -> float:
        """Sum of ln |d_i|."""
        return float(np.log(np.abs(self.d)).sum())

    @lazy
    def inverse(self) -> Array:
        """diag(1 / d)."""
        return np.diag(1.0 / self.d)

    def solve(self, B: Array) -> Array:
        """B / d, row by row."""
        X: Array = (B.T / self.d).T
        return X

    def solve_herm(self, B: Array) -> Array:
        """B / conj(d), row by row."""
        X: Array = (B.T / self.d.conj()).T
        return X


class Reciprocal:
    """Re sum of b_i / d_i and, if ``logdet`` is given, + ln d_i for positive d."""

    def __init__(
        self, space: Diagonal, p: Array, b: Array, logdet: float | None = None
    ) -> None:
        """Take p = 1 / d, b, and the sum of ln d_i if it is part of the term."""
        self._space, self._p, self._b = space, p, b
        self._logdet = logdet

    @lazy
    def value(self) -> float:
        return float((self._b * self._p).sum().real) + (self._logdet or 0.0)

    @lazy
    def gradient(self) -> Array:
        g = -self._b * self._p**2  # (63)
        if self._logdet is not None:
            g = g + self._p  # (43)
        return self._space.covector(g.conj())

    @lazy
    def _second(self) -> Array:
        h: Array = 2.0 * self._b * self._p**3
        return h if self._logdet is None else h - self._p**2

    def hessp(self, v: Array) -> Array:
        return self._space.covector((self._second * self._space.entries(v)).conj())
