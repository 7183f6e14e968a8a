"""TOML files that people write, and errors that name the file, the line and the key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Generic, TypeAlias, TypeVar, get_args, get_origin

from pydantic import (
    AllowInfNan,
    BaseModel,
    ConfigDict,
    Field,
    Strict,
    StrictInt,
    ValidationError,
)
from pydantic_core import ErrorDetails

from matopt.errors import suggestion

_LARGEST = 64_000  # bytes of a file
_DEEPEST = 32  # tables and arrays in one another
# What pydantic calls a member of a union.
_MEMBER = r"[\[(]|^(bool|int|float|str|[A-Z]\w*Table)$|^constrained-"

LARGEST = 2**63 - 1  # integer, as TOML has them
Integer = Annotated[StrictInt, Field(ge=-LARGEST, le=LARGEST)]
Float = Annotated[float, Strict(), AllowInfNan(False)]  # an integer is one, too
Number = Float | Integer

Key: TypeAlias = tuple[Any, ...]  # the path of a value: ("problem", 0, "grid")


class Misplaced(ValueError):
    """What a validator of a whole table raises about one of the keys in it."""

    def __init__(self, key: Key, message: str) -> None:
        """Take the path of the key, from the table that is validated."""
        super().__init__(message)
        self.key = key


class Table(BaseModel):
    """A table of a file, with no key that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


M = TypeVar("M", bound=Table)


@dataclass(frozen=True)
class Source(Generic[M]):
    """What a file says, and where it says it."""

    path: Path
    text: str
    content: M

    def place(self, key: Key) -> str:
        """``file:line: key``, the beginning of an error message."""
        return _place(self.path.name, self.text, key)


def read(path: Path, model: type[M], schema: int, error: type[ValueError]) -> Source[M]:
    """Read and validate a file; ``error`` lists all that is wrong with it.

    The file must say ``schema = n`` with the version of the format that it is in; one
    that is older than this program writes is read, too.
    """
    if path.stat().st_size > _LARGEST:
        raise error(f"{path.name}: larger than {_LARGEST} bytes")
    text, table = parse(path, error)
    version = table.get("schema")
    if isinstance(version, int) and version > schema:
        raise error(
            f"{path.name}: schema {version} is newer than this program reads "
            f"({schema}); install a newer matopt"
        )
    try:
        content = model.model_validate(table)
    except ValidationError as wrong:
        details = _distinct(wrong.errors())
        lines = [_sentence(path.name, text, model, e) for e in details]
        raise error("\n".join(lines)) from None
    if not isinstance(version, int) or version < 1:
        raise error(f"{path.name}: schema must be from 1 to {schema}, got {version}")
    return Source(path, text, content)


def parse(path: Path, error: type[ValueError]) -> tuple[str, dict[str, Any]]:
    """The text of a file, and the table that it is."""
    too_deep = f"{path.name}: nested deeper than {_DEEPEST} tables and arrays"
    try:
        text = path.read_text(encoding="utf-8")
        table = tomllib.loads(text)
    except ValueError as wrong:  # also an integer of thousands of digits
        raise error(f"{path.name}: not TOML: {wrong}") from wrong
    except RecursionError:
        raise error(too_deep) from None
    if _is_deeper(table, _DEEPEST):
        raise error(too_deep)
    return text, table


def _is_deeper(value: Any, levels: int) -> bool:
    """Are there more tables and arrays in one another than so many?"""
    inner = value.values() if isinstance(value, dict) else value
    return isinstance(value, dict | list) and (
        levels == 0 or any(_is_deeper(each, levels - 1) for each in inner)
    )


def _distinct(errors: list[ErrorDetails]) -> list[ErrorDetails]:
    """One error a key: a union reports one for each of its members."""
    seen: dict[Key, ErrorDetails] = {}
    for e in errors:
        seen.setdefault(_key(e), e)
    return list(seen.values())


def _key(error: ErrorDetails) -> Key:
    """The path of keys in the file, without pydantic's names of union members."""
    path = []
    for part in error["loc"]:
        if isinstance(part, str) and re.search(_MEMBER, part):
            break
        path.append(part)
    cause = error.get("ctx", {}).get("error")
    return (*path, *cause.key) if isinstance(cause, Misplaced) else tuple(path)


def _place(file: str, text: str, key: Key) -> str:
    dotted = ".".join(str(part) for part in key)
    return f"{file}:{_line(text, key)}: {dotted}" if key else file


def _sentence(file: str, text: str, model: type[Table], error: ErrorDetails) -> str:
    """``file:line: key: what was wrong, what was expected``."""
    key = _key(error)
    match error["type"]:
        case "extra_forbidden":
            message = f"unknown key{suggestion(key[-1], _fields(model, key))}"
        case "missing":
            message = "is missing"
        case _:
            got = error["input"]
            message = error["msg"].removeprefix("Value error, ")
            if isinstance(got, int) and got.bit_length() > 64:
                message += f", got an integer of {got.bit_length()} bits"
            elif not isinstance(got, dict | list) and repr(got) not in message:
                message += f", got {got!r}"
    return f"{_place(file, text, key)}: {message}"


def _fields(model: type[Table], key: Key) -> list[str]:
    """The keys that the table of a misspelt key may have."""
    for part in key[:-1]:
        inner = _table(_annotations(model).get(part)) if isinstance(part, str) else None
        model = inner or model
    return list(_annotations(model))


def _annotations(model: type[Table]) -> dict[str, Any]:
    """The keys of a table with their types."""
    fields = model.model_fields.items()
    return {field.alias or name: field.annotation for name, field in fields}


def _table(annotation: Any) -> type[Table] | None:
    """The table in a type such as list[Table], dict[str, Table] or Table | None."""
    if isinstance(annotation, type) and issubclass(annotation, Table):
        return annotation
    if get_origin(annotation) is Annotated:
        return _table(get_args(annotation)[0])
    return next(filter(None, map(_table, get_args(annotation))), None)


def _line(text: str, key: Sequence[Any]) -> int:
    """The line of a key, found by its table's heading and its own name; else 1."""
    lines = text.splitlines()
    names = [part for part in key if isinstance(part, str)]
    if not names:
        return 1
    first, end = _element(lines, key)
    start = next(
        (
            found[0]
            for depth in range(len(names), 0, -1)
            if (found := _headings(lines, names[:depth], first, end))
        ),
        first,
    )
    assignment = re.compile(rf"(^|[{{,]\s*|\s){re.escape(names[-1])}\s*=")
    for i in range(start, len(lines)):
        if i > start and lines[i].startswith("["):
            break
        if assignment.search(lines[i]):
            return i + 1
    return start + 1


def _element(lines: Sequence[str], key: Sequence[Any]) -> tuple[int, int]:
    """Where the element of an array of tables begins and ends; else all lines."""
    at = next((i for i, part in enumerate(key) if isinstance(part, int)), 0)
    found = _headings(lines, key[:at], 0, len(lines)) if at else []
    if len(found) < 2 or key[at] >= len(found):
        return 0, len(lines)
    return found[key[at]], [*found, len(lines)][key[at] + 1]


def _headings(
    lines: Sequence[str], names: Sequence[str], first: int, end: int
) -> list[int]:
    """Those of the lines that are the heading of this table."""
    dotted = re.escape(".".join(names))
    heading = re.compile(rf"^\s*\[\[?{dotted}\]\]?\s*(#.*)?$")
    return [i for i in range(first, end) if heading.match(lines[i])]
