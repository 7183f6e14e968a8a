"""Linear families A(theta) = sum_k theta_k S_k, (133)-(134), with real parameters.

A complex matrix has real parameters too: the real and imaginary parts of its free
entries. Then a real-valued objective has an ordinary gradient, and solvers need not
know of complex numbers.
"""

from __future__ import annotations

from abc import abstractmethod
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg.blas import dasum

from matopt.lazy import lazy
from matopt.linalg import (
    Array,
    Factor,
    as_array,
    herm,
    hermitian_part,
    is_hermitian,
    product,
)
from matopt.spaces.flat import Flat
from matopt.spaces.point import MatrixPoint
from matopt.spaces.space import Seed, generator

_MEMBERSHIP = 1e-8  # largest distance to the family, relative to the largest entry
_REAL = np.dtype(float)
_STACK = 2**18  # entries of the stack of structure matrices that is handled at once


class Structure(Flat):
    """A linear family of matrices with the metric of its parameters, which is flat.

    An author writes ``size``, ``matrix`` and ``adjoint``; the rest follows, for S_k
    that are mutually orthogonal, and is there to be made faster. Derivatives are by the
    free parameters theta; ``project`` is the gradient inside the family.
    """

    linear = True

    @property
    @abstractmethod
    def size(self) -> int:
        """The number of real parameters."""

    @abstractmethod
    def matrix(self, x: Array) -> Array:
        """A(theta), in C order; theta is ``x``."""

    def _extract(self, A: Array) -> Array:
        """The parameters of a matrix that is known to belong to the family."""
        return self.adjoint(A) / self._squared_norms

    @abstractmethod
    def adjoint(self, left: Array, right: Array | None = None) -> Array:
        """df/dtheta_k = Re tr(G^H S_k) for the gradient G = left, or left right^H.

        This is (133): the derivative by the independent entries. ``right`` spares
        forming G where the structure needs only a part of it.
        """

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the matrix."""
        return self._generic_member.shape

    @property
    def hermitian(self) -> bool:
        """Is a member of generic parameters Hermitian? Then all members are."""
        A = self._generic_member
        return A.ndim == 2 and A.shape[0] == A.shape[1] and is_hermitian(A)

    @lazy
    def _generic_member(self) -> Array:
        return self.matrix(np.random.default_rng(0).standard_normal(self.size))

    # Derivatives of the family as matrices

    def gradient_by_entries(self, G: Array) -> Array:
        """df/dA by the free entries, laid out as a matrix of the family (138)-(144).

        Symmetric: G + G^T - G o I. Toeplitz: the sums of G over its diagonals.
        """
        return self.matrix(self.adjoint(G))

    def project(self, G: Array) -> Array:
        """The matrix of the family nearest to G in the Frobenius norm.

        Symmetric: (G + G^T)/2. Toeplitz: the means of G over its diagonals. Of a
        gradient G this is the gradient inside the family: the two differ by the
        squared norms of the S_k.
        """
        return self.matrix(self.adjoint(G) / self._squared_norms)

    def represent(self, g: Array) -> Array:
        """The member G of the family with adjoint(G) = g."""
        return self.matrix(g / self._squared_norms)

    @lazy
    def _squared_norms(self) -> Array:
        """The squared norm of each S_k, for S_k that are mutually orthogonal."""
        return self.adjoint(self.matrix(np.ones(self.size)))

    def basis(self) -> Array:
        """The structure matrices S_k (134), (size, m, n)."""
        return np.array([self.matrix(e) for e in np.eye(self.size)])

    def length(self, size: float) -> float:
        """The size: parameters are entries of the matrix."""
        return size

    # Points

    @property
    def dimension(self) -> int:
        """The number of parameters."""
        return self.size

    def point(self, x: Array) -> StructurePoint:
        """The point at the parameters x."""
        return StructurePoint(self, x)

    def place(self, matrix: Array, factor: Factor | None = None) -> StructurePoint:
        """The point at a member of the family."""
        point = self.point(self._extract(matrix))
        if factor is not None:
            vars(point)["factor"] = factor
        return point

    def parameters(self, matrix: ArrayLike) -> Array:
        """The parameters of a matrix, which must belong to the family."""
        A = as_array(matrix, "matrix", shape=self.shape)
        if self.dtype is float and np.iscomplexobj(A):
            raise TypeError(f"matrix must be real for {self!r}, got dtype {A.dtype}")
        A = A.astype(self.dtype, copy=False)
        theta = self._extract(A)
        off = float(np.max(np.abs(self.matrix(theta) - A), initial=0.0))
        if off > _MEMBERSHIP * float(np.max(np.abs(A), initial=0.0)):
            raise ValueError(
                f"matrix must belong to {self!r}, but an entry is off by {off:.3g}; "
                "project(matrix) gives the nearest member"
            )
        return theta

    def admit(self, start: ArrayLike) -> Array:
        """Return the parameters for a matrix, or for a parameter vector."""
        if type(start) is np.ndarray and start.dtype is _REAL:  # as below, but faster
            if start.shape == self._vectors and isfinite(dasum(start)):
                return start.copy()
        x = as_array(start, "start")
        if x.ndim == 1 and x.shape != self.shape:
            return as_array(x, "start", shape=(self.size,), dtype=float).copy()
        return self.parameters(x)

    @lazy
    def _vectors(self) -> tuple[int] | None:
        """The shape of parameter vectors, where they are no matrices and not empty."""
        return (self.size,) if self.shape != (self.size,) and self.size else None

    def random(self, rng: Seed = None) -> Array:
        """Standard normal parameters; a Hermitian matrix is made positive definite.

        A multiple of ``start`` does that, where the start is positive definite.
        """
        theta = generator(rng).standard_normal(self.size)
        if not self.hermitian:
            return theta
        start = self.start()
        floor = float(np.linalg.eigvalsh(self.matrix(start))[0])
        if floor <= 0:
            return theta
        smallest = float(np.linalg.eigvalsh(self.matrix(theta))[0])
        return theta + start * max(0.0, (1.0 - smallest) / floor)

    def start(self, rng: Seed = None) -> Array:
        """The identity where the family includes it.

        If not: of Hermitian matrices the one nearest to the identity where that is
        positive definite, else zero.
        """
        if len(self.shape) == 2 and self.shape[0] == self.shape[1]:
            identity: Array = np.eye(self.shape[0], dtype=self.dtype)
            nearest = self.project(identity)
            if np.allclose(nearest, identity, rtol=0.0, atol=1e-12):
                return self._extract(nearest)
            if self.hermitian and np.linalg.eigvalsh(nearest)[0] > 0:
                return self._extract(nearest)
        return np.zeros(self.size)

    def expression(self, cp: Any) -> tuple[Any, list[Any]]:
        """The basis as a sparse constant times a real variable theta.

        Of a Hermitian family it says so, for ``X.is_hermitian()`` to be known.
        """
        theta = cp.Variable(self.size)
        S = self._sparse_basis()
        A = cp.reshape(S.real @ theta, self.shape, order="C")
        if self.dtype is complex:
            A = A + 1j * cp.reshape(S.imag @ theta, self.shape, order="C")
        if self.hermitian:
            wrap = cp.symmetric_wrap if self.dtype is float else cp.hermitian_wrap
            A = wrap(A)
        return A, []

    def _sparse_basis(self) -> Any:
        """The S_k, raveled, as the columns of a sparse matrix."""
        from scipy.sparse import csc_array, hstack

        columns = (self.matrix(e).reshape(-1, 1) for e in np.eye(self.size))
        return hstack([csc_array(column) for column in columns], format="csc")


class SquareStructure(Structure):
    """A family of square matrices of order ``n``."""

    n: int

    @property
    def shape(self) -> tuple[int, int]:
        """(n, n)."""
        return (self.n, self.n)


class StructurePoint(MatrixPoint):
    """A(theta), formed when first asked for."""

    space: Structure

    def __init__(self, space: Structure, x: Array) -> None:
        """Take the parameters, which are not copied."""
        self.space = space  # as in the base class, whose call would cost as much
        self.factorizations = 0
        self._x = x

    @property
    def x(self) -> Array:
        """The parameters theta."""
        return self._x

    @lazy
    def dense(self) -> Array:
        """A(theta)."""
        return self.space.matrix(self._x)

    def along(self, v: Array) -> Array:
        """A(v), for the family is linear."""
        return self.space.matrix(v)

    def adjoint(self, left: Array, right: Array | None = None) -> Array:
        """The structure's own."""
        return self.space.adjoint(left, right)

    def ambient(self, g: Array) -> Array:
        """The member of the family whose products with the S_k are g."""
        return self.space.represent(g)

    # The affine-invariant metric, for ``Fisher``

    def inverse_hessp(self, u: Array, v: Array) -> Array:
        """The adjoint of half the second derivative of A^-1 along u and v.

        That is the Hermitian part of P U P V P with P = A^-1, on a Hermitian family.
        """
        P = self.factor.inverse
        left = product(P, product(self.along(u), P))
        half = product(left, product(self.along(v), P))
        return self.adjoint(hermitian_part(half))

    @lazy
    def information(self) -> Array:
        """F_kl = Re tr(A^-1 S_k A^-1 S_l), (size, size), by blocks of the S_k."""
        P = self.factor.inverse
        n, size = len(P), self.space.size
        together = max(1, _STACK // n**2)
        rows = []
        for first in range(0, size, together):
            unit = np.eye(min(together, size - first), size, first)
            S = np.array([self.along(e) for e in unit])
            half = herm(product(S.reshape(-1, n), P).reshape(S.shape))  # P S_k
            whole = product(np.ascontiguousarray(half).reshape(-1, n), P)
            rows += [self.adjoint(G) for G in whole.reshape(S.shape)]  # of P S_k P
        F: Array = np.array(rows)
        return 0.5 * (F + F.T)


def ambient(left: Array, right: Array | None) -> Array:
    """The gradient G that ``adjoint(left, right)`` speaks of."""
    return left if right is None else product(left, herm(right))
