"""Members of a linear structure at coordinates that they depend on in a curved way."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from matopt.lazy import lazy
from matopt.linalg import Array, Factor, Scatter, product
from matopt.spaces.bent import Bent
from matopt.spaces.point import MatrixPoint, Term
from matopt.spaces.structure import StructurePoint

Linear: TypeAlias = Callable[[Array], Array]


class ChartPoint(MatrixPoint):
    """A(theta(y)), A linear: y are the coordinates of the space, theta parameters.

    An author writes ``member``, the point of the structure, which answers, and the
    derivative of theta: ``push``, its transpose ``pull``, and what ``pull`` changes by.
    """

    @property
    @abstractmethod
    def member(self) -> StructurePoint:
        """The point of the structure at theta; it is made once."""

    @abstractmethod
    def push(self, v: Array) -> Array:
        """The derivative of theta along the tangent v."""

    @abstractmethod
    def pull(self, g: Array) -> Array:
        """The covector of the derivative g by theta: the transpose of ``push``."""

    @abstractmethod
    def pull_along(self, v: Array, g: Array) -> Array:
        """The derivative of ``pull(g)`` along v, g fixed: symmetric in v."""

    @property
    def dense(self) -> Array:
        """A."""
        return self.member.dense

    def along(self, v: Array) -> Array:
        """A(push(v))."""
        return self.member.along(self.push(v))

    def adjoint(self, left: Array, right: Array | None = None) -> Array:
        """The structure's, pulled."""
        return self.pull(self.member.adjoint(left, right))

    def bend(self, v: Array) -> BentChart:
        """The matrix with ``pull_along`` in place of ``pull``."""
        return BentChart(self, v)

    @property
    def factorizations(self) -> int:
        """Those of the member too."""
        member = vars(self).get("member")
        return self._factorizations + (member.factorizations if member else 0)

    @factorizations.setter
    def factorizations(self, count: int) -> None:
        self._factorizations = count

    @property
    def factor(self) -> Factor:
        """The member's."""
        return self.member.factor

    @lazy
    def information(self) -> Array:
        """The member's, by the tangent basis."""
        basis = self.space.tangent_basis(self)
        J = np.array([self.push(e) for e in basis])
        F: Array = product(product(J, self.member.information), J.T)
        return F

    def logdet_gradient(self) -> Array:
        """The member's, pulled."""
        return self.pull(self.member.logdet_gradient())

    def logdet_hessp(self, v: Array) -> Array:
        """The member's part of it; see ``bend``."""
        return self.pull(self.member.logdet_hessp(self.push(v)))

    def inverse_trace(self, B: Array) -> Term:
        """The member's, pulled."""
        return Pulled(self.member.inverse_trace(B), self.push, self.pull)

    def gaussian(self, scatter: Scatter) -> Term:
        """The member's, pulled."""
        term = self.member.gaussian(scatter)
        return Pulled(term, self.push, self.pull)


class BentChart(Bent):
    """The matrix with the derivative of ``pull`` along v: see ``MatrixPoint.bend``."""

    point: ChartPoint

    def _pull(self, g: Array) -> Array:
        return self.point.pull_along(self.v, g)

    def adjoint(self, left: Array, right: Array | None = None) -> Array:
        """The structure's, pulled."""
        return self._pull(self.point.member.adjoint(left, right))

    def logdet_gradient(self) -> Array:
        """The member's, pulled."""
        return self._pull(self.point.member.logdet_gradient())

    def inverse_trace(self, B: Array) -> Term:
        """The member's, pulled."""
        return Pulled(self.point.member.inverse_trace(B), self.point.push, self._pull)

    def gaussian(self, scatter: Scatter) -> Term:
        """The member's, pulled."""
        return Pulled(self.point.member.gaussian(scatter), self.point.push, self._pull)


class Pulled:
    """A term of the structure as one in the coordinates."""

    def __init__(self, term: Term, push: Linear, pull: Linear) -> None:
        """Take the term and the derivative of the coordinates, both ways."""
        self._term = term
        self._push = push
        self._pull = pull

    @property
    def value(self) -> float:
        return self._term.value

    @lazy
    def gradient(self) -> Array:
        return self._pull(self._term.gradient)

    def hessp(self, v: Array) -> Array:
        return self._pull(self._term.hessp(self._push(v)))
