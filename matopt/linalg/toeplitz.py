"""Matrices that are constant along diagonals: products, builders and diagonal sums.

A Toeplitz matrix has A_ij = t_(i-j), a Hankel matrix A_ij = h_(i+j), a circulant
A_ij = c_((i-j) mod n). Small cases are computed directly, large ones through the FFT
in O((m + n) log(m + n)) a column; the sizes at which to change were measured.

What the FFT costs in accuracy: its error is normwise, about eps log N |t| |x| in every
entry of the result, where N = m + n. An entry much smaller than |t| |x|, as those of
graded data are, has fewer correct digits than by the direct sum, whose error is
bounded by eps times the sum of its own |t_(i-j) x_j|. The same holds for the sums of
left right^H over diagonals. Higham, Accuracy and Stability (2002), chapter 24.

Gray, Toeplitz and Circulant Matrices: A Review (2006).
"""

from collections.abc import Callable

import numpy as np
import scipy

from matopt.errors import Singular
from matopt.linalg.arrays import Array
from matopt.linalg.product import herm, product

# A direct product is faster up to m n = _DIRECT (m + n): up to n = 360 when square.
_DIRECT = 180
# Sums of left right^H are faster by FFT from m n = (m + n)(_SUMS + k / 3): n = 130
# for one column, n = 214 for 128, n = 470 for 512.
_SUMS = 64
# Rows that are skewed at a time in a sum over diagonals: they stay in the cache.
_ROWS = 64


# Builders: one strided copy, from the vector of all diagonals


def toeplitz_matrix(lags: Array, n: int) -> Array:
    """A_ij = t_(i-j) with n columns, from t_(-(n-1)), ..., t_(m-1)."""
    m = len(lags) - n + 1
    return _windows(lags[::-1], m, n)[::-1].copy()


def hermitian_toeplitz(lags: Array) -> Array:
    """A_ij = t_(i-j) with t_(-k) = conj(t_k), from t_0, ..., t_(n-1)."""
    return toeplitz_matrix(np.concatenate([lags[:0:-1].conj(), lags]), len(lags))


def hankel_matrix(values: Array, n: int) -> Array:
    """A_ij = h_(i+j) with n columns, from h_0, ..., h_(m+n-2)."""
    return _windows(values, len(values) - n + 1, n).copy()


def circulant_matrix(column: Array) -> Array:
    """A_ij = c_((i-j) mod n)."""
    return toeplitz_matrix(np.concatenate([column[1:], column]), len(column))


def _windows(v: Array, m: int, n: int) -> Array:
    """The view whose row i is v[i : i + n]."""
    v = np.ascontiguousarray(v)
    step = v.itemsize
    return np.ndarray((m, n), v.dtype, v, 0, (step, step))


# Products


def toeplitz_product(column: Array, row: Array, X: Array) -> Array:
    """T X for the Toeplitz T of first column (m,) and first row (n,), X (n,) or (n, k).

    ``row[0]`` is not read, as in scipy.linalg.toeplitz. Real or complex.
    """
    return _product(np.concatenate([row[:0:-1], column]), len(row), X)


def hankel_product(column: Array, row: Array, X: Array) -> Array:
    """H X for the Hankel H of first column (m,) and last row (n,), X (n,) or (n, k).

    ``row[0]`` is not read, as in scipy.linalg.hankel. With the rows of X reversed it
    is a Toeplitz product.
    """
    return _product(np.concatenate([column, row[1:]]), len(row), X[::-1])


def circulant_product(column: Array, X: Array) -> Array:
    """C X for the circulant C of first column c (n,), X (n,) or (n, k)."""
    n = len(column)
    if n * n <= _DIRECT * 2 * n:
        return _product(np.concatenate([column[1:], column]), n, X)
    _check_rows(X, n, "column")
    return _convolve(column, X, n)


def circulant_solve(column: Array, B: Array) -> Array:
    """C^-1 B: C = F^-1 diag(F c) F for the Fourier matrix F, B (n,) or (n, k).

    Singular if an eigenvalue is zero to the rounding of the transform. Davis,
    Circulant Matrices (1979), section 3.2.
    """
    n = len(column)
    _check_rows(B, n, "column")
    forward, backward = transforms(column, B)
    eigenvalues = forward(column, n)
    sizes = np.abs(eigenvalues)
    rounding = np.finfo(float).eps * np.log2(2 * n) * np.linalg.norm(column)
    k = int(np.argmin(sizes))
    if sizes[k] <= rounding:
        raise Singular(
            f"the circulant of order {n} is singular (its eigenvalue {k}, of size "
            f"{sizes[k]:.3g}, is zero to rounding)"
        )
    X: Array = backward(forward(_rows(B), n) / eigenvalues, n)
    return X.T


def _product(lags: Array, n: int, X: Array) -> Array:
    """The rows of the Toeplitz matrix of ``lags`` are windows: Y = (lags * X)[n-1:]."""
    m = len(lags) - n + 1
    _check_rows(X, n, "row")
    if m * n > _DIRECT * (m + n):
        # with a period from m + n - 1 on, only the first n - 1 rows are wrapped
        N = scipy.fft.next_fast_len(m + n - 1, real=True)
        return _convolve(lags, X, N)[n - 1 : n - 1 + m]
    if X.ndim == 1:
        return np.convolve(lags, X, "valid")
    return product(toeplitz_matrix(lags, n), X)


def _check_rows(X: Array, n: int, name: str) -> None:
    if len(X) != n:
        raise ValueError(f"X must have {n} rows, the length of {name}, got {len(X)}")


def _convolve(c: Array, X: Array, N: int) -> Array:
    """The columns of X convolved with c, with period N: (N,) or (N, k)."""
    forward, backward = transforms(c, X)
    Y: Array = backward(forward(c, N) * forward(_rows(X), N), N)
    return Y.T


def _rows(X: Array) -> Array:
    """X^T, contiguous: transforms are fastest along such rows."""
    return np.ascontiguousarray(X.T)


def transforms(*arrays: Array) -> tuple[Callable[..., Array], Callable[..., Array]]:
    """The FFT and its inverse along rows; those of half the cost if all are real."""
    if any(np.iscomplexobj(a) for a in arrays):
        return scipy.fft.fft, scipy.fft.ifft
    return scipy.fft.rfft, scipy.fft.irfft


# Sums over diagonals: the transposes of the builders


def diagonal_sums(left: Array, right: Array | None = None) -> Array:
    """The sums of G (m, n) over j - i = -(m-1), ..., n-1, G = left or left right^H.

    The order is that of ``numpy.trace``'s offset. left right^H is not formed when
    the correlation of the columns of left (m, k) and right (n, k) is cheaper.
    """
    if right is None:
        return _dense_sums(left)
    if by_correlation(len(left), len(right), left.shape[1]):
        return _correlation(left, right)
    return _dense_sums(product(left, herm(right)))


def by_correlation(m: int, n: int, k: int) -> bool:
    """Are k correlations cheaper than a product (m, k) by (k, n) and its sums?"""
    return m * n > (m + n) * (_SUMS + k / 3)


def paired_sums(left: Array, right: Array | None = None) -> Array:
    """The sums of G over i - j = k >= 0, plus those over i - j = -k conjugated.

    G (n, n) = left or left right^H; k = 0 counts once. (144), where G is real.
    """
    sums = diagonal_sums(left, right)
    n = len(left)
    paired = sums[n - 1 :: -1].copy()
    paired[1:] += sums[n:].conj()
    return paired


def antidiagonal_sums(left: Array, right: Array | None = None) -> Array:
    """The sums of G (m, n) over i + j = 0, ..., m+n-2, G = left or left right^H."""
    return diagonal_sums(left[::-1], right)


def wrapped_sums(left: Array, right: Array | None = None) -> Array:
    """The sums of G (n, n) over (i - j) mod n = 0, ..., n-1; G as above."""
    sums = diagonal_sums(left, right)[::-1]  # now by i - j = -(n-1), ..., n-1
    n = len(left)
    wrapped = sums[n - 1 :].copy()
    wrapped[1:] += sums[: n - 1]
    return wrapped


def _dense_sums(G: Array) -> Array:
    """Skew blocks of rows so that diagonals become columns, and add those up.

    In a block padded with zeros to rows of length n + h, and read with rows one
    shorter, each row is shifted by one against that above.
    """
    if abs(G.strides[0]) < abs(G.strides[1]):  # columns are contiguous
        return _dense_sums(G.T)[::-1]
    m, n = G.shape
    h = min(m, _ROWS)
    sums: Array = np.zeros(m + n - 1, G.dtype)
    padded: Array = np.zeros((h, n + h), G.dtype)
    skewed = padded.reshape(-1)[: h * (n + h - 1)].reshape(h, n + h - 1)
    for end in range(m, 0, -h):
        block = G[max(end - h, 0) : end]
        padded[len(block) :, :n] = 0.0
        padded[: len(block), :n] = block[::-1]
        width = n + len(block) - 1
        sums[m - end : m - end + width] += np.add.reduce(skewed, axis=0)[:width]
    return sums


def _correlation(left: Array, right: Array) -> Array:
    """Sum over i of left_i conj(right_(i+k)), over the columns, for each k."""
    m, n = len(left), len(right)
    N = scipy.fft.next_fast_len(m + n - 1, real=True)
    forward, backward = transforms(left, right)
    a = forward(_rows(left), N)
    b = a if right is left else forward(_rows(right), N)
    sums = backward(np.einsum("ki,ki->i", a.conj(), b), N).conj()
    return np.concatenate([sums[N - m + 1 :], sums[:n]])
