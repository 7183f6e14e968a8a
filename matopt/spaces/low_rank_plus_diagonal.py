"""Covariances of low rank plus diagonal: factor analysis."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from matopt.linalg import (
    Array,
    Scatter,
    as_array,
    as_hermitian,
    check_positive_definite,
    gram,
    herm,
    hermitian_part,
    inner,
    product,
    rows_dot,
    split_low_rank,
)
from matopt.spaces.low_rank_point import LowRankPoint
from matopt.spaces.parts import pack, unpack
from matopt.spaces.point import MatrixPoint
from matopt.spaces.skew_symmetric import SkewSymmetric
from matopt.spaces.space import Seed, Space, generator

_MEMBERSHIP = 1e-8  # largest distance of an entry of unit variance to the family
_WEAK = 0.1  # smallest eigenvalue of a factor to start from, where noise has one


@dataclass(frozen=True, repr=False)
class LowRankPlusDiagonal(Space):
    """A = F F^H + diag(psi), psi > 0, of order n: factors F (n, rank), variances psi.

    x and tangents are real vectors: the entries of F row by row, all real parts before
    all imaginary parts, then those of ln psi. No operation of the point is more than
    O(n rank (rank + k)) for k columns, samples or right sides.

    F and F Q are one matrix for a unitary Q. A tangent (V, w) is horizontal, F^H A^-1 V
    Hermitian, in the metric tr(V^H A^-1 V) + |w|^2, which knows neither the units of
    the features nor the condition number; ``dimension`` counts what can be known.
    Retraction: the geodesic to second order. Transport: through A^1/2, then the
    horizontal part.

    F must not be zero, for there the likelihood has a saddle point. It may have
    several minima, and psi_i = 0 in the limit (Heywood): compare a few starts.
    Joreskog, Some Contributions to Maximum Likelihood Factor Analysis (1967); Absil,
    Mahony and Sepulchre, Optimization Algorithms on Matrix Manifolds (2008), 3.6.2.
    """

    n: int
    rank: int
    dtype: type = float

    hermitian = True
    additive = False

    def __post_init__(self) -> None:
        """Check the sizes and the dtype."""
        super().__post_init__()
        if self.rank > self.n:
            raise ValueError(
                f"rank must be at most n, got rank = {self.rank} and n = {self.n}"
            )

    @property
    def shape(self) -> tuple[int, int]:
        """(n, n)."""
        return (self.n, self.n)

    @property
    def dimension(self) -> int:
        """n + n r - r (r - 1)/2, or n + 2 n r - r^2 when complex."""
        n, r = self.n, self.rank
        if self.dtype is float:
            return n + n * r - r * (r - 1) // 2
        return n + 2 * n * r - r * r

    # Coordinates

    def join(self, F: Array, log_psi: Array) -> Array:
        """The real vector x of F and ln psi; of tangents and covectors too."""
        return np.concatenate([pack(F.ravel(), self.dtype), log_psi])

    def split(self, x: Array) -> tuple[Array, Array]:
        """F and ln psi; V and w of a tangent."""
        F = unpack(x[: -self.n], self.dtype).reshape(self.n, self.rank)
        return F, x[-self.n :]

    # Points

    def point(self, x: Array) -> LowRankPoint:
        """The point at x."""
        return LowRankPoint(self, x)

    def matrix(self, x: Array) -> Array:
        """A."""
        return np.array(self.point(x).dense)

    def admit(self, start: ArrayLike) -> Array:
        """Return x for a matrix of the family, or for an x."""
        x = as_array(start, "start")
        if x.ndim != 1:
            return self.parameters(x)
        size = self.n + self.n * self.rank * (1 if self.dtype is float else 2)
        return as_array(x, "start", shape=(size,), dtype=float).copy()

    def parameters(self, matrix: ArrayLike) -> Array:
        """The x of a matrix of the family."""
        wanted = float if self.dtype is float else None
        A: Array = as_hermitian(matrix, "matrix", dtype=wanted)
        A = A.astype(self.dtype, copy=False)
        if A.shape != self.shape:
            raise ValueError(f"matrix must have shape {self.shape}, got {A.shape}")
        check_positive_definite(A, "matrix")
        if self.rank < self.n and not (A - np.diag(A.diagonal())).any():
            raise ValueError(
                f"matrix must have a low-rank part of rank {self.rank} for {self!r}, "
                f"it is diagonal; take Diagonal({self.n})"
            )
        F, psi = split_low_rank(A, self.rank)
        off = np.abs(gram(F) + np.diag(psi) - A)
        variances = np.sqrt(A.diagonal().real)
        worst = float(np.max(off / np.outer(variances, variances)))
        if worst > _MEMBERSHIP:
            raise ValueError(
                f"matrix must belong to {self!r}, but no rank {self.rank} plus "
                f"diagonal found is nearer than {worst:.3g} of its variances; pass the "
                "x of join(F, log_psi) if you know a decomposition, or a larger rank"
            )
        return self.join(F, np.log(psi))

    def random(self, rng: Seed = None) -> Array:
        """Normal entries of F, and of ln psi with standard deviation 1/2."""
        draw = generator(rng)
        F: Array = draw.standard_normal((self.n, self.rank)).astype(self.dtype)
        if self.dtype is complex:
            F.imag = draw.standard_normal(F.shape)
        return self.join(F, 0.5 * draw.standard_normal(self.n))

    def start(self, rng: Seed = None) -> Array:
        """Random: nothing is natural, and F = 0 is a saddle point."""
        return self.random(rng)

    def near(self, scatter: Scatter) -> Array | None:
        """Half of each variance is specific; F are the leading factors of the rest."""
        R = scatter.root
        psi = 0.5 * rows_dot(R, R).real
        if not psi.min() > 0.0:
            return None
        d = np.sqrt(psi)[:, None]
        U, s, _ = np.linalg.svd(R / d, full_matrices=False)
        k = min(self.rank, len(s))
        F = d * self.split(self.start())[0]  # there may be fewer samples than factors
        F[:, :k] = d * U[:, :k] * np.sqrt(np.maximum(s[:k] ** 2 - 1.0, _WEAK))
        return self.join(F, np.log(psi))

    # Geometry in F and ln psi, modulo the rotations of F

    def gradient(self, point: MatrixPoint, g: Array) -> Array:
        """(A g_F, g_psi), which is horizontal: f does not change along rotations."""
        by_F, by_psi = self.split(g)
        return self.join(_own(point).times(by_F), by_psi)

    def hessp(self, point: MatrixPoint, g: Array, Hv: Array, v: Array) -> Array:
        """Hv raised, with the acceleration of geodesics; then the horizontal part.

        Half the derivative by (V, w) of <g, acceleration>.
        """
        own, (V, w), (by_F, by_psi) = _own(point), self.split(v), self.split(g)
        H, h = self.split(Hv)
        Y, psi = own.factor.solve(V), own.psi
        S = hermitian_part(product(herm(by_F), own.F))
        lift = w[:, None] * by_F - by_psi[:, None] * Y
        H = own.times(H) + product(V, S) + 0.5 * psi[:, None] * lift
        h = h + 0.5 * psi * rows_dot(by_F, Y).real
        return self._horizontal(own, self.join(H, h))

    def _acceleration(self, own: LowRankPoint, v: Array) -> Array:
        """(F V^H Y + psi w Y, -psi |Y|^2/2) of a geodesic, Y = A^-1 V by rows."""
        V, w = self.split(v)
        Y, psi = own.factor.solve(V), own.psi
        by_F = product(own.F, product(herm(V), Y)) + (psi * w)[:, None] * Y
        return self.join(by_F, -0.5 * psi * rows_dot(Y, Y).real)

    def _horizontal(self, own: LowRankPoint, v: Array) -> Array:
        """(V - F K, w) with S K + K S = Y^H V - V^H Y, for Y = A^-1 F and S = F^H Y."""
        V, w = self.split(v)
        Y = own.precision_of_factors
        s, Q = own.rotations
        C = product(product(herm(Q), product(herm(Y), V)), Q)
        sums = np.add.outer(s, s)
        K = (C - herm(C)) / np.where(sums > 0.0, sums, 1.0)
        return self.join(V - product(own.F, product(product(Q, K), herm(Q))), w)

    def inner(self, point: MatrixPoint, u: Array, v: Array) -> float:
        """Re tr(U^H A^-1 V) plus the dot product of the rest."""
        own = _own(point)
        left = self._half(own, u)
        return inner(left, left if v is u else self._half(own, v))

    def gram(self, point: MatrixPoint, U: Array, V: Array) -> Array:
        """All inner products."""
        own = _own(point)
        left, right = (np.array([self._half(own, v) for v in W]) for W in (U, V))
        return product(left, right.T)

    def _half(self, own: LowRankPoint, v: Array) -> Array:
        """Numbers with the metric as their dot product: no square is below zero."""
        V, w = self.split(v)
        halves = own.factor.parts(own.factor.framed(V))
        flat = [pack(H.ravel(), self.dtype) for H in halves]
        return np.concatenate([*flat, w])

    def retract(self, point: MatrixPoint, v: Array) -> LowRankPoint:
        """x + v + a/2."""
        half = 0.5 * self._acceleration(_own(point), v)
        return LowRankPoint(self, point.x + v + half)

    def velocity(self, start: MatrixPoint, end: MatrixPoint, v: Array) -> Array:
        """v + a."""
        return v + self._acceleration(_own(start), v)

    def transport(
        self, start: MatrixPoint, end: MatrixPoint, v: Array, w: Array
    ) -> Array:
        """The horizontal part of (A_end^1/2 A_start^-1/2 V, w), with roots D M^1/2."""
        if w.ndim == 2:
            return np.array([self.transport(start, end, v, row) for row in w])
        V, rest = self.split(w)
        V = _own(end).factor.color(_own(start).factor.whiten(V))
        return self._horizontal(_own(end), self.join(V, rest))

    def random_tangent(self, point: MatrixPoint, rng: Seed = None) -> Array:
        """The horizontal part of a normal vector in the metric, of unit length."""
        own = _own(point)
        V, w = self.split(generator(rng).standard_normal(len(point.x)))
        v = self._horizontal(own, self.join(own.factor.color(V), w))
        return v / math.sqrt(self.inner(point, v, v))

    def tangent_basis(self, point: MatrixPoint) -> Array:
        """In the coordinates A^-1/2 V, what is orthogonal to all A^-1/2 F K."""
        own = _own(point)
        whitened, zero = own.factor.whiten(own.F), np.zeros(self.n)
        rotations = SkewSymmetric(self.rank, self.dtype).basis()
        vertical = [self.join(product(whitened, K), zero) for K in rotations]
        units = np.eye(len(point.x))
        if vertical:
            Q, _ = np.linalg.qr(np.array(vertical).T, mode="complete")
            units = Q[:, len(vertical) :].T
        parts = (self.split(np.ascontiguousarray(u)) for u in units)
        return np.array([self.join(own.factor.color(V), w) for V, w in parts])


def _own(point: MatrixPoint) -> LowRankPoint:
    assert isinstance(point, LowRankPoint)
    return point
