import numpy as np
import pytest

from matopt.errors import NotPositiveDefinite
from matopt.linalg import Scatter
from matopt.linalg.toeplitz import by_correlation


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize(("m", "n"), [(1, 1), (1, 4), (3, 4), (9, 4)])
def test_every_form_is_of_the_same_covariance(m, n, dtype, rng):
    X = rng.standard_normal((m, n)).astype(dtype)
    if dtype is complex:
        X += 1j * rng.standard_normal((m, n))
    S = sum(np.outer(x, x.conj()) for x in X) / m
    for scatter in (Scatter(X), Scatter.of_covariance(S, m)):
        assert (scatter.count, scatter.features) == (m, n)
        assert np.iscomplexobj(scatter.given) == (dtype is complex)
        np.testing.assert_allclose(scatter.covariance, S, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(scatter.power, np.trace(S).real / n, rtol=1e-12)
        R = scatter.root
        assert R.shape[1] <= n
        np.testing.assert_allclose(R @ R.conj().T, S, rtol=1e-12, atol=1e-14)


def test_nothing_may_be_written_into(rng):
    X = rng.standard_normal((5, 3))
    scatter = Scatter(X)
    before = scatter.covariance.copy()
    X[:] = 0.0
    np.testing.assert_array_equal(scatter.covariance, before)
    for form in (scatter.samples, scatter.root, scatter.covariance):
        with pytest.raises(ValueError, match="read-only"):
            form[0, 0] = 1.0


def test_wrong_arguments():
    with pytest.raises(ValueError, match=r"data must not be empty, got shape \(0, 3\)"):
        Scatter(np.empty((0, 3)), "data")
    with pytest.raises(NotPositiveDefinite, match="S must be positive semidefinite"):
        Scatter.of_covariance(-np.eye(2))


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("n", [5, 200])  # by range sums, and by correlation
def test_autocovariances(n, dtype, rng):
    X = rng.standard_normal((3, n)).astype(dtype)
    if dtype is complex:
        X.imag = rng.standard_normal((3, n))
    assert by_correlation(n, n, 3) == (n == 200)
    exact = [sum(np.vdot(x[: n - k], x[k:]) for x in X) / (3 * n) for k in range(n)]
    t = Scatter(X).autocovariances
    other = Scatter(X)
    assert len(other.range_sums) > 0  # which know them too
    np.testing.assert_allclose(other.autocovariances, t, atol=1e-14)
    np.testing.assert_allclose(t, exact, atol=1e-14)
    S = X.T @ X.conj() / 3
    again = Scatter.of_covariance(S, 3).autocovariances
    np.testing.assert_allclose(again, exact, atol=1e-14)
    assert t.dtype == dtype and not t.flags.writeable


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_autocovariances_of_range_sums(n, dtype, rng):
    X = rng.standard_normal((7, n)).astype(dtype)
    if dtype is complex:
        X.imag = rng.standard_normal((7, n))
    used = Scatter(X)
    assert used.range_sums.size  # from here on they are the shorter way
    exact = Scatter(X).autocovariances
    np.testing.assert_allclose(used.autocovariances, exact, rtol=1e-12, atol=1e-14)
