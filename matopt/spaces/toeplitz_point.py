"""The points of Hermitian Toeplitz structures: what is asked of them costs O(n^2).

Where the matrix is ill conditioned its dense factor answers, as on any structure.
"""

from __future__ import annotations

from abc import abstractmethod
from functools import partial

import numpy as np

from matopt.lazy import lazy
from matopt.linalg import Array, Cholesky, Scatter, diagonal_sums, herm, hermitian_part
from matopt.linalg.toeplitz_factor import (
    ILL_CONDITIONED,
    ToeplitzFactor,
    autocovariances,
    choose_factor,
    factorize_toeplitz,
    in_field,
    kernels,
    range_sums,
    sample_range_sums,
)
from matopt.linalg.toeplitz_gram import toeplitz_gram
from matopt.spaces.point import Ends, OneCall, Term
from matopt.spaces.space import Seed
from matopt.spaces.structure import SquareStructure, StructurePoint
from matopt.spaces.toeplitz_terms import (
    ONE_RUN,
    DenseGaussian,
    RangeTerm,
    SmallGaussian,
    SnapshotTerm,
    descend_each,
)

# One compiled call for value and gradient is the fastest up to this order.
_ONE_CALL = 320
# Of t_0, on top of autocovariances, which may be singular to rounding.
_RIDGE = 1e-10
# Samples are solved for one by one, without range sums, where there are this few,
# or few for the order; also where the range sums would not fit in memory.
_SNAPSHOTS, _SHARE, _LARGEST = 4, 1 / 1024, 20_000
# The dense information matrix takes milliseconds up to this order.
_CAREFUL = 48
# The formula of two products leaves F positive definite up to this spread.
_SPREAD = 1e3
_MEMBERSHIP = 1e-12  # largest squared distance to the family, relative


class ToeplitzStructure(SquareStructure):
    """Hermitian matrices T_ij = t_(i-j): parameters are t as ``lags`` reads them."""

    hermitian = True
    quick_information = True

    @property
    def samples_needed(self) -> int:  # type: ignore[override]  # of the order
        """More than (n - 1)/2, real or complex (Fuhrmann and Miller, 1988)."""
        return (self.n - 1) // 2 + 1

    def near(self, scatter: Scatter) -> Array | None:
        """The biased autocovariances, kept definite beyond rounding."""
        if self.n <= _ONE_CALL:
            scatter.range_sums  # noqa: B018  it holds them; the likelihood needs it
        t: Array = scatter.autocovariances.astype(self.dtype)
        t[0] *= 1.0 + _RIDGE
        return self.pack(t) if t[0].real > 0.0 else None

    def gaussian_in_one_call(self, scatter: Scatter) -> OneCall | None:
        """One compiled call, up to the order that it is the fastest for."""
        if self.n > _ONE_CALL:
            return None
        t: Array = np.zeros(1, self.dtype)
        return partial(_likelihood, in_field(scatter.range_sums, t))

    def fit_each(
        self, X: Array, goals: Array, limit: int, *, natural: bool = False
    ) -> Ends | None:
        """One compiled call, up to the order that it is made for."""
        if self.n > ONE_RUN:
            return None
        Q = sample_range_sums(X.astype(self.dtype, copy=False))
        t = autocovariances(Q.T, self.n)
        t[0] *= 1.0 + _RIDGE
        T = np.ascontiguousarray(t.T)
        return descend_each(T, Q, goals, limit, natural=natural)

    @abstractmethod
    def lags(self, x: Array) -> Array:
        """The first column t of the matrix."""

    @abstractmethod
    def pack(self, g: Array) -> Array:
        """The derivative by the parameters of one by t, d/dRe + i d/dIm."""

    def start(self, rng: Seed = None) -> Array:
        """The identity."""
        return self.scaled_identity(1.0)

    def scaled_identity(self, scale: float) -> Array:
        """t = (scale, 0, ..., 0)."""
        x = np.zeros(self.size)
        x[0] = scale
        return x

    def holds(self, root: Array) -> bool:
        """Are the entries of root root^H equal to their means over diagonals?"""
        if np.iscomplexobj(root) and self.dtype is float:
            return False
        sums = diagonal_sums(root, root)
        n = len(root)
        counts = n - np.abs(np.arange(1 - n, n))
        square = float(np.linalg.norm(herm(root) @ root)) ** 2
        off = square - float(np.sum(np.abs(sums) ** 2 / counts))
        return off <= _MEMBERSHIP * square

    def point(self, x: Array) -> ToeplitzPoint:
        """The point at the parameters x."""
        return ToeplitzPoint(self, x)


class ToeplitzPoint(StructurePoint):
    """T(theta) by its first column."""

    space: ToeplitzStructure
    known: tuple[Array, float] | None = None  # [delta, ...] and ln det T

    @lazy
    def lags(self) -> Array:
        """The first column t."""
        return self.space.lags(self._x)

    @lazy
    def factor(self) -> ToeplitzFactor | Cholesky:
        """The first column of the inverse, or a dense factor."""
        if self.known is not None:
            found, logdet = self.known
            return ToeplitzFactor(self.lags, found[0], logdet)
        self.factorizations += 1
        return factorize_toeplitz(self.lags)

    def logdet_gradient(self) -> Array:
        """The sums of T^-1 over its diagonals."""
        factor = self.factor
        if isinstance(factor, Cholesky):
            return super().logdet_gradient()
        return self.space.pack(factor.logdet_gradient)

    def logdet_hessp(self, v: Array) -> Array:
        """The sums of -T^-1 V T^-1 over its diagonals."""
        factor = self.factor
        if isinstance(factor, Cholesky):
            return super().logdet_hessp(v)
        return self.space.pack(factor.logdet_hessp(self.space.lags(v)))

    def inverse_hessp(self, u: Array, v: Array) -> Array:
        """The sums of the Hermitian part of T^-1 U T^-1 V T^-1 over diagonals."""
        factor = self.factor
        if isinstance(factor, Cholesky):
            return super().inverse_hessp(u, v)
        return self.space.pack(
            factor.inverse_hessp(self.space.lags(u), self.space.lags(v))
        )

    @lazy
    def information(self) -> Array:
        """F_kl = Re tr(T^-1 S_k T^-1 S_l) in n^2 log n operations, or two products.

        Transforms err by eps |T^-1|^2 in every entry, the products by more where T is
        ill conditioned: small ones are worth the n^4 operations that do not.
        """
        factor = self.factor
        if isinstance(factor, Cholesky):
            if self.space.n <= _CAREFUL:
                return super().information
        elif factor.spread < _SPREAD:
            return factor.information
        F = toeplitz_gram(factor.inverse, factor.inverse)
        return 0.5 * (F + F.T)

    def unscale(self, g: Array) -> Array:
        """About F^-1 g where the spectrum is smooth, in n log n operations."""
        factor = self.factor
        if isinstance(factor, Cholesky):
            return super().unscale(g)
        return self.space.pack(factor.unscale(self.space.lags(g)))

    def inverse_trace(self, B: Array) -> Term:
        """tr(T^-1 B), by the range sums of the Hermitian part of B."""
        factor = self.factor
        if isinstance(factor, Cholesky):
            return super().inverse_trace(B)
        return RangeTerm(self.space, factor, range_sums(hermitian_part(B)))

    def gaussian(self, scatter: Scatter) -> Term:
        """ln det T + tr(T^-1 S), by the range sums of S or by a few samples."""
        if self.space.n <= _ONE_CALL and not self.factorizations:
            return self._in_one_call(scatter)
        factor = self.factor
        if isinstance(factor, Cholesky):
            return self._densely(scatter)
        X = scatter.samples
        if X is not None and _few(*X.shape):
            return SnapshotTerm(self.space, factor, scatter)
        return RangeTerm(self.space, factor, scatter.range_sums, logdet=True)

    def _in_one_call(self, scatter: Scatter) -> Term:
        known = _likelihood(in_field(scatter.range_sums, self.lags), self)
        return SmallGaussian(*known, self, scatter) if known else self._densely(scatter)

    def _densely(self, scatter: Scatter) -> Term:
        if self.space.n <= _CAREFUL:
            return super().gaussian(scatter)
        return DenseGaussian(self, scatter.root)


def _likelihood(Q: Array, point: ToeplitzPoint) -> tuple[float, Array] | None:
    """ln det T + tr(T^-1 S) and its covector from the range sums Q of S.

    None where T is ill conditioned; OutOfDomain where it is not positive definite.
    """
    space = point.space
    t = space.lags(point.x)
    found = np.empty((2, len(t)), t.dtype)
    point.factorizations = 1
    order, logdet, bound, trace = kernels().likelihood(t, Q, found)
    if order < len(t) or bound > ILL_CONDITIONED:
        point.factor = choose_factor(t, order, logdet, bound, found[0])
        if isinstance(point.factor, Cholesky):
            return None
    point.known = found, logdet
    return logdet + trace, space.pack(found[1])


def _few(m: int, n: int) -> bool:
    return n > _LARGEST or (n > _ONE_CALL and m <= max(_SNAPSHOTS, _SHARE * n))
