"""The entries of an array that an equation asks for by its index letters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matopt.linalg import Array


def entries(D: Array, letters: str, at: Mapping[str, int]) -> Any:
    """D at the zero-based indices, a letter an axis; one not given is the whole axis.

    ``entries(D, "klij", {"k": 0, "i": 2, "j": 1})`` is ``D[0, :, 2, 1]``; an index
    outside its axis is named, and a negative one is outside.
    """
    for letter, size in zip(letters, D.shape, strict=True):
        if not 0 <= at.get(letter, 0) < max(size, 1):
            raise IndexError(f"{letter} must be from 0 to {size - 1}, got {at[letter]}")
    return D[tuple(at.get(letter, slice(None)) for letter in letters)]
