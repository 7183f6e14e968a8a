"""Matrices with orthonormal columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import lapack

from matopt.linalg import Array, as_array, gram, herm, hermitian_part, product
from matopt.spaces.embedded import Embedded, EmbeddedPoint
from matopt.spaces.point import MatrixPoint
from matopt.spaces.space import Seed, generator

_ORTHONORMAL = 1e-8  # largest entry of X^H X - I in a matrix that is admitted
_THREADED = 2**18  # multiplications above which BLAS uses threads: see linalg.product


@dataclass(frozen=True, repr=False)
class Stiefel(Embedded):
    """X of shape (n, p) with X^H X = I; tangents V have X^H V skew-Hermitian.

    Retraction: the unitary polar factor of X + V, of second order, from the
    eigenvalues of the p x p matrix (X + V)^H (X + V); columns that are orthonormal
    only up to rounding come out orthonormal. Transport: the tangent part.

    Absil and Malick, Projection-like Retractions on Matrix Manifolds (2012).
    """

    n: int
    p: int
    dtype: type = float

    def __post_init__(self) -> None:
        """Check the sizes and the dtype."""
        super().__post_init__()
        if self.p > self.n:
            raise ValueError(
                f"p must be at most n, got p = {self.p} and n = {self.n}; "
                "only so many columns can be orthonormal"
            )

    @property
    def shape(self) -> tuple[int, int]:
        """(n, p)."""
        return (self.n, self.p)

    @property
    def dimension(self) -> int:
        """n p - p (p + 1)/2, or 2 n p - p^2 when complex."""
        n, p = self.n, self.p
        return n * p - p * (p + 1) // 2 if self.dtype is float else 2 * n * p - p * p

    def parameters(self, matrix: ArrayLike) -> Array:
        """The matrix, checked to have orthonormal columns."""
        dtype = float if self.dtype is float else None
        X = as_array(matrix, "matrix", shape=self.shape, dtype=dtype)
        off = float(np.max(np.abs(gram(herm(X)) - np.eye(self.p))))
        if off > _ORTHONORMAL:
            raise ValueError(
                f"matrix must have orthonormal columns, max |X^H X - I| = {off:.3g}; "
                "take the Q of numpy.linalg.qr(matrix)"
            )
        return _polar_factor(X).astype(self.dtype, copy=False)

    def random(self, rng: Seed = None) -> Array:
        """The Q of a normal matrix, uniformly distributed (Mezzadri 2007)."""
        Q, R = np.linalg.qr(self._normal(generator(rng)))
        d = R.diagonal()
        X: Array = Q * (d / np.abs(d))
        return X

    def start(self, rng: Seed = None) -> Array:
        """A random matrix: no other is natural."""
        return self.random(rng)

    def tangent_part(self, X: Array, Z: Array) -> Array:
        """Z - X sym(X^H Z), of a stack by two products too."""
        if Z.ndim == 2:
            return Z - product(X, hermitian_part(product(herm(X), Z)))
        if X.size * self.p > _THREADED:
            return np.array([self.tangent_part(X, z) for z in Z])
        part: Array = np.matmul(X, hermitian_part(herm(X) @ Z))
        return np.subtract(Z, part, out=part)

    def hessp(self, point: MatrixPoint, g: Array, Hv: Array, v: Array) -> Array:
        """The tangent part of Hv - v sym(X^H g); nothing is n x n."""
        S = hermitian_part(product(herm(point.x), g))
        return self.tangent_part(point.x, Hv - product(v, S))

    def retract(self, point: MatrixPoint, v: Array) -> EmbeddedPoint:
        """(X + v) ((X + v)^H (X + v))^-1/2."""
        return EmbeddedPoint(self, _polar_factor(point.x + v))

    def velocity(self, start: MatrixPoint, end: MatrixPoint, v: Array) -> Array:
        """v S^-1 - U K (I + K)^-1 with K = v^H v and S = (I + K)^1/2.

        S(t)^2 = I + t^2 K commutes with its derivative, for X^H v is skew-Hermitian.
        """
        k, Q = _eigen(gram(herm(v)))
        inverse = product(Q / np.sqrt(1.0 + k), herm(Q))
        normal = product(Q * (k / (1.0 + k)), herm(Q))
        return product(v, inverse) - product(end.x, normal)

    def tangent_basis(self, point: MatrixPoint) -> Array:
        """X times a basis of the skew-Hermitian p x p, and Z e_j^H with X^H Z = 0."""
        n, p = self.shape
        Q, _ = np.linalg.qr(point.x, mode="complete")
        units = [1.0] if self.dtype is float else [1.0, 1.0j]
        outside: Array = np.zeros((n - p, p, n, p), dtype=self.dtype)
        for j in range(p):
            outside[:, j, :, j] = Q[:, p:].T
        blocks = [unit * outside.reshape(-1, n, p) for unit in units]
        return np.concatenate([point.x @ self._skew_basis(), *blocks])

    def _skew_basis(self) -> Array:
        """An orthonormal basis of the skew-Hermitian matrices of order p."""
        i, j = np.tril_indices(self.p, -1)
        E: Array = np.zeros((len(i), self.p, self.p), dtype=self.dtype)
        k = np.arange(len(i))
        E[k, i, j] = np.sqrt(0.5)
        real = E - np.swapaxes(E, 1, 2)
        if self.dtype is float:
            return real
        d = np.arange(self.p)
        diagonal = np.zeros((self.p, self.p, self.p), dtype=complex)
        diagonal[d, d, d] = 1j
        return np.concatenate([real, 1j * (E + np.swapaxes(E, 1, 2)), diagonal])


def _polar_factor(Y: Array) -> Array:
    """U of Y = U S with U^H U = I and S positive definite."""
    squares, Q = _eigen(gram(herm(Y)))
    U = product(Y, product(Q / np.sqrt(squares), herm(Q)))
    # U is orthonormal up to eps times the condition number of Y^H Y: once more
    return _polar_factor(U) if squares[-1] > 100.0 * squares[0] else U


def _eigen(M: Array) -> tuple[Array, Array]:
    """Eigenvalues, smallest first, and eigenvectors of a small Hermitian matrix."""
    evd = lapack.zheevd if np.iscomplexobj(M) else lapack.dsyevd
    values, Q, _ = evd(M)
    return values, Q
