"""A network of filters against the loop that writes it down."""

import numpy as np
import pytest

from matopt import filters


@pytest.mark.parametrize("dtype", [float, complex])
def test_nodes_adapt_then_combine(dtype, rng, naive):
    x, d = naive.noise(rng, 2, 2, 3, 50, dtype=dtype)  # two trials of three nodes
    A = rng.random((3, 3))
    A /= A.sum(axis=0)
    run = filters.DiffusionLMS(4, 0.05, A).run(x, d, history=1, threads=2)
    for t in range(2):
        U = [naive.delay_line(x[t, k], 4) for k in range(3)]
        w = np.zeros((3, 4), dtype)
        for n in range(50):
            assert np.abs(run.history[t, :, n] - w).max() < 1e-13
            e = [d[t, k, n] - np.vdot(w[k], U[k][n]) for k in range(3)]
            assert np.abs(run.error[t, :, n] - e).max() < 1e-13
            psi = [w[k] + 0.05 * U[k][n] * np.conj(e[k]) for k in range(3)]
            w = A.T @ np.array(psi)
        after = d[t, 0, -1] - np.vdot(w[0], U[0][-1])
        assert abs(run.posterior_error[t, 0, -1] - after) < 1e-13


def test_an_identity_is_lms_at_every_node(rng):
    x, d = rng.standard_normal((2, 3, 60))
    run = filters.DiffusionLMS(5, 0.02, np.eye(3)).run(x, d)
    alone = filters.LMS(5, 0.02).run(x, d)
    np.testing.assert_allclose(run.weights, alone.weights, atol=1e-14)


def test_a_network_that_diverges_stops_as_a_whole(rng):
    x = rng.standard_normal((2, 2, 900))
    x[1] *= 9.0
    run = filters.DiffusionLMS(3, 0.1, np.full((2, 2), 0.5)).run(x, x)
    assert (run.diverged[0] == -1).all() and (run.diverged[1] > 0).all()


def test_wrong_arguments_are_named(rng):
    with pytest.raises(ValueError, match="columns that sum to 1, got a column with"):
        filters.DiffusionLMS(3, 0.1, [[0.5, 0.0], [0.6, 1.0]])
    with pytest.raises(ValueError, match=r"2 nodes, time.* got trials of shape \(3,\)"):
        filters.DiffusionLMS(3, 0.1, np.eye(2)).run(np.ones((3, 5)), np.ones((3, 5)))
