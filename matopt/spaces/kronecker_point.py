"""The point of a Kronecker product, through its factors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matopt.lazy import lazy
from matopt.linalg import Array, Cholesky, Scatter, gram, herm, inner, product
from matopt.spaces.bent import Bent, Nothing
from matopt.spaces.point import MatrixPoint, Term
from matopt.spaces.positive_definite import FramePoint

if TYPE_CHECKING:
    from matopt.spaces.kronecker_product import KroneckerProduct


class KroneckerPoint(MatrixPoint):
    """A kron B."""

    space: KroneckerProduct

    def __init__(self, space: KroneckerProduct, a: FramePoint, b: FramePoint) -> None:
        """Take the points of A and B."""
        super().__init__(space)
        self.a, self.b = a, b

    @lazy
    def x(self) -> Array:
        """The entries of A and B."""
        return self.space.join(self.a.dense, self.b.dense)

    @lazy
    def dense(self) -> Array:
        """A kron B."""
        return np.kron(self.a.dense, self.b.dense)

    @lazy
    def factor(self) -> KroneckerFactor:
        """Those of A and B, which count as one."""
        self.factorizations += 1
        return KroneckerFactor(self.a.factor, self.b.factor)

    def along(self, v: Array) -> Array:
        """A' kron B + A kron B'."""
        V, W = self.space.frames(v)
        moved: Array = np.kron(self.a.along(V), self.b.dense)
        moved += np.kron(self.a.dense, self.b.along(W))
        return moved

    def adjoint(self, left: Array, right: Array | None = None) -> Array:
        """The contractions of G with B and with A, in the frames."""
        return self.contract(left, right, self.a.dense, self.b.dense)

    def contract(self, left: Array, right: Array | None, A: Array, B: Array) -> Array:
        """The covector of (dA, dB) -> Re tr(G^H (dA kron B + A kron dB))."""
        p, q = self.space.p, self.space.q
        if right is None:
            G = left.reshape(p, q, p, q)
            by_A = np.einsum("ijkl,jl->ik", G, B.conj(), optimize=True)
            by_B = np.einsum("ijkl,ik->jl", G, A.conj(), optimize=True)
        else:
            a, b = (_matrices(X, p, q) for X in (left, right))
            by_A = np.einsum("sij,skl,jl->ik", a, b.conj(), B.conj(), optimize=True)
            by_B = np.einsum("sij,skl,ik->jl", a, b.conj(), A.conj(), optimize=True)
        s, t = self.space.scales
        return self.space.join(self.a.adjoint(by_A) / s, self.b.adjoint(by_B) / t)

    def bend(self, v: Array) -> KroneckerBent:
        """The second derivative of the product."""
        return KroneckerBent(self, v)

    def logdet_gradient(self) -> Array:
        """q ln det A + p ln det B: q I and p I, in the scales of covectors."""
        s, t = self.space.scales
        return self.space.join(
            s * self.a.logdet_gradient(), t * self.b.logdet_gradient()
        )

    def logdet_hessp(self, v: Array) -> Array:
        """-v: the whole second derivative."""
        return -v

    def gaussian(self, scatter: Scatter) -> Term:
        """Through the whitened matrices, with the whole second derivative."""
        return KroneckerGaussian(self, scatter.root)


class KroneckerBent(Bent):
    """A' kron dB + dA kron B' along the tangent of A' and B'."""

    point: KroneckerPoint

    def adjoint(self, left: Array, right: Array | None = None) -> Array:
        """The contractions of G with B' and with A'."""
        own = self.point
        V, W = own.space.frames(self.v)
        return own.contract(left, right, own.a.along(V), own.b.along(W))

    def logdet_gradient(self) -> Array:
        """Zero: ``logdet_hessp`` has it."""
        return np.zeros_like(self.v)

    def gaussian(self, scatter: Scatter) -> Term:
        """Nothing: the term's ``hessp`` has it."""
        return Nothing(self.v)


class KroneckerGaussian:
    """q ln det A + p ln det B + sum |Y|^2 for the whitened Y = L^-1 X M^-T.

    In the frames: q I - S with S = sum Y Y^H by A, p I - T with T = sum Y^T conj(Y) by
    B, and the second derivative V S + S V - q V + sum Y W^T Y^H, the like by B.
    """

    def __init__(self, point: KroneckerPoint, root: Array) -> None:
        """Take the point and the root, whose columns are the matrices X."""
        space = point.space
        self._space, self._logdet = space, point.logdet
        X = np.ascontiguousarray(root).reshape(space.p, -1)
        Y = point.a.factor.whiten(X).reshape(space.p, space.q, -1)
        self._by_B = point.b.factor.whiten(_turned(Y))  # the rows are those of Y^T

    @lazy
    def _by_A(self) -> Array:
        """The rows are those of Y."""
        return _turned(self._by_B.reshape(self._space.q, self._space.p, -1))

    @lazy
    def value(self) -> float:
        return self._logdet + inner(self._by_B, self._by_B)

    @lazy
    def _S(self) -> Array:
        return gram(self._by_A)

    @lazy
    def _T(self) -> Array:
        return gram(self._by_B)

    @lazy
    def gradient(self) -> Array:
        p, q = self._space.p, self._space.q
        return self._covector(q * np.eye(p) - self._S, p * np.eye(q) - self._T)

    def _covector(self, by_A: Array, by_B: Array) -> Array:
        s, t = self._space.scales
        return self._space.join(by_A / s, by_B / t)

    def hessp(self, v: Array) -> Array:
        p, q = self._space.p, self._space.q
        V, W = self._space.frames(v)
        VS, WT = product(V, self._S), product(W, self._T)
        YW = _turned(product(W, self._by_B).reshape(q, p, -1))  # Y W^T
        VY = _turned(product(V, self._by_A).reshape(p, q, -1))  # (V Y)^T
        by_A = VS + herm(VS) - q * V + product(YW, herm(self._by_A))
        by_B = WT + herm(WT) - p * W + product(VY, herm(self._by_B))
        return self._covector(by_A, by_B)


class KroneckerFactor:
    """The factorization of A kron B by those of A and B."""

    def __init__(self, a: Cholesky, b: Cholesky) -> None:
        """Take the factors of A and B."""
        self._a, self._b = a, b
        self._orders = len(a.L), len(b.L)

    @lazy
    def logdet(self) -> float:
        """The sum q ln det A + p ln det B."""
        p, q = self._orders
        return q * self._a.logdet + p * self._b.logdet

    @lazy
    def inverse(self) -> Array:
        """A^-1 kron B^-1."""
        return np.kron(self._a.inverse, self._b.inverse)

    def solve(self, B: Array) -> Array:
        """A^-1 X B^-T for each column, as a matrix X."""
        p, q = self._orders
        X = self._a.solve(np.ascontiguousarray(B).reshape(p, -1)).reshape(p, q, -1)
        X = self._b.solve(_turned(X)).reshape(q, p, -1)
        return _turned(X).reshape(B.shape)

    solve_herm = solve


def _matrices(X: Array, p: int, q: int) -> Array:
    """The columns of X as a stack of matrices (p, q)."""
    return np.ascontiguousarray(X.T).reshape(-1, p, q)


def _turned(Y: Array) -> Array:
    """Y (p, q, k) as (q, p k)."""
    return np.ascontiguousarray(Y.swapaxes(0, 1)).reshape(Y.shape[1], -1)
