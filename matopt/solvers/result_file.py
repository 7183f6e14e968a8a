"""The file of a result: one .npz of plain arrays with a JSON header, no pickle."""

from __future__ import annotations

import math
import os
import secrets
from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from matopt.archive import HEADER, opened, packed, with_suffix
from matopt.errors import DAMAGED
from matopt.solvers.status import Status

SCHEMA = 1
_FORMAT = "matopt.Result"


def write(path: str | PathLike[str], values: Mapping[str, Any]) -> Path:
    """Write the values under their names, to a file beside it that is then renamed."""
    target = with_suffix(path)
    arrays: dict[str, Any] = {}
    body = {name: _pack(value, name, arrays) for name, value in values.items()}
    head = {"format": _FORMAT, "schema": SCHEMA, "values": body}
    arrays[HEADER] = packed(head)
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with open(part, "xb") as file:
            np.savez(file, allow_pickle=False, **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    return target


def read(path: str | PathLike[str], names: Iterable[str]) -> dict[str, Any]:
    """Read back the values, which must have exactly these names."""
    target = with_suffix(path)
    with open(target, "rb") as file:
        try:
            with opened(file) as (head, arrays):
                if head["format"] != _FORMAT:
                    raise ValueError(f"its format is {head['format']!r}")
                if head["schema"] != SCHEMA:
                    raise _OtherSchema(
                        f"{target} has schema {head['schema']}, this matopt reads "
                        f"{SCHEMA}; read it with the matopt that wrote it, or newer"
                    )
                body = head["values"]
                if set(body) != set(names):
                    raise ValueError("its fields are not those of a Result")
                return {name: _unpack(value, arrays) for name, value in body.items()}
        except _OtherSchema:
            raise
        except DAMAGED as error:
            raise ValueError(
                f"{target} is not a result that matopt saved ({error}); "
                "write one with result.save(path)"
            ) from error


class _OtherSchema(ValueError):
    """The file is ours but of another schema."""


def _pack(value: Any, name: str, arrays: dict[str, Any]) -> Any:
    """The JSON of a value; arrays go to ``arrays`` and leave their name."""
    if isinstance(value, np.ndarray):
        arrays[name] = value
        return {"array": name}
    if isinstance(value, tuple):
        parts = (_pack(v, f"{name}.{k}", arrays) for k, v in enumerate(value))
        return {"tuple": list(parts)}
    if isinstance(value, dict):
        parts_by = {k: _pack(v, f"{name}.{k}", arrays) for k, v in value.items()}
        return {"dict": parts_by}
    if isinstance(value, Status):
        return {"status": value.name}
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": str(value)}
    return value


def _unpack(value: Any, file: Mapping[str, Any]) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "array":
        return file[content]
    if kind == "tuple":
        return tuple(_unpack(v, file) for v in content)
    if kind == "dict":
        return {k: _unpack(v, file) for k, v in content.items()}
    return Status[content] if kind == "status" else float(content)
