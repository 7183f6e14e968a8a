"""All matrices of one shape, or all vectors."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from matopt.lazy import lazy
from matopt.linalg import Array
from matopt.spaces.parts import pack, unpack
from matopt.spaces.space import check_order
from matopt.spaces.structure import Structure, StructurePoint, ambient


@dataclass(frozen=True, repr=False)
class Dense(Structure):
    """A of shape (m, n), or a vector of shape (m,) without n; every entry is free.

    Parameters: the entries row by row; when complex, all real parts, then all
    imaginary parts.
    """

    m: int
    n: int | None = None
    dtype: type = float

    hermitian = False

    def __post_init__(self) -> None:
        """Check the sizes and the dtype."""
        super().__post_init__()
        if self.n is not None:
            object.__setattr__(self, "n", check_order(self.n))

    @property
    def shape(self) -> tuple[int, ...]:
        """(m, n) or (m,)."""
        return (self.m,) if self.n is None else (self.m, self.n)

    @property
    def size(self) -> int:
        """The number of entries, doubled where complex."""
        return prod(self.shape) * (1 if self.dtype is float else 2)

    def point(self, x: Array) -> DensePoint:
        """The point at the parameters x."""
        return DensePoint(self, x)

    def matrix(self, x: Array) -> Array:
        """The entries in their places, a copy."""
        return np.array(self._view(x))

    def _view(self, x: Array) -> Array:
        """The matrix; a real one shares the memory of x."""
        return unpack(x, self.dtype).reshape(self.shape)

    def _extract(self, A: Array) -> Array:
        return self.adjoint(A.copy())

    def adjoint(self, left: Array, right: Array | None = None) -> Array:
        """G itself, row by row; a real one shares the memory of G."""
        G = ambient(left, right) if self.n is not None else left
        return pack(G.ravel(), self.dtype)

    @lazy
    def _squared_norms(self) -> Array:
        """Each S_k has one entry, 1 or i."""
        return np.ones(self.size)


class DensePoint(StructurePoint):
    """The matrix is the parameters: nothing real is copied."""

    space: Dense

    @lazy
    def dense(self) -> Array:
        """The matrix at x; a real one shares the memory of x."""
        return self.space._view(self._x)

    def along(self, v: Array) -> Array:
        """The matrix at v; a real one shares the memory of v."""
        return self.space._view(v)
