"""Covariances of any structure, and the choice among structures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from matopt.estimators.covariance import MomentCovariance
from matopt.estimators.cross_validated import CrossValidated
from matopt.estimators.estimated import Estimated, warn_if_unfinished
from matopt.estimators.sums import Sums, take
from matopt.linalg import Array, Moments, PatternMoments
from matopt.objectives import (
    GaussianLikelihood,
    GaussianMeanLikelihood,
    GaussianMissingLikelihood,
)
from matopt.solvers import Solver, Stop, minimize
from matopt.spaces import (
    Dense,
    Diagonal,
    PositiveDefinite,
    Product,
    Space,
    SymmetricToeplitz,
)

Family = Space | Callable[[int], Space]  # or what makes a space of an order


class StructuredCovariance(MomentCovariance):
    """Maximum likelihood over a structure: ln det A + tr(A^-1 S) least.

    ``structure`` is a space of covariances, or what makes one of an order, such as the
    class ``SymmetricToeplitz`` or ``lambda n: Banded(n, 2, symmetric=True)``; all
    positive definite matrices by default. With ``missing="likelihood"`` NaN is a
    missing entry: mean and covariance maximize the likelihood of what is observed
    (``GaussianMissingLikelihood``), which ``score`` takes too, and standard errors are
    by the observed information, with the mean taken as known. Else NaN is refused.

    Anderson, Asymptotically Efficient Estimation of Covariance Matrices with Linear
    Structure (1973).

    >>> import numpy as np, matopt as mo
    >>> X = np.random.default_rng(0).standard_normal((200, 3))
    >>> model = mo.estimators.StructuredCovariance(mo.Diagonal).fit(X)
    >>> bool(np.allclose(model.covariance_, np.diag(X.var(axis=0))))
    True
    """

    def __init__(
        self,
        structure: Family | None = None,
        *,
        missing: str = "refuse",
        assume_centered: bool = False,
        solver: Solver | None = None,
        stop: Stop | None = None,
    ) -> None:
        self.structure = structure
        self.missing = missing
        self.assume_centered = assume_centered
        self.solver = solver
        self.stop = stop

    def _empty(self) -> Sums:
        if self.missing not in ("refuse", "likelihood"):
            raise ValueError(
                f"missing must be 'refuse' or 'likelihood', got {self.missing!r}"
            )
        return PatternMoments() if self.missing == "likelihood" else Moments()

    def _estimate(self, sums: Sums) -> Estimated:
        space = space_of(self.structure, self.n_features_in_)
        if isinstance(sums, PatternMoments):
            mean = self._mean(sums, space)
            f = GaussianMissingLikelihood(sums.shifted(-mean))
            return self._minimized(f, space, mean)
        likelihood = GaussianLikelihood.from_scatter(self._scatter(sums))
        return self._minimized(likelihood, space, self._location(sums))

    def _mean(self, sums: PatternMoments, space: Space) -> Array:
        """That of the joint maximum."""
        n = sums.features
        if self.assume_centered:
            return np.zeros(n)
        stop = Stop() if self.stop is None else self.stop
        problem = GaussianMeanLikelihood(sums).on(Product(Dense(n), space))
        result = minimize(problem, solver=self.solver, stop=stop)
        warn_if_unfinished(result)
        return np.array(result.matrix[0])

    def score(self, X: Any, y: Any = None) -> float:
        """The mean log-likelihood of a sample of X, of what is observed of it."""
        if self.missing != "likelihood":
            return super().score(X)
        found = self._now()
        sums = take(self, X, PatternMoments(), reset=False)
        if not isinstance(sums, PatternMoments):  # of a series
            return super().score(X)
        f = GaussianMissingLikelihood(sums.shifted(-found.location))
        return f.log_likelihood(float(f.at(found.fit.point).value)) / f.count

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self.missing == "likelihood"
        return tags


class StructuredCovarianceCV(CrossValidated):
    """The structure under which held-out samples are most likely.

    ``structures`` is a list of what ``StructuredCovariance`` takes, by default
    diagonal, Toeplitz and unstructured; ``structure_`` is the chosen one.
    """

    _tuned = "structure"

    def __init__(
        self,
        structures: Sequence[Family] | None = None,
        *,
        cv: Any = None,
        n_jobs: int | None = None,
        assume_centered: bool = False,
        solver: Solver | None = None,
        stop: Stop | None = None,
    ) -> None:
        self.structures = structures
        self.cv = cv
        self.n_jobs = n_jobs
        self.assume_centered = assume_centered
        self.solver = solver
        self.stop = stop

    def _model(self) -> StructuredCovariance:
        return StructuredCovariance()

    def _values(self, X: Array) -> Sequence[Family]:
        if self.structures is None:
            return [Diagonal, SymmetricToeplitz, PositiveDefinite]
        return list(self.structures)

    @property
    def structure_(self) -> Family:
        """The chosen structure, as it was given."""
        family: Family = self._chosen()
        return family


def space_of(structure: Any, n: int) -> Space:
    """The space of a structure of order n."""
    if structure is None:
        return PositiveDefinite(n)
    if not isinstance(structure, Space) and callable(structure):
        structure = structure(n)
    if not isinstance(structure, Space):
        raise TypeError(
            "structure must be a space or what makes one of an order, such as "
            f"SymmetricToeplitz, got {type(structure).__name__}"
        )
    return structure
