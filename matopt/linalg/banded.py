"""The Cholesky factorization of a banded matrix."""

from functools import cache
from typing import Any

import numpy as np
from scipy.linalg import lapack

from matopt.errors import NotPositiveDefinite
from matopt.lazy import lazy
from matopt.linalg.arrays import Array


@cache
def _kernels() -> Any:
    """The compiled kernels; numba is imported when they are first needed."""
    from matopt.linalg import banded_kernels

    return banded_kernels


class BandedCholesky:
    """A = L L^H > 0 by its lower band (b + 1, n), A[j + d, j] at [d, j].

    All but ``inverse`` costs O(n b^2), or O(n b) for a right side. Golub and Van Loan,
    Matrix Computations (2013), 4.3.5.
    """

    def __init__(self, band: Array) -> None:
        """Factorize; NotPositiveDefinite if that fails."""
        pbtrf = lapack.zpbtrf if band.dtype == complex else lapack.dpbtrf
        self.L, info = pbtrf(band, lower=1)
        if info != 0 or not np.isfinite(self.L[0, -1]):
            raise NotPositiveDefinite(
                f"the banded matrix of order {band.shape[1]} is not positive definite "
                f"(its leading minor of order {info} is not positive)"
            )
        self._rows = np.ascontiguousarray(self.L)

    @lazy
    def logdet(self) -> float:
        """ln det A."""
        return 2.0 * float(np.log(self.L[0].real).sum())

    def solve(self, B: Array) -> Array:
        """A^-1 B."""
        L = self.L
        if B.dtype == complex and L.dtype == float:
            L = L.astype(complex)
        pbtrs = lapack.zpbtrs if L.dtype == complex else lapack.dpbtrs
        X: Array = pbtrs(L, B, lower=1)[0]
        return X

    solve_herm = solve

    @lazy
    def inverse(self) -> Array:
        """A^-1, which is full."""
        P = self.solve(np.eye(self.L.shape[1], dtype=self.L.dtype))
        return 0.5 * (P + P.T.conj())

    @lazy
    def inverse_band(self) -> Array:
        """The lower band of A^-1."""
        P: Array = _kernels().inverse_band(self._rows)
        return P

    def inverse_band_along(self, V: Array) -> Array:
        """The lower band of -A^-1 V A^-1 for the lower band of V."""
        M = _kernels().factor_along(self._rows, V)
        Q: Array = _kernels().inverse_band_along(self._rows, self.inverse_band, M)
        return Q


def band_product(V: Array, X: Array) -> Array:
    """V X for the Hermitian V of this lower band, one diagonal after another."""
    n = V.shape[1]
    Y: Array = (X.T * V[0]).T
    for d in range(1, len(V)):
        below = V[d, : n - d, None]
        Y[d:] += below * X[: n - d]
        Y[: n - d] += below.conj() * X[d:]
    return Y


def band_of_product(A: Array, B: Array, width: int) -> Array:
    """The lower band of A B^H, one diagonal after another."""
    n = len(A)
    band: Array = np.zeros((width + 1, n), dtype=A.dtype)
    for d in range(width + 1):
        band[d, : n - d] = np.einsum("ik,ik->i", A[d:], B[: n - d].conj())
    return band
