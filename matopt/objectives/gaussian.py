"""The Gaussian likelihood, by covariance and by precision."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from matopt.errors import NotPositiveDefinite
from matopt.linalg import (
    Array,
    Cholesky,
    as_array,
    as_hermitian,
    gram,
    herm,
    inner,
)
from matopt.objectives.objective import Evaluation, Objective
from matopt.spaces import MatrixPoint, Seed, Space


class _SampleLikelihood(Objective):
    """What both parametrizations share: S = R R^H, held by its root R."""

    root: Array  # (n, k)
    count: int

    def __init__(self, samples: ArrayLike) -> None:
        """Take zero-mean samples, one a row: S_ij = mean of x_i conj(x_j)."""
        X = as_array(samples, "samples", ndim=2)
        m, n = X.shape
        if m == 0 or n == 0:
            raise ValueError(f"samples must not be empty, got shape {X.shape}")
        root = X.T / np.sqrt(m)
        if m > n:  # the same S from a square root, of no more columns than rows
            root = herm(np.asarray(np.linalg.qr(herm(root), mode="r")))
        self.root, self.count = root, m

    @classmethod
    def from_covariance(cls, S: ArrayLike, count: int = 1) -> Self:
        """Take the sample covariance S (positive semidefinite) of ``count`` samples."""
        if count < 1:
            raise ValueError(f"count must be at least 1, got {count}")
        self = cls.__new__(cls)
        self.root, self.count = _root(as_hermitian(S, "S")), int(count)
        return self

    @property
    def features(self) -> int:
        """The number of features n."""
        return len(self.root)

    @cached_property
    def covariance(self) -> Array:
        """S."""
        return gram(self.root)

    def check(self, space: Space) -> None:
        """The space must hold Hermitian matrices of order n."""
        n = self.features
        if space.shape != (n, n):
            raise ValueError(
                f"samples has {n} features but the space {space!r} has matrices of "
                f"shape {space.shape}; they must be ({n}, {n})"
            )
        if not space.hermitian:
            raise ValueError(
                f"{type(self).__name__} needs a space of symmetric (Hermitian) "
                f"matrices, {space!r} is not; take Symmetric({n}) or a part of it"
            )
        if np.iscomplexobj(self.root) and space.dtype is float:
            raise ValueError(
                f"samples is complex but {space!r} is real; pass dtype=complex to it"
            )

    def __repr__(self) -> str:
        n, _ = self.root.shape
        return f"{type(self).__name__}(<{self.count} samples of {n} features>)"


def _root(S: Array) -> Array:
    """R with R R^H = S: the Cholesky factor, or from eigenvalues when S is singular."""
    try:
        return Cholesky.of(S).L
    except NotPositiveDefinite:
        values, Q = np.linalg.eigh(S)
        floor = 1e-10 * max(abs(values[0]), abs(values[-1]))
        if values[0] < -floor:
            raise NotPositiveDefinite(
                f"S must be positive semidefinite, its smallest eigenvalue is "
                f"{values[0]:.3g}"
            ) from None
        kept = values > 0
        root: Array = Q[:, kept] * np.sqrt(values[kept])
        return root


class GaussianLikelihood(_SampleLikelihood):
    """f(Sigma) = ln det Sigma + tr(Sigma^-1 S), unknown covariance Sigma.

    It is (2/m) times the negative log-likelihood of m real zero-mean Gaussian samples
    (1/m for circular complex ones), less a constant. Gradient (43), (63):
    Sigma^-1 - Sigma^-1 S Sigma^-1. Domain: Sigma positive definite.

    Anderson, An Introduction to Multivariate Statistical Analysis (2003), chapter 3.
    """

    def at(self, point: MatrixPoint) -> GaussianLikelihoodAt:
        """f at a covariance."""
        return GaussianLikelihoodAt(self, point)

    def start(self, space: Space, rng: Seed = None) -> Array | None:
        """The multiple of the identity of the same trace as S, where x allows it."""
        n = self.features
        scale = inner(self.root, self.root) / n
        return _multiple_of_identity(space, scale, rng)


class GaussianLikelihoodAt(Evaluation[GaussianLikelihood]):
    """Everything from one term of the point, so that structures can be fast."""

    @cached_property
    def _term(self) -> Any:
        return self.point.gaussian(self.f.root)

    @cached_property
    def value(self) -> float:
        return float(self._term.value)

    @cached_property
    def gradient(self) -> Array:
        g: Array = self._term.gradient
        return g

    def hessp(self, v: Array) -> Array:
        h: Array = self._term.hessp(v)
        return h


class GaussianPrecisionLikelihood(_SampleLikelihood):
    """f(K) = -ln det K + tr(S K), unknown precision K.

    Gradient (43), (100): S - K^-1. Hessian along V: K^-1 V K^-1. Convex.
    Domain: K positive definite.
    """

    def at(self, point: MatrixPoint) -> GaussianPrecisionLikelihoodAt:
        """f at a precision."""
        return GaussianPrecisionLikelihoodAt(self, point)

    def start(self, space: Space, rng: Seed = None) -> Array | None:
        """The multiple of the identity that is optimal."""
        scale = inner(self.root, self.root) / self.features
        return _multiple_of_identity(space, 1.0 / scale if scale > 0 else 1.0, rng)

    def convex(self, cp: Any, X: Any) -> Any:
        """-log_det + tr(S X)."""
        return cp.real(cp.trace(self.covariance @ X)) - cp.log_det(X)


class GaussianPrecisionLikelihoodAt(Evaluation[GaussianPrecisionLikelihood]):
    """Through the root of S: tr(S K) = tr(R^H K R)."""

    @cached_property
    def value(self) -> float:
        trace = inner(self.f.root, self.point.dense @ self.f.root)
        return trace - self.point.logdet

    @cached_property
    def gradient(self) -> Array:
        R = self.f.root
        return self.point.adjoint(R, R) - self.point.logdet_gradient()

    def hessp(self, v: Array) -> Array:
        return -self.point.logdet_hessp(v)


def _multiple_of_identity(space: Space, scale: float, rng: Seed) -> Array | None:
    """Scale * I where the space's own start is I, else None."""
    x = space.start(rng)
    n = space.shape[0]
    if scale > 0 and np.array_equal(space.matrix(x), np.eye(n)):
        return scale * x
    return None
