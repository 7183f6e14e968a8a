"""Likelihoods of samples with heavy tails: Student's t and Tyler's."""

from __future__ import annotations

import math
from abc import abstractmethod

import numpy as np
from numpy.typing import ArrayLike

from matopt.lazy import lazy
from matopt.linalg import Array, Scatter, product
from matopt.objectives.gaussian import (
    SampleLikelihood,
    multiple_of_identity,
)
from matopt.objectives.objective import Evaluation
from matopt.spaces import MatrixPoint, Seed, Space


class EllipticalLikelihood(SampleLikelihood):
    """f(A) = ln det A + mean of rho(d) with d = x^H A^-1 x of each sample x.

    An author writes rho and its first two derivatives, as ``_rho``. With w = rho'(d)
    and z = A^-1 x the gradient (43), (61) is A^-1 - mean of w z z^H; the Hessian along
    V is -A^-1 V A^-1 + mean of w (A^-1 V z z^H + z z^H V A^-1) + rho''(d) (z^H V z)
    z z^H. The point solves for all samples at once, with its one factor.
    """

    _samples: Array  # (n, m), one a column

    def __init__(self, samples: ArrayLike) -> None:
        """Take samples about their centre, one a row."""
        self.scatter = Scatter(samples)
        assert self.scatter.samples is not None
        self._samples = self.scatter.samples.T

    @abstractmethod
    def _rho(self, d: Array) -> tuple[Array, Array, Array]:
        """rho, rho' and rho'' at every d."""

    def at(self, point: MatrixPoint) -> EllipticalLikelihoodAt:
        """f at a scatter matrix."""
        return EllipticalLikelihoodAt(self, point)

    def start(self, space: Space, rng: Seed = None) -> Array | None:
        """The multiple of the identity of the trace of S, where x allows it."""
        return multiple_of_identity(space, self.scatter.power)


class EllipticalLikelihoodAt(Evaluation[EllipticalLikelihood]):
    """Through Z = A^-1 X."""

    @lazy
    def _Z(self) -> Array:
        return self.point.solve(self.f._samples)

    @lazy
    def _rho(self) -> tuple[Array, Array, Array]:
        d = np.sum((self.f._samples.conj() * self._Z).real, axis=0)
        return self.f._rho(d)

    @lazy
    def _weighted(self) -> Array:
        return self._Z * (self._rho[1] / self.f.count)

    @lazy
    def value(self) -> float:
        return self.point.logdet + float(np.mean(self._rho[0]))

    @lazy
    def gradient(self) -> Array:
        return self.point.logdet_gradient() - self.point.adjoint(
            self._weighted, self._Z
        )

    def hessp(self, v: Array) -> Array:
        point, Z = self.point, self._Z
        VZ = product(point.along(v), Z)
        U = point.solve(VZ)  # -dZ
        bend = self._rho[2] / self.f.count * np.sum((Z.conj() * VZ).real, axis=0)
        # w (u z^H + z u^H) + bend z z^H = (w u + bend z / 2) z^H + its transpose
        half = U * (self._rho[1] / self.f.count) + Z * (0.5 * bend)
        hessian: Array = point.logdet_hessp(v)
        hessian = hessian + point.adjoint(half, Z) + point.adjoint(Z, half)
        return hessian


class StudentLikelihood(EllipticalLikelihood):
    """f(A) = ln det A + ((nu + n)/m) sum of ln(1 + d/nu), d = x^H A^-1 x.

    It is (2/m) times the negative log-likelihood of m real samples x, (m, n), of the
    multivariate t distribution about zero with nu = ``dof`` degrees of freedom, less a
    constant; A is its scatter, the covariance times (nu - 2)/nu. Of circular complex
    samples it is 1/m times that, with ((nu + 2n)/2) ln(1 + 2d/nu). As nu grows it
    becomes ``GaussianLikelihood``. Convex along geodesics of ``PositiveDefinite``. It
    has a minimum where fewer than m (d + nu)/(n + nu) samples lie in any subspace of
    dimension d (twice d and n when complex): n samples in general position.

    Kent and Tyler, Redescending M-estimates of Multivariate Location and Scatter
    (1991).

    >>> import numpy as np, matopt as mo
    >>> samples = np.array([[1.0], [-1.0], [1.0], [100.0]])
    >>> f = mo.StudentLikelihood(samples, dof=1.0)
    >>> mo.minimize(f.on(mo.PositiveDefinite(1))).matrix.round(2)
    array([[2.]])
    """

    _penalty = "0.1 * GaussianLikelihood.from_covariance(np.eye({0}))"

    def __init__(self, samples: ArrayLike, dof: float) -> None:
        """Take samples about their centre, one a row, and the degrees of freedom."""
        super().__init__(samples)
        self.dof = check_positive(dof, "dof")

    @property
    def _fields(self) -> int:
        """How many real numbers make one entry."""
        return 2 if self.is_complex else 1

    def _rho(self, d: Array) -> tuple[Array, Array, Array]:
        c, nu = self._fields, self.dof
        total = nu + c * self.features
        slope = total / (nu + c * d)
        return total / c * np.log1p(c * d / nu), slope, -c * slope / (nu + c * d)

    def log_likelihood(self, value: float) -> float:
        """Of m samples, with the gamma functions; complex: of 2n real entries."""
        c, n, nu = self._fields, self.features, self.dof
        constant = math.lgamma((nu + c * n) / 2) - math.lgamma(nu / 2)
        constant -= c * n / 2 * math.log(nu * math.pi / c)
        return self.count * (constant - c * value / 2)

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]}, dof={self.dof:g})"


class TylerLikelihood(EllipticalLikelihood):
    """f(A) = ln det A + (n/m) sum of ln(x^H A^-1 x): the shape of a scatter.

    It is (2/m) times the negative log-likelihood of the directions x/|x| of m real
    samples, (m, n), whose distribution is elliptical about zero, whichever it is (1/m
    for circular complex ones), less a constant. Only directions matter, also of A:
    f(c A) = f(A). A minimum is a ray; what ``minimize`` returns has the scale to which
    it came, and ``normalized`` gives it another. Convex along geodesics of
    ``PositiveDefinite``. It has a minimum, one ray, where fewer than m d/n samples lie
    in any subspace of dimension d < n: n + 1 samples in general position.

    Tyler, A Distribution-Free M-Estimator of Multivariate Scatter (1987).

    >>> import numpy as np, matopt as mo
    >>> samples = np.array([[1.0, 0.0], [0.0, 9.0], [3.0, 3.0], [2.0, -2.0]])
    >>> f = mo.TylerLikelihood(samples)
    >>> result = mo.minimize(f.on(mo.PositiveDefinite(2)))
    >>> f.normalized(result.matrix).round(6)
    array([[1., 0.],
           [0., 1.]])
    """

    def __init__(self, samples: ArrayLike) -> None:
        """Take samples about their centre, one a row, none of them zero."""
        super().__init__(samples)
        zero = ~self._samples.any(axis=0)
        if zero.any():
            raise ValueError(
                f"samples must have directions, but {zero.sum()} of {self.count} are "
                f"zero, first {zero.argmax()}; leave them out"
            )

    def _rho(self, d: Array) -> tuple[Array, Array, Array]:
        n = self.features
        return n * np.log(d), n / d, -n / d**2

    def check_minimum(self, space: Space) -> None:
        """Refuse also as many samples as features: then it has too many minima."""
        super().check_minimum(space)
        n, X = self.features, self._samples
        if self.count == n and space.holds(X * np.sqrt(np.arange(1.0, n + 1))):
            raise ValueError(
                f"samples has {n} samples of {n} features but the space {space!r} "
                "holds a matrix for each way to weight them, which all are minima; "
                f"pass more than {n} samples, or add a penalty such as "
                f"{self._penalty.format(n)}"
            )

    @property
    def _penalty(self) -> str:  # type: ignore[override]  # by the number of samples
        """Above n/m - 1 it outweighs the samples' own subspace."""
        weight = max(0.1, math.ceil(12 * self.features / self.count - 11) / 10)
        return f"{weight:g} * GaussianLikelihood.from_covariance(np.eye({{0}}))"

    def normalized(self, matrix: ArrayLike, by: str = "trace") -> Array:
        """The multiple of a matrix with trace n, or with ``by="det"`` of determinant 1.

        f is the same there.
        """
        A = np.asarray(matrix)
        n = len(A)
        if by == "trace":
            return np.asarray(A * (n / A.trace().real))
        if by == "det":
            return np.asarray(A * math.exp(-float(np.linalg.slogdet(A)[1]) / n))
        raise ValueError(f"by must be 'trace' or 'det', got {by!r}")

    def log_likelihood(self, value: float) -> float:
        """Of the directions of m samples, on the unit sphere of their space."""
        c = 2 if self.is_complex else 1
        half = c * self.features / 2
        area = math.log(2) + half * math.log(math.pi) - math.lgamma(half)
        lengths = np.linalg.norm(self._samples, axis=0)
        directions = value - 2 * self.features * float(np.mean(np.log(lengths)))
        return -self.count * (area + c / 2 * directions)


def check_positive(value: float, name: str) -> float:
    """Return a finite number above zero as a float."""
    number = isinstance(value, int | float | np.integer | np.floating)
    if isinstance(value, bool) or not number or not 0 < value < math.inf:
        raise ValueError(f"{name} must be a positive number, got {value!r}")
    return float(value)
