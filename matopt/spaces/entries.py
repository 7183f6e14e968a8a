"""Families whose members are free entries at fixed places, perhaps mirrored.

Symmetric, skew-symmetric, triangular and banded matrices differ only in which entries
are free and what A_ji then is; everything else is here, once.
"""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from matopt.lazy import lazy
from matopt.linalg import Array, rows_dot
from matopt.spaces.parts import pack, unpack
from matopt.spaces.structure import SquareStructure, ambient


class FreeEntries(SquareStructure):
    """A family that says which entries are free, and how the others follow."""

    @property
    @abstractmethod
    def _entries(self) -> Entries:
        """The places of the free entries; made once."""

    @property
    def size(self) -> int:
        """The number of free entries, their real and imaginary parts counted."""
        return self._entries.size

    def matrix(self, x: Array) -> Array:
        """The matrix with free entries x."""
        return self._entries.matrix(x)

    def _extract(self, A: Array) -> Array:
        return self._entries.extract(A)

    def adjoint(self, left: Array, right: Array | None = None) -> Array:
        """The free entries of G, with those that mirror them added."""
        return self._entries.adjoint(left, right)


class Entries:
    """Free entries (i, j) of matrices of order n; the other entries follow or are 0.

    ``mirror`` = +1: A_ji = conj(A_ij); -1: A_ji = -conj(A_ij); 0: no such relation.
    With a mirror the places must have i >= j.

    Parameters: the free entries in the order of the places; when complex, all their
    real parts, then all their imaginary parts, less those that the mirror makes zero
    on the diagonal.
    """

    def __init__(
        self, n: int, i: Array, j: Array, dtype: type, *, mirror: int = 0
    ) -> None:
        """Take the order, the places, the dtype and the mirror's sign."""
        if mirror < 0 and dtype is float:
            i, j = i[i > j], j[i > j]  # the diagonal is zero
        self._n, self._dtype, self._mirror = n, dtype, mirror
        self.places = i, j
        self._free = i * n + j
        self._mirrored = j * n + i
        self._diagonal = np.flatnonzero(i == j)
        self._strict = np.flatnonzero(i != j)

    @lazy
    def size(self) -> int:
        """The number of real parameters."""
        count = len(self._free)
        if self._dtype is float:
            return count
        return 2 * count - (len(self._diagonal) if self._mirror else 0)

    def matrix(self, x: Array) -> Array:
        """The matrix with parameters x, in C order: one gather."""
        values = self.values(x)
        sources = [values]
        if self._reflected:
            sources.append(self._mirror * values.conj())
        if self._has_zeros:
            sources.append(np.zeros(1))
        source = np.concatenate(sources) if len(sources) > 1 else values
        A: Array = source.take(self._gather)
        return A

    def extract(self, A: Array) -> Array:
        """The parameters of a matrix of the family."""
        return self._parts(A.ravel().take(self._free))

    def adjoint(self, left: Array, right: Array | None = None) -> Array:
        """Re <G, S_k>: G_ij, with a mirror also +-conj(G_ji) off the diagonal.

        Where few entries are free, G = left right^H is formed at those only.
        """
        if right is not None and 8 * len(self._free) < self._n**2:
            i, j = self.places
            return self._fold(rows_dot(left[i], right[j]), rows_dot(left[j], right[i]))
        G = ambient(left, right)
        free, mirrored = self._free, self._mirrored
        if not G.flags.c_contiguous:  # its transpose is, where it is from LAPACK
            G, free, mirrored = G.T, mirrored, free
        flat = G.ravel()
        return self._fold(
            flat.take(free), flat.take(mirrored) if self._mirror else None
        )

    def covector(self, g: Array) -> Array:
        """The covector of a Hermitian G whose free entries are g."""
        return self._fold(g.copy(), g.conj())

    def _fold(self, g: Array, mirrored: Array | None) -> Array:
        """The covector of the free entries of G and of those that mirror them."""
        if self._mirror and mirrored is not None:
            g += mirrored.conj() if self._mirror > 0 else -mirrored.conj()
            g[self._diagonal] *= 0.5
        return self._parts(g)

    # Places and parameters

    def values(self, x: Array) -> Array:
        """The free entries."""
        if self._dtype is float or not self._mirror:
            return unpack(x, self._dtype)
        values = np.zeros(len(self._free), dtype=complex)
        real, imaginary = self._places
        values.real[real] = x[: len(real)]
        values.imag[imaginary] = x[len(real) :]
        return values

    def _parts(self, values: Array) -> Array:
        """The parameters of the free entries."""
        if self._dtype is float or not self._mirror:
            return pack(values, self._dtype)
        real, imaginary = self._places
        return np.concatenate([values.real[real], values.imag[imaginary]])

    @lazy
    def _places(self) -> tuple[Array, Array]:
        """Which free entries have a real part, and which an imaginary part."""
        every = np.arange(len(self._free))
        return (every, self._strict) if self._mirror > 0 else (self._strict, every)

    @property
    def _reflected(self) -> bool:
        """Is A_ji another number than A_ij?"""
        return self._mirror < 0 or (self._mirror > 0 and self._dtype is complex)

    @lazy
    def _has_zeros(self) -> bool:
        count = len(self._free) + (len(self._strict) if self._mirror else 0)
        return count < self._n**2

    @lazy
    def _gather(self) -> Array:
        """Where in the sources of ``matrix`` each entry comes from."""
        count = len(self._free)
        offset = count if self._reflected else 0
        zero = count + offset
        index = np.full(self._n**2, zero, dtype=np.intp)
        if self._mirror:
            index[self._mirrored] = np.arange(count) + offset
        index[self._free] = np.arange(count)
        return index.reshape(self._n, self._n)
