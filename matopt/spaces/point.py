"""The matrix at one value of the unknown, factorized at most once.

Objectives ask the point; a space with a faster way to answer overrides the answer.
Everything here is written for a dense matrix and shared by all spaces.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

import numpy as np

from matopt.errors import OutOfDomain
from matopt.lazy import lazy
from matopt.linalg import (
    LU,
    Array,
    Cholesky,
    Factor,
    Scatter,
    gram,
    herm,
    inner,
    product,
)
from matopt.spaces.geodesic import Geodesic

if TYPE_CHECKING:
    from matopt.spaces.space import Space

# Value and covector of a function at a point; None where it takes the longer way,
# OutOfDomain where the function is not defined
OneCall: TypeAlias = Callable[["MatrixPoint"], tuple[float, Array] | None]


class Term(Protocol):
    """A function of the matrix at one point, in the coordinates of the space."""

    @property
    def value(self) -> float:
        """The value."""

    @property
    def gradient(self) -> Array:
        """The covector: d value = <gradient, v> along v."""

    def hessp(self, v: Array) -> Array:
        """The second derivative applied to v, a covector."""


class Descent(NamedTuple):
    """A run of Newton's method that one call has computed, an entry an iterate."""

    x: Array  # (k, size)
    # value, gradient norm, how many values were computed so far, and 1 where the step
    # to there was by F, not by the Hessian
    table: list[list[float]]


class Ends(NamedTuple):
    """Where many such runs ended, an entry a run."""

    x: Array  # (k, size)
    value: Array
    gradient_norm: Array
    iterates: Array  # their number; 0 where the start itself is ill conditioned


class MatrixPoint(ABC):
    """The matrix A at x; along(v) is its derivative, adjoint the transpose of along.

    <adjoint(G), v> = Re tr(G^H along(v)) for every tangent v. On a ``Structure``
    v is a parameter vector; on a ``Manifold`` the space says what v is.
    """

    parts: tuple[MatrixPoint, ...] = ()  # the points of a Product's factors

    def __init__(self, space: Space) -> None:
        """Belong to ``space``."""
        self.space = space
        self.factorizations = 0

    @property
    @abstractmethod
    def x(self) -> Array:
        """The unknown: parameters on a structure, the matrix on a manifold."""

    @property
    @abstractmethod
    def dense(self) -> Array:
        """The matrix A; do not write into it."""

    @abstractmethod
    def along(self, v: Array) -> Array:
        """The derivative of the matrix along the tangent v."""

    @abstractmethod
    def adjoint(self, left: Array, right: Array | None = None) -> Array:
        """The covector of the ambient gradient G = left, or left right^H (133)."""

    def bend(self, v: Array) -> MatrixPoint | None:
        """None where the coordinates are straight: where D^2 A [v, w] = 0.

        Else the same matrix with D(adjoint)[v], which takes G to the covector of
        w -> Re tr(G^H D^2 A [v, w]), in place of ``adjoint``. The gradient of an
        objective there is the part of its second derivative along v that the
        curvature of the coordinates makes; ``Evaluation.hessp`` is the other part.
        """
        return None

    def ambient(self, g: Array) -> Array:
        """The ambient gradient G, of the space's own form, with adjoint(G) = g.

        Where ``space.place`` takes steps by the entries, these are steps along -G.
        """
        raise TypeError(f"{self.space!r} has no gradient by the entries of the matrix")

    # What follows needs a factor; OutOfDomain where there is none.

    @lazy
    def factor(self) -> Factor:
        """Cholesky of a Hermitian matrix, LU of any other square one."""
        shape = self.space.shape
        if len(shape) != 2 or shape[0] != shape[1]:
            raise OutOfDomain(f"the matrix must be square to be inverted, is {shape}")
        self.factorizations += 1
        return Cholesky.of(self.dense) if self.space.hermitian else LU(self.dense)

    @property
    def logdet(self) -> float:
        """ln |det A|; of a Hermitian space, ln det A of a positive definite A."""
        return self.factor.logdet

    def solve(self, B: Array) -> Array:
        """A^-1 B."""
        return self.factor.solve(B)

    def solve_herm(self, B: Array) -> Array:
        """A^-H B."""
        return self.factor.solve_herm(B)

    def logdet_gradient(self) -> Array:
        """The covector of ln |det A|: its ambient gradient is A^-H (43), (57)."""
        return self.adjoint(herm(self.factor.inverse))

    def logdet_hessp(self, v: Array) -> Array:
        """The second derivative of ln |det A|: -A^-H V^H A^-H in the ambient."""
        P = herm(self.factor.inverse)
        return -self.adjoint(product(P, product(herm(self.along(v)), P)))

    @lazy
    def information(self) -> Array:
        """F_kl = Re tr(A^-1 U_k A^-1 U_l) by the tangent basis e, U_k = along(e_k).

        For Hermitian A. Times m/2 it is the Fisher information of m real zero-mean
        Gaussian samples of covariance A, or of precision A; times m of circular
        complex ones.
        """
        basis = self.space.tangent_basis(self)
        Z = np.array([self.factor.solve(self.along(e)) for e in basis])
        k = len(Z)
        F: Array = product(Z.reshape(k, -1), Z.swapaxes(1, 2).reshape(k, -1).T).real
        return 0.5 * (F + F.T)

    @lazy
    def information_factor(self) -> Cholesky:
        """The Cholesky factor of ``information``."""
        return Cholesky.of(self.information)

    def unscale(self, g: Array) -> Array:
        """About information^-1 g, symmetric in g, at the cost of an evaluation."""
        return self.information_factor.solve(g)

    def inverse_trace(self, B: Array) -> Term:
        """Re tr(A^-1 B) as a function of A (63)."""
        return InverseTrace(self, B)

    def geodesic(self, roots: Array, weights: Array) -> Term:
        """The sum of w_k d(A, R_k R_k^H)^2 / 2, of a positive definite A.

        With R^H A^-1 R = P diag(m) P^H the U of ``Geodesic`` is A^-1 R P m^-1/2.
        """
        Y = np.array([self.solve(R) for R in roots])
        M = herm(roots) @ Y
        values, P = np.linalg.eigh(0.5 * (M + herm(M)))
        if not values.min() > 0.0:
            raise OutOfDomain("the matrix is singular to rounding beside another one")
        U = (Y @ P) / np.sqrt(values)[:, None, :]
        return Geodesic(self, U, np.log(values), weights)

    def gaussian(self, scatter: Scatter) -> Term:
        """ln det A + tr(A^-1 S) for the ``scatter`` S and a positive definite A."""
        return Gaussian(self, scatter.root)


class InverseTrace:
    """Re tr(A^-1 B) at a point: gradient (63), Hessian (40) applied to it."""

    def __init__(self, point: MatrixPoint, B: Array) -> None:
        """Take the point of A and the matrix B."""
        self._point = point
        self._B = B

    @lazy
    def _W(self) -> Array:
        return self._point.solve(self._B)  # A^-1 B

    @lazy
    def _M(self) -> Array:
        return self._point.solve_herm(herm(self._W))  # A^-H B^H A^-H

    @lazy
    def value(self) -> float:
        return float(self._W.trace().real)

    @lazy
    def gradient(self) -> Array:
        return -self._point.adjoint(self._M)

    def hessp(self, v: Array) -> Array:
        # d(A^-H) = -A^-H V^H A^-H on either side of B^H in (63)
        point, V = self._point, herm(self._point.along(v))
        left = point.solve_herm(product(V, self._M))
        right = herm(point.solve(herm(product(self._M, V))))
        return point.adjoint(left + right)


class Gaussian:
    """ln det A + tr(A^-1 R R^H) at a point of a Hermitian space.

    With P = A^-1 and W = P R R^H P the ambient gradient G is P - W (43), (63), and the
    Hessian along V is -PVP + PVW + WVP = U + U^H with U = P V (P/2 - G): two products.
    """

    def __init__(self, point: MatrixPoint, root: Array) -> None:
        """Take the point of A and the root R."""
        self._point = point
        self._R = root

    @lazy
    def _Z(self) -> Array:
        return product(self._point.factor.inverse, self._R)  # A^-1 R

    @lazy
    def value(self) -> float:
        return self._point.logdet + inner(self._R, self._Z)

    @lazy
    def _G(self) -> Array:
        W = gram(self._Z)
        return np.subtract(self._point.factor.inverse, W, out=W)

    @lazy
    def gradient(self) -> Array:
        return self._point.adjoint(self._G)

    @lazy
    def _half(self) -> Array:
        return 0.5 * self._point.factor.inverse - self._G

    def hessp(self, v: Array) -> Array:
        PV = product(self._point.factor.inverse, self._point.along(v))
        U = product(PV, self._half)
        return self._point.adjoint(U + herm(U))
