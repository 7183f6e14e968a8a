"""The format of a problem file, and errors that name the file, the line and the key."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    StrictBool,
    StrictInt,
    StrictStr,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from matopt.errors import suggestion
from matopt.studies.registry import OBJECTIVES, is_text

SCHEMA = 1
_LARGEST = 64_000  # bytes of a problem file

Name = Annotated[StrictStr, Field(pattern=r"^[a-z0-9-]+$")]
Digest = Annotated[StrictStr, Field(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*$")]
Equation = Annotated[StrictStr, Field(pattern=r"^\(\d+\+?\)$")]
Number = StrictInt | FiniteFloat
Size = Annotated[StrictInt, Field(ge=1)] | StrictStr  # a string: of a parameter
Argument = StrictBool | StrictInt | FiniteFloat | StrictStr
Difficulty = Literal["easy", "medium", "hard"]
DIFFICULTIES: tuple[Difficulty, ...] = get_args(Difficulty)
Transform = (
    Literal[
        "center",
        "standardize",
        "group-means",
        "group-center",
        "covariance",
        "transpose",
        "flatten",
        "intercept",
        "toeplitz",
    ]
    | dict[Literal["windows", "power", "rows", "columns", "blocks", "cross"], Argument]
)


class ProblemFileError(ValueError):
    """A problem file that cannot be used; the message lists everything wrong."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Heading(_Table):
    """[problem]."""

    name: Name
    title: StrictStr
    equations: list[Equation]
    source: StrictStr
    licence: StrictStr


class SpaceTable(_Table):
    """[space]."""

    name: StrictStr
    arguments: dict[str, Argument | SpaceTable] = {}
    parts: list[SpaceTable] = []  # of a product or a sum, in order


class Term(_Table):
    """[[term]]: one summand of the objective."""

    objective: StrictStr
    coefficient: Number | StrictStr = 1.0
    part: Annotated[StrictInt, Field(ge=0)] | None = None  # of a product
    arguments: dict[str, Argument] = {}


class Data(_Table):
    """[data.NAME]: an array, from a file or generated."""

    identity: Size | None = None
    generator: StrictStr | None = None
    arguments: dict[str, Argument] = {}
    file: FileName | None = None
    key: StrictStr | None = None
    columns: list[StrictStr] | None = Field(default=None, min_length=1)
    groups: StrictStr | None = None
    transforms: list[Transform] = []
    shape: list[Size] | None = Field(default=None, min_length=1, max_length=2)
    sha256: Digest | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.identity is not None:
            if self.model_fields_set != {"identity"}:
                raise ValueError("identity = n takes no other key")
            return self
        if self.generator is not None:
            known = {"generator", "arguments", "key", "transforms"}
            for key in sorted(self.model_fields_set - known):
                raise ValueError(f"{key} does not go with generator")
            return self
        for key in ("file", "shape", "sha256"):
            if getattr(self, key) is None:
                raise ValueError(f"the key {key} is missing")
        if self.arguments:
            raise ValueError("arguments go with generator only")
        assert self.file is not None
        suffix = Path(self.file).suffix
        if suffix not in (".csv", ".npz"):
            raise ValueError(f"file must end in .csv or .npz, got {self.file!r}")
        if (suffix == ".npz") != (self.key is not None):
            raise ValueError("key is needed with .npz, and only there")
        if suffix == ".npz" and (self.columns or self.groups):
            raise ValueError("columns and groups go with .csv only")
        return self


class Start(_Table):
    """[start]."""

    kind: Literal["identity", "zeros", "random", "natural", "data"]
    seed: StrictInt | None = Field(default=None, ge=0)
    matrix: StrictStr | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.kind == "random") != (self.seed is not None):
            raise ValueError('seed is needed with kind = "random", and only there')
        if (self.kind == "data") != (self.matrix is not None):
            raise ValueError('matrix is needed with kind = "data", and only there')
        return self


class ClassSolution(_Table):
    """[solution.CLASS]: the certified optimum of one class of difficulty."""

    value: FiniteFloat
    matrix: StrictStr | None = None


class Solution(_Table):
    """[solution]: the certified optimum, or one for each class of difficulty."""

    value: FiniteFloat | None = None
    matrix: StrictStr | None = None
    unique: StrictBool
    certified_by: StrictStr
    easy: ClassSolution | None = None
    medium: ClassSolution | None = None
    hard: ClassSolution | None = None

    @property
    def classes(self) -> dict[str, ClassSolution]:
        """The optima that are given for a class."""
        found = {name: getattr(self, name) for name in DIFFICULTIES}
        return {name: each for name, each in found.items() if each is not None}


class Tolerance(_Table):
    """[tolerance]."""

    gap: Annotated[FiniteFloat, Field(gt=0)]


class ProblemFile(_Table):
    """The whole file."""

    version: StrictInt = Field(alias="schema")
    problem: Heading
    space: SpaceTable
    parameters: dict[str, Number] = {}
    difficulty: dict[Difficulty, dict[str, Number]] = {}
    term: list[Term] = Field(min_length=1)
    data: dict[str, Data] = {}
    start: Start
    solution: Solution
    tolerance: Tolerance

    @property
    def classes(self) -> list[Difficulty]:
        """The declared classes, from easy to hard."""
        return [name for name in DIFFICULTIES if name in self.difficulty]

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        used = {self.solution.matrix, self.start.matrix} - {None}
        used |= {each.matrix for each in self.solution.classes.values()} - {None}
        known = [*self.data, *self.parameters]
        for term in self.term:
            used |= {
                value
                for key, value in term.arguments.items()
                if isinstance(value, str)
                and value not in self.parameters
                and not is_text(OBJECTIVES.get(term.objective), key)
            }
        for name in sorted(n for n in used if n is not None and n not in self.data):
            raise ValueError(f"no array is named {name!r}{suggestion(name, known)}")
        for factor in {t.coefficient for t in self.term} - set(self.parameters):
            if isinstance(factor, str):
                known = list(self.parameters)
                raise ValueError(
                    f"no parameter is named {factor!r}{suggestion(factor, known)}"
                )
        for name in sorted(self.data.keys() & self.parameters):
            raise ValueError(f"{name!r} names both a parameter and an array")
        return self

    @model_validator(mode="after")
    def _classes_fit(self) -> Self:
        for label, values in self.difficulty.items():
            for name in values:
                if name not in self.parameters:
                    raise ValueError(
                        f"difficulty.{label}: no parameter is named {name!r}"
                        f"{suggestion(name, self.parameters)}"
                    )
        solved = self.solution.classes
        for name in sorted(solved.keys() - self.difficulty):
            raise ValueError(f"solution.{name}: [difficulty.{name}] is missing")
        if self.solution.value is not None and len(self.difficulty) > 1:
            raise ValueError(
                "solution.value: with several classes the value goes to "
                "[solution.easy], [solution.medium], [solution.hard]"
            )
        if self.solution.value is not None and solved:
            raise ValueError("solution.value: is given for a class, too")
        if self.solution.matrix is not None and self.solution.value is None:
            raise ValueError("solution.matrix: needs solution.value")
        return self


def read(path: Path) -> ProblemFile:
    """Read and validate a problem file; ProblemFileError lists all that is wrong."""
    if path.stat().st_size > _LARGEST:
        raise ProblemFileError(f"{path.name}: larger than {_LARGEST} bytes")
    try:
        text = path.read_text(encoding="utf-8")
        table = tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProblemFileError(f"{path.name}: not TOML: {error}") from error
    version = table.get("schema")
    if isinstance(version, int) and version > SCHEMA:
        raise ProblemFileError(
            f"{path.name}: schema {version} is newer than this program reads "
            f"({SCHEMA}); install a newer matopt"
        )
    try:
        file = ProblemFile.model_validate(table)
    except ValidationError as error:
        lines = [_sentence(path.name, text, e) for e in _distinct(error.errors())]
        raise ProblemFileError("\n".join(lines)) from None
    if version != SCHEMA:
        raise ProblemFileError(f"{path.name}: schema must be {SCHEMA}, got {version}")
    if file.problem.name != path.stem:
        raise ProblemFileError(
            f"{path.name}: problem.name must equal the file name, "
            f"got {file.problem.name!r}"
        )
    return file


def _distinct(errors: list[ErrorDetails]) -> list[ErrorDetails]:
    """One error a key: a union reports one for each of its members."""
    seen: dict[tuple[Any, ...], ErrorDetails] = {}
    for e in errors:
        seen.setdefault(_key(e), e)
    return list(seen.values())


def _key(error: ErrorDetails) -> tuple[Any, ...]:
    """The path of keys in the file, without pydantic's names of union members."""
    path = []
    for part in error["loc"]:
        if isinstance(part, str) and re.search(
            r"[\[(]|^(bool|int|float|str|SpaceTable)$", part
        ):
            break
        path.append(part)
    return tuple(path)


def _sentence(file: str, text: str, error: ErrorDetails) -> str:
    """``file:line: key: what was wrong, what was expected``."""
    key = _key(error)
    dotted = ".".join(str(part) for part in key)
    place = f"{file}:{_line(text, key)}: {dotted}" if key else file
    match error["type"]:
        case "extra_forbidden":
            known = _fields(key)
            message = f"unknown key{suggestion(key[-1], known)}"
        case "missing":
            message = "is missing"
        case _:
            got = error["input"]
            message = error["msg"].removeprefix("Value error, ")
            if not isinstance(got, dict | list):
                message += f", got {got!r}"
    return f"{place}: {message}"


def _fields(key: tuple[Any, ...]) -> list[str]:
    """The keys that the table of a misspelt key may have."""
    model: type[BaseModel] = ProblemFile
    tables: dict[str, type[BaseModel]] = {
        "problem": Heading,
        "space": SpaceTable,
        "term": Term,
        "data": Data,
        "start": Start,
        "solution": Solution,
        "tolerance": Tolerance,
    }
    if len(key) > 1:
        model = tables.get(str(key[0]), model)
    return [field.alias or name for name, field in model.model_fields.items()]


def _line(text: str, key: tuple[Any, ...]) -> int:
    """The line of a key, found by its table's heading and its own name; else 1."""
    lines = text.splitlines()
    names = [part for part in key if isinstance(part, str)]
    index = next((part for part in key if isinstance(part, int)), 0)
    start = 0
    for depth in range(len(names), 0, -1):
        dotted = re.escape(".".join(names[:depth]))
        heading = re.compile(rf"^\s*\[\[?{dotted}\]\]?\s*(#.*)?$")
        found = [i for i, line in enumerate(lines) if heading.match(line)]
        if found:
            start = found[index if index < len(found) and len(found) > 1 else 0]
            break
    if not names:
        return 1
    assignment = re.compile(rf"(^|[{{,]\s*|\s){re.escape(names[-1])}\s*=")
    for i in range(start, len(lines)):
        if i > start and lines[i].startswith("["):
            break
        if assignment.search(lines[i]):
            return i + 1
    return start + 1
