"""Separable covariances of samples that are matrices."""

from __future__ import annotations

from matopt.estimators.covariance import MomentCovariance
from matopt.estimators.estimated import Estimated
from matopt.linalg import Array, LagSums, Moments
from matopt.objectives import GaussianLikelihood
from matopt.solvers import Solver, Stop
from matopt.spaces import KroneckerProduct
from matopt.spaces.space import check_order


class KroneckerCovariance(MomentCovariance):
    """Maximum likelihood over A kron B, the covariance of matrices (p, q).

    A sample is a matrix ``X.ravel()``; p is ``rows``, which must divide the number of
    features. ``row_covariance_`` is A, of mean variance 1, and ``column_covariance_``
    is B. ``standard_errors_`` are of the entries of ``covariance_``.

    Dutilleul, The MLE Algorithm for the Matrix Normal Distribution (1999).

    >>> import numpy as np, matopt as mo
    >>> images = np.random.default_rng(0).standard_normal((50, 2, 3))
    >>> model = mo.estimators.KroneckerCovariance(rows=2).fit(images.reshape(50, 6))
    >>> model.row_covariance_.shape, model.column_covariance_.shape
    ((2, 2), (3, 3))
    """

    def __init__(
        self,
        rows: int = 1,
        *,
        assume_centered: bool = False,
        solver: Solver | None = None,
        stop: Stop | None = None,
    ) -> None:
        self.rows = rows
        self.assume_centered = assume_centered
        self.solver = solver
        self.stop = stop

    def _estimate(self, sums: Moments | LagSums) -> Estimated:
        p, n = check_order(self.rows, "rows"), self.n_features_in_
        if n % p:
            raise ValueError(
                f"rows must divide the number of features, got rows = {p} and {n} "
                "features; pass matrices as X.reshape(len(X), -1)"
            )
        f = GaussianLikelihood.from_scatter(self._scatter(sums))
        return self._minimized(f, KroneckerProduct(p, n // p), self._location(sums))

    @property
    def row_covariance_(self) -> Array:
        """A, (rows, rows)."""
        return self._factors()[0]

    @property
    def column_covariance_(self) -> Array:
        """B, (features / rows, features / rows)."""
        return self._factors()[1]

    def _factors(self) -> tuple[Array, Array]:
        space = self.fit_.space
        assert isinstance(space, KroneckerProduct)
        A, B = space.split(self.result_.x)
        scale = A.trace() / len(A)
        return A / scale, B * scale
