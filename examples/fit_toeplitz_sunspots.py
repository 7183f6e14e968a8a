"""The sunspot cycle: a stationary covariance, and autoregressive models beside it."""

from pathlib import Path

import numpy as np

import matopt as mo

table = Path(__file__).parent.parent / "problems" / "sunspots.csv"
years = np.loadtxt(table, delimiter=",", skiprows=1)[:, 1]
series = years - years.mean()

windows = series[: len(series) // 12 * 12].reshape(-1, 12)  # they do not overlap
fit = mo.inference.fit(windows, mo.SymmetricToeplitz(12))
lags = mo.inference.uncertainty(fit).correlations()
for k in (1, 5, 11):
    print(f"correlation at {k:>2} years {lags.value[k, 0]:5.2f}", end=" ")
    print(f"± {lags.standard_errors[k, 0]:.2f}")
assert lags.value[11, 0] > 0.7  # the cycle has eleven years

models = {}
for order in (1, 2, 3, 9):
    likelihood = mo.AutoregressiveLikelihood(years, order, mean=True)
    space = mo.PositiveDefiniteToeplitz(order + 1)
    models[f"AR({order})"] = mo.inference.fit(likelihood, space)
comparison = mo.inference.compare_fits(models)
print(comparison)
assert comparison.best("bic").structure == "AR(9)"
