"""Least squares with weights, of the samples or between them."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, MultiOutputMixin, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from matopt.errors import NotPositiveDefinite
from matopt.estimators.estimated import warn_if_unfinished
from matopt.linalg import Array, Cholesky, as_array, as_hermitian
from matopt.objectives import WeightedLeastSquares
from matopt.solvers import Result, Solver, Stop, minimize
from matopt.spaces import Dense


class WeightedRegression(
    MultiOutputMixin,  # type: ignore[misc]  # untyped, as all of scikit-learn
    RegressorMixin,  # type: ignore[misc]
    BaseEstimator,  # type: ignore[misc]
):
    """(y - X b)^T W (y - X b) least, (84): weighted and generalized least squares.

    W are the ``sample_weight`` of ``fit``, one a sample, or a matrix between samples:
    the inverse of the covariance of their errors, up to a multiple. ``coef_``,
    ``intercept_`` and ``standard_errors_`` of ``coef_``, by the residuals' variance
    with W; ``result_.fun`` is the weighted share of y that is not explained.

    Aitken, On Least Squares and Linear Combination of Observations (1935).

    >>> import numpy as np, matopt as mo
    >>> X, y = np.array([[0.0], [1.0], [2.0]]), np.array([0.0, 1.0, 9.0])
    >>> model = mo.estimators.WeightedRegression().fit(X, y, sample_weight=[1, 1, 0])
    >>> model.predict([[5.0]]).round(6)
    array([5.])
    """

    coef_: Array
    result_: Result

    def __init__(
        self,
        *,
        fit_intercept: bool = True,
        solver: Solver | None = None,
        stop: Stop | None = None,
    ) -> None:
        self.fit_intercept = fit_intercept
        self.solver = solver
        self.stop = stop

    def fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Fit to X (samples, features) and y (samples,) or (samples, targets)."""
        D, t = validate_data(self, X, y, dtype=float, multi_output=True, y_numeric=True)
        t = np.asarray(t, dtype=float)
        weights = _weights(sample_weight, len(D))
        each = np.ones(len(D)) if weights is None or weights.ndim == 2 else weights
        k = D.shape[1]
        d_mean, t_mean = np.zeros(k), np.zeros(t.shape[1:])
        if self.fit_intercept:  # about the means it costs no digits
            d_mean = np.average(D, axis=0, weights=each)
            t_mean = np.average(t, axis=0, weights=each)
            D = np.column_stack([D - d_mean, np.ones(len(D))])
        lengths = np.sqrt(each @ (D * D))
        lengths[lengths == 0.0] = 1.0
        f = WeightedLeastSquares(t - t_mean, D / lengths, weights)
        self.result_ = self._minimized(f, Dense(D.shape[1], *t.shape[1:]))
        b = (self.result_.matrix.T / lengths).T
        self.coef_ = b[:k].T
        rest = b[k] if self.fit_intercept else 0.0
        self.intercept_ = t_mean - d_mean @ b[:k] + rest
        self._curvature = 0.5 * f.curvature(np.eye(len(lengths)))
        self._spread = np.divide.outer(_deviation(f, self.result_.matrix), lengths[:k])
        return self

    def _minimized(self, f: WeightedLeastSquares, space: Dense) -> Result:
        """The minimum of f over its value at zero."""
        start = np.zeros(space.shape)
        total = float(f.on(space).at(start).value) or 1.0
        stop = Stop(gradient_norm=1e-10) if self.stop is None else self.stop
        problem = ((1.0 / total) * f).on(space)
        result = minimize(problem, start, solver=self.solver, stop=stop)
        warn_if_unfinished(result)
        return result

    @property
    def standard_errors_(self) -> Array:
        """Of ``coef_``, from the covariance s^2 (X^T W X)^-1.

        s^2 is the weighted square of the residuals for each degree of freedom left.
        """
        check_is_fitted(self)
        try:
            C = Cholesky.of(self._curvature).inverse
        except NotPositiveDefinite as error:
            raise AttributeError(
                "there are no standard errors: X^T W X is singular, so that "
                "coefficients cannot be told apart; leave features out"
            ) from error
        errors: Array = self._spread * np.sqrt(C.diagonal()[: self.n_features_in_])
        return errors

    def predict(self, X: ArrayLike) -> Array:
        """X b, (samples,) or (samples, targets)."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=float)
        return np.asarray(X @ self.coef_.T + self.intercept_)


def _deviation(f: WeightedLeastSquares, s: Array) -> Array:
    """The deviation of each target; NaN if no degree of freedom is left."""
    R = f.target - f.design @ s
    w = f.weights
    used = len(R) if w is None or np.ndim(w) == 2 else np.count_nonzero(w)
    power = 0.5 * np.sum(R * f.W.twice(R), axis=0)
    free = used - f.design.shape[1]
    return np.asarray(np.sqrt(power / free if free > 0 else power * np.nan))


def _weights(sample_weight: Any, count: int) -> Array | None:
    """None, or checked weights of samples or between them."""
    if sample_weight is None:
        return None
    w = as_array(sample_weight, "sample_weight", ndim=(1, 2), dtype=float)
    if w.shape not in ((count,), (count, count)):
        raise ValueError(
            f"sample_weight must have shape ({count},) or ({count}, {count}) for "
            f"{count} samples, got {w.shape}"
        )
    if w.ndim == 2:
        return as_hermitian(w, "sample_weight")
    if w.min() < 0.0:
        raise ValueError(
            f"sample_weight must be at least 0, the least is {w.min():g}; 0 leaves a "
            "sample out"
        )
    if not w.any():
        raise ValueError("sample_weight must not be all zero, it weighs no sample")
    return w
