"""The format of a study file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    Field,
    StrictInt,
    StrictStr,
    field_validator,
    model_validator,
)

from matopt.errors import suggestion
from matopt.studies import toml_file
from matopt.studies.memory import in_bytes
from matopt.studies.problem import folder
from matopt.studies.toml_file import Integer, Number, Source, Table

SCHEMA = 1

MOST_STARTS = 100_000
LONGEST = 1e9  # seconds of a run, which timers can take

Seed = Annotated[Integer, Field(ge=0)]
Limit = Annotated[Number, Field(ge=0)]
Count = Annotated[Integer, Field(ge=1)]
Starts = Annotated[Integer, Field(ge=1, le=MOST_STARTS)]
Values = Annotated[list[Any], Field(min_length=1)]
Text = Annotated[StrictStr, Field(min_length=1)]


class StudyFileError(ValueError):
    """A study file that cannot be used; the message lists everything wrong."""


class Heading(Table):
    """[study]."""

    name: Annotated[StrictStr, Field(pattern=r"^[a-z0-9-]+$")]
    title: StrictStr = ""
    seed: Seed = 0
    seeds: Starts | Annotated[list[Seed], Field(min_length=1)] = 1
    repetitions: Count = 1
    time_limit: Annotated[Number, Field(gt=0, le=LONGEST)] = 60.0
    memory_limit: Integer | StrictStr | None = None

    @field_validator("memory_limit")
    @classmethod
    def _a_size(cls, given: int | str | None) -> int | None:
        return None if given is None else in_bytes(given)


class StopTable(Table):
    """[stop]: the arguments of ``Stop``."""

    gradient_norm: Limit = 1e-8
    value_change: Limit | None = None
    step: Limit | None = None
    max_iterations: Seed | None = 1000
    max_evaluations: Seed | None = None
    max_seconds: Limit | None = None


class ProblemTable(Table):
    """[[problem]]."""

    name: Text | None = None
    names: Annotated[list[Text], Field(min_length=1)] | None = None
    grid: dict[str, Values] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.name is None) == (self.names is None):
            raise ValueError('give name = "...", or names = [...]')
        return self


class SolverTable(Table):
    """[[solver]]."""

    name: Text
    settings: dict[str, Any] = Field(default_factory=dict)
    grid: dict[str, Values] = Field(default_factory=dict)
    label: Text | None = None


class StudyFile(Table):
    """The whole file."""

    version: StrictInt = Field(alias="schema")
    study: Heading
    stop: StopTable = StopTable()
    problem: list[ProblemTable] = Field(min_length=1)
    solver: list[SolverTable] = Field(min_length=1)


def shipped() -> list[str]:
    """The names of the studies that come with matopt."""
    return sorted(path.stem for path in (folder() / "studies").glob("*.toml"))


def file(name: str | Path) -> Path:
    """The file of a shipped study by name, or a path as it is."""
    path = Path(name)
    if path.suffix == ".toml":
        if not path.is_file():
            raise FileNotFoundError(f"no study file {path}")
        return path
    if str(name) not in shipped():
        raise ValueError(
            f"no study is named {str(name)!r}{suggestion(name, shipped())}, "
            "or the path of a .toml file"
        )
    return folder() / "studies" / f"{name}.toml"


def read(path: Path) -> Source[StudyFile]:
    """Read and validate a study file; StudyFileError lists all that is wrong."""
    return toml_file.read(path, StudyFile, SCHEMA, StudyFileError)
