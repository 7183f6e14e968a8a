"""NLMS: exact for independent Gaussian regressors of any covariance; and APA."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from matopt.filters.signal_moments import SignalMoments
from matopt.filters.theory_base import Theory, check_step, first_modes, modes
from matopt.lazy import lazy
from matopt.linalg import LU, Array

_SPACING = 0.2  # of the nodes in ln t: the error of the trapezoidal rule is 1e-17
_SHORT, _USUAL, _LONG = 1e2, 1e4, 1e6  # samples of a run
_TENTH = 0.1  # of the excess, by which runs of other lengths may differ


@dataclass(frozen=True, eq=False)
class NLMSTheory(Theory):
    """w += mu u e* / (eps + |u|^2), the exact recursion of k as for LMS.

    The expectations E |u_i|^2 / (eps + |u|^2)^r and E |u_i u_j|^2 / (eps + |u|^2)^2 of
    the modes are integrals over t of t^(r-1) exp(-eps t) E exp(-t |u|^2) ..., with a
    closed integrand. eps is a constant here; for that of the filter, which grows, see
    ``nlms_theory``. With R = r I and eps = 0 it is E |w_o - w|^2 <-
    (1 - mu (2 - mu) / L) ... + mu^2 Jmin / ((L - k) r), k = 2 real, 1 complex. Coloured
    input through a delay line gives less, 0.7-0.9 of it for AR(0.8), because |u|^2 is
    much the same for many samples. Slock (1993); Bershad (1986).
    """

    moments: SignalMoments
    step: float
    regularization: float = 0.0  # eps, in the unit of |u|^2

    source = "Bershad (1986); Slock (1993)"
    conditions = (
        "exact for independent Gaussian regressors, a Gaussian desired and a constant "
        "regularization"
    )

    def __post_init__(self) -> None:
        check_step(self.step)
        if not self.regularization >= 0.0:
            raise ValueError(
                f"regularization must be at least 0, got {self.regularization:g}"
            )

    @property
    def excess(self) -> float:
        return float(self.moments.eigenvalues @ self._final)

    @property
    def deviation(self) -> float:
        """E |w_o - w|^2 in the end."""
        return float(self._final.sum())

    def states(self, start: Array) -> Iterator[tuple[float, float]]:
        k = first_modes(self.moments, start)[1]
        while True:
            yield modes(self.moments, k)
            k = self._transition @ k + self._forced

    @lazy
    def _transition(self) -> Array:
        """F of k <- F k + f: I - 2 mu E |u_i|^2 / N + mu^2 E |u_i u_j|^2 / N^2."""
        mu, g, once, twice = self.step, *self._integrand
        mean = g @ once
        both = (g * twice) @ g.T
        own = np.diagonal(both) * (1.0 if self.moments.is_complex else 2.0)
        F: Array = mu * mu * (both + np.diag(own))
        return F + np.diag(1.0 - 2.0 * mu * mean)

    @lazy
    def _forced(self) -> Array:
        """f: mu^2 Jmin E |u_i|^2 / N^2, and the walk."""
        m, (g, _, twice) = self.moments, self._integrand
        if has_no_inverse_power(m) and not self.regularization and m.minimum_error:
            return np.full(m.length, np.inf)
        noise: Array = self.step**2 * m.minimum_error * (g @ twice)
        return noise + m.mode_walk

    @property
    def _integrand(self) -> tuple[Array, Array, Array]:
        return gaussian_integrand(self.moments, self.regularization)

    @lazy
    def _final(self) -> Array:
        F, f = self._transition, self._forced
        if not np.isfinite(f).all() or np.max(np.abs(np.linalg.eigvals(F))) >= 1.0:
            return np.full(len(f), np.inf)
        return LU(np.eye(len(f)) - F).solve(f)


def nlms_theory(
    moments: SignalMoments, step: float, regularization: float
) -> NLMSTheory | None:
    """Theory of eps = regularization max |u|^2, the largest so far, after 10^4 samples.

    None where the excess after 10^2 or 10^6 samples is not within a tenth of it; or
    would not be with noise, where nothing but the way to zero excess could tell.
    """
    if not regularization:
        return NLMSTheory(moments, step)
    is_quiet = not (moments.minimum_error or moments.mode_walk.any())
    noisy = replace(moments, minimum_error=1.0) if is_quiet else moments
    few, usual, many = (
        NLMSTheory(noisy, step, regularization * _peak(moments, n))
        for n in (_SHORT, _USUAL, _LONG)
    )
    if not np.allclose([few.excess, many.excess], usual.excess, _TENTH, atol=0.0):
        return None
    return replace(usual, moments=moments)


def _peak(moments: SignalMoments, samples: float) -> float:
    """The |u|^2 that one in so many exceeds.

    For a multiple of chi^2 with the mean tr R and the variance of |u|^2, 2 tr R^2 or,
    complex, tr R^2: |u|^2 itself where the input is white.
    """
    from scipy.special import chdtri

    freedom = moments.trace**2 / float(np.sum(moments.eigenvalues**2))
    freedom *= 2.0 if moments.is_complex else 1.0
    return moments.trace / freedom * float(chdtri(freedom, 1.0 / samples))


@dataclass(frozen=True, eq=False)
class AffineProjectionTheory(Theory):
    """Excess mu Jmin / (2 - mu) tr R E K / |u|^2, for projections of order K.

    An approximation for small mu; measured over predicted it is 1.0-1.1 for white
    input, 0.7 for strongly coloured, 0.4 at mu = 1. Shin & Sayed (2004).
    """

    moments: SignalMoments
    step: float
    order: int = 1

    source = "Shin & Sayed (2004)"
    conditions = "small step, Gaussian regressors"
    has_curve = False

    def __post_init__(self) -> None:
        check_step(self.step)
        if self.order < 1:
            raise ValueError(f"order must be at least 1, got {self.order}")

    @property
    def excess(self) -> float:
        if self.step >= 2.0:
            return np.inf
        m = self.moments
        scale = self.step / (2.0 - self.step) * self.order * m.trace
        return scale * m.minimum_error * inverse_power(m)

    def states(self, start: Array) -> Iterator[tuple[float, float]]:
        raise ValueError(
            "no learning curve is known for affine projections; its steady state is "
            "theory.excess"
        )


def inverse_power(moments: SignalMoments) -> float:
    """E 1 / |u|^2 of a Gaussian u; white: 1 / (l (L - 2)), complex 1 / (l (L - 1))."""
    if has_no_inverse_power(moments):
        return np.inf
    _, once, _ = gaussian_integrand(moments, 0.0)
    return float(once.sum())


def has_no_inverse_power(moments: SignalMoments) -> bool:
    """Is E 1 / |u|^2 infinite?"""
    return moments.length < (2 if moments.is_complex else 3)


def gaussian_integrand(
    moments: SignalMoments, eps: float
) -> tuple[Array, Array, Array]:
    """Nodes of the integrals over t > 0: g (L, nodes), and weights for N^-1 and N^-2.

    N = eps + |u|^2, 1 / N = int exp(-t N) dt, 1 / N^2 = int t exp(-t N) dt, and under
    the weight exp(-t |u|^2) the modes of a Gaussian u stay Gaussian with variances
    g = l / (1 + 2 t l) (complex l / (1 + t l)). Trapezoidal rule in ln t.
    """
    eig = moments.eigenvalues
    twice, half = (1.0, 1.0) if moments.is_complex else (2.0, 0.5)
    low = -40.0 - np.log(eig.sum())
    high = 80.0 - np.log(eig.max())
    t = np.exp(np.arange(low, high, _SPACING))
    ratio = 1.0 + twice * t * eig[:, None]
    characteristic = np.exp(-eps * t - half * np.log(ratio).sum(axis=0))
    once: Array = _SPACING * t * characteristic
    return eig[:, None] / ratio, once, once * t
