"""Coverage of 95 % confidence intervals at m = 20 n samples.

    OPENBLAS_NUM_THREADS=1 python benchmarks/experiments/interval_coverage.py [runs]

Share of intervals that hold the truth, over all parameters and runs, and the lowest and
highest share of one parameter; wanted is 93 to 97 %. "expected" is the inverse Fisher
information at the estimate, "observed" the inverse of the exact Hessian. The limits of
powers and variances are symmetric on the natural scale, as those of all parameters.
"""

import sys

import numpy as np

import matopt as mo
from matopt.linalg import Cholesky


def autoregression(n, complex_poles=False):
    """The first column of the covariance of an AR(3)-like process, t_0 = 1."""
    k = np.arange(n)
    lags = 0.6 * 0.7**k + 0.4 * 0.5**k * np.cos(0.9 * k)
    return lags * np.exp(0.5j * k) if complex_poles else lags


def cases(n):
    """Name, structure to fit, and a true covariance in it."""
    toeplitz = mo.SymmetricToeplitz(n)
    real = toeplitz.matrix(autoregression(n))
    hermitian = mo.HermitianToeplitz(n)
    t = autoregression(n, complex_poles=True)
    circular = hermitian.matrix(np.concatenate([t.real, t.imag[1:]]))
    compound = mo.LinearSpan(np.array([np.eye(n), np.ones((n, n)) - np.eye(n)]))
    equal = compound.matrix(np.array([1.0, 0.4]))
    yield "Toeplitz, real", toeplitz, real
    yield "Toeplitz, complex", hermitian, circular
    yield "compound symmetry", compound, equal
    yield "unstructured", mo.Symmetric(n), real
    yield "unstructured, complex", mo.Symmetric(n, complex), circular
    # An AR(1) covariance has a tridiagonal precision (Whittle, 1963).
    band = mo.Banded(n, 1, symmetric=True)
    decay = 0.7 ** np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    yield "AR(1), by its precision", band, np.linalg.inv(decay)


def draw(A, count, rng):
    z = rng.standard_normal((count, len(A)))
    if A.dtype.kind == "c":
        z = (z + 1j * rng.standard_normal(z.shape)) / np.sqrt(2.0)
    return z @ Cholesky.of(A).L.T


def coverage(structure, A, count, runs, rng, precision):
    """Shares by parameter, for the expected and the observed information."""
    truth = structure.parameters(structure.project(A))
    held = np.zeros((2, len(truth)))
    covariance = np.linalg.inv(A) if precision else A
    family = mo.GaussianPrecisionLikelihood if precision else mo.GaussianLikelihood
    for _ in range(runs):
        fit = mo.inference.fit(family(draw(covariance, count, rng)), structure)
        assert fit.result.success
        for i, kind in enumerate(("expected", "observed")):
            u = mo.inference.uncertainty(fit, kind)
            low, high = u.parameters.intervals().T
            held[i] += (low < truth) & (truth < high)
    return held / runs


def main(runs):
    print(f"{runs} runs, 95 % intervals, m = 20 n: share in %, (of one parameter)")
    for n in (4, 8):
        for name, structure, A in cases(n):
            rng = np.random.default_rng(n)
            held = coverage(structure, A, 20 * n, runs, rng, "precision" in name)
            cells = "   ".join(
                f"{100 * h.mean():.1f} ({100 * h.min():.1f}-{100 * h.max():.1f})"
                for h in held
            )
            print(f"n = {n}  {name:<24} expected, observed: {cells}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
