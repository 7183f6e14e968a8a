"""Toeplitz covariances from few samples: shrunk toward a multiple of the identity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.fft import irfft, next_fast_len, rfft

from matopt.estimators.covariance import SampleCovariance
from matopt.estimators.cross_validated import CrossValidated
from matopt.estimators.estimated import Estimated
from matopt.linalg import Array, Scatter
from matopt.objectives import GaussianLikelihood
from matopt.solvers import Solver, Stop
from matopt.spaces import SymmetricToeplitz


class ShrunkToeplitz(SampleCovariance):
    """Maximum likelihood over Toeplitz matrices for (1 - rho) S + rho mu I.

    mu = tr(S)/n. It exists for any number of samples, also one, if rho > 0. The
    ``shrinkage`` rho is a number in [0, 1], or by default the one of
    ``toeplitz_shrinkage``; ``shrinkage_`` is what was taken. ``standard_errors_`` are
    those of the likelihood times 1 - rho: of the noise, not of the bias that shrinkage
    brings.

    >>> import numpy as np, matopt as mo
    >>> X = np.random.default_rng(0).standard_normal((3, 20))
    >>> model = mo.estimators.ShrunkToeplitz().fit(X)
    >>> bool(0 < model.shrinkage_ <= 1 and np.linalg.eigvalsh(model.covariance_)[0] > 0)
    True
    """

    def __init__(
        self,
        shrinkage: float | str = "ledoit-wolf",
        *,
        assume_centered: bool = False,
        solver: Solver | None = None,
        stop: Stop | None = None,
    ) -> None:
        self.shrinkage = shrinkage
        self.assume_centered = assume_centered
        self.solver = solver
        self.stop = stop

    def _estimate(self, X: Array) -> Estimated:
        m, n = X.shape
        location = np.zeros(n) if self.assume_centered else X.mean(axis=0)
        X = X - location
        rho = self.shrinkage_ = self._shrinkage(X)
        S = Scatter(X)
        noise = np.sqrt(rho * S.power) * np.eye(n)
        root = np.hstack([np.sqrt(1.0 - rho) * S.root, noise])
        f = GaussianLikelihood.from_scatter(Scatter.of_root(root, m))
        return self._minimized(f, SymmetricToeplitz(n), location, spread=1.0 - rho)

    def _shrinkage(self, X: Array) -> float:
        rho = self.shrinkage
        if isinstance(rho, str) and rho == "ledoit-wolf":
            return toeplitz_shrinkage(X)
        if isinstance(rho, bool | str) or not 0.0 <= rho <= 1.0:
            raise ValueError(
                f"shrinkage must be in [0, 1] or 'ledoit-wolf', got {rho!r}"
            )
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
        candidates = np.linspace(0.0, 1.0, 11) if given is None else np.asarray(given)
        return [float(rho) for rho in candidates]

    @property
    def shrinkage_(self) -> float:
        """The chosen shrinkage."""
        return float(self._chosen())


def toeplitz_shrinkage(X: Array) -> float:
    """The rho with the least E |(1 - rho) T + rho mu I - P(Sigma)|^2, estimated.

    T = P(S) are the means of S over its diagonals, of zero-mean samples X (m, n). The
    risk is (1 - rho)^2 beta + rho^2 delta with the variance beta = E |T - P(Sigma)|^2
    and the squared bias delta = |P(Sigma) - mu I|^2, least at beta / (beta + delta).
    E |T - mu I|^2 is beta + delta but for the error of mu, which is small; and beta is
    estimated by the spread of the samples' own P(x x^T) about T, over m. This is Ledoit
    and Wolf, A well-conditioned estimator for large-dimensional covariance matrices
    (2004), inside the Toeplitz matrices, where the variance is n times smaller.
    """
    m, n = X.shape
    norms = np.concatenate([[1.0 * n], 2.0 * np.arange(n - 1, 0, -1)])  # of the S_k
    spectrum = rfft(X, next_fast_len(2 * n, real=True), axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    lags = irfft(power, next_fast_len(2 * n, real=True), axis=1)[:, :n]
    lags /= np.arange(n, 0, -1)  # each sample's means over diagonals
    t = lags.mean(axis=0)
    beta = float(np.sum(norms * np.mean((lags - t) ** 2, axis=0))) / m
    distance = float(np.sum(norms[1:] * t[1:] ** 2))
    return 1.0 if beta >= distance else beta / distance
