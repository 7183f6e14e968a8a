"""Updates with a function of the error: sign-error LMS, LMF, mixed norm."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from math import pi, sqrt
from typing import ClassVar

import numpy as np

from matopt.filters.signal_moments import SignalMoments
from matopt.filters.theory_base import Theory, check_step, first_modes, modes
from matopt.linalg import Array

_SCAN = 400  # points in the search for the steady state, from 1e-9 to 1e9


class ErrorFunctionTheory(Theory):
    """K+ = K - mu h (R K + K R) + mu^2 H R + Q for w += mu u conj(g(e)).

    h = E conj(e_a) g(e) / E |e_a|^2 and H = E |g(e)|^2, with the a-priori excess e_a
    Gaussian, which it is for long filters, and |g(e)|^2 independent of u. Al-Naffouri &
    Sayed (2003).
    """

    step: float
    source: ClassVar[str] = "Al-Naffouri & Sayed (2003)"

    @abstractmethod
    def slope(self, excess: float) -> float:
        """h at E |e_a|^2 = excess."""

    @abstractmethod
    def power(self, excess: float) -> float:
        """H at E |e_a|^2 = excess."""

    def states(self, start: Array) -> Iterator[tuple[float, float]]:
        mu, eig, q = self.step, self.moments.eigenvalues, self.moments.mode_walk
        k = first_modes(self.moments, start)[1]
        while True:
            excess, deviation = modes(self.moments, k)
            yield excess, deviation
            x = np.float64(excess)  # overflows to infinity
            h, H = self.slope(x), self.power(x)
            k = np.maximum(k - (2.0 * mu * h * eig) * k, 0.0) + (mu * mu * H) * eig + q

    @property
    def excess(self) -> float:
        """The least solution of 2 mu h(x) x = mu^2 H(x) tr R + tr Q, inf if none."""
        m = self.moments
        scale = m.minimum_error + self.step * m.trace + float(m.mode_walk.sum())
        grid = scale * np.logspace(-9.0, 9.0, _SCAN)
        below = 0.0
        for above in grid:
            if self._balance(above) >= 0.0:
                return self._root(below, float(above))
            below = float(above)
        return np.inf

    def _balance(self, x: float) -> float:
        """What the excess loses at a sample, less what it gains."""
        m, mu = self.moments, self.step
        gained = mu * mu * self.power(x) * m.trace + float(m.mode_walk.sum())
        return 2.0 * mu * self.slope(x) * x - gained

    def _root(self, low: float, high: float) -> float:
        while low < (middle := 0.5 * (low + high)) < high:
            low, high = (middle, high) if self._balance(middle) < 0 else (low, middle)
        return high


@dataclass(frozen=True, eq=False)
class SignErrorTheory(ErrorFunctionTheory):
    """g(e) = sgn(e), of real and imaginary part: excess a/2 (a + sqrt(a^2 + 4 Jmin)).

    a = sqrt(pi / 8) mu tr R, complex sqrt(pi) / 2 mu tr R, by the theorem of Price
    (1958), for a Gaussian error.
    """

    moments: SignalMoments
    step: float

    conditions = "Gaussian noise and regressors"

    def __post_init__(self) -> None:
        check_step(self.step)

    def slope(self, excess: float) -> float:
        gain = 2.0 / sqrt(pi) if self.moments.is_complex else sqrt(2.0 / pi)
        total = self.minimum_error + excess
        return gain / sqrt(total) if total else 0.0

    def power(self, excess: float) -> float:
        return 2.0 if self.moments.is_complex else 1.0


@dataclass(frozen=True, eq=False)
class MixedNormTheory(ErrorFunctionTheory):
    """g(e) = e (mix + (1 - mix) |e|^2): LMF for mix = 0, and mu E v^6 tr R / (6 Jmin).

    By the moments of v in ``moments`` (``kurtosis``, ``sixth``), and of a Gaussian
    excess. LMF always diverges from far enough away; ``is_stable`` says that a steady
    state exists. Walach & Widrow (1984).
    """

    moments: SignalMoments
    step: float
    mix: float = 0.0

    conditions = "Gaussian regressors, noise of the moments given, long filters"

    def __post_init__(self) -> None:
        check_step(self.step)
        if not 0.0 <= self.mix <= 1.0:
            raise ValueError(f"mix must be in [0, 1], got {self.mix:g}")

    def slope(self, excess: float) -> float:
        c = 2.0 if self.moments.is_complex else 3.0
        return self.mix + c * (1.0 - self.mix) * (excess + self.minimum_error)

    def power(self, excess: float) -> float:
        second, fourth, sixth = self._error_moments(excess)
        a, b = self.mix, 1.0 - self.mix
        return a * a * second + 2.0 * a * b * fourth + b * b * sixth

    def _error_moments(self, x: float) -> tuple[float, float, float]:
        """E |v + e_a|^2, |.|^4 and |.|^6, e_a Gaussian of variance x."""
        s, fourth, sixth = self.moments.noise_moments
        if self.moments.is_complex:
            return (
                s + x,
                fourth + 4.0 * x * s + 2.0 * x * x,
                sixth + 9.0 * x * fourth + 18.0 * x * x * s + 6.0 * x**3,
            )
        return (
            s + x,
            fourth + 6.0 * x * s + 3.0 * x * x,
            sixth + 15.0 * x * fourth + 45.0 * x * x * s + 15.0 * x**3,
        )
