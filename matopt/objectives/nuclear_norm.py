"""The sum of the singular values: solutions of low rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from matopt.linalg import Array, herm, hermitian_part, is_hermitian, product
from matopt.objectives.constant import check_single
from matopt.objectives.l1_norm import shrink
from matopt.objectives.nonsmooth import NonSmooth
from matopt.spaces import Space

_RANK = 1e-12  # a singular value that is zero, relative to the largest


@dataclass(frozen=True)
class NuclearNorm(NonSmooth):
    """g(X) = sum of the singular values of X, of any shape (m, n).

    The proximal operator shrinks each singular value by t; of a Hermitian matrix each
    eigenvalue, which keeps it Hermitian. The dual norm is the largest singular value.

    Cai, Candes and Shen, A singular value thresholding algorithm for matrix completion
    (SIAM J. Optim., 2010).

    >>> import numpy as np, matopt as mo
    >>> mo.NuclearNorm().prox(np.diag([3.0, 0.5]), 1.0)
    array([[2., 0.],
           [0., 0.]])
    """

    def check(self, space: Space) -> None:
        """The unknown must be one matrix, not a vector."""
        check_single(space)
        if len(space.shape) != 2:
            raise ValueError(
                f"NuclearNorm needs matrices but {space!r} has vectors; "
                "take L1Norm(off_diagonal=False) or TwoNorm"
            )
        super().check(space)

    def norm(self, X: Array) -> float:
        """The sum of the singular values."""
        return float(np.linalg.svd(X, compute_uv=False).sum())

    def dual_norm(self, Z: Array) -> float:
        """The largest singular value."""
        return float(np.linalg.norm(Z, 2))

    def prox(self, X: Array, t: float) -> Array:
        """X with its singular values shrunk by t."""
        if is_hermitian(X):
            values, Q = np.linalg.eigh(X)
            kept = np.abs(values) > t
            Q = Q[:, kept]
            return hermitian_part(product(Q * shrink(values[kept], t), herm(Q)))
        U, s, Vh = np.linalg.svd(X, full_matrices=False)
        kept = s > t
        return product(U[:, kept] * (s[kept] - t), Vh[kept])

    def nearest(self, X: Array, G: Array, c: float) -> Array:
        """G + c U V^H, its part orthogonal to U and V shrunk instead.

        X = U diag(s) V^H with s > 0; the subgradients are U V^H + W with U^H W = 0,
        W V = 0 and no singular value of W above 1 (Watson, 1992).
        """
        U, s, Vh = np.linalg.svd(X, full_matrices=False)
        rank = int(np.sum(s > _RANK * s[0]))
        U, Vh = U[:, :rank], Vh[:rank]
        N = G - product(U, product(herm(U), G))
        N = N - product(product(N, herm(Vh)), Vh)
        M: Array = G + c * product(U, Vh) - N + self.prox(N, c)
        return M

    def convex(self, cp: Any, X: Any) -> Any:
        """cvxpy's own."""
        return cp.normNuc(X)
