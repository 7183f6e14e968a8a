"""The filters as loops that anybody can check, sharing nothing with the package."""

from types import SimpleNamespace

import numpy as np
import pytest


def delay_line(x, length):
    """Rows u_n = x(n), x(n-1), ..., zero before the start; channels side by side."""
    x = np.atleast_2d(x)
    padded = np.pad(x, [(0, 0), (length - 1, 0)])
    rows = [padded[:, n : n + length][:, ::-1].ravel() for n in range(x.shape[1])]
    return np.array(rows)


def signs(z):
    return np.sign(z.real) + (1j * np.sign(z.imag) if np.iscomplexobj(z) else 0)


def loop(U, d, update, weights=None):
    """Run w <- update(w, u, e, n) over the rows of U; keep what a FilterRun keeps."""
    w = np.zeros(U.shape[1], np.result_type(U, d)) if weights is None else weights
    run = SimpleNamespace(output=[], error=[], posterior_error=[], history=[])
    for n, u in enumerate(U):
        run.history.append(w.copy())
        y = np.vdot(w, u)
        run.output.append(y)
        run.error.append(d[n] - y)
        w = update(w, u, d[n] - y, n)
        run.posterior_error.append(d[n] - np.vdot(w, u))
    for name, values in vars(run).items():
        setattr(run, name, np.array(values))
    run.weights = w
    return run


def noise(rng, *shape, dtype=float):
    x = rng.standard_normal(shape)
    return (x + 1j * rng.standard_normal(shape) if dtype is complex else x).astype(
        dtype
    )


def assert_same(run, twin, tolerance=1e-12):
    """All that both have is the same, relative to the size of the signals."""
    for name in ("output", "error", "posterior_error", "history", "weights"):
        ours, theirs = getattr(run, name), np.asarray(getattr(twin, name))
        scale = max(1.0, np.abs(theirs).max())
        np.testing.assert_allclose(
            ours.reshape(theirs.shape), theirs, rtol=0, atol=tolerance * scale
        )


class Simulation:
    """A naive twin of every filter: rows u_n drawn afresh, all runs side by side."""

    def __init__(self, rng, covariance, weights, noise, draw_noise=None):
        self.rng, self.w, self.noise = rng, np.asarray(weights), noise
        self.root = np.linalg.cholesky(covariance)
        self.draw_noise = draw_noise or self.normal

    def normal(self, *shape):
        z = self.rng.standard_normal(shape)
        if not np.iscomplexobj(self.root):
            return z
        return (z + 1j * self.rng.standard_normal(shape)) / np.sqrt(2.0)

    def __call__(self, update, runs, samples, start=None, walk=0.0):
        """Mean excess and deviation before each update(w, u, e) -> w."""
        w = np.zeros((runs, len(self.w)), self.root.dtype)
        w[:] = 0.0 if start is None else start
        truth = np.tile(self.w, (runs, 1)).astype(w.dtype)
        excess, deviation = np.empty((2, samples))
        for n in range(samples):
            u = self.normal(runs, len(self.w)) @ self.root.T
            gap = truth - w
            a = np.sum(gap.conj() * u, axis=1)
            excess[n] = np.mean(np.abs(a) ** 2)
            deviation[n] = np.mean(np.sum(np.abs(gap) ** 2, axis=1))
            w = update(w, u, a + np.sqrt(self.noise) * self.draw_noise(runs))
            if walk:
                truth = truth + np.sqrt(walk) * self.normal(runs, len(self.w))
        return excess, deviation


@pytest.fixture
def simulation(rng):
    def make(covariance, weights, noise, draw_noise=None):
        return Simulation(rng, covariance, weights, noise, draw_noise)

    return make


@pytest.fixture
def naive():
    return SimpleNamespace(
        delay_line=delay_line,
        signs=signs,
        loop=loop,
        noise=noise,
        assert_same=assert_same,
    )
