"""Diffusion LMS: one node is LMS, uniform weights divide by N, simulation."""

import numpy as np
import pytest

from matopt.filters import DiffusionTheory, LMSTheory, SignalMoments


def problem(n, dtype=float):
    R = 0.6 ** np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    return SignalMoments(R.astype(dtype), np.ones(n), 0.1)


@pytest.mark.parametrize("dtype", [float, complex])
def test_a_single_node_is_lms(dtype):
    m = problem(3, dtype).walking(1e-4)
    alone, lms = DiffusionTheory(m, 0.1, [[1.0]]), LMSTheory(m, 0.1)
    np.testing.assert_allclose(alone.excess, lms.excess, rtol=1e-10)
    np.testing.assert_allclose(alone.deviation, lms.deviation, rtol=1e-10)
    a, b = alone.curve(50), lms.curve(50)
    np.testing.assert_allclose(a.excess, b.excess, rtol=1e-10)
    np.testing.assert_allclose(a.deviation, b.deviation, rtol=1e-10)


def test_nodes_that_do_not_talk_are_lms_each():
    noise = np.array([0.1, 0.3])
    apart = DiffusionTheory(problem(3), 0.1, np.eye(2), noise)
    each = [
        LMSTheory(SignalMoments(problem(3).R, np.ones(3), v), 0.1).excess for v in noise
    ]
    np.testing.assert_allclose(apart.node_excess, each, rtol=1e-10)
    np.testing.assert_allclose(apart.minimum_error, 0.2)
    np.testing.assert_allclose(apart.misadjustment, np.mean(each) / 0.2)


@pytest.mark.parametrize("N", [1, 4, 10])
def test_uniform_weights_divide_the_deviation_by_the_nodes(N):
    m = problem(4)
    theory = DiffusionTheory(m, 1e-4, np.full((N, N), 1 / N))
    np.testing.assert_allclose(
        theory.deviation, LMSTheory(m, 1e-4).deviation / N, rtol=2e-3
    )


def test_simulation(rng):
    A = np.array([[0.6, 0.3, 0.0], [0.4, 0.4, 0.5], [0.0, 0.3, 0.5]])
    noise, mu, runs = np.array([0.1, 0.4, 0.2]), 0.08, 3000
    m = problem(3)
    root = np.linalg.cholesky(m.R)
    w = np.zeros((runs, 3, 3))  # runs, nodes, taps
    excess = np.empty((200, 3))
    for n in range(200):
        u = rng.standard_normal((runs, 3, 3)) @ root.T
        a = np.sum((1.0 - w) * u, axis=2)
        excess[n] = np.mean(a**2, axis=0)
        e = a + np.sqrt(noise) * rng.standard_normal((runs, 3))
        w = A.T @ (w + mu * u * e[..., None])
    theory = DiffusionTheory(m, mu, A, noise)
    curve = theory.curve(200)
    np.testing.assert_allclose(excess[:40].mean(), curve.excess[:40].mean(), rtol=0.02)
    np.testing.assert_allclose(excess[120:].mean(0), theory.node_excess, rtol=0.05)
    np.testing.assert_allclose(curve.excess[-1], theory.excess, rtol=1e-2)


def test_too_large_a_step_is_unstable():
    for A in (np.eye(2), np.full((2, 2), 0.5)):
        assert not DiffusionTheory(problem(3), 1.0, A).is_stable
    # together they bear a step that each alone does not
    step = 1.1 * LMSTheory(problem(3), 0.1).step_limit
    assert not DiffusionTheory(problem(3), step, np.eye(2)).is_stable
    assert DiffusionTheory(problem(3), step, np.full((2, 2), 0.5)).is_stable


@pytest.mark.parametrize(
    ("A", "noise", "message"),
    [
        (np.ones((2, 2)), None, "columns that sum to 1, got shape"),
        (np.ones((1, 2)) / 2, None, "combination must be square"),
        (np.eye(2), [1.0], r"noise must have shape \(2,\)"),
    ],
)
def test_wrong_arguments(A, noise, message):
    with pytest.raises(ValueError, match=message):
        DiffusionTheory(problem(2), 0.1, A, noise)
