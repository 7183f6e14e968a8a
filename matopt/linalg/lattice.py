"""Positive definite Toeplitz matrices by their reflection coefficients.

T_ij = t_(i-j) with t_(-k) = conj(t_k) is positive definite exactly when t_0 > 0 and
every reflection coefficient has |k_m| < 1, 0 < m < n. They are minus the partial
autocorrelations of a stationary series with autocovariances t, and give the predictor
x_s ~ -sum_j a_j x_(s-j) of each order m with its error variance
t_0 (1 - |k_1|^2) ... (1 - |k_m|^2). Therefore

    ln det T = n ln t_0 + sum_m (n - m) ln(1 - |k_m|^2).

Levinson (1947), Durbin (1960); Verblunsky (1935); Brockwell and Davis, Time Series:
Theory and Methods (1991), section 5.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from matopt.lazy import lazy
from matopt.linalg.arrays import Array, as_array
from matopt.linalg.toeplitz_factor import levinson_durbin


def reflection_coefficients(lags: ArrayLike) -> Array:
    """The k_1, ..., k_(n-1) of the Hermitian Toeplitz matrix of first column ``lags``.

    NotPositiveDefinite if that is not positive definite. O(n^2).
    """
    t = as_array(lags, "lags", ndim=1)
    if len(t) == 0:
        raise ValueError("lags must not be empty, got shape (0,)")
    return levinson_durbin(t).coefficients


def lags_of_reflection(power: float, reflection: ArrayLike) -> Array:
    """The first column t of the matrix of t_0 = ``power`` and the k_m. O(n^2)."""
    if not power > 0.0:
        raise ValueError(f"power must be positive, got {power}")
    lags: Array = power * Lattice(_as_reflection(reflection)).correlations
    return lags


def predictor_of_reflection(reflection: ArrayLike) -> Array:
    """The predictor (1, a_1, ..., a_p) of p reflection coefficients: step up."""
    a: Array = Lattice(_as_reflection(reflection)).predictors[-1].copy()
    return a


def reflection_of_predictor(predictor: ArrayLike) -> Array:
    """The reflection coefficients of a predictor (1, a_1, ..., a_p): step down.

    Its polynomial must be stable, all zeros of z^p + a_1 z^(p-1) + ... inside the unit
    circle, which is when all the coefficients are inside it too. Schur (1917).
    """
    a = as_array(predictor, "predictor", ndim=1).copy()
    if len(a) == 0 or a[0] != 1.0:
        first = a[0] if len(a) else "nothing"
        raise ValueError(f"predictor must start with 1, got {first}; divide by that")
    k: Array = np.empty(len(a) - 1, a.dtype)
    for m in range(len(k), 0, -1):
        k[m - 1] = z = a[m]
        gap = (1.0 - abs(z)) * (1.0 + abs(z))
        if not gap > 0.0:
            raise ValueError(
                "predictor must be stable, but its reflection coefficient of order "
                f"{m} has modulus {abs(z):.6g}; move its zeros into the unit circle"
            )
        a = (a[:m] - z * a[m:0:-1].conj()) / gap
    return k


def _as_reflection(reflection: ArrayLike) -> Array:
    k = as_array(reflection, "reflection", ndim=1)
    largest = float(np.max(np.abs(k), initial=0.0))
    if not largest < 1.0:
        raise ValueError(
            f"reflection must be of modulus below 1, got {largest:.6g}; the matrix "
            "would be singular"
        )
    return k


@cache
def _kernels() -> Any:
    """The compiled recursions; numba is imported when they are first needed."""
    from matopt.linalg import lattice_kernels

    return lattice_kernels


class Lattice:
    """All that reflection coefficients k determine, and the derivatives by them.

    Their number is n - 1. ``gaps`` are 1 - |k|^2, where they are known better than by
    that difference. Everything is for t_0 = 1 and takes O(n^2) at most.
    """

    def __init__(self, k: Array, gaps: Array | None = None) -> None:
        """Take the coefficients, which are not copied."""
        self.k = k
        self.gaps = (1.0 - np.abs(k)) * (1.0 + np.abs(k)) if gaps is None else gaps

    @lazy
    def errors(self) -> Array:
        """The error variances e of orders 0, ..., n - 1, the first of which is 1."""
        e = np.ones(len(self.k) + 1)
        np.cumprod(self.gaps, out=e[1:])
        return e

    @property
    def predictors(self) -> Array:
        """P, (n, n), lower triangular: row m is the predictor of order m."""
        return self._predictors[0]

    @lazy
    def _predictors(self) -> tuple[Array, Array]:
        """P and the squared norms of its rows."""
        n = len(self.k) + 1
        P: Array = np.zeros((n, n), self.k.dtype)
        squares = np.empty(n)
        _kernels().predictors(self.k, P, squares)
        return P, squares

    @lazy
    def inverse_trace(self) -> float:
        """tr(T^-1), which is at least the inverse of the smallest eigenvalue."""
        return float((self._predictors[1] / self.errors).sum())

    @lazy
    def correlations(self) -> Array:
        """The lags t_0 = 1, t_1, ..., t_(n-1)."""
        r: Array = np.empty(len(self.k) + 1, self.k.dtype)
        _kernels().correlations(self.k, self.errors, self.predictors, r)
        return r

    @lazy
    def whitener(self) -> Array:
        """W, unit lower triangular, with W T W^H = diag(e): P, rows reversed."""
        return unskew(self.predictors)

    def along(self, dk: Array) -> LatticeDirection:
        """The derivatives along dk."""
        return LatticeDirection(self, dk)

    def pull(self, bars: Bars) -> Array:
        """The derivative by k of a real function of the parts, from those by them."""
        kbar: Array = np.empty_like(self.k)
        _kernels().pull(self.parts(bars), bars.arrays(self), kbar)
        return kbar

    def parts(self, bars: Bars) -> tuple[Array, ...]:
        """k, e, P and the correlations, for kernels that are given these bars."""
        absent = bars.correlations is None
        r = self.k[:0] if absent else self.correlations
        return self.k, self.errors, self.predictors, r


class LatticeDirection:
    """The derivatives of a lattice along dk."""

    def __init__(self, lattice: Lattice, dk: Array) -> None:
        """Take the lattice and the direction."""
        self._lattice = lattice
        self.dk = dk

    @lazy
    def log_errors(self) -> Array:
        """d ln e."""
        lattice = self._lattice
        rates = -2.0 * (lattice.k.conj() * self.dk).real / lattice.gaps
        return np.concatenate([[0.0], np.cumsum(rates)])

    @lazy
    def errors(self) -> Array:
        """de."""
        de: Array = self._lattice.errors * self.log_errors
        return de

    @lazy
    def predictors(self) -> Array:
        """dP."""
        P = self._lattice.predictors
        dP: Array = np.zeros_like(P)
        _kernels().predictors_along(self._lattice.k, self.dk, P, dP)
        return dP

    @lazy
    def whitener(self) -> Array:
        """dW."""
        return unskew(self.predictors)

    @lazy
    def correlations(self) -> Array:
        """dr."""
        lattice = self._lattice
        r = lattice.correlations
        parts = lattice.k, lattice.errors, lattice.predictors, r
        dr: Array = np.empty_like(r)
        own = self.dk, self.errors, self.predictors
        _kernels().correlations_along(parts, own, dr)
        return dr

    def pull(self, bars: Bars, dbars: Bars) -> Array:
        """The derivative along dk of ``Lattice.pull``, with that of the bars."""
        lattice = self._lattice
        absent = bars.correlations is None
        dr = self.dk[:0] if absent else self.correlations
        own = self.dk, self.errors, self.predictors, dr
        full, dfull = bars.arrays(lattice), dbars.like(bars).arrays(lattice)
        dkbar: Array = np.empty_like(lattice.k)
        _kernels().pull_along(lattice.parts(bars), own, full, dfull, dkbar)
        return dkbar


@dataclass
class Bars:
    """The derivatives of a real function by parts of a lattice; None is zero.

    By the last predictor, all predictors, the errors and the correlations, in the
    manner d/dRe + i d/dIm.
    """

    predictor: Array | None = None
    predictors: Array | None = None
    errors: Array | None = None
    correlations: Array | None = None

    def arrays(self, lattice: Lattice) -> tuple[Array, ...]:
        """Copies for a kernel to use up; of length 0 where it allows that."""
        k, n = lattice.k, len(lattice.k) + 1
        a, P, e, r = self.predictor, self.predictors, self.errors, self.correlations
        return (
            np.zeros(n, k.dtype) if a is None else a.astype(k.dtype),
            np.empty((0, 0), k.dtype) if P is None else P.astype(k.dtype, copy=False),
            np.zeros(n) if e is None else e.astype(float),
            k[:0] if r is None else r.astype(k.dtype),
        )

    def like(self, other: Bars) -> Bars:
        """Self, with zeros where a kernel needs them beside those of the other."""
        P, r = self.predictors, self.correlations
        if P is None and other.predictors is not None:
            P = np.zeros_like(other.predictors)
        if r is None and other.correlations is not None:
            r = np.zeros_like(other.correlations)
        return Bars(self.predictor, P, self.errors, r)


def unskew(P: Array) -> Array:
    """W_(m, m-j) = P_mj for j <= m, zero above the diagonal; its own inverse."""
    n = len(P)
    columns = np.arange(n)[:, None] - np.arange(n)
    W: Array = np.tril(np.take_along_axis(P, np.maximum(columns, 0), axis=1))
    return W
