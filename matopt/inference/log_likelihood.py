"""The log-likelihood of the data, from the value of the objective that is minimized.

A likelihood objective is an affine function of it, in units that do not grow with the
number of samples; statistics need it whole, with its constants.
"""

from __future__ import annotations

import math

from matopt.objectives import (
    GaussianLikelihood,
    GaussianPrecisionLikelihood,
    Objective,
)

Gaussian = GaussianLikelihood | GaussianPrecisionLikelihood


def log_likelihood(f: Objective, value: float) -> float:
    """-m/2 (n ln 2 pi + f) of m real Gaussian samples, -m (n ln pi + f) of complex.

    An objective that knows better says so in ``log_likelihood(value)``.
    """
    own = getattr(f, "log_likelihood", None)
    if own is not None:
        return float(own(value))
    f = gaussian(f)
    if f.scatter.given.dtype.kind == "c":
        return -f.count * (f.features * math.log(math.pi) + value)
    return -0.5 * f.count * (f.features * math.log(2.0 * math.pi) + value)


def weight(f: Objective) -> float:
    """How fast the log-likelihood falls with the value: m/2, or m when complex."""
    return log_likelihood(f, 0.0) - log_likelihood(f, 1.0)


def gaussian(f: Objective) -> Gaussian:
    """f, if it is a Gaussian likelihood; else a TypeError."""
    if isinstance(f, GaussianLikelihood | GaussianPrecisionLikelihood):
        return f
    if hasattr(f, "log_likelihood"):
        raise TypeError(
            f"the objective must be a Gaussian likelihood of complete samples, got "
            f'{f!r}; for standard errors take information="observed"'
        )
    raise TypeError(
        f"the objective must be a Gaussian likelihood, got {f!r}; a penalty or a sum "
        "has no likelihood of the data: leave it out of the objective"
    )
