import numpy as np
import pytest

from matopt.errors import NotPositiveDefinite
from matopt.linalg import banded_kernels as kernels
from matopt.linalg.banded import BandedCholesky, band_of_product, band_product


def _band(A, b):
    return np.array([np.append(np.diagonal(A, -d), np.zeros(d)) for d in range(b + 1)])


def _hermitian(n, b, dtype, rng):
    A = rng.standard_normal((n, n)).astype(dtype)
    if dtype is complex:
        A = A + 1j * rng.standard_normal((n, n))
    return np.tril(np.triu(A + A.conj().T, -b), b)


CASES = [
    (n, b, t) for n, b in [(1, 0), (2, 1), (7, 2), (6, 5)] for t in (float, complex)
]


@pytest.mark.parametrize("n, b, dtype", CASES)
def test_against_the_full_matrix(n, b, dtype, rng):
    V = _hermitian(n, b, dtype, rng)
    A = _hermitian(n, b, dtype, rng) + 6 * n * np.eye(n)
    factor = BandedCholesky(_band(A, b))
    P, X = np.linalg.inv(A), rng.standard_normal((n, 3))
    close = {"rtol": 1e-12, "atol": 1e-15}
    np.testing.assert_allclose(factor.logdet, np.linalg.slogdet(A)[1], **close)
    np.testing.assert_allclose(factor.solve(X), P @ X, **close)
    np.testing.assert_allclose(factor.solve(X[:, 0]), P @ X[:, 0], **close)
    np.testing.assert_allclose(factor.solve(1j * X), 1j * (P @ X), **close)
    np.testing.assert_allclose(factor.inverse, P, **close)
    np.testing.assert_allclose(factor.inverse_band, _band(P, b), **close)
    moved = factor.inverse_band_along(_band(V, b))
    np.testing.assert_allclose(moved, _band(-P @ V @ P, b), **close)
    Y = X.astype(dtype)
    np.testing.assert_allclose(band_product(_band(V, b), Y), V @ Y, **close)
    np.testing.assert_allclose(band_of_product(Y, Y, b), _band(Y @ Y.T, b), **close)


@pytest.mark.parametrize("n, b, dtype", CASES)
def test_kernels_are_their_plain_python(n, b, dtype, rng):
    V = _band(_hermitian(n, b, dtype, rng), b)
    A = _hermitian(n, b, dtype, rng) + 6 * n * np.eye(n)
    L = np.ascontiguousarray(BandedCholesky(_band(A, b)).L)
    P, M = kernels.inverse_band.py_func(L), kernels.factor_along.py_func(L, V)
    close = {"rtol": 1e-12, "atol": 1e-15}
    np.testing.assert_allclose(kernels.inverse_band(L), P, **close)
    np.testing.assert_allclose(kernels.factor_along(L, V), M, **close)
    whole = kernels.inverse_band_along.py_func(L, P, M)
    np.testing.assert_allclose(kernels.inverse_band_along(L, P, M), whole, **close)


def test_what_has_no_factor():
    with pytest.raises(NotPositiveDefinite, match="its leading minor of order 2 is"):
        BandedCholesky(np.array([[1.0, 1.0, 9.0], [2.0, 0.0, 0.0]]))
    with pytest.raises(NotPositiveDefinite, match="order 2 is not positive definite"):
        BandedCholesky(np.array([[1.0, np.nan]]))
