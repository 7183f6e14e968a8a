"""The exact likelihood of an autoregressive model."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from matopt.lazy import lazy
from matopt.linalg import (
    Array,
    as_series,
    burg,
    herm,
    hermitian_toeplitz,
    inner,
    lag_products,
    lags_of_reflection,
    product,
)
from matopt.objectives.constant import check_field, check_single, freeze
from matopt.objectives.objective import Evaluation, Objective
from matopt.spaces import MatrixPoint, Seed, Space

_EPS = float(np.finfo(float).eps)


class AutoregressiveLikelihood(Objective):
    """f(T) = (ln det C + x^H C^-1 x)/N, C the AR(p) covariance of N times; T unknown.

    T (p + 1, p + 1) > 0 is the Toeplitz matrix of the first lags of the model: take
    ``PositiveDefiniteToeplitz(order + 1)``, on which every iterate is stable. With the
    first column d of T^-1 (innovation variance 1/d_0, predictor d/d_0),

        N f = ln det T - (N - p - 1) ln d_0 + d^H D d / d_0,

    where D (p + 1, p + 1) is made of lag products of the series, once, in O(N p).
    f is (2/N) times the negative log-likelihood, of complex series (1/N) times, less a
    constant; several trials (trials, time) are independent, and f their mean.
    ``mean=True``: the series have an unknown common mean, which is profiled out.
    Domain: T positive definite.

    Box and Jenkins, Time Series Analysis (1976), appendix A7.5.

    >>> import numpy as np, matopt as mo
    >>> x = np.array([1.0, 0.9, 0.3, 0.1, -0.5, -0.6, -0.1, 0.4])
    >>> f = mo.AutoregressiveLikelihood(x, 1)
    >>> T = mo.minimize(f.on(mo.PositiveDefiniteToeplitz(2))).matrix
    >>> print((T[1, 0] / T[0, 0]).round(4))  # the autocorrelation at lag 1
    0.7621
    """

    def __init__(self, series: ArrayLike, order: int, *, mean: bool = False) -> None:
        """Take the series, (time,) or (trials, time), and the order p."""
        x = as_series(series, order)
        self.order: int = int(order)
        self.trials: int = x.shape[0]
        self.length: int = x.shape[1]
        self.mean = mean
        self._centre: complex = _centre(x) if mean else 0.0
        x = x - self._centre  # sums about a mean far from zero would cost digits
        self._start = burg(x, order)
        self.products = freeze(lag_products(x, x, order) / len(x))
        if mean:
            one = np.ones_like(x)
            self.mixed = freeze(lag_products(x, one, order) / len(x))
            self.ones = freeze(lag_products(one, one, order) / len(x))

    @property
    def count(self) -> int:
        """The number of values of all trials, of which BIC takes the logarithm."""
        return self.trials * self.length

    @property
    def mean_parameters(self) -> int:
        """One number of all series, two when complex."""
        return int(self.mean) * (2 if np.iscomplexobj(self.products) else 1)

    def __repr__(self) -> str:
        mean = ", mean=True" if self.mean else ""
        trials = f"{self.trials} x " if self.trials > 1 else ""
        name = type(self).__name__
        return f"{name}(<{trials}{self.length} times>, {self.order}{mean})"

    def check(self, space: Space) -> None:
        """The space must hold Hermitian Toeplitz matrices of order p + 1."""
        n = self.order + 1
        check_single(space)
        if space.shape != (n, n):
            raise ValueError(
                f"order is {self.order} but the space {space!r} has matrices of shape "
                f"{space.shape}; they must be ({n}, {n}), for order + 1 lags"
            )
        A = space.matrix(space.random())
        if not space.hermitian or not np.allclose(A[1:, 1:], A[:-1, :-1]):
            raise ValueError(
                "AutoregressiveLikelihood needs a space of symmetric (Hermitian) "
                f"Toeplitz matrices, {space!r} is not; take "
                f"PositiveDefiniteToeplitz({n})"
            )
        check_field(space, series=self.products)

    def check_minimum(self, space: Space) -> None:
        """Refuse series that are predicted exactly, such as constant ones.

        There Burg's reflection coefficient of some order is of modulus 1: then the
        errors of prediction of that order vanish, and the likelihood has no maximum.
        """
        exact = self._exact
        if exact is None:
            return
        advice = "" if self.mean else ", or pass mean=True if that is due to a mean"
        raise ValueError(
            f"series is predicted exactly by order {exact}, to rounding: the "
            "likelihood falls without limit towards a singular matrix; lower the order "
            f"to {exact - 1}{advice}"
        )

    @property
    def _exact(self) -> int | None:
        """The order from which on Burg's errors vanish to rounding."""
        gaps = 1.0 - np.abs(self._start[1])
        found = np.flatnonzero(gaps <= self.length * _EPS)
        return int(found[0]) + 1 if len(found) else None

    def unit(self, space: Space) -> float:
        """By the power of the series."""
        power, _ = self._start
        return space.length(power or 1.0)

    def start(self, space: Space, rng: Seed = None) -> Array | None:
        """Burg's estimate, where the space holds it and it is not singular."""
        if self._exact is not None:
            return None
        t = lags_of_reflection(*self._start)
        t = t.astype(space.dtype)
        try:
            return space.parameters(hermitian_toeplitz(t))
        except ValueError:
            return None

    def log_likelihood(self, value: float) -> float:
        """The logarithm of the density of all series where f has this value."""
        if np.iscomplexobj(self.products):
            return -self.count * (value + math.log(math.pi))
        return -0.5 * self.count * (value + math.log(2.0 * math.pi))

    def at(self, point: MatrixPoint) -> AutoregressiveLikelihoodAt:
        """f at the matrix of the first lags."""
        return AutoregressiveLikelihoodAt(self, point)


def _centre(x: Array) -> complex:
    """The average of all series, which must not be constant."""
    if (x == x[0, 0]).all():
        raise ValueError(
            "series must not be constant where their mean is unknown: nothing is left "
            "about it; pass mean=False, or series that vary"
        )
    centre: complex = x.mean().item()
    return centre


class Profile(NamedTuple):
    """The mean, and 1^H C^-1 1 times d_0, for which it is known."""

    mean: complex
    weight: float


class AutoregressiveLikelihoodAt(Evaluation[AutoregressiveLikelihood]):
    """Through d = T^-1 e_0, of which q(d) = d^H D d / d_0 is a function."""

    @lazy
    def _d(self) -> Array:
        unit: Array = np.zeros(self.f.order + 1, self.point.space.dtype)
        unit[0] = 1.0
        return self.point.solve(unit)

    @lazy
    def _profile(self) -> Profile:
        d = self._d
        b = np.vdot(d, product(self.f.mixed, d))
        c = np.vdot(d, product(self.f.ones, d)).real
        return Profile(b / c, float(c))

    @property
    def _off(self) -> complex:
        """The mean, of the series less their average."""
        return self._profile.mean if self.f.mean else 0.0

    @property
    def mean(self) -> complex:
        """The most likely mean for this matrix; 0 where none was asked for."""
        return self.f._centre + self._off

    @lazy
    def _D(self) -> Array:
        """D of the series less its mean."""
        f = self.f
        if not f.mean:
            return f.products
        cross = np.conj(self._off) * f.mixed
        D: Array = f.products - cross - herm(cross) + abs(self._off) ** 2 * f.ones
        return D

    def _D_along(self, dd: Array) -> Array:
        """The derivative of D, by that of the mean."""
        f, d, (mean, weight) = self.f, self._d, self._profile
        db = np.vdot(dd, product(f.mixed, d)) + np.vdot(d, product(f.mixed, dd))
        dc = 2.0 * np.vdot(dd, product(f.ones, d)).real
        moved = (db - mean * dc) / weight
        cross = np.conj(moved) * f.mixed
        change = 2.0 * (np.conj(mean) * moved).real
        dD: Array = change * f.ones - cross - herm(cross)
        return dD

    @lazy
    def _Dd(self) -> Array:
        """2 D d / d_0."""
        Dd: Array = product(self._D, self._d) * (2.0 / self._d[0].real)
        return Dd

    @lazy
    def _quadratic(self) -> float:
        return 0.5 * inner(self._d, self._Dd)

    @property
    def _excess(self) -> int:
        """N - p - 1."""
        return self.f.length - self.f.order - 1

    @lazy
    def value(self) -> float:
        total = self.point.logdet + self._quadratic
        return (total - self._excess * math.log(self._d[0].real)) / self.f.length

    @lazy
    def _y(self) -> Array:
        """T^-1 h, h the derivative of N f - ln det T by d."""
        h = self._Dd.astype(self._d.dtype)
        h[0] -= (self._quadratic + self._excess) / self._d[0].real
        return self.point.solve(h)

    @lazy
    def gradient(self) -> Array:
        # dd = -T^-1 dT d, (40)
        G = self.point.adjoint(-self._y[:, None], self._d[:, None])
        return (self.point.logdet_gradient() + G) / self.f.length

    def hessp(self, v: Array) -> Array:
        V = self.point.along(v)
        dd = -self.point.solve(product(V, self._d))
        dy = self.point.solve(self._h_along(dd) - product(V, self._y))
        left = -np.column_stack([dy, self._y])
        G = self.point.adjoint(left, np.column_stack([self._d, dd]))
        return (self.point.logdet_hessp(v) + G) / self.f.length

    @property
    def mean_gain(self) -> float:
        """|mu|^2 1^H C^-1 1 / N."""
        if not self.f.mean:
            return 0.0
        weight = self._profile.weight / float(self._d[0].real)
        return abs(self.mean) ** 2 * weight / self.f.length

    def _h_along(self, dd: Array) -> Array:
        """The derivative of h along dd."""
        first, rate = self._d[0].real, dd[0].real / self._d[0].real
        change = inner(self._Dd, dd) - self._quadratic * rate
        dh: Array = product(self._D, dd) * (2.0 / first) - rate * self._Dd
        dh[0] += ((self._quadratic + self._excess) * rate - change) / first
        if self.f.mean:
            dh += product(self._D_along(dd), self._d) * (2.0 / first)
        return dh
