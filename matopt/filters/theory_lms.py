"""LMS and leaky LMS: exact for independent Gaussian regressors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from matopt.filters.signal_moments import SignalMoments
from matopt.filters.theory_base import Theory, check_step, first_modes, modes
from matopt.linalg import Array, as_array


@dataclass(frozen=True, eq=False)
class LMSTheory(Theory):
    """K+ = K - mu (R K + K R) + mu^2 (R tr R K + c R K R) + mu^2 Jmin R + Q.

    K = E (w_o - w)(w_o - w)^H, c = 2 for real and 1 for circular complex regressors;
    only the diagonal k in the eigenvectors of R is needed, and evolves by itself.
    ``leakage`` is that of w <- (1 - mu leakage) w + mu u e*; beside a walk its bias is
    that of the first w_o. Horowitz & Senne (1981),
    Feuer & Weinstein (1985); tracking: Sayed, Fundamentals of Adaptive Filtering
    (2003), chapter 7.
    """

    moments: SignalMoments
    step: float
    leakage: float = 0.0

    source = "Horowitz & Senne (1981); Feuer & Weinstein (1985)"
    conditions = "exact for independent Gaussian regressors and a Gaussian desired"

    def __post_init__(self) -> None:
        check_step(self.step)
        if not 0.0 <= self.leakage * self.step < 1.0:
            raise ValueError(
                f"leakage must be in [0, 1 / step = {1.0 / self.step:g}), got "
                f"{self.leakage:g}"
            )

    @property
    def mean_weights(self) -> Array:
        """E w in the end: (R + leakage I)^-1 R w_o, biased by the leakage."""
        m = self.moments
        shrink = m.eigenvalues / (m.eigenvalues + self.leakage)
        return m.from_modes(shrink * m.mode_weights)

    @property
    def excess(self) -> float:
        """S Jmin / (1 - S) + bias and lag, with S = sum mu l / (2 - 2 mu l) if real.

        For complex regressors S = sum mu l / (2 - mu l).
        """
        k = self._final
        return float(self.moments.eigenvalues @ k)

    @property
    def deviation(self) -> float:
        """E |w_o - w|^2 in the end."""
        return float(self._final.sum())

    @property
    def small_step_excess(self) -> float:
        """mu Jmin tr R / 2, for mu -> 0. Widrow & Stearns (1985)."""
        return self.step * self.minimum_error * self.moments.trace / 2.0

    @property
    def energy_excess(self) -> float:
        """(mu Jmin tr R + tr Q / mu) / (2 - mu tr R), without leakage. Sayed (2003)."""
        reach = self.step * self.moments.trace
        if reach >= 2.0:
            return np.inf
        lag = float(self.moments.mode_walk.sum()) / self.step
        return (self.minimum_error * reach + lag) / (2.0 - reach)

    @property
    def step_limit(self) -> float:
        """The step at which the mean-square error stops being bounded: S(mu) = 1."""
        return mean_square_limit(self.moments.eigenvalues, self.moments.is_complex)

    @property
    def time_constants(self) -> Array:
        """-1 / ln |1 - mu (l + leakage)| samples, of the mean of each mode of w.

        Ascending in l; its share of the mean-square error falls about twice as fast.
        """
        keep = np.abs(1.0 - self.step * (self.moments.eigenvalues + self.leakage))
        with np.errstate(divide="ignore"):
            rate = -np.log(keep)
        return np.where(rate > 0.0, 1.0 / np.where(rate > 0.0, rate, 1.0), np.inf)

    def states(self, start: Array) -> Iterator[tuple[float, float]]:
        mu, eig = self.step, self.moments.eigenvalues
        decay, keep, forced = self._decay, self._keep, self._forced
        drive = mu * self.leakage * self.moments.mode_weights
        m, k = first_modes(self.moments, start)
        while True:
            excess, deviation = modes(self.moments, k)
            yield excess, deviation
            pulled = 2.0 * (drive.conj() * (keep * m)).real if self.leakage else 0.0
            k = decay * k + (mu * mu * excess) * eig + forced + pulled
            m = keep * m + drive

    @property
    def _keep(self) -> Array:
        """The factor of the mean of a mode, 1 - mu (l + leakage)."""
        keep: Array = 1.0 - self.step * (self.moments.eigenvalues + self.leakage)
        return keep

    @property
    def _decay(self) -> Array:
        """The factor of k_i in its own update."""
        decay: Array = self._keep**2
        if not self.moments.is_complex:
            decay = decay + (self.step * self.moments.eigenvalues) ** 2
        return decay

    @property
    def _forced(self) -> Array:
        """What is added to k at every sample by noise, walk and leakage."""
        mu, m = self.step, self.moments
        bias = np.abs(mu * self.leakage * m.mode_weights) ** 2
        forced: Array = mu * mu * m.minimum_error * m.eigenvalues + m.mode_walk + bias
        return forced

    @property
    def _final(self) -> Array:
        """The fixed point of k, infinite if it does not attract."""
        mu, eig, m = self.step, self.moments.eigenvalues, self.moments
        gain = 1.0 - self._decay
        beyond = self.leakage == 0.0 and mu >= self.step_limit
        if beyond or np.any(gain <= 0.0):
            return np.full(len(eig), np.inf)
        through = mu * mu * eig / gain  # of the excess, which every mode feels
        rest = 1.0 - eig @ through
        if rest <= 0.0:
            return np.full(len(eig), np.inf)
        forced = self._forced
        if self.leakage:
            drive = mu * self.leakage * m.mode_weights
            mean = drive / (1.0 - self._keep)
            forced = forced + 2.0 * (drive.conj() * (self._keep * mean)).real
        excess = eig @ (forced / gain) / rest
        final: Array = forced / gain + through * excess
        return final


def mean_square_limit(eigenvalues: Array, is_complex: bool) -> float:
    """The step mu with sum mu l / (2 - 2 mu l) = 1, complex sum mu l / (2 - mu l) = 1.

    From there on the mean-square error of LMS with independent Gaussian regressors
    grows; white: 2 / ((L + 2) l), complex 2 / ((L + 1) l). Bisection to the last bit.
    """
    c = 1.0 if is_complex else 2.0
    eig = eigenvalues[eigenvalues > 0.0]
    if not len(eig):
        return np.inf
    low, high = 0.0, 2.0 / (c * float(eig.max()))
    while low < (middle := 0.5 * (low + high)) < high:
        if np.sum(middle * eig / (2.0 - c * middle * eig)) < 1.0:
            low = middle
        else:
            high = middle
    return low


def steepest_descent(
    moments: SignalMoments, step: float, samples: int, start: ArrayLike | None = None
) -> Array:
    """J(n) = Jmin + sum l (1 - mu l)^(2n) |v|^2 along w += mu (p - R w).

    v are the modes of w_o - start. Half a gradient step at a time; stable for
    mu < 2 / max l. Widrow & Stearns (1985).
    """
    check_step(step)
    first = np.zeros(moments.length) if start is None else start
    w = as_array(first, "start", shape=(moments.length,))
    eig, k = moments.eigenvalues, first_modes(moments, w)[1]
    powers = (1.0 - step * eig) ** (2 * np.arange(samples)[:, None])
    error: Array = moments.minimum_error + powers @ (eig * k)
    return error
