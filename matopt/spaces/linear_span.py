"""The span of given matrices: any linear family (133)-(134)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from matopt.lazy import lazy
from matopt.linalg import Array, as_array, herm, product
from matopt.spaces.structure import Structure, ambient

_DEPENDENT = 1e-10  # smallest distance to the span of the others, relative


@dataclass(frozen=True, eq=False, repr=False, init=False)
class LinearSpan(Structure):
    """A = sum_k theta_k S_k for the rows S_k of ``basis``, (k, m, n).

    The S_k must be linearly independent over the reals, but need not be orthogonal;
    theta is real also where they are complex. Two spans are equal only if they are
    the same object.
    """

    matrices: Array  # (k, m, n)

    def __init__(self, basis: ArrayLike) -> None:
        """Take the structure matrices S_k (134)."""
        S = as_array(basis, "basis", ndim=3).copy()
        if S.size == 0:
            raise ValueError(f"basis must not be empty, got shape {S.shape}")
        S.flags.writeable = False
        object.__setattr__(self, "matrices", S)
        object.__setattr__(self, "dtype", complex if np.iscomplexobj(S) else float)
        self._check_independent()

    def _check_independent(self) -> None:
        k, m, n = self.matrices.shape
        if k > self._rows.shape[1]:
            raise ValueError(
                f"basis must be linearly independent, but {k} matrices of shape "
                f"({m}, {n}) cannot be; remove some"
            )
        distances = np.abs(self._qr[1].diagonal())  # each to the span of those before
        norms = np.linalg.norm(self._rows, axis=1)
        bad = np.flatnonzero(distances <= _DEPENDENT * norms)
        if len(bad):
            raise ValueError(
                f"basis must be linearly independent, but basis[{bad[0]}] is zero or a "
                "combination of the matrices before it; remove it"
            )

    def __repr__(self) -> str:
        k, m, n = self.matrices.shape
        return f"LinearSpan(<{k} of {m}x{n}>)"

    @lazy
    def hermitian(self) -> bool:
        """Are all S_k Hermitian?"""
        S = self.matrices
        if S.shape[1] != S.shape[2]:
            return False
        return bool(np.max(np.abs(S - herm(S))) <= 1e-12 * np.max(np.abs(S)))

    @property
    def shape(self) -> tuple[int, int]:
        """(m, n)."""
        _, m, n = self.matrices.shape
        return (m, n)

    @property
    def size(self) -> int:
        """k."""
        return len(self.matrices)

    @lazy
    def _rows(self) -> Array:
        """The S_k as real vectors, one a row."""
        return self._flat(self.matrices).reshape(self.size, -1)

    def _flat(self, G: Array) -> Array:
        """The entries as real numbers, of which re and im are two when complex."""
        if self.dtype is float:
            return G.real.ravel()
        return G.astype(complex, copy=False).ravel().view(float)

    @lazy
    def _qr(self) -> tuple[Array, Array]:
        """Q R = the S_k as columns, so that the Gram matrix is R^T R."""
        Q, R = np.linalg.qr(self._rows.T)
        return Q, R

    def matrix(self, x: Array) -> Array:
        """The sum of x_k S_k."""
        A = product(self._rows.T, x)
        return A.view(self.dtype).reshape(self.shape)

    def _extract(self, A: Array) -> Array:
        """R^-1 Q^T vec A: least squares, without the Gram matrix's condition number."""
        Q, R = self._qr
        return np.linalg.solve(R, product(Q.T, self._flat(A)))

    def adjoint(self, left: Array, right: Array | None = None) -> Array:
        """All Re tr(G^H S_k) (133)."""
        return product(self._rows, self._flat(ambient(left, right)))

    def project(self, G: Array) -> Array:
        """The member nearest to G: theta solves with the Gram matrix of the S_k."""
        return self.matrix(self._extract(G))

    def represent(self, g: Array) -> Array:
        """The member with adjoint g: theta solves with the Gram matrix R^T R."""
        R = self._qr[1]
        return self.matrix(np.linalg.solve(R, np.linalg.solve(R.T, g)))

    def basis(self) -> Array:
        """The S_k, which cannot be written into."""
        return self.matrices
