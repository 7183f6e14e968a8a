"""Toeplitz matrices A_ij = t_(i-j): general, symmetric, Hermitian (143), (144).

In all three t_0, t_1, ... is the first column, as in scipy.linalg.toeplitz: the lags
of an autocovariance E x_(s+k) conj(x_s) = t_k, or an impulse response.

Gray, Toeplitz and Circulant Matrices: A Review (2006).
"""

from dataclasses import dataclass

import numpy as np

from matopt.linalg import (
    Array,
    diagonal_sums,
    hermitian_toeplitz,
    paired_sums,
    rows_dot,
    toeplitz_matrix,
)
from matopt.spaces.parts import pack, unpack
from matopt.spaces.structure import SquareStructure
from matopt.spaces.toeplitz_point import ToeplitzStructure


@dataclass(frozen=True, repr=False)
class Toeplitz(SquareStructure):
    """A_ij = t_(i-j) of order n.

    Parameters: t_(-(n-1)), ..., t_0, ..., t_(n-1), from the upper right corner along
    the first row to the left and down the first column, 2n - 1 of them; when complex,
    all real parts and then all imaginary parts.
    """

    n: int
    dtype: type = float

    hermitian = False

    @property
    def size(self) -> int:
        """2n - 1, or twice that when complex."""
        return (2 * self.n - 1) * (1 if self.dtype is float else 2)

    def matrix(self, x: Array) -> Array:
        """The matrix of the lags x."""
        return toeplitz_matrix(unpack(x, self.dtype), self.n)

    def _extract(self, A: Array) -> Array:
        return pack(np.concatenate([A[0, :0:-1], A[:, 0]]), self.dtype)

    def adjoint(self, left: Array, right: Array | None = None) -> Array:
        """The sums of G over its diagonals, i - j = -(n-1), ..., n-1 (143)."""
        return pack(diagonal_sums(left, right)[::-1], self.dtype)


@dataclass(frozen=True, repr=False)
class SymmetricToeplitz(ToeplitzStructure):
    """A_ij = t_|i-j| of order n, real.

    Parameters: t_0, ..., t_(n-1), the first column.

    >>> import numpy as np, matopt as mo
    >>> T = mo.SymmetricToeplitz(3)
    >>> T.matrix(np.array([2.0, 1.0, 0.0]))
    array([[2., 1., 0.],
           [1., 2., 1.],
           [0., 1., 2.]])
    >>> T.parameters(T.project(np.diag([1.0, 2.0, 3.0])))  # means over diagonals
    array([2., 0., 0.])
    """

    n: int

    dtype = float

    @property
    def size(self) -> int:
        """n."""
        return self.n

    def matrix(self, x: Array) -> Array:
        """The matrix of first column x."""
        return hermitian_toeplitz(x)

    def _extract(self, A: Array) -> Array:
        return A[:, 0].copy()

    def lags(self, x: Array) -> Array:
        """x."""
        return x

    def pack(self, g: Array) -> Array:
        """g."""
        return g

    def adjoint(self, left: Array, right: Array | None = None) -> Array:
        """The sums of G over each pair of diagonals, the first column of (144)."""
        return paired_sums(left, right).real


@dataclass(frozen=True, repr=False)
class HermitianToeplitz(ToeplitzStructure):
    """A_ij = t_(i-j) with t_(-k) = conj(t_k), of order n, complex.

    Parameters: t_0, which is real, the real parts of t_1, ..., t_(n-1), then their
    imaginary parts: 2n - 1, from the first column.
    """

    n: int

    dtype = complex

    @property
    def size(self) -> int:
        """2n - 1."""
        return 2 * self.n - 1

    def matrix(self, x: Array) -> Array:
        """The matrix of first column t."""
        return hermitian_toeplitz(self.lags(x))

    def _extract(self, A: Array) -> Array:
        return self.pack(A[:, 0])

    def lags(self, x: Array) -> Array:
        """The first column t."""
        t = x[: self.n].astype(complex)
        t.imag[1:] = x[self.n :]
        return t

    def pack(self, g: Array) -> Array:
        """The real parts, then the imaginary parts without the first."""
        return np.concatenate([g.real, g.imag[1:]])

    def adjoint(self, left: Array, right: Array | None = None) -> Array:
        """(144) with the conjugate of the upper diagonals: by t_k, Re and Im."""
        return self.pack(paired_sums(left, right))


@dataclass(frozen=True, repr=False)
class ToeplitzPlusDiagonal(SquareStructure):
    """A = T + diag(d) of order n: a stationary process seen with noise of any level.

    T is Toeplitz and Hermitian with a zero diagonal, for its t_0 is in all d_i. A noise
    of one level, sigma^2 I, is in ``SymmetricToeplitz`` already. Parameters: d, then
    t_1, ..., t_(n-1), when complex their real parts and then their imaginary parts.
    """

    n: int
    dtype: type = float

    hermitian = True

    @property
    def size(self) -> int:
        """2n - 1, or 3n - 2 when complex."""
        return self.n + (self.n - 1) * (1 if self.dtype is float else 2)

    def matrix(self, x: Array) -> Array:
        """T + diag(d)."""
        t = unpack(x[self.n :], self.dtype)
        zero: Array = np.zeros(1, dtype=self.dtype)
        A = toeplitz_matrix(np.concatenate([t[::-1].conj(), zero, t]), self.n)
        A.flat[:: self.n + 1] = x[: self.n]
        return A

    def _extract(self, A: Array) -> Array:
        return np.concatenate([A.diagonal().real, pack(A[1:, 0], self.dtype)])

    def adjoint(self, left: Array, right: Array | None = None) -> Array:
        """The diagonal of G, and its sums over each pair of diagonals."""
        d = left.diagonal() if right is None else rows_dot(left, right)
        return np.concatenate([d.real, pack(paired_sums(left, right)[1:], self.dtype)])
