"""Covariances of samples with heavy tails or outliers."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.utils.validation import validate_data

from matopt.estimators.covariance import CovarianceEstimator
from matopt.estimators.estimated import Estimated
from matopt.estimators.structured_covariance import Family, space_of
from matopt.estimators.sums import check_count, is_number
from matopt.linalg import Array
from matopt.objectives import StudentLikelihood, TylerLikelihood
from matopt.solvers import Solver, Stop
from matopt.spaces import Space


class RobustCovariance(CovarianceEstimator):
    """The scatter of a t distribution, or Tyler's, over any structure.

    ``likelihood="student"``: the scatter A of the multivariate t distribution with
    ``dof`` > 2; ``covariance_`` is its covariance A dof/(dof - 2), and ``score`` its
    log-likelihood. ``likelihood="tyler"``: from the directions of the samples alone,
    whichever elliptical distribution they have; ``covariance_`` has the scale at which
    the median squared Mahalanobis distance is that of a Gaussian, and ``score`` is the
    Gaussian one. ``location_`` is the median of each feature, zero with
    ``assume_centered``; a sample that lies there has no direction and is left out of
    Tyler's. ``structure`` is as in ``StructuredCovariance``.

    Tyler, A Distribution-Free M-Estimator of Multivariate Scatter (1987); Kent and
    Tyler, Redescending M-estimates of Multivariate Location and Scatter (1991).

    >>> import numpy as np, matopt as mo
    >>> X = np.random.default_rng(0).standard_normal((200, 2))
    >>> X[:10] *= 100.0
    >>> model = mo.estimators.RobustCovariance().fit(X)
    >>> bool(np.trace(model.covariance_) < 6 < 700 < np.trace(np.cov(X.T)))
    True
    """

    def __init__(
        self,
        likelihood: str = "student",
        *,
        dof: float = 4.0,
        structure: Family | None = None,
        assume_centered: bool = False,
        solver: Solver | None = None,
        stop: Stop | None = None,
    ) -> None:
        self.likelihood = likelihood
        self.dof = dof
        self.structure = structure
        self.assume_centered = assume_centered
        self.solver = solver
        self.stop = stop

    def fit(self, X: Any, y: Any = None) -> Self:
        """Fit the model to samples; y is ignored."""
        X = validate_data(self, X, dtype=float)
        check_count(len(X), self.assume_centered)
        self._estimated = self._estimate(X)
        return self

    def _estimate(self, X: Array) -> Estimated:
        n = X.shape[1]
        location = np.zeros(n) if self.assume_centered else np.median(X, axis=0)
        space = space_of(self.structure, n)
        if self.likelihood == "student":
            return self._student(X - location, space, location)
        if self.likelihood == "tyler":
            return self._tyler(X - location, space, location)
        raise ValueError(
            f"likelihood must be 'student' or 'tyler', got {self.likelihood!r}"
        )

    def _student(self, X: Array, space: Space, location: Array) -> Estimated:
        if not (is_number(self.dof) and self.dof > 2.0):
            raise ValueError(
                f"dof must be above 2 for a covariance to exist, got {self.dof!r}; "
                "take likelihood='tyler' for heavier tails"
            )
        f = StudentLikelihood(X, self.dof)
        scale = self.dof / (self.dof - 2.0)
        return self._minimized(f, space, location, scale=scale)

    def _tyler(self, X: Array, space: Space, location: Array) -> Estimated:
        from scipy.special import gammaincinv

        X = X[X.any(axis=1)]
        estimated = self._minimized(TylerLikelihood(X), space, location)
        n = len(location)
        median = 2.0 * float(gammaincinv(0.5 * n, 0.5))  # of chi-square
        scale = float(np.median(estimated.distances(X))) / median
        return Estimated(estimated.fit, location, scale=scale)

    @property
    def standard_errors_(self) -> Array:
        """Of the parameters of the scatter, or of the entries of the covariance."""
        if self.likelihood == "tyler":
            raise AttributeError(
                "there are no standard errors of Tyler's estimate, whose likelihood "
                "does not know the scale; take likelihood='student'"
            )
        return super().standard_errors_

    def score(self, X: Any, y: Any = None) -> float:
        """The mean log-likelihood of a sample of X under the model."""
        found = self._now()
        if self.likelihood == "tyler":
            return super().score(X)
        X = validate_data(self, X, reset=False, dtype=float) - found.location
        f = StudentLikelihood(X, self.dof)
        return f.log_likelihood(float(f.at(found.fit.point).value)) / len(X)
