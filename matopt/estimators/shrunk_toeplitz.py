"""Toeplitz covariances from few samples: shrunk toward a multiple of the identity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from matopt.estimators.covariance import MomentCovariance
from matopt.estimators.cross_validated import CrossValidated
from matopt.estimators.estimated import Estimated
from matopt.estimators.sums import is_number
from matopt.linalg import Array, LagSums, Moments, Scatter
from matopt.objectives import GaussianLikelihood
from matopt.solvers import Solver, Stop
from matopt.spaces import SymmetricToeplitz


class ShrunkToeplitz(MomentCovariance):
    """Maximum likelihood over Toeplitz matrices for (1 - rho) S + rho mu I.

    mu = tr(S)/n. It exists for any number of samples, also one, if rho > 0. The
    ``shrinkage`` rho is a number in [0, 1], or "oas" for the one of least squared
    error, estimated; ``shrinkage_`` is what was taken. ``standard_errors_`` are of the
    noise, not of the bias by shrinkage: 1 - rho times those of the likelihood, but for
    t_0, which mu keeps as noisy as it was. They are for samples of the shrunk
    covariance, and too small where strong correlations are shrunk away.
    Windows that overlap, as those of ``LagSums``, are shrunk too little by "oas".

    >>> import numpy as np, matopt as mo
    >>> X = np.random.default_rng(0).standard_normal((3, 20))
    >>> model = mo.estimators.ShrunkToeplitz().fit(X)
    >>> bool(0 < model.shrinkage_ <= 1 and np.linalg.eigvalsh(model.covariance_)[0] > 0)
    True
    """

    def __init__(
        self,
        shrinkage: float | str = "oas",
        *,
        assume_centered: bool = False,
        solver: Solver | None = None,
        stop: Stop | None = None,
    ) -> None:
        self.shrinkage = shrinkage
        self.assume_centered = assume_centered
        self.solver = solver
        self.stop = stop

    def _estimate(self, sums: Moments | LagSums) -> Estimated:
        S, n = self._scatter(sums), self.n_features_in_
        rho = self._shrinkage(S)
        noise = np.sqrt(rho * S.power) * np.eye(n)
        root = np.hstack([np.sqrt(1.0 - rho) * S.root, noise])
        shrunk = Scatter.of_root(root, S.count)
        shrunk.overlapping = S.overlapping
        f = GaussianLikelihood.from_scatter(shrunk)
        location, space = self._location(sums), SymmetricToeplitz(n)
        return self._minimized(f, space, location, shrinkage=rho)

    @property
    def shrinkage_(self) -> float:
        """The rho that was taken."""
        return self._now().shrinkage

    def _shrinkage(self, S: Scatter) -> float:
        rho = self.shrinkage
        if isinstance(rho, str) and rho == "oas":
            means = S.autocovariances * S.features / np.arange(S.features, 0, -1)
            return toeplitz_shrinkage(means, S.count - (not self.assume_centered))
        if not (is_number(rho) and 0.0 <= rho <= 1.0):
            raise ValueError(f"shrinkage must be in [0, 1] or 'oas', got {rho!r}")
        return float(rho)


class ShrunkToeplitzCV(CrossValidated):
    """``ShrunkToeplitz`` with the shrinkage under which held-out samples are likeliest.

    ``shrinkages`` are the candidates, by default 0, 0.1, ..., 1; ``shrinkage_`` is the
    chosen one.
    """

    _tuned = "shrinkage"

    def __init__(
        self,
        shrinkages: ArrayLike | None = None,
        *,
        cv: Any = None,
        n_jobs: int | None = None,
        assume_centered: bool = False,
        solver: Solver | None = None,
        stop: Stop | None = None,
    ) -> None:
        self.shrinkages = shrinkages
        self.cv = cv
        self.n_jobs = n_jobs
        self.assume_centered = assume_centered
        self.solver = solver
        self.stop = stop

    def _model(self) -> ShrunkToeplitz:
        return ShrunkToeplitz()

    def _values(self, X: Array) -> Sequence[float]:
        given = self.shrinkages
        candidates = np.linspace(0.0, 1.0, 11) if given is None else np.ravel(given)
        return [float(rho) for rho in candidates]

    @property
    def shrinkage_(self) -> float:
        """The chosen shrinkage."""
        return float(self._chosen())


def toeplitz_shrinkage(t: Array, freedom: int) -> float:
    """The rho with the least E |(1 - rho) T + rho mu I - P(Sigma)|^2, estimated.

    T = P(S), of the first column t, are the means over diagonals of the S of so many
    Gaussian samples (one less if their mean was subtracted), mu = t_0. The risk is
    (1 - rho)^2 beta + rho^2 delta with the variance beta = E |T - P(Sigma)|^2 and the
    squared bias delta = |P(Sigma) - mu I|^2, least at beta / (beta + delta), where
    E |T - mu I|^2 is beta + delta but for the error of mu. beta is that of Gaussian
    samples of the shrunk covariance itself, which makes rho the root of a quadratic:
    Chen, Wiesel, Eldar and Hero, Shrinkage Algorithms for MMSE Covariance Estimation
    (2010), here inside the Toeplitz matrices.
    """
    n = len(t)
    distance = float(_squared_norms(n)[1:] @ t[1:] ** 2)  # |T - mu I|^2
    identity = np.zeros(n)
    identity[0] = t[0]
    ends = [_variance(t), _variance(identity)]
    middle = _variance(0.5 * (t + identity))
    # beta(rho) = a + b rho + c rho^2 through its values at 0, 1/2 and 1
    a, c = ends[0], 2.0 * (ends[0] + ends[1] - 2.0 * middle)
    b = ends[1] - a - c - freedom * distance
    if a + b + c >= 0.0:
        return 1.0
    return float(2.0 * a / (-b + np.sqrt(b * b - 4.0 * a * c)))


def _variance(t: Array) -> float:
    """E |P(x x^T) - A|^2 for Gaussian x of the Toeplitz covariance A, of lags t.

    The sum r_k of x_i x_(i+k) has the variance of the sum over |d| < n - k of
    (n - k - |d|) (t_d^2 + t_(d-k) t_(d+k)): Bartlett (1946).
    """
    n = len(t)
    both = np.concatenate([t[:0:-1], t])  # lags 1 - n to n - 1
    total = 0.0
    for k, norm in enumerate(_squared_norms(n)):
        d = np.arange(k - n + 1, n - k) + n - 1
        terms = both[d] ** 2 + both[d - k] * both[d + k]
        weights = n - k - np.abs(d - n + 1)
        total += norm / (n - k) ** 2 * float(weights @ terms)
    return total


def _squared_norms(n: int) -> Array:
    """Of the structure matrices S_k: n, and 2 (n - k)."""
    return np.concatenate([[1.0 * n], 2.0 * np.arange(n - 1, 0, -1)])
