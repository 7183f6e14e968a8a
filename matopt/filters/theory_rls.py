"""RLS, with exponential forgetting or without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np

from matopt.filters.signal_moments import SignalMoments
from matopt.filters.theory_base import Theory
from matopt.linalg import Array, Cholesky


@dataclass(frozen=True, eq=False)
class RLSTheory(Theory):
    """Excess L Jmin (s2 / s1^2) / (1 - c (3 s2 / s1^2 - 2 s3 / (s1 s2))).

    s_k is the sum of forgetting^(k i) over the n samples so far, c = L + 1 if real and
    L if complex. Without forgetting that is L Jmin / (n - L - 1), complex
    L Jmin / (n - L), exact by the inverse Wishart distribution for Gaussian regressors
    of any covariance; with it, the expansion of (84)'s solution to second order in the
    fluctuation of its normal matrix. The first order alone is the textbook's
    L Jmin (1 - f) / (1 + f). Infinite until n exceeds L: the regularization that
    starts a filter is left out. Haykin (2002), chapter 9; Eleftheriou & Falconer
    (1986) for the lag behind a walk.
    """

    moments: SignalMoments
    forgetting: float = 0.99

    source = "Haykin (2002), chapter 9; Eleftheriou & Falconer (1986)"
    conditions = "Gaussian regressors, L (1 - forgetting) < 1/2, no regularization"

    def __post_init__(self) -> None:
        if not 0.0 < self.forgetting <= 1.0:
            raise ValueError(
                f"forgetting must be in (0, 1], got {self.forgetting:g}; 1 - 1 / N "
                "remembers N samples"
            )

    @property
    def excess(self) -> float:
        f = self.forgetting
        walks = self._walk > 0.0
        if f == 1.0:
            return np.inf if walks else 0.0
        sums = 1.0 / (1.0 - f), 1.0 / (1.0 - f**2), 1.0 / (1.0 - f**3)
        return self._noise(*sums) + self._lag(*sums)

    @property
    def energy_excess(self) -> float:
        """(Jmin (1 - f) L + tr(Q R) / (1 - f)) / (2 - (1 - f) L). Sayed (2003)."""
        rate = 1.0 - self.forgetting
        reach = rate * self.moments.length
        if rate == 0.0 or reach >= 2.0:
            return self.excess if rate == 0.0 else np.inf
        return (self.minimum_error * reach + self._walk / rate) / (2.0 - reach)

    def states(self, start: Array) -> Iterator[tuple[float, float]]:
        f, m = self.forgetting, self.moments
        gap = m.weights - start
        first = float(np.vdot(gap, m.R @ gap).real), float(np.vdot(gap, gap).real)
        per_excess = float(np.trace(self._inverse).real) / m.length
        walk = float(m.mode_walk.sum()) / self._walk if self._walk else 0.0
        yield first
        sums = np.zeros(3)
        for n in count():
            sums += f ** (n * np.array([1, 2, 3]))
            noise, lag = self._noise(*sums), self._lag(*sums)
            yield noise + lag, per_excess * noise + walk * lag

    @property
    def _inverse(self) -> Array:
        return Cholesky.of(self.moments.R).inverse

    @property
    def _walk(self) -> float:
        """tr(Q R)."""
        m = self.moments
        return float(m.eigenvalues @ m.mode_walk)

    def _noise(self, s1: float, s2: float, s3: float) -> float:
        """The excess that the noise causes."""
        m = self.moments
        c = m.length + (0.0 if m.is_complex else 1.0)
        first = s2 / s1**2
        shrink = 1.0 - c * (3.0 * first - 2.0 * s3 / (s1 * s2))
        if shrink <= 1e-12:  # n = L + 1, up to rounding
            return np.inf if m.minimum_error else 0.0
        return m.length * m.minimum_error * first / shrink

    def _lag(self, s1: float, s2: float, s3: float) -> float:
        """The excess that steps q of w_o cause, those that RLS has not yet followed.

        Of the step j samples ago f^j is left, to first order; to second order
        f^(2j) (1 + 4 d (1 - f^j)) with d the variance s2 / s1^2 c.
        """
        m = self.moments
        if not self._walk:
            return 0.0
        c = m.length + (0.0 if m.is_complex else 1.0)
        d = min(c * s2 / s1**2, 1.0)
        return self._walk * (s2 + 4.0 * d * (s2 - s3))
