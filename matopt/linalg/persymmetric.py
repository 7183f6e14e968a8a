"""The part of a Gram matrix that is symmetric about the other diagonal too.

It is all that a symmetric Toeplitz matrix, which is so itself, can see of samples.
Cantoni and Butler, Eigenvalues and Eigenvectors of Symmetric Centrosymmetric Matrices
(1976).
"""

import numpy as np

from matopt.linalg.arrays import Array
from matopt.linalg.product import gram


def persymmetric_gram(X: Array) -> Array:
    """(S + J S J)/2 for S = X^T X of a real X (m, n), where J reverses the order.

    The sums x_j + x_(n-1-j) and the differences are uncorrelated in it: it takes two
    Gram matrices of n/2 columns, half the multiplications of S.
    """
    n = X.shape[1]
    h = n // 2
    front, back = X[:, :h], X[:, : n - h - 1 : -1]
    E, D = gram((front + back).T), gram((front - back).T)
    S: Array = np.empty((n, n))
    if n > 2 * h:
        middle = X[:, h]
        S[h, :h] = 0.5 * (front + back).T.dot(middle)
        S[h, h] = middle.dot(middle)
        S[:h, h] = S[h, :h]
        S[h, n - h :] = S[n - h :, h] = S[h, :h][::-1]
    S[:h, :h] = 0.25 * (E + D)
    S[:h, n - h :] = 0.25 * (E - D)[:, ::-1]
    S[n - h :, n - h :] = S[:h, :h][::-1, ::-1]
    S[n - h :, :h] = S[:h, n - h :].T
    return S
