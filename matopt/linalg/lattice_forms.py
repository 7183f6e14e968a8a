"""tr(T^-1 S) as a function of the lattice of T, with what it takes to differentiate it.

Each form has its value for a lattice and t_0, and its derivatives by the parts of the
lattice, the ``Bars`` that ``Lattice.pull`` takes, with their own along a direction.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from matopt.lazy import lazy
from matopt.linalg.arrays import Array
from matopt.linalg.lattice import Bars, Lattice, LatticeDirection, unskew
from matopt.linalg.product import herm, inner, product
from matopt.linalg.toeplitz_factor import in_field, kernels


class LatticeForm(Protocol):
    """tr(T^-1 S) at one lattice and one t_0."""

    @property
    def value(self) -> float:
        """The value."""

    @property
    def bars(self) -> Bars:
        """The derivatives by parts of the lattice."""

    def along(self, direction: LatticeDirection, level: float) -> tuple[float, Bars]:
        """The derivatives of both along the direction and a change of ln t_0."""


class LastPredictorForm:
    """tr(T^-1 S) = a^H Q a / e with the last predictor a and its error variance e.

    Q are the packed range sums of the diagonals of S: O(n^2) for any number of samples.
    It sums terms of both signs, so that it loses digits as cond(T) grows. Box and
    Jenkins, Time Series Analysis (1976), appendix A7.5.
    """

    def __init__(self, lattice: Lattice, power: float, Q: Array) -> None:
        """Take the lattice, t_0 and Q."""
        self._Q = in_field(Q, lattice.k)
        self._error = power * float(lattice.errors[-1])
        self._a = lattice.predictors[-1]
        self._relative = lattice.errors[-1]

    @lazy
    def _abar(self) -> Array:
        return self._double(self._a)

    def _double(self, a: Array) -> Array:
        """2 Q a / e."""
        Qa: Array = kernels().range_product(self._Q, a) * (2.0 / self._error)
        return Qa

    @lazy
    def value(self) -> float:
        return 0.5 * inner(self._a, self._abar)

    @lazy
    def bars(self) -> Bars:
        return Bars(predictor=self._abar, errors=self._last(-self.value))

    def _last(self, change: float) -> Array:
        """The derivative by the errors, from that by ln e."""
        bars = np.zeros(len(self._a))
        bars[-1] = change / self._relative
        return bars

    def along(self, direction: LatticeDirection, level: float) -> tuple[float, Bars]:
        rate = float(direction.log_errors[-1])
        da = direction.predictors[-1]
        change = inner(self._abar, da) - self.value * (level + rate)
        dabar = self._double(da) - self._abar * (level + rate)
        errors = self._last(self.value * rate - change)
        return change, Bars(predictor=dabar, errors=errors)


class WhitenedForm:
    """tr(T^-1 S) = sum_m |y_m|^2 / e_m with the prediction errors y = W R, S = R R^H.

    A sum of squares: it keeps its digits at any cond(T). O(n^2 k) for R (n, k).
    """

    def __init__(self, lattice: Lattice, power: float, R: Array) -> None:
        """Take the lattice, t_0 and R."""
        self._R = R
        self._errors = lattice.errors
        self._scale = 1.0 / (power * lattice.errors)  # 1/(t_0 e_m)
        self._y = product(lattice.whitener, R)

    @lazy
    def _squares(self) -> Array:
        """The terms of the sum."""
        squares: Array = np.sum(np.abs(self._y) ** 2, axis=1) * self._scale
        return squares

    @lazy
    def value(self) -> float:
        return float(self._squares.sum())

    @lazy
    def bars(self) -> Bars:
        return Bars(
            predictors=self._rows(self._y), errors=-self._squares / self._errors
        )

    def _rows(self, y: Array) -> Array:
        """2 diag(scale) y R^H, laid out as predictors."""
        return unskew(product(y * (2.0 * self._scale[:, None]), herm(self._R)))

    def along(self, direction: LatticeDirection, level: float) -> tuple[float, Bars]:
        rates = direction.log_errors + level
        dy = product(direction.whitener, self._R)
        parts = 2.0 * np.sum((self._y.conj() * dy).real, axis=1) * self._scale
        changes = parts - self._squares * rates
        derrors = (self._squares * direction.log_errors - changes) / self._errors
        dPbar = self._rows(dy - self._y * rates[:, None])
        return float(changes.sum()), Bars(predictors=dPbar, errors=derrors)
