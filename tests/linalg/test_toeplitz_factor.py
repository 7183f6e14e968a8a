import importlib

import mpmath
import numpy as np
import pytest
from scipy.linalg import toeplitz

from matopt.errors import NotPositiveDefinite
from matopt.linalg import (
    Cholesky,
    ToeplitzFactor,
    factorize_toeplitz,
    levinson_durbin,
    range_sums,
)
from matopt.linalg.toeplitz_factor import autocovariances, kernels, sample_range_sums
from matopt.linalg.toeplitz_gram import toeplitz_gram

module = importlib.import_module("matopt.linalg.toeplitz_factor")
SIZES = [1, 2, 3, 4, 5, 8, 9, 16, 21, 34]
DTYPES = [float, complex]


def lags(n, dtype, rng):
    """The autocovariances of a short random filter, with noise."""
    c = rng.standard_normal(4).astype(dtype)
    if dtype is complex:
        c = c + 1j * rng.standard_normal(4)
    t = np.zeros(n, dtype)
    for k in range(min(n, 4)):
        t[k] = np.vdot(c[: 4 - k], c[k:])
    t[0] += 0.5
    return t


def normal(shape, dtype, rng):
    A = rng.standard_normal(shape)
    return A if dtype is float else A + 1j * rng.standard_normal(shape)


def scatter(n, dtype, rng):
    X = normal((n, n + 2), dtype, rng)
    return X @ X.conj().T / (n + 2)


def sums(G):
    """d/dRe + i d/dIm by t_k of Re tr(G^H T), G Hermitian: (144)."""
    n = len(G)
    return np.array([(2 if k else 1) * np.trace(G, -k) for k in range(n)])


def close(actual, expected, rtol=1e-11):
    scale = max(np.abs(expected).max(), 1e-300)
    np.testing.assert_allclose(actual, expected, rtol=0, atol=rtol * scale)


@pytest.fixture(params=["loops", "transforms"])
def path(request, monkeypatch):
    """The same by compiled loops and by transforms."""
    order = 10_000 if request.param == "loops" else 0
    monkeypatch.setattr(module, "_LOOPS", {"f": order, "c": order})
    return request.param


# Levinson and Durbin


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", SIZES)
def test_levinson_durbin(n, dtype, rng):
    t = lags(n, dtype, rng)
    T, found = toeplitz(t), levinson_durbin(t)
    close(T @ found.predictor, found.errors[-1] * np.eye(n)[0])
    assert found.predictor[0] == 1.0
    minors = [1.0, *(np.linalg.det(T[:k, :k]).real for k in range(1, n + 1))]
    close(found.errors, np.divide(minors[1:], minors[:-1]))
    gaps = 1.0 - np.abs(found.coefficients) ** 2
    close(found.errors, t[0].real * np.cumprod([1.0, *gaps]))
    if n > 1:
        close(found.coefficients[-1], found.predictor[-1])


def test_levinson_durbin_in_many_digits(rng):
    n = 30
    t = np.cos(0.7 * np.arange(n)) + 1e-4 * np.eye(n)[0]  # cond 3e5
    found = levinson_durbin(t)
    with mpmath.workdps(50):
        T = mpmath.matrix(toeplitz(t).tolist())
        column = mpmath.lu_solve(T, mpmath.matrix([1] + [0] * (n - 1)))
        a = np.array([float(c / column[0]) for c in column])
    close(found.predictor, a, rtol=1e-10)
    close(found.errors[-1], 1.0 / float(column[0]), rtol=1e-10)


@pytest.mark.parametrize(
    ("t", "order"),
    [
        ([0.0, 0.0], 1),
        ([-1.0], 1),
        ([1.0, 1.0], 2),
        ([1.0, 1.1, 0.0], 2),
        ([1.0, 0.9, 0.0, 0.0], 3),
        ([1.0, np.nan, 0.0], 2),
    ],
)
def test_the_minor_that_is_not_positive_is_named(t, order):
    for dtype in DTYPES:
        for factorize in (levinson_durbin, factorize_toeplitz):
            with pytest.raises(NotPositiveDefinite, match=f"order {order} is not pos"):
                factorize(np.array(t, dtype))


# The factor


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", SIZES)
def test_factor_against_dense(n, dtype, rng, path):
    t = lags(n, dtype, rng)
    T, factor = toeplitz(t), factorize_toeplitz(t)
    assert isinstance(factor, ToeplitzFactor)
    K = np.linalg.inv(T)
    close(factor.logdet, np.linalg.slogdet(T)[1])
    close(factor.delta, K[:, 0])
    for B in (normal(n, dtype, rng), normal((n, 1), dtype, rng), np.eye(n)):
        close(factor.solve(B), K @ B)
        close(factor.solve_herm(B), K @ B)
    Z = normal((n, 2), complex, rng)
    close(factor.solve(Z), K @ Z)
    close(factor.solve(Z[:, 0]), K @ Z[:, 0])
    close(factor.inverse, K)
    assert np.array_equal(factor.inverse, factor.inverse.conj().T)


@pytest.mark.parametrize("dtype", DTYPES)
def test_solves_of_a_large_order_form_no_inverse(dtype, rng):
    n = 700
    t = lags(n, dtype, rng)
    factor, B = factorize_toeplitz(t), normal((n, 3), dtype, rng)
    close(toeplitz(t) @ factor.solve(B), B)
    assert "inverse" not in vars(factor)
    factor.solve(normal((n, 300), dtype, rng))
    assert "inverse" in vars(factor)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", SIZES)
def test_derivatives_of_the_inverse(n, dtype, rng, path):
    factor = factorize_toeplitz(lags(n, dtype, rng))
    K = np.linalg.inv(toeplitz(factor.t))
    u, v = normal(n, dtype, rng), normal(n, dtype, rng)
    u[0], v[0] = u[0].real, v[0].real
    U, V = toeplitz(u), toeplitz(v)
    close(factor.logdet_gradient, sums(K))
    close(factor.logdet_hessp(v), -sums(K @ V @ K))
    both = K @ U @ K @ V @ K
    close(factor.inverse_hessp(u, v), sums(0.5 * (both + both.conj().T)))


@pytest.mark.parametrize("n", [4, 40])
def test_an_ill_conditioned_matrix_has_a_dense_factor(n):
    line = np.cos(0.7 * np.arange(n))
    for noise, kind in ((1e-5, ToeplitzFactor), (1e-9, Cholesky)):
        t = line + noise * np.eye(n)[0]
        factor = factorize_toeplitz(t)
        assert type(factor) is kind
        np.testing.assert_allclose(
            factor.logdet, np.linalg.slogdet(toeplitz(t))[1], rtol=1e-7
        )


@pytest.mark.parametrize("noise", [1e-2, 1e-4, 1e-6])
def test_the_condition_number_is_estimated_within_a_factor(noise, rng):
    for t in (np.cos(0.7 * np.arange(30)), 0.9 ** np.arange(30.0) ** 2):
        t = t + noise * np.eye(30)[0]
        order, _, bound, delta = kernels().first_column(t)
        assert order == 30
        cond = np.linalg.cond(toeplitz(t))
        estimate = module._estimate(ToeplitzFactor(t, delta, 0.0))
        assert 0.3 * cond < estimate < 1.001 * cond < 1.002 * bound


def test_a_recursion_that_fails_by_rounding_is_not_believed():
    mistaken = 0  # matrices that are positive definite to the last bits alone
    for frequency in np.linspace(0.05, 0.15, 20):
        line = frequency * np.arange(12)
        t = np.cos(line) + 0.3 * np.cos(2.1 * line)
        for excess in range(5):
            t[0] = 1.3 * (1.0 + excess * 1e-15)
            try:
                L = np.linalg.cholesky(toeplitz(t))
            except np.linalg.LinAlgError:
                continue
            order, reached, *_ = kernels().first_column(t)
            mistaken += order < 12
            assert order == 12 or reached < 1e-8
            close(factorize_toeplitz(t).logdet, 2 * np.log(np.diag(L)).sum(), 0.1)
    assert mistaken > 0


# The quadratic form of range sums


def naive_range_sums(S):
    """Q_pq is the sum of S_(i, i-p+q), i = p, ..., n-1-q; minus i = n-q, ..., p-1."""
    n = len(S)
    Q = np.zeros_like(S)
    for p in range(n):
        for q in range(n):
            diagonal = [S[i, i - p + q] for i in range(n) if 0 <= i - p + q < n]
            first = max(p - q, 0)
            Q[p, q] = sum(diagonal[max(p, q) - first - (q - p if q > p else 0) :])
            below = [S[n - q + j, n - p + j] for j in range(min(p, q))]
            Q[p, q] -= sum(below)
    return Q


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", SIZES)
def test_range_sums(n, dtype, rng):
    S, t = scatter(n, dtype, rng), lags(n, dtype, rng)
    packed, x = range_sums(S), normal(n, dtype, rng)
    Q = naive_range_sums(S)
    close(kernels().range_product(packed, x), Q @ x)
    close(kernels().all_range_sums(packed, n), Q)
    K = np.linalg.inv(toeplitz(t))
    delta = K[:, 0].copy()
    trace, h = kernels().quadratic(packed, delta)
    close(trace, np.trace(K @ S).real)
    close(h, 2 * (Q @ delta) / delta[0] - trace / delta[0] * np.eye(n)[0])
    assert not packed.flags.writeable
    assert len(packed) <= n * n / 4 + 4 * n + 4


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", SIZES)
def test_range_sums_and_autocovariances_of_samples(n, dtype, rng):
    X = normal((3, 7, n), dtype, rng)
    rows = sample_range_sums(X)
    assert not rows.flags.writeable
    t = autocovariances(rows.T, n).T
    for k in range(3):
        S = X[k].T @ X[k].conj() / 7
        close(rows[k], range_sums(S))
        sums = [np.trace(S, -lag) for lag in range(n)]
        close(t[k], np.array(sums) / n)


def test_real_range_sums_on_complex_vectors(rng):
    S = scatter(9, float, rng)
    x = normal(9, complex, rng)
    close(kernels().range_product(range_sums(S), x), naive_range_sums(S) @ x)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", SIZES)
def test_likelihood_in_one_call(n, dtype, rng):
    S, t = scatter(n, dtype, rng), lags(n, dtype, rng)
    found = np.empty((2, n), dtype)
    order, logdet, bound, trace = kernels().likelihood(t, range_sums(S), found)
    T = toeplitz(t)
    K = np.linalg.inv(T)
    assert order == n and bound >= 0.999 * np.linalg.cond(T)
    close(logdet, np.linalg.slogdet(T)[1])
    close(trace, np.trace(K @ S).real)
    close(found[0], K[:, 0])
    close(found[1], sums(K - K @ S @ K))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", [1, 2, 3, 6])
def test_gram_by_its_definition(n, dtype, rng):
    A, B = (normal((n, n), dtype, rng) for _ in range(2))
    A, B = A + A.conj().T, B + B.conj().T
    shifts = [np.eye(n, k=-k) for k in range(n)]
    S = [np.eye(n), *(D + D.T for D in shifts[1:])]
    if dtype is complex:
        S += [1j * (D - D.T) for D in shifts[1:]]
    expected = [[np.trace(A @ s @ B @ u).real for u in S] for s in S]
    close(toeplitz_gram(A, B), np.array(expected))
    close(toeplitz_gram(A, A), toeplitz_gram(A, A.copy()))
