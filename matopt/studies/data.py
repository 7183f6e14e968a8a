"""The arrays of a problem file: read safely, transformed by name."""

from __future__ import annotations

import csv
import hashlib
import io
import math
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from scipy.linalg import toeplitz

from matopt.errors import DAMAGED, suggestion
from matopt.linalg import Array
from matopt.studies.generators import generate
from matopt.studies.schema import Data, ProblemFileError

_LARGEST_FILE = 1_000_000  # bytes
_LARGEST_ENTRY = 8_000_000  # bytes of one array in an archive
_LARGEST_ORDER = 2000  # of an identity
_LARGEST_ARRAY = 64_000_000  # bytes after a transform


Parameters = Mapping[str, int | float]


def load(
    name: str, data: Data, folder: Path, parameters: Parameters = MappingProxyType({})
) -> Array:
    """The array that ``[data.name]`` describes; ProblemFileError if it lies.

    It is float64 from a file; of a generator it may be complex, or have NaN where an
    entry is missing.
    """
    try:
        return _load(data, folder, parameters)
    except ValueError as error:
        raise ProblemFileError(f"data.{name}: {error}") from error


def number(given: object, parameters: Parameters) -> Any:
    """The value of a parameter, where a string names it; else what was given."""
    if not isinstance(given, str):
        return given
    if given not in parameters:
        raise ProblemFileError(
            f"no parameter is named {given!r}{suggestion(given, parameters)}"
        )
    return parameters[given]


def _load(data: Data, folder: Path, parameters: Parameters) -> Array:
    if data.identity is not None:
        return np.eye(_order(number(data.identity, parameters)))
    groups = None
    if data.generator is not None:
        arguments = {k: number(a, parameters) for k, a in data.arguments.items()}
        X = generate(data.generator, data.key, arguments)
    else:
        X, groups = _read_named(data, folder)
    for transform in data.transforms:
        X = _transform(X, groups, _numbered(transform, parameters))
    if data.generator is not None:
        return X
    assert data.shape is not None
    return _shaped(X, tuple(number(k, parameters) for k in data.shape))


def _order(n: object) -> int:
    if not isinstance(n, int) or not 1 <= n <= _LARGEST_ORDER:
        raise ProblemFileError(
            f"identity must be an integer from 1 to {_LARGEST_ORDER}, got {n!r}"
        )
    return n


def _read_named(data: Data, folder: Path) -> tuple[Array, Array | None]:
    """What ``_read`` gives; its errors name the file."""
    try:
        return _read(data, _bytes(data, folder))
    except ProblemFileError as error:
        raise ProblemFileError(f"{data.file}: {error}") from error


def _numbered(transform: object, parameters: Parameters) -> object:
    """The transform with the value of its parameter in place."""
    if not isinstance(transform, dict):
        return transform
    return {k: number(a, parameters) for k, a in transform.items()}


def _shaped(X: Array, shape: tuple[int, ...]) -> Array:
    """X as declared; a vector may be declared a column."""
    if X.ndim == 1 and shape == (len(X), 1):
        X = X[:, None]
    if X.shape != shape:
        raise ProblemFileError(f"shape is declared {shape} but the array has {X.shape}")
    if not np.isfinite(X).all():
        raise ProblemFileError("the array has NaN or infinity")
    return X


def _bytes(data: Data, folder: Path) -> bytes:
    """The content of the file, if it lies in the folder and its digest is right."""
    path = folder / str(data.file)
    if path.resolve().parent != folder.resolve():
        raise ProblemFileError("leads out of the folder of the problem")
    if not path.is_file():
        raise ProblemFileError("no such file beside the problem")
    if path.stat().st_size > _LARGEST_FILE:
        raise ProblemFileError(f"larger than {_LARGEST_FILE} bytes")
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != data.sha256:
        raise ProblemFileError(
            f"the sha256 is {digest}, not the declared one: the file has changed"
        )
    return content


def _read(data: Data, content: bytes) -> tuple[Array, Array | None]:
    """The array and the labels of its rows."""
    if data.key is not None:
        return _read_npz(content, data.key), None
    return _read_csv(content, data.columns, data.groups)


def _read_npz(content: bytes, key: str) -> Array:
    """One array of an archive, whose header is read before its numbers."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            with archive.open(f"{key}.npy") as entry:
                version = np.lib.format.read_magic(entry)
                read_header = (
                    np.lib.format.read_array_header_1_0
                    if version == (1, 0)
                    else np.lib.format.read_array_header_2_0
                )
                shape, _, dtype = read_header(entry)
        if dtype.kind not in "biuf":
            raise ProblemFileError(f"{key} must hold numbers, got dtype {dtype}")
        if math.prod(shape) * dtype.itemsize > _LARGEST_ENTRY:
            raise ProblemFileError(f"{key} is larger than {_LARGEST_ENTRY} bytes")
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return np.asarray(arrays[key], dtype=float)
    except KeyError:
        raise ProblemFileError(f"no array is named {key!r} in it") from None
    except ProblemFileError:
        raise
    except DAMAGED as error:
        raise ProblemFileError(f"not a readable .npz file: {error}") from error


def _read_csv(
    content: bytes, columns: list[str] | None, groups: str | None
) -> tuple[Array, Array | None]:
    """Columns of numbers under one line of names."""
    if not content.strip():
        raise ProblemFileError("empty; the first line must name the columns")
    try:
        header, *rows = list(csv.reader(io.StringIO(content.decode("utf-8"))))
        table = np.array(rows, dtype=float).reshape(len(rows), len(header))
    except (ValueError, csv.Error) as error:
        raise ProblemFileError(f"not a table of numbers: {error}") from error
    wanted = [h for h in header if h != groups] if columns is None else columns
    for name in [*wanted, *([groups] if groups else [])]:
        if header.count(name) != 1:
            raise ProblemFileError(
                f"no one column is named {name!r}; it has {', '.join(header)}"
            )
    X = table[:, [header.index(name) for name in wanted]]
    labels = table[:, header.index(groups)] if groups else None
    return (X[:, 0] if X.shape[1] == 1 else X), labels


def _transform(X: Array, groups: Array | None, transform: object) -> Array:
    """Apply one transform by name."""
    if isinstance(transform, dict):
        ((name, argument),) = transform.items()
        return _NUMBERED[name](X, argument)
    name = str(transform)
    if name.startswith("group-"):
        if groups is None:
            raise ProblemFileError(f"{name} needs the key groups")
        return _GROUPED[name](X, groups)
    return _TRANSFORMS[name](X)


def _power(X: Array, exponent: float) -> Array:
    powers: Array = X ** float(exponent)
    return powers


def _windows(X: Array, width: float) -> Array:
    if X.ndim != 1 or not isinstance(width, int) or not 1 <= width <= len(X):
        raise ProblemFileError(
            f"windows = {width} needs a vector of at least that length, "
            f"got shape {X.shape}"
        )
    _check_bytes(f"windows = {width}", X, width * (len(X) - width + 1))
    return np.array(np.lib.stride_tricks.sliding_window_view(X, width))


def _check_bytes(transform: str, X: Array, entries: int) -> None:
    """Refuse a result of so many entries, before it is formed, if it is too large."""
    if X.itemsize * entries > _LARGEST_ARRAY:
        raise ProblemFileError(f"{transform} exceeds {_LARGEST_ARRAY} bytes")


def _group_means(X: Array, groups: Array) -> Array:
    means: Array = np.empty_like(X)
    for label in np.unique(groups):
        means[groups == label] = X[groups == label].mean(axis=0)
    return means


def _group_covariances(X: Array, groups: Array) -> Array:
    X = (X - _group_means(X, groups)).reshape(len(X), -1)
    labels = np.unique(groups)
    _check_bytes("group-covariances", X, len(labels) * X.shape[1] ** 2)
    return np.array([_covariance(X[groups == label]) for label in labels])


def _root(S: Array) -> Array:
    if S.shape != (len(S), len(S)):
        raise ProblemFileError(f"root needs a square matrix, got shape {S.shape}")
    try:
        L = np.linalg.cholesky(S)
    except np.linalg.LinAlgError:
        raise ProblemFileError("root needs a positive definite matrix") from None
    Y: Array = np.sqrt(len(S)) * L.T
    return Y


def _covariance(X: Array) -> Array:
    X = X.reshape(len(X), -1)
    _check_bytes("covariance", X, X.shape[1] ** 2)
    S: Array = X.T @ X / len(X)
    return S


def _standardize(X: Array) -> Array:
    deviation = X.std(axis=0)
    if not np.all(deviation > 0):
        raise ProblemFileError("standardize: a column is constant")
    scaled: Array = (X - X.mean(axis=0)) / deviation
    return scaled


def _toeplitz(X: Array) -> Array:
    if X.ndim != 1 or X.nbytes * len(X) > _LARGEST_ARRAY:
        raise ProblemFileError(f"toeplitz needs a short vector, got shape {X.shape}")
    return np.asarray(toeplitz(X))


def _leading(X: Array, count: float, axis: int) -> Array:
    if X.ndim <= axis or not isinstance(count, int) or not 1 <= count <= X.shape[axis]:
        kind = ("rows", "columns")[axis]
        raise ProblemFileError(
            f"{kind} = {count} needs an array with so many {kind}, got shape {X.shape}"
        )
    return X[:count] if axis == 0 else X[:, :count]


def _blocks(X: Array, order: float, within: bool) -> Array:
    """Keep both diagonal blocks, the first of that order, or what is off them."""
    if (
        X.shape != (len(X), len(X))
        or not isinstance(order, int)
        or not (0 < order < len(X))
    ):
        raise ProblemFileError(
            "a first block needs an order of at least 1 and a larger square matrix, "
            f"got order {order} and shape {X.shape}"
        )
    first = np.arange(len(X)) < order
    kept: Array = np.where(np.equal.outer(first, first) == within, X, 0.0)
    return kept


_GROUPED: dict[str, Callable[[Array, Array], Array]] = {
    "group-means": _group_means,
    "group-center": lambda X, groups: X - _group_means(X, groups),
    "group-covariances": _group_covariances,
}
_NUMBERED: dict[str, Callable[[Array, float], Array]] = {
    "windows": _windows,
    "power": _power,
    "rows": lambda X, count: _leading(X, count, 0),
    "columns": lambda X, count: _leading(X, count, 1),
    "blocks": lambda X, order: _blocks(X, order, True),
    "cross": lambda X, order: _blocks(X, order, False),
}
_TRANSFORMS: dict[str, Callable[[Array], Array]] = {
    "center": lambda X: X - X.mean(axis=0),
    "standardize": _standardize,
    "covariance": _covariance,
    "root": _root,
    "transpose": lambda X: X.T,
    "flatten": lambda X: X.ravel(),
    "intercept": lambda X: np.column_stack([np.ones(len(X)), X]),
    "toeplitz": _toeplitz,
}
