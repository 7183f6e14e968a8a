"""Factor analysis: covariances of low rank plus diagonal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from matopt.estimators.covariance import MomentCovariance
from matopt.estimators.cross_validated import CrossValidated
from matopt.estimators.estimated import Estimated
from matopt.linalg import Array, LagSums, Moments, Scatter
from matopt.objectives import GaussianLikelihood
from matopt.solvers import Solver, Stop
from matopt.spaces import LowRankPlusDiagonal

_MOST = 5  # ranks that are tried


class FactorAnalysisCovariance(MomentCovariance):
    """Maximum likelihood over A = F F^T + diag(psi), F of ``rank`` columns.

    ``loadings_`` is F, known but for a rotation of its columns, and
    ``noise_variance_`` psi. The rank can be told from the data where
    (n - rank)^2 >= n + rank. ``standard_errors_`` are of the entries of
    ``covariance_``.

    Joreskog, Some Contributions to Maximum Likelihood Factor Analysis (1967).

    >>> import numpy as np, matopt as mo
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((300, 1)) + 0.5 * rng.standard_normal((300, 5))
    >>> model = mo.estimators.FactorAnalysisCovariance(rank=1).fit(X)
    >>> bool(np.allclose(model.noise_variance_, 0.25, atol=0.1))
    True
    """

    def __init__(
        self,
        rank: int = 1,
        *,
        assume_centered: bool = False,
        solver: Solver | None = None,
        stop: Stop | None = None,
    ) -> None:
        self.rank = rank
        self.assume_centered = assume_centered
        self.solver = solver
        self.stop = stop

    def _estimate(self, sums: Moments | LagSums) -> Estimated:
        S = self._scatter(sums)
        self._check_varied(S)
        f = GaussianLikelihood.from_scatter(S)
        space = LowRankPlusDiagonal(self.n_features_in_, self.rank)
        return self._minimized(f, space, self._location(sums))

    def _check_varied(self, S: Scatter) -> None:
        """Else psi of a feature that is constant falls to 0."""
        zero = np.all(S.root == 0.0, axis=1)
        if zero.any():
            always = "0" if self.assume_centered else "the same"
            raise ValueError(
                f"X has {zero.sum()} of {S.features} features that are always "
                f"{always}, first {zero.argmax()}: the likelihood falls without limit; "
                "leave them out"
            )

    @property
    def loadings_(self) -> Array:
        """F, (features, rank)."""
        return loadings(self)[0]

    @property
    def noise_variance_(self) -> Array:
        """The variance of each feature that no factor explains, (features,)."""
        return loadings(self)[1]


class FactorAnalysisCovarianceCV(CrossValidated):
    """``FactorAnalysisCovariance`` with the rank that predicts held-out samples best.

    ``ranks`` are the candidates, by default those from 1 to 5 that can be told from
    the data; ``rank_`` is the chosen one.
    """

    _tuned = "rank"

    def __init__(
        self,
        ranks: ArrayLike | None = None,
        *,
        cv: Any = None,
        n_jobs: int | None = None,
        assume_centered: bool = False,
        solver: Solver | None = None,
        stop: Stop | None = None,
    ) -> None:
        self.ranks = ranks
        self.cv = cv
        self.n_jobs = n_jobs
        self.assume_centered = assume_centered
        self.solver = solver
        self.stop = stop

    def _model(self) -> FactorAnalysisCovariance:
        return FactorAnalysisCovariance()

    def _values(self, X: Array) -> Sequence[int]:
        if self.ranks is not None:
            return [int(rank) for rank in np.ravel(self.ranks)]
        n = X.shape[1]
        ranks = range(1, min(n, _MOST) + 1)
        return [r for r in ranks if (n - r) ** 2 >= n + r] or [1]

    @property
    def rank_(self) -> int:
        """The chosen rank."""
        return int(self._chosen())

    @property
    def loadings_(self) -> Array:
        """F, (features, rank)."""
        return loadings(self)[0]

    @property
    def noise_variance_(self) -> Array:
        """The variance of each feature that no factor explains, (features,)."""
        return loadings(self)[1]


def loadings(model: MomentCovariance | CrossValidated) -> tuple[Array, Array]:
    """F and psi of a fitted model."""
    space = model.fit_.space
    assert isinstance(space, LowRankPlusDiagonal)
    F, log_psi = space.split(model.result_.x)
    return F, np.exp(log_psi)
