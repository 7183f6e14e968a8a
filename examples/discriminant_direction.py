"""Maximize a generalized Rayleigh quotient: the direction that separates classes."""

import numpy as np
from scipy.linalg import eigh

import matopt as mo

rng = np.random.default_rng(3)
centres = rng.standard_normal((3, 6)) * 2
classes = [c + rng.standard_normal((40, 6)) for c in centres]
within = sum(np.cov(X, rowvar=False) for X in classes)
between = np.cov([X.mean(axis=0) for X in classes], rowvar=False)

f = -mo.RayleighQuotient(between, within)  # minimize minus the quotient (95)
result = mo.minimize(f.on(mo.Sphere(6)), stop=mo.Stop(gradient_norm=1e-10))
largest = eigh(between, within, eigvals_only=True)[-1]
print(f"quotient {-result.fun:.12f}, largest eigenvalue {largest:.12f}")
assert abs(result.fun + largest) < 1e-10
