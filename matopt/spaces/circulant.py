"""Circulant matrices A_ij = c_((i-j) mod n)."""

from dataclasses import dataclass

from matopt.linalg import Array, circulant_matrix, wrapped_sums
from matopt.spaces.parts import pack, unpack
from matopt.spaces.structure import SquareStructure


@dataclass(frozen=True, repr=False)
class Circulant(SquareStructure):
    """A_ij = c_((i-j) mod n) of order n: A x is the circular convolution of c and x.

    Parameters: the first column c_0, ..., c_(n-1); when complex, all real parts and
    then all imaginary parts. Davis, Circulant Matrices (1979).
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
