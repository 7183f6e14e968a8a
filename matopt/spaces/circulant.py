"""Circulant matrices A_ij = c_((i-j) mod n): general, symmetric, Hermitian.

The Fourier matrix diagonalizes all of them: every operation is one or a few FFTs, and a
factorization that of c. Davis, Circulant Matrices (1979).
"""

from dataclasses import dataclass

import numpy as np
import scipy

from matopt.linalg import Array, circulant_matrix, wrapped_sums
from matopt.spaces.commuting import Commuting
from matopt.spaces.parts import pack, unpack


@dataclass(frozen=True, repr=False)
class Circulant(Commuting):
    """A_ij = c_((i-j) mod n) of order n: A x is the circular convolution of c and x.

    Parameters: the first column c_0, ..., c_(n-1); when complex, all real parts and
    then all imaginary parts.
    """

    n: int
    dtype: type = float

    hermitian = False

    @property
    def size(self) -> int:
        """n, or twice that when complex."""
        return self.n * (1 if self.dtype is float else 2)

    def matrix(self, x: Array) -> Array:
        """The matrix with first column x."""
        return circulant_matrix(unpack(x, self.dtype))

    def _extract(self, A: Array) -> Array:
        return pack(A[:, 0].copy(), self.dtype)

    def adjoint(self, left: Array, right: Array | None = None) -> Array:
        """The sums of G over its diagonals, wrapped: n entries each."""
        return pack(wrapped_sums(left, right), self.dtype)

    def eigenvalues(self, x: Array) -> Array:
        """The Fourier transform of c."""
        values: Array = scipy.fft.fft(unpack(x, self.dtype))
        return values

    def coordinates(self, eigenvalues: Array) -> Array:
        """Their inverse transform."""
        return pack(scipy.fft.ifft(eigenvalues), self.dtype)

    def covector(self, g: Array) -> Array:
        """n times the inverse transform."""
        return pack(self.n * scipy.fft.ifft(g), self.dtype)

    def powers(self, left: Array, right: Array | None = None) -> Array:
        """The cross spectrum of the columns of left and right, or that of G."""
        return _spectrum(left, right)

    def apply(self, weights: Array, B: Array) -> Array:
        """The columns of B, multiplied by the weights as spectra."""
        return _filtered(weights, B, self.dtype)


@dataclass(frozen=True, repr=False)
class SymmetricCirculant(Commuting):
    """A_ij = c_((i-j) mod n) with c_(n-k) = conj(c_k), of order n.

    ``dtype=complex`` means Hermitian. Parameters: c_0, ..., c_(n // 2); then, when
    complex, the imaginary parts of those that are not real: n in all. The covariance of
    a stationary sequence on a circle; the eigenvalues are its spectrum, and the optimum
    of a likelihood is the mean of the periodograms.

    Brockwell and Davis, Time Series: Theory and Methods (1991), section 4.5.
    """

    n: int
    dtype: type = float

    hermitian = True

    @property
    def _half(self) -> int:
        """How many c_k have an imaginary part of their own."""
        return (self.n - 1) // 2

    @property
    def size(self) -> int:
        """n // 2 + 1, or n when complex."""
        return self.n // 2 + 1 if self.dtype is float else self.n

    def _column(self, x: Array) -> Array:
        """c, of which the parameters are one half."""
        n, free = self.n, self.n // 2 + 1
        c: Array = np.empty(n, dtype=self.dtype)
        c[:free] = x[:free]
        if self.dtype is complex:
            c.imag[1 : 1 + self._half] = x[free:]
        c[free:] = c[n - free : 0 : -1].conj()
        return c

    def _parts(self, c: Array) -> Array:
        """The parameters of a column."""
        free = self.n // 2 + 1
        if self.dtype is float:
            return np.array(c[:free].real)
        return np.concatenate([c[:free].real, c[1 : 1 + self._half].imag])

    def matrix(self, x: Array) -> Array:
        """The matrix with half a first column x."""
        return circulant_matrix(self._column(x))

    def _extract(self, A: Array) -> Array:
        return self._parts(A[:, 0])

    def eigenvalues(self, x: Array) -> Array:
        """The Fourier transform of c, which is real."""
        values: Array = scipy.fft.fft(self._column(x)).real
        return values

    def coordinates(self, eigenvalues: Array) -> Array:
        """Half of their inverse transform."""
        return self._parts(scipy.fft.ifft(eigenvalues))

    def covector(self, g: Array) -> Array:
        """n times the inverse transform, its two halves added."""
        h = self.n * scipy.fft.ifft(g.real)
        h[1 : 1 + self._half] *= 2.0  # those of n - k are their conjugates
        return self._parts(h)

    def powers(self, left: Array, right: Array | None = None) -> Array:
        """The real part of the cross spectrum; its mean over +-j if c is real."""
        t = _spectrum(left, right).real
        if self.dtype is float:
            t[1:] = 0.5 * (t[1:] + t[:0:-1])
        return t

    def apply(self, weights: Array, B: Array) -> Array:
        """The columns of B, multiplied by the weights as spectra."""
        return _filtered(weights, B, self.dtype)


def _spectrum(left: Array, right: Array | None) -> Array:
    """f_j^H G f_j for the Fourier vectors f_j of unit length."""
    n = len(left)
    if right is None:
        whole: Array = scipy.fft.fft(wrapped_sums(left)) / n
        return whole
    a, b = scipy.fft.fft(left, axis=0), scipy.fft.fft(right, axis=0)
    cross: Array = np.einsum("jk,jk->j", a, b.conj()) / n
    return cross


def _filtered(weights: Array, B: Array, dtype: type) -> Array:
    spectra = scipy.fft.fft(B, axis=0).T * weights
    X: Array = scipy.fft.ifft(spectra, axis=-1).T
    return X.real if dtype is float and B.dtype.kind == "f" else X
