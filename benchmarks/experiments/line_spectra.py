"""Covariances of line spectra, with frequencies on a grid and off it.

    OPENBLAS_NUM_THREADS=1 python benchmarks/experiments/line_spectra.py [--runs R]

Order 15, fifteen lines of the powers 1, ..., 15, complex: at the multiples of 1/15,
where the covariance is circulant, or moved from there by up to half a step. The squared
error of the first row and the Kullback-Leibler divergence of the Gaussian laws,
ln det T - ln det R + tr(T^-1 R) - n, each with its standard error; the squared error
beside the Cramér-Rao bound of Hermitian Toeplitz matrices.
"""

import argparse

import numpy as np

import matopt as mo

N = 15
SAMPLES = (15, 30, 60, 120, 240)
SPACES = {
    "Toeplitz": mo.HermitianToeplitz(N),
    "circulant": mo.SymmetricCirculant(N, dtype=complex),
}


def covariance(on_grid):
    frequencies = np.arange(N) / N
    if not on_grid:
        frequencies = frequencies + np.random.default_rng(7).uniform(-0.5, 0.5, N) / N
    A = np.exp(2j * np.pi * np.outer(np.arange(N), frequencies))
    return (A * np.arange(1.0, N + 1)) @ A.conj().T


def divergence(T, R):
    P = np.linalg.solve(T, R)
    return np.trace(P).real - np.linalg.slogdet(P)[1] - N


def estimates(X):
    """By name; the means over diagonals need not be positive definite."""
    f = mo.GaussianLikelihood(X)
    found = {}
    for name, space in SPACES.items():
        fit = mo.inference.fit(f, space)
        assert abs(mo.inference.diagnose(fit).recomputed - fit.result.fun) < 1e-8
        found[name] = fit.matrix
    means = SPACES["Toeplitz"].project(f.covariance)
    return {**found, "means of diagonals": means}


def show(R, count, runs, least):
    """One line an estimate."""
    squares, divergences = {}, {}
    for run in range(runs):
        rng = np.random.default_rng(run)
        Z = rng.standard_normal((count, N, 2)) @ [1.0, 1j] / np.sqrt(2.0)
        for name, T in estimates(Z @ np.linalg.cholesky(R).T).items():
            squares.setdefault(name, []).append(np.sum(np.abs(T[0] - R[0]) ** 2))
            if np.linalg.eigvalsh(T)[0] > 0:
                divergences.setdefault(name, []).append(divergence(T, R))
    for name, values in squares.items():
        kept = divergences.get(name, [])
        known = spread(kept) if len(kept) == runs else f"{runs - len(kept)} indefinite"
        line = f"N = {count:<4} {name:<18} {spread(values):>18}   bound {least:8.3g}"
        print(f"{line}   divergence {known}", flush=True)


def spread(values):
    return f"{np.mean(values):.3g} ± {np.std(values) / np.sqrt(len(values)):.1g}"


def main(runs):
    for on_grid in (True, False):
        R = covariance(on_grid)
        print(f"{runs} runs, lines {'on' if on_grid else 'off'} the grid, ", end="")
        print(f"condition number {np.linalg.cond(R):.3g}")
        for count in SAMPLES:
            bound = mo.inference.cramer_rao(SPACES["Toeplitz"], R, count)
            show(R, count, runs, np.sum(bound.parameters.standard_errors**2))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=100)
    main(parser.parse_args().runs)
