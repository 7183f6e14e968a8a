"""A given matrix as low rank plus diagonal."""

import numpy as np

from matopt.linalg.arrays import Array
from matopt.linalg.factor import Cholesky
from matopt.linalg.product import herm, product

_ENOUGH = 1e-15  # what is left of the small eigenvalues, relative
_TRIALS = 200


def split_low_rank(A: Array, rank: int) -> tuple[Array, Array]:
    """F (n, rank) and psi > 0 (n,) with F F^H + diag(psi) near A, a positive definite.

    psi minimizes the sum of squares of the n - rank smallest eigenvalues of
    A - diag(psi), by Levenberg-Marquardt steps in ln psi from the start of Joreskog
    (1967); it is zero where A has that form, and quadratically so. F is zero in a
    column where A - diag(psi) has not enough positive eigenvalues.

    Harman and Jones, Factor Analysis by Minimizing Residuals (1966).
    """
    n, scale = len(A), np.sqrt(A.diagonal().real)
    C = A / np.outer(scale, scale)
    psi = np.full(n, 0.5)
    if rank < n:
        precision = Cholesky.of(C).inverse.diagonal().real
        psi = _fit(C, np.clip((1.0 - 0.5 * rank / n) / precision, 1e-3, 0.999), rank)
    values, U = np.linalg.eigh(C - np.diag(psi))
    top = slice(n - rank, None)
    F: Array = U[:, top] * np.sqrt(np.maximum(values[top], 0.0))
    return scale[:, None] * F, scale**2 * psi


def _fit(C: Array, psi: Array, rank: int) -> Array:
    damping, left, P = 1e-3, *_residual(C, psi, rank)
    for _ in range(_TRIALS):
        if left <= _ENOUGH**2 * len(C):
            break
        # the residual P (C - Psi) P moves by -P dPsi P: a Gauss-Newton step of ln psi
        J = np.abs(P) ** 2 * np.outer(psi, psi)
        slope = psi * product(P, C - np.diag(psi)).diagonal().real
        J.flat[:: len(C) + 1] += damping * np.maximum(J.diagonal(), 1e-12)
        step = np.clip(Cholesky.of(J).solve(slope), -2.0, 2.0)
        trial = psi * np.exp(step)
        now, Q = _residual(C, trial, rank)
        if now < left:
            psi, left, P, damping = trial, now, Q, 0.03 * damping
        elif damping > 1e10 or left <= (1e3 * _ENOUGH) ** 2 * len(C):
            break
        else:
            damping = max(8.0 * damping, 1e-10)
    return psi


def _residual(C: Array, psi: Array, rank: int) -> tuple[float, Array]:
    """The sum of squares of the small eigenvalues, and the projector to them."""
    values, U = np.linalg.eigh(C - np.diag(psi))
    small = slice(None, len(C) - rank)
    return float(np.sum(values[small] ** 2)), product(U[:, small], herm(U[:, small]))
