"""The affine-invariant metric restricted to a linear family.

At a positive definite A = sum theta_k S_k the metric is tr(A^-1 U A^-1 V) = u^T F v
with F_kl = Re tr(A^-1 S_k A^-1 S_l), for Gaussian data the Fisher information. It makes
a likelihood well conditioned whatever the condition number of A.

Rao (1945); Skovgaard, A Riemannian Geometry of the Multivariate Normal Model (1984);
Burg, Luenberger and Wenger, Estimation of Structured Covariance Matrices (1982).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from matopt.errors import OutOfDomain
from matopt.linalg import Array, Scatter, check_positive_definite, product
from matopt.spaces.point import Ends, MatrixPoint, OneCall
from matopt.spaces.space import Seed, Space, generator
from matopt.spaces.structure import Structure, StructurePoint


@dataclass(frozen=True, repr=False)
class Fisher(Space):
    """Any Hermitian structure intersected with the positive definite matrices.

    A point is the structure's own point, so that what is fast there is fast here. The
    factor of A that F needs is the one that the objective needs too.

    Retraction: theta + v + a/2 with a the acceleration of the geodesic, so of second
    order; it can leave the domain. Transport keeps the parameters of a tangent; it is
    linear but not an isometry.
    """

    structure: Structure

    hermitian = True
    linear = True

    def __post_init__(self) -> None:
        """Check that the structure is Hermitian."""
        if not isinstance(self.structure, Structure):
            raise TypeError(
                "structure must be a Structure such as Symmetric(n), "
                f"got {type(self.structure).__name__}"
            )
        if not self.structure.hermitian:
            raise ValueError(
                "structure must hold symmetric (Hermitian) matrices, which can be "
                f"positive definite; {self.structure!r} does not"
            )
        for name in ("dtype", "quick_information", "samples_needed"):
            object.__setattr__(self, name, getattr(self.structure, name))

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the structure."""
        return self.structure.shape

    @property
    def dimension(self) -> int:
        """The number of parameters."""
        return self.structure.size

    # Points

    def point(self, x: Array) -> StructurePoint:
        """The point of the structure at the parameters x."""
        return self.structure.point(x)

    def parameters(self, matrix: ArrayLike) -> Array:
        """The parameters of a positive definite matrix of the family."""
        return self._positive(self.structure.parameters(matrix))

    def near(self, scatter: Scatter) -> Array | None:
        """The structure's."""
        return self.structure.near(scatter)

    def gaussian_in_one_call(self, scatter: Scatter) -> OneCall | None:
        """The structure's, whose points are those of this space."""
        return self.structure.gaussian_in_one_call(scatter)

    def fit_each(
        self, X: Array, goals: Array, limit: int, *, natural: bool = True
    ) -> Ends | None:
        """The structure's, with gradients measured by F."""
        return self.structure.fit_each(X, goals, limit, natural=True)

    def admit(self, start: ArrayLike) -> Array:
        """Return the parameters for a matrix, or for a parameter vector."""
        return self._positive(self.structure.admit(start))

    def expression(self, cp: Any) -> tuple[Any, list[Any]]:
        """The structure's, constrained to be semidefinite."""
        A, constraints = self.structure.expression(cp)
        return A, [*constraints, A >> 0]

    def _positive(self, x: Array) -> Array:
        try:
            _ = self.structure.point(x).factor
        except OutOfDomain:
            check_positive_definite(self.matrix(x), "matrix")
        return x

    def matrix(self, x: Array) -> Array:
        """A(theta)."""
        return self.structure.matrix(x)

    def random(self, rng: Seed = None) -> Array:
        """The structure's."""
        return self.structure.random(rng)

    def start(self, rng: Seed = None) -> Array:
        """The structure's: the identity or the member nearest to it."""
        return self.structure.start(rng)

    def scaled_identity(self, scale: float) -> Array | None:
        """The structure's."""
        return self.structure.scaled_identity(scale) if scale > 0.0 else None

    def holds(self, root: Array) -> bool:
        """The structure's."""
        return self.structure.holds(root)

    # Geometry

    def gradient(self, point: MatrixPoint, g: Array) -> Array:
        """F^-1 g: the natural gradient."""
        return _own(point).information_factor.solve(g)

    def hessp(self, point: MatrixPoint, g: Array, Hv: Array, v: Array) -> Array:
        """F^-1 (Hv + h), h_k = Re tr(R P sym(V P S_k) P): the Christoffel term.

        P = A^-1, and R = A(F^-1 g) is the gradient as a matrix; h is the adjoint of
        sym(P R P V P).
        """
        own = _own(point)
        h = own.inverse_hessp(self.gradient(point, g), v)
        return own.information_factor.solve(Hv + h)

    def inner(self, point: MatrixPoint, u: Array, v: Array) -> float:
        """u^T F v = (C^T u)^T (C^T v), F = C C^T, so that lengths are real."""
        C = _own(point).information_factor.L
        a = product(C.T, u)
        return float(a.dot(a if v is u else product(C.T, v)))

    def gram(self, point: MatrixPoint, U: Array, V: Array) -> Array:
        """All u^T F v."""
        C = _own(point).information_factor.L
        return product(product(U, C), product(V, C).T)

    def _acceleration(self, own: StructurePoint, v: Array) -> Array:
        """The parameters of the part of V P V in the family: theta'' of a geodesic."""
        return own.information_factor.solve(own.inverse_hessp(v, v))

    def retract(self, point: MatrixPoint, v: Array) -> StructurePoint:
        """theta + v + a/2."""
        return self.point(point.x + v + 0.5 * self._acceleration(_own(point), v))

    def velocity(self, start: MatrixPoint, end: MatrixPoint, v: Array) -> Array:
        """v + a."""
        return v + self._acceleration(_own(start), v)

    def transport(
        self, start: MatrixPoint, end: MatrixPoint, v: Array, w: Array
    ) -> Array:
        """w as it is."""
        return w

    def random_tangent(self, point: MatrixPoint, rng: Seed = None) -> Array:
        """A random direction of unit length, uniform in the metric."""
        z = generator(rng).standard_normal(self.dimension)
        return _own(point).information_factor.unwhiten(z / math.sqrt(z.dot(z)))

    def tangent_basis(self, point: MatrixPoint) -> Array:
        """The columns of C^-T for F = C C^T, one a row."""
        return _own(point).information_factor.whiten(np.eye(self.dimension))


def _own(point: MatrixPoint) -> StructurePoint:
    assert isinstance(point, StructurePoint)
    return point
