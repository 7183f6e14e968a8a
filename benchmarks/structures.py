"""Value and gradient, and a Hessian product, of likelihoods over the dense path.

    OPENBLAS_NUM_THREADS=1 python benchmarks/structures.py

The dense path is the plain point of the same structure; least of seven. The largest
relative difference of the two gradients is printed beside.
"""

import time

import numpy as np

import matopt as mo
from matopt.linalg import Scatter
from matopt.spaces.structure import StructurePoint


def least(make, scatter, v):
    """Seconds for value and gradient, for a Hessian product, and the gradient."""
    best = [np.inf, np.inf]
    for _ in range(7):
        start = time.perf_counter()
        term = make().gaussian(scatter)
        _, g = term.value, term.gradient
        middle = time.perf_counter()
        term.hessp(v)
        end = time.perf_counter()
        best = [min(best[0], middle - start), min(best[1], end - middle)]
    return *best, g


def compare(space, samples, rng):
    x = space.start()
    x[1:] += 1e-3 * rng.standard_normal(len(x) - 1)  # off the identity, well inside
    scatter = Scatter(rng.standard_normal((samples, space.shape[0])))
    _ = scatter.root
    v = rng.standard_normal(space.size)
    *dense, G = least(lambda: StructurePoint(space, x), scatter, v)
    *fast, g = least(lambda: space.point(x), scatter, v)
    off = np.max(np.abs(g - G)) / np.max(np.abs(G))
    print(
        f"{space!r:36} m = {samples:4}  f + g {dense[0] / fast[0]:6.1f}  "
        f"Hv {dense[1] / fast[1]:6.1f}  off {off:.0e}"
    )


def main():
    rng = np.random.default_rng(0)
    for n, width in ((128, 2), (300, 3), (1000, 5), (1000, 50)):
        compare(mo.Banded(n, width, symmetric=True), 50, rng)
    for blocks, order in ((128, 4), (256, 4), (64, 16)):
        for samples in (1, 32, 128):
            compare(mo.BlockToeplitz(blocks, order), samples, rng)
    for samples in (1, 50):
        compare(mo.SymmetricCirculant(1000), samples, rng)
        compare(mo.CompoundSymmetry(1000), samples, rng)


if __name__ == "__main__":
    main()
