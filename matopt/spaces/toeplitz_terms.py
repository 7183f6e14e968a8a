"""Terms ln det T + tr(T^-1 S) of Hermitian Toeplitz matrices, in O(n^2) or less.

With K = T^-1, delta its first column and V = T(v): the derivative of delta along v is
-K V delta, that of tr(K S) is -Re y^H V delta with y = K h and h the gradient of
tr(K S) by delta. So all first and second derivatives by t are sums of correlations C.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from matopt.lazy import lazy
from matopt.linalg import Array, Scatter, ToeplitzFactor, gram, inner, product
from matopt.linalg.toeplitz_factor import (
    ILL_CONDITIONED,
    UNITS,
    in_field,
    kernels,
    newton_kernels,
)
from matopt.linalg.toeplitz_gram import toeplitz_gram
from matopt.spaces.point import Descent, Ends, Gaussian, MatrixPoint, Term

if TYPE_CHECKING:
    from matopt.spaces.toeplitz_point import ToeplitzPoint, ToeplitzStructure

# One compiled call for a whole run of Newton's method up to this order: beyond it the
# factorizations of LAPACK are faster than compiled loops.
ONE_RUN = 64
_ENTRIES = 2**20  # of the lags of all iterates of runs that are held at once


class RangeTerm:
    """tr(K S) = delta^H Q delta / delta_0 for the range sums Q of S; ln det T too.

    ``logdet`` says whether ln det T is added.
    """

    def __init__(
        self,
        space: ToeplitzStructure,
        factor: ToeplitzFactor,
        Q: Array,
        *,
        logdet: bool = False,
    ) -> None:
        """Take the factor of T and the packed Q."""
        self._space = space
        self._factor = factor
        self._Q = in_field(Q, factor.t)
        self._logdet = logdet

    @lazy
    def _parts(self) -> tuple[float, Array]:
        """tr(K S) and h."""
        value, h = kernels().quadratic(self._Q, self._factor.delta)
        return value, h

    @lazy
    def value(self) -> float:
        return self._parts[0] + (self._factor.logdet if self._logdet else 0.0)

    @lazy
    def _y(self) -> Array:
        return self._factor.apply(self._parts[1])

    @lazy
    def _z(self) -> Array:
        factor = self._factor
        return factor.weigh(factor.delta) - self._y if self._logdet else -self._y

    @lazy
    def gradient(self) -> Array:
        factor = self._factor
        return self._space.pack(factor.correlate(self._z, factor.delta))

    @lazy
    def hessian(self) -> Array:
        """Of ln det T + tr(K S), at once."""
        factor = self._factor
        H = factor.hessian(self._Q, self._parts[1], self._y)
        return H if self._logdet else H + factor.information

    def descend(self, goal: float, limit: int, *, natural: bool) -> Descent | None:
        """A whole run of Newton's method from here, in one call."""
        if not self._logdet:
            return None
        return _descend(self._factor.t, self._Q, goal, limit, natural)

    def hessp(self, v: Array) -> Array:
        factor, delta = self._factor, self._factor.delta
        h, first = self._parts[1], delta[0].real
        t = self._space.lags(v)
        d = factor.move(t)
        shrink = d[0].real / first
        change = (2.0 / first) * kernels().range_product(self._Q, d) - shrink * h
        change[0] -= inner(d, h) / first
        z = factor.apply(factor.times(t, self._y) - change)
        if self._logdet:
            z += factor.weigh(d - shrink * delta)
        total = factor.correlate(z, delta) + factor.correlate(self._z, d)
        return self._space.pack(total)


def _descend(
    t: Array, Q: Array, goal: float, limit: int, natural: bool
) -> Descent | None:
    """Newton's method from the lags t for the range sums Q, if the order is small."""
    if len(t) > ONE_RUN:
        return None
    goals = np.array([goal], dtype=float)
    counts, lags, table = _newton(t[None], Q[None], goals, limit, natural)
    count = int(counts[0])
    return Descent(_parameters(lags[0, :count]), table[0, :count].tolist())


def descend_each(
    T: Array, Q: Array, goals: Array, limit: int, *, natural: bool
) -> Ends:
    """The same from each row of lags for the range sums in the same row of Q."""
    k, n = T.shape
    together = max(1, _ENTRIES // ((limit + 1) * n))  # runs
    parts = []
    for first in range(0, k, together):
        rows = slice(first, first + together)
        counts, lags, table = _newton(T[rows], Q[rows], goals[rows], limit, natural)
        last = np.arange(len(counts)), np.maximum(counts - 1, 0)
        parts.append((counts, lags[last], table[last]))
    counts, ends, table = map(np.concatenate, zip(*parts, strict=True))
    return Ends(_parameters(ends), table[:, 0], table[:, 1], counts)


def _newton(T: Array, Q: Array, goals: Array, limit: int, natural: bool) -> Any:
    unit = UNITS[T.dtype.kind]
    kernel = newton_kernels().newton
    return kernel(T, Q, unit, goals, limit, natural, ILL_CONDITIONED)


def _parameters(lags: Array) -> Array:
    """Each row of lags as parameters."""
    if lags.dtype == float:
        return lags
    return np.hstack([lags.real, lags.imag[:, 1:]])


def _hessian(K: Array, root: Array) -> Array:
    """The Hessian of ln det T + tr(K S): Re tr(K S_k (2 K S K - K) S_l)."""
    M = gram(product(K, root))  # K S K
    M *= 2.0
    M -= K
    H = toeplitz_gram(K, M)
    return 0.5 * (H + H.T)


class SnapshotTerm:
    """ln det T + the mean of x^H K x over a few samples x, without range sums."""

    def __init__(
        self, space: ToeplitzStructure, factor: ToeplitzFactor, scatter: Scatter
    ) -> None:
        """Take the factor of T and the scatter of samples."""
        assert scatter.samples is not None
        self._space = space
        self._factor = factor
        self._scatter = scatter
        self._X = scatter.samples

    @lazy
    def _U(self) -> Array:
        return self._factor.apply(self._X)  # K x

    @lazy
    def value(self) -> float:
        return self._factor.logdet + inner(self._X, self._U) / len(self._X)

    @lazy
    def gradient(self) -> Array:
        factor, delta = self._factor, self._factor.delta
        logdet = factor.cross_spectrum(factor.weigh(delta), delta)
        quadratic = factor.cross_spectrum(self._U, self._U) / len(self._X)
        return self._space.pack(factor.sums(logdet - quadratic))

    def hessp(self, v: Array) -> Array:
        factor, t = self._factor, self._space.lags(v)
        change = factor.apply(factor.times(t, self._U.T).T)  # K V K x
        quadratic = factor.correlate(change, self._U) * (2.0 / len(self._X))
        return self._space.pack(factor.logdet_hessp(t) + quadratic)

    @lazy
    def hessian(self) -> Array:
        return _hessian(self._factor.inverse, self._scatter.root)


class DenseGaussian:
    """The same by the dense factor of an ill-conditioned T."""

    def __init__(self, point: MatrixPoint, root: Array) -> None:
        """Take the point and R, with S = R R^H."""
        self._point = point
        self._R = root
        self._term = Gaussian(point, root)
        self.hessp = self._term.hessp

    @property
    def value(self) -> float:
        return self._term.value

    @property
    def gradient(self) -> Array:
        return self._term.gradient

    @lazy
    def hessian(self) -> Array:
        return _hessian(self._point.factor.inverse, self._R)


class SmallGaussian:
    """ln det T + tr(K S) where one call has computed the value and the gradient."""

    def __init__(
        self, value: float, gradient: Array, point: ToeplitzPoint, scatter: Scatter
    ) -> None:
        """Take both, and where the rest is to be had."""
        self.value = value
        self.gradient = gradient
        self._point = point
        self._scatter = scatter

    def hessp(self, v: Array) -> Array:
        return self._whole.hessp(v)

    @property
    def hessian(self) -> Array | None:
        return getattr(self._whole, "hessian", None)

    def descend(self, goal: float, limit: int, *, natural: bool) -> Descent | None:
        """A whole run of Newton's method from here, in one call."""
        t = self._point.lags
        Q = in_field(self._scatter.range_sums, t)
        return _descend(t, Q, goal, limit, natural)

    @lazy
    def _whole(self) -> Term:
        return self._point.gaussian(self._scatter)
