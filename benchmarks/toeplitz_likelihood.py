"""The Toeplitz likelihood against dense Cholesky, torch and JAX, and its scaling.

    python benchmarks/toeplitz_likelihood.py [--threads N] [--peers PYTHON] [n ...]
    python benchmarks/toeplitz_likelihood.py --scaling

Value and gradient by the n lags of an AR(3) covariance after one set-up, ours through
``f.on(space).at(x)``. Peers get S (or the one snapshot) and index arrays ready; torch
and JAX differentiate a Cholesky factorization, JAX compiled. Each runs in a process of
its own, for their thread pools disturb each other, with the interpreter that
``--peers`` names: torch, jax, numpy and scipy are all it needs. A peer that is not
there is left out. Times are minima of repeated calls.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

Evaluate = Callable[[], tuple[float, np.ndarray]]
METHODS = ["matopt", "dense", "torch", "jax"]
ORDERS = [15, 64, 256, 1024, 4096]


def lags(n: int) -> np.ndarray:
    """The autocovariances of an AR(3) process."""
    a = np.poly([0.9 * np.exp(0.6j), 0.9 * np.exp(-0.6j), 0.5]).real
    impulse = np.zeros(n + 400)
    impulse[0] = 1.0
    for s in range(1, len(impulse)):
        impulse[s] = -sum(a[j] * impulse[s - j] for j in range(1, min(s, 3) + 1))
    return np.array([impulse[k:] @ impulse[: len(impulse) - k] for k in range(n)])


def samples(n: int, m: int) -> np.ndarray:
    """Moving averages of noise: spectra unlike the model's, but S well scaled."""
    noise = np.random.default_rng(0).standard_normal((m, n + 2))
    return noise[:, 2:] + 0.9 * noise[:, 1:-1] + 0.4 * noise[:, :-2]


def best(function: Callable[[], object], seconds: float) -> float:
    function()
    least, end = float("inf"), time.perf_counter() + seconds
    while True:
        began = time.perf_counter()
        function()
        least = min(least, time.perf_counter() - began)
        if time.perf_counter() > end:
            return least


# One method in this process


def ours(n: int, m: int) -> tuple[Evaluate, dict[str, float]]:
    import matopt as mo

    t = lags(n)
    problem = mo.GaussianLikelihood(samples(n, m)).on(mo.SymmetricToeplitz(n))

    def evaluate() -> tuple[float, np.ndarray]:
        e = problem.at(t)
        return e.value, e.gradient

    evaluate()
    e, v = problem.at(t), np.random.default_rng(1).standard_normal(n)
    e.hessp(v)
    return evaluate, {
        "hessp": best(lambda: e.hessp(v), 0.3),
        "fisher": best(lambda: e.point.logdet_hessp(v), 0.3),
    }


def dense(n: int, m: int) -> Evaluate:
    from scipy.linalg import blas, lapack

    t, X = lags(n), samples(n, m)
    index = np.abs(np.arange(n)[:, None] - np.arange(n))
    flat, S = index.ravel(), np.asfortranarray(X.T @ X / m)

    def evaluate() -> tuple[float, np.ndarray]:
        L = lapack.dpotrf(t[index], lower=1, overwrite_a=1)[0]
        logdet = 2.0 * np.log(L.diagonal()).sum()
        if m == 1:
            z = lapack.dpotrs(L, X[0], lower=1)[0]
            K, value = lapack.dpotri(L, lower=1)[0], logdet + X[0] @ z
            W = np.outer(z, z)
        else:
            K = lapack.dpotri(L, lower=1)[0]
            KS = blas.dsymm(1.0, K, S, lower=1)
            value = logdet + KS.trace()
            W = blas.dsymm(1.0, K, KS, lower=1, side=1)
        K = np.tril(K)
        K = K + K.T
        K.flat[:: n + 1] *= 0.5
        return value, np.bincount(flat, (K - W).ravel())

    return evaluate


def torch(n: int, m: int) -> Evaluate:
    import torch

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    t, X = lags(n), samples(n, m)
    index = torch.tensor(np.abs(np.arange(n)[:, None] - np.arange(n)))
    S, x = torch.tensor(X.T @ X / m), torch.tensor(X[0, :, None])

    def evaluate() -> tuple[float, np.ndarray]:
        p = torch.tensor(t, requires_grad=True)
        L = torch.linalg.cholesky(p[index])
        if m == 1:
            z = torch.linalg.solve_triangular(L, x, upper=False)
            quadratic = (z * z).sum()
        else:
            quadratic = torch.cholesky_solve(S, L).diagonal().sum()
        value = 2.0 * L.diagonal().log().sum() + quadratic
        value.backward()
        return value.item(), p.grad.numpy()

    return evaluate


def jax(n: int, m: int) -> Evaluate:
    import jax
    import jax.numpy as jnp
    from jax.scipy.linalg import cho_solve, solve_triangular

    jax.config.update("jax_enable_x64", True)
    t, X = lags(n), samples(n, m)
    index = jnp.array(np.abs(np.arange(n)[:, None] - np.arange(n)))
    S, x = jnp.array(X.T @ X / m), jnp.array(X[0])

    def likelihood(p: object) -> object:
        L = jnp.linalg.cholesky(p[index])
        if m == 1:
            z = solve_triangular(L, x, lower=True)
            quadratic = z @ z
        else:
            quadratic = jnp.trace(cho_solve((L, True), S))
        return 2.0 * jnp.log(jnp.diagonal(L)).sum() + quadratic

    compiled = jax.jit(jax.value_and_grad(likelihood))

    def evaluate() -> tuple[float, np.ndarray]:
        value, gradient = jax.block_until_ready(compiled(t))
        return float(value), np.asarray(gradient)

    return evaluate


def run(method: str, n: int, m: int) -> None:
    extra: dict[str, float] = {}
    if method == "matopt":
        evaluate, extra = ours(n, m)
    else:
        evaluate = {"dense": dense, "torch": torch, "jax": jax}[method](n, m)
    value, gradient = evaluate()
    seconds = best(evaluate, 1.5)
    found = {"value": value, "gradient": gradient.tolist(), "seconds": seconds}
    print(json.dumps(found | extra))


# All of them


def measure(method: str, n: int, m: int, threads: int, python: str) -> dict | None:
    count = str(threads)
    environment = os.environ | {
        "OMP_NUM_THREADS": count,
        "OPENBLAS_NUM_THREADS": count,
        "MKL_NUM_THREADS": count,
    }
    if threads == 1:
        environment["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    command = [python, __file__, "--method", method, str(n), str(m)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        print(f"  {method} left out: {done.stderr.strip().splitlines()[-1]}")
        return None
    return json.loads(done.stdout.splitlines()[-1])


def table(orders: list[int], threads: int, python: str) -> None:
    print(f"value and gradient, {threads} thread(s); ratio: the best peer over ours")
    print(f"{'n':>5}{'m':>6}{'ours us':>10}", end="")
    print("".join(f"{method + ' us':>12}" for method in METHODS[1:]), end="")
    print(f"{'ratio':>8}{'Hv us':>9}{'Fisher v':>9}{'value off':>11}{'gradient':>10}")
    for n in orders:
        for m in (1, n, 4 * n) if n < 4096 else (1, n):
            row(n, m, threads, python)


def row(n: int, m: int, threads: int, python: str) -> None:
    own = measure("matopt", n, m, threads, sys.executable)
    assert own is not None
    peers = [measure(method, n, m, threads, python) for method in METHODS[1:]]
    there = [peer for peer in peers if peer]
    value, gradient = own["value"], np.array(own["gradient"])
    off = [abs(p["value"] / value - 1) for p in there]
    scale = np.abs(gradient).max()
    turned = [np.abs(np.array(p["gradient"]) - gradient).max() / scale for p in there]
    least = min(p["seconds"] for p in there)
    times = "".join(
        f"{1e6 * p['seconds']:>12.1f}" if p else f"{'-':>12}" for p in peers
    )
    print(
        f"{n:>5}{m:>6}{1e6 * own['seconds']:>10.1f}{times}"
        f"{least / own['seconds']:>8.1f}"
        f"{1e6 * own['hessp']:>9.0f}{1e6 * own['fisher']:>9.0f}"
        f"{max(off):>11.0e}{max(turned):>10.0e}",
        flush=True,
    )


def scaling() -> None:
    """One snapshot at large orders: time, and memory beyond the data."""
    import tracemalloc

    import matopt as mo

    print(
        f"{'n':>7}{'set-up ms':>11}{'f+g ms':>9}{'Hv ms':>8}{'peak, vectors of n':>20}"
    )
    for n in (1024, 4096, 16384, 65536):
        X, t = samples(n, 1), np.zeros(n)
        t[:512] = lags(512)
        began = time.perf_counter()
        problem = mo.GaussianLikelihood(X).on(mo.SymmetricToeplitz(n))
        ready = time.perf_counter() - began
        e = problem.at(t)
        assert e.gradient_norm > 0 and e.value < np.inf

        def evaluate(problem: object = problem, t: np.ndarray = t) -> object:
            e = problem.at(t)
            return e.value, e.gradient

        seconds = best(evaluate, 1.0)
        product = best(lambda e=e, t=t: e.hessp(t), 0.5)
        tracemalloc.start()
        evaluate()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        print(
            f"{n:>7}{1e3 * ready:>11.2f}{1e3 * seconds:>9.2f}{1e3 * product:>8.2f}"
            f"{peak / (8 * n):>20.1f}",
            flush=True,
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("numbers", type=int, nargs="*")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--peers", default=sys.executable)
    parser.add_argument("--method", choices=METHODS)
    parser.add_argument("--scaling", action="store_true")
    chosen = parser.parse_args()
    if chosen.method:
        run(chosen.method, *chosen.numbers)
    elif chosen.scaling:
        scaling()
    else:
        table(chosen.numbers or ORDERS, chosen.threads, chosen.peers)
