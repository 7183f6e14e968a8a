"""What is minimized: the interface of an objective, and its sums."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import numpy as np

from matopt.errors import OutOfDomain
from matopt.lazy import lazy
from matopt.linalg import Array
from matopt.objectives.restriction import Restriction
from matopt.spaces import Descent, MatrixPoint, OneCall, Seed, Space

if TYPE_CHECKING:
    from matopt.objectives.penalty import Penalty

F = TypeVar("F", bound="Objective")

_ROUNDING = 1e-12  # of a gradient that is zero


class Evaluation(ABC, Generic[F]):
    """An objective at one point; every part is computed when first asked for.

    ``gradient`` and ``hessp`` are covectors in the coordinates of the space, made by
    ``point.adjoint``. Outside the domain each raises ``OutOfDomain``.
    """

    def __init__(self, f: F, point: MatrixPoint) -> None:
        """Belong to ``f`` at ``point``."""
        if MatrixPoint not in type(point).__mro__:  # isinstance asks the ABC, slowly
            raise TypeError(
                f"point must be a point of a space, got {type(point).__name__}; "
                "write f.on(space).at(matrix)"
            )
        self.f = f
        self.point = point

    @property
    @abstractmethod
    def value(self) -> float:
        """f at the point."""

    @property
    @abstractmethod
    def gradient(self) -> Array:
        """The first derivative."""

    @abstractmethod
    def hessp(self, v: Array) -> Array:
        """The second derivative applied to the tangent v."""

    @lazy
    def hessian(self) -> Array:
        """The second derivative in the tangent basis of the space, (k, k)."""
        basis = self.point.space.tangent_basis(self.point)
        flat = basis.reshape(len(basis), -1)
        columns = [self.hessp(e).ravel() for e in basis]
        H: Array = (flat.conj() @ np.array(columns).T).real
        return 0.5 * (H + H.T)

    @property
    def mean_gain(self) -> float:
        """How much less f is here than about zero, where it is about a fitted mean."""
        return 0.0

    def descend(self, goal: float, limit: int, *, natural: bool) -> Descent | None:
        """The iterates of Newton's method from here where one call computes them.

        At most ``limit`` steps, until the gradient norm is at most ``goal``, which is
        by the parameters or, where ``natural``, in the affine-invariant metric.
        """
        return None


class Objective(ABC):
    """A real function of a matrix, with exact first and second derivatives."""

    __array_ufunc__ = None  # an array times an objective is an error, not an array

    @abstractmethod
    def at(self, point: MatrixPoint) -> Evaluation[Any]:
        """f at a point of any space it admits."""

    def check(self, space: Space) -> None:  # noqa: B027  most admit what fits at()
        """Raise an error that says why f is not defined on the space."""

    def check_minimum(self, space: Space) -> None:  # noqa: B027  most cannot tell
        """Raise ValueError if f is known to fall without limit on the space."""

    def check_penalized(  # noqa: B027  most cannot tell
        self, space: Space, penalty: Penalty
    ) -> None:
        """Raise ValueError if f + penalty is known to fall without limit."""

    def doubt(self, space: Space) -> str:
        """Why f may have no minimum on the space, and what to do, if it may not."""
        return ""

    def start(self, space: Space, rng: Seed = None) -> Array | None:
        """The x of a natural start in the space, if f knows one."""
        return None

    def beside(self, space: Space, x: Array, rng: Seed = None) -> Array:
        """x itself, or another where f has a kink at x and no second derivatives."""
        return x

    def unit(self, space: Space) -> float | Array | None:
        """The length of tangents along which the unknown changes by its own size.

        Likelihoods, whose values have no unit, know that size by their samples: the
        gradient times this number has no unit either. None where f knows none; on a
        Product one number for each coordinate, NaN for those of other factors.
        """
        return None

    def in_one_call(self, space: Space) -> OneCall | None:
        """What computes value and gradient of an evaluation at once, if something does.

        It spares small matrices most of the objects between.
        """
        return None

    @property
    def mean_parameters(self) -> int:
        """The real parameters of a mean at which f is the least already."""
        return 0

    @property
    def has_hessian(self) -> bool:
        """Are second derivatives exact (not differences)?"""
        return True

    @property
    def smooth_part(self) -> Objective | None:
        """f without its non-smooth term; None if nothing is left."""
        return self

    @property
    def penalty(self) -> Penalty | None:
        """The non-smooth term of f with its coefficient, if there is one."""
        return None

    def prox(self, X: Array, t: float) -> Array:
        """The matrix Z that minimizes f(Z) + |Z - X|^2 / (2 t), Frobenius norm."""
        raise TypeError(
            f"{type(self).__name__} has no proximal operator in closed form; take "
            "ProximalGradient, which needs only its gradient"
        )

    def isotropic(self) -> tuple[float, Array | float] | None:
        """(mu, B) if f(X) = mu |X|^2 + Re tr(B^H X) + a constant, else None."""
        return None

    @property
    def expects_information(self) -> bool:
        """Is its Hessian in the mean a multiple of the ``information`` of points?"""
        return False

    def convex(self, cp: Any, X: Any) -> Any:
        """The cvxpy expression of f at the expression X; ``cp`` is cvxpy, or as it.

        Only what a convex problem needs is called: its atoms, ``real`` and ``trace``.
        """
        raise TypeError(
            f"{type(self).__name__} is not known to be convex; "
            "choose another solver than Convex"
        )

    def on(self, space: Space) -> Restriction:
        """f restricted to a space: what ``minimize`` takes."""
        return Restriction(self, space)

    def of(self, index: int) -> Objective:
        """f of the index-th matrix (from 0) of a ``Product``, as f of the tuple."""
        from matopt.objectives.component import Component

        return Component(self, index)

    def __add__(self, other: Objective) -> Objective:
        if not isinstance(other, Objective):
            return NotImplemented
        return Sum((*_terms(self), *_terms(other)))

    def __radd__(self, other: object) -> Objective:
        if other != 0:  # where sum() starts
            return NotImplemented
        return self

    def __mul__(self, factor: float) -> Objective:
        if not isinstance(factor, int | float | np.integer | np.floating):
            return NotImplemented
        if not np.isfinite(factor):
            raise ValueError(f"the factor of an objective must be finite, got {factor}")
        if factor == 1:
            return self
        return Sum(tuple((float(factor) * c, f) for c, f in _terms(self)))

    __rmul__ = __mul__

    def __truediv__(self, divisor: float) -> Objective:
        if not isinstance(divisor, int | float | np.integer | np.floating):
            return NotImplemented
        return self * (1.0 / divisor)

    def __neg__(self) -> Objective:
        return self * -1.0

    def __sub__(self, other: Objective) -> Objective:
        if not isinstance(other, Objective):
            return NotImplemented
        return self + (-other)


def _terms(f: Objective) -> tuple[tuple[float, Objective], ...]:
    return f.terms if isinstance(f, Sum) else ((1.0, f),)


class Sum(Objective):
    """c_1 f_1 + c_2 f_2 + ..., all at one point and so with one factorization."""

    def __init__(self, terms: tuple[tuple[float, Objective], ...]) -> None:
        """Take pairs (coefficient, objective)."""
        self.terms = terms

    def __repr__(self) -> str:
        return " + ".join(
            repr(f) if c == 1.0 else f"{c:g} * {f!r}" for c, f in self.terms
        )

    def at(self, point: MatrixPoint) -> Evaluation[Sum]:
        """All terms at the point."""
        if self.penalty is None:
            return SumAt(self, point)
        from matopt.objectives.nonsmooth import CompositeAt

        return CompositeAt(self, point)

    def of(self, index: int) -> Objective:
        """The sum of the terms of that matrix."""
        return Sum(tuple((c, f.of(index)) for c, f in self.terms))

    def check(self, space: Space) -> None:
        """Check every term, and that one of them at most a matrix is not smooth."""
        for _, f in self.terms:
            f.check(space)
        if self.penalty is not None:
            self.penalty.check()

    def check_minimum(self, space: Space) -> None:
        """Of one term alone; another one may be the penalty that gives a minimum."""
        terms = [(c, f) for c, f in self.terms if c != 0.0 or f.penalty is None]
        if len(terms) == 1 and terms[0][0] > 0:
            terms[0][1].check_minimum(space)
        elif len(terms) == 2 and self.penalty is not None:
            for _, f in terms:
                f.check_penalized(space, self.penalty)

    def doubt(self, space: Space) -> str:
        """Of one term alone, as above."""
        return self.terms[0][1].doubt(space) if len(self.terms) == 1 else ""

    def start(self, space: Space, rng: Seed = None) -> Array | None:
        """That of the first term that knows one, else that of the space.

        The latter is moved off the kinks of norms, unless it is the minimum on them.
        """
        starts = (f.start(space, rng) for _, f in self.terms)
        known = next((x for x in starts if x is not None), None)
        return self._off_kinks(space, space.start(rng), rng) if known is None else known

    def _off_kinks(self, space: Space, x: Array, rng: Seed) -> Array:
        kinks = [(c, f) for c, f in self.terms if f.beside(space, x, rng) is not x]
        if kinks and not self._is_flat(space, x, min(c for c, _ in kinks)):
            for _, f in kinks:
                x = f.beside(space, x, rng)
        return x

    def _is_flat(self, space: Space, x: Array, slope: float) -> bool:
        """Is the gradient zero, but for rounding, beside that slope of a kink?"""
        e = self.at(space.point(x))
        try:
            inside = math.isfinite(e.value)
            return inside and float(np.linalg.norm(e.gradient)) <= _ROUNDING * slope
        except OutOfDomain:
            return False

    def unit(self, space: Space) -> float | Array | None:
        """That of the first term that knows one, at each coordinate."""
        known: float | Array | None = None
        for unit in (f.unit(space) for c, f in self.terms if c != 0.0):
            if known is None:
                known = unit
            elif unit is not None and not isinstance(known, float):
                known = np.where(np.isnan(known), unit, known)
        return known

    @property
    def has_hessian(self) -> bool:
        """Have all terms exact second derivatives?"""
        return all(f.has_hessian for _, f in self.terms)

    @property
    def expects_information(self) -> bool:
        """Does a term, that the others may be penalties of?"""
        return any(c > 0 and f.expects_information for c, f in self.terms)

    @lazy
    def smooth_part(self) -> Objective | None:
        """The sum of the smooth terms."""
        terms = tuple((c, f) for c, f in self.terms if f.penalty is None)
        return Sum(terms) if terms else None

    @lazy
    def penalty(self) -> Penalty | None:
        """The non-smooth term, or that of each matrix; of several the first."""
        from matopt.objectives.penalty import penalty_of

        return penalty_of(self.terms)

    def prox(self, X: Array, t: float) -> Array:
        """That of the one term left when isotropic ones are taken into X and t."""
        mu, B, others = self.reduced()
        if len(others) > 1:
            names = " and ".join(type(f).__name__ for _, f in others)
            raise TypeError(
                f"the sum of {names} has no proximal operator in closed form; "
                "take ProximalGradient, which needs only gradients"
            )
        s = 1.0 / (1.0 / t + 2.0 * mu)
        Z: Array = s * (X / t - B)
        return others[0][1].prox(Z, others[0][0] * s) if others else Z

    def isotropic(self) -> tuple[float, Array | float] | None:
        """The sum, if all terms are."""
        mu, B, others = self.reduced()
        return None if others else (mu, B)

    def reduced(self) -> tuple[float, Array | float, list[tuple[float, Objective]]]:
        """The isotropic terms added up to (mu, B), and all other terms."""
        mu, B = 0.0, cast("Array | float", 0.0)
        others: list[tuple[float, Objective]] = []
        for c, f in self.terms:
            found = f.isotropic()
            if found is None:
                others.append((c, f))
            else:
                mu, B = mu + c * found[0], B + c * found[1]
        return mu, B, others

    def convex(self, cp: Any, X: Any) -> Any:
        """The sum of the expressions; cvxpy judges the signs.

        0 times a term with kinks is nothing, though 0 times an indicator is not.
        """
        terms = ((c, f) for c, f in self.terms if c != 0.0 or f.penalty is None)
        return sum(c * f.convex(cp, X) for c, f in terms)


class SumAt(Evaluation[Sum]):
    """The terms at one point."""

    @lazy
    def _parts(self) -> list[tuple[float, Evaluation[Any]]]:
        return [(c, f.at(self.point)) for c, f in self.f.terms]

    @lazy
    def value(self) -> float:
        return sum(c * e.value for c, e in self._parts)

    @lazy
    def gradient(self) -> Array:
        return self._total(lambda e: e.gradient)

    def hessp(self, v: Array) -> Array:
        return self._total(lambda e: e.hessp(v))

    @lazy
    def hessian(self) -> Array:
        """The sum of those of the terms, which may form theirs at once."""
        return self._total(lambda e: e.hessian)

    def _total(self, part: Callable[[Evaluation[Any]], Array]) -> Array:
        (c, e), *others = self._parts
        total = c * part(e)
        for c, e in others:
            total = total + c * part(e)
        return total
