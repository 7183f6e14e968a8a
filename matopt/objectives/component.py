"""An objective of one matrix of a Product."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from matopt.lazy import lazy
from matopt.linalg import Array
from matopt.objectives.objective import Evaluation, Objective
from matopt.objectives.penalty import Penalty, Scaled, Separable
from matopt.spaces import MatrixPoint, Product, Seed, Space
from matopt.spaces.product import ProductPoint


class Component(Objective):
    """(A_1, ..., A_k) -> f(A_index), made by ``f.of(index)``; the index starts at 0."""

    def __init__(self, f: Objective, index: int) -> None:
        """Take the objective and the index of its matrix."""
        if isinstance(index, bool) or not isinstance(index, int) or index < 0:
            raise ValueError(f"index must be an integer of at least 0, got {index!r}")
        self.f = f
        self.index = index

    def __repr__(self) -> str:
        return f"({self.f!r}).of({self.index})"

    def at(self, point: MatrixPoint) -> ComponentAt:
        """f at one part of the point."""
        return ComponentAt(self, point)

    def check(self, space: Space) -> None:
        """The space must have such a factor, which must suit f."""
        if self.index >= len(space.factors):
            raise ValueError(
                f"of({self.index}) needs a Product of at least {self.index + 1} "
                f"spaces, got {space!r}"
            )
        self.f.check(space.factors[self.index])

    def start(self, space: Space, rng: Seed = None) -> Array | None:
        """The start of f in its factor, that of the space in the others."""
        part = self.f.start(space.factors[self.index], rng)
        if part is None:
            return None
        return cast(Product, space).replace(space.start(rng), self.index, part)

    def beside(self, space: Space, x: Array, rng: Seed = None) -> Array:
        """That of f in its factor."""
        own = cast(Product, space)
        part = own.point(x).parts[self.index].x
        other = self.f.beside(own.factors[self.index], part, rng)
        return x if other is part else own.replace(x, self.index, other)

    def unit(self, space: Space) -> Array | None:
        """That of f in its factor, NaN in the others."""
        own = self.f.unit(space.factors[self.index])
        if own is None:
            return None
        units: list[float | Array] = [np.nan] * len(space.factors)
        units[self.index] = own
        return cast(Product, space).spread(units)

    @property
    def smooth_part(self) -> Objective | None:
        """Itself, or nothing."""
        return None if self.f.smooth_part is None else self

    @property
    def penalty(self) -> Penalty | None:
        """That of f, in its factor."""
        penalty = self.f.penalty
        return Separable({self.index: penalty}) if isinstance(penalty, Scaled) else None

    @property
    def has_hessian(self) -> bool:
        """Has f exact second derivatives?"""
        return self.f.has_hessian

    def convex(self, cp: Any, X: Any) -> Any:
        """The expression of f at one of the expressions X."""
        return self.f.convex(cp, X[self.index])


class ComponentAt(Evaluation[Component]):
    """f at one part; covectors are zero in the other factors."""

    @lazy
    def _part(self) -> Evaluation[Any]:
        return self.f.f.at(self.point.parts[self.f.index])

    @property
    def _space(self) -> Product:
        return cast(ProductPoint, self.point).space  # check() has seen it

    @lazy
    def value(self) -> float:
        return float(self._part.value)

    @lazy
    def gradient(self) -> Array:
        return self._space.embed(self.f.index, self._part.gradient)

    def hessp(self, v: Array) -> Array:
        part = self._space.split(v)[self.f.index]
        return self._space.embed(self.f.index, self._part.hessp(part))
