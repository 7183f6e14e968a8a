"""A Toeplitz matrix at reflection coefficients, and its terms.

f is seen as a function of l = ln t_0 and k, with derivatives lbar and kbar, through the
lags t = e^l r(k). In the frame of the space its covector has the entries lbar/sqrt n
and (1 - |k_m|^2) kbar_m / sqrt(n - m).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from matopt.errors import OutOfDomain
from matopt.lazy import lazy
from matopt.linalg import (
    Array,
    Bars,
    LastPredictorForm,
    Lattice,
    LatticeDirection,
    LatticeForm,
    Scatter,
    ToeplitzFactor,
    WhitenedForm,
    disk_to_origin,
)
from matopt.spaces.bent import Nothing
from matopt.spaces.chart import BentChart, ChartPoint
from matopt.spaces.point import Term
from matopt.spaces.toeplitz_point import ToeplitzPoint

if TYPE_CHECKING:
    from matopt.spaces.positive_definite_toeplitz import PositiveDefiniteToeplitz

_EPS = float(np.finfo(float).eps)
# tr(T^-1 S) by range sums loses eps t_0 tr(T^-1) of its digits; beyond this, by a sum
# of squares, none.
_ILL_CONDITIONED = 1e6


class Change(NamedTuple):
    """A tangent as changes of l and k."""

    level: float
    lattice: LatticeDirection


class Slope(NamedTuple):
    """A covector as derivatives by l and k."""

    level: float
    k: Array


class ReflectionPoint(ChartPoint):
    """T at l and k, with 1 - |k|^2 in ``gaps``."""

    space: PositiveDefiniteToeplitz

    def __init__(
        self,
        space: PositiveDefiniteToeplitz,
        level: float,
        k: Array,
        gaps: Array,
        x: Array | None = None,
    ) -> None:
        """Take l, k, the gaps, and x where it is known."""
        super().__init__(space)
        self.level = level
        self.k = k
        self.gaps = gaps
        if x is not None:
            self.x = x

    @lazy
    def x(self) -> Array:
        """Normal coordinates around the identity."""
        return self.space.join(self.level, disk_to_origin(self.k, self.gaps))

    @lazy
    def power(self) -> float:
        """t_0."""
        with np.errstate(over="ignore", under="ignore"):
            power = float(np.exp(self.level))
        if not 0.0 < power < np.inf:
            raise OutOfDomain("t_0 is too large or too small for floating point")
        return power

    @lazy
    def lattice(self) -> Lattice:
        """The predictors of all orders, which factorize the inverse."""
        lattice = Lattice(self.k, self.gaps)
        with np.errstate(divide="ignore", invalid="ignore"):
            singular = not lattice.inverse_trace * (self.space.n * _EPS) < 1.0
        if singular:  # beyond, entries of T do not determine whether T > 0
            raise OutOfDomain("the matrix is singular to rounding")
        self.factorizations += 1
        return lattice

    @lazy
    def lags(self) -> Array:
        """t, the first column."""
        return self.power * self.lattice.correlations

    @property
    def ill_conditioned(self) -> bool:
        """Does tr(T^-1 S) by range sums lose many digits?"""
        return self.lattice.inverse_trace > _ILL_CONDITIONED

    @lazy
    def member(self) -> ToeplitzPoint:
        """T by its lags, with the inverse that is known."""
        structure = self.space.structure
        point = structure.point(structure.pack(self.lags))
        if not self.ill_conditioned:
            lattice = self.lattice
            delta = lattice.predictors[-1] / (self.power * lattice.errors[-1])
            point.factor = ToeplitzFactor(self.lags, delta, self.logdet)
        return point

    # The chart

    def push(self, v: Array) -> Array:
        """The changes of the lags."""
        change = self.change(v)
        dt = self.power * change.lattice.correlations + change.level * self.lags
        return self.space.structure.pack(dt)

    def pull(self, g: Array) -> Array:
        """By l and k."""
        return self.covector(self._slope(self.space.structure.lags(g)))

    def _slope(self, tbar: Array) -> Slope:
        """The slope of Re <tbar, t>."""
        kbar = self.lattice.pull(Bars(correlations=self.power * tbar))
        return Slope(_pair(tbar, self.lags), kbar)

    def pull_along(self, v: Array, g: Array) -> Array:
        """Along the geodesic of v."""
        tbar = self.space.structure.lags(g)
        slope, change = self._slope(tbar), self.change(v)
        bars = Bars(correlations=self.power * tbar)
        bent = Slope(
            slope.level * change.level + _pair(slope.k, change.lattice.dk),
            slope.k * change.level + change.lattice.pull(bars, Bars()),
        )
        return self.covector(bent) + self.turned(self.covector(slope), v)

    def bend(self, v: Array) -> BentReflection:
        """The second derivative of the lags, along geodesics."""
        return BentReflection(self, v)

    def change(self, v: Array) -> Change:
        """The tangent v as changes of l and k."""
        level, u = self.space.split(v)
        return Change(float(level), self.lattice.along(self.gaps * u))

    def covector(self, slope: Slope) -> Array:
        """The covector of derivatives by l and k."""
        weights = self.space.weights
        u = self.gaps * slope.k / weights[1:] ** 2
        return self.space.join(slope.level / weights[0] ** 2, u)

    def turned(self, g: Array, v: Array) -> Array:
        """What the curves k(u) add to the second derivative of f along v, g that of f.

        On geodesics k = z + (1 - |z|^2) (u - conj(z) u^2) + O(u^3) around z.
        """
        u, w = self.space.split(v)[1], self.space.split(g)[1]
        return self.space.join(0.0, -2.0 * self.k * u.conj() * w)

    # Terms

    @lazy
    def logdet(self) -> float:
        """n l + sum of (n - m) ln(1 - |k_m|^2)."""
        _ = self.lattice, self.power  # in the domain
        weights = self.space.weights
        logs = np.log(self.gaps)
        return float(weights[0] ** 2 * self.level + (weights[1:] ** 2).dot(logs))

    def logdet_slope(self) -> Slope:
        """The derivatives of ln det T by l and k."""
        weights = self.space.weights**2
        return Slope(weights[0], -2.0 * weights[1:] * self.k / self.gaps)

    def logdet_slope_along(self, dk: Array) -> Slope:
        """The derivative of ``logdet_slope`` along dk."""
        radial = 2.0 * self.k * (self.k.conj() * dk).real / self.gaps
        weights = self.space.weights[1:] ** 2
        return Slope(0.0, -2.0 * weights * (dk + radial) / self.gaps)

    def logdet_gradient(self) -> Array:
        """sqrt n, and -2 sqrt(n - m) k_m."""
        return self.space.join(1.0, -2.0 * self.k)

    def logdet_hessp(self, v: Array) -> Array:
        """All of it: -2 (u - k^2 conj u) in each disk."""
        _, u = self.space.split(v)
        return self.space.join(0.0, -2.0 * (u - self.k**2 * u.conj()))

    def gaussian(self, scatter: Scatter) -> Term:
        """ln det T + tr(T^-1 S) by its derivatives in l and k."""
        return ReflectionGaussian(self, scatter)


class ReflectionGaussian:
    """ln det T + tr(T^-1 S) through the lattice, without the lags or the inverse."""

    def __init__(self, point: ReflectionPoint, scatter: Scatter) -> None:
        """Take the point and the statistic of the samples."""
        self._point = point
        self._scatter = scatter

    @lazy
    def _form(self) -> LatticeForm:
        point, scatter = self._point, self._scatter
        if point.ill_conditioned:
            return WhitenedForm(point.lattice, point.power, scatter.root)
        return LastPredictorForm(point.lattice, point.power, scatter.range_sums)

    @lazy
    def value(self) -> float:
        return self._point.logdet + self._form.value

    @lazy
    def gradient(self) -> Array:
        point = self._point
        level, k = point.logdet_slope()
        kbar = point.lattice.pull(self._form.bars)
        return point.covector(Slope(level - self._form.value, k + kbar))

    def hessp(self, v: Array) -> Array:
        """All of it, the curvature of the coordinates included."""
        point = self._point
        change = point.change(v)
        moved, dbars = self._form.along(change.lattice, change.level)
        quadratic = change.lattice.pull(self._form.bars, dbars)
        logdet = point.logdet_slope_along(change.lattice.dk)
        straight = point.covector(Slope(-moved, logdet.k + quadratic))
        return straight + point.turned(self.gradient, v)


class BentReflection(BentChart):
    """Without ln det T and the likelihood: their ``hessp`` is whole."""

    def logdet_gradient(self) -> Array:
        """Nothing is left."""
        return np.zeros_like(self.v)

    def gaussian(self, scatter: Scatter) -> Term:
        """Nothing is left."""
        return Nothing(self.v)


def _pair(a: Array, b: Array) -> float:
    """Re sum conj(a) b."""
    return float(np.vdot(a, b).real)
