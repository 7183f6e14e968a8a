"""Samples from a file, a chunk at a time: text, NumPy arrays, Parquet.

A file need not fit into memory: nothing longer than a chunk is held, and every pass
reads it again.
"""

from __future__ import annotations

import csv
import math
import re
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import dropwhile, islice, repeat, takewhile
from pathlib import Path
from typing import Any

import numpy as np

from matopt.errors import DAMAGED, suggestion, words
from matopt.linalg import Array

_ENTRIES = 2**20  # of a chunk: 8 MB
_ABOVE = re.compile(r"\s*($|#(?![,;\t]))")  # blank, or a comment: "#,a" has names
_MISSING = {"", "na", "n/a", "nan", "null"}  # as they stand in text, in any case


class SampleFile:
    """The rows of a file as float64 or complex128 arrays (rows, features), in chunks.

    ``columns`` chooses by name (arrays without names have "0", "1", ...). NaN, an empty
    cell and a null are refused by row and column, counted from 1, unless ``missing``:
    then they are NaN. A vector is one column. ``header``: does the first line of text,
    or a comment just above it, have the names? None: the first line, unless its cells
    are numbers, of which some may be missing; then the comment.
    """

    def __init__(
        self,
        path: Path,
        columns: Sequence[str] = (),
        *,
        missing: bool = False,
        header: bool | None = None,
    ) -> None:
        """Read the names; the suffix of the file says how."""
        self.path, self.missing = path, missing
        with _named(path):
            self._table = _open(path, header)
            known = self._table.names
            for name in columns:
                if known.count(name) > 1:
                    raise ValueError(
                        f"{known.count(name)} columns are named {name!r}; rename them"
                    )
                if name not in known:
                    raise ValueError(
                        f"no column is named {name!r}{suggestion(name, known)}"
                    )
                if columns.count(name) > 1:
                    raise ValueError(
                        f"column {name!r} is chosen {columns.count(name)} times; "
                        "choose it once"
                    )
            self.names = list(columns) or known
            # By position where none is chosen: names may be the same.
            self._index = [known.index(k) for k in columns] or list(range(len(known)))

    @property
    def dtype(self) -> type:
        """Float or complex."""
        return self._table.dtype

    def chunks(self) -> Iterator[Array]:
        """The rows from the first on, checked."""
        size = max(1, _ENTRIES // max(1, len(self._table.names)))
        first = 1
        with _named(self.path):
            for part in self._table.chunks(self._index, size):
                self._check(part, first)
                first += len(part)
                yield part

    def array(self) -> Array:
        """All rows in memory."""
        parts = list(self.chunks())
        return np.concatenate(parts) if parts else np.zeros((0, len(self.names)))

    def _check(self, X: Array, first: int) -> None:
        """Refuse what is not finite, or not even missing."""
        bad = np.isinf(X) if self.missing else ~np.isfinite(X)
        if not bad.any():
            return
        i, j = (int(k) for k in np.argwhere(bad)[0])
        what = "missing (NaN)" if np.isnan(X[i, j]) else "infinite"
        more = "" if self.missing or what == "infinite" else ", or pass --missing"
        raise ValueError(
            f"row {first + i}, column {self.names[j]!r} is {what}, "
            f"{int(bad.sum())} such in rows {first} to {first + len(X) - 1}; "
            f"remove them{more}"
        )


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Errors begin with the name of the file."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path.name}: must be text in UTF-8, but byte {error.start} is "
            f"{error.object[error.start]:#04x}; save it as UTF-8"
        ) from error
    except (ValueError, OSError, EOFError, MemoryError, csv.Error) as error:
        text = getattr(error, "strerror", None) or words(error)
        raise ValueError(f"{path.name}: {text}") from error


class _Table(ABC):
    """A file that was opened: its columns, and their chunks."""

    names: list[str]
    dtype: type = float

    @abstractmethod
    def chunks(self, index: list[int], size: int) -> Iterator[Array]:
        """Some columns, ``size`` rows at a time."""


def _open(path: Path, header: bool | None) -> _Table:
    suffix = path.suffix.lower()
    if suffix not in _READERS:
        raise ValueError(
            f"data must end in one of {', '.join(_READERS)}, got {suffix or 'nothing'}"
        )
    if not path.is_file():
        raise ValueError("is a folder" if path.is_dir() else "no such file")
    if path.stat().st_size == 0:
        raise ValueError("is empty")
    return _READERS[suffix](path, header)


def _refuse_header(path: Path, header: bool | None) -> None:
    """Raise unless nothing is said of a first line, which only text has."""
    if header is not None:
        raise ValueError(
            "--header and --no-header are for text, not for "
            f"{path.suffix.lower()}; leave them out"
        )


class _Text(_Table):
    """Lines of numbers, split by commas, semicolons, tabs or blanks.

    Blank lines are skipped, but in a file of one column those above a value are missing
    values. Comments at the top are skipped too, but the one just above the first sample
    has the names if it has as many cells.
    """

    def __init__(self, path: Path, header: bool | None) -> None:
        self._path = path
        with self._lines() as lines:
            top = list(islice((line for line in lines if line.strip()), 2))
        if not top:
            raise ValueError("has no line of names or numbers")
        first = top[0]
        self._mark = max(",;\t", key=first.count)
        if self._mark not in first:
            # One column in quotes, or with blanks in its name, is not split at blanks.
            words = first.split()
            many = len(words) > 1 and _is_sample(words)
            self._mark = "," if len(top[-1].split()) == 1 and not many else " "
        cells = [cell.strip() for cell in self._cells(first)]
        self._has_names, self.names = self._find_names(cells, header)

    def _find_names(
        self, first: list[str], header: bool | None
    ) -> tuple[bool, list[str]]:
        """Are they in the first line, and what are they?"""
        above = self._comment() if header is not False and _is_sample(first) else []
        if len(above) == len(first) and (header or not _is_sample(above)):
            return False, above
        if header or (header is None and not _is_sample(first)):
            return True, first
        return False, [str(i) for i in range(len(first))]

    def _comment(self) -> list[str]:
        """The cells of the comment just above the first line; none without one."""
        with self._path.open(encoding="utf-8-sig", newline="") as file:
            last = deque(takewhile(_ABOVE.match, file), maxlen=1)
        line = last[0].strip() if last else ""
        return [cell.strip() for cell in self._cells(line.lstrip("#"))] if line else []

    @contextmanager
    def _lines(self) -> Iterator[Iterator[str]]:
        with self._path.open(encoding="utf-8-sig", newline="") as file:
            yield dropwhile(_ABOVE.match, file)

    def _rows(self) -> Iterator[str]:
        """The lines below the names; one that is skipped as a value says nan."""
        blanks = " \r\n" if self._mark == "\t" else None
        skipped = 0
        with self._lines() as lines:
            for line in islice(lines, int(self._has_names), None):
                if not line.strip(blanks):
                    skipped += 1
                    continue
                if len(self.names) == 1:
                    yield from repeat("nan", skipped)
                skipped = 0
                yield line

    def _cells(self, line: str) -> list[str]:
        if self._mark == " " and '"' not in line:
            return line.split()
        line = line.strip(" \r\n")
        return next(csv.reader([line], delimiter=self._mark, skipinitialspace=True))

    def chunks(self, index: list[int], size: int) -> Iterator[Array]:
        first, rows = 1, self._rows()
        while part := list(islice(rows, size)):
            yield self._numbers(part, index, first)
            first += len(part)

    def _numbers(self, lines: list[str], index: list[int], first: int) -> Array:
        """By NumPy's reader where every cell is a number, else cell by cell."""
        n, mark = len(self.names), None if self._mark == " " else self._mark
        if all((x.count(mark) + 1 if mark else len(x.split())) == n for x in lines):
            try:
                return np.loadtxt(
                    lines, delimiter=mark, usecols=index, ndmin=2, comments=None
                )
            except ValueError:
                pass
        rows = (self._row(line, index, first + i) for i, line in enumerate(lines))
        return np.array(list(rows))

    def _row(self, line: str, index: list[int], number: int) -> list[float]:
        cells = self._cells(line)
        if len(cells) != len(self.names):
            raise ValueError(
                f"row {number} has {len(cells)} cells but there are "
                f"{len(self.names)} columns"
            )
        return [self._number(cells[j].strip(), j, number) for j in index]

    def _number(self, cell: str, column: int, row: int) -> float:
        if cell.lower() in _MISSING:
            return math.nan
        try:
            return float(cell)
        except ValueError:
            raise ValueError(
                f"column {self.names[column]!r} is not numeric: row {row} has "
                f"{cell[:30]!r}; choose others with --columns"
            ) from None


def _is_sample(cells: list[str]) -> bool:
    """Are these numbers, of which some, but not all, may be missing?"""
    numbers = [_is_number(cell) for cell in cells]
    known = (
        n or cell.lower() in _MISSING for n, cell in zip(numbers, cells, strict=True)
    )
    return any(numbers) and all(known)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


class _Array(_Table):
    """One array of a .npy file, mapped into memory, or of an .npz archive."""

    def __init__(self, path: Path, header: bool | None) -> None:
        _refuse_header(path, header)
        self._array = _load(path)
        if self._array.dtype.kind not in "biufc":
            raise ValueError(f"must hold numbers, got dtype {self._array.dtype}")
        if self._array.ndim not in (1, 2):
            raise ValueError(
                f"must hold a vector or a matrix, got shape {self._array.shape}"
            )
        self.dtype = complex if self._array.dtype.kind == "c" else float
        width = self._array.shape[1] if self._array.ndim == 2 else 1
        self.names = [str(i) for i in range(width)]

    def chunks(self, index: list[int], size: int) -> Iterator[Array]:
        rows = self._array.reshape(-1, len(self.names))
        for first in range(0, len(rows), size):
            yield np.asarray(rows[first : first + size], dtype=self.dtype)[:, index]


def _load(path: Path) -> Array:
    """An array mapped into memory, or the one of an archive."""
    with path.open("rb") as file:
        if file.read(2) != b"PK":
            with _reading(path):
                return np.asanyarray(np.load(path, mmap_mode="r", allow_pickle=False))
        file.seek(0)
        with _reading(path):
            archive = np.load(file, allow_pickle=False)
        name = _only(archive)
        with _reading(path):
            return np.asarray(archive[name])


def _only(archive: Any) -> str:
    """The name of the array of an archive that holds one."""
    if len(archive.files) != 1:
        raise ValueError(
            f"must hold one array, got {', '.join(archive.files) or 'none'}; "
            "save the one to fit with numpy.save"
        )
    return str(archive.files[0])


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Say in words that a file is damaged."""
    try:
        yield
    except DAMAGED as error:
        raise ValueError(f"is no {path.suffix} file of numbers: {error}") from error


class _Parquet(_Table):
    """Numeric columns, a batch at a time; null is NaN."""

    def __init__(self, path: Path, header: bool | None) -> None:
        _refuse_header(path, header)
        try:
            import pyarrow.parquet
        except ImportError as error:
            raise ValueError(
                "reading Parquet needs pyarrow: pip install 'matopt[data]'"
            ) from error
        self._file = pyarrow.parquet.ParquetFile(path)
        self.names = list(self._file.schema_arrow.names)

    def chunks(self, index: list[int], size: int) -> Iterator[Array]:
        import pyarrow

        for j in index:
            field = self._file.schema_arrow.field(j)
            if not _is_numeric(field.type):
                raise ValueError(
                    f"column {field.name!r} is not numeric but {field.type}; "
                    "choose others with --columns"
                )
        names = list(dict.fromkeys(self.names[j] for j in index))
        # A batch has the names in this order, of each all columns that are named so.
        read = [j for name in names for j, k in enumerate(self.names) if k == name]
        for batch in self._file.iter_batches(batch_size=size, columns=names):
            yield np.column_stack(
                [
                    batch.column(read.index(j))
                    .cast(pyarrow.float64(), safe=False)
                    .to_numpy(zero_copy_only=False)
                    for j in index
                ]
            )


def _is_numeric(kind: Any) -> bool:
    from pyarrow import types

    tests = (types.is_integer, types.is_floating, types.is_boolean, types.is_decimal)
    return any(test(kind) for test in tests)


_READERS: dict[str, Callable[[Path, bool | None], _Table]] = {
    ".csv": _Text,
    ".tsv": _Text,
    ".txt": _Text,
    ".npy": _Array,
    ".npz": _Array,
    ".parquet": _Parquet,
}
