"""Factorizations of a square matrix: Cholesky when Hermitian, LU otherwise.

Both answer the same questions: ``logdet``, ``solve``, ``solve_herm``, ``inverse``.
All work is LAPACK through scipy, in one thread pool (see ``product``).
"""

from collections.abc import Sequence
from typing import Protocol, Self

import numpy as np
from scipy.linalg import blas, lapack

from matopt.errors import NotPositiveDefinite, Singular
from matopt.lazy import lazy
from matopt.linalg.arrays import Array, hermitian_part
from matopt.linalg.product import mirror, product

# Small matrices wait for the names of arguments a third of the time of a call: those
# of potrf, potrs and trsm are passed by position.

# OpenBLAS runs potri, trtrs and getrs in threads at any order, and on a busy machine
# the wait for them is milliseconds where the work is microseconds. trsm does what they
# do, on the calling thread while that is faster. potri saves work from this order on.
_POTRI = 64


class Factor(Protocol):
    """A factorized nonsingular matrix A."""

    @property
    def logdet(self) -> float:
        """ln |det A|."""

    @property
    def inverse(self) -> Array:
        """A^-1; for products prefer ``solve``."""

    def solve(self, B: Array) -> Array:
        """A^-1 B."""

    def solve_herm(self, B: Array) -> Array:
        """A^-H B."""


class Cholesky:
    """A = L L^H with L lower triangular, for a positive definite A (real or complex).

    Trefethen and Bau, Numerical Linear Algebra (1997), lecture 23.
    """

    def __init__(self, L: Array) -> None:
        """Take a lower triangular factor, in Fortran order for speed."""
        self.L = L

    @classmethod
    def of(cls, A: Array) -> Self:
        """Factorize a Hermitian A, of which one triangle is read.

        NotPositiveDefinite if that fails.
        """
        is_complex = A.dtype.kind == "c"
        potrf = lapack.zpotrf if is_complex else lapack.dpotrf
        # The transpose of a C-ordered A is A (real) or conj(A) in Fortran order.
        transposed = not A.flags.f_contiguous
        L, info = potrf(A.T if transposed else A, 1, 1)  # lower, clean
        if info != 0:
            raise NotPositiveDefinite(
                f"the matrix of order {len(A)} is not positive definite "
                f"(its leading minor of order {abs(info)} is not positive)"
            )
        if L[-1, -1] != L[-1, -1]:  # LAPACK carries a NaN on to the last pivot
            raise NotPositiveDefinite(f"the matrix of order {len(A)} has NaN in it")
        return cls(L.conj() if is_complex and transposed else L)

    @classmethod
    def assemble(cls, blocks: Sequence[tuple[Array, Self]], n: int) -> Self:
        """The factor of A whose entries are those of the blocks, and 0 elsewhere.

        A block is its rows in A, ascending, and the factor of A there; each of the n
        rows is in one. The inverse is put together where the blocks have theirs.
        """
        L: Array = np.zeros((n, n), order="F")
        for rows, block in blocks:
            L[np.ix_(rows, rows)] = block.L
        whole = cls(L)
        if all("inverse" in vars(block) for _, block in blocks):
            P: Array = np.zeros((n, n))
            for rows, block in blocks:
                P[np.ix_(rows, rows)] = block.inverse
            whole.inverse = P
        return whole

    @lazy
    def logdet(self) -> float:
        """ln det A = 2 sum of ln L_ii."""
        return 2.0 * float(np.log(self.L.diagonal().real).sum())

    @lazy
    def inverse(self) -> Array:
        """A^-1, exactly Hermitian."""
        n = len(self.L)
        if n <= _POTRI:
            half = self.whiten(np.eye(n, dtype=self.L.dtype, order="F"))
            return hermitian_part(self.unwhiten(half))
        potri = lapack.zpotri if np.iscomplexobj(self.L) else lapack.dpotri
        P, info = potri(self.L, lower=1)
        if info != 0:
            raise Singular(f"pivot {info} of the Cholesky factor is zero")
        return mirror(P)

    def solve(self, B: Array) -> Array:
        """A^-1 B = L^-H L^-1 B."""
        L, B = _common(self.L, B)
        potrs = lapack.zpotrs if L.dtype.kind == "c" else lapack.dpotrs
        X: Array = potrs(L, B, 1)[0]  # lower
        return X

    solve_herm = solve

    def whiten(self, B: Array) -> Array:
        """L^-1 B."""
        return self._triangular(B, trans=0)

    def unwhiten(self, B: Array) -> Array:
        """L^-H B."""
        return self._triangular(B, trans=2)

    def congruence(self, S: Array) -> Array:
        """L^-1 S L^-H for a Hermitian S."""
        half = self.whiten(S)
        return self.whiten(half.conj().T)

    def compose(self, C: Self) -> Self:
        """The factor L C, also lower triangular, of L (C C^H) L^H."""
        return type(self)(product(self.L, C.L))

    def _triangular(self, B: Array, trans: int) -> Array:
        return _substitute(self._regular, B, lower=True, trans=trans)

    @lazy
    def _regular(self) -> Array:
        """L, found to have no zero pivot."""
        pivots = self.L.diagonal()
        if np.count_nonzero(pivots) < len(pivots):
            first = int(np.argmin(pivots != 0.0))
            raise Singular(f"pivot {first + 1} of the Cholesky factor is zero")
        return self.L


def check_positive_definite(A: Array, name: str) -> None:
    """Raise NotPositiveDefinite, with the smallest eigenvalue, if A has no factor."""
    try:
        Cholesky.of(A)
    except NotPositiveDefinite as error:
        smallest = float(np.linalg.eigvalsh(A)[0])
        raise NotPositiveDefinite(
            f"{name} must be positive definite, its smallest eigenvalue is "
            f"{smallest:.3g}; add a multiple of the identity"
        ) from error


class LU:
    """P A = L U for a general square A (real or complex)."""

    def __init__(self, A: Array) -> None:
        """Factorize A; Singular if a pivot is zero or not finite."""
        getrf = lapack.zgetrf if np.iscomplexobj(A) else lapack.dgetrf
        self._lu, self._pivots, info = getrf(A)
        if not np.isfinite(self._lu).all():
            raise Singular(
                f"the matrix of order {len(A)} has no finite LU factors: its entries "
                "are not finite, or overflow"
            )
        if info != 0:
            raise Singular(
                f"the matrix of order {len(A)} is singular (pivot {info} is zero)"
            )

    @lazy
    def logdet(self) -> float:
        """ln |det A|, for either sign of det A (57)."""
        return float(np.log(np.abs(np.diagonal(self._lu))).sum())

    @lazy
    def sign(self) -> complex | float:
        """det A / |det A|: +1 or -1 when real, of modulus one when complex."""
        pivots = np.diagonal(self._lu)
        swaps = int(np.count_nonzero(self._pivots != np.arange(len(pivots))))
        sign = np.prod(pivots / np.abs(pivots)) * (-1) ** swaps
        return complex(sign) if np.iscomplexobj(sign) else float(sign)

    @lazy
    def inverse(self) -> Array:
        """A^-1."""
        is_complex = np.iscomplexobj(self._lu)
        getri = lapack.zgetri if is_complex else lapack.dgetri
        lwork = lapack.zgetri_lwork if is_complex else lapack.dgetri_lwork
        size, _ = lwork(len(self._lu))
        P: Array = getri(self._lu, self._pivots, lwork=int(size.real))[0]
        return P

    def solve(self, B: Array) -> Array:
        """A^-1 B."""
        return self._solve(B, trans=0)

    def solve_herm(self, B: Array) -> Array:
        """A^-H B."""
        return self._solve(B, trans=2)

    def _solve(self, B: Array, trans: int) -> Array:
        lu, rows = self._lu, self._rows
        if not trans:
            half = _substitute(lu, B[rows], lower=True, unit=True)
            return _substitute(lu, half)
        half = _substitute(lu, B, trans=trans)
        X: Array = np.empty_like(half)
        X[rows] = _substitute(lu, half, lower=True, unit=True, trans=trans)
        return X

    @lazy
    def _rows(self) -> Array:
        """The order of the rows of A in P A."""
        rows = np.arange(len(self._lu))
        for i, j in enumerate(self._pivots):
            rows[i], rows[j] = rows[j], rows[i]
        return rows


def _substitute(
    T: Array, B: Array, *, lower: bool = False, unit: bool = False, trans: int = 0
) -> Array:
    """T^-1 B, or T^-H B for trans = 2; ``unit``: T has ones on its diagonal."""
    T, B = _common(T, B)
    trsm = blas.ztrsm if T.dtype.kind == "c" else blas.dtrsm
    columns = B if B.ndim == 2 else B[:, None]
    X: Array = trsm(1.0, T, columns, 0, lower, trans, unit)
    return X if B.ndim == 2 else X[:, 0]


def _common(A: Array, B: Array) -> tuple[Array, Array]:
    """Both complex if one is."""
    if A.dtype == B.dtype:
        return A, B
    return A.astype(complex, copy=False), B.astype(complex, copy=False)
