"""Adaptive filters against padasip, pydaptivefiltering and a compiled C loop.

    OPENBLAS_NUM_THREADS=1 python benchmarks/adaptive_filters.py [seconds a row]

Thousands of samples a second and the ratio to each peer, from interleaved minima, one
thread. A C compiler is used where there is one (gcc -O3 -march=native).
"""

import ctypes
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import padasip
import pydaptivefiltering
from timing import minima

from matopt import filters

LENGTHS = (8, 32, 128, 512)

C_LOOP = """
void lms(double *restrict w, const double *restrict x, const double *restrict d,
         long n, long m, double step, double *restrict y, double *restrict e)
{
    for (long i = 0; i < n; i++) {
        double a = 0.0;
        const double *u = x + i;
        for (long j = 0; j < m; j++) a += w[j] * u[j];
        y[i] = a;
        e[i] = d[i] - a;
        double g = step * e[i];
        for (long j = 0; j < m; j++) w[j] += g * u[j];
    }
}
"""


def compiled(*flags: str) -> Callable[..., None]:
    """The textbook loop, which like ours is given a series with its past."""
    folder = Path(tempfile.mkdtemp())
    (folder / "lms.c").write_text(C_LOOP)
    command = ["gcc", "-O3", "-march=native", *flags, "-shared", "-fPIC"]
    subprocess.run([*command, "-o", folder / "lms.so", folder / "lms.c"], check=True)
    lms = ctypes.CDLL(str(folder / "lms.so")).lms
    array, whole = np.ctypeslib.ndpointer(float, flags="C"), ctypes.c_long
    lms.argtypes = [array] * 3 + [whole] * 2 + [ctypes.c_double] + [array] * 2

    def run(x: np.ndarray, d: np.ndarray, length: int, step: float) -> None:
        padded = np.concatenate([np.zeros(length - 1), x])
        y, e = np.empty_like(d), np.empty_like(d)
        lms(np.zeros(length), padded, d, len(d), length, step, y, e)

    return run


def row(name: str, length: int, seconds: float, *calls: tuple[int, Callable]) -> None:
    """Print the rate of the first call and its ratio to the rates of the others."""
    times = minima(*(call for _, call in calls), seconds=seconds)
    rates = [n / t for (n, _), t in zip(calls, times, strict=True)]
    ratios = "".join(f"{rates[0] / rate:9.2f}" for rate in rates[1:])
    print(f"{name:<14}{length:>5}{rates[0] / 1e3:>12.0f}{ratios}", flush=True)


def real(seconds: float, rng: np.random.Generator) -> None:
    loops = [compiled(), compiled("-ffast-math")]
    print("real            L   ksamples/s  padasip  C loop  C -ffast-math")
    for L in LENGTHS:
        n = 50_000
        x, d = rng.standard_normal((2, n))
        past = np.concatenate([np.zeros(L - 1), x])
        rows = padasip.preprocess.input_from_history(past, L)
        step = 1e-3 / L
        for ours, theirs in (
            (filters.LMS(L, step), padasip.filters.FilterLMS(L, mu=step, w="zeros")),
            (filters.NLMS(L, 0.1), padasip.filters.FilterNLMS(L, mu=0.1, w="zeros")),
        ):
            row(
                type(ours).__name__,
                L,
                seconds,
                (n, lambda f=ours: f.run(x, d)),
                (n, lambda f=theirs: f.run(d, rows)),
                *((n, lambda f=f: f(x, d, L, step)) for f in loops),
            )


def complex_(seconds: float, rng: np.random.Generator) -> None:
    print("complex         L   ksamples/s  pydaptivefiltering")
    for L in LENGTHS:
        n = 50_000
        x, d = rng.standard_normal((2, n)) + 1j * rng.standard_normal((2, n))
        step = 1e-3 / L
        row(
            "LMS",
            L,
            seconds,
            (n, lambda: filters.LMS(L, step).run(x, d)),
            (
                n,
                lambda: pydaptivefiltering.LMS(
                    filter_order=L - 1, step_size=step
                ).optimize(x, d),
            ),
        )


def recursive(seconds: float, rng: np.random.Generator) -> None:
    print("RLS             L   ksamples/s  padasip")
    for L in LENGTHS:
        n = max(2000, 400_000 // L)
        short = n if L < 512 else 100  # a run of theirs would take half a minute
        x, d = rng.standard_normal((2, n))
        past = np.concatenate([np.zeros(L - 1), x[:short]])
        rows = padasip.preprocess.input_from_history(past, L)
        theirs = padasip.filters.FilterRLS(L, mu=0.99, w="zeros")
        peer = (short, lambda: theirs.run(d[:short], rows))
        for f in (filters.RLS(L), filters.QRRLS(L)):
            row(type(f).__name__, L, seconds, (n, lambda f=f: f.run(x, d)), peer)


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
    rng = np.random.default_rng(0)
    for part in (real, complex_, recursive):
        part(seconds, rng)


if __name__ == "__main__":
    main()
