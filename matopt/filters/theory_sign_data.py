"""Sign-data LMS on real signals: exact for independent Gaussian regressors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import pi, sqrt

import numpy as np

from matopt.filters.signal_moments import SignalMoments
from matopt.filters.theory_base import Theory, at_rest, check_step
from matopt.lazy import lazy
from matopt.linalg import Array, hermitian_part

_TOLERANCE = 1e-9  # relative change of the deviation in a stretch of samples


@dataclass(frozen=True, eq=False)
class SignDataTheory(Theory):
    """w += mu sgn(u) e: K+ = K - mu (A K + K A^T) + mu^2 (M + Jmin S) + Q.

    K = E (w_o - w)(w_o - w)^T; with D the diagonal of R and r_ij the correlations,
    A = E sgn(u) u^T = sqrt(2/pi) D^(-1/2) R, S = E sgn(u) sgn(u)^T = (2/pi) asin r and
    M = E sgn(u) sgn(u)^T u^T K u. Where u is white of variance s^2, the excess is
    mu L s Jmin / (sqrt(8/pi) - mu L s). Eweda (1990).
    """

    moments: SignalMoments
    step: float

    source = "Eweda (1990)"
    conditions = "exact for real, independent Gaussian regressors"

    def __post_init__(self) -> None:
        check_step(self.step)
        if self.moments.is_complex:
            raise ValueError("moments must be real, got complex; signs are by parts")

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
        return at_rest(self.states(self.moments.weights), _TOLERANCE)

    def states(self, start: Array) -> Iterator[tuple[float, float]]:
        m, mu = self.moments, self.step
        scale = np.sqrt(np.diagonal(m.R))
        G = m.R / scale  # E u u_j / s_j
        A, r = sqrt(2.0 / pi) * G.T, G / scale[:, None]
        S = (2.0 / pi) * np.arcsin(np.clip(r, -1.0, 1.0))
        np.fill_diagonal(S, 1.0)
        apart = np.sqrt(np.maximum(1.0 - r * r, 0.0))
        np.fill_diagonal(apart, np.inf)
        Q = 0.0 if m.walk is None else m.walk
        gap = m.weights - start
        K = np.outer(gap, gap)
        while True:
            excess = float(np.sum(m.R * K))
            yield excess, float(np.trace(K))
            H = G.T @ K @ G
            h = np.diagonal(H)
            between = (2.0 * H - r * (h[:, None] + h)) / apart
            M = excess * S + (2.0 / pi) * between
            AK = A @ K
            gained = mu * mu * (M + self.minimum_error * S)
            K = hermitian_part(K - mu * (AK + AK.T) + gained + Q)
