"""Directions of arrival by root-MUSIC on three estimates of the covariance.

    OPENBLAS_NUM_THREADS=1 python benchmarks/experiments/direction_of_arrival.py

A line of sensors half a wavelength apart, uncorrelated sources of equal power in white
noise, K circular snapshots. Squared error of the directions in degrees^2, averaged over
sources and runs, with its standard error; beside it the Cramér-Rao bound for sources
known to be uncorrelated (their directions, powers and the noise are the parameters).
``--runs`` is 100.
"""

import argparse

import numpy as np
from scipy.linalg import toeplitz

import matopt as mo

ANGLES = np.array([-10.0, -5.0, 0.0, 5.0, 10.0])


def steering(angles, sensors):
    return np.exp(1j * np.pi * np.outer(np.arange(sensors), np.sin(np.radians(angles))))


def covariance(angles, sensors, snr):
    A = steering(angles, sensors)
    return 10 ** (snr / 10) * A @ A.conj().T + np.eye(sensors)


def snapshots(R, count, rng):
    Z = rng.standard_normal((count, len(R), 2)) @ [1.0, 1j] / np.sqrt(2.0)
    return Z @ np.linalg.cholesky(R).T


def root_music(R, sources):
    """Barabell (1983): the roots nearest the circle of the sum over noise vectors."""
    noise = np.linalg.eigh(R)[1][:, : len(R) - sources]
    C = noise @ noise.conj().T
    n = len(R)
    coefficients = [np.trace(C, offset=k) for k in range(n - 1, -n, -1)]
    roots = np.roots(coefficients)
    roots = roots[np.abs(roots) < 1.0]
    best = roots[np.argsort(1.0 - np.abs(roots))[:sources]]
    sines = np.clip(np.angle(best) / np.pi, -1.0, 1.0)
    return np.sort(np.degrees(np.arcsin(sines)))


def bound(angles, sensors, snr, count):
    """Mean over sources, in degrees^2: I_kl = K tr(R^-1 dR_k R^-1 dR_l)."""
    R, power = covariance(angles, sensors, snr), 10 ** (snr / 10)
    A = steering(angles, sensors)
    slope = 1j * np.pi * np.arange(sensors)[:, None] * np.cos(np.radians(angles)) * A
    slope = slope * np.pi / 180.0
    changes = [
        power * (np.outer(d, a.conj()) + np.outer(a, d.conj()))
        for a, d in zip(A.T, slope.T, strict=True)
    ]
    changes += [np.outer(a, a.conj()) for a in A.T] + [np.eye(sensors)]
    whitened = np.array([np.linalg.solve(R, D) for D in changes])
    information = count * np.einsum("kij,lji->kl", whitened, whitened).real
    return np.linalg.inv(information).diagonal()[: len(angles)].mean()


def averaged(S):
    """Each diagonal by its mean."""
    return toeplitz([np.trace(S, offset=-k) / (len(S) - k) for k in range(len(S))])


def errors(angles, sensors, snr, count, runs):
    """Squared errors by estimate, (runs,)."""
    R, space = covariance(angles, sensors, snr), mo.HermitianToeplitz(sensors)
    found = {"sample": [], "averaged": [], "toeplitz": []}
    for run in range(runs):
        f = mo.GaussianLikelihood(snapshots(R, count, np.random.default_rng(run)))
        fit = mo.inference.fit(f, space)
        assert abs(mo.inference.diagnose(fit).recomputed - fit.result.fun) < 1e-8
        for name, estimate in (
            ("sample", f.covariance),
            ("averaged", averaged(f.covariance)),
            ("toeplitz", fit.matrix),
        ):
            off = root_music(estimate, len(angles)) - angles
            found[name].append(np.mean(off**2))
    return {name: np.array(values) for name, values in found.items()}


def show(label, angles, sensors, snr, count, runs):
    cells = [f"{label:<24}"]
    for values in errors(angles, sensors, snr, count, runs).values():
        spread = values.std(ddof=1) / np.sqrt(runs)
        cells.append(f"{values.mean():9.2e} ± {spread:7.1e}")
    cells.append(f"{bound(angles, sensors, snr, count):9.2e}")
    print("   ".join(cells), flush=True)


def main(runs):
    print(f"{runs} runs: sample covariance, diagonals averaged, Toeplitz ML, bound")
    for count in (15, 35, 95, 215, 495):
        show(f"K = {count}", ANGLES, 15, 10.0, count, runs)
    for sensors in (10, 20, 30):
        show(f"K = 95, {sensors} sensors", ANGLES, sensors, 10.0, 95, runs)
    for snr in (0.0, 20.0):
        show(f"K = 95, {snr:g} dB", ANGLES, 15, snr, 95, runs)
    for apart in (4.0, 8.0):
        show(f"K = 95, {apart:g} degrees apart", ANGLES / 5 * apart, 15, 10.0, 95, runs)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=100)
    main(parser.parse_args().runs)
