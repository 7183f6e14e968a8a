"""Linear algebra in 50 digits: mpmath numbers in numpy object arrays.

The same functions take float64 arrays.
"""

import numpy as np
import scipy.linalg
from mpmath import mp, mpf

mp.dps = 50


def exact(x):
    """Return an array of 50-digit numbers equal to the float64 array x."""
    return np.vectorize(mpf, otypes=[object])(x)


def double(x):
    """Round to float64; complex stays complex."""
    return x if np.iscomplexobj(x) else np.asarray(x, dtype=float)


def cholesky(A):
    """Return lower L with L L^T = A, for float64 or 50-digit arrays."""
    L = A.copy()
    for j in range(len(A)):
        L[j, j + 1 :] = 0
        L[j:, j] -= L[j:, :j] @ L[j, :j]
        if not L[j, j] > 0:
            raise ValueError("the matrix is not positive definite")
        L[j:, j] /= L[j, j] ** 0.5
    return L


def forward(L, B):
    """Return L^-1 B for lower triangular L."""
    X = B.copy()
    for i in range(len(L)):
        X[i] = (X[i] - L[i, :i] @ X[:i]) / L[i, i]
    return X


def solve(A, B):
    """Return A^-1 B for positive definite A."""
    L = cholesky(A)
    return forward(L[::-1, ::-1].T, forward(L, B)[::-1])[::-1]


def inverse(A):
    """Return A^-1 for positive definite A."""
    W = forward(cholesky(A), np.eye(len(A), dtype=A.dtype))
    return W.T @ W


def logdet(A):
    """Return ln det A for positive definite A."""
    return 2 * sum(mp.log(d) for d in np.diag(cholesky(A)))


def spectral(A, f):
    """Return Q diag(f(l)) Q^T of a symmetric A = Q diag(l) Q^T, and the l."""
    if A.dtype != object:
        values, Q = np.linalg.eigh(A)
    else:
        values, Q = mp.eigsy(mp.matrix(A.tolist()))
        values = np.array(list(values), dtype=object)
        Q = np.array(Q.tolist(), dtype=object)
    images = np.array([f(value) for value in values], dtype=A.dtype)
    return (Q * images) @ Q.T, values


def identity(n):
    """Return I_n."""
    return exact(np.eye(n))


def largest(x):
    """Return the largest absolute entry."""
    return max(abs(v) for v in np.ravel(x))


def polish(x, residual, jacobian):
    """Solve residual(x) = 0 from a float64 solution: return x and what is left.

    The float64 Jacobian preconditions exact residuals; a step gains ten digits or so.
    """
    x, factor = exact(x), scipy.linalg.lu_factor(jacobian)
    for _ in range(12):
        r = residual(x)
        scale = largest(r)  # keeps the float64 solve away from underflow
        if scale < 1e-38:
            break
        x = x - scale * exact(scipy.linalg.lu_solve(factor, double(r / scale)))
    return x, scale
