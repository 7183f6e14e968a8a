"""Do all starts of a Toeplitz likelihood lead to one optimum?

    OPENBLAS_NUM_THREADS=1 python benchmarks/experiments/toeplitz_multistart.py [starts]

Real AR(3) and complex array data of order 15, m = n/2, n and 4n samples, 100 random
starts each beside the natural one: how many converged, and to which values.
"""

import sys
from pathlib import Path

import numpy as np

import matopt as mo

sys.path.insert(0, str(Path(__file__).parents[1]))
from toeplitz_fit import STOP, array_signals, autoregressive


def main(starts):
    n = 15
    for name, make, space in (
        ("AR(3)", autoregressive, mo.SymmetricToeplitz(n)),
        ("lines", array_signals, mo.HermitianToeplitz(n)),
    ):
        for m in (n // 2 + 1, n, 4 * n):
            f = mo.GaussianLikelihood(make(n, m, np.random.default_rng(1)))
            runs = mo.inference.multistart(f.on(space), starts + 1, 0, stop=STOP)
            steps = [r.nit for r in runs.results]
            print(f"{name:6}{m:4} steps {np.median(steps):3.0f}, at most {max(steps)}")
            print(runs, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
