"""Files of results and of running filters: arrays in an .npz, its header in JSON."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

HEADER = "header"


def with_suffix(path: str | PathLike[str]) -> Path:
    """The path with the suffix .npz, as numpy does it."""
    target = Path(path)
    return target if target.suffix == ".npz" else target.with_name(target.name + ".npz")


def packed(header: dict[str, Any]) -> Any:
    """The header as an array."""
    return np.frombuffer(json.dumps(header, allow_nan=False).encode(), dtype=np.uint8)


@contextmanager
def opened(file: BinaryIO) -> Iterator[tuple[dict[str, Any], Any]]:
    """The header and the arrays by name; a damaged file raises ``errors.DAMAGED``."""
    with zipfile.ZipFile(file):  # before numpy, which would take a .npy too
        pass
    file.seek(0)
    with np.load(file, allow_pickle=False) as arrays:
        yield json.loads(arrays[HEADER].tobytes()), arrays
