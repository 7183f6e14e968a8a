"""Wishart distributions as penalties of a covariance or a precision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from matopt.lazy import lazy
from matopt.linalg import Array, Cholesky, as_hermitian, check_positive_definite
from matopt.objectives.constant import check_field, check_shape, freeze, settle, shown
from matopt.objectives.objective import Evaluation, Objective
from matopt.spaces import MatrixPoint, Space, Term


@dataclass(frozen=True, eq=False, repr=False)
class InverseWishartPrior(Objective):
    """f(A) = (nu + n + 1) ln det A + tr(A^-1 Psi): A is inverse Wishart.

    nu = ``dof`` > n - 1, Psi = ``scale``, (n, n) and positive definite. It is -2 times
    the logarithm of the density, less a constant; on a complex space -1 times, and
    with nu + n in place of nu + n + 1. So it adds to a likelihood of m samples as
    ``likelihood + prior / m``. Its mode is Psi/(nu + n + 1). On a covariance it keeps
    away from singularity, however few the samples; of a precision it is the prior that
    makes its inverse Wishart.

    A likelihood shrinks toward a target T, with S replaced by (S + w T)/(1 + w), by
    ``likelihood + w * GaussianLikelihood.from_covariance(T)``, which is this prior
    with nu + n + 1 = w m and Psi = w m T.

    Gradient (43), (63). Domain: A positive definite. Gelman et al., Bayesian Data
    Analysis (2013), section 3.6.
    """

    dof: float
    scale: Array

    def __post_init__(self) -> None:
        settle(self, **_checked(self.dof, self.scale))

    def __repr__(self) -> str:
        return f"InverseWishartPrior({self.dof:g}, {shown(self.scale)})"

    def at(self, point: MatrixPoint) -> InverseWishartPriorAt:
        return InverseWishartPriorAt(self, point)

    def check(self, space: Space) -> None:
        """The space must hold Hermitian matrices of the order of the scale."""
        _check_space(self, space, self.scale)


class InverseWishartPriorAt(Evaluation[InverseWishartPrior]):
    """The point's ln det and inverse trace."""

    @lazy
    def _power(self) -> float:
        return self.f.dof + _pairs(self.point.space)

    @lazy
    def _trace(self) -> Term:
        return self.point.inverse_trace(self.f.scale)

    @lazy
    def value(self) -> float:
        return self._power * self.point.logdet + self._trace.value

    @lazy
    def gradient(self) -> Array:
        return self._power * self.point.logdet_gradient() + self._trace.gradient

    def hessp(self, v: Array) -> Array:
        return self._power * self.point.logdet_hessp(v) + self._trace.hessp(v)


@dataclass(frozen=True, eq=False, repr=False)
class WishartPrior(Objective):
    """f(A) = -(nu - n - 1) ln det A + tr(Psi^-1 A): A is Wishart.

    nu = ``dof`` > n - 1, Psi = ``scale``, (n, n) and positive definite. It is -2 times
    the logarithm of the density, less a constant; on a complex space -1 times, and
    with nu - n in place of nu - n - 1. So it adds to a likelihood of m samples as
    ``likelihood + prior / m``. The mean is nu Psi; a mode exists where the factor of
    ln det A is below zero, and is then (nu - n - 1) Psi. It is convex there.

    Gradient (43), (100). Domain: A positive definite. Gelman et al., Bayesian Data
    Analysis (2013), section 3.6; Chung et al., Weakly Informative Prior for Point
    Estimation of Covariance Matrices (2015).
    """

    dof: float
    scale: Array

    def __post_init__(self) -> None:
        settle(self, **_checked(self.dof, self.scale))

    @lazy
    def _precision(self) -> Array:
        """Psi^-1."""
        return Cholesky.of(self.scale).inverse

    def __repr__(self) -> str:
        return f"WishartPrior({self.dof:g}, {shown(self.scale)})"

    def at(self, point: MatrixPoint) -> WishartPriorAt:
        return WishartPriorAt(self, point)

    def check(self, space: Space) -> None:
        """The space must hold Hermitian matrices of the order of the scale."""
        _check_space(self, space, self.scale)

    def check_minimum(self, space: Space) -> None:
        """Refuse a density that is largest at a singular matrix."""
        least = _pairs(space)
        if self.dof <= least:
            raise ValueError(
                f"dof must be above {least} for the density to have a mode, got "
                f"{self.dof:g}; add a likelihood, or take a larger dof"
            )

    def convex(self, cp: Any, X: Any) -> Any:
        """tr(Psi^-1 X) - c log_det(X), with c at least 0."""
        n = len(self.scale)
        factor = self.dof - (n if X.is_complex() else n + 1)
        if factor < 0:
            return super().convex(cp, X)
        trace = cp.real(cp.trace(self._precision @ X))
        return trace if factor == 0 else trace - factor * cp.log_det(X)


class WishartPriorAt(Evaluation[WishartPrior]):
    """The point's ln det, and a linear trace."""

    @lazy
    def _power(self) -> float:
        return _pairs(self.point.space) - self.f.dof

    @lazy
    def value(self) -> float:
        trace = float(np.vdot(self.f._precision, self.point.dense).real)
        return self._power * self.point.logdet + trace

    @lazy
    def gradient(self) -> Array:
        trace = self.point.adjoint(self.f._precision)
        return self._power * self.point.logdet_gradient() + trace

    def hessp(self, v: Array) -> Array:
        return self._power * self.point.logdet_hessp(v)


def _pairs(space: Space) -> int:
    """n + 1, or n of complex matrices: the power of det A in the invariant measure."""
    n: int = space.shape[0]
    return n if space.dtype is complex else n + 1


def _checked(dof: float, scale: ArrayLike) -> dict[str, Any]:
    Psi = freeze(np.array(as_hermitian(scale, "scale")))
    check_positive_definite(Psi, "scale")
    n = len(Psi)
    is_number = isinstance(dof, int | float | np.integer | np.floating)
    if isinstance(dof, bool) or not is_number or not n - 1 < dof < np.inf:
        raise ValueError(
            f"dof must be a number above n - 1 = {n - 1} for a scale of order {n}, "
            f"got {dof!r}"
        )
    return {"dof": float(dof), "scale": Psi}


def _check_space(f: Objective, space: Space, scale: Array) -> None:
    check_shape(space, f"scale has shape {scale.shape}", scale.shape)
    check_field(space, scale=scale)
    if not space.hermitian:
        raise ValueError(
            f"{type(f).__name__} needs a space of symmetric (Hermitian) matrices, "
            f"{space!r} is not; take Symmetric({len(scale)}) or a part of it, such as "
            f"SymmetricToeplitz({len(scale)}) or SymmetricCirculant({len(scale)})"
        )
