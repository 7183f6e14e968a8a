"""Sum objectives: a precision matrix with a trace penalty, and its closed form."""

import numpy as np

import matopt as mo

rng = np.random.default_rng(2)
samples = rng.standard_normal((15, 20))  # fewer samples than features
penalty = 0.2

f = mo.GaussianPrecisionLikelihood(samples) + penalty * mo.LinearTrace(np.eye(20))
result = mo.minimize(f.on(mo.PositiveDefinite(20)))
print(result)

S = samples.T @ samples / len(samples)
closed_form = np.linalg.inv(S + penalty * np.eye(20))
assert np.allclose(result.matrix, closed_form, atol=1e-5)
