"""Lower triangular matrices: solved by substitution, without a factorization."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matopt.errors import Singular
from matopt.lazy import lazy
from matopt.linalg import Array, Cholesky
from matopt.spaces.entries import Entries, FreeEntries
from matopt.spaces.structure import StructurePoint


@dataclass(frozen=True, repr=False)
class LowerTriangular(FreeEntries):
    """A_ij = 0 for i < j, order n.

    Parameters: A_ij for i >= j row by row; when complex, all real parts,
    then all imaginary parts. Derivative by them: the lower triangle of G.
    """

    n: int
    dtype: type = float

    hermitian = False

    @lazy
    def _entries(self) -> Entries:
        return Entries(self.n, *np.tril_indices(self.n), self.dtype)

    def point(self, x: Array) -> LowerTriangularPoint:
        """The point at the parameters x."""
        return LowerTriangularPoint(self, x)


class LowerTriangularPoint(StructurePoint):
    """A(theta), whose factor is itself."""

    @lazy
    def factor(self) -> Triangular:
        """A with its diagonal found to be nonzero; counted as a factorization."""
        self.factorizations += 1
        return Triangular(self.dense)

    def logdet_gradient(self) -> Array:
        """The diagonal of A^-H, all that its lower triangle has."""
        return self.space.adjoint(np.diag(1.0 / self.factor.diagonal.conj()))

    def logdet_hessp(self, v: Array) -> Array:
        """-conj(V_ii / A_ii^2) on the diagonal."""
        dv = self.along(v).diagonal()
        return -self.space.adjoint(np.diag((dv / self.factor.diagonal**2).conj()))


class Triangular:
    """A lower triangular A with no zero on the diagonal."""

    def __init__(self, A: Array) -> None:
        """Take A; Singular if it has no inverse."""
        self.diagonal = A.diagonal()
        zeros = np.flatnonzero(self.diagonal == 0)
        if len(zeros):
            raise Singular(
                f"the triangular matrix of order {len(A)} is singular "
                f"(entry ({zeros[0]}, {zeros[0]}) is zero)"
            )
        self._square_root = Cholesky(np.asfortranarray(A))  # of A A^H

    @lazy
    def logdet(self) -> float:
        """ln |det A| = sum of ln |A_ii|."""
        return float(np.log(np.abs(self.diagonal)).sum())

    @lazy
    def inverse(self) -> Array:
        """A^-1."""
        return self.solve(np.eye(len(self.diagonal)))

    def solve(self, B: Array) -> Array:
        """A^-1 B by forward substitution."""
        return self._square_root.whiten(B)

    def solve_herm(self, B: Array) -> Array:
        """A^-H B by backward substitution."""
        return self._square_root.unwhiten(B)
