"""Exact autoregressive likelihoods of the sunspots and the Nile, beside statsmodels.

    OPENBLAS_NUM_THREADS=1 python benchmarks/experiments/autoregressive.py

With a fitted mean. AIC and BIC count the coefficients, the variance of the noise and
the mean, as statsmodels does; standard errors are by the exact Hessian, those of
statsmodels by a numerical one. There is no chance in it; what is compared are digits.
"""

import math
from pathlib import Path

import numpy as np

import matopt as mo

PROBLEMS = Path(__file__).parents[2] / "problems"


def predictor(T):
    """c_1, ..., c_p of x_s = c_1 x_(s-1) + ..., and the variance of the noise."""
    c = np.linalg.solve(T[1:, 1:], T[1:, 0])
    return np.append(c, T[0, 0] - T[1:, 0] @ c)


def ours(series, order):
    likelihood = mo.AutoregressiveLikelihood(series, order, mean=True)
    space = mo.PositiveDefiniteToeplitz(order + 1)
    fit = mo.inference.fit(likelihood, space, stop=mo.Stop(gradient_norm=1e-9))
    about = mo.inference.uncertainty(fit, "observed").of(predictor)
    return fit.log_likelihood, about.value, about.standard_errors


def theirs(series, order):
    from statsmodels.tsa.arima.model import ARIMA

    found = ARIMA(series, order=(order, 0, 0)).fit(
        cov_type="approx", method_kwargs={"maxiter": 500, "pgtol": 1e-10, "factr": 10.0}
    )
    return found.llf, found.params[1:], found.bse[1:]


def show(name, result, order, count):
    likelihood, values, errors = result
    k = order + 2
    aic, bic = 2 * k - 2 * likelihood, k * math.log(count) - 2 * likelihood
    print(f"  {name:<12} ln L {likelihood:.6f}  AIC {aic:.4f}  BIC {bic:.4f}")
    pairs = zip(values, errors, strict=True)
    print("   ", ", ".join(f"{v:.5g} ± {s:.3g}" for v, s in pairs))


def main():
    for name, order in (("sunspots", 2), ("sunspots", 9), ("nile", 1)):
        table = np.loadtxt(PROBLEMS / f"{name}.csv", delimiter=",", skiprows=1)
        print(f"{name}, AR({order})")
        for who, method in (("matopt", ours), ("statsmodels", theirs)):
            try:
                show(who, method(table[:, 1], order), order, len(table))
            except ImportError:
                print("  (statsmodels is not installed)")


if __name__ == "__main__":
    main()
