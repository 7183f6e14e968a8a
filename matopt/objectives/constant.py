"""The constants of objectives: checked where they enter, and never changed after."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from matopt.linalg import Array, as_array
from matopt.spaces import Space

Shape = tuple[int | None, ...]  # None leaves a size free


def constant(
    value: ArrayLike,
    name: str,
    *,
    ndim: int | tuple[int, ...] = 2,
    shape: Shape | None = None,
) -> Array:
    """Return a checked copy that cannot be written into."""
    array = as_array(value, name, ndim=ndim, shape=shape)
    if array.size == 0:
        raise ValueError(f"{name} must not be empty, got shape {array.shape}")
    return freeze(np.array(array))


def optional(value: ArrayLike | None, name: str, **wanted: Any) -> Array | None:
    """Return ``constant`` of a value, and None (the identity, or zero) as it is."""
    return None if value is None else constant(value, name, **wanted)


def square(value: ArrayLike, name: str, order: int | None = None) -> Array:
    """Return a constant square matrix, of the given order where there is one."""
    A = constant(value, name)
    if A.shape[0] != A.shape[1] or A.shape[0] != (order or A.shape[0]):
        wanted = "square" if order is None else f"of shape ({order}, {order})"
        raise ValueError(f"{name} must be {wanted}, got shape {A.shape}")
    return A


def freeze(array: Array) -> Array:
    """Make the array read-only and return it."""
    array.flags.writeable = False
    return array


def settle(f: object, **values: Any) -> None:
    """Set fields of a frozen dataclass, in its ``__post_init__``."""
    for name, value in values.items():
        object.__setattr__(f, name, value)


def shown(A: Array | None) -> str:
    """Return how a constant looks in a repr: its shape."""
    return "None" if A is None else f"<{'x'.join(map(str, A.shape))}>"


def check_shape(space: Space, why: str, *allowed: Shape) -> None:
    """Raise ValueError unless the matrices of the space have an allowed shape."""
    check_single(space)
    if any(_fits(space.shape, shape) for shape in allowed):
        return
    words = " or ".join(_words(shape) for shape in allowed)
    raise ValueError(
        f"{why} but the space {space!r} has matrices of shape {space.shape}; "
        f"they must be {words}"
    )


def check_square(space: Space, who: str) -> None:
    """Raise ValueError unless the matrices of the space are square."""
    check_single(space)
    if len(space.shape) != 2 or space.shape[0] != space.shape[1]:
        raise ValueError(
            f"{who} needs square matrices but the space {space!r} has matrices of "
            f"shape {space.shape}; take a space of (n, n) matrices"
        )


def check_single(space: Space) -> None:
    """Raise ValueError if the space has several matrices."""
    if any(isinstance(size, tuple) for size in space.shape):
        raise ValueError(
            f"the objective is of one matrix but {space!r} has several; "
            "take f.of(i) for the i-th of them, counted from 0"
        )


def check_field(space: Space, **constants: Array | None) -> None:
    """Raise ValueError if a constant is complex and the space real."""
    for name, A in constants.items():
        if A is not None and np.iscomplexobj(A) and space.dtype is float:
            raise ValueError(
                f"{name} is complex but {space!r} is real; pass dtype=complex to it"
            )


def _fits(shape: tuple[int, ...], wanted: Shape) -> bool:
    return len(shape) == len(wanted) and all(
        w is None or w == s for s, w in zip(shape, wanted, strict=True)
    )


def _words(shape: Shape) -> str:
    sizes = ["any" if s is None else str(s) for s in shape]
    return f"({sizes[0]},)" if len(sizes) == 1 else f"({', '.join(sizes)})"
