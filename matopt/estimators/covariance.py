"""What all estimators of a covariance share: scikit-learn's interface to a fit."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import validate_data

from matopt.estimators.estimated import Estimated
from matopt.estimators.sums import Sums, check_count, take
from matopt.inference import Fit, FitReport, fit
from matopt.linalg import Array, LagSums, Moments, Scatter
from matopt.objectives import Objective
from matopt.solvers import Result, Solver, Stop
from matopt.spaces import Space


class CovarianceEstimator(BaseEstimator, ABC):  # type: ignore[misc]  # untyped base
    """A Gaussian model of samples: location and covariance, and how they were found.

    ``X`` is (samples, features): an array or a data frame. ``location_`` is the sample
    mean, zero with ``assume_centered``. ``solver`` and ``stop`` are those of
    ``minimize``. A fit that did not converge, or that ran to a singular matrix, is a
    ``ConvergenceWarning`` that says what to do; one whose likelihood has no maximum a
    ``ValueError``. Complex samples are refused, as scikit-learn does everywhere:
    ``matopt.inference.fit(samples, HermitianToeplitz(n))`` takes them.
    """

    assume_centered: bool
    solver: Solver | None
    stop: Stop | None
    n_features_in_: int

    _estimated: Estimated | None = None

    @abstractmethod
    def fit(self, X: Any, y: Any = None) -> Self:
        """Fit the model to samples; y is ignored."""

    def _now(self) -> Estimated:
        """The estimate; NotFittedError before there is one."""
        if self._estimated is None:
            raise NotFittedError(
                f"this {type(self).__name__} is not fitted yet; call fit(X)"
            )
        return self._estimated

    def _minimized(
        self, f: Objective, space: Space, location: Array, **about: Any
    ) -> Estimated:
        """The minimum of f, with a warning if it is none."""
        stop = Stop() if self.stop is None else self.stop
        found = fit(f, space, solver=self.solver, stop=stop)
        estimated = Estimated(found, location, **about)
        estimated.warn()
        return estimated

    # What was found

    @property
    def fit_(self) -> Fit:
        """The fit, which all functions of ``matopt.inference`` take."""
        return self._now().fit

    @property
    def result_(self) -> Result:
        """What ``minimize`` returned: status, value, iterations, history."""
        return self.fit_.result

    @property
    def report_(self) -> FitReport:
        """What ``matopt.inference.diagnose`` says of the fit."""
        return self._now().report

    @property
    def location_(self) -> Array:
        """The location, (features,)."""
        return self._now().location

    @property
    def covariance_(self) -> Array:
        """The covariance, (features, features)."""
        return self._now().covariance

    @property
    def precision_(self) -> Array:
        """The inverse of the covariance."""
        return self._now().precision

    @property
    def parameters_(self) -> Array:
        """The free parameters of a linear structure, else ``result_.x``."""
        return self._now().parameters

    @property
    def standard_errors_(self) -> Array:
        """Of ``parameters_`` of a linear structure, else of what was fitted, by entry.

        For Gaussian samples, independent of each other, and a structure that is true.
        An AttributeError where there are none, as for penalized fits.
        """
        return self._now().standard_errors

    # What scikit-learn's covariance estimators offer

    def get_precision(self) -> Array:
        """``precision_``."""
        return self.precision_

    def score(self, X: Any, y: Any = None) -> float:
        """The mean log-likelihood of a sample of X under the model."""
        found = self._now()
        sums = self._sums(X)
        R = np.ascontiguousarray(sums.about_mean.root.T)
        off = np.atleast_1d(sums.mean) - found.location
        n = len(found.location)
        power = float(found.distances(R).sum() + found.distances(off[None])[0])
        return -0.5 * (n * math.log(2.0 * math.pi) + found.logdet + power)

    def mahalanobis(self, X: ArrayLike) -> Array:
        """The squared Mahalanobis distance of each sample."""
        found = self._now()
        X = validate_data(self, X, reset=False, dtype=float)
        return found.distances(X - found.location)

    def error_norm(
        self,
        comp_cov: ArrayLike,
        norm: str = "frobenius",
        scaling: bool = True,
        squared: bool = True,
    ) -> float:
        """|comp_cov - covariance_|^2 / n, "frobenius" or "spectral", or its root."""
        orders = {"frobenius": "fro", "spectral": 2}
        if norm not in orders:
            raise ValueError(f"norm must be 'frobenius' or 'spectral', got {norm!r}")
        error = np.asarray(comp_cov, dtype=float) - self.covariance_
        size = float(np.linalg.norm(error, orders[norm])) ** 2  # type: ignore[call-overload]  # a literal each
        size = size / len(error) if scaling else size
        return size if squared else math.sqrt(size)

    def _sums(self, X: Any) -> Moments | LagSums:
        """The sums of samples that are not for fitting."""
        sums = take(self, X, Moments(), reset=False)
        assert isinstance(sums, Moments | LagSums)
        return sums

    def __sklearn_is_fitted__(self) -> bool:
        return self._estimated is not None


class MomentCovariance(CovarianceEstimator):
    """An estimator that needs of the samples their mean and scatter alone.

    ``fit`` takes also data that need not fit into memory: a memory map, an iterator of
    chunks, a dask array; or their ``Moments`` or ``LagSums``. ``partial_fit`` takes one
    chunk after the other; the model is fitted when something of it is first asked for.
    """

    _kept: Sums | None = None

    def fit(self, X: Any, y: Any = None) -> Self:
        """Fit the model to samples; y is ignored."""
        self._kept = None
        self.partial_fit(X)
        self._now()
        return self

    def partial_fit(self, X: Any, y: Any = None) -> Self:
        """Take in more samples; y is ignored."""
        first = self._kept is None
        self._kept = take(self, X, self._kept or self._empty(), reset=first)
        self._estimated = None
        return self

    def _now(self) -> Estimated:
        if self._estimated is None and self._kept is not None:
            check_count(self._kept.count, self.assume_centered)
            self._estimated = self._estimate(self._kept)
        return super()._now()

    @abstractmethod
    def _estimate(self, sums: Any) -> Estimated:
        """The estimate from the sums over samples."""

    def _empty(self) -> Sums:
        """Sums over no samples yet."""
        return Moments()

    def _location(self, sums: Moments | LagSums) -> Array:
        mean = 0.0 if self.assume_centered else sums.mean
        return np.full(self.n_features_in_, mean)

    def _scatter(self, sums: Moments | LagSums) -> Scatter:
        return sums.about_zero if self.assume_centered else sums.about_mean

    def __sklearn_is_fitted__(self) -> bool:
        return self._kept is not None
