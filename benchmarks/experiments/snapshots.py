"""Mean squared error of a Toeplitz covariance against the number of snapshots.

    OPENBLAS_NUM_THREADS=1 python benchmarks/experiments/snapshots.py [runs]

Two random complex Hermitian Toeplitz covariances of order 16, one of normal lags and
one of many sinusoids, which is worse conditioned; the sum of |t_hat - t|^2
over the first column, of the maximum likelihood and of the means over the diagonals of
the sample covariance, each over the Cramer-Rao bound, with the standard deviation of
that ratio. 1 is the best that an unbiased estimate can have.
"""

import sys

import numpy as np

import matopt as mo
from matopt.linalg import Cholesky

N = 16
SNAPSHOTS = (20, 60, 100, 200)


def normal_lags(rng):
    """Normal lags, with the least eigenvalue shifted to 1."""
    space = mo.HermitianToeplitz(N)
    return space.matrix(space.random(rng))


def sinusoids(rng):
    """24 sinusoids of random powers, and noise."""
    frequencies = 2.0 * np.pi * rng.uniform(size=24)
    powers = rng.exponential(size=24)
    t = np.exp(1j * np.outer(np.arange(N), frequencies)) @ powers
    t[0] += 1.0
    return mo.HermitianToeplitz(N).matrix(np.concatenate([t.real, t.imag[1:]]))


def errors(A, count, runs, rng):
    """Squared errors of the likelihood and of the means, (2, runs)."""
    space = mo.HermitianToeplitz(N)
    L, truth = Cholesky.of(A).L, space.parameters(A)
    z = rng.standard_normal((runs, 2, count, N)) / np.sqrt(2.0)
    X = (z[:, 0] + 1j * z[:, 1]) @ L.T
    fits = mo.inference.fit_each(X, space)
    assert fits.success.all()
    means = [space.project(x.T @ x.conj() / count) for x in X]
    found = fits.x, np.array([space.parameters(A) for A in means])
    return np.array([np.sum((x - truth) ** 2, axis=1) for x in found])


def report(A, runs):
    for count in SNAPSHOTS:
        bound = mo.inference.cramer_rao(mo.HermitianToeplitz(N), A, count)
        least = np.sum(bound.parameters.standard_errors**2)
        found = errors(A, count, runs, np.random.default_rng(count)) / least
        spread = found.std(axis=1) / np.sqrt(runs)
        cells = ", ".join(
            f"{name} {ratio:.3f} +- {deviation:.3f}"
            for name, ratio, deviation in zip(
                ("likelihood", "means"), found.mean(axis=1), spread, strict=True
            )
        )
        gain = np.mean(found[1]) / np.mean(found[0])
        print(f"{count} snapshots: {cells}; means / likelihood {gain:.3f}")


def main(runs):
    for covariance in (normal_lags, sinusoids):
        A = covariance(np.random.default_rng(1))
        condition = np.linalg.cond(A)
        print(f"{covariance.__name__}, condition number {condition:.0f}, {runs} runs")
        report(A, runs)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
