"""Products of matrices that stay in one BLAS thread pool.

numpy's and scipy's wheels each carry an OpenBLAS with its own threads, and code
that alternates between them waits for a scheduler turn at every change. The
factorizations come from scipy.linalg.lapack, so the products that are large enough
to be threaded come from scipy.linalg.blas; small ones run on the calling thread
wherever they come from, and numpy's are the cheaper to call.
"""

import numpy as np
from scipy.linalg import blas

from matopt.linalg.arrays import VECTOR_VECTOR, Array, hermitian_part

# Up to these sizes OpenBLAS stays on the calling thread.
_MATRIX_MATRIX = 2**18  # multiplications
_MATRIX_VECTOR = 9216  # entries of the matrix

_BLOCK = 64  # order of blocks that stay in the cache
_ABOVE = np.tri(_BLOCK, k=-1, dtype=bool).T  # is an entry above the diagonal?


def product(A: Array, B: Array) -> Array:
    """A B for a matrix A and a matrix or vector B."""
    threaded = (
        A.size > _MATRIX_VECTOR if B.ndim == 1 else A.size * B.shape[1] > _MATRIX_MATRIX
    )
    if not threaded:
        small: Array = A.dot(B)  # cheaper to call than A @ B
        return small
    is_complex = np.iscomplexobj(A) or np.iscomplexobj(B)
    a, trans_a = _fortran(A)
    if B.ndim == 1:
        gemv = blas.zgemv if is_complex else blas.dgemv
        vector: Array = gemv(1.0, a, B, trans=trans_a)
        return vector
    gemm = blas.zgemm if is_complex else blas.dgemm
    b, trans_b = _fortran(B)
    matrix: Array = gemm(1.0, a, b, trans_a=trans_a, trans_b=trans_b)
    return matrix


def _fortran(A: Array) -> tuple[Array, int]:
    """A in Fortran order, or its transpose and the flag that says so: no copy."""
    return (A, 0) if A.flags.f_contiguous else (A.T, 1)


def gram(A: Array) -> Array:
    """A A^H, exactly Hermitian, at half the cost of a product."""
    if A.shape[0] * A.size <= _MATRIX_MATRIX:
        if not A.flags.forc:  # numpy would copy twice, and not see that it is A A^T
            A = np.ascontiguousarray(A)
        small: Array = A.dot(herm(A))
        return hermitian_part(small) if A.dtype.kind == "c" else small
    if np.iscomplexobj(A):
        return mirror(blas.zherk(1.0, np.asfortranarray(A), lower=1))
    a, trans = _fortran(A)
    return mirror(blas.dsyrk(1.0, a, trans=trans, lower=1))


def mirror(A: Array) -> Array:
    """Fill the strict upper triangle of A with the lower's transpose, in place."""
    n = len(A)
    for j in range(0, n, _BLOCK):
        stop = min(j + _BLOCK, n)
        A[j:stop, stop:] = herm(A[stop:, j:stop])
        corner = A[j:stop, j:stop]
        np.copyto(corner, herm(corner), where=_ABOVE[: stop - j, : stop - j])
    return A


def inner(A: Array, B: Array) -> float:
    """Re tr(A^H B) = sum of Re(conj(A_ij) B_ij)."""
    if not A.flags.c_contiguous:
        A, B = A.T, B.T
    if A.size <= VECTOR_VECTOR:
        return float(np.vdot(A, B).real)
    dot = blas.zdotc if np.iscomplexobj(A) or np.iscomplexobj(B) else blas.ddot
    return float(dot(A.ravel(), B.ravel()).real)


def rows_dot(A: Array, B: Array) -> Array:
    """The diagonal of A B^H."""
    dots: Array = np.einsum("ik,ik->i", A, B.conj())
    return dots


def herm(A: Array) -> Array:
    """A^H over the last two axes, a view when A is real."""
    transposed: Array = A.T if A.ndim == 2 else np.swapaxes(A, -1, -2)
    return transposed.conj() if A.dtype.kind == "c" else transposed
