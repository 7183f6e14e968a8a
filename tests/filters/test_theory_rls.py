"""RLS: the inverse Wishart law, and simulation by weighted least squares."""

import numpy as np
import pytest

from matopt.filters import RLSTheory, SignalMoments


def normal(rng, shape, dtype):
    z = rng.standard_normal(shape)
    return (z + 1j * rng.standard_normal(shape)) / np.sqrt(2) if dtype is complex else z


def weighted_least_squares(rng, n, dtype, forgetting, samples, runs, walk=0.0):
    """(w_o - w)^H (w_o - w) with R = I, unit noise: w solves (84) after ``samples``."""
    u = normal(rng, (runs, samples, n), dtype)
    path = np.cumsum(np.sqrt(walk) * normal(rng, (runs, samples + 1, n), dtype), axis=1)
    d = np.einsum("rtk,rtk->rt", path[:, :-1].conj(), u)
    d = d + normal(rng, (runs, samples), dtype)
    weights = forgetting ** np.arange(samples - 1, -1, -1.0)
    A = np.einsum("t,rti,rtj->rij", weights, u, u.conj(), optimize=True)
    b = np.einsum("t,rti,rt->ri", weights, u, d.conj(), optimize=True)
    w = np.linalg.solve(A, b[..., None])[..., 0]
    return np.sum(np.abs(path[:, -1] - w) ** 2, axis=1)


@pytest.mark.parametrize(("dtype", "k"), [(float, 1), (complex, 0)])
@pytest.mark.parametrize("n", [1, 2, 7])
def test_without_forgetting_it_is_the_inverse_wishart_law(n, dtype, k):
    B = np.eye(n) + 0.3
    m = SignalMoments((B @ B.T).astype(dtype), np.ones(n), 0.2)
    curve = RLSTheory(m, 1.0).curve(60)
    times = np.arange(n + k + 1, 60)
    np.testing.assert_allclose(
        curve.excess[times], 0.2 * n / (times - n - k), rtol=1e-10
    )
    trace = np.trace(np.linalg.inv(m.R)).real
    np.testing.assert_allclose(
        curve.deviation[times], 0.2 * trace / (times - n - k), rtol=1e-10
    )
    assert np.isposinf(curve.excess[1 : n + k + 1]).all()
    np.testing.assert_allclose(curve.deviation[0], n)
    assert RLSTheory(m, 1.0).excess == 0.0
    assert RLSTheory(m.walking(1e-3), 1.0).excess == np.inf


@pytest.mark.parametrize(
    ("dtype", "n", "forgetting"), [(float, 8, 0.95), (complex, 5, 0.9)]
)
def test_steady_state_in_simulation(dtype, n, forgetting, rng):
    m = SignalMoments(np.eye(n, dtype=dtype), np.zeros(n), 1.0)
    theory = RLSTheory(m, forgetting)
    measured = weighted_least_squares(rng, n, dtype, forgetting, 100, 3000)
    np.testing.assert_allclose(measured.mean(), theory.excess, rtol=0.03)
    np.testing.assert_allclose(theory.curve(3000).excess[-1], theory.excess, rtol=1e-9)


def test_curve_with_forgetting_in_simulation(rng):
    curve = RLSTheory(SignalMoments(np.eye(6), np.zeros(6), 1.0), 0.96).curve(31)
    for samples in (16, 30):
        measured = weighted_least_squares(rng, 6, float, 0.96, samples, 5000)
        np.testing.assert_allclose(measured.mean(), curve.excess[samples], rtol=0.04)


@pytest.mark.parametrize("dtype", [float, complex])
def test_tracking_in_simulation(dtype, rng):
    m = SignalMoments(np.eye(6, dtype=dtype), np.zeros(6), 1.0).walking(2e-3)
    theory = RLSTheory(m, 0.95)
    measured = weighted_least_squares(rng, 6, dtype, 0.95, 120, 2500, walk=2e-3)
    np.testing.assert_allclose(measured.mean(), theory.excess, rtol=0.04)
    np.testing.assert_allclose(theory.energy_excess, theory.excess, rtol=0.1)


def test_long_memories_agree_with_the_textbook():
    """Jmin L (1 - f) / (1 + f) and tr(Q R) / (1 - f^2) to first order in 1 - f."""
    f, n = 1 - 1e-6, 4
    m = SignalMoments(np.eye(n), np.zeros(n), 1.0).walking(1e-12)
    expected = n * (1 - f) / (1 + f) + n * 1e-12 / (1 - f * f)
    theory = RLSTheory(m, f)
    np.testing.assert_allclose(theory.excess, expected, rtol=1e-5)
    np.testing.assert_allclose(theory.energy_excess, expected, rtol=1e-5)


def test_wrong_forgetting():
    with pytest.raises(ValueError, match=r"forgetting must be in \(0, 1\], got 1.1"):
        RLSTheory(SignalMoments(np.eye(1), [0.0], 1.0), 1.1)
