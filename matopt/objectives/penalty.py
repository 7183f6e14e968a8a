"""The part of an objective that is not smooth: what proximal methods ask of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matopt.linalg import Array

if TYPE_CHECKING:
    from matopt.objectives.nonsmooth import NonSmooth
    from matopt.objectives.objective import Objective


class Penalty(ABC):
    """c g with c >= 0, or one for each of some matrices of a Product.

    X and G are matrices, of a Product tuples of them.
    """

    @abstractmethod
    def check(self) -> None:
        """Raise ValueError for a negative coefficient or for several terms."""

    @abstractmethod
    def norm(self, X: Any) -> float:
        """c g(X)."""

    @abstractmethod
    def prox(self, X: Any, t: float) -> Any:
        """The proximal operator of t c g; for t = 0 the nearest X where g is finite."""

    @abstractmethod
    def nearest(self, X: Any, G: Any) -> Any:
        """The matrix of least norm in G + c times the subgradients of g at X."""


@dataclass(frozen=True)
class Scaled(Penalty):
    """c g."""

    c: float
    g: NonSmooth
    others: tuple[NonSmooth, ...] = ()  # of a sum that has too many

    def __repr__(self) -> str:
        return repr(self.g)

    def check(self) -> None:
        if self.c < 0.0:
            raise ValueError(
                f"the coefficient of {self.g!r} must be at least 0, got {self.c:g}; "
                "a norm taken away has no proximal operator"
            )
        if self.others:
            raise ValueError(
                f"a sum may have one non-smooth term, got {self.g!r} and "
                f"{self.others[0]!r}; join L1Norm terms into one by its weights"
            )

    def norm(self, X: Array) -> float:
        return self.c * self.g.norm(X) if self.c else 0.0

    def prox(self, X: Array, t: float) -> Array:
        return self.g.prox(X, self.c * t) if self.c else X

    def nearest(self, X: Array, G: Array) -> Array:
        return self.g.nearest(X, G, self.c) if self.c else G


@dataclass(frozen=True)
class Separable(Penalty):
    """The sum of c_i g_i of the i-th matrix of a Product, for the i in ``parts``."""

    parts: Mapping[int, Scaled]

    def __repr__(self) -> str:
        return " + ".join(f"({p!r}).of({i})" for i, p in sorted(self.parts.items()))

    def check(self) -> None:
        for part in self.parts.values():
            part.check()

    def norm(self, X: tuple[Array, ...]) -> float:
        return sum(part.norm(X[i]) for i, part in self.parts.items())

    def prox(self, X: tuple[Array, ...], t: float) -> tuple[Array, ...]:
        Z = list(X)
        for i, part in self.parts.items():
            Z[i] = part.prox(X[i], t)
        return tuple(Z)

    def nearest(self, X: tuple[Array, ...], G: tuple[Array, ...]) -> tuple[Array, ...]:
        M = list(G)
        for i, part in self.parts.items():
            M[i] = part.nearest(X[i], G[i])
        return tuple(M)


def penalty_of(terms: Iterable[tuple[float, Objective]]) -> Penalty | None:
    """The non-smooth terms of a sum, one a matrix; the others it has are noted."""
    found: dict[int | None, list[tuple[float, NonSmooth]]] = {}
    for c, f in terms:
        for index, part in _by_matrix(f.penalty):
            found.setdefault(index, []).append((c * part.c, part.g))
    if None in found:
        return _first(found[None])
    parts = {i: _first(several) for i, several in found.items() if i is not None}
    return Separable(parts) if parts else None


def _by_matrix(penalty: Penalty | None) -> Iterable[tuple[int | None, Scaled]]:
    """The terms with the index of their matrix, None where there is but one."""
    if isinstance(penalty, Separable):
        return penalty.parts.items()
    return [(None, penalty)] if isinstance(penalty, Scaled) else []


def _first(several: list[tuple[float, NonSmooth]]) -> Scaled:
    (c, g), *others = several
    return Scaled(c, g, tuple(other for _, other in others))
