"""Where the likelihood of a covariance is convex."""

from __future__ import annotations

from numpy.typing import ArrayLike

from matopt.errors import NotPositiveDefinite
from matopt.linalg import Cholesky, as_hermitian
from matopt.objectives.gaussian import GaussianLikelihood


def is_in_convex_region(matrix: ArrayLike, likelihood: GaussianLikelihood) -> bool:
    """Is 0 < A < 2 S, where ln det A + tr(A^-1 S) is convex in A?

    That region is convex, so that on a linear family with its fit inside there is no
    other minimum inside; with 14 samples a feature it holds the truth and the fit with
    high probability. False says nothing: most fits are unique all the same.

    Zwiernik, Uhler and Richards, Maximum Likelihood Estimation for Linear Gaussian
    Covariance Models (JRSS B, 2017).

    >>> import numpy as np, matopt as mo
    >>> f = mo.GaussianLikelihood.from_covariance(np.eye(2))
    >>> [mo.is_in_convex_region(a * np.eye(2), f) for a in (1.9, 2.1)]
    [True, False]
    """
    if not isinstance(likelihood, GaussianLikelihood):
        raise TypeError(
            f"likelihood must be a GaussianLikelihood, got {type(likelihood).__name__}"
        )
    A, n = as_hermitian(matrix, "matrix"), likelihood.features
    if A.shape != (n, n):
        raise ValueError(
            f"matrix must have shape ({n}, {n}) for {n} features, got {A.shape}"
        )
    try:
        for inside in (A, 2.0 * likelihood.covariance - A):
            Cholesky.of(inside)
    except NotPositiveDefinite:
        return False
    return True
