"""Factors and shrinkage on samples that were not fitted: wine and breast cancer.

    OPENBLAS_NUM_THREADS=1 python benchmarks/experiments/held_out.py [--runs R]

Standardized features. Ten-fold cross-validation, over R random splits: ln L of a
held-out sample, of the sample covariance and, less that, of factor analysis and of
shrinkage as scikit-learn has it (Ledoit and Wolf; OAS of Chen et al.), whose amount on
all samples is told. ± is the standard error over the folds of pairs on the same fold.
"""

import argparse
from pathlib import Path

import numpy as np
from sklearn.covariance import ledoit_wolf, oas

import matopt as mo

PROBLEMS = Path(__file__).parents[2] / "problems"
FACTORS = (1, 2, 3, 5)
FOLDS = 10


def standardized(name, features):
    table = np.loadtxt(PROBLEMS / f"{name}.csv", delimiter=",", skiprows=1)
    X = table[:, :features]
    return (X - X.mean(axis=0)) / X.std(axis=0)


def mean_log_density(X, A):
    f = mo.GaussianLikelihood(X)
    value = np.linalg.slogdet(A)[1] + np.trace(np.linalg.solve(A, f.covariance))
    return f.log_likelihood(value) / len(X)


def factors(rank):
    def estimate(X):
        fit = mo.inference.fit(X, mo.LowRankPlusDiagonal(X.shape[1], rank))
        assert abs(mo.inference.diagnose(fit).recomputed - fit.result.fun) < 1e-8
        return fit.matrix

    return estimate


def shrunk(function):
    return lambda X: function(X, assume_centered=True)[0]


ESTIMATES = {
    "sample covariance": lambda X: X.T @ X / len(X),
    **{f"{k} factors": factors(k) for k in FACTORS},
    "Ledoit-Wolf": shrunk(ledoit_wolf),
    "OAS": shrunk(oas),
}


def held_out(X, runs):
    """ln L a sample, (estimates, runs * folds)."""
    scores = []
    for run in range(runs):
        order = np.random.default_rng(run).permutation(len(X))
        for fold in np.array_split(order, FOLDS):
            rest = np.delete(X, fold, axis=0)
            scores.append(
                [mean_log_density(X[fold], f(rest)) for f in ESTIMATES.values()]
            )
    return np.array(scores).T


def main(runs):
    for name, features in (("wine", 13), ("breast-cancer", 30)):
        X = standardized(name, features)
        amounts = [f(X, assume_centered=True)[1] for f in (ledoit_wolf, oas)]
        print(f"{name}, {len(X)} samples of {features} features; ", end="")
        print("shrinkage {:.6f} and {:.6f}".format(*amounts))
        scores = held_out(X, runs)
        for title, values in zip(ESTIMATES, scores, strict=True):
            shown = values - scores[0] if title != "sample covariance" else values
            # the splits of one set of samples share it: count the folds of one
            spread = shown.std(ddof=1) / np.sqrt(FOLDS)
            print(f"  {title:<18} {shown.mean():7.3f} ± {spread:.3f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=2)
    main(parser.parse_args().runs)
