"""What makes a function a generator: the shapes of what it forms, said beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias, TypeVar

from matopt.linalg import Array

Made: TypeAlias = Array | Mapping[str, Array]
F = TypeVar("F", bound=Callable[..., Made])

FORMED: dict[Callable[..., Made], tuple[str, ...]] = {}


def forms(*shapes: str) -> Callable[[F], F]:
    """Add a generator that forms arrays of these shapes, as far as they may be large.

    A shape is the names of arguments: "m n".
    """

    def add(function: F) -> F:
        FORMED[function] = shapes
        return function

    return add
