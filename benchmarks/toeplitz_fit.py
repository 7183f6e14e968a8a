"""Whole fits of Toeplitz covariances, against NML, in the same run.

    OPENBLAS_NUM_THREADS=1 python benchmarks/toeplitz_fit.py [--nml PYTHON] [--most N]

``--nml`` is the interpreter of an environment with nml-toeplitz, compiled by clang (by
gcc it is wrong for complex data). Timed is the whole of
``minimize(GaussianLikelihood(X).on(space), stop=Stop(gradient_norm=1e-8))``, and of
``NMLSolver(n).solve(Z)``; the least of several runs that take turns. ``excess`` is our
value less NML's at its matrix, both by one dense Cholesky factorization. ``LBFGS`` is
the time of LBFGS on reflection coefficients, ``PositiveDefiniteToeplitz``, from the
same start, to the gentler gradient norm 1e-6 of that space.

Then 50 data sets of order 15 and 10 of order 64, drawn anew: all in one call of
``inference.fit_each``, one by one by ``minimize`` as above, and one by one by NML.
``ratio`` is NML's time over that of the one call.
"""

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy.linalg import cho_factor, cho_solve, toeplitz
from scipy.signal import lfilter

import matopt as mo

STOP = mo.Stop(gradient_norm=1e-8)

PEER = """
import json, sys, time
import numpy as np
from nml import NMLSolver

for line in sys.stdin:
    path, repeats = line.split()
    sets = [X.T.astype(complex) for X in np.load(path)]
    seconds = []
    for _ in range(int(repeats)):
        began = time.perf_counter()
        for Z in sets:
            found = NMLSolver(len(Z)).solve(Z)
        seconds.append(time.perf_counter() - began)
    seconds = min(seconds)
    t = np.array(found["x"], complex)
    t[0] *= 2.0
    t[1:] -= 1j * np.array(found["y"])  # it has the first row
    answer = dict(seconds=seconds, nit=int(found["iter"]))
    answer |= dict(real=t.real.tolist(), imag=t.imag.tolist())
    print(json.dumps(answer), flush=True)
"""


def autoregressive(n, m, rng):
    """m windows of n values of an AR(3)."""
    noise = rng.standard_normal((m, n + 500))
    return lfilter([1.0], [1.0, -1.2, 0.8, -0.3], noise, axis=1)[:, 500:]


def array_signals(n, m, rng):
    """m snapshots of n sensors: five sources at -10, ..., 10 degrees, 10 dB."""
    angles = np.deg2rad([-10.0, -5.0, 0.0, 5.0, 10.0])
    A = np.exp(1j * np.pi * np.arange(n)[:, None] * np.sin(angles))

    def circular(*shape):
        z = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
        return z / np.sqrt(2.0)

    return (A @ (np.sqrt(10.0) * circular(5, m)) + circular(n, m)).T


def objective(t, X):
    """ln det T + tr(T^-1 S), densely."""
    factor = cho_factor(toeplitz(t), lower=True)
    logdet = 2.0 * np.log(np.diagonal(factor[0]).real).sum()
    return logdet + np.vdot(X.T, cho_solve(factor, X.T)).real / len(X)


def reflected(X):
    """Seconds of LBFGS on reflection coefficients; infinite if it failed."""
    dtype = complex if np.iscomplexobj(X) else float
    began = time.perf_counter()
    problem = mo.GaussianLikelihood(X).on(
        mo.PositiveDefiniteToeplitz(X.shape[1], dtype)
    )
    result = mo.minimize(problem, solver=mo.LBFGS(), stop=mo.Stop(max_iterations=3000))
    return time.perf_counter() - began if result.success else np.inf


class Peer:
    """NML in a process of its own."""

    def __init__(self, python):
        self.folder = tempfile.TemporaryDirectory()
        self.process = subprocess.Popen(
            [python, "-c", PEER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, X, repeats):
        """The least seconds for all data sets X (k, m, n), steps and t of the last."""
        path = Path(self.folder.name) / "X.npy"
        np.save(path, X)
        self.process.stdin.write(f"{path} {repeats}\n")
        self.process.stdin.flush()
        found = json.loads(self.process.stdout.readline())
        t = np.array(found["real"]) + 1j * np.array(found["imag"])
        return found["seconds"], found["nit"], t


def ours(X, repeats):
    space = mo.HermitianToeplitz if np.iscomplexobj(X) else mo.SymmetricToeplitz
    seconds = []
    for _ in range(repeats):
        began = time.perf_counter()
        space_of_X = space(X.shape[1])
        result = mo.minimize(mo.GaussianLikelihood(X).on(space_of_X), stop=STOP)
        seconds.append(time.perf_counter() - began)
    return min(seconds), result


def compare(name, make, n, m, peer, seconds):
    """One line of the table."""
    X = make(n, m, np.random.default_rng(0))
    repeats = 40 if n <= 64 else 1
    ours(X, repeats)
    first = reflected(X)
    least, other, end = np.inf, np.inf, time.perf_counter() + seconds
    while True:
        first = min(first, reflected(X))
        spent, result = ours(X, repeats)
        least = min(least, spent)
        if peer is not None:
            spent, nit, t = peer(X[None], repeats)
            other = min(other, spent)
        if time.perf_counter() > end:
            break
    line = (
        f"{name:6}{n:6}{m:6}{1e3 * least:10.3f}{result.nit:5}"
        f"{result.gradient_norm:9.0e}  {result.status!s:16}{first / least:6.1f}"
    )
    if peer is not None:
        excess = objective(result.matrix[:, 0], X) - objective(t, X)
        line += f"{1e3 * other:11.3f}{nit:5}{other / least:8.1f}{excess:10.1e}"
    print(f"{line}  {result.detail}", flush=True)


def compare_each(name, make, n, m, peer, seconds):
    """One line of the table of many data sets."""
    k = 50 if n < 64 else 10
    X = np.array([make(n, m, np.random.default_rng(seed)) for seed in range(k)])
    space = (mo.HermitianToeplitz if np.iscomplexobj(X) else mo.SymmetricToeplitz)(n)

    def together():
        return mo.inference.fit_each(X, space, stop=STOP)

    def one_by_one():
        for x in X:
            mo.minimize(mo.GaussianLikelihood(x).on(space), stop=STOP)

    fits = together()
    least, single, other = np.inf, np.inf, np.inf
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        least = min(least, timed(together))
        single = min(single, timed(one_by_one))
        if peer is not None:
            other = min(other, peer(X, 1)[0])
    line = f"{name:6}{n:6}{m:6}{k:6}{fits.success.sum():6}{np.median(fits.nit):6.0f}"
    line += f"{1e6 * least / k:11.1f}{1e6 * single / k:10.1f}"
    if peer is not None:
        line += f"{1e6 * other / k:10.1f}{other / least:8.1f}"
    print(line, flush=True)


def timed(function):
    """Seconds of one call."""
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nml", help="python with nml-toeplitz")
    parser.add_argument("--most", type=int, default=1024, help="largest order")
    parser.add_argument("--lines", type=int, default=256, help="largest of sources")
    parser.add_argument("--seconds", type=float, default=1.0, help="for each line")
    options = parser.parse_args()
    peer = Peer(options.nml) if options.nml else None
    print(
        "data       n     m   ours ms  nit    |g|  status"
        "           LBFGS     NML ms  nit   ratio    excess"
    )
    data = (
        ("AR(3)", autoregressive, options.most),
        ("lines", array_signals, options.lines),
    )
    for name, make, most in data:
        for n in (15, 64, 256, 1024):
            for m in (n // 2, n, 4 * n):
                if n <= most:
                    compare(name, make, n, m, peer, options.seconds)
    print("\nmany data sets, us a set")
    print("data       n     m     k  conv.  nit   together    single       NML   ratio")
    for name, make, most in data:
        for n in (15, 64):
            for m in (n // 2, n, 4 * n):
                if n <= most:
                    compare_each(name, make, n, m, peer, options.seconds)


if __name__ == "__main__":
    main()
