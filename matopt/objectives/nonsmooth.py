"""Terms with kinks, each known by its proximal operator, and sums that have one.

They are norms, or cones: 0 inside and +inf outside. They act on the entries of the
matrix in the Frobenius norm, on every space in which their proximal operator stays:
then the operator of the matrices is that of the space.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np

from matopt.errors import OutOfDomain
from matopt.lazy import lazy
from matopt.linalg import Array, herm, hermitian_part
from matopt.objectives.constant import check_single
from matopt.objectives.objective import Evaluation, Objective, Sum
from matopt.objectives.penalty import Penalty, Scaled
from matopt.spaces import MatrixPoint, Space

_ROUNDING = 1e-10  # what may leave the space, relative to the largest entry


class NonSmooth(Objective):
    """A convex g with g(t X) = t g(X) for t > 0, with kinks where solutions are sparse.

    ``minimize`` takes one such term, times a positive number, beside smooth ones, with
    ProximalGradient, ADMM, ProximalNewton or Convex; on a ``Product`` one ``g.of(i)``
    for each matrix. The gradient of such a sum is its
    subgradient of least Frobenius norm, which is zero exactly at a minimum.

    Parikh and Boyd, Proximal Algorithms (2014).
    """

    @abstractmethod
    def norm(self, X: Array) -> float:
        """g(X); +inf outside its domain."""

    @abstractmethod
    def dual_norm(self, Z: Array) -> float:
        """The largest Re tr(Z^H X) of all X with g(X) <= 1; it may be infinite."""

    @abstractmethod
    def prox(self, X: Array, t: float) -> Array:
        """The matrix Z that minimizes g(Z) + |Z - X|^2 / (2 t), Frobenius norm.

        For t = 0 the nearest in the domain of g, which is X itself for a norm.
        """

    @abstractmethod
    def nearest(self, X: Array, G: Array, c: float) -> Array:
        """The matrix of least Frobenius norm in G + c times the subgradients at X."""

    @property
    def weight(self) -> float:
        """How much g may grow with an entry of X."""
        return 1.0

    @property
    def has_hessian(self) -> bool:
        """No: there are kinks."""
        return False

    @property
    def smooth_part(self) -> Objective | None:
        """Nothing."""
        return None

    @property
    def penalty(self) -> Penalty | None:
        """g itself."""
        return Scaled(1.0, self)

    def at(self, point: MatrixPoint) -> NonSmoothAt:
        """g at a point."""
        return NonSmoothAt(self, point)

    def check(self, space: Space) -> None:
        """The space must be closed under the proximal operator."""
        check_single(space)
        X = _generic(space)
        t = 0.5 * float(np.max(np.abs(X), initial=0.0)) / (self.weight or 1.0)
        trials = [(self.prox(X, t), X), *((M, M) for M in self.short_steps(X))]
        if any(_leaves(space, Z, scale) for Z, scale in trials):
            raise ValueError(
                f"{self!r} needs a space that its proximal operator does not leave, "
                f"and {space!r} it does; {self.remedy}"
            )

    def short_steps(self, X: Array) -> list[Array]:
        """What short steps take from X, as directions that must be in the space."""
        return [self.nearest(X, np.zeros_like(X), 1.0)]

    @property
    def remedy(self) -> str:
        """What to do where the proximal operator leaves the space."""
        return "take a larger one such as Symmetric(n)"


def _leaves(space: Space, Z: Array, scale: Array) -> bool:
    """Is Z outside the space by more than the rounding of matrices like ``scale``?"""
    off = np.abs(Z - space.place(Z).dense)
    if space.hermitian:
        off = off + np.abs(Z - herm(Z))
    largest = float(np.max(np.abs(scale), initial=0.0))
    return float(np.max(off, initial=0.0)) > _ROUNDING * largest


def _generic(space: Space) -> Array:
    """A matrix of the space, but for its sign of definiteness."""
    draw = np.random.default_rng(0)
    if space.flat:
        return space.matrix(draw.standard_normal(space.dimension))
    G: Array = draw.standard_normal(space.shape)
    if space.dtype is complex:
        G = G + 1j * draw.standard_normal(space.shape)
    return hermitian_part(G) if space.hermitian else G


class NonSmoothAt(Evaluation[NonSmooth]):
    """The value, and the subgradient of least norm."""

    @lazy
    def value(self) -> float:
        return self.f.norm(self.point.dense)

    @lazy
    def gradient(self) -> Array:
        X = self.point.dense
        return self.point.adjoint(self.f.nearest(X, np.zeros_like(X), 1.0))

    def hessp(self, v: Array) -> Array:
        raise no_hessian(self.f)


def no_hessian(f: Objective) -> OutOfDomain:
    """The error of one who asks for second derivatives."""
    return OutOfDomain(
        f"{f!r} has kinks and no Hessian; take ProximalGradient, ProximalNewton or ADMM"
    )


class CompositeAt(Evaluation[Sum]):
    """F = f + c g at a point: the smooth part f by itself, and the two together."""

    @lazy
    def smooth(self) -> Evaluation[Objective] | None:
        """The smooth part."""
        f = self.f.smooth_part
        return None if f is None else f.at(self.point)

    @lazy
    def value(self) -> float:
        smooth = 0.0 if self.smooth is None else self.smooth.value
        return smooth + self._penalty.norm(self.point.dense)

    @property
    def _penalty(self) -> Penalty:
        penalty = self.f.penalty
        assert penalty is not None
        return penalty

    @lazy
    def ambient(self) -> Any:
        """The gradient of the smooth part, as a matrix of the form of the space.

        On a Product a tuple of them.
        """
        if self.smooth is None:
            return _zeros(self.point.dense)
        return self.point.ambient(self.smooth.gradient)

    @lazy
    def gradient(self) -> Array:
        """The covector of the subgradient of least Frobenius norm."""
        M = self._penalty.nearest(self.point.dense, self.ambient)
        return self.point.adjoint(M)

    def hessp(self, v: Array) -> Array:
        raise no_hessian(self.f)


def _zeros(X: Any) -> Any:
    """The zero matrix of the shape of X, or a tuple of them."""
    return tuple(map(np.zeros_like, X)) if isinstance(X, tuple) else np.zeros_like(X)
