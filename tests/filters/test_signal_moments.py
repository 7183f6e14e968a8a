import numpy as np
import pytest

from matopt import filters
from matopt.errors import NotPositiveDefinite
from matopt.filters.signal_moments import NoncircularMoments, SignalMoments

CASES = [(1, float), (2, complex), (5, float), (7, complex)]


def normal(rng, shape, dtype):
    z = rng.standard_normal(shape)
    return z + 1j * rng.standard_normal(shape) if dtype is complex else z


def signals(rng, n, samples, dtype):
    u = normal(rng, (samples, n), dtype)
    return u, u @ normal(rng, n, dtype).conj() + 0.3 * normal(rng, samples, dtype)


@pytest.mark.parametrize(("n", "dtype"), CASES)
def test_wiener_solution_is_that_of_least_squares(n, dtype, rng):
    u, d = signals(rng, n, 40, dtype)
    m = SignalMoments.from_signals(u, d, n)
    w, residual, *_ = np.linalg.lstsq(u.conj(), d.conj())  # d* = u^H w
    np.testing.assert_allclose(m.weights, w, rtol=1e-10)
    np.testing.assert_allclose(m.minimum_error, residual[0] / 40, rtol=1e-10)
    other = normal(rng, n, dtype)
    direct = np.mean(np.abs(d - u @ other.conj()) ** 2)
    np.testing.assert_allclose(m.error(other), direct, rtol=1e-12)
    np.testing.assert_allclose(m.power, np.mean(np.abs(d) ** 2), rtol=1e-12)


def test_a_series_and_its_delay_line_have_the_same_moments(rng):
    x, d = rng.standard_normal((2, 3, 30))
    rows = np.zeros((3, 30, 4))
    for k in range(4):
        rows[:, k:, k] = x[:, : 30 - k]
    a, b = (SignalMoments.from_signals(each, d, 4) for each in (x, rows))
    np.testing.assert_array_equal(a.R, b.R)
    np.testing.assert_array_equal(a.weights, b.weights)


@pytest.mark.parametrize("dtype", [float, complex])
def test_constrained_moments_are_those_of_frost(dtype, rng):
    """w = R^-1 C (C^H R^-1 C)^-1 f for p = 0 (Frost, 1972), by its own formula."""
    u = normal(rng, (60, 5), dtype)
    R = u.T @ u.conj() / 60
    C, f = normal(rng, (5, 2), dtype), normal(rng, 2, dtype)
    w = np.linalg.solve(R, C) @ np.linalg.solve(C.conj().T @ np.linalg.solve(R, C), f)
    least = np.vdot(w, R @ w).real
    reduced = SignalMoments(R, np.zeros(5), 0.0).constrained(C, f)
    np.testing.assert_allclose(reduced.minimum_error, least, rtol=1e-10)
    assert reduced.length == 3
    quiescent = np.linalg.lstsq(C.conj().T, f)[0]
    free = np.linalg.norm(w - quiescent)  # orthogonal to it
    np.testing.assert_allclose(np.linalg.norm(reduced.weights), free, rtol=1e-10)
    within = SignalMoments(R, np.zeros(5), 0.0).best_within(C, f)
    np.testing.assert_allclose(within, w, rtol=1e-9)


def test_widely_linear_moments_are_least_squares_in_u_and_its_conjugate(rng):
    u = normal(rng, (80, 3), float) + 0.4j * normal(rng, (80, 3), float)
    w, g = normal(rng, (2, 3), complex)
    d = u @ w.conj() + u.conj() @ g.conj() + 0.2 * normal(rng, 80, complex)
    m = NoncircularMoments(
        u.T @ u.conj() / 80,
        u.T @ u / 80,
        u.T @ d.conj() / 80,
        u.T @ d / 80,
        np.mean(np.abs(d) ** 2),
        np.mean(d**2),
    )
    both = np.hstack([u, u.conj()])
    a, residual, *_ = np.linalg.lstsq(both, d)
    np.testing.assert_allclose(np.concatenate(m.weights), a.conj(), rtol=1e-10)
    np.testing.assert_allclose(m.minimum_error, residual[0] / 80, rtol=1e-10)
    linear = np.linalg.lstsq(u, d)[1][0] / 80
    np.testing.assert_allclose(m.linear.minimum_error, linear, rtol=1e-10)


def test_widely_linear_gain_in_closed_form():
    """White u, E u^2 = rho: linear Jmin = s2 + |g|^2 (1 - rho^2), augmented s2."""
    rho, w, g, s2 = 0.6, 0.5 - 1j, 0.8j, 0.01
    power = abs(w) ** 2 + abs(g) ** 2 + 2 * (w.conjugate() * g * rho).real + s2
    p = w + g * rho  # E u d*, d* = u* w + u g + v*
    q = rho * w.conjugate() + g.conjugate()  # E u d
    d2 = (w.conjugate() ** 2 + g.conjugate() ** 2) * rho + 2 * (w * g).conjugate()
    m = NoncircularMoments(
        np.eye(1, dtype=complex), np.array([[rho]]), np.array([p]), np.array([q]),
        power, d2,
    )  # fmt: skip
    expected = s2 + abs(g) ** 2 * (1 - rho**2)
    np.testing.assert_allclose(m.linear.minimum_error, expected, rtol=1e-12)
    np.testing.assert_allclose(m.minimum_error, s2, rtol=1e-10)


def test_noise_moments_default_to_gaussian():
    m = SignalMoments(np.eye(2), np.zeros(2), 0.5)
    assert m.noise_moments == (0.5, 3 * 0.25, 15 * 0.125)
    c = SignalMoments(np.eye(2, dtype=complex), np.zeros(2), 0.5, kurtosis=1.0)
    assert c.noise_moments == (0.5, 0.25, 6 * 0.125)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: SignalMoments(-np.eye(2), np.zeros(2), 1.0),
            NotPositiveDefinite,
            "R must",
        ),
        (
            lambda: SignalMoments(np.eye(2), np.zeros(3), 1.0),
            ValueError,
            r"shape \(2,\)",
        ),
        (
            lambda: SignalMoments(np.eye(2), 1j * np.ones(2), 1.0),
            ValueError,
            "R must be com",
        ),
        (lambda: SignalMoments(np.eye(2), np.zeros(2), -1.0), ValueError, "at least 0"),
        (
            lambda: SignalMoments.of(np.eye(2), np.ones(2), 1.0),
            ValueError,
            "same signals",
        ),
        (
            lambda: SignalMoments.from_signals(np.ones(4), np.ones(5), 2),
            ValueError,
            r"x has shape \(4,\) but d has shape \(5,\)",
        ),
        (
            lambda: SignalMoments(np.eye(2), np.ones(2), 1.0).constrained(
                np.eye(2), [1, 2]
            ),
            ValueError,
            "nothing would be left",
        ),
        (
            lambda: SignalMoments(np.eye(3), np.ones(3), 1.0).constrained(
                np.ones((3, 2)), [1, 1]
            ),
            ValueError,
            "independent columns",
        ),
    ],
)
def test_wrong_arguments(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_walk_may_be_a_number():
    m = filters.SignalMoments(np.eye(3), np.zeros(3), 1.0).walking(0.5)
    np.testing.assert_allclose(m.mode_walk, 0.5)
