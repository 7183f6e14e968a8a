"""Sums of linear structures, as a Toeplitz matrix plus a diagonal one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matopt.lazy import lazy
from matopt.linalg import Array, Cholesky
from matopt.spaces.structure import Structure

_DEPENDENT = 1e-6  # smallest distance of a member to the span of the others, relative


@dataclass(frozen=True, repr=False, init=False)
class StructureSum(Structure):
    """A = A_1(x_1) + A_2(x_2) + ... with the parameters of all one after another.

    The families must be of one shape and have only the zero matrix in common, for the
    parameters to be determined: a diagonal family and a Toeplitz one share the
    identity, which ``ToeplitzPlusDiagonal`` has once.

    >>> import numpy as np, matopt as mo
    >>> space = mo.StructureSum(mo.Diagonal(2), mo.LinearSpan([[[0, 1], [1, 0]]]))
    >>> space.matrix(np.array([1.0, 2.0, 3.0]))
    array([[1., 3.],
           [3., 2.]])
    """

    structures: tuple[Structure, ...]

    def __init__(self, *structures: Structure) -> None:
        """Take the families."""
        if len(structures) < 2:
            raise ValueError(
                f"StructureSum must have at least two structures, got {len(structures)}"
            )
        for i, one in enumerate(structures):
            if not isinstance(one, Structure):
                raise TypeError(
                    f"argument {i} of StructureSum must be a Structure, "
                    f"got {type(one).__name__}"
                )
            if one.shape != structures[0].shape:
                raise ValueError(
                    "structures must have matrices of one shape, "
                    f"{structures[0]!r} has {structures[0].shape} and "
                    f"{one!r} has {one.shape}"
                )
        kinds = {one.dtype for one in structures}
        object.__setattr__(self, "structures", structures)
        object.__setattr__(self, "dtype", complex if complex in kinds else float)
        self._check_independent()

    def _check_independent(self) -> None:
        norms = np.sqrt(self._gram.diagonal())
        G = self._gram / np.outer(norms, norms)
        values, U = np.linalg.eigh(G)
        if values[0] > _DEPENDENT**2:
            return
        shares = np.abs(U[:, 0]) > 1e-3
        owners = [
            repr(one)
            for one, place in zip(self.structures, self._places, strict=True)
            if shares[place].any()
        ]
        raise ValueError(
            "structures must have no matrix in common but zero; a combination of "
            f"{' and '.join(owners)} vanishes: leave out what is in both"
        )

    def __repr__(self) -> str:
        return f"StructureSum({', '.join(map(repr, self.structures))})"

    @property
    def hermitian(self) -> bool:
        """Are all of them Hermitian?"""
        return all(one.hermitian for one in self.structures)

    @property
    def shape(self) -> tuple[int, ...]:
        """That of all of them."""
        return self.structures[0].shape

    @property
    def size(self) -> int:
        """The sum of their sizes."""
        return sum(one.size for one in self.structures)

    @lazy
    def _places(self) -> list[slice]:
        stops = np.cumsum([one.size for one in self.structures]).tolist()
        starts = [0, *stops[:-1]]
        return [slice(a, b) for a, b in zip(starts, stops, strict=True)]

    def split(self, x: Array) -> list[Array]:
        """The parameters of each family."""
        return [x[place] for place in self._places]

    def matrix(self, x: Array) -> Array:
        """The sum of the members."""
        parts = zip(self.structures, self.split(x), strict=True)
        A: Array = sum(one.matrix(part) for one, part in parts)  # type: ignore[assignment]  # not 0
        return A.astype(self.dtype, copy=False)

    def adjoint(self, left: Array, right: Array | None = None) -> Array:
        """Those of the families."""
        return np.concatenate([one.adjoint(left, right) for one in self.structures])

    @lazy
    def _gram(self) -> Array:
        """All Re tr(S_k^H S_l)."""
        return np.array([self.adjoint(self.matrix(e)) for e in np.eye(self.size)])

    @lazy
    def _gram_factor(self) -> Cholesky:
        return Cholesky.of(self._gram)

    def _extract(self, A: Array) -> Array:
        """Least squares, refined once for the condition number of the Gram matrix."""
        x = self._gram_factor.solve(self.adjoint(A))
        return x + self._gram_factor.solve(self.adjoint(A - self.matrix(x)))

    def project(self, G: Array) -> Array:
        """The nearest member, by least squares."""
        return self.matrix(self._extract(G))

    def represent(self, g: Array) -> Array:
        """The member with adjoint g: theta solves with the Gram matrix."""
        return self.matrix(self._gram_factor.solve(g))
