"""An objective on a space, and the iterate: everything about it at one point."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from matopt.errors import OutOfDomain
from matopt.lazy import lazy
from matopt.linalg import Array
from matopt.spaces import MatrixPoint, OneCall, Seed, Space

if TYPE_CHECKING:
    from matopt.objectives.objective import Evaluation, Objective

# Of an iterate: value, gradient norm; then nfev, njev, nhev and nfactor so far
Row: TypeAlias = tuple[float, float, int, int, int, int]


@dataclass
class Counts:
    """What was computed in one run."""

    nfev: int = 0  # values
    njev: int = 0  # gradients
    nhev: int = 0  # Hessian-vector products
    nfactor: int = 0  # factorizations
    nnan: int = 0  # values that were NaN
    goal: float = 0.0  # the gradient norm that ends the run

    def spend(self) -> None:
        """Called before each value and each Hessian product; may end the run."""

    def skim(self, rows: Sequence[Row]) -> int:
        """Record the first iterates by these alone, as many as none needs to see."""
        return 0


@dataclass(frozen=True, eq=False)
class Restriction:
    """f on a space; ``at`` gives iterates."""

    objective: Objective
    space: Space
    counts: Counts = field(default_factory=Counts, repr=False)

    def __post_init__(self) -> None:
        """Check that f is defined on the space."""
        if not isinstance(self.space, Space):
            given = self.space
            name = given.__name__ if isinstance(given, type) else None
            raise TypeError(
                "space must be a Space such as Symmetric(n), got "
                + (f"the class {name}; make one: {name}(...)" if name else repr(given))
            )
        self.objective.check(self.space)

    def at(self, x: ArrayLike) -> Iterate:
        """f at a matrix of the space, or at a parameter vector."""
        return Iterate(self, self.space.point(self.space.admit(x)))

    def start(self, rng: Seed = None) -> Iterate:
        """f at its own natural start, or at the space's."""
        x = self.objective.start(self.space, rng)
        x = self.inside(self.space.start(rng) if x is None else x)
        return Iterate(self, self.space.point(x))

    def inside(self, x: Array) -> Array:
        """x, or the nearest by its entries where the non-smooth term is finite."""
        penalty = self.objective.penalty
        if penalty is None:
            return x
        point = self.space.point(x)
        if penalty.norm(point.dense) < math.inf:
            return x
        return self.space.place(penalty.prox(point.dense, 0.0)).x

    def counted(self, counts: Counts) -> Restriction:
        """The same, counting into ``counts``; it need not be checked again."""
        other = object.__new__(type(self))
        vars(other).update(vars(self), counts=counts)
        return other

    @lazy
    def one_call(self) -> OneCall | None:
        """What computes f and its covector at once, where something does."""
        return self.objective.in_one_call(self.space)

    def __repr__(self) -> str:
        return f"({self.objective!r}).on({self.space!r})"


class Iterate:
    """f at one point of its space: value, gradient and Hessian products, lazy.

    ``gradient`` is a tangent: the Riemannian gradient, on a ``Structure`` the vector
    of derivatives by the parameters. ``value`` is +inf outside the domain of f.
    """

    def __init__(
        self, restriction: Restriction, point: MatrixPoint, step: Array | None = None
    ) -> None:
        """Take what is evaluated and where, and the tangent that led here."""
        self.restriction = restriction
        self.space = restriction.space
        self.point = point
        self.step = step
        if restriction.one_call is None:
            self.evaluation = restriction.objective.at(point)

    @property
    def x(self) -> Array:
        """The parameters on a structure, the matrix on a manifold."""
        return self.point.x

    @property
    def matrix(self) -> Array:
        """The matrix; do not write into it."""
        return self.point.dense

    @lazy
    def value(self) -> float:
        """f; +inf where it is not defined, NaN included."""
        restriction, point = self.restriction, self.point
        counts, one_call = restriction.counts, restriction.one_call
        counts.spend()
        counts.nfev += 1
        before = point.factorizations
        known = None
        try:
            if one_call is not None and not before:
                known = one_call(point)
            if known is None:
                value = float(self.evaluation.value)
            else:
                value, self.covector = known
        except OutOfDomain:
            value = math.inf
        counts.nfactor += point.factorizations - before
        if math.isnan(value):
            counts.nnan += 1
            return math.inf
        return value

    @lazy
    def evaluation(self) -> Evaluation[Any]:
        """What f knows at the point."""
        return self.restriction.objective.at(self.point)

    @lazy
    def covector(self) -> Array:
        """The first derivative in the coordinates of the space."""
        return self.evaluation.gradient

    @lazy
    def gradient(self) -> Array:
        """The Riemannian gradient."""
        counts = self.restriction.counts
        counts.njev += 1
        before = self.point.factorizations
        gradient = self.space.gradient(self.point, self.covector)
        counts.nfactor += self.point.factorizations - before
        return gradient

    @lazy
    def gradient_norm(self) -> float:
        """The length of the gradient in the metric of the space."""
        return self.norm(self.gradient)

    def hessp(self, v: Array) -> Array:
        """The Riemannian Hessian along v."""
        counts = self.restriction.counts
        counts.spend()
        counts.nhev += 1
        e = self.evaluation
        if "gradient" not in vars(self):  # the metric needs its covector: count it
            _ = self.gradient
        Hv, bent = e.hessp(v), self.point.bend(v)
        if bent is not None:
            Hv = Hv + self.restriction.objective.at(bent).gradient
        return self.space.hessp(self.point, self.covector, Hv, v)

    @lazy
    def hessian(self) -> Array:
        """The Riemannian Hessian in an orthonormal tangent basis, (k, k)."""
        basis = self.space.tangent_basis(self.point)
        H = self.space.gram(self.point, basis, np.array([self.hessp(e) for e in basis]))
        return 0.5 * (H + H.T)

    def inner(self, u: Array, v: Array) -> float:
        """The metric at the point."""
        return self.space.inner(self.point, u, v)

    def norm(self, v: Array) -> float:
        """The length of v; NaN stays NaN."""
        return math.sqrt(self.space.inner(self.point, v, v))

    def known(self, x: Array, value: float, gradient_norm: float) -> Iterate:
        """The next iterate, at x, where both are known already."""
        e = Iterate(self.restriction, self.space.point(x), x - self.x)
        e.value, e.gradient_norm = value, gradient_norm
        return e

    def retract(self, v: Array) -> Iterate:
        """The iterate reached along v."""
        return Iterate(self.restriction, self.space.retract(self.point, v), v)

    def transport(self, end: Iterate, v: Array, w: Array) -> Array:
        """w (or a stack) carried from here along v to ``end``."""
        return self.space.transport(self.point, end.point, v, w)

    def velocity(self, end: Iterate, v: Array) -> Array:
        """The velocity at ``end`` of the curve that leaves here along v."""
        return self.space.velocity(self.point, end.point, v)

    def __repr__(self) -> str:
        return f"<{self.restriction!r} at a point>"
