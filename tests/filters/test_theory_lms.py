"""LMS: against the full recursion of moments, closed forms, and simulation."""

import numpy as np
import pytest

from matopt.filters import LMSTheory, SignalMoments, steepest_descent
from matopt.filters.theory_lms import mean_square_limit


def coloured(n, rho=0.7, dtype=float):
    R = rho ** np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    phase = np.exp(0.5j * np.arange(n)) if dtype is complex else np.ones(n)
    return (np.outer(phase, phase.conj()) * R).astype(dtype)


def weights(rng, n, dtype):
    w = rng.standard_normal(n)
    return w + 1j * rng.standard_normal(n) if dtype is complex else w


def full_recursion(R, w, s2, mu, leakage, Q, samples):
    """E over Gaussian u entry by entry: E u_i u_j* u_k u_l* by Isserlis' theorem."""
    n, is_complex = len(R), np.iscomplexobj(R)
    fourth = np.einsum("ij,kl->ijkl", R, R) + np.einsum("il,kj->ijkl", R, R)
    if not is_complex:
        fourth += np.einsum("ik,jl->ijkl", R, R)
    keep = (1 - mu * leakage) * np.eye(n) - mu * R
    m, K = w.copy(), np.outer(w, w.conj())
    excess, deviation = [], []
    for _ in range(samples):
        excess.append(np.trace(R @ K).real)
        deviation.append(np.trace(K).real)
        quartic = np.einsum("ijkl,jk->il", fourth, K)  # E u u^H K u u^H
        drive = mu * leakage * w
        mixed = np.outer(keep @ m, drive.conj())
        K = (
            (1 - mu * leakage) ** 2 * K
            - (1 - mu * leakage) * mu * (R @ K + K @ R)
            + mu**2 * (quartic + s2 * R)
            + np.outer(drive, drive.conj())
            + mixed
            + mixed.conj().T
            + Q
        )
        m = keep @ m + drive
    return np.array(excess), np.array(deviation)


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize("leakage", [0.0, 0.3])
def test_curve_is_the_full_recursion(n, dtype, leakage, rng):
    R, w = coloured(n, dtype=dtype), weights(rng, n, dtype)
    B = rng.standard_normal((n, n))
    Q = 1e-3 * B @ B.T
    theory = LMSTheory(SignalMoments(R, w, 0.2, Q), 0.05, leakage)
    curve = theory.curve(300)
    excess, deviation = full_recursion(R, w, 0.2, 0.05, leakage, Q, 300)
    np.testing.assert_allclose(curve.excess, excess, rtol=1e-9)
    np.testing.assert_allclose(curve.deviation, deviation, rtol=1e-9)
    np.testing.assert_array_equal(curve.error, 0.2 + curve.excess)


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("leakage", [0.0, 0.3])
def test_steady_state_is_where_the_curve_ends(dtype, leakage, rng):
    m = SignalMoments(coloured(3, dtype=dtype), weights(rng, 3, dtype), 0.2).walking(
        1e-3
    )
    theory = LMSTheory(m, 0.1, leakage)
    curve = theory.curve(2000)
    np.testing.assert_allclose(curve.excess[-1], theory.excess, rtol=1e-10)
    np.testing.assert_allclose(curve.deviation[-1], theory.deviation, rtol=1e-10)
    assert theory.error == theory.minimum_error + theory.excess
    assert theory.misadjustment == theory.excess / 0.2


@pytest.mark.parametrize(("dtype", "c"), [(float, 2), (complex, 1)])
def test_closed_forms(dtype, c, rng):
    m = SignalMoments(coloured(4, dtype=dtype), np.zeros(4), 0.1)
    mu, eig = 0.06, m.eigenvalues
    S = np.sum(mu * eig / (2 - c * mu * eig))
    theory = LMSTheory(m, mu)
    np.testing.assert_allclose(theory.excess, 0.1 * S / (1 - S), rtol=1e-12)
    walk = LMSTheory(m.walking(1e-4), mu)
    B = np.sum(1e-4 / (mu * (2 - c * mu * eig)))
    np.testing.assert_allclose(walk.excess, (0.1 * S + B) / (1 - S), rtol=1e-12)
    small = LMSTheory(m.walking(1e-12), 1e-5)
    np.testing.assert_allclose(small.small_step_excess, 1e-5 * 0.1 * 4 / 2)
    np.testing.assert_allclose(small.energy_excess, small.excess, rtol=1e-4)


def test_bias_of_leakage(rng):
    R, w = coloured(3), rng.standard_normal(3)
    theory = LMSTheory(SignalMoments(R, w, 0.1), 0.02, leakage=0.5)
    biased = np.linalg.solve(R + 0.5 * np.eye(3), R @ w)
    np.testing.assert_allclose(theory.mean_weights, biased, rtol=1e-12)


@pytest.mark.parametrize(("is_complex", "k"), [(False, 2), (True, 1)])
@pytest.mark.parametrize("n", [1, 2, 9])
def test_mean_square_limit(n, is_complex, k):
    limit = mean_square_limit(np.full(n, 3.0), is_complex)
    np.testing.assert_allclose(limit, 2 / ((n + k) * 3.0), rtol=1e-12)
    R = coloured(n, dtype=complex if is_complex else float)
    limit = LMSTheory(SignalMoments(R, np.zeros(n), 1.0), 0.1).step_limit
    for factor, stable in ((0.999, True), (1.001, False)):
        theory = LMSTheory(SignalMoments(R, np.ones(n), 1.0), factor * limit)
        assert theory.is_stable is stable
    settling, growing = (
        LMSTheory(SignalMoments(R, np.ones(n), 1.0), factor * limit).curve(1000).excess
        for factor in (0.95, 1.05)
    )
    assert settling[-1] < 1.01 * settling[-100]
    assert growing[-1] > 2.0 * growing[-100]
    assert limit >= 2 / (3 * np.trace(R).real)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("rho", [0.0, 0.3, 0.7, 0.9, 0.99])
@pytest.mark.parametrize("n", [1, 2, 4, 7])
def test_there_is_no_steady_state_at_the_limit_itself(n, rho, dtype):
    m = SignalMoments(coloured(n, rho, dtype), np.ones(n), 0.1)
    limit = LMSTheory(m, 0.1).step_limit
    at, below = LMSTheory(m, limit), LMSTheory(m, (1 - 1e-9) * limit)
    assert np.isposinf([at.excess, at.deviation]).all() and not at.is_stable
    assert below.is_stable and below.excess > 1e3


def test_an_unstable_curve_is_infinite_and_not_nan():
    curve = LMSTheory(SignalMoments(np.eye(2), np.ones(2), 1.0), 50.0).curve(2000)
    assert np.isposinf(curve.excess[-1])
    assert not np.isnan(curve.error).any()


def test_time_constants():
    theory = LMSTheory(SignalMoments(np.diag([0.5, 2.0]), np.zeros(2), 1.0), 0.1)
    np.testing.assert_allclose(
        theory.time_constants, [-1 / np.log(0.95), -1 / np.log(0.8)]
    )


@pytest.mark.parametrize("dtype", [float, complex])
def test_steepest_descent_is_its_own_recursion(dtype, rng):
    m = SignalMoments(coloured(4, dtype=dtype), weights(rng, 4, dtype), 0.3)
    w, errors = np.zeros(4, dtype), []
    for _ in range(50):
        errors.append(m.error(w))
        w = w + 0.3 * (m.p - m.R @ w)
    np.testing.assert_allclose(steepest_descent(m, 0.3, 50), errors, rtol=1e-12)


@pytest.mark.parametrize(("dtype", "leakage"), [(float, 0.0), (complex, 0.1)])
def test_simulation(dtype, leakage, rng, simulation):
    R, w, mu = coloured(4, dtype=dtype), weights(rng, 4, dtype), 0.05
    run = simulation(R, w, 0.1)

    def update(w, u, e):
        return (1 - mu * leakage) * w + mu * u * e.conj()[:, None]

    walk = 0.0 if leakage else 1e-4
    curve = LMSTheory(SignalMoments(R, w, 0.1).walking(walk), mu, leakage).curve(300)
    excess, deviation = run(update, 2500, 300, walk=walk)
    for part in (slice(0, 60), slice(150, 300)):
        expected = curve.excess[part].mean()
        np.testing.assert_allclose(excess[part].mean(), expected, rtol=0.02)
    np.testing.assert_allclose(deviation[-1], curve.deviation[-1], rtol=0.05)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda m: LMSTheory(m, 0.0), "step must be positive and finite, got 0"),
        (lambda m: LMSTheory(m, 0.1, 20.0), r"leakage must be in \[0, 1 / step = 10\)"),
        (lambda m: LMSTheory(m, 0.1).curve(0), "samples must be at least 1, got 0"),
        (lambda m: LMSTheory(m, 0.1).curve(5, [1.0]), r"start must have shape \(2,\)"),
    ],
)
def test_wrong_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make(SignalMoments(np.eye(2), np.zeros(2), 1.0))
