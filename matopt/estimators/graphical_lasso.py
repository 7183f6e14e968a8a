"""Sparse precision matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from matopt.estimators.covariance import MomentCovariance
from matopt.estimators.cross_validated import CrossValidated
from matopt.estimators.estimated import Estimated
from matopt.estimators.sums import is_number
from matopt.linalg import Array, LagSums, Moments
from matopt.objectives import (
    FrobeniusNorm,
    GaussianPrecisionLikelihood,
    L1Norm,
    Objective,
)
from matopt.solvers import Solver, Stop
from matopt.spaces import PositiveDefinite


class GraphicalLasso(MomentCovariance):
    """A sparse precision K: -ln det K + tr(S K) + alpha sum of |K_ij| least.

    The sum is over i != j, as in scikit-learn's estimator of this name; ``precision_``
    has exact zeros. ``ridge`` adds ridge |K|^2, for samples that are few or badly
    conditioned. ``result_.detail`` has the duality gap. Penalized fits have no
    standard errors.

    Friedman, Hastie and Tibshirani, Sparse inverse covariance estimation with the
    graphical lasso (2008).

    >>> import numpy as np, matopt as mo
    >>> X = np.random.default_rng(0).standard_normal((100, 4))
    >>> X[:, 1] += X[:, 0]
    >>> model = mo.estimators.GraphicalLasso(alpha=0.3).fit(X)
    >>> np.argwhere(np.triu(model.precision_, 1)).tolist()
    [[0, 1]]
    """

    def __init__(
        self,
        alpha: float = 0.01,
        *,
        ridge: float = 0.0,
        assume_centered: bool = False,
        solver: Solver | None = None,
        stop: Stop | None = None,
    ) -> None:
        self.alpha = alpha
        self.ridge = ridge
        self.assume_centered = assume_centered
        self.solver = solver
        self.stop = stop

    def _estimate(self, sums: Moments | LagSums) -> Estimated:
        f: Objective = GaussianPrecisionLikelihood.from_scatter(self._scatter(sums))
        if _weight(self.alpha, "alpha"):
            f = f + self.alpha * L1Norm()
        if _weight(self.ridge, "ridge"):
            f = f + self.ridge * FrobeniusNorm()
        space = PositiveDefinite(self.n_features_in_)
        return self._minimized(f, space, self._location(sums), is_precision=True)


class GraphicalLassoCV(CrossValidated):
    """``GraphicalLasso`` with the alpha under which held-out samples are likeliest.

    ``alphas`` are the candidates, or how many of them to take: from the largest
    |S_ij|, i != j, from which on K is diagonal, down to a hundredth of it, evenly in
    the logarithm. ``alpha_`` is the chosen one.
    """

    _tuned = "alpha"

    def __init__(
        self,
        alphas: int | ArrayLike = 10,
        *,
        ridge: float = 0.0,
        cv: Any = None,
        n_jobs: int | None = None,
        assume_centered: bool = False,
        solver: Solver | None = None,
        stop: Stop | None = None,
    ) -> None:
        self.alphas = alphas
        self.ridge = ridge
        self.cv = cv
        self.n_jobs = n_jobs
        self.assume_centered = assume_centered
        self.solver = solver
        self.stop = stop

    def _model(self) -> GraphicalLasso:
        return GraphicalLasso()

    def _values(self, X: Array) -> Sequence[float]:
        if not isinstance(self.alphas, int | np.integer):
            return [float(alpha) for alpha in np.ravel(self.alphas)]
        if self.alphas < 1:
            raise ValueError(f"alphas must be at least 1, got {self.alphas}")
        X = X if self.assume_centered else X - X.mean(axis=0)
        largest = float(np.max(np.abs(np.tril(X.T @ X / len(X), -1))))
        largest = largest if largest > 0.0 else 1.0
        return [float(a) for a in np.geomspace(0.01 * largest, largest, self.alphas)]

    @property
    def alpha_(self) -> float:
        """The chosen alpha."""
        return float(self._chosen())


def _weight(value: float, name: str) -> float:
    """A number of at least 0."""
    if not (is_number(value) and 0.0 <= value < np.inf):
        raise ValueError(f"{name} must be a number of at least 0, got {value!r}")
    return value
