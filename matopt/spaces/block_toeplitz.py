"""Block Toeplitz matrices: covariances of stationary vector processes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matopt.errors import NotPositiveDefinite
from matopt.lazy import lazy
from matopt.linalg import Array, Cholesky, Factor, Scatter, inner
from matopt.linalg.block_toeplitz import (
    BlockToeplitzFactor,
    block_sums,
    block_toeplitz_factor,
    block_toeplitz_matrix,
)
from matopt.spaces.parts import pack, unpack
from matopt.spaces.point import Gaussian, Term
from matopt.spaces.structure import Structure, StructurePoint
from matopt.spaces.symmetric import Symmetric

# The recursion is faster than a dense factorization from this order on, where there
# are this many blocks.
_WIDE, _MANY = 512, 8
# Without the inverse it is up to this share of n columns of samples.
_FEW = 1 / 16


@dataclass(frozen=True, repr=False)
class BlockToeplitz(Structure):
    """A_IJ = T_(I-J), Hermitian, of ``blocks`` x ``blocks`` blocks of one ``order``.

    T_(-k) = T_k^H: the covariance of ``blocks`` successive vectors of a stationary
    process of ``order`` channels, E x_(s+k) x_s^H = T_k; a sample is these vectors one
    after another. Parameters: those of T_0 in ``Symmetric(order)``, then the entries
    of T_1, ..., T_(blocks-1) row by row, when complex all their real parts and then
    all their imaginary parts.

    Whittle, On the Fitting of Multivariate Autoregressions (1963).
    """

    blocks: int
    order: int
    dtype: type = float

    hermitian = True

    @property
    def shape(self) -> tuple[int, int]:
        """(blocks * order, blocks * order)."""
        return (self.blocks * self.order, self.blocks * self.order)

    @property
    def size(self) -> int:
        """The free entries of T_0, and all of the other blocks."""
        others = (self.blocks - 1) * self.order**2
        return self._first.size + others * (1 if self.dtype is float else 2)

    @lazy
    def _first(self) -> Symmetric:
        return Symmetric(self.order, self.dtype)

    def stack(self, x: Array) -> Array:
        """T_0, T_1, ... of the parameters, (blocks, order, order)."""
        first, rest = np.split(x, [self._first.size])
        others = unpack(rest, self.dtype).reshape(-1, self.order, self.order)
        return np.concatenate([self._first.matrix(first)[None], others])

    def matrix(self, x: Array) -> Array:
        """The matrix of the blocks."""
        return block_toeplitz_matrix(self.stack(x))

    def _extract(self, A: Array) -> Array:
        p = self.order
        return self._parameters_of(A[:, :p].reshape(self.blocks, p, p))

    def _parameters_of(self, T: Array) -> Array:
        first = self._first.parameters(0.5 * (T[0] + T[0].T.conj()))
        return np.concatenate([first, pack(T[1:].ravel(), self.dtype)])

    def adjoint(self, left: Array, right: Array | None = None) -> Array:
        """The sums of the blocks of G over each pair of block diagonals (143)."""
        return self.covector(block_sums(left, right, self.order))

    def covector(self, sums: Array) -> Array:
        """The covector of a gradient with these sums."""
        rest = pack(sums[1:].ravel(), self.dtype)
        return np.concatenate([self._first.adjoint(sums[0]), rest])

    def near(self, scatter: Scatter) -> Array | None:
        """The sums over block diagonals of S over the number of blocks: S_k biased."""
        T = block_sums(scatter.root, scatter.root, self.order) / self.blocks
        T[1:] *= 0.5
        x = self._parameters_of(T)
        try:
            Cholesky.of(self.matrix(x))
        except NotPositiveDefinite:
            return None
        return x

    def point(self, x: Array) -> BlockToeplitzPoint:
        """The point at the parameters x."""
        return BlockToeplitzPoint(self, x)


class BlockToeplitzPoint(StructurePoint):
    """A(theta), whose inverse a large one gets by the recursion of Whittle."""

    space: BlockToeplitz

    @lazy
    def factor(self) -> Factor:
        """By predictors, or dense where that is faster or more accurate."""
        self.factorizations += 1
        if self.space.shape[0] < _WIDE or self.space.blocks < _MANY:
            return Cholesky.of(self.dense)
        return block_toeplitz_factor(self.space.stack(self._x))

    def logdet_gradient(self) -> Array:
        """The sums of the blocks of A^-1."""
        factor = self.factor
        if isinstance(factor, BlockToeplitzFactor):
            return self.space.covector(factor.inverse_sums)
        return super().logdet_gradient()

    def gaussian(self, scatter: Scatter) -> Term:
        """By transforms of few samples, else through the inverse."""
        few = scatter.root.shape[1] <= _FEW * self.space.shape[0]
        if few and isinstance(self.factor, BlockToeplitzFactor):
            return BlockToeplitzGaussian(self, scatter.root)
        return super().gaussian(scatter)


class BlockToeplitzGaussian:
    """ln det A + tr(A^-1 R R^H): the sums of the blocks of A^-1 - Z Z^H, Z = A^-1 R."""

    def __init__(self, point: BlockToeplitzPoint, root: Array) -> None:
        """Take the point of A and the root."""
        self._point, self._R = point, root
        self._dense = Gaussian(point, root)  # for Hessian products

    @lazy
    def _Z(self) -> Array:
        return self._point.solve(self._R)

    @lazy
    def value(self) -> float:
        return self._point.logdet + inner(self._R, self._Z)

    @lazy
    def gradient(self) -> Array:
        power = self._point.adjoint(self._Z, self._Z)
        return self._point.logdet_gradient() - power

    def hessp(self, v: Array) -> Array:
        return self._dense.hessp(v)
