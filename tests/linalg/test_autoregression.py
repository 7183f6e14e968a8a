import numpy as np
import pytest
from scipy.linalg import toeplitz

from matopt.linalg import (
    autocovariances,
    burg,
    lag_products,
    lags_of_reflection,
    predictor_of_reflection,
    yule_walker,
)


def draw(shape, dtype, rng):
    A = rng.standard_normal(shape).astype(dtype)
    return A if dtype is float else A + 1j * rng.standard_normal(shape)


def extended(t, N):
    """The (N, N) covariance of the autoregressive model of the lags t."""
    p, T = len(t) - 1, toeplitz(t)
    a = np.linalg.solve(T, np.eye(p + 1)[0])
    a, t = a / a[0], list(t)
    for m in range(p + 1, N):
        t.append(-sum(a[j] * t[m - j] for j in range(1, p + 1)))
    return toeplitz(t)


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize(("p", "N"), [(0, 1), (0, 4), (2, 3), (3, 5), (3, 6), (2, 11)])
def test_lag_products_against_the_dense_inverse(p, N, dtype, rng):
    k = 0.5 * draw(p, dtype, rng) / (1 + p)
    t = lags_of_reflection(2.0, k)
    K = np.linalg.inv(extended(t, N))
    a = predictor_of_reflection(k)
    e = 2.0 * np.prod(1 - np.abs(k) ** 2)
    x, y = draw((3, N), dtype, rng), draw((3, N), dtype, rng)
    for left, right in ((x, x), (x, y)):
        exact = sum(r.conj() @ K @ s for s, r in zip(left, right, strict=True))
        got = a.conj() @ lag_products(left, right, p) @ a / e
        assert got == pytest.approx(exact, rel=1e-11, abs=1e-12)


@pytest.mark.parametrize("dtype", [float, complex])
def test_autocovariances_by_their_definition(dtype, rng):
    x = draw((2, 6), dtype, rng)
    t = [
        sum(r[s + k] * r[s].conj() for r in x for s in range(6 - k)) / 12
        for k in range(4)
    ]
    np.testing.assert_allclose(autocovariances(x, 3), t, atol=1e-14)


@pytest.mark.parametrize("dtype", [float, complex])
def test_yule_walker_solves_its_equations(dtype, rng):
    x, p = draw(30, dtype, rng), 4
    power, k = yule_walker(x, p)
    a = predictor_of_reflection(k)
    T = toeplitz(autocovariances(x, p))
    expected = np.zeros(p + 1)
    expected[0] = power * np.prod(1 - np.abs(k) ** 2)
    np.testing.assert_allclose(T @ a, expected, atol=1e-13)


@pytest.mark.parametrize("dtype", [float, complex])
def test_burg_against_loops(dtype, rng):
    x, p = draw((2, 9), dtype, rng), 3
    a, ks = np.ones(1), []
    for m in range(1, p + 1):  # errors by their definition, from the predictor
        top = bottom = 0.0
        for r in x:
            for s in range(m, 9):
                f = sum(a[j] * r[s - j] for j in range(m))
                b = sum(np.conj(a[j]) * r[s - m + j] for j in range(m))
                top += f * np.conj(b)
                bottom += abs(f) ** 2 + abs(b) ** 2
        ks.append(-2 * top / bottom)
        longer = np.append(a, 0)
        a = longer + ks[-1] * longer[::-1].conj()
    power, k = burg(x, p)
    np.testing.assert_allclose(k, ks, rtol=1e-12)
    assert power == pytest.approx(np.mean(np.abs(x) ** 2))


def test_burg_finds_the_model_of_a_long_series(rng):
    x = rng.standard_normal(20000)
    for s in range(2, len(x)):
        x[s] += 1.2 * x[s - 1] - 0.8 * x[s - 2]
    for estimate in (burg, yule_walker):
        power, k = estimate(x[500:], 3)
        a = predictor_of_reflection(k)
        np.testing.assert_allclose(a, [1, -1.2, 0.8, 0], atol=0.03)
        assert power * np.prod(1 - k**2) == pytest.approx(1.0, abs=0.05)


def test_burg_stops_where_nothing_is_left():
    x = np.exp(0.7j * np.arange(20))  # x_s = exp(0.7i) x_(s-1)
    _, k = burg(x, 3)
    np.testing.assert_allclose(k, [-np.exp(0.7j), 0, 0], atol=1e-14)


def test_wrong_arguments():
    x = np.ones(4)
    with pytest.raises(ValueError, match="order must be an integer of at least 0, got"):
        burg(x, -1)
    with pytest.raises(ValueError, match=r"at least 5 times for order 4, got 1 of 4"):
        yule_walker(x, 4)
    with pytest.raises(ValueError, match="series must not be zero everywhere"):
        burg(0 * x, 1)
    with pytest.raises(ValueError, match=r"series must have 1 or 2 dimension"):
        autocovariances(np.ones((2, 2, 2)), 1)
    with pytest.raises(ValueError, match="series must be finite"):
        burg([1.0, np.nan], 1)
