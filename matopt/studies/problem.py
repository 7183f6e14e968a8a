"""Named problems: an objective on a space, a start, and a certified optimum.

A problem is a file ``NAME.toml`` with its data beside it; the README of the folder
``problems`` specifies the format.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from matopt.check import Report, check_objective
from matopt.errors import suggestion
from matopt.linalg import Array
from matopt.objectives import Objective, Restriction
from matopt.solvers import Result, Solver, Stop, minimize
from matopt.spaces import Space
from matopt.studies import data
from matopt.studies.registry import OBJECTIVES, SPACES, make
from matopt.studies.schema import ProblemFile, ProblemFileError, read

_PACKAGED = Path(__file__).parents[1] / "_problems"
_CHECKOUT = Path(__file__).parents[2] / "problems"


def folder() -> Path:
    """The folder of the shipped problems: in the wheel, or in the checkout."""
    return _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT


def names(where: Path | None = None) -> list[str]:
    """The names of all problems in a folder, by default the shipped ones."""
    return sorted(path.stem for path in (where or folder()).glob("*.toml"))


@dataclass(frozen=True, eq=False, repr=False)
class Problem:
    """An objective on a space with a start and the optimum it is known to have."""

    name: str
    title: str
    equations: tuple[str, ...]
    source: str
    licence: str
    restriction: Restriction
    start: Array
    value: float  # the certified minimum
    matrix: Array  # a minimizer
    unique: bool  # is it the only one?
    certified_by: str
    tolerance: float  # on the gap

    @classmethod
    def load(cls, name: str | Path) -> Problem:
        """Load a shipped problem by name, or any by the path of its file."""
        path = Path(name)
        if path.suffix != ".toml":
            path = folder() / f"{name}.toml"
            if not path.is_file():
                raise ValueError(
                    f"no problem is named {str(name)!r}{suggestion(name, names())}"
                )
        elif not path.is_file():
            raise FileNotFoundError(f"no problem file {path}")
        return _build(read(path), path)

    def __repr__(self) -> str:
        return f"Problem({self.name!r}): {self.restriction!r}, {self.title}"

    @property
    def objective(self) -> Objective:
        """The objective."""
        return self.restriction.objective

    @property
    def space(self) -> Space:
        """The space."""
        return self.restriction.space

    def gap(self, value: float) -> float:
        """(value - optimum) / max(1, |optimum|)."""
        return (value - self.value) / max(1.0, abs(self.value))

    def solved(self, result: Result) -> bool:
        """Did the run converge, and to the certified optimum?"""
        return result.success and abs(self.gap(result.fun)) <= self.tolerance

    def solve(self, solver: Solver | None = None, **options: Any) -> Result:
        """Minimize from the problem's own start."""
        options.setdefault("stop", Stop(gradient_norm=1e-8))
        return minimize(self.restriction, self.start, solver=solver, **options)

    def check(self) -> Report:
        """Check derivatives by slopes, and the certified optimum by its gradient.

        Reading the file has already checked digests, shapes and names. The optimum
        must have the declared value and a gradient small beside that at the start.
        Of a sum with a non-smooth term the slopes are those of the other terms.
        """
        smooth = self.objective.smooth_part
        if smooth is None:
            raise TypeError(f"{self.objective!r} has no smooth term to check")
        report = check_objective(smooth, self.space, x=self.start)
        report.title = f"problem {self.name}"
        best = self.restriction.at(self.matrix)
        first = self.restriction.at(self.start)
        report.error("declared value", abs(self.gap(best.value)), self.tolerance)
        decrease = abs(first.value - best.value)
        scale = first.gradient_norm + np.sqrt(decrease) + 1e-300
        report.error("gradient at the optimum", best.gradient_norm / scale, 1e-6)
        return report.done()


def _build(file: ProblemFile, path: Path) -> Problem:
    try:
        arrays = {n: data.load(n, d, path.parent) for n, d in file.data.items()}
        space = make(SPACES, file.space.name, file.space.arguments)
        terms = [
            t.coefficient * make(OBJECTIVES, t.objective, _named(t.arguments, arrays))
            for t in file.term
        ]
        restriction = sum(terms[1:], terms[0]).on(space)
        start = _start(file, space, arrays)
        restriction.at(start)
        restriction.at(arrays[file.solution.matrix])
    except (ValueError, TypeError) as error:
        raise ProblemFileError(f"{path.name}: {error}") from error
    return Problem(
        name=file.problem.name,
        title=file.problem.title,
        equations=tuple(file.problem.equations),
        source=file.problem.source.strip(),
        licence=file.problem.licence,
        restriction=restriction,
        start=start,
        value=file.solution.value,
        matrix=arrays[file.solution.matrix],
        unique=file.solution.unique,
        certified_by=file.solution.certified_by.strip(),
        tolerance=file.tolerance.gap,
    )


def _named(arguments: dict[str, Any], arrays: dict[str, Array]) -> dict[str, Any]:
    """The arguments, with each string replaced by the array of that name."""
    return {k: arrays[a] if isinstance(a, str) else a for k, a in arguments.items()}


def _start(file: ProblemFile, space: Space, arrays: dict[str, Array]) -> Array:
    match file.start.kind:
        case "identity":
            identity: Array = np.eye(space.shape[0], space.shape[-1])
            return identity
        case "zeros":
            return np.zeros(space.shape)
        case "random":
            rng = np.random.default_rng(file.start.seed)
            return space.matrix(space.random(rng))
        case _:
            return arrays[str(file.start.matrix)]
