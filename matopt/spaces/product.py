"""Several unknowns at once: the product of spaces."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from matopt.lazy import lazy
from matopt.linalg import Array, Factor, as_array
from matopt.spaces.bent import Straight
from matopt.spaces.point import MatrixPoint
from matopt.spaces.space import Seed, Space, generator


@dataclass(frozen=True, repr=False, init=False)
class Product(Space):
    """Tuples (A_1, ..., A_k) of one matrix from each space; the metric is the sum.

    x, tangents and covectors are flat real vectors: those of the factors one after
    another, re and im in turn where complex. ``matrix`` gives and ``parameters`` takes
    a tuple of matrices. ``f.of(i)`` is an objective of the i-th matrix alone.
    """

    spaces: tuple[Space, ...]

    hermitian = False

    def __init__(self, *spaces: Space) -> None:
        """Take the factors."""
        if not spaces:
            raise ValueError("Product must have at least one space, got none")
        for i, space in enumerate(spaces):
            if not isinstance(space, Space):
                raise TypeError(
                    f"argument {i} of Product must be a space, "
                    f"got {type(space).__name__}"
                )
        kinds = {space.dtype for space in spaces}
        object.__setattr__(self, "spaces", spaces)
        object.__setattr__(self, "factors", spaces)
        object.__setattr__(self, "flat", all(space.flat for space in spaces))
        object.__setattr__(self, "dtype", complex if complex in kinds else float)

    def __repr__(self) -> str:
        return f"Product({', '.join(map(repr, self.spaces))})"

    @property
    def shape(self) -> tuple[Any, ...]:
        """The shapes of the matrices."""
        return tuple(space.shape for space in self.spaces)

    @property
    def dimension(self) -> int:
        """The sum over the factors."""
        return sum(space.dimension for space in self.spaces)

    # Coordinates

    @lazy
    def _unknowns(self) -> Layout:
        """How x is put together."""
        return Layout([space.start() for space in self.spaces])

    @lazy
    def _tangents(self) -> Layout:
        """How tangents and covectors are put together."""
        points = [space.point(space.start()) for space in self.spaces]
        return Layout([p.space.random_tangent(p) for p in points])

    def split(self, v: Array) -> list[Array]:
        """The tangents or covectors (or stacks of them) of the factors."""
        return self._tangents.split(v)

    def join(self, parts: Iterable[Array]) -> Array:
        """The flat vector (or stack) of the factors' tangents or covectors."""
        return self._tangents.join(parts)

    def embed(self, index: int, g: Array) -> Array:
        """The covector that is g in one factor and zero in the others."""
        return self._tangents.embed(index, g)

    def spread(self, numbers: Sequence[float | Array]) -> Array:
        """One number for each factor, at all coordinates of its tangents."""
        return self._tangents.spread(numbers)

    def replace(self, x: Array, index: int, part: Array) -> Array:
        """x with another x of one factor."""
        parts = self._unknowns.split(x)
        parts[index] = part
        return self._unknowns.join(parts)

    # Points

    def point(self, x: Array) -> ProductPoint:
        """The point at the flat vector x."""
        parts = self._unknowns.split(x)
        return ProductPoint(
            self, [s.point(part) for s, part in zip(self.spaces, parts, strict=True)]
        )

    def matrix(self, x: Array) -> Any:
        """The tuple of matrices at x."""
        parts = self._unknowns.split(x)
        return tuple(s.matrix(part) for s, part in zip(self.spaces, parts, strict=True))

    def parameters(self, matrix: Any) -> Array:
        """The x of a tuple of matrices, each checked by its space."""
        return self._admit(matrix, "matrix", [s.parameters for s in self.spaces])

    def admit(self, start: Any) -> Array:
        """The x of a tuple with a matrix or an x for each factor, or an x itself."""
        if isinstance(start, np.ndarray):
            size = self._unknowns.size
            x = as_array(start, "start", shape=(size,), dtype=float)
            start = tuple(self._unknowns.split(x))
        return self._admit(start, "start", [s.admit for s in self.spaces])

    def _admit(
        self, given: Any, name: str, checks: list[Callable[[ArrayLike], Array]]
    ) -> Array:
        if not isinstance(given, tuple | list) or len(given) != len(checks):
            got = (
                f"{len(given)} parts"
                if isinstance(given, tuple | list)
                else type(given).__name__
            )
            raise ValueError(
                f"{name} must be a tuple of {len(checks)} matrices, one for each "
                f"space of {self!r}, got {got}"
            )
        parts = []
        for i, (check, part) in enumerate(zip(checks, given, strict=True)):
            try:
                parts.append(check(part))
            except (TypeError, ValueError) as error:
                error.add_note(f"in part {i} of {name}, for {self.spaces[i]!r}")
                raise
        return self._unknowns.join(parts)

    @lazy
    def _entries(self) -> Layout:
        """How the entries of all matrices are put together."""
        return Layout([np.zeros(s.shape, dtype=s.dtype) for s in self.spaces])

    def entries(self, matrix: Any) -> Array:
        """The entries of all matrices in one real vector."""
        return self._entries.join(matrix)

    def assemble(self, entries: Array) -> Any:
        """The tuple of matrices of these entries."""
        return tuple(self._entries.split(entries))

    def place(self, matrix: Any, factor: Factor | None = None) -> ProductPoint:
        """The point at a tuple of matrices known to be of the factors."""
        parts = zip(self.spaces, matrix, strict=True)
        return ProductPoint(self, [s.place(A) for s, A in parts])

    def expression(self, cp: Any) -> tuple[Any, list[Any]]:
        """The tuple of the factors' expressions."""
        X, constraints = zip(*(s.expression(cp) for s in self.spaces), strict=True)
        return X, list(chain(*constraints))

    def random(self, rng: Seed = None) -> Array:
        """A random matrix of each space."""
        draw = generator(rng)
        return self._unknowns.join(s.random(draw) for s in self.spaces)

    def start(self, rng: Seed = None) -> Array:
        """The start of each space."""
        draw = generator(rng)
        return self._unknowns.join(s.start(draw) for s in self.spaces)

    # Geometry, block by block

    def gradient(self, point: MatrixPoint, g: Array) -> Array:
        """The gradient in each factor."""
        parts = zip(self.spaces, point.parts, self.split(g), strict=True)
        return self.join(s.gradient(p, gi) for s, p, gi in parts)

    def hessp(self, point: MatrixPoint, g: Array, Hv: Array, v: Array) -> Array:
        """The Hessian product in each factor, whose Hv may depend on all of v."""
        split = self.split
        parts = zip(
            self.spaces, point.parts, split(g), split(Hv), split(v), strict=True
        )
        return self.join(s.hessp(p, gi, hi, vi) for s, p, gi, hi, vi in parts)

    def inner(self, point: MatrixPoint, u: Array, v: Array) -> float:
        """The sum over the factors."""
        parts = zip(self.spaces, point.parts, self.split(u), self.split(v), strict=True)
        return sum(s.inner(p, ui, vi) for s, p, ui, vi in parts)

    def gram(self, point: MatrixPoint, U: Array, V: Array) -> Array:
        """The sum over the factors."""
        parts = zip(self.spaces, point.parts, self.split(U), self.split(V), strict=True)
        total: Array = np.zeros((len(U), len(V)))
        for s, p, Ui, Vi in parts:
            total += s.gram(p, Ui, Vi)
        return total

    def retract(self, point: MatrixPoint, v: Array) -> ProductPoint:
        """The retraction of each factor."""
        parts = zip(self.spaces, point.parts, self.split(v), strict=True)
        return ProductPoint(self, [s.retract(p, vi) for s, p, vi in parts])

    def velocity(self, start: MatrixPoint, end: MatrixPoint, v: Array) -> Array:
        """The velocity in each factor."""
        parts = zip(self.spaces, start.parts, end.parts, self.split(v), strict=True)
        return self.join(s.velocity(a, b, vi) for s, a, b, vi in parts)

    def transport(
        self, start: MatrixPoint, end: MatrixPoint, v: Array, w: Array
    ) -> Array:
        """The transport in each factor."""
        split = self.split
        parts = zip(
            self.spaces, start.parts, end.parts, split(v), split(w), strict=True
        )
        return self.join(s.transport(a, b, vi, wi) for s, a, b, vi, wi in parts)

    def random_tangent(self, point: MatrixPoint, rng: Seed = None) -> Array:
        """Unit tangents of the factors, weighted by their dimensions."""
        draw = generator(rng)
        total = max(1, self.dimension)
        return self.join(
            math.sqrt(s.dimension / total) * s.random_tangent(p, draw)
            for s, p in zip(self.spaces, point.parts, strict=True)
        )

    def tangent_basis(self, point: MatrixPoint) -> Array:
        """The bases of the factors, one after another."""
        blocks = [
            self.embed(i, s.tangent_basis(p))
            for i, (s, p) in enumerate(zip(self.spaces, point.parts, strict=True))
        ]
        return np.concatenate(blocks)


class ProductPoint(MatrixPoint):
    """A point in each factor."""

    space: Product

    def __init__(self, space: Product, parts: Sequence[MatrixPoint]) -> None:
        """Take the points of the factors, which count their own factorizations."""
        self.space = space
        self.parts = tuple(parts)

    @property
    def factorizations(self) -> int:  # type: ignore[override]  # counted by the parts
        """The sum over the parts."""
        return sum(p.factorizations for p in self.parts)

    @lazy
    def x(self) -> Array:
        """The x of the parts in one flat vector."""
        return self.space._unknowns.join(p.x for p in self.parts)

    @property
    def dense(self) -> Any:
        """The tuple of matrices."""
        return tuple(p.dense for p in self.parts)

    def along(self, v: Array) -> Any:
        """The tuple of the matrices' derivatives."""
        parts = zip(self.parts, self.space.split(v), strict=True)
        return tuple(p.along(vi) for p, vi in parts)

    def adjoint(self, left: Any, right: Any = None) -> Array:
        """The covector of a tuple of ambient gradients."""
        rights = (None,) * len(self.parts) if right is None else right
        parts = zip(self.parts, left, rights, strict=True)
        return self.space.join(p.adjoint(G, r) for p, G, r in parts)

    def ambient(self, g: Array) -> Any:
        """The tuple of the parts' ambient gradients."""
        parts = zip(self.parts, self.space.split(g), strict=True)
        return tuple(p.ambient(gi) for p, gi in parts)

    def bend(self, v: Array) -> ProductPoint | None:
        """The bent parts, where a part bends."""
        split = self.space.split(v)
        bent = [p.bend(vi) for p, vi in zip(self.parts, split, strict=True)]
        if all(b is None for b in bent):
            return None
        parts = zip(bent, self.parts, split, strict=True)
        return ProductPoint(self.space, [b or Straight(p, vi) for b, p, vi in parts])

    @property
    def factor(self) -> Any:
        """There is none: each part has its own."""
        raise TypeError(
            f"{self.space!r} has no single matrix to factorize; "
            "restrict the objective to one of them, f.of(index)"
        )


class Layout:
    """Arrays of given shapes and dtypes, one after another in a flat real vector."""

    def __init__(self, examples: Sequence[Array]) -> None:
        """Take one array of each shape and dtype."""
        self._shapes = [a.shape for a in examples]
        self._dtypes = [complex if np.iscomplexobj(a) else float for a in examples]
        sizes = [
            a.size * (2 if dtype is complex else 1)
            for a, dtype in zip(examples, self._dtypes, strict=True)
        ]
        stops = list(accumulate(sizes))
        self._slices = [slice(b - n, b) for n, b in zip(sizes, stops, strict=True)]
        self.size = stops[-1]

    def split(self, v: Array) -> list[Array]:
        """The arrays in v, with the leading axes of v; views where they can be."""
        parts = []
        for shape, dtype, place in zip(
            self._shapes, self._dtypes, self._slices, strict=True
        ):
            flat = v[..., place]
            if dtype is complex:
                flat = np.ascontiguousarray(flat).view(complex)
            parts.append(flat.reshape(*v.shape[:-1], *shape))
        return parts

    def join(self, parts: Iterable[Array]) -> Array:
        """The flat vector, with the leading axes that the parts have."""
        flats = [self._flat(i, part) for i, part in enumerate(parts)]
        return np.concatenate(flats, axis=-1)

    def embed(self, index: int, part: Array) -> Array:
        """The flat vector of one part, zero elsewhere."""
        flat = self._flat(index, part)
        v: Array = np.zeros((*flat.shape[:-1], self.size))
        v[..., self._slices[index]] = flat
        return v

    def spread(self, numbers: Sequence[float | Array]) -> Array:
        """One number for each part, at all its places in the flat vector."""
        v = np.empty(self.size)
        for place, number in zip(self._slices, numbers, strict=True):
            v[place] = number
        return v

    def _flat(self, index: int, part: Array) -> Array:
        lead = part.shape[: part.ndim - len(self._shapes[index])]
        if self._dtypes[index] is complex:
            part = np.ascontiguousarray(part, dtype=complex).view(float)
        place = self._slices[index]
        return part.reshape(*lead, place.stop - place.start)
