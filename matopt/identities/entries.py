"""The entries of an array that an equation asks for by its index letters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matopt.linalg import Array


def entries(D: Array, letters: str, at: Mapping[str, int]) -> Any:
    """D at the zero-based indices, a letter an axis; one not given is the whole axis.

    ``entries(D, "klij", {"k": 0, "i": 2, "j": 1})`` is ``D[0, :, 2, 1]``.
    """
    return entry(D, *(at.get(letter) for letter in letters), letters=letters)


def entry(D: Array, *indices: int | None, letters: str = "") -> Any:
    """D at the zero-based indices, one an axis; None stands for the whole axis.

    An index outside its axis is named by its letter, and a negative one is outside.
    """
    for k, index in enumerate(indices):
        if index is not None and not 0 <= index < D.shape[k]:
            name = letters[k] if letters else "an index"
            raise IndexError(f"{name} must be from 0 to {D.shape[k] - 1}, got {index}")
    return D[tuple(slice(None) if index is None else index for index in indices)]
