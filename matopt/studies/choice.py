"""What a study is about: problems and solvers, each with a grid of what to vary."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from os import PathLike, fspath
from typing import Any

import numpy as np

from matopt.solvers import SciPy, Solver
from matopt.studies.registry import PARTS, SOLVERS

Grid = Mapping[str, Sequence[Any]]


def combinations(grid: Grid) -> Iterator[dict[str, Any]]:
    """Every combination of one value a key, the last key varying fastest.

    >>> list(combinations({"n": [2, 4], "easy": [True]}))
    [{'n': 2, 'easy': True}, {'n': 4, 'easy': True}]
    """
    for values in itertools.product(*grid.values()):
        yield dict(zip(grid, values, strict=True))


@dataclass(frozen=True)
class ProblemChoice:
    """Problems by names, shell patterns or paths, with a grid of their parameters."""

    names: Sequence[str]
    grid: Grid = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Take any sequences, and numbers of numpy as those of Python."""
        names = [_name(given) for given in _values("names", self.names)]
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "grid", _values_of(self.grid))

    @classmethod
    def of(cls, chosen: str | PathLike[str] | ProblemChoice) -> ProblemChoice:
        """What a study is given for its problems: a name or a path will do."""
        return chosen if isinstance(chosen, ProblemChoice) else cls((_name(chosen),))


@dataclass(frozen=True)
class SolverChoice:
    """A solver by name, such as LBFGS, SciPy:BFGS or default, with its settings.

    ``settings`` hold for every combination of ``grid``. A line search or the like is
    a name or a table with a name, ``{"search": {"name": "Armijo", "decrease": 1e-3}}``.
    ``label`` is what the study calls it, by default its name.
    """

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    grid: Grid = field(default_factory=dict)
    label: str | None = None

    def __post_init__(self) -> None:
        """Take any sequences, and numbers of numpy as those of Python."""
        settings = {key: _plain(value) for key, value in self.settings.items()}
        object.__setattr__(self, "settings", settings)
        object.__setattr__(self, "grid", _values_of(self.grid))

    @classmethod
    def of(cls, chosen: str | Solver | SolverChoice) -> SolverChoice:
        """What a study is given for its solvers: a name or a solver will do."""
        if isinstance(chosen, str):
            return cls(chosen)
        if not isinstance(chosen, Solver | SolverChoice):
            raise TypeError(
                "a solver must be a name, a SolverChoice or a solver such as LBFGS(), "
                f"got {chosen!r}"
            )
        return _described(chosen) if isinstance(chosen, Solver) else chosen

    @property
    def variants(self) -> list[dict[str, Any]]:
        """The settings of each combination."""
        return [{**self.settings, **varied} for varied in combinations(self.grid)]


def _name(given: str | PathLike[str]) -> str:
    """A name, or a path as one."""
    if not isinstance(given, str | PathLike):
        raise TypeError(
            "a problem must be a name, a path of a problem file or a ProblemChoice, "
            f"got {type(given).__name__}; one made in Python goes into a plugin"
        )
    return fspath(given)


def _values(name: str, given: Any) -> list[Any]:
    """Several values, not the letters of one."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise TypeError(f"{name} must be a list of values, got {given!r}")
    return [_plain(value) for value in given]


def _values_of(grid: Grid) -> Grid:
    return {key: _values(f"grid.{key}", given) for key, given in grid.items()}


def _described(solver: Solver) -> SolverChoice:
    """A solver by its name and those settings that are not its defaults."""
    name, settings = type(solver).__name__, _settings(solver)
    if SOLVERS.get(name) is not type(solver):
        raise ValueError(
            f"{name} is not a solver that a study knows by name; "
            "put its class into a module and name that as a plugin"
        )
    if isinstance(solver, SciPy):
        name = f"SciPy:{settings.pop('method')}"
    return SolverChoice(name, settings)


def _settings(made: Any) -> dict[str, Any]:
    given = {f.name: getattr(made, f.name) for f in fields(made) if f.init}
    changed = [f for f in fields(made) if f.init and given[f.name] != _default(f)]
    return {f.name: _plain(given[f.name]) for f in changed}


def _default(of: Field[Any]) -> Any:
    return of.default if of.default_factory is MISSING else of.default_factory()


def _plain(value: Any) -> Any:
    """A part of a solver as a table with its name, a number as one of Python."""
    if isinstance(value, np.generic):
        return value.item()
    if is_dataclass(value) and PARTS.get(type(value).__name__) is type(value):
        return {"name": type(value).__name__, **_settings(value)}
    return value
