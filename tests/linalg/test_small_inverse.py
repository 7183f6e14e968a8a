"""Compiled inverses of small matrices against LAPACK."""

import numpy as np
import pytest

from matopt.linalg.small_inverse import LARGEST, inverse_of_cholesky


@pytest.mark.parametrize("n", [1, 2, 3, 7, 50, LARGEST])
@pytest.mark.parametrize("order", ["C", "F"])
def test_it_is_the_inverse(n, order, rng):
    F = rng.standard_normal((n, 3 * n))
    A = F @ F.T
    L = np.array(np.linalg.cholesky(A), order=order)
    P = inverse_of_cholesky(L)
    np.testing.assert_allclose(
        P, np.linalg.inv(A), rtol=0, atol=1e-12 * np.abs(P).max()
    )
    np.testing.assert_array_equal(P, P.T)


def test_its_error_grows_with_the_condition_number_alone(rng):
    Q = np.linalg.qr(rng.standard_normal((20, 20)))[0]
    A = (Q * np.geomspace(1, 1e-8, 20)) @ Q.T
    A = 0.5 * (A + A.T)
    P = inverse_of_cholesky(np.linalg.cholesky(A))
    # |P A - I| is at most about n eps cond
    assert np.abs(P @ A - np.eye(20)).max() < 20 * 2.2e-16 * 1e8
