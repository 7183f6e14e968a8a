"""The choice of a setting by the likelihood of samples that were held out."""

from __future__ import annotations

import math
import warnings
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import check_cv
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import validate_data

from matopt.estimators.covariance import CovarianceEstimator
from matopt.inference.fit_report import ran_away
from matopt.linalg import Array


class CrossValidated(CovarianceEstimator):
    """An estimator with one setting chosen by cross-validation, then fitted to all.

    Compared is the mean log-likelihood of held-out samples, over the folds of ``cv``
    (a number or a splitter of scikit-learn); it is -inf where the likelihood of the
    other folds has no maximum, or its fit ran to a singular matrix. ``cv_results_`` has
    all scores, ``best_estimator_`` the model of the chosen setting, whose attributes
    are those of this one. ``n_jobs`` fits run at once.
    """

    cv: Any
    n_jobs: int | None
    best_estimator_: CovarianceEstimator
    cv_results_: dict[str, Any]

    _tuned: str  # the setting's name

    @abstractmethod
    def _model(self) -> CovarianceEstimator:
        """The estimator whose setting is chosen, which shares the other settings."""

    @abstractmethod
    def _values(self, X: Array) -> Sequence[Any]:
        """The candidates for the setting."""

    def fit(self, X: Any, y: Any = None) -> Self:
        """Choose the setting and fit the model; y is ignored."""
        X = validate_data(self, X, dtype=float, ensure_min_samples=2)
        values = self._values(X)
        if not values:
            raise ValueError(
                f"{self._tuned}s must not be empty; pass candidates for {self._tuned}"
            )
        models = [self._candidate(value) for value in values]
        folds = list(check_cv(self.cv).split(X))
        run = Parallel(n_jobs=self.n_jobs)
        held = run(delayed(_held_out)(m, X, *f) for m in models for f in folds)
        scores = np.reshape([s for s, _ in held], (len(models), len(folds)))
        mean = scores.mean(axis=1)
        if not np.isfinite(mean.max()):
            raise next(e for _, e in held if e is not None)
        best = int(mean.argmax())
        with np.errstate(invalid="ignore"):  # -inf less -inf
            spread = scores.std(axis=1)
        self.cv_results_ = {
            self._tuned: list(values),
            "mean_test_score": mean,
            "std_test_score": spread,
            **{f"split{i}_test_score": s for i, s in enumerate(scores.T)},
        }
        self.best_estimator_ = models[best].fit(X)
        self._estimated = self.best_estimator_._now()
        return self

    def _candidate(self, value: Any) -> CovarianceEstimator:
        model = self._model()
        known = model.get_params(deep=False)
        shared = {k: v for k, v in self.get_params(deep=False).items() if k in known}
        model.set_params(**shared, **{self._tuned: value})
        return model

    def _chosen(self) -> Any:
        if self._estimated is None:
            raise NotFittedError(
                f"this {type(self).__name__} is not fitted yet; call fit(X)"
            )
        return self.best_estimator_.get_params(deep=False)[self._tuned]


def _held_out(
    model: CovarianceEstimator, X: Array, train: Array, test: Array
) -> tuple[float, ValueError | None]:
    """The score of the held-out samples, or why there is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            fitted = clone(model).fit(X[train])
            if ran_away(fitted.fit_):
                raise ValueError(" ".join(fitted.report_.advice))
            return fitted.score(X[test]), None
    except ValueError as error:
        return -math.inf, error
