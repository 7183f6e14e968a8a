"""The Gaussian likelihood, by covariance and by precision."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self, TypeAlias, cast

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import lapack

from matopt.lazy import lazy
from matopt.linalg import (
    Array,
    LagSums,
    Moments,
    Scatter,
    gram,
    hermitian_part,
    inner,
    is_streamed,
    product,
)
from matopt.objectives.constant import check_single
from matopt.objectives.objective import Evaluation, Objective
from matopt.objectives.term import TermAt
from matopt.spaces import MatrixPoint, OneCall, Seed, Space, Term
from matopt.spaces.space import check_order

# The rows of a matrix, in memory or in chunks, or what is kept of them.
Samples: TypeAlias = ArrayLike | Moments | LagSums | Iterator[ArrayLike]
if TYPE_CHECKING:
    from matopt.objectives.penalty import Penalty

_EPS = float(np.finfo(float).eps)


class SampleLikelihood(Objective):
    """What likelihoods of one covariance share: samples with S = R R^H."""

    scatter: Scatter
    _penalty: str  # what gives a minimum where there are too few samples

    @abstractmethod
    def log_likelihood(self, value: float) -> float:
        """The logarithm of the density of all samples where f has this value.

        It has all constants, so that it can be compared between models: AIC is
        2 k - 2 log_likelihood(result.fun) with k parameters.
        """

    @property
    def is_complex(self) -> bool:
        """Are the samples complex, and their distribution circular?"""
        return np.iscomplexobj(self.scatter.given)

    @property
    def _name(self) -> str:
        """What was given: samples, or S, which then was rounded, not R."""
        return "S" if self.scatter.samples is None else "samples"

    @property
    def _constant(self) -> str:
        """What a feature of no power always is."""
        return "the same" if self.scatter.centred else "0"

    @property
    def features(self) -> int:
        """The number of features n."""
        return self.scatter.features

    @property
    def count(self) -> int:
        """The number of samples."""
        return self.scatter.count

    @property
    def covariance(self) -> Array:
        """S."""
        return self.scatter.covariance

    def unit(self, space: Space) -> float:
        """By the mean power of a feature."""
        return space.length(self.scatter.power or 1.0)

    def check(self, space: Space) -> None:
        """The space must hold Hermitian matrices of order n."""
        check_hermitian(self, space, self.features, self.is_complex)

    def check_minimum(self, space: Space) -> None:
        """Refuse a singular S on a space that holds a singular P of the same range.

        Then the likelihood falls without limit towards P as a covariance, and along
        the complement of P as a precision. Tried is the projector onto the range of S,
        which every space of all Hermitian matrices holds, and the one that leaves out
        the features that are 0. Burg, Luenberger and Wenger, Estimation of Structured
        Covariance Matrices (1982): a minimum exists where there is no such P.
        """
        if self._knows_enough(space):
            return
        n = self.features
        if not space.additive or space.scaled_identity(2.0) is None:
            return
        span = self._range
        if span.shape[1] == n:
            return
        zero = np.abs(self.scatter.root).max(axis=1, initial=0.0) == 0
        if zero.any() and space.holds(np.eye(n)[:, ~zero]):
            raise ValueError(
                f"{self._name} has {zero.sum()} of {n} features that are always "
                f"{self._constant}, first {zero.argmax()}: the likelihood falls "
                "without limit. Leave them out, or add a penalty such as "
                f"{self._penalty.format(n)}"
            )
        if space.holds(span):
            least = n + self.scatter.centred
            raise ValueError(
                f"{self._name} has rank {span.shape[1]} but the space {space!r} "
                f"has matrices of order {n}: the likelihood falls without limit "
                f"towards a singular matrix. Pass at least {least} linearly "
                f"independent samples, add a penalty such as {self._penalty.format(n)}"
                f", or take a smaller family such as SymmetricToeplitz({n}) or "
                f"Diagonal({n})"
            )

    def _knows_enough(self, space: Space) -> bool:
        """Does the rank of S say too little to compute it?"""
        return False

    @lazy
    def _range(self) -> Array:
        """An orthonormal basis of the range of S, whatever the units, (n, rank)."""
        n = self.features
        length = np.sqrt(np.sum(np.abs(self.scatter.root) ** 2, axis=1, keepdims=True))
        length[length == 0.0] = 1.0
        unit = self.scatter.root / length
        rounding = np.sqrt(n * _EPS) if self._name == "S" else n * _EPS
        if unit.shape == (n, n) and not np.triu(unit, 1).any():
            trcon = lapack.ztrcon if np.iscomplexobj(unit) else lapack.dtrcon
            rcond, _ = trcon(unit, uplo="L")
            if rcond > n * rounding:
                return np.eye(n)
        U, s, _ = np.linalg.svd(unit, full_matrices=False)
        rank = int(np.sum(s > rounding * max(s, default=0.0)))
        Q: Array = np.linalg.qr(length * U[:, :rank])[0]
        return Q

    def __repr__(self) -> str:
        size = f"{self.count} samples of {self.features} features"
        return f"{type(self).__name__}(<{size}>)"


class _MomentLikelihood(SampleLikelihood):
    """A likelihood that knows of the samples their second moments alone."""

    mean: Array | None = None  # what was subtracted

    def __init__(self, samples: Samples, mean: str | None = None) -> None:
        """Take samples, one a row: S_ij = mean of x_i conj(x_j).

        Samples are an array; or, read in chunks, a memory map, an iterator of arrays
        or a dask array; or the ``Moments`` or ``LagSums`` of such data. Their mean is
        zero, or with ``mean="profile"`` the sample mean is subtracted: it is optimal
        for every covariance, so that S about it gives the joint maximum. The count
        stays m, and with it errors of covariances; S is smaller by (m - 1)/m in the
        mean, and ``from_covariance(S * m / (m - 1), m - 1)`` corrects that.
        """
        if not (mean is None or (isinstance(mean, str) and mean == "profile")):
            got = repr(mean) if isinstance(mean, str) else type(mean).__name__
            raise ValueError(
                f"mean must be None or 'profile', got {got}; "
                "subtract a mean that is known"
            )
        if is_streamed(samples):
            samples = Moments().update(samples)
        if isinstance(samples, Moments | LagSums):
            self.scatter = samples.about_mean if mean else samples.about_zero
            self.mean = np.broadcast_to(samples.mean, self.features) if mean else None
            return
        self.scatter = Scatter(cast(ArrayLike, samples), centred=mean is not None)
        self.mean = self.scatter.mean

    @classmethod
    def from_covariance(cls, S: ArrayLike, count: int = 1) -> Self:
        """Take the sample covariance S (positive semidefinite) of ``count`` samples."""
        return cls.from_scatter(Scatter.of_covariance(S, check_order(count, "count")))

    @classmethod
    def from_scatter(cls, scatter: Scatter) -> Self:
        """Take the second moments as they are."""
        self = cls.__new__(cls)
        self.scatter = scatter
        return self

    @property
    def mean_parameters(self) -> int:
        """n of samples about their mean, one of windows of a series; two if complex."""
        means = self.features if self.scatter.centred else int(self.mean is not None)
        return means * (2 if self.is_complex else 1)

    def log_likelihood(self, value: float) -> float:
        """-(m/2)(n ln 2 pi + value), or -m (n ln pi + value) when complex.

        A TypeError of windows that overlap, which it would count many times over.
        """
        if self.scatter.overlapping:
            raise TypeError(
                f"the log-likelihood is of independent samples, but {self!r} holds "
                "windows of one series that overlap, and every value counts up to "
                f"{self.features} times in it; take windows side by side, or "
                'GaussianLikelihood(windows) and uncertainty(fit, "robust", '
                f"lags={self.features}), or AutoregressiveLikelihood(series, order)"
            )
        entries = self.count * self.features
        return gaussian_log_likelihood(value, self.count, entries, self.is_complex)


def gaussian_log_likelihood(
    value: float, count: int, entries: int, is_complex: bool
) -> float:
    """The log-density of ``count`` samples of together so many observed entries.

    ``value`` is their mean of ln det A + x^H A^-1 x.
    """
    scale = 1.0 if is_complex else 0.5
    return -scale * (entries * math.log(math.pi / scale) + count * value)


class GaussianLikelihood(_MomentLikelihood):
    """f(Sigma) = ln det Sigma + tr(Sigma^-1 S), unknown covariance Sigma.

    It is (2/m) times the negative log-likelihood of m real zero-mean Gaussian samples
    (1/m for circular complex ones), less a constant; ``log_likelihood`` converts it.
    Gradient (43), (63): P - P S P with P = Sigma^-1. Hessian along V: P V P S P +
    P S P V P - P V P. Domain: Sigma positive definite.

    With fewer samples than features it has no minimum among all of them, which
    ``minimize`` refuses; a penalty or a small family gives it one. With
    ``mean="profile"`` S is about the sample mean, which is the joint maximum; errors of
    covariances are those of m samples as before.

    Anderson, An Introduction to Multivariate Statistical Analysis (2003), chapter 3.

    >>> import numpy as np, matopt as mo
    >>> samples = np.array([[1.0, 1.0], [-1.0, 1.0], [1.0, -3.0]])
    >>> f = mo.GaussianLikelihood(samples)
    >>> mo.minimize(f.on(mo.PositiveDefinite(2))).matrix.round(6)  # S, if invertible
    array([[ 1.      , -1.      ],
           [-1.      ,  3.666667]])
    """

    _penalty = (
        "0.1 * TraceInverse(np.eye({0})) or "
        "InverseWishartPrior({0}, np.eye({0})) / f.count"
    )

    expects_information = True

    def _knows_enough(self, space: Space) -> bool:
        """Where the number of samples tells more: see ``doubt``."""
        return space.samples_needed is not None and self.scatter.power > 0.0

    def doubt(self, space: Space) -> str:
        """Too few samples, and what to add."""
        n, needed = self.features, space.samples_needed
        if needed is None or self.scatter.independent >= needed:
            return ""
        needed += self.scatter.centred
        return (
            f"samples are few, {self.count} of {n} features: on {space!r} a minimum is "
            f"sure to exist from {needed} on; pass more, or add a penalty such as "
            + self._penalty.format(n)
        )

    def at(self, point: MatrixPoint) -> GaussianLikelihoodAt:
        """f at a covariance."""
        return GaussianLikelihoodAt(self, point)

    def in_one_call(self, space: Space) -> OneCall | None:
        """What the space has for it; not for a subclass, which may say otherwise."""
        if type(self) is not GaussianLikelihood:
            return None
        return space.gaussian_in_one_call(self.scatter)

    def start(self, space: Space, rng: Seed = None) -> Array | None:
        """What the space knows, else the multiple of the identity of the trace of S."""
        near = space.near(self.scatter)
        if near is not None:
            return near
        return multiple_of_identity(space, self.scatter.power)


class GaussianLikelihoodAt(TermAt[GaussianLikelihood]):
    """The point's own Gaussian term, so that structures can be fast."""

    @lazy
    def _term(self) -> Term:
        return self.point.gaussian(self.f.scatter)

    @property
    def mean_gain(self) -> float:
        """mu^H A^-1 mu."""
        mu = self.f.mean
        return 0.0 if mu is None else inner(mu, self.point.solve(mu))


class GaussianPrecisionLikelihood(_MomentLikelihood):
    """f(K) = -ln det K + tr(S K), unknown precision K.

    Gradient (43), (100): S - K^-1. Hessian along V: K^-1 V K^-1. Convex.
    Domain: K positive definite.
    """

    _penalty = "0.1 * LinearTrace(np.eye({0}))"

    def at(self, point: MatrixPoint) -> GaussianPrecisionLikelihoodAt:
        """f at a precision."""
        return GaussianPrecisionLikelihoodAt(self, point)

    def unit(self, space: Space) -> float:
        """By the inverse of the mean power of a feature."""
        return space.length(1.0 / (self.scatter.power or 1.0))

    def start(self, space: Space, rng: Seed = None) -> Array | None:
        """The multiple of the identity that is optimal."""
        scale = self.scatter.power
        return multiple_of_identity(space, 1.0 / scale if scale > 0 else 1.0)

    def prox(self, X: Array, t: float) -> Array:
        """K with the eigenvectors of X - t S: K - t K^-1 = X - t S.

        Boyd, Parikh, Chu, Peleato and Eckstein, Distributed Optimization and
        Statistical Learning via ADMM (2011), 6.5.
        """
        d, Q = np.linalg.eigh(hermitian_part(X - t * self.covariance))
        root = np.sqrt(d * d + 4.0 * t)
        # (d + root) / 2, without cancellation where d < 0
        k = np.where(d > 0.0, 0.5 * (d + root), 2.0 * t / (root - np.minimum(d, 0.0)))
        return gram(Q * np.sqrt(k))

    def check_penalized(self, space: Space, penalty: Penalty) -> None:
        """Refuse a feature that is always 0 and whose precision is not penalized."""
        for i in np.flatnonzero(self._power == 0.0):
            E = np.zeros((self.features, self.features))
            E[i, i] = 1.0
            rest = np.delete(np.eye(self.features), i, axis=1)
            if space.holds(rest) and not penalty.norm(E):
                raise ValueError(
                    f"{self._name} has feature {i} that is always {self._constant}, "
                    f"and {penalty!r} leaves its precision free: the likelihood falls "
                    "without limit. Leave it out, take L1Norm(off_diagonal=False), "
                    f"or add a penalty such as {self._penalty.format(self.features)}"
                )

    @lazy
    def _power(self) -> Array:
        """The diagonal of S."""
        power: Array = np.sum(np.abs(self.scatter.root) ** 2, axis=1)
        return power

    def convex(self, cp: Any, X: Any) -> Any:
        """-log_det + tr(S X)."""
        return cp.real(cp.trace(self.covariance @ X)) - cp.log_det(X)


class GaussianPrecisionLikelihoodAt(Evaluation[GaussianPrecisionLikelihood]):
    """Through the root of S: tr(S K) = tr(R^H K R)."""

    @lazy
    def value(self) -> float:
        R = self.f.scatter.root
        trace = inner(R, product(self.point.dense, R))
        return trace - self.point.logdet

    @lazy
    def gradient(self) -> Array:
        R = self.f.scatter.root
        return self.point.adjoint(R, R) - self.point.logdet_gradient()

    def hessp(self, v: Array) -> Array:
        return -self.point.logdet_hessp(v)

    @property
    def mean_gain(self) -> float:
        """mu^H K mu."""
        mu = self.f.mean
        return 0.0 if mu is None else inner(mu, product(self.point.dense, mu))


def check_hermitian(f: Objective, space: Space, n: int, is_complex: bool) -> None:
    """Raise ValueError unless f, of samples of n features, is defined on the space."""
    check_single(space)
    if space.shape != (n, n):
        raise ValueError(
            f"samples has {n} features but the space {space!r} has matrices of "
            f"shape {space.shape}; they must be ({n}, {n})"
        )
    if not space.hermitian:
        raise ValueError(
            f"{type(f).__name__} needs a space of symmetric (Hermitian) "
            f"matrices, {space!r} is not; take Symmetric({n}) or a part of it, such as "
            f"SymmetricToeplitz({n}) or SymmetricCirculant({n})"
        )
    if is_complex and space.dtype is float:
        raise ValueError(
            f"samples is complex but {space!r} is real; pass dtype=complex to it"
        )


def multiple_of_identity(space: Space, scale: float) -> Array | None:
    """The x of scale * I where the space holds it, else None."""
    return space.scaled_identity(scale) if scale > 0.0 else None
