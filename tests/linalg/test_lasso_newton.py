import numpy as np
import pytest

from matopt.linalg.lasso_newton import newton_target


def problem(n, rng, ridge=0.0):
    F = rng.standard_normal((n, 3 * n)) @ np.diag(np.geomspace(1, 4, 3 * n))
    S = F @ F.T / (3 * n)
    K = np.diag(1 / np.diag(S))
    K[0, -1] = K[-1, 0] = 0.1 * np.sqrt(K[0, 0] * K[-1, -1]) if n > 1 else K[0, 0]
    w = 0.1 + rng.uniform(size=(n, n))
    w = w + w.T
    np.fill_diagonal(w, 0.0)
    W = np.linalg.inv(K)
    return W, S - W + ridge * K, K, w


def model(Z, W, G, K, w, ridge):
    """The model, from its definition."""
    D = Z - K
    quadratic = 0.5 * np.trace(W @ D @ W @ D) + 0.5 * ridge * np.sum(D * D)
    return np.sum(G * D) + quadratic + np.sum(w * np.abs(Z))


def naive(W, G, K, w, ridge):
    """The minimum by proximal gradient steps, over all entries."""
    Z, L = K.copy(), np.linalg.eigvalsh(W)[-1] ** 2 + ridge
    for _ in range(20_000):
        M = Z - (G + W @ (Z - K) @ W + ridge * (Z - K)) / L
        new = np.sign(M) * np.maximum(np.abs(M) - w / L, 0)
        if np.abs(new - Z).max() < 1e-14:
            break
        Z = new
    return Z


@pytest.mark.parametrize("ridge", [0.0, 0.3])
@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_it_minimizes_the_model(n, ridge, rng):
    W, G, K, w = problem(n, rng, ridge)
    w = 0.2 * w
    free = (K != 0) | (np.abs(G) > w) | np.eye(n, dtype=bool)
    Z, change, settled = newton_target(W, G, K, w, ridge, 1e-12, 500)
    assert settled
    expected = naive(W, G, K, np.where(free, w, 1e9), ridge)
    np.testing.assert_allclose(Z, expected, atol=1e-9)
    np.testing.assert_array_equal(Z, Z.T)
    np.testing.assert_array_equal(Z == 0, expected == 0)
    D = Z - K
    assert change == pytest.approx(
        np.sum(G * D) + np.sum(w * (np.abs(Z) - np.abs(K))), abs=1e-13
    )
    assert change <= 0


def sweep(W, G, K, w, ridge):
    """Every free entry in turn put to where the model is least along it."""
    Z = K.copy()
    for j in range(len(K)):
        for i in range(j + 1):
            if K[i, j] == 0 and abs(G[i, j]) <= w[i, j]:
                continue
            E = np.zeros_like(K)
            E[i, j] = E[j, i] = 1.0
            count = np.sum(E)
            curvature = np.trace(W @ E @ W @ E) + ridge * count
            slope = np.sum((G + W @ (Z - K) @ W + ridge * (Z - K)) * E)
            z = Z[i, j] - slope / curvature
            new = np.sign(z) * max(abs(z) - count * w[i, j] / curvature, 0.0)
            Z = Z + (new - Z[i, j]) * E
    return Z


@pytest.mark.parametrize("ridge", [0.0, 0.3])
def test_a_sweep_minimizes_along_each_entry(ridge, rng):
    W, G, K, w = problem(6, rng, ridge)
    Z, _, settled = newton_target(W, G, K, 0.2 * w, ridge, 0.0, 1)
    assert not settled
    np.testing.assert_allclose(Z, sweep(W, G, K, 0.2 * w, ridge), atol=1e-12)


def test_conjugate_gradients_never_lose(rng):
    # from an ill-conditioned K, where coordinate descent alone would not arrive
    n = 30
    F = rng.standard_normal((n, n)) + 3.0
    S = F @ F.T / n + 0.01 * np.eye(n)
    K = np.linalg.inv(S + 0.3 * np.diag(np.diag(S)))
    K = 0.5 * (K + K.T)
    W, w = np.linalg.inv(K), 0.05 * (1 - np.eye(n))
    G = S - W
    K_before = K.copy()
    coarse, fine = (newton_target(W, G, K, w, 0.0, 1e-6, k)[0] for k in (4, 200))
    np.testing.assert_array_equal(K, K_before)
    start, first, last = (model(Z, W, G, K, w, 0.0) for Z in (K, coarse, fine))
    assert start > first > last
    R = G + W @ (fine - K) @ W  # stationary where Z is not 0, and where it is
    zero = fine == 0
    np.testing.assert_allclose(R[~zero], (-w * np.sign(fine))[~zero], atol=3e-5)
    free = (K != 0) | (np.abs(G) > w)
    assert (np.abs(R) <= w + 3e-5)[zero & free].all()
