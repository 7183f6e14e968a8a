"""Positive definite Toeplitz matrices by the first column of their inverse.

Everything is of order n^2 or less and forms no n x n array, ``inverse`` apart.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import scipy

from matopt.errors import NotPositiveDefinite
from matopt.lazy import lazy
from matopt.linalg.arrays import Array
from matopt.linalg.factor import Cholesky
from matopt.linalg.product import product
from matopt.linalg.toeplitz import (
    hermitian_toeplitz,
    toeplitz_product,
    transforms,
)

# Compiled loops of n^2 products are faster than transforms up to these orders.
_LOOPS = {"f": 640, "c": 320}
# K is formed, once, for a solve of more columns than this share of n.
_COLUMNS = 0.25
# The formulas lose digits in proportion to the condition number, the dense ones a
# little later; beyond this they take over.
ILL_CONDITIONED = 1e8
# A recursion that fails where the prediction error is this small may be mistaken.
_DOUBTFUL = 1e-8


@cache
def kernels() -> Any:
    """The compiled kernels; numba is imported when they are first needed."""
    from matopt.linalg import levinson

    return levinson


@cache
def newton_kernels() -> Any:
    """The compiled kernels of second derivatives, likewise."""
    from matopt.linalg import toeplitz_newton

    return toeplitz_newton


# What an imaginary part of t_k is a multiple of: none, or i
UNITS = {"f": np.zeros(1), "c": np.array([1j])}


def range_sums(S: Array) -> Array:
    """The packed range sums of the diagonals of a Hermitian S, (n^2 / 4,)."""
    Q: Array = kernels().range_sums(_read_only(np.ascontiguousarray(S)))
    return _read_only(Q)


def sample_range_sums(X: Array) -> Array:
    """Those of the second moments of each data set in X (k, m, n), (k, n^2 / 4)."""
    Q: Array = kernels().sample_range_sums(_read_only(np.ascontiguousarray(X)))
    return _read_only(Q)


def autocovariances(Q: Array, n: int) -> Array:
    """The sums over the diagonals of S, over n, from packed range sums or columns such.

    They are biased; their Toeplitz matrix is positive semidefinite, and definite but
    for samples that are zero.
    """
    t: Array = Q[:n] / n
    t[0] *= 2.0  # Q_00 is packed by half
    return t


def in_field(Q: Array, t: Array) -> Array:
    """Range sums for kernels that take them beside t: complex if t is, read-only.

    Each combination of types is compiled apart, for seconds.
    """
    if Q.dtype is t.dtype:  # asked first, for comparisons cost more
        return Q
    return _read_only(Q.astype(complex)) if Q.dtype == float != t.dtype else Q


def _read_only(A: Array) -> Array:
    view = A.view()
    view.flags.writeable = False
    return view


class Levinson(NamedTuple):
    """What the Levinson-Durbin recursion finds, of order n if T > 0, else less."""

    coefficients: Array  # the reflection coefficients kappa_1, ..., kappa_(n-1)
    errors: Array  # the prediction errors v_0, ..., v_(n-1)
    predictor: Array  # a with a_0 = 1 and T a = v_(n-1) e_0


def levinson_durbin(t: Array) -> Levinson:
    """Reflection coefficients, prediction errors and predictor of T_ij = t_(i-j).

    ln det T is the sum of ln v_k. Durbin (1960): 2 n^2 operations.
    """
    kappa, errors = np.empty_like(t), np.empty(len(t))
    order, _, a = kernels().durbin(np.ascontiguousarray(t), kappa, errors)
    if order < len(t):
        raise _indefinite(len(t), order)
    return Levinson(kappa[1:], errors, a)


class ToeplitzFactor:
    """T_ij = t_(i-j) > 0 with t_(-k) = conj(t_k), by delta, the first column of K.

    Golub and Van Loan, Matrix Computations (2013), section 4.7.
    """

    def __init__(self, t: Array, delta: Array, logdet: float) -> None:
        """Take the first columns of T and of K = T^-1, and ln det T."""
        self.t = t
        self.delta = delta
        self.logdet = logdet

    def solve(self, B: Array) -> Array:
        """K B, by Gohberg and Semencul's formula, or of many columns densely."""
        if B.ndim == 1:
            return self.apply(B)
        n = len(self.t)
        if "inverse" in vars(self) or B.shape[1] > _COLUMNS * n or self._loops:
            return product(self.inverse, B)
        return self.apply(np.ascontiguousarray(B.T)).T

    solve_herm = solve

    @lazy
    def inverse(self) -> Array:
        """K, exactly Hermitian (Trench 1964)."""
        K: Array = kernels().trench(self.delta)
        return K

    @property
    def _loops(self) -> bool:
        return len(self.t) <= _LOOPS[self.delta.dtype.kind]

    def apply(self, x: Array) -> Array:
        """K x for a vector or for each row x, (k, n)."""
        if x.dtype != self.delta.dtype:
            if self.delta.dtype == float:
                return self.apply(x.real.copy()) + 1j * self.apply(x.imag.copy())
            x = x.astype(complex)
        if x.ndim == 1 and self._loops:
            y: Array = kernels().inverse_product(self.delta, np.ascontiguousarray(x))
            return y
        columns, N, n = self._spectra, self._period, len(self.t)
        forward, backward = transforms(x)
        X = forward(x, N)[..., None, :]
        lowered = backward(columns.conj() * X, N)[..., :n]  # L1^H x and L2^H x
        raised = columns * forward(lowered, N)
        rows: Array = backward(raised[..., 0, :] - raised[..., 1, :], N)[..., :n]
        rows /= self.delta[0].real
        return rows

    @lazy
    def _period(self) -> int:
        return scipy.fft.next_fast_len(2 * len(self.t) - 1, real=True)

    @lazy
    def _spectra(self) -> Array:
        """The transforms of the first columns of L1 and L2."""
        forward, _ = transforms(self.delta)
        e = np.zeros_like(self.delta)
        e[1:] = self.delta[:0:-1].conj()
        columns: Array = forward(np.stack([self.delta, e]), self._period)
        return columns

    # Derivatives by t, as d/dRe + i d/dIm. The sums over the diagonals of K are
    # C(w(delta), delta) 2/delta_0, and delta moves by -K V delta along V = T(v).

    def correlate(self, z: Array, d: Array) -> Array:
        """C(z, d), the derivative of Re z^H T d by t; rows (k, n) are added up."""
        if z.ndim == 1 and self._loops:
            g: Array = kernels().paired_correlation(z, d)
            return g
        return self.sums(self.cross_spectrum(z, d))

    def cross_spectrum(self, z: Array, d: Array) -> Array:
        """What ``sums`` takes back to C(z, d); rows (k, n) are added up."""
        forward, _ = transforms(z)
        N = self._period
        Z = forward(z, N)
        D = Z if d is z else self._spectra[0] if d is self.delta else forward(d, N)
        cross: Array = (Z * D.conj()).real
        return cross.sum(axis=0) if z.ndim == 2 else cross

    def sums(self, cross: Array) -> Array:
        """C(z, d) from their cross-spectrum, or a sum of such from the sum of those."""
        _, backward = transforms(self.delta)
        g: Array = 2.0 * backward(cross, self._period)[: len(self.t)]
        g[0] *= 0.5
        return g

    def weigh(self, d: Array) -> Array:
        """(2/delta_0) w(d) with w(d)_j = (n/2 - j) d_j."""
        return self._weights * d

    @lazy
    def _weights(self) -> Array:
        n = len(self.t)
        weights: Array = (n - 2.0 * np.arange(n)) / self.delta[0].real
        return weights

    def move(self, v: Array) -> Array:
        """The derivative of delta along v: -K T(v) delta."""
        return -self.apply(self.times(v, self.delta))

    @staticmethod
    def times(v: Array, x: Array) -> Array:
        """T(v) x for the Hermitian Toeplitz matrix of first column v."""
        return toeplitz_product(v, v.conj(), x)

    @lazy
    def logdet_gradient(self) -> Array:
        """The gradient of ln det T by t: the sums of K over diagonals (43), (144)."""
        return self.correlate(self.weigh(self.delta), self.delta)

    def logdet_hessp(self, v: Array) -> Array:
        """Its derivative along v: the sums of -K V K over diagonals."""
        d = self.move(v)
        shrink = d[0].real / self.delta[0].real
        z = self.weigh(d - shrink * self.delta)
        return self.correlate(z, self.delta) + self.correlate(self.weigh(self.delta), d)

    def inverse_hessp(self, u: Array, v: Array) -> Array:
        """The sums over diagonals of half the second derivative of K along u and v.

        That is the Hermitian part of K U K V K.
        """
        d, first = self.delta, self.delta[0].real
        a, b = self.move(u), self.move(v)
        c = -self.apply(self.times(u, b) + self.times(v, a))
        p, q, r = a[0].real / first, b[0].real / first, c[0].real / first
        total = self._pairs(c - q * a - p * b - 0.5 * (r - 2.0 * p * q) * d, d)
        return 0.5 * (total + self._pairs(a, b))

    # Second derivatives by the parameters: the real parts, then the imaginary parts

    @lazy
    def unit(self) -> Array:
        """[i], or [0] where there are no imaginary parts."""
        return UNITS[self.delta.dtype.kind]

    @property
    def spread(self) -> float:
        """The mean of the eigenvalues of T times that of K: at most cond T."""
        return float(self.t[0].real * self.logdet_gradient[0].real) / len(self.t)

    @lazy
    def _directions(self) -> Array:
        D: Array = newton_kernels().directions(self.t, self.delta, self.unit)
        return D

    @lazy
    def _slopes(self) -> Array:
        g = self.logdet_gradient
        return g if g.dtype == float else np.concatenate([g.real, g.imag[1:]])

    @lazy
    def information(self) -> Array:
        """Re tr(K U K V) for all members U, V of the basis: two n^3 products."""
        F: Array = newton_kernels().information(
            self.delta, self._directions, self._slopes, self.unit
        )
        return F

    def unscale(self, g: Array) -> Array:
        """About the lags of F^-1 g for a derivative g by the lags.

        D^-1/2 A^T f^2 A D^-1/2 g: A takes lags to a grid of frequencies, where
        f = n/(a^H K a) is the spectrum of T (Capon), and D_k = n - k entries of T are
        t_k. It is near where f is smooth.
        """
        forward, backward = transforms(g)
        N = self._period
        u = self._powers * forward(g / self._counts, N).real
        x: Array = backward(u, N)[: len(self.t)]
        return x / self._counts

    @lazy
    def _powers(self) -> Array:
        """f^2 on the grid."""
        forward, _ = transforms(self.delta)
        inverse = forward(self.logdet_gradient, self._period).real / len(self.t)
        f2: Array = np.maximum(inverse, 1e-3 * inverse.mean()) ** -2.0
        return f2

    @lazy
    def _counts(self) -> Array:
        counts: Array = np.sqrt(np.arange(len(self.t), 0.0, -1.0))
        return counts

    def hessian(self, Q: Array, h: Array, y: Array) -> Array:
        """The second derivative of ln det T + tr(K S) for the packed range sums Q.

        h is the gradient of tr(K S) by delta, and y = K h.
        """
        Q = kernels().all_range_sums(Q, len(self.t))
        H: Array = newton_kernels().hessian(
            self.delta, self._directions, self._slopes, h, y, Q, self.unit
        )
        return H

    def _pairs(self, a: Array, b: Array) -> Array:
        """The symmetric bilinear form whose value at (d, d) is twice the sums of K."""
        return self.correlate(self.weigh(a), b) + self.correlate(self.weigh(b), a)


def factorize_toeplitz(t: Array) -> ToeplitzFactor | Cholesky:
    """The factor of T_ij = t_(i-j) > 0: by ``delta``, or dense if ill conditioned.

    NotPositiveDefinite if there is none.
    """
    return choose_factor(t, *kernels().first_column(t))


def choose_factor(
    t: Array, order: int, logdet: float, bound: float, delta: Array
) -> ToeplitzFactor | Cholesky:
    """The same, from what the kernel ``first_column`` returned."""
    if order < len(t):
        if order == 0 or logdet > _DOUBTFUL:  # logdet is the relative error reached
            raise _indefinite(len(t), order)
        return Cholesky.of(hermitian_toeplitz(t))
    factor = ToeplitzFactor(t, delta, logdet)
    if bound > ILL_CONDITIONED and _estimate(factor) > ILL_CONDITIONED:
        return Cholesky.of(hermitian_toeplitz(t))
    return factor


def _estimate(factor: ToeplitzFactor) -> float:
    """The condition number of T, from below: by Rayleigh quotients of Fourier vectors.

    They are the transforms of the means over the diagonals of T and K.
    """
    n = len(factor.t)
    T = np.arange(n, 0, -1.0) * factor.t
    T[0] *= 0.5
    K = 0.5 * factor.logdet_gradient
    bounds = [2.0 * float(scipy.fft.fft(g, 2 * n).real.max()) / n for g in (T, K)]
    return bounds[0] * bounds[1]


def _indefinite(n: int, order: int) -> NotPositiveDefinite:
    return NotPositiveDefinite(
        f"the Toeplitz matrix of order {n} is not positive definite "
        f"(its leading minor of order {order + 1} is not positive)"
    )
