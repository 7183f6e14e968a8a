"""The structures that a command line may name."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import matopt as mo
from matopt.errors import suggestion
from matopt.spaces import Space


class Choice(NamedTuple):
    """A structure by its order n, its dtype and what --order is for it."""

    make: Callable[[int, type, int], Space]
    order: str = ""  # what --order means, if anything
    is_real: bool = False  # only


def _toeplitz(n: int, dtype: type, order: int) -> Space:
    return mo.SymmetricToeplitz(n) if dtype is float else mo.HermitianToeplitz(n)


def _diagonal(n: int, dtype: type, order: int) -> Space:
    """Of variances: they are real, also of complex samples."""
    if dtype is float:
        return mo.Diagonal(n)
    return mo.Banded(n, 0, dtype, symmetric=True)


def _kronecker(n: int, dtype: type, order: int) -> Space:
    if order < 1 or n % order:
        raise ValueError(
            f"order must divide the {n} features of a Kronecker product, got {order}"
        )
    return mo.KroneckerProduct(order, n // order, dtype)


def _kernel(name: str) -> Choice:
    return Choice(lambda n, dtype, order: mo.StationaryKernel(n, name), is_real=True)


AUTOREGRESSIVE = "autoregressive"

STRUCTURES = {
    "toeplitz": Choice(_toeplitz),
    "toeplitz-plus-diagonal": Choice(lambda n, d, order: mo.ToeplitzPlusDiagonal(n, d)),
    AUTOREGRESSIVE: Choice(
        lambda n, d, order: mo.PositiveDefiniteToeplitz(order + 1, d),
        "how many values before one predict it",
    ),
    "unstructured": Choice(lambda n, d, order: mo.PositiveDefinite(n, d)),
    "diagonal": Choice(_diagonal),
    "banded": Choice(
        lambda n, d, order: mo.Banded(n, order, d, symmetric=True), "the bandwidth"
    ),
    "circulant": Choice(lambda n, d, order: mo.SymmetricCirculant(n, d)),
    "compound-symmetry": Choice(
        lambda n, d, order: mo.CompoundSymmetry(n), is_real=True
    ),
    "low-rank-plus-diagonal": Choice(
        lambda n, d, order: mo.LowRankPlusDiagonal(n, order, d),
        "the rank, the number of factors",
    ),
    "kronecker": Choice(_kronecker, "the order of the left factor"),
    "squared-exponential": _kernel("squared_exponential"),
    "matern12": _kernel("matern12"),
    "matern32": _kernel("matern32"),
    "matern52": _kernel("matern52"),
}

# What --compare adds: structures that suit any features, the small ones first.
_COMPARED = [
    "diagonal",
    "compound-symmetry",
    "circulant",
    "banded",
    "toeplitz",
    "toeplitz-plus-diagonal",
    "low-rank-plus-diagonal",
    "unstructured",
]


def check_structure(name: str, order: int | None) -> None:
    """Raise ValueError for a name that is not known, or an order it cannot use."""
    if name not in STRUCTURES:
        raise ValueError(
            f"no structure is named {name!r}{suggestion(name, STRUCTURES)}"
        )
    meaning = STRUCTURES[name].order
    if meaning and order is None:
        raise ValueError(f"{name} needs --order, {meaning}")
    if order is not None and not meaning:
        users = ", ".join(k for k, choice in STRUCTURES.items() if choice.order)
        raise ValueError(f"{name} has no order; --order is for {users}")


def make_structure(name: str, n: int, dtype: type, order: int | None) -> Space:
    """The space of a checked name for n features."""
    choice = STRUCTURES[name]
    if choice.is_real and dtype is complex:
        raise ValueError(f"{name} is for real data, these are complex; take toeplitz")
    return choice.make(n, dtype, 0 if order is None else order)


def candidates(name: str, n: int, dtype: type, order: int | None) -> dict[str, Space]:
    """The chosen structure, and beside it those that suit and restrict something."""
    spaces = {}
    whole = mo.PositiveDefinite(n, dtype).dimension
    for each in dict.fromkeys([*_COMPARED, name]):
        choice = STRUCTURES[each]
        if each != name and (n < 2 or (choice.is_real and dtype is complex)):
            continue
        own = order if each == name else 1
        space = make_structure(each, n, dtype, own)
        if each in (name, "unstructured") or space.dimension < whole:
            spaces[f"{each}({own})" if choice.order else each] = space
    return spaces
