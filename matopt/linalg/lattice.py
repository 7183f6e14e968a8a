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
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from matopt.errors import NotPositiveDefinite
from matopt.linalg.arrays import Array, as_array


def reflection_coefficients(lags: ArrayLike) -> Array:
    """The k_1, ..., k_(n-1) of the Hermitian Toeplitz matrix of first column ``lags``.

    NotPositiveDefinite if that is not positive definite. O(n^2).
    """
    t = as_array(lags, "lags", ndim=1)
    if len(t) == 0:
        raise ValueError("lags must not be empty, got shape (0,)")
    order = 0
    if _is_positive(t[0]):
        from matopt.linalg import lattice_kernels

        k: Array = np.empty(len(t) - 1, t.dtype)
        order = lattice_kernels.reflection(t / t[0].real, k, np.empty_like(t))
        if order == 0:
            return k
    raise NotPositiveDefinite(
        "lags must be those of a positive definite Toeplitz matrix, but its leading "
        f"minor of order {order + 1} is not positive; increase lags[0]"
    )


def _is_positive(power: complex) -> bool:
    return bool(power.real > 0.0 and abs(power.imag) <= 1e-12 * power.real)


def lags_of_reflection(power: float, reflection: ArrayLike) -> Array:
    """The first column t of the matrix of t_0 = ``power`` and the k_m. O(n^2)."""
    if not power > 0.0:
        raise ValueError(f"power must be positive, got {power}")
    return power * Lattice(_as_reflection(reflection)).correlations


def predictor_of_reflection(reflection: ArrayLike) -> Array:
    """The predictor (1, a_1, ..., a_p) of p reflection coefficients: step up."""
    return Lattice(_as_reflection(reflection)).predictors[-1].copy()


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


class Lattice:
    """All that reflection coefficients k determine, and the derivatives by them.

    Their number is n - 1. ``gaps`` are 1 - |k|^2, where they are known better than by
    that difference. Everything is for t_0 = 1.
    """

    def __init__(self, k: Array, gaps: Array | None = None) -> None:
        """Take the coefficients, which are not copied."""
        self.k = k
        self.gaps = (1.0 - np.abs(k)) * (1.0 + np.abs(k)) if gaps is None else gaps

    @cached_property
    def errors(self) -> Array:
        """The error variances of orders 0, ..., n - 1, the first of which is 1."""
        e = np.ones(len(self.k) + 1)
        np.cumprod(self.gaps, out=e[1:])
        return e

    @cached_property
    def predictors(self) -> Array:
        """P, (n, n), lower triangular: row m is the predictor of order m."""
        from matopt.linalg import lattice_kernels

        n = len(self.k) + 1
        P: Array = np.zeros((n, n), self.k.dtype)
        lattice_kernels.predictors(self.k, P)
        return P

    @cached_property
    def correlations(self) -> Array:
        """The lags t_0 = 1, t_1, ..., t_(n-1)."""
        from matopt.linalg import lattice_kernels

        r: Array = np.empty(len(self.k) + 1, self.k.dtype)
        lattice_kernels.correlations(self.k, self.errors, self.predictors, r)
        return r

    @cached_property
    def whitener(self) -> Array:
        """W, unit lower triangular, with W T W^H = diag(errors): P, rows reversed."""
        return unskew(self.predictors)

    def along(self, dk: Array) -> LatticeDirection:
        """The derivatives along dk."""
        return LatticeDirection(self, dk)

    def pull(
        self,
        *,
        predictor: Array | None = None,
        predictors: Array | None = None,
        errors: Array | None = None,
        correlations: Array | None = None,
    ) -> Array:
        """The derivative by k of a real function of the parts it is given for.

        ``predictor`` is the derivative by the last row of P, ``predictors`` by P, all
        in the manner d/dRe + i d/dIm. Not given is zero. O(n^2).
        """
        kbar: Array = np.empty_like(self.k)
        self._pull(_Bars.of(self, predictor, predictors, errors, correlations), kbar)
        return kbar

    def pull_inverse(self, kbar: Array) -> Array:
        """The derivative by the correlations that ``pull`` takes to kbar.

        That by the first of them, which is 1, is zero.
        """
        bars = _Bars.of(self, None, None, None, np.zeros_like(self.correlations))
        self._pull(bars, kbar.astype(self.k.dtype), solve=True)
        bars.correlations[0] = 0.0
        return bars.correlations

    def _pull(self, bars: _Bars, kbar: Array, solve: bool = False) -> None:
        from matopt.linalg import lattice_kernels

        lattice_kernels.pull(
            self.k,
            self.errors,
            self.predictors,
            self.correlations if len(bars.correlations) else bars.correlations,
            bars.predictor,
            bars.predictors,
            bars.errors,
            bars.correlations,
            kbar,
            solve,
        )


class LatticeDirection:
    """The derivatives of a lattice along dk."""

    def __init__(self, lattice: Lattice, dk: Array) -> None:
        """Take the lattice and the direction."""
        self._lattice = lattice
        self.dk = dk

    @cached_property
    def log_errors(self) -> Array:
        """d ln e."""
        lattice = self._lattice
        rates = -2.0 * (lattice.k.conj() * self.dk).real / lattice.gaps
        return np.concatenate([[0.0], np.cumsum(rates)])

    @cached_property
    def errors(self) -> Array:
        """de."""
        return self._lattice.errors * self.log_errors

    @cached_property
    def predictors(self) -> Array:
        """dP."""
        from matopt.linalg import lattice_kernels

        lattice = self._lattice
        dP: Array = np.zeros_like(lattice.predictors)
        lattice_kernels.predictors_along(lattice.k, self.dk, lattice.predictors, dP)
        return dP

    @cached_property
    def whitener(self) -> Array:
        """dW."""
        return unskew(self.predictors)

    @cached_property
    def correlations(self) -> Array:
        """dr."""
        from matopt.linalg import lattice_kernels

        one = self._lattice
        dr: Array = np.empty_like(one.correlations)
        lattice_kernels.correlations_along(
            one.k,
            self.dk,
            one.errors,
            self.errors,
            one.predictors,
            self.predictors,
            one.correlations,
            dr,
        )
        return dr

    def pull(
        self,
        *,
        predictor: tuple[Array, Array] | None = None,
        predictors: tuple[Array, Array] | None = None,
        errors: tuple[Array, Array] | None = None,
        correlations: Array | None = None,
    ) -> Array:
        """The derivative along dk of ``Lattice.pull``.

        Each pair is what that was given and its own derivative along dk; the
        derivative by the correlations does not change.
        """
        from matopt.linalg import lattice_kernels

        one = self._lattice
        given = (predictor, predictors, errors)
        bars, dbars = (
            _Bars.of(one, *(g[i] if g else None for g in given), correlations)
            for i in (0, 1)
        )
        if correlations is None:
            bars.correlations = np.zeros_like(one.correlations)
        dkbar: Array = np.empty_like(one.k)
        lattice_kernels.pull_along(
            one.k,
            self.dk,
            one.errors,
            self.errors,
            one.predictors,
            self.predictors,
            one.correlations,
            self.correlations,
            bars.predictor,
            dbars.predictor,
            bars.predictors,
            dbars.predictors,
            bars.errors,
            dbars.errors,
            bars.correlations,
            dkbar,
        )
        return dkbar


@dataclass
class _Bars:
    """Derivatives by the parts of a lattice, which a kernel uses up."""

    predictor: Array
    predictors: Array
    errors: Array
    correlations: Array

    @classmethod
    def of(
        cls,
        lattice: Lattice,
        predictor: Array | None,
        predictors: Array | None,
        errors: Array | None,
        correlations: Array | None,
    ) -> _Bars:
        """Copies of those given, in the type of the lattice."""
        n, dtype = len(lattice.k) + 1, lattice.k.dtype
        nothing: Array = np.empty(0, dtype)
        return cls(
            np.zeros(n, dtype) if predictor is None else predictor.astype(dtype),
            np.empty((0, 0), dtype) if predictors is None else predictors,
            np.zeros(n) if errors is None else errors.astype(float),
            nothing if correlations is None else correlations.astype(dtype),
        )


def unskew(P: Array) -> Array:
    """W_(m, m-j) = P_mj for j <= m, zero above the diagonal; its own inverse."""
    n = len(P)
    columns = np.arange(n)[:, None] - np.arange(n)
    return np.tril(np.take_along_axis(P, np.maximum(columns, 0), axis=1))
