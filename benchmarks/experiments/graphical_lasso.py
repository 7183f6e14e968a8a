"""The graphical lasso of the wine and the breast cancer data, beside scikit-learn's.

    pip install 'matopt[sklearn]'
    OPENBLAS_NUM_THREADS=1 python benchmarks/experiments/graphical_lasso.py

Standardized data, penalties 0.05, 0.1 and 0.3 off the diagonal; scikit-learn at
tol = enet_tol = 1e-8. Printed are the objective, the edges, and in how many pairs the
two differ about an edge.
"""

import warnings

import numpy as np
from sklearn.covariance import graphical_lasso
from sklearn.datasets import load_breast_cancer, load_wine

import matopt as mo


def standardized(data: object) -> np.ndarray:
    X = data.data
    return (X - X.mean(axis=0)) / X.std(axis=0)


def compare(name: str, X: np.ndarray, c: float) -> None:
    m, p = X.shape
    S = X.T @ X / m
    problem = (mo.GaussianPrecisionLikelihood(X) + c * mo.L1Norm()).on(mo.Symmetric(p))
    result = mo.minimize(problem, stop=mo.Stop(gradient_norm=1e-8))
    line = (
        f"{name:<14} penalty {c:<5} {result.fun:.12f}  edges {edges(result.matrix):>3}"
        f"  {result.status}, {result.detail}"
    )
    try:
        K = graphical_lasso(S, c, tol=1e-8, enet_tol=1e-8, max_iter=1000)[1]
    except FloatingPointError:
        print(f"{line}; scikit-learn fails")
        return
    differ = np.count_nonzero((K != 0) != (result.matrix != 0)) // 2
    above = problem.at(0.5 * (K + K.T)).value - result.fun
    print(f"{line}; scikit-learn above by {above:.0e}, {differ} edges differ")


def edges(K: np.ndarray) -> int:
    return (np.count_nonzero(K) - len(K)) // 2


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # scikit-learn's, of runs that did not converge
    for name, load in (("wine", load_wine), ("breast cancer", load_breast_cancer)):
        for c in (0.05, 0.1, 0.3):
            compare(name, standardized(load()), c)
