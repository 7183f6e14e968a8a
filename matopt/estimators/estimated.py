"""A fit with what estimators report of it, each computed when first asked for."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from matopt.errors import NotPositiveDefinite
from matopt.inference import Fit, FitReport, Uncertainty, diagnose, uncertainty
from matopt.lazy import lazy
from matopt.linalg import Array, Cholesky
from matopt.solvers import Result, Status

_SUSPICIOUS = 1e6  # condition number from which a fit is looked at more closely


@dataclass(frozen=True, eq=False)
class Estimated:
    """The fit of a model N(location, covariance), or of another elliptical one.

    The covariance is ``scale`` times the fitted matrix, or that is the precision. With
    ``shrinkage`` rho it is a Toeplitz matrix, fitted to (1 - rho) S + rho tr(S)/n I.
    """

    fit: Fit
    location: Array
    is_precision: bool = False
    scale: float = 1.0
    shrinkage: float = 0.0

    @lazy
    def _factor(self) -> Cholesky:
        """Of the fitted matrix."""
        try:
            return Cholesky.of(self.fit.matrix)
        except NotPositiveDefinite as error:
            raise NotPositiveDefinite(
                "the fitted matrix is singular, so that samples have no density and no "
                f"distance: {' '.join(self.report.advice)}"
            ) from error

    @lazy
    def covariance(self) -> Array:
        """The covariance, (n, n)."""
        A = self._factor.inverse if self.is_precision else self.fit.matrix
        return np.array(self.scale * A)

    @lazy
    def precision(self) -> Array:
        """Its inverse; of a fitted precision with its exact zeros."""
        P = self.fit.matrix if self.is_precision else self._factor.inverse
        return np.array(P / self.scale)

    @lazy
    def parameters(self) -> Array:
        """Those of a linear structure; else the coordinates that were minimized in."""
        return np.array(self.fit.point.x)

    @lazy
    def standard_errors(self) -> Array:
        """Of the parameters of a linear structure, else of the covariance's entries.

        By the expected information, or where that is not known by the observed one.
        """
        u = self._uncertainty
        if self.fit.point.space.flat:
            return self._shrunk(u.parameters.standard_errors)
        return self.scale * u.entries().standard_errors

    def _shrunk(self, errors: Array) -> Array:
        """Those of (1 - rho) t + rho mu e_0, from those of efficient estimates t.

        mu = tr(S)/n has the variance 2 |T|^2 / (m n^2), and as an unbiased estimate of
        t_0 the covariance with t_0 that is the variance of t_0: Rao (1973), chapter 5.
        """
        rho = self.shrinkage
        if rho == 0.0:
            return errors
        n, m = len(self.location), self.fit.count
        mu = 2.0 * float(np.sum(self.fit.matrix**2)) / (m * n * n)
        found = (1.0 - rho) * errors
        found[0] = math.sqrt((1.0 - rho * rho) * errors[0] ** 2 + rho * rho * mu)
        return found

    @property
    def _uncertainty(self) -> Uncertainty:
        try:
            try:
                return uncertainty(self.fit)
            except TypeError:  # not of complete Gaussian samples
                return uncertainty(self.fit, "observed")
        except (TypeError, ValueError, NotPositiveDefinite) as error:
            raise AttributeError(
                f"there are no standard errors of this fit: {error}"
            ) from error

    @lazy
    def report(self) -> FitReport:
        """What may be wrong with the fit."""
        return diagnose(self.fit)

    @lazy
    def logdet(self) -> float:
        """ln det of the covariance (57)."""
        logdet = -self._factor.logdet if self.is_precision else self._factor.logdet
        return logdet + len(self.location) * math.log(self.scale)

    def distances(self, X: Array) -> Array:
        """x^T A^-1 x for each row x of X, about the location already."""
        if self.is_precision:
            return np.asarray(np.sum((X @ self.precision) * X, axis=1))
        Z = self._factor.whiten(np.ascontiguousarray(X.T))
        return np.asarray(np.sum(Z * Z, axis=0) / self.scale)

    def warn(self) -> None:
        """Say so if the run did not converge or ended at a singular matrix."""
        result = self.fit.result
        if result.success and np.linalg.cond(result.matrix) < _SUSPICIOUS:
            return
        report = self.report
        if report.boundary or not report.agrees or not is_done(result):
            advice = " ".join(report.advice)
            warnings.warn(advice, ConvergenceWarning, stacklevel=4)


def is_done(result: Result) -> bool:
    """Did the run converge, or come as far as rounding lets it?"""
    return result.success or result.status is Status.STALLED_AT_ROUNDING


def warn_if_unfinished(result: Result) -> None:
    """Say what to do if the run of something that is not a covariance stopped early."""
    if not is_done(result):
        warnings.warn(result.message, ConvergenceWarning, stacklevel=4)
