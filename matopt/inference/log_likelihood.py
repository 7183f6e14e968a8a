"""The log-likelihood of the data, from the value of the objective that is minimized.

A likelihood objective is an affine function of it, in units that do not grow with the
number of samples; statistics need it whole, with its constants.
"""

from __future__ import annotations

from matopt.objectives import (
    GaussianLikelihood,
    GaussianPrecisionLikelihood,
    Objective,
)

Gaussian = GaussianLikelihood | GaussianPrecisionLikelihood


def log_likelihood(f: Objective, value: float) -> float:
    """The logarithm of the density of all samples where f has this value.

    It is what the objective says in ``log_likelihood(value)``; a TypeError if nothing.
    """
    own = getattr(f, "log_likelihood", None)
    if own is None:
        raise _no_likelihood(f)
    return float(own(value))


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
    raise _no_likelihood(f)


def _no_likelihood(f: Objective) -> TypeError:
    return TypeError(
        f"the objective must be a Gaussian likelihood, got {f!r}; a penalty or a sum "
        "has no likelihood of the data: leave it out of the objective"
    )
