"""From a problem file and sizes to an objective on a space, a start, an optimum."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from matopt.errors import OutOfDomain, suggestion
from matopt.linalg import Array
from matopt.objectives import Restriction
from matopt.spaces import Space
from matopt.studies import data
from matopt.studies.generators import check_bytes
from matopt.studies.registry import OBJECTIVES, SPACES, is_text, make
from matopt.studies.schema import ClassSolution, ProblemFile, SpaceTable, Term
from matopt.studies.toml_file import LARGEST

Number = int | float
Values = Mapping[str, Number]


def values_of(file: ProblemFile, label: str) -> dict[str, Number]:
    """The parameters in a class of difficulty."""
    if label not in file.difficulty:
        known = ", ".join(file.classes) or "none"
        raise ValueError(
            f"{file.problem.name} has no class {label!r}; its classes are {known}"
        )
    return {**file.parameters, **file.difficulty[label]}


def chosen(file: ProblemFile, given: Mapping[str, Any]) -> dict[str, Number]:
    """The parameters in force: those of the class asked for, then what is given.

    Without a class that is medium, or else the first that the file declares.
    """
    given = dict(given)
    label = given.pop("difficulty", None)
    if label is None and file.classes:
        label = "medium" if "medium" in file.difficulty else file.classes[0]
    values = dict(file.parameters) if label is None else values_of(file, label)
    for name, value in given.items():
        values[name] = _checked(file, name, value)
    return values


def _checked(file: ProblemFile, name: str, value: Any) -> Number:
    """A value for a parameter, of the type that the file has there."""
    title = file.problem.name
    if name not in file.parameters:
        known = [*file.parameters, "difficulty"]
        raise ValueError(f"{title} has no parameter {name!r}{suggestion(name, known)}")
    whole = isinstance(file.parameters[name], int)
    kind = "an integer" if whole else "a number"
    is_number = isinstance(value, int | np.integer) or (
        not whole and isinstance(value, float | np.floating) and np.isfinite(value)
    )
    if not is_number or isinstance(value, bool):
        raise ValueError(f"{title}: {name} must be {kind}, got {value!r}")
    least = 0 if name == "seed" else 1
    if whole and value < least:
        raise ValueError(f"{title}: {name} must be at least {least}, got {value}")
    largest = LARGEST if whole else sys.float_info.max
    if abs(value) > largest:
        raise ValueError(f"{title}: {name} must be at most {largest:.3g} in modulus")
    return int(value) if whole else float(value)


def difficulty_of(file: ProblemFile, values: Values) -> str | None:
    """The class with just these values, if there is one."""
    found = (label for label in file.classes if values_of(file, label) == values)
    return next(found, None)


def solution_of(file: ProblemFile, values: Values) -> ClassSolution | None:
    """The certified optimum at these values, where the file has one."""
    label = difficulty_of(file, values)
    if file.solution.value is not None:
        if label is None and values != file.parameters:
            return None
        return ClassSolution(value=file.solution.value, matrix=file.solution.matrix)
    return None if label is None else file.solution.classes.get(label)


class Arrays(dict[str, Array]):
    """The arrays of a file by name, each loaded when it is first asked for."""

    def __init__(self, file: ProblemFile, folder: Path, values: Values) -> None:
        super().__init__()
        self._of = file.data, folder, values

    def __missing__(self, name: str) -> Array:
        tables, folder, values = self._of
        return self.setdefault(name, data.load(name, tables[name], folder, values))


def restriction_of(file: ProblemFile, values: Values, arrays: Arrays) -> Restriction:
    """The objective, a sum of terms, on the space."""
    terms = [_term(term, values, arrays) for term in file.term]
    total = sum(terms[1:], terms[0])
    return Restriction(total, _space(file.space, values, arrays))


def _space(table: SpaceTable, values: Values, arrays: Arrays) -> Space:
    cls = SPACES.get(table.name)

    def argument(name: str, given: Any) -> Any:
        if isinstance(given, SpaceTable):
            return _space(given, values, arrays)
        return given if is_text(cls, name) else _named(given, values, arrays)

    parts = [_space(part, values, arrays) for part in table.parts]
    arguments = {k: argument(k, a) for k, a in table.arguments.items()}
    space: Space = make(SPACES, table.name, arguments, parts)
    if not space.factors:  # which have been checked, each by itself
        check_bytes(repr(space), math.prod(space.shape), np.dtype(space.dtype).itemsize)
    return space


def _term(term: Term, values: Values, arrays: Arrays) -> Any:
    cls = OBJECTIVES.get(term.objective)
    arguments = {
        k: a if is_text(cls, k) else _named(a, values, arrays)
        for k, a in term.arguments.items()
    }
    objective = make(OBJECTIVES, term.objective, arguments)
    if term.part is not None:
        objective = objective.of(term.part)
    return float(data.number(term.coefficient, values)) * objective


def _named(argument: Any, values: Values, arrays: Arrays) -> Any:
    """The parameter or the array that a string names; else the argument."""
    if not isinstance(argument, str):
        return argument
    return values[argument] if argument in values else arrays[argument]


def start_of(file: ProblemFile, restriction: Restriction, arrays: Arrays) -> Array:
    """The start that the file declares; OutOfDomain where the objective is not."""
    space, kind = restriction.space, file.start.kind
    if space.factors and kind in ("identity", "zeros"):
        raise ValueError(
            f"start.kind = {kind!r} is of one matrix but {space!r} has "
            f'{len(space.factors)}; take "natural", "random" or "data"'
        )
    match kind:
        case "identity":
            start: Array = np.eye(space.shape[0], space.shape[-1])
        case "zeros":
            start = np.zeros(space.shape)
        case "random":
            start = space.random(np.random.default_rng(file.start.seed))
        case "natural":
            start = restriction.start(0).point.x
        case _:
            start = arrays[str(file.start.matrix)]
    return start


def drawn(restriction: Restriction, start: Array, seed: int) -> Array:
    """A start of a seed: random in the space, nearer to ``start`` till f is defined."""
    space = restriction.space
    far = restriction.inside(space.random(np.random.default_rng(seed)))
    near = space.admit(start)
    for k in range(60):
        x = far if k == 0 else near + (far - near) / 2.0**k
        try:
            if np.isfinite(restriction.at(x).value):
                return x
        except OutOfDomain:
            continue
    return near
