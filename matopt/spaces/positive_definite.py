"""Positive definite matrices with the affine-invariant metric, in a moving frame.

At X = L L^H a tangent U is held as W = L^-1 U L^-H. Then the metric tr(X^-1 U X^-1 U)
is the dot product of W, transport leaves W as it is, and an objective that knows L
never meets the condition number of X: W sees only X^-1/2 (...) X^-1/2.

Bhatia, Positive Definite Matrices (2007), chapter 6; the frame: Godaz et al.,
Vector Transport Free Riemannian LBFGS (ACML 2021).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from matopt.errors import OutOfDomain
from matopt.lazy import lazy
from matopt.linalg import (
    Array,
    Cholesky,
    Factor,
    Scatter,
    as_hermitian,
    check_positive_definite,
    gram,
    herm,
    hermitian_part,
    inner,
    product,
)
from matopt.spaces.geodesic import Geodesic
from matopt.spaces.normals import Normals
from matopt.spaces.point import MatrixPoint, Term
from matopt.spaces.space import Manifold, Seed, Space, generator
from matopt.spaces.symmetric import Symmetric

_LARGEST = 1e150  # norm of L: X = L L^H must not overflow


@dataclass(frozen=True, repr=False)
class PositiveDefinite(Manifold):
    """X = X^H > 0 of order n; tangents W are Hermitian, X moves along L W L^H.

    Retraction: X -> L r(W)^2 L^H with r(W) the [2/2] Pade approximant of exp(W/2). It
    is positive definite, follows the geodesic L exp(W) L^H to fourth order, and is
    one-to-one for |W| < sqrt 48 = 6.9, its domain. There one step can shrink X by up
    to 190; the cheaper L (I + W + W^2/2) L^H shrinks by 2 at most, which costs
    solvers twice the steps.
    The factor is L C with C = chol(r(W)^2), so that X itself is factorized only once,
    at the start. Transport: W stays (an isometry).

    >>> import numpy as np, matopt as mo
    >>> f = mo.GaussianLikelihood.from_covariance([[2.0, 1.0], [1.0, 4.0]])
    >>> e = f.on(mo.PositiveDefinite(2)).at(np.eye(2))
    >>> e.gradient  # I - S at the identity, where the frame is L = I
    array([[-1., -1.],
           [-1., -3.]])
    """

    n: int
    dtype: type = float

    hermitian = True
    isometric = True

    @property
    def shape(self) -> tuple[int, int]:
        """(n, n)."""
        return (self.n, self.n)

    @property
    def dimension(self) -> int:
        """n (n + 1)/2, or n^2 when complex."""
        return self.n * (self.n + 1) // 2 if self.dtype is float else self.n**2

    def point(self, x: Array) -> FramePoint:
        """The point at the matrix x."""
        return FramePoint(self, x)

    def parameters(self, matrix: ArrayLike) -> Array:
        """The matrix, checked to be Hermitian and positive definite."""
        X: Array = as_hermitian(
            matrix, "matrix", dtype=float if self.dtype is float else None
        ).astype(self.dtype, copy=False)
        if X.shape != self.shape:
            raise ValueError(f"matrix must have shape {self.shape}, got {X.shape}")
        check_positive_definite(X, "matrix")
        return X

    def random(self, rng: Seed = None) -> Array:
        """Q diag(lambda) Q^H with eigenvalues log-uniform between 0.1 and 10."""
        draw = generator(rng)
        Q, _ = np.linalg.qr(self._normal(draw))
        return hermitian_part((Q * 10 ** draw.uniform(-1, 1, self.n)) @ herm(Q))

    def start(self, rng: Seed = None) -> Array:
        """The identity."""
        return np.eye(self.n, dtype=self.dtype)

    def expression(self, cp: Any) -> tuple[Any, list[Any]]:
        """The Hermitian matrices, constrained to be semidefinite."""
        X, _ = Symmetric(self.n, self.dtype).expression(cp)
        return X, [X >> 0]

    # Geometry in the frame

    def gradient(self, point: MatrixPoint, g: Array) -> Array:
        """The covector L^H G L itself."""
        return g

    def hessp(self, point: MatrixPoint, g: Array, Hv: Array, v: Array) -> Array:
        """Hv + sym(v g): the geodesic along v has acceleration U X^-1 U."""
        total = hermitian_part(product(v, g))
        total += Hv
        return total

    def inner(self, point: MatrixPoint, u: Array, v: Array) -> float:
        """Re tr(u v)."""
        return inner(u, v)

    def gram(self, point: MatrixPoint, U: Array, V: Array) -> Array:
        """All inner products."""
        u, v = U.reshape(len(U), -1), V.reshape(len(V), -1)
        return product(u if self.dtype is float else u.conj(), v.T).real

    def place(self, matrix: Array, factor: Factor | None = None) -> FramePoint:
        """The point at a Hermitian matrix."""
        point = FramePoint(self, matrix)
        if factor is not None:
            vars(point)["factor"] = factor
        return point

    def retract(self, point: MatrixPoint, v: Array) -> FramePoint:
        """L r(v)^2 L^H."""
        assert isinstance(point, FramePoint)
        return FramePoint(self, start=point.factor, stretch=Stretch(v))

    def velocity(self, start: MatrixPoint, end: MatrixPoint, v: Array) -> Array:
        """C^-1 (d/dt r(t v)^2) C^-H at t = 1, where L C is the factor at the end."""
        assert isinstance(end, FramePoint) and end.stretch is not None
        return end.stretch.velocity

    def transport(
        self, start: MatrixPoint, end: MatrixPoint, v: Array, w: Array
    ) -> Array:
        """w as it is."""
        return w

    def random_tangent(self, point: MatrixPoint, rng: Seed = None) -> Array:
        """A Hermitian W of unit norm."""
        W = hermitian_part(self._normal(generator(rng)))
        W /= np.linalg.norm(W)
        return W

    def tangent_basis(self, point: MatrixPoint) -> Array:
        """E_ii and (E_ij + E_ji)/sqrt 2; when complex, i (E_ij - E_ji)/sqrt 2 too."""
        basis: Array = np.zeros((self.dimension, *self.shape), dtype=self.dtype)
        i, j = np.tril_indices(self.n)
        k = np.arange(len(i))
        weight = np.where(i == j, 1.0, np.sqrt(0.5))
        basis[k, i, j] = basis[k, j, i] = weight
        if self.dtype is complex:
            i, j = np.tril_indices(self.n, -1)
            k = len(k) + np.arange(len(i))
            basis[k, i, j], basis[k, j, i] = 1j * np.sqrt(0.5), -1j * np.sqrt(0.5)
        return basis


class Step(Protocol):
    """Where a retraction leads, in the frame L of its start: to L C C^H L^H."""

    @property
    def factor(self) -> Cholesky:
        """C; OutOfDomain for a step that is too long."""

    @property
    def velocity(self) -> Array:
        """C^-1 (derivative of C C^H along the step) C^-H."""


class Stretch:
    """r(W)^2 = C C^H with r = q^-1 p, p and q = I +- W/4 + U, U = W^2/48.

    r is the [2/2] Pade approximant of exp(W/2), positive definite because
    the roots of p and q are complex; all these matrices commute.
    """

    def __init__(self, W: Array) -> None:
        """Take W."""
        self._W = W
        self._diagonal = slice(None, None, len(W) + 1)

    @lazy
    def _U(self) -> Array:
        return product(self._W, self._W) / 48.0

    @lazy
    def _d(self) -> Array:
        """r - I = q^-1 (p - q), small where W is."""
        q = self._U - 0.25 * self._W
        q.flat[self._diagonal] += 1.0
        return Cholesky.of(q).solve(0.5 * self._W)

    @lazy
    def factor(self) -> Cholesky:
        """C; OutOfDomain for a step beyond the domain of the retraction."""
        self._check_domain()
        r = self._d.copy()
        r.flat[self._diagonal] += 1.0
        return Cholesky.of(gram(r))

    def _check_domain(self) -> None:
        """U < I: then w -> r(w)^2 rises on the spectrum of W."""
        if inner(self._U, self._U) < 1.0:
            return
        rest = -self._U
        rest.flat[self._diagonal] += 1.0
        Cholesky.of(rest)

    @lazy
    def velocity(self) -> Array:
        """C^-1 V C^-H for the derivative V of r(t W)^2 at t = 1.

        V = W r^2 (I - U)/(p q), W e^W for the geodesic. As d = r - I = q^-1 W/2 and
        (I - U)/q = (r + I)/2 - d W/12, it is r (r^2 - I - d^2 W/6): no more solves.
        """
        d = self._d
        dd = product(d, d)
        B = product(dd, self._W)
        B *= -1.0 / 6.0
        B += dd
        B += d
        B += d
        B += product(d, B)
        return self.factor.congruence(B)


class FramePoint(MatrixPoint):
    """X = L L^H, by its matrix or by a step from another factor.

    For any space whose tangents are Hermitian W and along(W) is L W L^H.
    """

    def __init__(
        self,
        space: Space,
        dense: Array | None = None,
        *,
        start: Cholesky | None = None,
        stretch: Step | None = None,
    ) -> None:
        """Take the matrix, or a factor and the step in its frame."""
        super().__init__(space)
        self._dense = dense
        self._start = start
        self.stretch = stretch

    @lazy
    def factor(self) -> Cholesky:
        """L."""
        self.factorizations += 1
        if self._start is None or self.stretch is None:
            assert self._dense is not None
            return Cholesky.of(self._dense)
        factor = self._start.compose(self.stretch.factor)
        if not inner(factor.L, factor.L) < _LARGEST**2:
            raise OutOfDomain("the matrix is too large for floating point numbers")
        return factor

    @lazy
    def normals(self) -> Normals:
        """What is normal to a fixed diagonal of X."""
        return Normals(self.factor.L)

    @lazy
    def dense(self) -> Array:
        """X."""
        return gram(self.factor.L) if self._dense is None else self._dense

    @property
    def x(self) -> Array:
        """X."""
        return self.dense

    def along(self, v: Array) -> Array:
        """L v L^H."""
        L = self.factor.L
        return hermitian_part(product(product(L, v), herm(L)))

    def adjoint(self, left: Array, right: Array | None = None) -> Array:
        """L^H G L, its Hermitian part."""
        L = self.factor.L
        if right is None:
            return hermitian_part(product(product(herm(L), left), L))
        a = product(herm(L), left)
        if right is left:
            return gram(a)
        return hermitian_part(product(a, herm(product(herm(L), right))))

    def ambient(self, g: Array) -> Array:
        """L^-H g L^-1."""
        half = self.factor.unwhiten(g)
        return hermitian_part(self.factor.unwhiten(herm(half)))

    def logdet_gradient(self) -> Array:
        """L^H X^-1 L = I."""
        return np.eye(len(self.factor.L), dtype=self.space.dtype)

    def logdet_hessp(self, v: Array) -> Array:
        """-v."""
        return -v

    @lazy
    def information(self) -> Array:
        """I: the frame is orthonormal in this very metric."""
        return np.eye(self.space.dimension)

    def inverse_trace(self, B: Array) -> Term:
        """tr(X^-1 B) through L^-1 B L^-H."""
        return FrameInverseTrace(self.factor.congruence(hermitian_part(B)))

    def geodesic(self, roots: Array, weights: Array) -> Term:
        """In the frame the eigenvectors are orthonormal: those on the left of L^-1 R.

        Their logarithms are of singular values, with half the digits lost.
        """
        k, n, _ = roots.shape
        columns = self.factor.whiten(roots.transpose(1, 0, 2).reshape(n, k * n))
        stack = columns.reshape(n, k, n).transpose(1, 0, 2)
        Q, s, _ = np.linalg.svd(stack)
        return Geodesic(FrameCoordinates(), Q, 2.0 * np.log(s), weights)

    def gaussian(self, scatter: Scatter) -> Term:
        """ln det X + tr(X^-1 R R^H) through L^-1 R: the square-root form."""
        return FrameGaussian(self.logdet, gram(self.factor.whiten(scatter.root)))


class FrameCoordinates:
    """W is the matrix, and the covector of S is S."""

    def along(self, v: Array) -> Array:
        """W."""
        return v

    def adjoint(self, left: Array, right: Array | None = None) -> Array:
        """The Hermitian part of left right^H."""
        S = left if right is None else product(left, herm(right))
        return hermitian_part(S)


class FrameInverseTrace:
    """Re tr(X^-1 B) = tr S with S = L^-1 B L^-H."""

    def __init__(self, S: Array) -> None:
        """Take S."""
        self._S = S

    @lazy
    def value(self) -> float:
        return float(self._S.trace().real)

    @lazy
    def gradient(self) -> Array:
        return -self._S

    def hessp(self, v: Array) -> Array:
        vS = product(v, self._S)
        return vS + herm(vS)


class FrameGaussian:
    """ln det X + tr S with S = L^-1 R R^H L^-H: gradient I - S."""

    def __init__(self, logdet: float, S: Array) -> None:
        """Take ln det X and S."""
        self._logdet = logdet
        self._S = S

    @lazy
    def value(self) -> float:
        return self._logdet + float(self._S.trace().real)

    @lazy
    def gradient(self) -> Array:
        # In the order of tangents, for BLAS is slow where one factor is transposed
        g: Array = np.negative(self._S, order="C")
        g.flat[:: len(g) + 1] += 1.0
        return g

    @lazy
    def _half(self) -> Array:
        half = self._S.copy()
        half.flat[:: len(half) + 1] -= 0.5
        return half

    def hessp(self, v: Array) -> Array:
        U = product(v, self._half)  # v S + S v - v = U + U^H
        return U + herm(U)
