"""Existence of the Toeplitz maximum likelihood, and the certificate of convexity.

    OPENBLAS_NUM_THREADS=1 python benchmarks/experiments/existence.py [seeds]

First: the share of fits to white samples that ran to a singular matrix, smallest
eigenvalue below 1e-6 of the mean, by n and m; ``samples_needed`` says from which m on
it must be 0. Second: the share of fits to a real AR(3) process with T < 2 S, where
there is no other maximum, and the share where it is certified to be the global one.
"""

import sys

import numpy as np

import matopt as mo

inf = mo.inference
SINGULAR = 1e-6


def white(count, n, dtype, rng):
    X = rng.standard_normal((count, n))
    return X if dtype is float else X + 1j * rng.standard_normal((count, n))


def share_at_the_boundary(space, count, seeds):
    away = 0
    for seed in range(seeds):
        X = white(count, space.n, space.dtype, np.random.default_rng(seed))
        report = inf.diagnose(inf.fit(X, space))
        away += report.smallest < SINGULAR
    return away / seeds


def autoregression(count, n, rng, burn=200):
    """Independent windows of an AR(3) process."""
    x = rng.standard_normal((count, n + burn))
    for t in range(3, n + burn):
        x[:, t] += 0.6 * x[:, t - 1] - 0.3 * x[:, t - 2] + 0.2 * x[:, t - 3]
    return x[:, burn:]


def certified(n, count, seeds):
    convex = best = 0
    for seed in range(seeds):
        X = autoregression(count, n, np.random.default_rng(seed))
        report = inf.diagnose(inf.fit(X, mo.SymmetricToeplitz(n)))
        convex += report.convex
        best += report.is_global
    return convex / seeds, best / seeds


def main(seeds):
    print(f"Share of {seeds} fits that ran to a singular matrix, in %")
    for family in (mo.HermitianToeplitz, mo.SymmetricToeplitz):
        for n in (8, 16):
            space = family(n)
            needed = inf.samples_needed(space, np.eye(n, dtype=space.dtype))
            counts = [m for m in (1, 2, 3, 4, 6, 7, 8, 9) if m <= n // 2 + 1]
            cells = ", ".join(
                f"m = {m}: {100 * share_at_the_boundary(space, m, seeds):.0f}"
                for m in counts
            )
            print(f"{space!r} (0 from m = {needed}): {cells}")
    print(f"Share of {seeds} fits to AR(3) with T < 2 S (certified global), in %")
    for n, counts in ((4, (8, 20, 56)), (15, (60, 210, 420))):
        cells = ", ".join(
            "m = {}: {:.0f} ({:.0f})".format(
                m, *(100 * share for share in certified(n, m, seeds))
            )
            for m in counts
        )
        print(f"n = {n}: {cells}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
