"""The augmented LMS against simulation, and the circular case against plain LMS."""

import numpy as np
import pytest

from matopt.filters import AugmentedLMSTheory, LMSTheory, NoncircularMoments


def test_simulation(rng):
    """White noncircular u with E u^2 = rho, d linear in u and u*."""
    n, rho, s2, mu, runs = 3, 0.6, 0.05, 0.03, 3000
    w, g = rng.standard_normal((2, n)) + 1j * rng.standard_normal((2, n))
    R, P = np.eye(n, dtype=complex), rho * np.eye(n)
    p = R @ w + P @ g  # d* = u^H w + u^T g + v*
    q = (R @ g + P @ w).conj()  # E u d
    power = np.vdot(w, p).real + np.vdot(g, q.conj()).real + s2
    pseudo = w.conj() @ q + g.conj() @ p.conj()
    m = NoncircularMoments(R, P, p, q, power, pseudo)
    np.testing.assert_allclose(m.minimum_error, s2, rtol=1e-10)
    np.testing.assert_allclose(m.weights, (w, g), rtol=1e-10)
    theory = AugmentedLMSTheory(m, mu)
    a, b = np.zeros((2, runs, n), complex)
    excess, deviation = np.empty((2, 250))
    for k in range(250):
        x, y = rng.standard_normal((2, runs, n))
        u = np.sqrt((1 + rho) / 2) * x + 1j * np.sqrt((1 - rho) / 2) * y
        gap = np.sum((w - a).conj() * u + (g - b).conj() * u.conj(), axis=1)
        excess[k] = np.mean(np.abs(gap) ** 2)
        deviation[k] = np.mean(np.sum(np.abs(w - a) ** 2 + np.abs(g - b) ** 2, axis=1))
        v = rng.standard_normal((2, runs)) * np.sqrt(s2 / 2)
        e = (gap + v[0] + 1j * v[1]).conj()[:, None]
        a, b = a + mu * u * e, b + mu * u.conj() * e
    curve = theory.curve(250)
    for part in (slice(0, 50), slice(150, None)):
        for measured, expected in (
            (excess, curve.excess),
            (deviation, curve.deviation),
        ):
            np.testing.assert_allclose(
                measured[part].mean(), expected[part].mean(), rtol=0.02
            )
    np.testing.assert_allclose(theory.curve(3000).excess[-1], theory.excess)
    np.testing.assert_allclose(theory.curve(3000).deviation[-1], theory.deviation)


def test_circular_signals_cost_twice_the_excess_to_first_order():
    w = np.array([1.0, 1j])
    p = w
    m = NoncircularMoments(
        np.eye(2, dtype=complex), np.zeros((2, 2)), p, np.zeros(2), 2.1, 0.0
    )
    mu = 1e-4
    ratio = AugmentedLMSTheory(m, mu).excess / LMSTheory(m.linear, mu).excess
    np.testing.assert_allclose(ratio, 2.0, rtol=1e-3)


def test_wrong_step():
    m = NoncircularMoments(np.eye(1), np.zeros((1, 1)), [0.0], [0.0], 1.0, 0.0)
    with pytest.raises(ValueError, match="step must be positive"):
        AugmentedLMSTheory(m, 0.0)
