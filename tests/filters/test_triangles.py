"""A sweep over a packed triangle against the full matrix."""

import numpy as np
import pytest

from matopt.filters.kernels.triangles import packed, sweep, take, unpack, vectors
from matopt.linalg.compiled import kernel
from matopt.linalg.copies import copy


@kernel()
def swept(P, h, u, a, b):
    """Of b (P + a h h^H): its largest diagonal entry, its triangle, k, and u^H k."""
    n = len(u)
    held, (k, regressor) = packed(P), vectors(u)
    copy(h, k[:n])
    copy(u, regressor)
    most = sweep(held, k, a, b, n)
    triangle = np.zeros_like(P)
    unpack(triangle, held)
    power = take(k, n)
    return most, triangle, k[:n], power


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 8, 13])
def test_a_sweep_is_a_change_of_rank_one_and_a_product(n, dtype, rng):
    def drawn(*shape):
        z = rng.standard_normal(shape).astype(dtype)
        return z + 1j * rng.standard_normal(shape) if dtype is complex else z

    root, h, u = drawn(n, n), drawn(n), drawn(n)
    P = root @ root.conj().T
    most, triangle, k, power = swept(P, h, u, -0.1, 1.5)
    exact = (P - 0.1 * np.outer(h, h.conj())) * 1.5
    np.testing.assert_allclose(triangle, np.tril(exact), rtol=1e-13, atol=1e-13)
    assert not np.diagonal(triangle).imag.any()
    assert most == np.diagonal(triangle).real.max()
    np.testing.assert_allclose(k, exact @ u, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(power, np.vdot(u, exact @ u).real, rtol=1e-12)


@pytest.mark.parametrize("place", range(5))
def test_a_sweep_returns_the_largest_of_the_diagonal(place):
    P = np.eye(5)
    P[place, place] = 7.0
    most, *_ = swept(P, np.zeros(5), np.zeros(5), 0.0, 2.0)
    assert most == 14.0
