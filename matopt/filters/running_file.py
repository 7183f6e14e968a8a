"""The file of a running filter: one .npz of plain arrays, no pickle."""

from __future__ import annotations

import json
import zipfile
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from matopt.errors import DAMAGED
from matopt.filters.outputs import State

_FORMAT = "matopt.filters.Running 2"


def write(path: str | PathLike[str], header: dict[str, Any], arrays: State) -> Path:
    """Write the arrays and the header, and return the path with its suffix."""
    target = _npz(path)
    text = json.dumps({"format": _FORMAT, **header}).encode()
    with open(target, "wb") as file:
        np.savez(file, header=np.frombuffer(text, dtype=np.uint8), **arrays)  # type: ignore[arg-type]  # the stubs take ** for allow_pickle
    return target


def read(path: str | PathLike[str], settings: str) -> tuple[dict[str, Any], State]:
    """Read back header and arrays, of a filter with these settings."""
    target = _npz(path)
    with open(target, "rb") as opened:
        try:
            with zipfile.ZipFile(opened):  # before numpy, which would take a .npy too
                pass
            opened.seek(0)
            with np.load(opened, allow_pickle=False) as file:
                header = json.loads(file["header"].tobytes())
                if header["format"] != _FORMAT:
                    raise ValueError(f"its format is {header['format']!r}")
                arrays = {name: file[name] for name in file.files if name != "header"}
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


def _npz(path: str | PathLike[str]) -> Path:
    """The path with the suffix .npz, as numpy does it."""
    target = Path(path)
    return target if target.suffix == ".npz" else target.with_name(target.name + ".npz")
