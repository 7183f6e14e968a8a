"""Families that share their eigenvectors: every operation is one on eigenvalues.

A(theta) = sum of lambda_j P_j with fixed Hermitian projectors P_j, which commute, and
eigenvalues lambda = E theta. Diagonal and circulant matrices and compound symmetry.
"""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from matopt.errors import NotPositiveDefinite, Singular
from matopt.lazy import lazy
from matopt.linalg import Array, Scatter
from matopt.spaces.point import Term
from matopt.spaces.structure import SquareStructure, StructurePoint

_EPS = float(np.finfo(float).eps)


class Commuting(SquareStructure):
    """A family by its eigenvalues, which are real where it is Hermitian."""

    @abstractmethod
    def eigenvalues(self, x: Array) -> Array:
        """E x: one for each projector."""

    @abstractmethod
    def coordinates(self, eigenvalues: Array) -> Array:
        """The x of given eigenvalues."""

    @abstractmethod
    def covector(self, g: Array) -> Array:
        """Re(E^H g), the covector of the derivative g by the eigenvalues."""

    @abstractmethod
    def powers(self, left: Array, right: Array | None = None) -> Array:
        """All tr(P_j G) for G = left, or left right^H."""

    @abstractmethod
    def apply(self, weights: Array, B: Array) -> Array:
        """The sum of w_j P_j B."""

    @property
    def multiplicities(self) -> Array:
        """The ranks of the projectors: one each, if not written otherwise."""
        return np.ones(self.n)

    def point(self, x: Array) -> CommutingPoint:
        """The point at the parameters x."""
        return CommutingPoint(self, x)

    def adjoint(self, left: Array, right: Array | None = None) -> Array:
        """Through the tr(P_j G)."""
        return self.covector(self.powers(left, right))

    def near(self, scatter: Scatter) -> Array | None:
        """The optimum: the mean power of the samples in each eigenspace."""
        if not self.hermitian:
            return None
        powers = self.powers(scatter.root, scatter.root).real
        if not powers.min() > self.n * _EPS * powers.max():
            return None
        return self.coordinates(powers / self.multiplicities)


class CommutingPoint(StructurePoint):
    """A matrix that is formed only if ``dense`` is asked for."""

    space: Commuting

    @lazy
    def factor(self) -> CommutingFactor:
        """The eigenvalues: positive where the space is Hermitian, else nonzero."""
        self.factorizations += 1
        return CommutingFactor(self.space, self.space.eigenvalues(self._x))

    @lazy
    def _inverse(self) -> Array:
        return 1.0 / self.factor.eigenvalues

    def logdet_gradient(self) -> Array:
        """m / conj(lambda) for the multiplicities m (43)."""
        return self.space.covector(self.space.multiplicities * self._inverse.conj())

    def logdet_hessp(self, v: Array) -> Array:
        """-conj(m lambda' / lambda^2)."""
        moved = self.space.eigenvalues(v) * self._inverse**2
        return self.space.covector(-(self.space.multiplicities * moved).conj())

    def inverse_trace(self, B: Array) -> Term:
        """Re sum of tr(P_j B) / lambda_j."""
        return Reciprocal(self.space, self._inverse, self.space.powers(B))

    def gaussian(self, scatter: Scatter) -> Term:
        """Sum of m_j ln lambda_j + tr(P_j S) / lambda_j."""
        s = self.space.powers(scatter.root, scatter.root).real
        return Reciprocal(self.space, self._inverse, s, self.logdet)

    @lazy
    def information(self) -> Array:
        """E^T diag(m / lambda^2) E."""
        space = self.space
        weights = space.multiplicities * self._inverse**2
        units = np.eye(space.size)
        rows = [space.covector(weights * space.eigenvalues(e)) for e in units]
        return np.array(rows)


class CommutingFactor:
    """The factorization of such a matrix: its eigenvalues, found to be invertible."""

    def __init__(self, space: Commuting, eigenvalues: Array) -> None:
        """Take the eigenvalues; of a Hermitian space they must be positive."""
        positive = space.hermitian
        good = eigenvalues > 0 if positive else eigenvalues != 0
        bad = np.flatnonzero(~good)
        if len(bad):
            word = "positive definite" if positive else "invertible"
            raise (NotPositiveDefinite if positive else Singular)(
                f"the matrix of order {space.n} in {space!r} is not {word} "
                f"(eigenvalue {bad[0]} is {eigenvalues[bad[0]]:.3g})"
            )
        self._space, self.eigenvalues = space, eigenvalues

    @lazy
    def logdet(self) -> float:
        """Sum of m_j ln |lambda_j|."""
        return float(self._space.multiplicities.dot(np.log(np.abs(self.eigenvalues))))

    @lazy
    def inverse(self) -> Array:
        """A^-1."""
        return self.solve(np.eye(self._space.n, dtype=self._space.dtype))

    def solve(self, B: Array) -> Array:
        """The sum of P_j B / lambda_j."""
        return self._space.apply(1.0 / self.eigenvalues, B)

    def solve_herm(self, B: Array) -> Array:
        """The sum of P_j B / conj(lambda_j)."""
        return self._space.apply(1.0 / self.eigenvalues.conj(), B)


class Reciprocal:
    """Re sum of b_j / lambda_j and, if ``logdet`` is given, + m_j ln lambda_j."""

    def __init__(
        self, space: Commuting, p: Array, b: Array, logdet: float | None = None
    ) -> None:
        """Take p = 1 / lambda, b, and the sum of m_j ln lambda_j if it is a part."""
        self._space, self._p, self._b = space, p, b
        self._logdet = logdet
        self._m = 0.0 if logdet is None else space.multiplicities

    @lazy
    def value(self) -> float:
        return float((self._b * self._p).sum().real) + (self._logdet or 0.0)

    @lazy
    def gradient(self) -> Array:
        g = self._m * self._p - self._b * self._p**2  # (43), (63)
        return self._space.covector(g.conj())

    @lazy
    def _second(self) -> Array:
        h: Array = 2.0 * self._b * self._p**3 - self._m * self._p**2
        return h

    def hessp(self, v: Array) -> Array:
        return self._space.covector((self._second * self._space.eigenvalues(v)).conj())
