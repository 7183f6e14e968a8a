"""Do 95 % intervals hold the truth in 95 % of all samples?"""

import numpy as np
import pytest

from matopt.inference import fit, uncertainty
from matopt.linalg import Cholesky
from matopt.spaces import HermitianToeplitz, SymmetricToeplitz

RUNS = 150


@pytest.mark.parametrize("kind", ["expected", "observed"])
@pytest.mark.parametrize(
    "space", [SymmetricToeplitz(3), HermitianToeplitz(2)], ids=repr
)
def test_coverage(space, kind, rng):
    truth = np.array([1.0, 0.5, 0.2])
    A = space.matrix(truth)
    L, m, n = Cholesky.of(A).L, 120, len(A)
    covered = 0
    for _ in range(RUNS):
        z = rng.standard_normal((m, n))
        if space.dtype is complex:
            z = (z + 1j * rng.standard_normal((m, n))) / np.sqrt(2.0)
        done = fit(z @ L.T, space)
        low, high = uncertainty(done, kind).parameters.intervals().T
        covered += np.sum((low < truth) & (truth < high))
    # the three parameters of a run depend on each other: at worst as one
    share, deviation = covered / (3 * RUNS), np.sqrt(0.95 * 0.05 / RUNS)
    assert abs(share - 0.95) < 3 * deviation
