"""The data that a problem file may have made: named functions in a fixed table.

Each is a function of sizes and a seed, and is the definition of its data: same
arguments, same arrays, on every machine up to rounding in the last digits.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from typing import Any

from matopt.errors import suggestion
from matopt.linalg import Array
from matopt.studies.generators import (  # noqa: F401  they add themselves
    matrices,
    samples,
    stationary,
    systems,
)
from matopt.studies.generators.forms import FORMED

GENERATORS = {f.__name__.replace("_", "-"): f for f in FORMED}
_LARGEST_SIZE = 100_000  # of an argument: a size, a seed
_LARGEST_MADE = 1_000_000_000  # bytes


def generate(name: str, key: str | None, arguments: Mapping[str, Any]) -> Array:
    """The array that a generator makes, or the one called ``key`` of several."""
    if name not in GENERATORS:
        raise ValueError(
            f"no generator is named {name!r}{suggestion(name, GENERATORS)}"
        )
    function = GENERATORS[name]
    signature = inspect.signature(function)
    try:
        signature.bind(**arguments)
    except TypeError as error:
        keys = ", ".join(signature.parameters)
        raise ValueError(f"{name}: {error}; its arguments are {keys}") from error
    for argument, value in arguments.items():
        _check(name, argument, value, signature.parameters[argument].annotation)
    for shape in FORMED[function]:
        check_bytes(name, math.prod(arguments[size] for size in shape.split()))
    made = function(**arguments)
    if isinstance(made, Mapping):
        if key is None or key not in made:
            raise ValueError(
                f"{name}: key must be one of {', '.join(made)}, got {key!r}"
            )
        return made[key]
    if key is not None:
        raise ValueError(f"{name}: makes one array and takes no key, got {key!r}")
    return made


def _check(name: str, argument: str, value: Any, annotation: str) -> None:
    """Raise ValueError unless the value is of the type and not too large."""
    if annotation == "int" and (not isinstance(value, int) or isinstance(value, bool)):
        raise ValueError(f"{name}: {argument} must be an integer, got {value!r}")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name}: {argument} must be a number, got {value!r}")
    least = 0 if argument == "seed" or annotation == "float" else 1
    if not (least <= value <= _LARGEST_SIZE):
        raise ValueError(
            f"{name}: {argument} must be from {least} to {_LARGEST_SIZE}, got {value!r}"
        )


def check_bytes(name: str, entries: int, itemsize: int = 8) -> None:
    """Raise ValueError if an array of so many entries is too large to be made."""
    if entries * itemsize > _LARGEST_MADE:
        raise ValueError(
            f"{name} needs an array of {entries * itemsize / 1e9:,.1f} GB, the most "
            f"is {_LARGEST_MADE / 1e9:g} GB; take smaller sizes"
        )
