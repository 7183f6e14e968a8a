import numpy as np
import pytest
from scipy.linalg import toeplitz

from matopt.errors import NotPositiveDefinite
from matopt.linalg import ToeplitzFactor, factorize_toeplitz, range_sums
from matopt.linalg.toeplitz_factor import UNITS, kernels, newton_kernels

CASES = [(n, kind) for n in (1, 2, 5, 8, 19) for kind in "fc"]


def normal(shape, kind, rng):
    A = rng.standard_normal(shape)
    return A if kind == "f" else A + 1j * rng.standard_normal(shape)


def lags(n, kind, rng, floor=1.0):
    """The first column of a positive definite Toeplitz matrix: lines and a floor."""
    w = np.exp(1j * np.outer(np.arange(n), rng.uniform(-3.0, 3.0, 4)))
    t = w.sum(axis=1)
    t[0] += floor
    return t.real.copy() if kind == "f" else t


def members(n, kind):
    """J^k + J^-k, then i (J^k - J^-k)."""
    down = [np.eye(n, k=-k) for k in range(n)]
    real = [down[0]] + [J + J.T for J in down[1:]]
    return real if kind == "f" else real + [1j * (J - J.T) for J in down[1:]]


def covariance(n, kind, rng):
    X = normal((n, n + 2), kind, rng)
    S = X @ X.conj().T / (n + 2)
    return 0.5 * (S + S.conj().T)


def traces(A, B, V):
    """Re tr(A U B V), one by one."""
    return np.array([[np.trace(A @ U @ B @ W).real for W in V] for U in V])


@pytest.mark.parametrize(("n", "kind"), CASES)
def test_directions(n, kind, rng):
    t = lags(n, kind, rng)
    K = np.linalg.inv(toeplitz(t))
    factor = factorize_toeplitz(t)
    D = newton_kernels().directions(t, factor.delta, UNITS[kind])
    wanted = [K @ V @ K[:, 0] for V in members(n, kind)]
    assert np.allclose(D, wanted, rtol=0.0, atol=1e-12 * np.abs(wanted).max())


@pytest.mark.parametrize(("n", "kind"), CASES)
def test_information_and_hessian(n, kind, rng):
    t, S, V = lags(n, kind, rng), covariance(n, kind, rng), members(n, kind)
    K = np.linalg.inv(toeplitz(t))
    factor = factorize_toeplitz(t)
    assert isinstance(factor, ToeplitzFactor)
    F = traces(K, K, V)
    assert np.allclose(factor.information, F, rtol=0.0, atol=1e-11 * abs(F).max())
    Q = range_sums(S)
    _, h = kernels().quadratic(Q, factor.delta)
    H = traces(K, 2.0 * K @ S @ K - K, V)  # d of P - P S P (43)
    found = factor.hessian(Q, h, factor.apply(h))
    scale = 1e-11 * abs(H).max()
    assert np.allclose(found, 0.5 * (H + H.T), rtol=0.0, atol=scale)


@pytest.mark.parametrize("kind", "fc")
def test_the_hessian_loses_digits_only_with_the_condition(kind, rng):
    n, S = 24, covariance(24, kind, rng)
    for floor in (1.0, 1e-3, 1e-5):
        t = lags(n, kind, rng, floor)
        K, cond = np.linalg.inv(toeplitz(t)), np.linalg.cond(toeplitz(t))
        factor = ToeplitzFactor(t, K[:, 0].copy(), 0.0)
        Q = range_sums(S)
        _, h = kernels().quadratic(Q, factor.delta)
        H = traces(K, 2.0 * K @ S @ K - K, members(n, kind))
        found = factor.hessian(Q, h, K @ h)
        worst = np.abs(found - 0.5 * (H + H.T)).max() / np.abs(H).max()
        assert worst < 1e-14 * cond**1.5  # as measured: both formulas cancel


@pytest.mark.parametrize(("n", "kind"), CASES)
def test_all_range_sums_are_the_quadratic_form(n, kind, rng):
    t, S = lags(n, kind, rng), covariance(n, kind, rng)
    K = np.linalg.inv(toeplitz(t))
    Q = newton_kernels().all_range_sums(range_sums(S), n)
    d = K[:, 0]
    assert np.isclose((d.conj() @ Q @ d).real / d[0].real, np.trace(K @ S).real)
    assert np.array_equal(Q, Q.conj().T)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 7, 8, 30])
def test_factorize_and_solve(n, rng):
    A, b = covariance(n, "f", rng) + 0.1 * np.eye(n), rng.standard_normal(n)
    U = A.copy()
    assert newton_kernels().factorize(U)
    L = np.linalg.cholesky(A)
    assert np.allclose(np.triu(U, 1), np.triu(L.T, 1))
    assert np.allclose(U.diagonal(), 1.0 / L.diagonal())
    assert np.allclose(newton_kernels().solve(U, b), np.linalg.solve(A, b))
    for i in range(n):
        B = A.copy()
        B[i, i] = -1.0
        assert not newton_kernels().factorize(B)


@pytest.mark.parametrize("kind", "fc")
def test_unscale_is_the_inverse_information_of_white_noise(kind, rng):
    n = 9
    t = np.zeros(n, float if kind == "f" else complex)
    t[0] = 2.0
    g = normal(n, kind, rng)
    g[0] = g[0].real
    entries = np.r_[n, 2.0 * np.arange(n - 1, 0, -1)]  # F/4 is diagonal
    assert np.allclose(factorize_toeplitz(t).unscale(g), 4.0 * g / entries)


@pytest.mark.parametrize("kind", "fc")
def test_unscale_is_symmetric_positive_definite(kind, rng):
    n = 7
    factor = factorize_toeplitz(lags(n, kind, rng))
    basis = np.eye(n) if kind == "f" else np.vstack([np.eye(n), 1j * np.eye(n)[1:]])
    rows = np.array([factor.unscale(e) for e in basis])
    P = (rows[:, None, :].conj() * basis[None]).sum(axis=2).real
    assert np.allclose(P, P.T)
    assert np.linalg.eigvalsh(P)[0] > 0.0


def test_an_indefinite_matrix_has_no_factor():
    with pytest.raises(NotPositiveDefinite, match="order 2"):
        factorize_toeplitz(np.array([1.0, 2.0, 0.0]))
