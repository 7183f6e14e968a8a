"""Eigenvalues in order, and eigenvectors with one scale and sign."""

import numpy as np

from matopt.linalg.arrays import Array

_ISOTROPIC = 1e-8  # below this |v^T v| / v^H v cannot be scaled to one


def eigenpairs(A: Array) -> tuple[Array, Array]:
    """The eigenvalues of A (n, n), and its eigenvectors as columns with v^T v = 1.

    Ascending, by the real part first. The first component that is at least half as
    large as the largest has a positive real part. A complex v with v^T v = 0 has
    length one instead.
    """
    if np.array_equal(A, A.conj().T):
        values, V = np.linalg.eigh(A)
    else:
        values, V = np.linalg.eig(A)
        order = np.lexsort((values.imag, values.real))
        values, V = values[order], V[:, order]
    squares = np.sum(V * V, axis=0)
    V = V / np.sqrt(np.where(np.abs(squares) > _ISOTROPIC, squares, 1.0))
    return values, V * _signs(V)


def _signs(V: Array) -> Array:
    large = np.abs(V) >= 0.5 * np.max(np.abs(V), axis=0)
    leading = V[np.argmax(large, axis=0), np.arange(V.shape[1])]
    signs: Array = np.where(leading.real < 0.0, -1.0, 1.0)
    return signs
