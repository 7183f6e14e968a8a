"""What the methods for non-smooth terms share: F = f + c g on the entries of X."""

from __future__ import annotations

from dataclasses import dataclass, replace

from matopt.linalg import Array, Factor
from matopt.objectives import CompositeAt, Iterate, Penalty, Restriction


@dataclass(frozen=True, eq=False)
class Composite:
    """A problem taken apart; ``penalty`` is None if it is smooth.

    X is an array of entries: the matrix, or those of a Product in one vector.
    """

    restriction: Restriction
    smooth: Restriction  # counts into the same counts
    penalty: Penalty | None

    @classmethod
    def of(cls, e: Iterate, solver: object) -> Composite:
        """Take the problem of an iterate apart; TypeError if no step could be taken.

        That is where f is missing, or the space has no steps by the entries.
        """
        problem = e.restriction
        f = problem.objective.smooth_part
        if f is None:
            raise TypeError(
                f"{type(solver).__name__} needs a smooth term beside "
                f"{problem.objective!r}; write f + c * g"
            )
        problem.space.place(e.matrix)
        smooth = replace(problem, objective=f)
        return cls(problem, smooth, problem.objective.penalty)

    def entries(self, e: Iterate) -> Array:
        """The entries at an iterate."""
        return e.space.entries(e.matrix)

    def at(self, X: Array, factor: Factor | None = None) -> Iterate:
        """F at a matrix of the space."""
        space = self.restriction.space
        return Iterate(self.restriction, space.place(space.assemble(X), factor))

    def follow(self, last: Iterate, e: Iterate) -> None:
        """Say that e was reached from the last iterate, where the space is flat."""
        if e.space.flat:
            e.step = e.x - last.x

    def smooth_at(self, X: Array) -> Iterate:
        """The smooth part at a matrix of the space."""
        space = self.smooth.space
        return Iterate(self.smooth, space.place(space.assemble(X)))

    def prox(self, X: Array, t: float) -> Array:
        """The proximal operator of t c g."""
        if self.penalty is None:
            return X
        space = self.restriction.space
        return space.entries(self.penalty.prox(space.assemble(X), t))

    def value(self, e: Iterate) -> float:
        """The smooth part at an iterate of F, which F has computed."""
        at = _composite(e)
        if at is None or at.smooth is None:
            return e.value
        return float(at.smooth.value)

    def gradient(self, e: Iterate) -> Array:
        """The gradient of the smooth part at an iterate of F or f, by the entries."""
        _ = e.gradient  # which counts it
        at = _composite(e)
        if at is None:
            return e.space.entries(e.point.ambient(e.covector))
        return e.space.entries(at.ambient)


def _composite(e: Iterate) -> CompositeAt | None:
    """Its evaluation, where that is of a smooth and a non-smooth part."""
    if e.restriction.objective.penalty is None:
        return None
    at = e.evaluation
    return at if isinstance(at, CompositeAt) else None
