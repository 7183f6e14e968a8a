"""The format of a problem file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import (
    Discriminator,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    Tag,
    model_validator,
)

from matopt.errors import suggestion
from matopt.studies import toml_file
from matopt.studies.registry import OBJECTIVES, SPACES, is_text
from matopt.studies.toml_file import (
    LARGEST,
    Float,
    Integer,
    Key,
    Misplaced,
    Number,
    Table,
)

SCHEMA = 2  # 1 has no parameters, classes, generators and spaces of spaces

Name = Annotated[StrictStr, Field(pattern=r"^[a-z0-9-]+$")]
Digest = Annotated[StrictStr, Field(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*$")]
Equation = Annotated[StrictStr, Field(pattern=r"^\(\d+\+?\)$")]
Size = Annotated[StrictInt, Field(ge=1, le=LARGEST)] | StrictStr  # of a parameter
Argument = StrictBool | Float | Integer | StrictStr
Difficulty = Literal["easy", "medium", "hard"]
DIFFICULTIES: tuple[Difficulty, ...] = get_args(Difficulty)
_Word = Annotated[
    Literal[
        "center",
        "standardize",
        "group-means",
        "group-center",
        "group-covariances",
        "covariance",
        "root",
        "transpose",
        "flatten",
        "intercept",
        "toeplitz",
    ],
    Tag("str"),
]
_WithNumber = Annotated[
    dict[
        Literal["windows", "power", "rows", "columns", "blocks", "cross"],
        Number | StrictStr,
    ],
    Field(min_length=1, max_length=1),
    Tag("dict[str, number]"),
]
Transform = Annotated[  # tags as pydantic calls the members of a union
    _Word | _WithNumber,
    Discriminator(
        lambda given: "dict[str, number]" if isinstance(given, dict) else "str"
    ),
]


class ProblemFileError(ValueError):
    """A problem file that cannot be used; the message lists everything wrong."""


class Heading(Table):
    """[problem]."""

    name: Name
    title: StrictStr
    equations: list[Equation]
    source: StrictStr
    licence: StrictStr


class SpaceTable(Table):
    """[space]."""

    name: StrictStr
    arguments: dict[str, Argument | SpaceTable] = Field(default_factory=dict)
    parts: list[SpaceTable] = Field(
        default_factory=list
    )  # of a product or a sum, in order


class Term(Table):
    """[[term]]: one summand of the objective."""

    objective: StrictStr
    coefficient: Number | StrictStr = 1.0
    part: Annotated[Integer, Field(ge=0)] | None = None  # of a product
    arguments: dict[str, Argument] = Field(default_factory=dict)


class Data(Table):
    """[data.NAME]: an array, from a file or generated."""

    identity: Size | None = None
    generator: StrictStr | None = None
    arguments: dict[str, Argument] = Field(default_factory=dict)
    file: FileName | None = None
    key: StrictStr | None = None
    columns: list[StrictStr] | None = Field(default=None, min_length=1)
    groups: StrictStr | None = None
    transforms: list[Transform] = Field(default_factory=list)
    shape: list[Size] | None = Field(default=None, min_length=1, max_length=3)
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


class Start(Table):
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


class ClassSolution(Table):
    """[solution.CLASS]: the certified optimum of one class of difficulty."""

    value: Float
    matrix: StrictStr | None = None


class Solution(Table):
    """[solution]: the certified optimum, or one for each class of difficulty."""

    value: Float | None = None
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


class Tolerance(Table):
    """[tolerance]."""

    gap: Annotated[Float, Field(gt=0)]


class ProblemFile(Table):
    """The whole file."""

    version: StrictInt = Field(alias="schema")
    problem: Heading
    space: SpaceTable
    parameters: dict[str, Number] = Field(default_factory=dict)
    difficulty: dict[Difficulty, dict[str, Number]] = Field(default_factory=dict)
    term: list[Term] = Field(min_length=1)
    data: dict[str, Data] = Field(default_factory=dict)
    start: Start
    solution: Solution
    tolerance: Tolerance

    @property
    def classes(self) -> list[Difficulty]:
        """The declared classes, from easy to hard."""
        return [name for name in DIFFICULTIES if name in self.difficulty]

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        for name in sorted(self.data.keys() & self.parameters):
            raise ValueError(f"{name!r} names both a parameter and an array")
        for key, name in self._arrays():
            if name not in self.data:
                raise _unknown(key, "array", name, self.data)
        known = [*self.data, *self.parameters]
        for key, name in self._arguments():
            if name not in known:
                raise _unknown(key, "array or parameter", name, known)
        for i, term in enumerate(self.term):
            factor = term.coefficient
            if isinstance(factor, str) and factor not in self.parameters:
                key = ("term", i, "coefficient")
                raise _unknown(key, "parameter", factor, self.parameters)
        return self

    def _arrays(self) -> Iterator[tuple[Key, str]]:
        """What must be names of arrays."""
        where: dict[Key, str | None] = {
            ("start", "matrix"): self.start.matrix,
            ("solution", "matrix"): self.solution.matrix,
        }
        for label, each in self.solution.classes.items():
            where["solution", label, "matrix"] = each.matrix
        return ((key, name) for key, name in where.items() if name is not None)

    def _arguments(self) -> Iterator[tuple[Key, str]]:
        """What must be names of arrays or parameters."""
        for i, term in enumerate(self.term):
            cls = OBJECTIVES.get(term.objective)
            yield from _named(cls, term.arguments, ("term", i))
        yield from _of_space(self.space, ("space",))

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


def _of_space(table: SpaceTable, key: Key) -> Iterator[tuple[Key, str]]:
    """The names in the arguments of a space and of those that it is made of."""
    yield from _named(SPACES.get(table.name), table.arguments, key)
    for name, argument in table.arguments.items():
        if isinstance(argument, SpaceTable):
            yield from _of_space(argument, (*key, "arguments", name))
    for i, part in enumerate(table.parts):
        yield from _of_space(part, (*key, "parts", i))


def _named(
    cls: type | None, arguments: Mapping[str, object], key: Key
) -> Iterator[tuple[Key, str]]:
    """The strings among the arguments of a class that are not text for it."""
    for name, argument in arguments.items():
        if isinstance(argument, str) and not is_text(cls, name):
            yield (*key, "arguments", name), argument


def _unknown(key: Key, kind: str, name: str, known: Iterable[str]) -> Misplaced:
    return Misplaced(key, f"no {kind} is named {name!r}{suggestion(name, list(known))}")


def read(path: Path) -> ProblemFile:
    """Read and validate a problem file; ProblemFileError lists all that is wrong."""
    file = toml_file.read(path, ProblemFile, SCHEMA, ProblemFileError).content
    if file.problem.name != path.stem:
        raise ProblemFileError(
            f"{path.name}: problem.name must equal the file name, "
            f"got {file.problem.name!r}"
        )
    return file
