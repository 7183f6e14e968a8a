"""The letters of an equation: shapes, how to draw them, conditions on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from matopt.linalg import Array, as_array
from matopt.spaces import Structure

_ROUNDING = 1e-10


@dataclass(frozen=True)
class Input:
    """One letter. ``shape`` names sizes: ("m", "n"), ("n",), () for a number.

    The sizes n and n' may differ, but are drawn alike. Optional letters are drawn,
    except an index.

    ``kind``: "free", "symmetric", "positive definite", "invertible", "diagonal",
    "nonzero" (every entry at least 1 in modulus), "toeplitz", "symmetric toeplitz",
    "tall" (full column rank), "wide" (full row rank), "integer", "index" (zero-based),
    "name" (of a function) or one of the table at the end of drawing. Integers and names
    are drawn from ``choices``; ``others`` are names that are known but outside an
    omitted condition. A ``default`` stands for a letter that is not given.
    """

    shape: tuple[str, ...] = ()
    kind: str = "free"
    choices: tuple[Any, ...] = ()
    others: tuple[Any, ...] = ()
    optional: bool = False
    default: float | None = None

    def __str__(self) -> str:
        if len(self.shape) == 1:
            word = f"({self.shape[0]},)"
        elif self.shape:
            word = f"({', '.join(self.shape)})"
        elif self.kind == "name":
            word = f"one of {' '.join(self.choices)}"
        else:
            word = self.kind if self.kind in ("integer", "index") else "number"
        left_out = self.optional or self.default is not None
        return f"{word} or left out" if left_out else word


@dataclass(frozen=True)
class Condition:
    """A hypothesis: a sentence, and whether the inputs fulfil it.

    ``omitted``: the text does not state it. ``general``: only the printed form needs
    it, for the corrected one holds without. ``found``: what the inputs are instead.
    """

    text: str
    holds: Callable[[dict[str, Any]], bool]
    omitted: bool = False
    general: bool = False
    found: Callable[[dict[str, Any]], str] | None = None

    def refusal(self, inputs: dict[str, Any]) -> str:
        """What is needed, and what was found."""
        return self.text + (f", got {self.found(inputs)}" if self.found else "")

    def __str__(self) -> str:
        notes = ["not said in the text"] * self.omitted
        notes += ["only for the form as printed"] * self.general
        return f"{self.text} ({'; '.join(notes)})" if notes else self.text


def _is_exact(A: Any) -> bool:
    return isinstance(A, np.ndarray) and A.dtype.kind == "O"


def check_inputs(
    number: int | str, known: Mapping[str, Input], given: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the inputs as arrays; an error names what is missing, extra or misshaped.

    Arrays of mpmath numbers (dtype object) pass as they are.
    """
    unknown = [name for name in given if name not in known]
    absent = {n: i for n, i in known.items() if n not in given and not i.optional}
    missing = [n for n, i in absent.items() if i.default is None]
    if unknown or missing:
        words = [f"has no input {n}" for n in unknown]
        words += [f"needs the input {n}" for n in missing]
        raise TypeError(
            f"({number}) {' and '.join(words)}; its inputs are {', '.join(known)}"
        )
    sizes: dict[str, int] = {}
    defaults = {n: i.default for n, i in absent.items()}
    return defaults | {n: _check(number, n, known[n], given[n], sizes) for n in given}


def _check(
    number: int | str, name: str, known: Input, value: Any, sizes: dict[str, int]
) -> Any:
    if known.kind == "name":
        if value not in known.choices + known.others:
            raise ValueError(
                f"{name} of ({number}) must be one of {', '.join(known.choices)}, "
                f"got {value!r}"
            )
        return value
    if known.kind in ("integer", "index"):
        whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
        if not whole:
            raise TypeError(f"{name} of ({number}) must be an integer, got {value!r}")
        return int(value)
    A = value if _is_exact(value) else as_array(value, name)
    if A.ndim != len(known.shape):
        raise ValueError(
            f"{name} of ({number}) must have shape ({', '.join(known.shape)}), "
            f"got {A.shape}"
        )
    for word, size in zip(known.shape, A.shape, strict=True):
        if sizes.setdefault(word, size) != size:
            raise ValueError(
                f"{name} of ({number}) must have shape ({', '.join(known.shape)}) "
                f"with {word} = {sizes[word]}, got {A.shape}"
            )
    return A if A.ndim else A[()]


def draw(
    known: Mapping[str, Input], rng: np.random.Generator, size: int, dtype: type
) -> dict[str, Any]:
    """Draw well-conditioned inputs; the size n is ``size``, others differ from it."""
    words = {w.rstrip("'") for i in known.values() for w in i.shape}
    ordered = sorted(words, key=lambda w: (w != "n", w))
    sizes = {w: size + k for k, w in enumerate(ordered)}
    if any(i.kind in ("tall", "wide") for i in known.values()):
        sizes["p"] = max(1, size - 1)
    drawn = {n: i for n, i in known.items() if not (i.optional and i.kind == "index")}
    return {n: _draw(i, rng, sizes, dtype) for n, i in drawn.items()}


def _draw(
    known: Input, rng: np.random.Generator, sizes: dict[str, int], dtype: type
) -> Any:
    if known.choices:
        return known.choices[int(rng.integers(len(known.choices)))]
    shape = tuple(sizes[w.rstrip("'")] for w in known.shape)
    G = rng.standard_normal(shape)
    if dtype is complex:
        G = G + 1j * rng.standard_normal(shape)
    return _KINDS[known.kind](G) if shape else G[()] if np.ndim(G) == 0 else G


def _toeplitz(G: Array) -> Array:
    n = len(G)
    t = np.concatenate([G[0, ::-1], G[1:, 0]])
    i, j = np.indices((n, n))
    T: Array = t[i - j + n - 1]
    return T


_KINDS: dict[str, Callable[[Array], Array]] = {
    "free": lambda G: G,
    "symmetric": lambda G: 0.5 * (G + G.T),
    "positive definite": lambda G: G @ G.conj().T + len(G) * np.eye(len(G)),
    "invertible": lambda G: G + 2.0 * np.sqrt(len(G)) * np.eye(len(G)),
    "nonzero": lambda G: G + G / np.abs(G),
    "diagonal": lambda G: np.diag(np.diagonal(G)),
    "toeplitz": _toeplitz,
    "symmetric toeplitz": lambda G: _toeplitz(0.5 * (G + G.T)),
    "tall": lambda G: G + 2.0 * np.eye(*G.shape),
    "wide": lambda G: G + 2.0 * np.eye(*G.shape),
    # Eigenvalues in the right half plane
    "near a multiple of I": lambda G: (
        1.5 * np.eye(len(G)) + G / (1.0 + np.linalg.norm(G, 2))
    ),
    # Equal to its transpose, complex too, and far from singular
    "symmetric invertible": lambda G: (
        0.5 * (G + G.T) + 2.0 * np.sqrt(len(G)) * np.eye(len(G))
    ),
}


# Conditions that several equations share


def symmetric(name: str, *, omitted: bool = False, general: bool = False) -> Condition:
    """The matrix equals its transpose."""

    def holds(inputs: dict[str, Any]) -> bool:
        A = np.asarray(inputs[name])
        scale = max((abs(a) for a in A.flat), default=0)
        return all(abs(a) <= _ROUNDING * scale for a in (A - A.T).flat)

    return Condition(f"a symmetric {name}", holds, omitted, general)


def invertible(*names: str) -> Condition:
    """The matrices are square and have an inverse."""

    def holds(inputs: dict[str, Any]) -> bool:
        return all(_is_invertible(inputs[name]) for name in names)

    return Condition(f"an invertible {' and '.join(names)}", holds)


def invertible_value(text: str, value: Callable[[dict[str, Any]], Array]) -> Condition:
    """A matrix that the equation makes of its inputs has an inverse."""
    return Condition(f"an invertible {text}", lambda i: _is_invertible(value(i)))


def _is_invertible(A: Any) -> bool:
    if _is_exact(A):
        return True
    if A.shape[0] != A.shape[1]:
        return False
    return bool(np.linalg.cond(A) < 1e14)


def full_column_rank(name: str) -> Condition:
    """The columns are linearly independent."""

    def holds(inputs: dict[str, Any]) -> bool:
        A = inputs[name]
        if _is_exact(A):
            return True
        return bool(np.linalg.matrix_rank(A) == A.shape[1])

    return Condition(f"full column rank of {name}", holds)


def at_least(name: str, least: int) -> Condition:
    """An integer has a lower bound."""
    return Condition(f"{name} >= {least}", lambda inputs: inputs[name] >= least)


def convention(text: str) -> Condition:
    """What the derivative must mean; it is shown, and no input can break it."""
    return Condition(text, lambda inputs: True, omitted=True)


def real(*names: str) -> Condition:
    """Complex numbers would need conjugates, which have no complex derivative."""

    def holds(inputs: dict[str, Any]) -> bool:
        return not any(np.iscomplexobj(inputs[name]) for name in names)

    return Condition(f"a real {' and '.join(names)}", holds)


def in_family(name: str, text: str, family: Callable[[int], Structure]) -> Condition:
    """The matrix belongs to a family, which the text names."""

    def holds(inputs: dict[str, Any]) -> bool:
        A = inputs[name]
        if _is_exact(A):
            return True
        scale = float(np.max(np.abs(A), initial=0.0))
        off = np.abs(A - family(len(A)).project(A))
        return float(np.max(off, initial=0.0)) <= _ROUNDING * scale

    return Condition(f"a {text} {name}", holds)
