"""Sign-data LMS: the white steady state, Gaussian moments, and a simulation."""

import numpy as np
import pytest

from matopt.filters import SignalMoments, SignDataLMS, SignDataTheory, theory


def correlated(n, rho):
    R = rho ** np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    scale = np.linspace(0.5, 1.5, n)
    return scale[:, None] * R * scale


@pytest.mark.parametrize("n", [1, 2, 7])
def test_white_steady_state(n):
    s, mu = 1.5, 0.02
    m = SignalMoments(s * s * np.eye(n), np.ones(n), 0.1)
    reach = mu * n * s
    expected = reach * 0.1 / (np.sqrt(8 / np.pi) - reach)
    np.testing.assert_allclose(SignDataTheory(m, mu).excess, expected, rtol=1e-6)


def test_the_first_step_has_the_moments_of_samples(rng):
    """From w = 0, one step: E |w_o - mu sgn(u) e|^2 by drawing u."""
    R, w, mu = correlated(3, 0.6), np.array([1.0, -0.5, 0.3]), 0.2
    u = rng.multivariate_normal(np.zeros(3), R, 400_000)
    after = w - mu * np.sign(u) * (u @ w)[:, None]
    curve = SignDataTheory(SignalMoments(R, w, 0.0), mu).curve(2)
    np.testing.assert_allclose(
        curve.deviation[1], np.mean(np.sum(after**2, axis=1)), rtol=5e-3
    )
    excess = np.mean(np.sum((after @ np.linalg.cholesky(R)) ** 2, axis=1))
    np.testing.assert_allclose(curve.excess[1], excess, rtol=5e-3)


@pytest.mark.parametrize("rho", [0.0, 0.8])
def test_simulation(rho, simulation):
    """Learning and steady state, and a walk, within 3 %."""
    R, w, mu = correlated(6, rho), np.linspace(1, -1, 6), 0.03
    m = SignalMoments(R, w, 0.1).walking(1e-5)
    found = theory(SignDataLMS(6, mu), m)
    assert isinstance(found, SignDataTheory)

    def update(w, u, e):
        return w + mu * np.sign(u) * e[:, None]

    excess, deviation = simulation(R, w, 0.1)(update, 1500, 400, walk=1e-5)
    curve = found.curve(400)
    for part in (slice(0, 60), slice(250, None)):
        pairs = (excess, curve.excess), (deviation, curve.deviation)
        for measured, expected in pairs:
            np.testing.assert_allclose(
                measured[part].mean(), expected[part].mean(), rtol=0.03
            )


def test_too_large_a_step_has_no_steady_state():
    m = SignalMoments(np.eye(4), np.ones(4), 0.1)
    assert SignDataTheory(m, 0.5).excess == np.inf
    assert not SignDataTheory(m, 0.5).is_stable


def test_complex_moments_are_refused():
    with pytest.raises(ValueError, match="moments must be real, got complex"):
        SignDataTheory(SignalMoments(np.eye(2, dtype=complex), [1, 1j], 0.1), 0.1)
