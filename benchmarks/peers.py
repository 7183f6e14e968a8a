"""Manifold problems against pymanopt and SciPy, in one run.

    pip install 'matopt[bench]'
    OPENBLAS_NUM_THREADS=1 python benchmarks/peers.py

Everybody starts at the same point and stops at a gradient norm of 1e-6, which is
recomputed here. pymanopt gets hand-written derivatives (its numpy backend), its
fastest form. Times are minima of interleaved runs; "f, g, Hv" are the calls of the
user's functions.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pymanopt
import scipy.sparse.linalg
from pymanopt.manifolds import Sphere, SymmetricPositiveDefinite
from pymanopt.optimizers import ConjugateGradient, TrustRegions
from timing import minima

import matopt as mo
from matopt.studies.generators.matrices import positive_definites

TOLERANCE = 1e-6


@dataclass
class Entry:
    """A competitor: what to time, and (calls, gradient norm) of its run."""

    name: str
    run: Callable[[], object]
    report: Callable[[], tuple[str, float]]


def ours(name: str, problem: object, start: np.ndarray, solver: object) -> Entry:
    stop = mo.Stop(gradient_norm=TOLERANCE)

    def run() -> mo.Result:
        return mo.minimize(problem, start, solver=solver, stop=stop)

    def report() -> tuple[str, float]:
        r = run()
        return f"{r.nfev}, {r.njev}, {r.nhev}", r.gradient_norm

    return Entry(name, run, report)


def theirs(
    name: str,
    manifold: object,
    functions: tuple[Callable, Callable, Callable],
    start: np.ndarray,
    optimizer: object,
) -> Entry:
    calls = [0, 0, 0]

    def counted(i: int) -> Callable:
        def function(*arguments: np.ndarray) -> object:
            calls[i] += 1
            return functions[i](*arguments)

        return function

    numpy_backend = pymanopt.function.numpy(manifold)
    problem = pymanopt.Problem(
        manifold,
        numpy_backend(counted(0)),
        euclidean_gradient=numpy_backend(counted(1)),
        euclidean_hessian=numpy_backend(counted(2)),
    )

    def run() -> object:
        return optimizer.run(problem, initial_point=start.copy())

    def report() -> tuple[str, float]:
        calls[:] = [0, 0, 0]
        X = run().point
        counts = ", ".join(map(str, calls))
        gradient = manifold.euclidean_to_riemannian_gradient(X, functions[1](X))
        return counts, manifold.norm(X, gradient)

    return Entry(name, run, report)


def table(title: str, entries: list[Entry], seconds: float) -> None:
    print(title)
    times = minima(*(e.run for e in entries), seconds=seconds)
    for entry, time in zip(entries, times, strict=True):
        counts, norm = entry.report()
        print(
            f"  {entry.name:<32}{1e3 * time:>9.2f} ms {time / times[0]:>7.2f}x"
            f"  f, g, Hv {counts:<16} |gradient| {norm:.0e}"
        )


def optimizers() -> list[tuple[str, object]]:
    quiet = {"verbosity": 0, "min_gradient_norm": TOLERANCE, "max_iterations": 2000}
    return [
        ("pymanopt ConjugateGradient", ConjugateGradient(**quiet)),
        ("pymanopt TrustRegions", TrustRegions(**quiet)),
    ]


def likelihood(n: int) -> None:
    rng = np.random.default_rng(n)
    Q, _ = np.linalg.qr(rng.standard_normal((n, n)))
    S = (Q * np.geomspace(1.0, 1e3, n)) @ Q.T
    S = 0.5 * (S + S.T)
    inverse = np.linalg.inv

    def value(X):
        return np.linalg.slogdet(X)[1] + np.trace(np.linalg.solve(X, S))

    def gradient(X):
        P = inverse(X)
        return P - P @ S @ P

    def hessian(X, V):
        P = inverse(X)
        PV = P @ V @ P
        W = PV @ S @ P
        return -PV + W + W.T

    problem = mo.GaussianLikelihood.from_covariance(S).on(mo.PositiveDefinite(n))
    start, manifold = np.eye(n), SymmetricPositiveDefinite(n)
    entries = [
        ours("matopt TrustRegion", problem, start, mo.TrustRegion()),
        ours("matopt LBFGS", problem, start, mo.LBFGS()),
    ]
    for name, optimizer in optimizers():
        functions = (value, gradient, hessian)
        entries.append(theirs(name, manifold, functions, start, optimizer))
    table(f"Gaussian likelihood, covariance of order {n}, cond 1e3", entries, 3.0)


def karcher(k: int, n: int, condition: float) -> None:
    """Pymanopt with stacked LAPACK calls, and the fixed point L exp(mean log) L^T."""
    A = positive_definites(n, k, condition, 1)

    def seen(X):
        L = np.linalg.cholesky(X)
        half = np.linalg.solve(L, A)
        M = np.linalg.solve(L, half.transpose(0, 2, 1))
        values, Q = np.linalg.eigh(0.5 * (M + M.transpose(0, 2, 1)))
        return L, np.log(values), Q

    def total(X):
        L, logs, Q = seen(X)
        return L, ((Q * logs[:, None, :]) @ Q.transpose(0, 2, 1)).sum(axis=0)

    def value(X):
        return 0.5 * (seen(X)[1] ** 2).sum()

    def gradient(X):
        L, S = total(X)
        half = np.linalg.solve(L.T, S)
        return -np.linalg.solve(L.T, half.T)

    def flow():
        X = A.mean(axis=0)
        for _ in range(200):
            L, S = total(X)
            if np.linalg.norm(S) < TOLERANCE:
                break
            values, Q = np.linalg.eigh(S / k)
            root = L @ (Q * np.exp(0.5 * values))
            X = root @ root.T
        return X

    def left() -> tuple[str, float]:
        return "-", float(np.linalg.norm(total(flow())[1]))

    problem = mo.GeodesicDistance(A).on(mo.PositiveDefinite(n))
    start = A.mean(axis=0)
    entries = [
        ours("matopt TrustRegion", problem, start, mo.TrustRegion()),
        ours("matopt LBFGS", problem, start, mo.LBFGS()),
        Entry("fixed point of Karcher's equation", flow, left),
    ]
    name, optimizer = optimizers()[0]  # without second derivatives
    functions = (value, gradient, None)
    manifold = SymmetricPositiveDefinite(n)
    entries.append(theirs(name, manifold, functions, start, optimizer))
    table(f"Karcher mean of {k} of order {n}, cond {condition:.0e}", entries, 3.0)


def rayleigh(n: int) -> None:
    rng = np.random.default_rng(n)
    G = rng.standard_normal((n, n))
    A = (G + G.T) / np.sqrt(2 * n)
    start = rng.standard_normal(n)
    start /= np.linalg.norm(start)
    problem = mo.RayleighQuotient(A).on(mo.Sphere(n))

    def value(x):
        return x @ (A @ x)

    def gradient(x):
        return 2 * (A @ x)

    def hessian(x, v):
        return 2 * (A @ v)

    entries = [
        ours("matopt TrustRegion", problem, start, mo.TrustRegion()),
        ours("matopt LBFGS", problem, start, mo.LBFGS()),
    ]
    for name, optimizer in optimizers():
        functions = (value, gradient, hessian)
        entries.append(theirs(name, Sphere(n), functions, start, optimizer))

    def eigsh() -> object:
        return scipy.sparse.linalg.eigsh(A, 1, which="SA", v0=start, tol=1e-12)

    def residual() -> tuple[str, float]:
        (value,), x = eigsh()
        return "-", 2 * float(np.linalg.norm(A @ x[:, 0] - value * x[:, 0]))

    entries.append(Entry("SciPy eigsh (ARPACK)", eigsh, residual))
    table(f"Rayleigh quotient, n = {n}", entries, 3.0)


if __name__ == "__main__":
    for n in (20, 50, 100):
        likelihood(n)
    for condition in (1e1, 1e3, 1e5):
        karcher(20, 20, condition)
    for n in (100, 1000):
        rayleigh(n)
