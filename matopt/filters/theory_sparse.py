"""Zero-attracting LMS on real signals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import pi, sqrt

import numpy as np

from matopt.filters.signal_moments import SignalMoments
from matopt.filters.theory_base import Theory, at_rest, check_step
from matopt.filters.theory_lms import LMSTheory
from matopt.lazy import lazy
from matopt.linalg import Array, hermitian_part

_TOLERANCE = 1e-7  # relative change of the deviation in a stretch of samples


@dataclass(frozen=True, eq=False)
class ZeroAttractingTheory(Theory):
    """w += mu u e - attraction sgn(w): LMS, with a pull to zero on every weight.

    The recursions of mean and covariance of w, with E sgn(w) = erf and E w sgn(w) of
    Gaussian weights. Chen, Gu & Hero (2009); the Gaussian closure: Su, Jin, Gu & Wang
    (2012).
    """

    moments: SignalMoments
    step: float
    attraction: float

    source = "Chen, Gu & Hero (2009); Su, Jin, Gu & Wang (2012)"
    conditions = "real, independent Gaussian regressors; weights nearly Gaussian"

    def __post_init__(self) -> None:
        check_step(self.step)
        if self.moments.is_complex:
            raise ValueError(
                "moments must be real, got complex; the attraction is that of sgn(w)"
            )
        if not self.attraction >= 0.0:
            raise ValueError(f"attraction must be at least 0, got {self.attraction:g}")

    @property
    def excess(self) -> float:
        return self._final[0]

    @property
    def deviation(self) -> float:
        """E |w_o - w|^2 in the end."""
        return self._final[1]

    @lazy
    def _final(self) -> tuple[float, float]:
        """Where the recursion comes to rest, from w_o on."""
        if not np.isfinite(LMSTheory(self.moments, self.step).excess):
            return np.inf, np.inf
        return at_rest(self.states(self.moments.weights), _TOLERANCE)

    def states(self, start: Array) -> Iterator[tuple[float, float]]:
        m, rho = self.moments, self.attraction
        P = np.eye(m.length) - self.step * m.R
        Q = 0.0 if m.walk is None else m.walk
        mean = m.weights - start  # of w_o - w
        K = np.outer(mean, mean)
        while True:
            yield float(np.sum(m.R * K)), float(np.trace(K))
            sign, slope = self._attracted(mean, K)
            C = K - np.outer(mean, mean)
            mixed = P @ (np.outer(mean, sign) - C * slope)  # E (w_o - w) sgn(w)^T
            signs = np.outer(sign, sign) + slope[:, None] * C * slope
            np.fill_diagonal(signs, 1.0)
            K = self._step_of_lms(K) + rho * (mixed + mixed.T) + rho * rho * signs + Q
            K = hermitian_part(K)  # the rest, rounding, would grow
            mean = P @ mean + rho * sign

    def _step_of_lms(self, K: Array) -> Array:
        mu, R = self.step, self.moments.R
        RK = R @ K
        gained = (np.trace(RK) + self.minimum_error) * R + 2.0 * RK @ R
        after: Array = K - mu * (RK + RK.T) + mu * mu * gained
        return after

    def _attracted(self, mean: Array, K: Array) -> tuple[Array, Array]:
        """E sgn(w) and its derivative by the mean of w, each weight Gaussian."""
        from scipy.special import erf

        w = self.moments.weights - mean
        spread = np.sqrt(np.maximum(np.diagonal(K) - mean * mean, 0.0))
        fixed = spread <= 1e-12 * (1.0 + np.abs(w))
        z = w / np.where(fixed, 1.0, sqrt(2.0) * spread)
        slope = sqrt(2.0 / pi) * np.exp(-z * z) / np.where(fixed, 1.0, spread)
        return np.where(fixed, np.sign(w), erf(z)), np.where(fixed, 0.0, slope)
