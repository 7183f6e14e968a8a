"""A Toeplitz matrix at reflection coefficients, and its terms.

f is seen as a function of l = ln t_0 and k, with derivatives lbar and kbar, through the
lags t = e^l r(k). In the frame of the space its covector has the entries lbar/sqrt n
and (1 - |k_m|^2) kbar_m / sqrt(n - m).
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from matopt.errors import OutOfDomain
from matopt.linalg import (
    Array,
    Bars,
    Lattice,
    LatticeDirection,
    LatticeFactor,
    LatticeForm,
    Scatter,
    WhitenedForm,
    disk_to_origin,
)
from matopt.spaces.bent import Bent, Nothing
from matopt.spaces.point import MatrixPoint, Term

if TYPE_CHECKING:
    from matopt.spaces.positive_definite_toeplitz import PositiveDefiniteToeplitz


_EPS = float(np.finfo(float).eps)


class Change(NamedTuple):
    """A tangent as changes of l and k."""

    level: float
    lattice: LatticeDirection


class Slope(NamedTuple):
    """A covector as derivatives by l and k."""

    level: float
    k: Array


class ReflectionPoint(MatrixPoint):
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
            self.__dict__["x"] = x

    @cached_property
    def x(self) -> Array:
        """Normal coordinates around the identity."""
        return self.space.join(self.level, disk_to_origin(self.k, self.gaps))

    @cached_property
    def power(self) -> float:
        """t_0."""
        with np.errstate(over="ignore", under="ignore"):
            power = float(np.exp(self.level))
        if not 0.0 < power < np.inf:
            raise OutOfDomain("t_0 is too large or too small for floating point")
        return power

    @cached_property
    def lattice(self) -> Lattice:
        """The predictors of all orders, which factorize the inverse."""
        lattice = Lattice(self.k, self.gaps)
        with np.errstate(divide="ignore", invalid="ignore"):
            singular = not lattice.inverse_trace * (self.space.n * _EPS) < 1.0
        if singular:  # beyond, entries of T do not determine whether T > 0
            raise OutOfDomain("the matrix is singular to rounding")
        self.factorizations += 1
        return lattice

    @cached_property
    def lags(self) -> Array:
        """t, the first column."""
        return self.power * self.lattice.correlations

    @cached_property
    def dense(self) -> Array:
        """T."""
        return self._toeplitz(self.lags)

    def _toeplitz(self, t: Array) -> Array:
        structure = self.space.structure
        return structure.matrix(_parameters(t))

    # The chart

    def along(self, v: Array) -> Array:
        """The Toeplitz matrix of the change of the lags."""
        change = self.change(v)
        dt = self.power * change.lattice.correlations + change.level * self.lags
        return self._toeplitz(dt)

    def adjoint(self, left: Array, right: Array | None = None) -> Array:
        """The sums of G over pairs of diagonals, by l and k."""
        return self.covector(self.lag_slope(self.lag_sums(left, right)))

    def lag_sums(self, left: Array, right: Array | None) -> Array:
        """tbar: the derivative by the lags of what has the ambient gradient G (144)."""
        g = self.space.structure.adjoint(left, right)
        tbar = g[: self.space.n].astype(self.k.dtype)
        if self.k.dtype == complex:
            tbar[1:] += 1j * g[self.space.n :]
        return tbar

    def lag_slope(self, tbar: Array) -> Slope:
        """The slope of Re <tbar, t>."""
        kbar = self.lattice.pull(Bars(correlations=self.power * tbar))
        return Slope(_pair(tbar, self.lags), kbar)

    def bend(self, v: Array) -> BentReflection:
        """The second derivative of the lags, along geodesics."""
        return BentReflection(self, v)

    def change(self, v: Array) -> Change:
        """The tangent v as changes of l and k."""
        level, u = self.space.split(v)
        return Change(float(level), self.lattice.along(self.gaps * u))

    def covector(self, slope: Slope) -> Array:
        """The covector of derivatives by l and k."""
        space = self.space
        u = self.gaps * slope.k / space.weights[1:] ** 2
        return space.join(slope.level / space.weights[0] ** 2, u)

    def turned(self, g: Array, v: Array) -> Array:
        """What the curves k(u) add to the second derivative of f along v, g that of f.

        On geodesics k = z + (1 - |z|^2) (u - conj(z) u^2) + O(u^3) around z.
        """
        u, w = self.space.split(v)[1], self.space.split(g)[1]
        return self.space.join(0.0, -2.0 * self.k * u.conj() * w)

    # Terms

    @cached_property
    def factor(self) -> LatticeFactor:
        """T^-1 through the predictors."""
        return LatticeFactor(self.lattice, self.power, self.logdet)

    @cached_property
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

    @cached_property
    def _form(self) -> LatticeForm:
        point = self._point
        return WhitenedForm(point.lattice, point.power, self._scatter.root)

    @cached_property
    def value(self) -> float:
        return self._point.logdet + self._form.value

    @cached_property
    def _slope(self) -> Slope:
        point = self._point
        logdet = point.logdet_slope()
        kbar = point.lattice.pull(self._form.bars)
        return Slope(logdet.level - self._form.value, logdet.k + kbar)

    @cached_property
    def gradient(self) -> Array:
        return self._point.covector(self._slope)

    def hessp(self, v: Array) -> Array:
        """All of it, the curvature of the coordinates included."""
        point = self._point
        change = point.change(v)
        moved, dbars = self._form.along(change.lattice, change.level)
        quadratic = change.lattice.pull(self._form.bars, dbars)
        logdet = point.logdet_slope_along(change.lattice.dk)
        straight = point.covector(Slope(-moved, logdet.k + quadratic))
        return straight + point.turned(self.gradient, v)


class BentReflection(Bent):
    """The matrix with the derivative of ``adjoint`` along v.

    ln det T and the likelihood have their whole second derivative in ``hessp``.
    """

    point: ReflectionPoint

    def adjoint(self, left: Array, right: Array | None = None) -> Array:
        """The derivative of the slope of <tbar, t>, tbar fixed, along the geodesic."""
        point = self.point
        tbar = point.lag_sums(left, right)
        slope, change = point.lag_slope(tbar), point.change(self.v)
        bars = Bars(correlations=point.power * tbar)
        bent = Slope(
            slope.level * change.level + _pair(slope.k, change.lattice.dk),
            slope.k * change.level + change.lattice.pull(bars, Bars()),
        )
        return point.covector(bent) + point.turned(point.covector(slope), self.v)

    def logdet_gradient(self) -> Array:
        """Nothing is left."""
        return np.zeros_like(self.v)

    def gaussian(self, scatter: Scatter) -> Term:
        """Nothing is left."""
        return Nothing(self.v)


def _parameters(t: Array) -> Array:
    """The parameters of the linear family: the lags, re and im."""
    return t if t.dtype == float else np.concatenate([t.real, t.imag[1:]])


def _pair(a: Array, b: Array) -> float:
    """Re sum conj(a) b."""
    return float(np.vdot(a, b).real)
