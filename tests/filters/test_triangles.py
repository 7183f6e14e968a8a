import numpy as np
import pytest

from matopt.filters.kernels.triangles import packed, sweep, take, unpack, vectors


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 8, 13])
def test_a_sweep_is_a_change_of_rank_one_and_a_product(n, dtype, rng):
    def drawn(*shape):
        z = rng.standard_normal(shape).astype(dtype)
        return z + 1j * rng.standard_normal(shape) if dtype is complex else z

    root, h, u = drawn(n, n), drawn(n), drawn(n)
    P = root @ root.conj().T
    held, (k, regressor) = packed(P), vectors(u)
    k[:n], regressor[:] = h, u
    most = sweep(held, k, -0.1, 1.5, n)
    exact = (P - 0.1 * np.outer(h, h.conj())) * 1.5
    found = np.zeros_like(P)
    unpack(found, held)
    np.testing.assert_allclose(found, np.tril(exact), rtol=1e-13, atol=1e-13)
    assert not np.diagonal(found).imag.any()
    assert most == np.diagonal(found).real.max()
    np.testing.assert_allclose(take(k, n), np.vdot(u, exact @ u).real, rtol=1e-12)
    np.testing.assert_allclose(k[:n], exact @ u, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("place", range(5))
def test_a_sweep_returns_the_largest_of_the_diagonal(place):
    P = np.eye(5)
    P[place, place] = 7.0
    k, _ = vectors(np.zeros(5))
    assert sweep(packed(P), k, 0.0, 2.0, 5) == 14.0
