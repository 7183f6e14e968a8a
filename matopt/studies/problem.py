"""Named problems: an objective on a space, a start, and a certified optimum.

A problem is a file ``NAME.toml`` with its data beside it; the README of the folder
``problems`` specifies the format.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from matopt.check import Report, check_objective
from matopt.errors import OutOfDomain, suggestion
from matopt.linalg import Array
from matopt.objectives import Objective, Restriction
from matopt.solvers import Result, Solver, Stop, minimize
from matopt.spaces import Space
from matopt.spaces.space import check_seed
from matopt.studies.builder import (
    Arrays,
    chosen,
    difficulty_of,
    drawn,
    restriction_of,
    solution_of,
    start_of,
)
from matopt.studies.schema import ProblemFile, ProblemFileError, read

_PACKAGED = Path(__file__).parents[1] / "_problems"
_CHECKOUT = Path(__file__).parents[2] / "problems"


def folder() -> Path:
    """The folder of the shipped problems: in the wheel, or in the checkout."""
    return _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT


def names(where: Path | None = None) -> list[str]:
    """The names of all problems in a folder, by default the shipped ones."""
    return sorted(path.stem for path in (where or folder()).glob("*.toml"))


def file_of(name: str | Path) -> Path:
    """The file of a shipped problem by name, or a path as it is."""
    path = Path(name)
    if path.suffix != ".toml":
        path = folder() / f"{name}.toml"
        if not path.is_file():
            raise ValueError(
                f"no problem is named {str(name)!r}{suggestion(name, names())}"
            )
    elif not path.is_file():
        raise FileNotFoundError(f"no problem file {path}")
    return path


@dataclass(frozen=True, eq=False, repr=False)
class Problem:
    """An objective on a space with a start and the optimum it is known to have."""

    name: str
    title: str
    equations: tuple[str, ...]
    source: str
    licence: str
    parameters: Mapping[str, int | float]  # in force: sizes, conditions, seeds
    difficulty: str | None  # "easy", "medium", "hard"; None: sizes of no class
    classes: tuple[str, ...]  # that it has
    restriction: Restriction
    start: Array
    value: float | None  # the certified minimum; None: not known at these sizes
    matrix: Any  # a minimizer, or None; a tuple on a product
    unique: bool  # is it the only one?
    certified_by: str
    tolerance: float  # on the gap

    @classmethod
    def load(cls, name: str | Path, /, **parameters: Any) -> Problem:
        """Load a shipped problem by name, or any by the path of its file.

        ``parameters`` are what the file declares, such as ``n=64``, and
        ``difficulty``, one of the declared classes, whose values hold for what is not
        given; by default the class is medium if there is one, else the easiest.

        >>> import matopt as mo
        >>> problem = mo.studies.Problem.load("toeplitz-ar", difficulty="easy", m=300)
        >>> problem.parameters["n"], problem.parameters["m"], problem.value
        (8, 300, None)
        """
        path = file_of(name)
        return _build(read(path), path, parameters)

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

    def gap(self, value: float) -> float | None:
        """(value - optimum) / max(1, |optimum|), None where that is not known."""
        if self.value is None:
            return None
        return (value - self.value) / max(1.0, abs(self.value))

    def solved(self, result: Result) -> bool:
        """Did the run converge, and to the certified optimum if there is one?"""
        gap = self.gap(result.fun)
        return result.success and (gap is None or abs(gap) <= self.tolerance)

    def start_at(self, seed: int) -> Array:
        """The start of a seed: 0 is the file's own, others are drawn in the space."""
        check_seed(seed)
        if seed == 0:
            return self.start
        return drawn(self.restriction, self.start, seed)

    def solve(self, solver: Solver | None = None, **options: Any) -> Result:
        """Minimize from the problem's own start."""
        options.setdefault("stop", Stop(gradient_norm=1e-8))
        return minimize(self.restriction, self.start, solver=solver, **options)

    def check(self) -> Report:
        """Check derivatives by slopes, and the certified optimum by its gradient.

        Reading the file has already checked digests, shapes and names. The optimum
        must have the declared value and a gradient small beside that at the start,
        where the file has it as a matrix.
        Of a sum with a non-smooth term the slopes are those of the other terms.
        """
        smooth = self.objective.smooth_part
        if smooth is None:
            raise TypeError(f"{self.objective!r} has no smooth term to check")
        if not np.isfinite(smooth.on(self.space).at(self.start).value):
            raise OutOfDomain(
                f"the start is outside the domain of {smooth!r}; take another [start]"
            )
        report = check_objective(smooth, self.space, x=self.start)
        report.title = f"problem {self.name}"
        if self.matrix is not None and self.value is not None:
            best = self.restriction.at(self.matrix)
            first = self.restriction.at(self.start)
            off = (best.value - self.value) / max(1.0, abs(self.value))
            report.error("declared value", abs(off), self.tolerance)
            decrease = abs(first.value - best.value)
            scale = first.gradient_norm + np.sqrt(decrease) + 1e-300
            report.error("gradient at the optimum", best.gradient_norm / scale, 1e-6)
        return report.done()


def _build(file: ProblemFile, path: Path, given: Mapping[str, Any]) -> Problem:
    values = chosen(file, given)
    arrays = Arrays(file, path.parent, values)
    solution = solution_of(file, values)
    try:
        restriction = restriction_of(file, values, arrays)
        start = start_of(file, restriction, arrays)
        _check(restriction, start, "start")
        matrix = None
        if solution is not None and solution.matrix is not None:
            matrix = arrays[solution.matrix]
            _check(restriction, matrix, "solution.matrix")
    except (ValueError, TypeError) as error:
        raise ProblemFileError(f"{path.name}: {error}") from error
    return Problem(
        name=file.problem.name,
        title=file.problem.title,
        equations=tuple(file.problem.equations),
        source=file.problem.source.strip(),
        licence=file.problem.licence,
        parameters=MappingProxyType(values),
        difficulty=difficulty_of(file, values),
        classes=tuple(file.classes),
        restriction=restriction,
        start=start,
        value=None if solution is None else solution.value,
        matrix=matrix,
        unique=file.solution.unique,
        certified_by=file.solution.certified_by.strip(),
        tolerance=file.tolerance.gap,
    )


def _check(restriction: Restriction, x: Array, key: str) -> None:
    """Raise ValueError, with the key, unless x is of the space."""
    try:
        restriction.at(x)
    except (ValueError, TypeError) as error:
        said = str(error).removeprefix("start ")  # as a space calls what it is given
        raise ValueError(f"{key}: {said}") from error
