"""Linear algebra of float64 arrays and of object arrays of mpmath numbers alike.

The functions that are differentiated are written with these, so that the same text is
evaluated in float64 for a user and in 50 digits for the check. Right sides must not
use them: they compute with numpy, scipy and matopt.linalg.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from matopt.linalg import Array
from matopt.linalg import eigenpairs as linalg_eigenpairs


def mpmath() -> Any:
    """The package of that name, an extra, imported when first needed."""
    try:
        import mpmath
    except ImportError as error:
        raise ImportError(
            "the check in 50 digits needs mpmath: pip install 'matopt[exact]'"
        ) from error
    return mpmath


def is_exact(*arrays: Any) -> bool:
    """Is any of them made of mpmath numbers?"""
    return any(np.asarray(A).dtype.kind == "O" for A in arrays)


def exact(A: Any) -> Any:
    """The same numbers, as mpmath holds them."""
    A = np.asarray(A)
    make = mpmath().mpc if np.iscomplexobj(A) else mpmath().mpf
    result: Array = np.array([make(a) for a in A.flat], dtype=object).reshape(A.shape)
    return result if result.ndim else result[()]


def rounded(A: Any) -> Any:
    """Float64 or complex128 of mpmath numbers."""
    A = np.asarray(A)
    if A.dtype.kind != "O":
        return A if A.ndim else A[()]
    is_complex = any(isinstance(a, mpmath().mpc) for a in A.flat)
    B: Array = A.astype(complex if is_complex else float)
    return B if B.ndim else B[()]


def det(A: Array) -> Any:
    """det A."""
    if not is_exact(A):
        return np.linalg.det(A)
    U, sign, product = A.copy(), 1, 1
    for k in range(len(U)):
        pivot = _pivot(U, k)
        if U[pivot, k] == 0:
            return 0 * product
        if pivot != k:
            U[[k, pivot]], sign = U[[pivot, k]], -sign
        product = product * U[k, k]
        U[k + 1 :] = U[k + 1 :] - np.outer(U[k + 1 :, k] / U[k, k], U[k])
    return sign * product


def inv(A: Array) -> Array:
    """A^-1, by Gauss and Jordan with pivots."""
    if not is_exact(A):
        inverse: Array = np.linalg.inv(A)
        return inverse
    n = len(A)
    M = np.concatenate([A, exact(np.eye(n))], axis=1)
    for k in range(n):
        pivot = _pivot(M, k)
        M[[k, pivot]] = M[[pivot, k]]
        M[k] = M[k] / M[k, k]
        others = [i for i in range(n) if i != k]
        M[others] = M[others] - np.outer(M[others, k], M[k])
    return M[:, n:]


def _pivot(A: Array, k: int) -> int:
    """The row from k on with the largest entry in column k."""
    return k + int(np.argmax([abs(a) for a in A[k:, k]]))


def power(A: Array, k: int) -> Array:
    """A^k for any integer k."""
    base = inv(A) if k < 0 else A
    result: Array = np.eye(len(A), dtype=int) + 0 * base
    for _ in range(abs(k)):
        result = result @ base
    return result


def log(x: Any) -> Any:
    """ln x, complex where x is negative."""
    return mpmath().log(x) if is_exact(x) else np.emath.log(x)


def log_det(A: Array) -> Any:
    """ln det A, complex where det A is negative; no determinant overflows in it."""
    if is_exact(A):
        return log(det(A))
    sign, size = np.linalg.slogdet(A)
    return np.emath.log(sign) + size


def log_abs_det(A: Array) -> Any:
    """ln |det A|."""
    return log(abs(det(A))) if is_exact(A) else np.linalg.slogdet(A)[1]


def sqrt(x: Any) -> Any:
    """The square root."""
    return mpmath().sqrt(x) if is_exact(x) else np.sqrt(x)


def conj(A: Any) -> Any:
    """The complex conjugate."""
    return np.conj(A) if not is_exact(A) else np.vectorize(mpmath().conj, otypes="O")(A)


def eigenvalues(A: Array) -> Array:
    """All eigenvalues, in no order."""
    if not is_exact(A):
        values: Array = np.linalg.eigvals(A)
        return values
    found = mpmath().eig(mpmath().matrix(A.tolist()), left=False, right=False)
    return np.array(list(found), dtype=object)


def eigenpairs(A: Array) -> tuple[Array, Array]:
    """Eigenvalues and eigenvectors, ordered and scaled as by matopt.linalg.eigenpairs.

    Those of the rounded matrix are refined by Newton's method with its first Jacobian.
    """
    values, V = linalg_eigenpairs(rounded(A))
    if not is_exact(A):
        return values, V
    pairs = [_refine(A, values[i], V[:, i]) for i in range(len(values))]
    return np.array([p[-1] for p in pairs]), np.array([p[:-1] for p in pairs]).T


def _refine(A: Array, value: Any, v: Array) -> Array:
    """(v, value) with A v = value v and v^T v = 1, each step some ten digits nearer."""
    n = len(v)
    z: Array
    J = np.zeros((n + 1, n + 1), dtype=np.result_type(v, rounded(A)))
    J[:n, :n] = rounded(A) - value * np.eye(n)
    J[:n, n], J[n, :n] = -v, 2 * v
    solve, z = exact(np.linalg.inv(J)), exact(np.append(v, value))
    for _ in range(6):
        residual = A @ z[:n] - z[:n] * z[n]
        z = z - solve @ np.append(residual, z[:n] @ z[:n] - 1)
    return z


def matrix_function(name: str, A: Array) -> Array:
    """exp, log, sqrt, sin or cos of a square matrix (not of its entries)."""
    if is_exact(A) and name in _SERIES:
        return _series(A, *_SERIES[name])
    if is_exact(A):
        M = getattr(mpmath(), f"{name}m")(mpmath().matrix(A.tolist()))
        return np.array(M.tolist(), dtype=object)
    from scipy import linalg

    result: Array = np.asarray(getattr(linalg, f"{name}m")(A))
    return result


_SERIES = {"exp": (0, 1, 1), "sin": (1, 2, -1), "cos": (0, 2, -1)}


def _series(A: Array, first: int, stride: int, sign: int) -> Array:
    """The sum of sign^j A^k / k! over k = first + j stride, j = 0, 1, ..."""
    one = exact(np.eye(len(A)))
    total: Array = 0 * one
    term, k = (A if first else one), first
    step = sign * (A @ A if stride == 2 else A)
    tiny = mpmath().mpf(10) ** -(mpmath().mp.dps + 5)
    while max(abs(a) for a in term.flat) > tiny:
        total = total + term
        factor = k + 1 if stride == 1 else (k + 1) * (k + 2)
        term, k = term @ step / factor, k + stride
    return total
