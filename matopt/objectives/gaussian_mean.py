"""The Gaussian likelihood of mean and covariance together."""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike

from matopt.lazy import lazy
from matopt.linalg import (
    Array,
    Pattern,
    Scatter,
    herm,
    inner,
    product,
)
from matopt.objectives.constant import check_field, optional
from matopt.objectives.gaussian import (
    GaussianLikelihood,
    check_hermitian,
    gaussian_log_likelihood,
    multiple_of_identity,
)
from matopt.objectives.missing import (
    PatternTerm,
    check_observed,
    check_varied,
    pattern_moments,
)
from matopt.objectives.objective import Evaluation, Objective
from matopt.spaces import MatrixPoint, Product, Seed, Space
from matopt.spaces.product import ProductPoint


class GaussianMeanLikelihood(Objective):
    """f(beta, A) = ln det A + mean of (x - D beta)^H A^-1 (x - D beta).

    The unknown is a pair on ``Product(Dense(p), space)``: the coefficients beta of the
    mean, and the covariance A of order n. D = ``design`` is (n, p), as for a trend in a
    series; without it beta is the mean itself and p = n. Samples are (m, n), complete
    or with NaN for a missing entry, or in chunks: what ``GaussianLikelihood`` and
    ``GaussianMissingLikelihood`` take, and in the same units.

    With e = (mean of x) - D beta and w = A^-1 e it is the likelihood about the sample
    mean plus e^H w. Gradients (84), (61): -2 D^H w by beta, -w w^H by A. For complete
    samples without a design the best beta is the sample mean, whichever A: then
    ``GaussianLikelihood(samples, mean="profile")`` has fewer unknowns. A mean that
    differs between samples by known regressors, with coefficients free for every
    feature, is one of least squares: pass the residuals to ``GaussianLikelihood``.

    Anderson, An Introduction to Multivariate Statistical Analysis (2003), chapter 3.

    >>> import numpy as np, matopt as mo
    >>> f = mo.GaussianMeanLikelihood([[1.0, 5.0], [3.0, np.nan], [2.0, 3.0]])
    >>> problem = f.on(mo.Product(mo.Dense(2), mo.Diagonal(2)))
    >>> mean, covariance = mo.minimize(problem).matrix
    >>> mean.round(6)
    array([2., 4.])
    """

    def __init__(self, samples: Any, design: ArrayLike | None = None) -> None:
        """Take samples, one a row, and the design of their mean."""
        self.moments = pattern_moments(samples)
        self.patterns = self.moments.patterns(centered=True)
        self.design = optional(design, "design", shape=(self.features, None))

    @property
    def features(self) -> int:
        """The number of features n."""
        return self.moments.features

    @property
    def count(self) -> int:
        """The number m of samples of which something is observed."""
        return self.moments.count

    @property
    def is_complex(self) -> bool:
        """Are the samples complex, and their distribution circular?"""
        return any(np.iscomplexobj(p.mean) for p in self.patterns)

    def log_likelihood(self, value: float) -> float:
        """Of all observed entries, with constants, where f has this value."""
        entries = self.moments.entries
        return gaussian_log_likelihood(value, self.count, entries, self.is_complex)

    def at(self, point: MatrixPoint) -> GaussianMeanLikelihoodAt:
        """f at a mean and a covariance."""
        return GaussianMeanLikelihoodAt(self, point)

    def check(self, space: Space) -> None:
        """The space must be a product of vectors of order p and Hermitian matrices."""
        n = self.features
        p = n if self.design is None else self.design.shape[1]
        if len(space.factors) != 2 or space.factors[0].shape != (p,):
            raise ValueError(
                f"GaussianMeanLikelihood needs Product(Dense({p}), space) with the "
                f"mean first and a space of covariances of order {n}, got {space!r}"
            )
        mean, covariance = space.factors
        check_hermitian(self, covariance, n, self.is_complex)
        check_field(mean, design=self.design)
        check_field(mean, samples=self._overall)

    @lazy
    def _overall(self) -> Array:
        """The mean of what is observed of each feature."""
        total: Any = 0.0
        seen = np.zeros(self.features)
        for p in self.patterns:
            total = total + embedded(p, p.count * p.mean, self.features)
            seen[p.observed] += p.count
        return np.asarray(total / np.maximum(seen, 1.0))

    @lazy
    def _coefficients(self) -> Array:
        """Least squares without weights for the overall mean."""
        if self.design is None:
            return self._overall
        beta: Array = np.linalg.lstsq(self.design, self._overall, rcond=None)[0]
        return beta

    def fitted(self, beta: Array) -> Array:
        """D beta, the mean."""
        return beta if self.design is None else product(self.design, beta)

    @lazy
    def _residual(self) -> Array:
        """Of the overall mean."""
        return self._overall - self.fitted(self._coefficients)

    def check_minimum(self, space: Space) -> None:
        """Refuse what has no minimum in the covariance at the mean of least squares."""
        covariance = space.factors[1]
        check_observed(self.moments, covariance)
        check_varied(self.moments, covariance, self.fitted(self._coefficients))
        if self.moments.is_complete:
            root = np.column_stack([self.patterns[0].scatter.root, self._residual])
            scatter = Scatter.of_root(root, self.count)
            GaussianLikelihood.from_scatter(scatter).check_minimum(covariance)

    def unit(self, space: Space) -> Array:
        """By the power about that mean; of beta by what moves D beta by its root."""
        mean, covariance = space.factors
        power, root = self._power or 1.0, math.sqrt(self._power or 1.0)
        if self.design is not None:
            root /= math.sqrt(np.mean(np.abs(self.design) ** 2) or 1.0)
        units = mean.length(root), covariance.length(power)
        return cast(Product, space).spread(units)

    def start(self, space: Space, rng: Seed = None) -> Array | None:
        """Least squares, and the multiple of the identity of the power about it."""
        mean, covariance = space.factors
        product_space = cast(Product, space)
        x = space.start(rng)
        try:
            x = product_space.replace(x, 0, mean.parameters(self._coefficients))
        except ValueError:  # a mean space that does not hold it
            return None
        part = multiple_of_identity(covariance, self._power)
        return x if part is None else product_space.replace(x, 1, part)

    @lazy
    def _power(self) -> float:
        """The mean power of an observed entry about the mean of least squares."""
        fitted, total = self.fitted(self._coefficients), 0.0
        for p in self.patterns:
            e = p.mean - fitted[p.observed]
            power = len(e) * p.scatter.power + np.vdot(e, e).real
            total += p.count * float(power)
        return total / self.moments.entries

    def __repr__(self) -> str:
        size = f"{self.count} samples of {self.features} features"
        return f"GaussianMeanLikelihood(<{size}>)"


class GaussianMeanLikelihoodAt(Evaluation[GaussianMeanLikelihood]):
    """The likelihood about the sample mean, and e^H A^-1 e, for each pattern.

    One column of E is e of one pattern, zero at what it does not observe.
    """

    @lazy
    def _term(self) -> PatternTerm:
        return PatternTerm(self.point.parts[1], self.f.patterns)

    @lazy
    def _share(self) -> Array:
        return np.array([p.count for p in self.f.patterns]) / self.f.count

    def _columns(self, mean: Array, sign: float = 0.0) -> Array:
        """Sign * (the sample mean of each pattern) - mean."""
        f = self.f
        columns = (
            embedded(p, sign * p.mean - mean[p.observed], f.features)
            for p in f.patterns
        )
        return np.column_stack([*columns])

    @lazy
    def _E(self) -> Array:
        return self._columns(self.f.fitted(self.point.parts[0].dense), 1.0)

    @lazy
    def _W(self) -> Array:
        return self._term.solve(self._E)  # A^-1 e

    @lazy
    def value(self) -> float:
        return self._term.value + inner(self._E * self._share, self._W)

    @lazy
    def gradient(self) -> Array:
        outer = self.point.parts[1].adjoint(self._W * self._share, self._W)
        return self._join(self._by_mean(self._W), self._term.gradient - outer)

    def hessp(self, v: Array) -> Array:
        mean, covariance = self.point.parts
        along_mean, along = cast(ProductPoint, self.point).space.split(v)
        dE = self._columns(self.f.fitted(mean.along(along_mean)))
        dW = self._term.solve(dE - product(covariance.along(along), self._W))
        turned = covariance.adjoint(dW * self._share, self._W)
        turned = turned + covariance.adjoint(self._W * self._share, dW)
        return self._join(self._by_mean(dW), self._term.hessp(along) - turned)

    def _by_mean(self, W: Array) -> Array:
        """The covector of -2 D^H W share."""
        D, total = self.f.design, product(W, self._share)
        mean = self.point.parts[0]
        return mean.adjoint(-2.0 * (total if D is None else product(herm(D), total)))

    def _join(self, by_mean: Array, by_covariance: Array) -> Array:
        return cast(ProductPoint, self.point).space.join([by_mean, by_covariance])


def embedded(pattern: Pattern, values: Array, n: int) -> Array:
    """Values of the observed features among all n, zero at the others."""
    x = np.zeros(n, dtype=values.dtype)
    x[pattern.observed] = values
    return x
