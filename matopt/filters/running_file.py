"""The file of a running filter: one .npz of plain arrays, no pickle."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from matopt.archive import HEADER, opened, packed, with_suffix
from matopt.errors import DAMAGED
from matopt.filters.outputs import State

_FORMAT = "matopt.filters.Running 2"


def write(path: str | PathLike[str], header: dict[str, Any], arrays: State) -> Path:
    """Write the arrays and the header, and return the path with its suffix."""
    target = with_suffix(path)
    head = packed({"format": _FORMAT, **header})
    with open(target, "wb") as file:
        np.savez(file, header=head, **arrays)  # type: ignore[arg-type]  # the stubs take ** for allow_pickle
    return target


def read(path: str | PathLike[str], settings: str) -> tuple[dict[str, Any], State]:
    """Read back header and arrays, of a filter with these settings."""
    target = with_suffix(path)
    with open(target, "rb") as file:
        try:
            with opened(file) as (header, held):
                if header["format"] != _FORMAT:
                    raise ValueError(f"its format is {header['format']!r}")
                arrays = {name: held[name] for name in held.files if name != HEADER}
        except DAMAGED as error:
            raise ValueError(
                f"{target} is not a state that matopt saved ({error}); "
                "write one with running.save(path)"
            ) from error
    if header["filter"] != settings:
        raise ValueError(
            f"{target} is the state of {header['filter']}, not of {settings}; "
            "load it with those settings"
        )
    return header, arrays
