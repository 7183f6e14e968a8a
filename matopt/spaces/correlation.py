"""Correlation matrices: positive definite with a unit diagonal."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from matopt.errors import NotPositiveDefinite
from matopt.lazy import lazy
from matopt.linalg import (
    Array,
    Cholesky,
    Scatter,
    as_hermitian,
    check_positive_definite,
    hermitian_part,
    inner,
    product,
)
from matopt.spaces.normals import Normals
from matopt.spaces.point import MatrixPoint
from matopt.spaces.positive_definite import FramePoint, PositiveDefinite
from matopt.spaces.space import Manifold, Seed, generator
from matopt.spaces.symmetric import Symmetric

_UNIT = 1e-8  # largest departure of the diagonal from one


@dataclass(frozen=True, repr=False)
class Correlation(Manifold):
    """C = C^H > 0 of order n with C_ii = 1, in the metric of ``PositiveDefinite``.

    At C = L L^H tangents are the Hermitian W with diag(L W L^H) = 0, and C moves along
    L W L^H. Normal to them are the L^H diag(d) L, so that a projection is one system of
    order n with the matrix |C_ij|^2. For Gaussian data this is the Fisher metric: the
    likelihood is well conditioned whatever C, as it is not in charts of the Cholesky
    factor, and the order of the features does not matter.

    Retraction: L (I + W + W^2/2 - L^H diag(d) L) L^H with d such that the diagonal is
    one; of second order, and it can leave the domain. Its factor is the product of L
    and that of the inner matrix, so that C itself is factorized only at the start.
    Transport: the tangent part of W in the new frame.

    Absil, Mahony and Trumpf, An Extrinsic Look at the Riemannian Hessian (2013).

    >>> import numpy as np, matopt as mo
    >>> f = mo.GaussianLikelihood.from_covariance([[1.0, 0.6], [0.6, 1.0]])
    >>> mo.minimize(f.on(mo.Correlation(2))).matrix.round(6)
    array([[1. , 0.6],
           [0.6, 1. ]])
    """

    n: int
    dtype: type = float

    hermitian = True
    additive = False

    @property
    def shape(self) -> tuple[int, int]:
        """(n, n)."""
        return (self.n, self.n)

    @property
    def dimension(self) -> int:
        """n (n - 1)/2, or twice that when complex."""
        return self._ambient.dimension - self.n

    @property
    def _ambient(self) -> PositiveDefinite:
        return PositiveDefinite(self.n, self.dtype)

    def point(self, x: Array) -> FramePoint:
        """The point at the matrix x."""
        return FramePoint(self, x)

    def parameters(self, matrix: ArrayLike) -> Array:
        """The matrix, checked to be Hermitian, of unit diagonal, positive definite."""
        wanted = float if self.dtype is float else None
        C: Array = as_hermitian(matrix, "matrix", dtype=wanted)
        if C.shape != self.shape:
            raise ValueError(f"matrix must have shape {self.shape}, got {C.shape}")
        off = float(np.max(np.abs(C.diagonal() - 1.0)))
        if off > _UNIT:
            raise ValueError(
                f"matrix must have a diagonal of ones, an entry is off by {off:.3g}; "
                "divide rows and columns by the square roots of the diagonal"
            )
        check_positive_definite(C, "matrix")
        return _unit_diagonal(C.astype(self.dtype, copy=False))

    def random(self, rng: Seed = None) -> Array:
        """A random positive definite matrix, rescaled."""
        return _unit_diagonal(self._ambient.random(rng))

    def start(self, rng: Seed = None) -> Array:
        """The identity."""
        return np.eye(self.n, dtype=self.dtype)

    def near(self, scatter: Scatter) -> Array | None:
        """The sample correlations, where they are positive definite."""
        S = scatter.covariance
        if not S.diagonal().real.min() > 0.0:
            return None
        C = _unit_diagonal(S.astype(self.dtype))
        try:
            Cholesky.of(C)
        except NotPositiveDefinite:
            return None
        return C

    def expression(self, cp: Any) -> tuple[Any, list[Any]]:
        """The semidefinite matrices of unit diagonal."""
        X, _ = Symmetric(self.n, self.dtype).expression(cp)
        diagonal = cp.diag(X) if self.dtype is float else cp.real(cp.diag(X))
        return X, [X >> 0, diagonal == 1.0]

    # Geometry in the frame

    def gradient(self, point: MatrixPoint, g: Array) -> Array:
        """The tangent part of L^H G L."""
        return self.tangent_part(point, g)

    def hessp(self, point: MatrixPoint, g: Array, Hv: Array, v: Array) -> Array:
        """The tangent part of Hv + sym(v r), r the gradient.

        The acceleration of the geodesic along v is the tangent part of v^2.
        """
        r = self.tangent_part(point, g)
        return self.tangent_part(point, Hv + hermitian_part(product(v, r)))

    def tangent_part(self, point: MatrixPoint, W: Array) -> Array:
        """W - L^H diag(d) L with diag(L W L^H) = (|C_ij|^2) d."""
        normals = _own(point).normals
        return W - normals.of(normals.diagonal(W))

    def inner(self, point: MatrixPoint, u: Array, v: Array) -> float:
        """Re tr(u v)."""
        return inner(u, v)

    def gram(self, point: MatrixPoint, U: Array, V: Array) -> Array:
        """All inner products."""
        return self._ambient.gram(point, U, V)

    def retract(self, point: MatrixPoint, v: Array) -> FramePoint:
        """L (I + v + v^2/2 - L^H diag(d) L) L^H."""
        own = _own(point)
        return FramePoint(self, start=own.factor, stretch=_Step(own.normals, v))

    def velocity(self, start: MatrixPoint, end: MatrixPoint, v: Array) -> Array:
        """The derivative of the inner matrix, in its own frame."""
        assert isinstance(end, FramePoint) and end.stretch is not None
        return end.stretch.velocity

    def transport(
        self, start: MatrixPoint, end: MatrixPoint, v: Array, w: Array
    ) -> Array:
        """The tangent part of w (or of a stack) at the end."""
        if w.ndim == 2:
            return self.tangent_part(end, w)
        return np.array([self.tangent_part(end, one) for one in w])

    def random_tangent(self, point: MatrixPoint, rng: Seed = None) -> Array:
        """The tangent part of a normal matrix, of unit norm; zero if no other is."""
        W = self.tangent_part(point, hermitian_part(self._normal(generator(rng))))
        return np.zeros_like(W) if self.n == 1 else W / math.sqrt(inner(W, W))

    def tangent_basis(self, point: MatrixPoint) -> Array:
        """What is orthogonal to the normals, in the basis of all Hermitian W."""
        all_W = self._ambient.tangent_basis(point)
        diagonals = np.array([_own(point).normals.diagonal(W) for W in all_W])
        Q, _ = np.linalg.qr(diagonals, mode="complete")
        basis: Array = np.tensordot(Q[:, self.n :].T, all_W, axes=1)
        return basis


class _Step:
    """I + v + v^2/2 - N for the normal N that keeps the diagonal: see ``Stretch``."""

    def __init__(self, normals: Normals, v: Array) -> None:
        """Take the normals at the start and v."""
        self._normals, self._v = normals, v

    @lazy
    def _square(self) -> Array:
        return hermitian_part(product(self._v, self._v))

    @lazy
    def factor(self) -> Cholesky:
        """The factor; OutOfDomain for a step that leaves the domain."""
        E = self._v + 0.5 * self._square
        E.flat[:: len(E) + 1] += 1.0
        return Cholesky.of(E - self._normals.of(self._normals.diagonal(E) - 1.0))

    @lazy
    def velocity(self) -> Array:
        """The derivative v + v^2 - N'."""
        moving = self._v + self._square
        moving = moving - self._normals.of(self._normals.diagonal(moving))
        return hermitian_part(self.factor.congruence(moving))


def _own(point: MatrixPoint) -> FramePoint:
    assert isinstance(point, FramePoint)
    return point


def _unit_diagonal(A: Array) -> Array:
    scale = np.sqrt(A.diagonal().real)
    C: Array = A / np.outer(scale, scale)
    C.flat[:: len(C) + 1] = 1.0
    return C
