"""Thin QR factorizations, in the thread pool of the other factorizations."""

import numpy as np
from scipy.linalg import lapack

from matopt.linalg.arrays import Array


def thin_qr(A: Array) -> tuple[Array, Array]:
    """A = Q R with Q^H Q = I, (m, n), and R upper triangular, (n, n), for m >= n.

    Trefethen and Bau, Numerical Linear Algebra (1997), lecture 10.
    """
    is_complex = np.iscomplexobj(A)
    geqrf = lapack.zgeqrf if is_complex else lapack.dgeqrf
    orgqr = lapack.zungqr if is_complex else lapack.dorgqr
    reflectors, tau, _, _ = geqrf(A)
    R: Array = np.triu(reflectors[: A.shape[1]])
    Q: Array = orgqr(reflectors, tau)[0]
    return Q, R
