"""Fit a stationary covariance to a series, and see what the structure buys."""

import numpy as np

import matopt as mo

rng = np.random.default_rng(1)
n, count = 16, 60
truth = 0.7 ** np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
samples = rng.standard_normal((count, n)) @ np.linalg.cholesky(truth).T

likelihood = mo.GaussianLikelihood(samples)
for space in (mo.PositiveDefinite(n), mo.SymmetricToeplitz(n)):
    result = mo.minimize(likelihood.on(space))
    error = np.linalg.norm(result.matrix - truth) / np.linalg.norm(truth)
    print(f"{space!r:<22} {space.dimension:>4} parameters  error {error:.3f}")
    assert result.success
