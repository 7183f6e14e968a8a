"""The covariance of windows of a stationary series."""

from __future__ import annotations

from matopt.estimators.covariance import MomentCovariance
from matopt.estimators.estimated import Estimated
from matopt.linalg import LagSums, Moments
from matopt.objectives import GaussianLikelihood
from matopt.solvers import Solver, Stop
from matopt.spaces import SymmetricToeplitz


class ToeplitzCovariance(MomentCovariance):
    """Maximum likelihood over Toeplitz matrices: A_ij = t_|i-j|.

    For windows of a stationary series, one a row, that do not overlap. ``parameters_``
    are the lags t_0, t_1, ... and ``standard_errors_`` theirs. Of a long series also
    ``LagSums(order).update(series)``, all its windows: they overlap, so that there are
    no standard errors. It needs more than (n - 1)/2 samples beside the mean; with fewer
    take ``ShrunkToeplitz``.

    Burg, Luenberger and Wenger, Estimation of Structured Covariance Matrices (1982).

    >>> import numpy as np, matopt as mo
    >>> noise = np.random.default_rng(0).standard_normal((500, 5))
    >>> X = noise[:, 1:] + 0.8 * noise[:, :-1]
    >>> model = mo.estimators.ToeplitzCovariance().fit(X)
    >>> truth = np.array([1.64, 0.8, 0.0, 0.0])
    >>> bool(np.all(np.abs(model.parameters_ - truth) < 3 * model.standard_errors_))
    True
    """

    def __init__(
        self,
        *,
        assume_centered: bool = False,
        solver: Solver | None = None,
        stop: Stop | None = None,
    ) -> None:
        self.assume_centered = assume_centered
        self.solver = solver
        self.stop = stop

    def _estimate(self, sums: Moments | LagSums) -> Estimated:
        f = GaussianLikelihood.from_scatter(self._scatter(sums))
        space = SymmetricToeplitz(self.n_features_in_)
        return self._minimized(f, space, self._location(sums))
