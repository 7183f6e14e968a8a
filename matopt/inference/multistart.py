"""One problem from many starts: do they agree?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from matopt.lazy import lazy
from matopt.linalg import Array
from matopt.objectives import Restriction
from matopt.solvers import Result, Solver, Stop, minimize
from matopt.solvers.rows import Rows
from matopt.spaces import Seed, generator
from matopt.spaces.space import check_order

_SAME = 1e-8  # values of one optimum, relative to max(1, |value|)
_DRAWS = 50


@dataclass(frozen=True, eq=False, repr=False)
class Multistart(Rows):
    """The results of all starts, in the order of the starts."""

    results: tuple[Result, ...]

    @property
    def best(self) -> Result:
        """The lowest value of those that converged, else of all."""
        converged = [r for r in self.results if r.success]
        return min(converged or self.results, key=lambda r: r.fun)

    @property
    def agreed(self) -> int:
        """How many starts converged to the value of the best."""
        if not self.best.success:
            return 0
        return self.counts[0]

    @property
    def optima(self) -> Array:
        """The distinct values that were converged to, ascending."""
        return np.array([values[0] for values in self._groups])

    @property
    def counts(self) -> tuple[int, ...]:
        """How many starts converged to each of ``optima``."""
        return tuple(map(len, self._groups))

    @lazy
    def _groups(self) -> list[list[float]]:
        """The values of converged runs; those that differ by rounding together."""
        groups: list[list[float]] = []
        for value in sorted(r.fun for r in self.results if r.success):
            tolerance = _SAME * max(1.0, abs(value))
            if groups and value - groups[-1][-1] <= tolerance:
                groups[-1].append(value)
            else:
                groups.append([value])
        return groups

    def _rows(self) -> dict[str, str]:
        converged = sum(r.success for r in self.results)
        optima = (
            f"{v:.10g} ({c})" for v, c in zip(self.optima, self.counts, strict=True)
        )
        return {
            "starts": f"{len(self.results)}, of which {converged} converged",
            "agreed": f"{self.agreed} on the best value, {self.best.fun:.10g}",
            "optima": ", ".join(optima) or "none",
        }


def multistart(
    problem: Restriction,
    starts: int | Iterable[ArrayLike] = 10,
    rng: Seed = None,
    *,
    solver: Solver | None = None,
    stop: Stop = Stop(),  # noqa: B008  frozen
) -> Multistart:
    """Minimize from the natural start and from random ones, and count who agrees.

    ``starts`` is their number, or the starts themselves. Two runs agree if their values
    do, to 1e-8: matrices may differ, as eigenvectors do by a sign.

    >>> import numpy as np, matopt as mo
    >>> f = mo.RayleighQuotient(np.diag([1.0, 2.0, 3.0]))
    >>> runs = mo.inference.multistart(f.on(mo.Sphere(3)), 5)
    >>> runs.agreed, runs.optima.round(6)
    (5, array([1.]))
    """
    if isinstance(starts, int | np.integer):
        draw = generator(rng)
        number = check_order(starts, "starts")
        natural = problem.start(draw).matrix
        places = [natural, *(_random(problem, draw) for _ in range(number - 1))]
    else:
        places = [np.asarray(start) for start in starts]
    if not places:
        raise ValueError("starts must have at least one start, got none; pass 10")
    return Multistart(
        tuple(minimize(problem, x, solver=solver, stop=stop) for x in places)
    )


def _random(problem: Restriction, draw: np.random.Generator) -> Array:
    """A random matrix of the space at which the objective is finite."""
    for _ in range(_DRAWS):
        A = problem.space.matrix(problem.space.random(draw))
        if np.isfinite(problem.at(A).value):
            return A
    raise ValueError(
        f"the objective is infinite at {_DRAWS} random matrices of {problem.space!r}; "
        "pass starts= a list of matrices inside its domain"
    )
