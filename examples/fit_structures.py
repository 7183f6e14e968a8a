"""Which structure has the sea surface temperature of a year, month by month?"""

from pathlib import Path

import numpy as np

import matopt as mo

table = Path(__file__).parent.parent / "problems" / "elnino.csv"
months = np.loadtxt(table, delimiter=",", skiprows=1)[:, 1:]  # 61 years of 12 months

# Data that come in chunks go in where an array does; here they are a few years each.
moments = mo.Moments().update(months, rows=10)
likelihood = mo.GaussianLikelihood(moments, mean="profile")
n = likelihood.features
comparison = mo.inference.compare(
    likelihood,
    {
        "independent": mo.Diagonal(n),
        "exchangeable": mo.CompoundSymmetry(n),
        "stationary": mo.SymmetricToeplitz(n),
        "stationary, noise by month": mo.ToeplitzPlusDiagonal(n),
        "one factor": mo.LowRankPlusDiagonal(n, 1),
        "three factors": mo.LowRankPlusDiagonal(n, 3),
        "any": mo.PositiveDefinite(n),
    },
)
print(comparison)
best = comparison.best("bic")
print(f"BIC chooses: {best.structure}, {best.parameters} parameters")
assert best.structure != "independent"
for label, each in comparison.fits.items():
    assert comparison.reports[label].agrees, label
    assert each.result.success, label
