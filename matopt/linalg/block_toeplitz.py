"""Positive definite block Toeplitz matrices, by the recursion of Whittle.

T_IJ = T_(I-J) for blocks (p, p), T_(-k) = T_k^H, given as the stack T_0, T_1, ... . The
predictors F, with F_0 = I and T F = (V, 0, ..., 0), and B, with B_last = I and
T B = (0, ..., 0, W), grow by one block at a time. T^-1 follows from the last two.

Whittle, On the Fitting of Multivariate Autoregressions (1963); Akaike, Block Toeplitz
Matrix Inversion (1973).
"""

import numpy as np
import scipy

from matopt.errors import NotPositiveDefinite
from matopt.lazy import lazy
from matopt.linalg.arrays import Array
from matopt.linalg.factor import Cholesky
from matopt.linalg.product import gram, herm, product

# The recursion loses digits in proportion to the condition number.
_ILL_CONDITIONED = 1e8


def block_toeplitz_matrix(blocks: Array) -> Array:
    """The Hermitian matrix of the blocks T_0, T_1, ..., (N, p, p), of order N p."""
    N, p, _ = blocks.shape
    lags = np.concatenate([herm(blocks[:0:-1]), blocks])
    place = np.subtract.outer(np.arange(N), np.arange(N)) + N - 1
    A: Array = lags[place].swapaxes(1, 2).reshape(N * p, N * p)
    return A


def block_sums(left: Array, right: Array | None, p: int) -> Array:
    """The sums of G_(J+k, J) + (G_(J, J+k))^H over J for each k, G = left right^H.

    They are (N, p, p); at k = 0 the two are one, which is halved.
    """
    N = len(left) // p
    if right is None:
        G = left.reshape(N, p, N, p)
        below = np.array([_sum(G, -k) for k in range(N)])
        above = np.array([_sum(G, k) for k in range(N)])
    else:
        C = _correlation(left, right, p)
        below, above = C[:N], C[-np.arange(N)]
    sums: Array = below + herm(above)
    sums[0] *= 0.5
    return sums


def _sum(G: Array, k: int) -> Array:
    """Of the blocks of G on the block diagonal k, counted to the right."""
    total: Array = G.diagonal(k, 0, 2).sum(axis=-1)
    return total


def _correlation(left: Array, right: Array, p: int) -> Array:
    """The sums of left_(J+k) right_J^H over the blocks J, for k = 0, 1, ..., -1."""
    a, b = (_spectrum(X, p) for X in (left, right))
    C: Array = scipy.fft.ifft(np.matmul(a, herm(b)), axis=0)
    return C if np.iscomplexobj(left) or np.iscomplexobj(right) else C.real


def _spectrum(X: Array, p: int) -> Array:
    """Of a column of blocks (p, k), long enough for no end to meet the other."""
    N = len(X) // p
    whole: Array = scipy.fft.fft(
        X.reshape(N, p, -1), scipy.fft.next_fast_len(2 * N), axis=0
    )
    return whole


class BlockToeplitzFactor:
    """The predictors of T and its inverse; NotPositiveDefinite if T is not."""

    def __init__(self, blocks: Array) -> None:
        """Take T_0, T_1, ...; O(N^2 p^3)."""
        self._p = blocks.shape[1]
        self.logdet = 0.0
        self._recursion(blocks)

    def _recursion(self, blocks: Array) -> None:
        N, p, _ = blocks.shape
        n = N * p
        # row j of blocks reads T_j, ..., T_1 off the stack turned round
        turned = np.ascontiguousarray(blocks[::-1].swapaxes(0, 1)).reshape(p, n)
        F: Array = np.zeros((n, p), dtype=blocks.dtype)
        B = np.zeros_like(F)
        F[:p] = B[:p] = np.eye(p)
        V = W = blocks[0]
        first = last = Cholesky.of(V)
        self.logdet = first.logdet
        for m in range(1, N):
            size = m * p
            delta = product(turned[:, n - size - p : n - p], F[:size])
            before = F[: size + p].copy()
            B[p : size + p] = B[:size].copy()
            B[:p] = 0.0
            F[: size + p] -= product(B[: size + p], last.solve(delta))
            B[: size + p] -= product(before, first.solve(herm(delta)))
            V = V - gram(herm(last.whiten(delta)))
            W = W - gram(herm(first.whiten(herm(delta))))
            first, last = Cholesky.of(V), Cholesky.of(W)
            self.logdet += first.logdet
        self._X = herm(first.whiten(herm(F)))  # F V^-1/2
        self._Y = np.zeros_like(B)  # B W^-1/2, moved down by one block
        self._Y[p:] = herm(last.whiten(herm(B)))[:-p]

    @property
    def size(self) -> float:
        """A bound on the size of T^-1, seldom ten times too large."""
        blocks = self._X.reshape(-1, self._p, self._p)
        return 2.0 * float(np.linalg.norm(blocks, axis=(1, 2)).sum()) ** 2

    # T^-1 = L(X) L(X)^H - L(Y) L(Y)^H, L(X) lower block Toeplitz of first column X

    @lazy
    def inverse(self) -> Array:
        """T^-1: each block is its upper left neighbour plus a product of rank 2 p."""
        p = self._p
        P = gram(self._X) - gram(self._Y)
        for row in range(p, len(P), p):
            P[row : row + p, p:] += P[row - p : row, :-p]
        return P

    @lazy
    def inverse_sums(self) -> Array:
        """The ``block_sums`` of T^-1: X_(k+j) X_j^H is in N - k - j of its blocks."""
        p = self._p
        rest = np.repeat(np.arange(len(self._X) // p, 0, -1.0), p)[:, None]
        both = [_correlation(rest * X, X, p) for X in (self._X, self._Y)]
        sums: Array = 2.0 * (both[0] - both[1])[: len(self._X) // p]
        sums[0] = 0.25 * (sums[0] + herm(sums[0]))
        return sums

    @lazy
    def _spectra(self) -> tuple[Array, Array]:
        return _spectrum(self._X, self._p), _spectrum(self._Y, self._p)

    def solve(self, B: Array) -> Array:
        """T^-1 B, by transforms."""
        p, n = self._p, len(B)
        b = _spectrum(B, p)
        total: Array = np.zeros_like(b)
        for sign, x in zip((1.0, -1.0), self._spectra, strict=True):
            inside = scipy.fft.ifft(np.matmul(herm(x), b), axis=0)
            inside[n // p :] = 0.0  # L^H B, without what wraps around
            total += sign * np.matmul(x, scipy.fft.fft(inside, axis=0))
        X = scipy.fft.ifft(total, axis=0)[: n // p].reshape(B.shape)
        return X if np.iscomplexobj(self._X) or np.iscomplexobj(B) else X.real

    solve_herm = solve


def block_toeplitz_factor(blocks: Array) -> BlockToeplitzFactor | Cholesky:
    """The factor by predictors, or a dense one where T is ill conditioned."""
    size = 2.0 * float(np.linalg.norm(blocks, axis=(1, 2)).sum())
    try:
        factor = BlockToeplitzFactor(blocks)
    except NotPositiveDefinite:  # it may be, to rounding
        return Cholesky.of(block_toeplitz_matrix(blocks))
    if size * factor.size < _ILL_CONDITIONED:
        return factor
    return Cholesky.of(block_toeplitz_matrix(blocks))
