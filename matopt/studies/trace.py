"""The way of a run in few bytes: thinned, shuffled, compressed, exact."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping

import numpy as np

from matopt.linalg import Array

LONGEST = 256  # entries that are kept


def thin(count: int, longest: int = LONGEST) -> Array:
    """Which of ``count`` entries to keep: dense at first, then ever wider apart.

    The first and the last are kept.

    >>> thin(5, 4), thin(1000, 6)
    (array([0, 1, 2, 4]), array([  0,   3,  15,  62, 250, 999]))
    """
    if count <= longest:
        return np.arange(count)
    steps = np.geomspace(1.0, count, longest)
    picked = np.maximum(np.round(steps), np.arange(1, longest + 1)) - 1
    kept: Array = np.minimum(picked.astype(int), count - longest + np.arange(longest))
    return kept


def compress(history: Mapping[str, Array]) -> bytes:
    """The columns of a history, thinned; each number that is kept is exact."""
    rows = max((len(column) for column in history.values()), default=0)
    kept = thin(rows)
    head = json.dumps({"columns": list(history), "rows": len(kept)}).encode()
    table = np.array([column[kept] for column in history.values()], dtype="<f8")
    bytewise = table.reshape(-1, 1).view(np.uint8).T  # like bytes side by side
    return zlib.compress(head + b"\n" + bytewise.tobytes(), 6)


def expand(data: bytes) -> dict[str, Array]:
    """What ``compress`` kept."""
    if not data:
        return {}
    head, _, body = zlib.decompress(data).partition(b"\n")
    layout = json.loads(head)
    bytewise = np.frombuffer(body, np.uint8).reshape(8, -1)
    numbers = np.ascontiguousarray(bytewise.T).view("<f8").astype(float)
    table = numbers.reshape(len(layout["columns"]), layout["rows"])
    return dict(zip(layout["columns"], table, strict=True))
