"""What is kept of data that come in chunks, and how chunks are had of data."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from copy import copy
from typing import Any, Self

import numpy as np

_ENTRIES = 2**20  # of a chunk: 8 MB


class Statistic(ABC):
    """A sum over data that need not be in memory at once.

    An author writes ``_take`` of one chunk, ``_join`` of another statistic and
    ``empty``. No array that was handed out is written into, so that a shallow copy
    is a copy.
    """

    count: int = 0

    def update(self, data: Any, rows: int | None = None) -> Self:
        """Take in data, ``rows`` at a time, and return the statistic itself.

        Data are an array, a memory map, an iterator of arrays or a dask array, whose
        blocks are summed where they lie.
        """
        if hasattr(data, "__dask_graph__"):
            return self.merge(_over_blocks(self.empty(), data))
        if hasattr(data, "__next__"):
            for part in data:
                self.update(part, rows)
            return self
        for chunk in _chunks(data, rows):
            self._take(chunk)
        return self

    def merge(self, other: Self) -> Self:
        """Take in what another statistic has, of data that follow."""
        if type(other) is not type(self):
            raise TypeError(
                f"other must be a {type(self).__name__}, got {type(other).__name__}"
            )
        if other.count:
            self._join(other)
        return self

    @abstractmethod
    def _take(self, chunk: Any) -> None:
        """Take in an array, which is not checked yet."""

    @abstractmethod
    def _join(self, other: Self) -> None:
        """Take in another statistic, which is not empty."""

    @abstractmethod
    def empty(self) -> Self:
        """A statistic of the same settings that has seen nothing."""


def is_streamed(data: Any) -> bool:
    """Are the data to be read in chunks: from a file, an iterator or dask?"""
    return (
        isinstance(data, np.memmap)
        or hasattr(data, "__next__")
        or hasattr(data, "chunks")
    )


def _chunks(data: Any, rows: int | None) -> Iterator[Any]:
    """Slices of an array along its first axis."""
    shape = getattr(data, "shape", ())
    if not shape:
        yield data
        return
    rows = max(1, _ENTRIES // max(1, *shape[1:], 1)) if rows is None else rows
    if isinstance(rows, bool) or not isinstance(rows, int | np.integer) or rows < 1:
        raise ValueError(f"rows must be an integer of at least 1, got {rows!r}")
    for first in range(0, shape[0], int(rows)):
        yield data[first : first + int(rows)]


def _over_blocks(empty: Any, data: Any) -> Any:
    """The statistic of a dask array: of each block, then merged pair by pair."""
    from dask.delayed import delayed

    if data.ndim == 2:
        data = data.rechunk({1: -1})
    parts = [delayed(_of_block)(empty, block) for block in data.to_delayed().ravel()]
    while len(parts) > 1:
        pairs = zip(parts[::2], parts[1::2], strict=False)
        last = parts[-1:] if len(parts) % 2 else []
        parts = [delayed(_merged)(a, b) for a, b in pairs] + last
    return parts[0].compute()


def _of_block(empty: Any, block: Any) -> Any:
    return copy(empty).update(block)


def _merged(a: Any, b: Any) -> Any:
    return copy(a).merge(b)
