"""Square roots of positive semidefinite matrices."""

import numpy as np

from matopt.errors import NotPositiveDefinite
from matopt.linalg.arrays import Array
from matopt.linalg.factor import Cholesky

_NEGATIVE = 1e-10  # what an eigenvalue of rounding size may be, of the largest


def semidefinite_root(S: Array, name: str) -> Array:
    """R with R R^H = S: the Cholesky factor, or from eigenvalues when S is singular."""
    try:
        return Cholesky.of(S).L
    except NotPositiveDefinite:
        values, Q = np.linalg.eigh(S)
        if values[0] < -_NEGATIVE * max(abs(values[0]), abs(values[-1])):
            raise NotPositiveDefinite(
                f"{name} must be positive semidefinite, its smallest eigenvalue is "
                f"{values[0]:.3g}"
            ) from None
        kept = values > 0
        R: Array = Q[:, kept] * np.sqrt(values[kept])
        return R
