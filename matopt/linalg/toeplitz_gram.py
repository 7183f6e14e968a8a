"""Gram matrices of Toeplitz structures, from one two-dimensional correlation."""

import numpy as np
import scipy

from matopt.linalg.arrays import Array


def toeplitz_gram(A: Array, B: Array) -> Array:
    """Re tr(A S_k B S_l) for Hermitian A and B, over the Hermitian Toeplitz S_k.

    The S_k are those of the real parts t_0, ..., t_(n-1), then, if A is complex, of the
    imaginary parts t_1, ..., t_(n-1). With D_k of ones at i - j = k,
    tr(A D_k B D_l) = C_(-l, k) for C_pq = the sum of A_(i+p, j+q) conj(B_ij): n^2 log n
    operations instead of n^4.
    """
    n = len(A)
    C = _correlation(A, B)
    at, back = np.arange(n), -np.arange(n)
    plus = C[np.ix_(back, at)].T + C[np.ix_(at, back)].T  # D_k, D_l and D_-k, D_-l
    mixed = C[np.ix_(at, at)].T + C[np.ix_(back, back)].T  # D_k, D_-l and D_-k, D_l
    real: Array = (plus + mixed).real
    real[0] *= 0.5
    real[:, 0] *= 0.5
    if not np.iscomplexobj(C):
        return real
    # S_k of an imaginary part is i (D_k - D_-k)
    low = C[np.ix_(back, at)].T - C[np.ix_(at, back)].T
    high = C[np.ix_(at, at)].T - C[np.ix_(back, back)].T
    right, below = -(low - high).imag, -(low + high).imag
    right[0] *= 0.5
    below[:, 0] *= 0.5
    imaginary = (mixed - plus).real
    top = np.hstack([real, right[:, 1:]])
    return np.vstack([top, np.hstack([below[1:], imaginary[1:, 1:]])])


def _correlation(A: Array, B: Array) -> Array:
    """C_pq for |p|, |q| < n, with negative indices from the end."""
    fft = scipy.fft
    N = fft.next_fast_len(2 * len(A) - 1, real=True)
    if np.iscomplexobj(A) or np.iscomplexobj(B):
        a = fft.fft2(A, (N, N))
        C: Array = fft.ifft2(a * (a if B is A else fft.fft2(B, (N, N))).conj())
        return C
    a = fft.rfft2(A, (N, N))
    C = fft.irfft2(a * (a if B is A else fft.rfft2(B, (N, N))).conj(), (N, N))
    return C
