"""Objectives that are a term of the point, so that a structure can be fast."""

from __future__ import annotations

from abc import abstractmethod

from matopt.lazy import lazy
from matopt.linalg import Array
from matopt.objectives.objective import Evaluation, F
from matopt.spaces import Descent, Term


class TermAt(Evaluation[F]):
    """All three answers from one term."""

    @lazy
    @abstractmethod
    def _term(self) -> Term:
        """The term; OutOfDomain where there is none."""

    @property
    def value(self) -> float:
        return self._term.value

    @property
    def gradient(self) -> Array:
        return self._term.gradient

    def hessp(self, v: Array) -> Array:
        return self._term.hessp(v)

    @lazy
    def hessian(self) -> Array:
        """The term's own where it forms it at once, else by products."""
        own: Array | None = getattr(self._term, "hessian", None)
        return super().hessian if own is None else own

    def descend(self, goal: float, limit: int, *, natural: bool) -> Descent | None:
        """The term's own, where it has one."""
        own = getattr(self._term, "descend", None)
        return None if own is None else own(goal, limit, natural=natural)
