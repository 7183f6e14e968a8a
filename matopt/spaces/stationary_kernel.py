"""Covariances of a stationary process on a grid, by a kernel of few parameters."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from matopt.errors import OutOfDomain
from matopt.lazy import lazy
from matopt.linalg import Array, Scatter, as_array, check_positive_definite
from matopt.spaces.chart import ChartPoint
from matopt.spaces.flat import Flat
from matopt.spaces.space import Seed, check_order, generator
from matopt.spaces.toeplitz import SymmetricToeplitz
from matopt.spaces.toeplitz_point import ToeplitzPoint

_MEMBERSHIP = 1e-8  # largest distance of a lag to the family, relative to t_0
_SMALLEST_NOISE = 1e-14  # variance of the noise of a matrix that has none, over t_0
_SHORTEST, _LONGEST = -2.0, 14.0  # ln(length / spacing) that a matrix can tell


class CorrelationFunction(NamedTuple):
    """r(s) of a distance of s lengths, and its derivatives by ln(length)."""

    value: Array
    first: Array
    second: Array


Family: TypeAlias = Callable[[Array, float], CorrelationFunction]


def _squared_exponential(s: Array, alpha: float) -> CorrelationFunction:
    r, q = np.exp(-0.5 * s * s), s * s
    return CorrelationFunction(r, q * r, q * (q - 2.0) * r)


def _matern12(s: Array, alpha: float) -> CorrelationFunction:
    r = np.exp(-s)
    return CorrelationFunction(r, s * r, s * (s - 1.0) * r)


def _matern32(s: Array, alpha: float) -> CorrelationFunction:
    u = math.sqrt(3.0) * s
    r = np.exp(-u)
    return CorrelationFunction((1.0 + u) * r, u * u * r, u * u * (u - 2.0) * r)


def _matern52(s: Array, alpha: float) -> CorrelationFunction:
    u = math.sqrt(5.0) * s
    r, q = np.exp(-u), u * u / 3.0
    second = q * (u * u - 2.0 * u - 2.0) * r
    return CorrelationFunction((1.0 + u + q) * r, q * (1.0 + u) * r, second)


def _rational_quadratic(s: Array, alpha: float) -> CorrelationFunction:
    b, q = 1.0 + s * s / (2.0 * alpha), s * s
    first = q * b ** (-alpha - 1.0)
    second = q * q * (alpha + 1.0) / alpha * b ** (-alpha - 2.0) - 2.0 * first
    return CorrelationFunction(b**-alpha, first, second)


_FAMILIES: dict[str, Family] = {
    "squared_exponential": _squared_exponential,
    "matern12": _matern12,
    "matern32": _matern32,
    "matern52": _matern52,
    "rational_quadratic": _rational_quadratic,
}


@dataclass(frozen=True, repr=False)
class StationaryKernel(Flat):
    """T_ij = variance r(|i - j| spacing / length) + noise [i = j], order n, real.

    x: ln variance, ln length and, with ``noise``, ln of the variance of the noise; flat
    in them. r(s) by ``kernel``:

    - "squared_exponential": exp(-s^2/2)
    - "matern12", "matern32", "matern52": exp(-s); (1 + u) exp(-u), u = sqrt(3) s;
      (1 + u + u^2/3) exp(-u), u = sqrt(5) s
    - "rational_quadratic": (1 + s^2/(2 alpha))^-alpha, ``alpha`` given

    Without noise a long length makes T singular to rounding, where f is +inf.
    Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), chapter 4.

    >>> import numpy as np, matopt as mo
    >>> space = mo.StationaryKernel(3, "matern12", noise=False)
    >>> space.matrix(np.log([4.0, 2.0])).round(4)  # variance 4, length 2
    array([[4.    , 2.4261, 1.4715],
           [2.4261, 4.    , 2.4261],
           [1.4715, 2.4261, 4.    ]])
    """

    n: int
    kernel: str = "squared_exponential"
    spacing: float = 1.0
    noise: bool = True
    alpha: float = 1.0

    dtype = float
    hermitian = True

    def __post_init__(self) -> None:
        """Check the settings."""
        super().__post_init__()
        check_order(self.n, "n", self.dimension)
        if self.kernel not in _FAMILIES:
            raise ValueError(
                f"kernel must be one of {', '.join(_FAMILIES)}, got {self.kernel!r}"
            )
        for name in ("spacing", "alpha"):
            value = getattr(self, name)
            if not 0.0 < value < math.inf:
                raise ValueError(f"{name} must be positive, got {value}")

    @property
    def shape(self) -> tuple[int, int]:
        """(n, n)."""
        return (self.n, self.n)

    @property
    def dimension(self) -> int:
        """3, or 2 without noise."""
        return 3 if self.noise else 2

    def correlation(
        self, length: float, lags: Array | None = None
    ) -> CorrelationFunction:
        """r at 0, ..., n - 1, or at these lags, and its derivatives by ln(length)."""
        k = np.arange(float(self.n)) if lags is None else lags
        return _FAMILIES[self.kernel](k * (self.spacing / length), self.alpha)

    # Points

    def point(self, x: Array) -> KernelPoint:
        """The point at x."""
        return KernelPoint(self, x)

    def matrix(self, x: Array) -> Array:
        """The matrix at x."""
        return self.point(x).dense

    def admit(self, start: ArrayLike) -> Array:
        """Return x for a matrix, or for an x."""
        x = as_array(start, "start")
        if x.ndim == 1:
            return as_array(x, "start", shape=(self.dimension,), dtype=float).copy()
        return self.parameters(x)

    def parameters(self, matrix: ArrayLike) -> Array:
        """The x of a positive definite matrix of the family."""
        structure = SymmetricToeplitz(self.n)
        t = structure.parameters(matrix)
        check_positive_definite(structure.matrix(t), "matrix")
        x = self._of_lags(t)
        off = math.inf if x is None else float(np.max(np.abs(self.point(x).lags - t)))
        if x is None or off > _MEMBERSHIP * t[0]:
            raise ValueError(
                f"matrix must belong to {self!r}, but no length gives its first lags "
                "and the others too; pass x, the logarithms of the parameters"
            )
        return x

    def _of_lags(self, t: Array) -> Array | None:
        """x by the first lags: t_(i+1)/t_i, i = 0 or, with noise, 1, rises with it."""
        from scipy.optimize import brentq

        i = 1 if self.noise else 0
        pair = np.array([i, i + 1.0])

        def excess(log_length: float) -> float:
            r = self.correlation(self.spacing * math.exp(log_length), pair).value
            return float(r[1] * t[i] - r[0] * t[i + 1])

        if not excess(_SHORTEST) < 0.0 < excess(_LONGEST):
            return None
        log_length = brentq(excess, _SHORTEST, _LONGEST, xtol=1e-15, rtol=1e-15)
        length = self.spacing * math.exp(log_length)
        variance = t[i] / float(self.correlation(length, pair).value[0])
        if not self.noise:
            return np.log([variance, length])
        noise = max(t[0] - variance, _SMALLEST_NOISE * t[0])
        return np.log([variance, length, noise])

    def random(self, rng: Seed = None) -> Array:
        """All three within about a factor of two; the length of two spacings."""
        x = 0.3 * generator(rng).standard_normal(self.dimension)
        x[1] += math.log(2.0 * self.spacing)
        return x

    def start(self, rng: Seed = None) -> Array:
        """Variance 1, the length of two spacings, noise 1/10."""
        return self._start(1.0, 2.0)

    def _start(self, power: float, steps: float) -> Array:
        x = np.log([power, steps * self.spacing, 0.1 * power])
        return x[: self.dimension]

    def near(self, scatter: Scatter) -> Array | None:
        """The power of the samples, and where their correlations fall to a half."""
        t = scatter.autocovariances
        if not t[0] > 0.0:
            return None
        low = np.flatnonzero(t < 0.5 * t[0])
        return self._start(float(t[0]), float(max(low[0], 1.0)) if len(low) else self.n)


class KernelPoint(ChartPoint):
    """T at x; the lags are e^(x_0) r + e^(x_2) e_0."""

    space: StationaryKernel

    def __init__(self, space: StationaryKernel, x: Array) -> None:
        """Take x, which is not copied."""
        super().__init__(space)
        self._x = x

    @property
    def x(self) -> Array:
        """The logarithms of the parameters."""
        return self._x

    @lazy
    def _natural(self) -> tuple[float, float, float]:
        """Variance, length and noise."""
        with np.errstate(over="ignore", under="ignore"):
            values = np.exp(self._x)
        if not (np.all(values > 0.0) and np.all(values < np.inf)):
            raise OutOfDomain("a parameter is too large or small for floating point")
        variance, length, *noise = map(float, values)
        return variance, length, noise[0] if noise else 0.0

    @lazy
    def _correlation(self) -> CorrelationFunction:
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            r = self.space.correlation(self._natural[1])
        if not all(np.isfinite(part).all() for part in r):
            raise OutOfDomain("the length is too short for floating point numbers")
        return r

    @lazy
    def lags(self) -> Array:
        """t, the first column."""
        variance, _, noise = self._natural
        t: Array = variance * self._correlation.value
        t[0] += noise
        return t

    @lazy
    def member(self) -> ToeplitzPoint:
        """T by its lags."""
        return SymmetricToeplitz(self.space.n).point(self.lags)

    @lazy
    def _columns(self) -> Array:
        """The derivatives of t by x, (n, 2)."""
        variance, _, _ = self._natural
        r = self._correlation
        return variance * np.column_stack([r.value, r.first])

    def push(self, v: Array) -> Array:
        """The change of the lags."""
        dt: Array = self._columns @ v[:2]
        if self.space.noise:
            dt[0] += self._natural[2] * v[2]
        return dt

    def pull(self, g: Array) -> Array:
        """By the logarithms."""
        covector: Array = g @ self._columns
        if not self.space.noise:
            return covector
        return np.append(covector, self._natural[2] * g[0])

    def pull_along(self, v: Array, g: Array) -> Array:
        """t_00 = t_0 = variance r, t_01 = variance r', t_11 = variance r''."""
        variance, _, noise = self._natural
        value, length = g @ self._columns
        second = variance * float(g @ self._correlation.second)
        bent = [value * v[0] + length * v[1], length * v[0] + second * v[1]]
        if self.space.noise:
            bent.append(noise * g[0] * v[2])
        return np.array(bent)
