"""The sparse precision problem -ln det K + tr(S K) + mu |K|^2 + sum of w_ij |K_ij|."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from matopt.errors import NotPositiveDefinite
from matopt.linalg import Array, Cholesky, hermitian_part, inner
from matopt.objectives import (
    Counts,
    GaussianPrecisionLikelihood,
    L1Norm,
    Objective,
    Restriction,
    Scaled,
    Sum,
)
from matopt.spaces import Space

_EPS = float(np.finfo(float).eps)
_DECREASE = 1e-4  # of the predicted change, that a step must bring
_MAX_TRIALS = 50
_FORCING = 0.3  # accuracy of a Newton step, at first
_SWEEPS, _MOST_SWEEPS = 10, 500  # of coordinate descent in a step
_FIRST = 0.5  # of the weights at which K is diagonal, where the path begins
_PATH = 0.3  # from one weight of the path to the next
_CLOSE = 4.0  # predicted change of the value where the next one is taken


@dataclass(frozen=True, eq=False)
class SparsePrecision:
    """The problem in these terms; ``scale`` times it is the objective."""

    S: Array  # (n, n)
    weights: Array  # (n, n), w_ij
    mu: float
    scale: float

    @classmethod
    def of(cls, problem: Restriction) -> SparsePrecision | None:
        """The problem of an objective on a space, or None if it is another one."""
        f, penalty = problem.objective.smooth_part, problem.objective.penalty
        if f is None or not _holds_all_symmetric(problem.space):
            return None
        mu, B, others = _reduced(f)
        if len(others) != 1 or mu < 0.0 or not others[0][0] > 0.0:
            return None
        scale, likelihood = others[0]
        if not isinstance(likelihood, GaussianPrecisionLikelihood):
            return None
        n = likelihood.features
        w: Array = np.zeros((n, n))
        if penalty is not None:
            if not (isinstance(penalty, Scaled) and isinstance(penalty.g, L1Norm)):
                return None
            w = (penalty.c / scale) * penalty.g.entry_weights((n, n))
        S = likelihood.covariance + hermitian_part(B / scale + np.zeros((n, n)))
        return cls(S, w, mu / scale, scale)

    def components(self) -> list[Array]:
        """The rows of each connected component of the graph |S_ij| > w_ij.

        The optimal K is zero between them: Witten, Friedman and Simon (2011); Mazumder
        and Hastie, Exact covariance thresholding into connected components for
        large-scale graphical lasso (JMLR 2012).
        """
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import connected_components

        graph: Any = csr_array(np.abs(self.S) > self.weights)
        count, label = connected_components(graph, directed=False)
        if count == 1:
            return [np.arange(len(self.S))]
        order = np.argsort(label, kind="stable")
        return np.split(order, np.cumsum(np.bincount(label))[:-1])

    def diagonal_optimum(self) -> Array:
        """The K_ii > 0 of the best diagonal K: -1/k + s + 2 mu k = 0."""
        s = self.S.diagonal() + self.weights.diagonal()
        root = np.sqrt(s * s + 8.0 * self.mu)
        # 2 / (s + root), without cancellation where s < 0
        up = np.where(s < 0.0, root - s, s + root)
        with np.errstate(divide="ignore"):
            k: Array = np.where(s < 0.0, up / (4.0 * self.mu or math.nan), 2.0 / up)
        return k

    def largest_ratio(self) -> float:
        """The largest |S_ij| / w_ij off the diagonal, of w_ij that are not 0."""
        counted = self.weights > 0.0
        np.fill_diagonal(counted, False)
        ratios = np.abs(self.S[counted]) / self.weights[counted]
        return float(np.max(ratios, initial=0.0))

    def within(self, rows: Array) -> SparsePrecision:
        """The problem of a component."""
        if len(rows) == len(self.S):
            return self
        part = np.ix_(rows, rows)
        return SparsePrecision(self.S[part], self.weights[part], self.mu, self.scale)


def _reduced(
    f: Objective,
) -> tuple[float, Array | float, list[tuple[float, Objective]]]:
    return f.reduced() if isinstance(f, Sum) else (0.0, 0.0, [(1.0, f)])


def _holds_all_symmetric(space: Space) -> bool:
    if space.factors or len(space.shape) != 2 or space.dtype is not float:
        return False
    n = space.shape[0]
    return space.hermitian and space.dimension == n * (n + 1) // 2


def form_inverse(factor: Cholesky) -> None:
    """Form the inverse without BLAS where that would wait for its threads."""
    from matopt.linalg.small_inverse import LARGEST, inverse_of_cholesky

    if len(factor.L) <= LARGEST:
        factor.inverse = inverse_of_cholesky(factor.L)


class Component:
    """A connected component at its K, with the Cholesky factor of K.

    From a diagonal start the weights off the diagonal come down to the wanted ones,
    from where few entries of K are not zero, by ``_PATH`` when a step predicts a change
    below ``_CLOSE``: the quadratic model holds along that path, and its entries stay
    few. Friedman, Hastie and Tibshirani, Regularization paths for generalized linear
    models via coordinate descent (J. Stat. Softw., 2010), 2.5.
    """

    def __init__(self, problem: SparsePrecision, K: Array, counts: Counts) -> None:
        """Begin at a positive definite K, or at the best diagonal if that is one."""
        self.problem = problem
        self._counts = counts
        is_diagonal = np.count_nonzero(K) == len(K)
        self._excess = problem.largest_ratio() if is_diagonal else 1.0
        self.K: Array = np.ascontiguousarray(K)
        if is_diagonal:
            self.K = np.diag(problem.diagonal_optimum())
        self._take(self.K, self._factorize(self.K))
        self.is_done = len(K) == 1  # the diagonal optimum
        self._is_still = False  # did the last step promise nothing?
        self._aim(max(1.0, _FIRST * self._excess))

    def _aim(self, excess: float) -> None:
        """Take ``excess`` times the weights off the diagonal."""
        self._excess, self._eta, self._sweeps = excess, _FORCING, _SWEEPS
        self._weights = excess * self.problem.weights
        np.fill_diagonal(self._weights, self.problem.weights.diagonal())
        self.value = self._value(self.K, self.factor)

    def _factorize(self, K: Array) -> Cholesky:
        self._counts.nfactor += 1
        return Cholesky.of(K)

    def _take(self, K: Array, factor: Cholesky) -> None:
        self.K, self.factor = K, factor
        form_inverse(factor)

    def _value(self, K: Array, factor: Cholesky) -> float:
        p = self.problem
        smooth = inner(p.S, K) - factor.logdet + p.mu * inner(K, K)
        return smooth + inner(self._weights, np.abs(K))

    def gradient(self) -> Array:
        """S - K^-1 + 2 mu K (43), (100), (132)."""
        G = self.problem.S - self.factor.inverse
        return G + 2.0 * self.problem.mu * self.K if self.problem.mu else G

    def move(self) -> None:
        """One Newton step; done where none brings a decrease, or two promise none."""
        from matopt.linalg.lasso_newton import newton_target

        W = np.ascontiguousarray(self.factor.inverse.T)
        G, ridge = self.gradient(), 2.0 * self.problem.mu
        target, change, settled = newton_target(
            W, G, self.K, self._weights, ridge, self._eta, self._sweeps
        )
        if not settled:  # then more of them, in the next step
            self._sweeps = min(_MOST_SWEEPS, self._sweeps + 1)
        self._eta = max(1e-6, min(_FORCING, math.sqrt(max(0.0, -change))))
        noise = 10.0 * _EPS * max(1.0, abs(self.value))
        moved = self._search(target, change, noise)
        if self._excess > 1.0 and (-change <= _CLOSE or not moved):
            self._aim(max(1.0, _PATH * self._excess))
            return
        was_still, self._is_still = self._is_still, -change <= noise
        self.is_done = not moved or (was_still and self._is_still)

    def _search(self, target: Array, change: float, noise: float) -> bool:
        """Go to K + t (target - K) with t = 1, 1/2, ...; False if none is lower."""
        t = 1.0
        for _ in range(_MAX_TRIALS):
            K = target if t == 1.0 else self.K + t * (target - self.K)
            try:
                factor = self._factorize(K)
                value = self._value(K, factor)
            except NotPositiveDefinite:
                value = math.inf
            if value <= self.value + _DECREASE * t * change + noise:
                self._take(K, factor)
                self.value = value
                return True
            self._counts.nfev += 1
            t *= 0.5
        return False

    def gap(self) -> float:
        """The value less that of a dual point: it bounds the distance to the optimum.

        The dual is the minimum over K > 0 of -ln det K + tr(M K) + mu |K|^2, for any M
        with |M_ij - S_ij| <= w_ij; taken is what the gradient asks, clipped to that.
        """
        p = self.problem
        M = p.S + np.clip(-self.gradient(), -p.weights, p.weights)
        if p.mu == 0.0:
            try:
                dual = Cholesky.of(M).logdet + len(M)
            except NotPositiveDefinite:
                return math.inf
        else:
            m = np.linalg.eigvalsh(M)
            k = (np.sqrt(m * m + 8.0 * p.mu) - m) / (4.0 * p.mu)
            dual = float(np.sum(-np.log(k) + m * k + p.mu * k * k))
        return max(0.0, p.scale * (self.value - dual))
