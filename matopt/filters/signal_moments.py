"""The second moments of regressors and desired signal, all that most theory needs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from matopt.errors import NotPositiveDefinite
from matopt.lazy import lazy
from matopt.linalg import (
    Array,
    Cholesky,
    as_array,
    as_hermitian,
    check_positive_definite,
)

_ROUNDING = 1e-12  # of E |d|^2: a smallest error this far below zero is zero


@dataclass(frozen=True, eq=False)
class SignalMoments:
    """R = E u u^H, the Wiener solution w_o and its error Jmin: d = w_o^H u + v.

    The filter is y = w^H u, so that J(w) = Jmin + (w - w_o)^H R (w - w_o). ``walk`` is
    the covariance Q of the steps of w_o, where it walks at random. ``kurtosis`` and
    ``sixth`` are E |v|^4 / Jmin^2 and E |v|^6 / Jmin^3, by default those of a Gaussian
    v. A complex R says that u is complex, and circular. Haykin, Adaptive Filter Theory
    (2002), chapter 2.
    """

    R: Array  # (length, length), Hermitian, positive definite
    weights: Array  # (length,)
    minimum_error: float
    walk: Array | None = None
    kurtosis: float | None = None
    sixth: float | None = None

    def __post_init__(self) -> None:
        R = as_hermitian(self.R, "R")
        check_positive_definite(R, "R")
        w = as_array(self.weights, "weights", shape=(len(R),))
        if np.iscomplexobj(w) and not np.iscomplexobj(R):
            raise ValueError(
                "R must be complex where weights are, got a real R; pass "
                "R.astype(complex) for complex, circular regressors"
            )
        if not self.minimum_error >= 0.0:
            raise ValueError(
                f"minimum_error must be at least 0, got {self.minimum_error:g}"
            )
        object.__setattr__(self, "R", R)
        object.__setattr__(self, "weights", w)
        if self.walk is not None:
            Q = as_array(as_hermitian(self.walk, "walk"), "walk", shape=R.shape)
            object.__setattr__(self, "walk", Q)

    @classmethod
    def of(cls, R: ArrayLike, p: ArrayLike, power: float) -> SignalMoments:
        """Solve R w_o = p = E u d*; ``power`` is E |d|^2, Jmin = E |d|^2 - p^H w_o."""
        matrix = as_hermitian(R, "R")
        vector = as_array(p, "p", shape=(len(matrix),))
        if np.iscomplexobj(vector):
            matrix = matrix.astype(complex)
        check_positive_definite(matrix, "R")
        w = Cholesky.of(matrix).solve(vector)
        least = power - float(np.vdot(vector, w).real)
        if least < -_ROUNDING * power:
            raise NotPositiveDefinite(
                f"power must be at least p^H R^-1 p = {power - least:.6g}, got "
                f"{power:.6g}; R, p and power are not moments of the same signals"
            )
        return cls(matrix, w, max(least, 0.0))

    @classmethod
    def from_signals(cls, x: ArrayLike, d: ArrayLike, length: int) -> SignalMoments:
        """Average over the samples of a series x (..., time), or of regressors."""
        samples, desired = as_array(x, "x"), as_array(d, "d")
        u = regressors_of(samples, desired, length)
        target = desired.reshape(-1)
        n = len(u)
        p = u.T @ target.conj() / n
        return cls.of(u.T @ u.conj() / n, p, float(np.vdot(target, target).real) / n)

    @property
    def length(self) -> int:
        """The number of weights."""
        return len(self.R)

    @property
    def is_complex(self) -> bool:
        """Are the regressors complex, and circular?"""
        return np.iscomplexobj(self.R)

    @property
    def p(self) -> Array:
        """E u d* = R w_o."""
        product: Array = self.R @ self.weights
        return product

    @property
    def power(self) -> float:
        """E |d|^2."""
        return self.minimum_error + float(np.vdot(self.weights, self.p).real)

    @lazy
    def _modes(self) -> tuple[Array, Array]:
        values, V = np.linalg.eigh(self.R)
        return values, V

    @property
    def eigenvalues(self) -> Array:
        """The eigenvalues of R, ascending."""
        return self._modes[0]

    @property
    def spread(self) -> float:
        """The largest eigenvalue of R over the smallest."""
        return float(self.eigenvalues[-1] / self.eigenvalues[0])

    @property
    def trace(self) -> float:
        """tr R = E |u|^2."""
        return float(np.trace(self.R).real)

    @property
    def mode_weights(self) -> Array:
        """V^H w_o in the eigenvectors V of R."""
        return self.to_modes(self.weights)

    @property
    def mode_walk(self) -> Array:
        """The diagonal of V^H Q V; zero where w_o stands still."""
        if self.walk is None:
            return np.zeros(self.length)
        V = self._modes[1]
        q: Array = np.sum(V.conj() * (self.walk @ V), axis=0).real
        return q

    @property
    def noise_moments(self) -> tuple[float, float, float]:
        """E |v|^2, E |v|^4, E |v|^6."""
        s = self.minimum_error
        fourth, sixth = (2.0, 6.0) if self.is_complex else (3.0, 15.0)
        fourth = fourth if self.kurtosis is None else self.kurtosis
        sixth = sixth if self.sixth is None else self.sixth
        return s, fourth * s**2, sixth * s**3

    def to_modes(self, w: Array) -> Array:
        """V^H w."""
        rotated: Array = self._modes[1].conj().T @ w
        return rotated

    def from_modes(self, z: Array) -> Array:
        """V z."""
        w: Array = self._modes[1] @ z
        return w

    def error(self, weights: ArrayLike) -> float:
        """J(w) = E |d - w^H u|^2."""
        gap = as_array(weights, "weights", shape=(self.length,)) - self.weights
        return self.minimum_error + float(np.vdot(gap, self.R @ gap).real)

    def walking(self, walk: ArrayLike | float) -> SignalMoments:
        """Let w_o take steps of covariance Q, or q I for a number, at every sample."""
        Q = np.asarray(walk)
        return replace(self, walk=Q * np.eye(self.length) if Q.ndim == 0 else Q)

    def constrained(self, C: ArrayLike, f: ArrayLike) -> SignalMoments:
        """Restrict to the free directions B of C^H w = f: w = C (C^H C)^-1 f + B z.

        The LMS filter under that constraint is an LMS filter of z with B^H u for its
        regressor, and ``minimum_error`` the error of the best w in the constraint.
        Frost (1972).
        """
        quiescent, B = self._free(C, f)
        R = B.conj().T @ self.R @ B
        z = B.conj().T @ (self.R @ (self.weights - quiescent))
        return SignalMoments.of(R, z, self.error(quiescent))

    def best_within(self, C: ArrayLike, f: ArrayLike) -> Array:
        """The best weights with C^H w = f."""
        quiescent, B = self._free(C, f)
        w: Array = quiescent + B @ self.constrained(C, f).weights
        return w

    def _free(self, C: ArrayLike, f: ArrayLike) -> tuple[Array, Array]:
        """The shortest w with C^H w = f, and orthonormal columns B with C^H B = 0."""
        columns = as_array(C, "C", shape=(self.length, None))
        m = columns.shape[1]
        target = as_array(f, "f", shape=(m,))
        if m >= self.length:
            raise ValueError(
                f"C must have fewer columns than the {self.length} weights, got {m}; "
                "nothing would be left to adapt"
            )
        Q, T = np.linalg.qr(columns, mode="complete")
        if np.min(np.abs(np.diagonal(T))) <= 1e-12 * np.max(np.abs(T)):
            raise ValueError("C must have independent columns; drop those that repeat")
        quiescent = Q[:, :m] @ np.linalg.lstsq(T[:m].conj().T, target)[0]
        return quiescent, Q[:, m:]


@dataclass(frozen=True, eq=False)
class NoncircularMoments:
    """All second moments of complex u and d that need not be circular.

    R = E u u^H, pseudo_R = E u u^T, p = E u d*, pseudo_p = E u d, power = E |d|^2,
    pseudo_power = E d^2. A filter w^H u + g^H u* that is linear in u and u* uses them
    all. Picinbono & Chevalier (1995).
    """

    R: Array
    pseudo_R: Array
    p: Array
    pseudo_p: Array
    power: float
    pseudo_power: complex

    @classmethod
    def circular(cls, moments: SignalMoments) -> NoncircularMoments:
        """Of circular signals, whose pseudo-moments are zero."""
        none = np.zeros_like(moments.R)
        return cls(moments.R, none, moments.p, none[0], moments.power, 0.0)

    @lazy
    def linear(self) -> SignalMoments:
        """What a filter w^H u can use."""
        return SignalMoments.of(np.asarray(self.R, dtype=complex), self.p, self.power)

    @lazy
    def parts(self) -> tuple[SignalMoments, SignalMoments]:
        """Two real problems: Re d and Im d from the regressor [Re u, Im u]."""
        R, P, p, q = self.R, self.pseudo_R, self.p, self.pseudo_p
        cross = (P - R).imag  # 2 E Re u (Im u)^T
        both = np.block([[(R + P).real, cross], [cross.T, (R - P).real]]) / 2.0
        real = np.concatenate([(p + q).real, (p + q).imag]) / 2.0
        imag = np.concatenate([(q - p).imag, (p - q).real]) / 2.0
        offset = complex(self.pseudo_power).real
        return (
            SignalMoments.of(both, real, (self.power + offset) / 2.0),
            SignalMoments.of(both, imag, (self.power - offset) / 2.0),
        )

    @property
    def minimum_error(self) -> float:
        """The least E |d - w^H u - g^H u*|^2."""
        return sum(part.minimum_error for part in self.parts)

    @property
    def weights(self) -> tuple[Array, Array]:
        """The best w and g."""
        (a, b), (c, d) = (np.split(part.weights, 2) for part in self.parts)
        return ((a + d) + 1j * (b - c)) / 2.0, ((a - d) - 1j * (b + c)) / 2.0


def regressors_of(x: Array, d: Array, length: int) -> Array:
    """The rows u_n, most recent sample first, of all trials: (trials * time, length).

    x is a series of the shape of d, its past zero, or holds the regressors.
    """
    if x.shape == (*d.shape, length):
        return x.reshape(-1, length)
    if x.shape != d.shape:
        raise ValueError(
            f"x has shape {x.shape} but d has shape {d.shape}; x must be a series "
            f"{d.shape} or regressors {(*d.shape, length)}"
        )
    series = x.reshape(-1, x.shape[-1])
    padded = np.concatenate([np.zeros((len(series), length - 1)), series], axis=1)
    windows = np.lib.stride_tricks.sliding_window_view(padded, length, axis=1)
    return windows[:, :, ::-1].reshape(-1, length)
