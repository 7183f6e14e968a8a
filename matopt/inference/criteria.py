"""Criteria that weigh the likelihood of a fit against its parameters: less is better.

They compare fits to the same samples, which must be independent: of overlapping windows
of one series the likelihood counts everything many times over.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from matopt.inference.fit import Fit


def aic(fit: Fit) -> float:
    """2 k - 2 ln L, k the number of parameters, those of a mean too. Akaike (1974)."""
    return 2.0 * fit.parameters - 2.0 * fit.log_likelihood


def aicc(fit: Fit) -> float:
    """AIC + 2 k (k + 1)/(N - k - 1), N = m n observed values, 2 m n when complex.

    The correction is exact for a multiple of a known matrix, too small for a covariance
    without structure; +inf where N <= k + 1. Hurvich and Tsai (1989).
    """
    k, values = fit.parameters, _values(fit)
    rest = (values if fit.space.dtype is float else 2 * values) - k - 1
    return aic(fit) + 2.0 * k * (k + 1) / rest if rest > 0 else math.inf


def _values(fit: Fit) -> int:
    """The observed entries of all samples, the values of a series."""
    f: Any = fit.objective
    if hasattr(f, "moments"):
        return int(f.moments.entries)
    return fit.count * int(getattr(f, "features", 1))


def bic(fit: Fit) -> float:
    """k ln m - 2 ln L, m the number of samples. Schwarz (1978)."""
    return fit.parameters * math.log(fit.count) - 2.0 * fit.log_likelihood


def ebic(fit: Fit, gamma: float = 0.5) -> float:
    """BIC + 4 gamma E ln n for a sparse precision with E nonzero pairs i < j.

    gamma = 0 is BIC; 0.5 to 1 where there are many more pairs than samples. The
    parameters are then counted as n diagonal entries and the E pairs, twice the pairs
    when complex, beside those of a mean. Foygel and Drton (2010).
    """
    if not 0.0 <= gamma <= 1.0:
        raise ValueError(f"gamma must be between 0 and 1, got {gamma}; 0.5 is usual")
    if fit.space.factors:
        raise TypeError(f"ebic is of one precision, but {fit.space!r} has several")
    n = len(fit.matrix)
    edges = int(np.count_nonzero(np.triu(fit.matrix, 1)))
    free = (
        n
        + edges * (1 if fit.space.dtype is float else 2)
        + fit.objective.mean_parameters
    )
    price = free * math.log(fit.count) + 4.0 * gamma * edges * math.log(n)
    return price - 2.0 * fit.log_likelihood
