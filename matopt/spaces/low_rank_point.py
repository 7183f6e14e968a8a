"""The point of a low rank plus diagonal covariance: no operation is cubic in n."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matopt.errors import NotPositiveDefinite
from matopt.lazy import lazy
from matopt.linalg import (
    Array,
    Cholesky,
    Scatter,
    gram,
    herm,
    hermitian_part,
    inner,
    product,
    rows_dot,
    thin_qr,
)
from matopt.spaces.bent import Bent, Nothing
from matopt.spaces.point import MatrixPoint, Term

if TYPE_CHECKING:
    from matopt.spaces.low_rank_plus_diagonal import LowRankPlusDiagonal


class LowRankPoint(MatrixPoint):
    """F F^H + D^2 = D (I + B B^H) D with D^2 = diag(psi) and B = D^-1 F."""

    space: LowRankPlusDiagonal

    def __init__(self, space: LowRankPlusDiagonal, x: Array) -> None:
        """Take x, which is not copied."""
        super().__init__(space)
        self._x = x
        self.F, self._log_psi = space.split(x)

    @property
    def x(self) -> Array:
        """The entries of F, then ln psi."""
        return self._x

    @lazy
    def psi(self) -> Array:
        """The specific variances."""
        with np.errstate(over="ignore", under="ignore"):
            return np.exp(self._log_psi)

    @lazy
    def dense(self) -> Array:
        """A."""
        A = gram(self.F)
        A.flat[:: len(A) + 1] += self.psi
        return A

    @lazy
    def factor(self) -> LowRankFactor:
        """By the QR factorization of B."""
        self.factorizations += 1
        sizes = float(np.abs(self._log_psi).max()), float(np.abs(self.F).max())
        if not (sizes[0] < 600.0 and sizes[1] < 1e120):
            raise NotPositiveDefinite(
                f"the factors of {self.space!r} overflow: |ln psi| is {sizes[0]:.3g} "
                f"and an entry of F {sizes[1]:.3g}"
            )
        return LowRankFactor(self.F, self._log_psi)

    def along(self, v: Array) -> Array:
        """F V^H + V F^H + diag(psi w)."""
        V, w = self.space.split(v)
        A = product(V, herm(self.F))
        A = A + herm(A)
        A.flat[:: len(A) + 1] += self.psi * w
        return A

    def adjoint(self, left: Array, right: Array | None = None) -> Array:
        """(2 G F, psi diag(G)) for the Hermitian part of G."""
        return self._covector(self.F, self.psi, left, right)

    def _covector(
        self, X: Array, scale: Array, left: Array, right: Array | None
    ) -> Array:
        """(2 G X, scale diag(G))."""
        if right is None:
            GX = product(left, X) + product(herm(left), X)
            return self.space.join(GX, scale * left.diagonal().real)
        GX = product(left, product(herm(right), X))
        GX += product(right, product(herm(left), X))
        return self.space.join(GX, scale * _power(left, right))

    def bend(self, v: Array) -> LowRankBent:
        """The second derivative of F F^H and of exp."""
        return LowRankBent(self, v)

    def logdet_gradient(self) -> Array:
        """That of the likelihood of no samples."""
        return self._empty.gradient

    def logdet_hessp(self, v: Array) -> Array:
        """That of the likelihood of no samples."""
        return self._empty.hessp(v)

    @lazy
    def _empty(self) -> LowRankGaussian:
        return LowRankGaussian(self, np.zeros((self.space.n, 0)))

    def gaussian(self, scatter: Scatter) -> Term:
        """Through the factor, with the whole second derivative."""
        return LowRankGaussian(self, scatter.root)

    # For the metric

    def times(self, X: Array) -> Array:
        """A X."""
        AX: Array = product(self.F, product(herm(self.F), X)) + self.psi[:, None] * X
        return AX

    @lazy
    def precision_of_factors(self) -> Array:
        """A^-1 F."""
        return self.factor.solve(self.F)

    @lazy
    def rotations(self) -> tuple[Array, Array]:
        """The eigenvalues and eigenvectors of F^H A^-1 F."""
        S = product(herm(self.F), self.precision_of_factors)
        s, Q = np.linalg.eigh(S)
        return np.maximum(s, 0.0), Q


class LowRankBent(Bent):
    """The second derivative of A along (V, w)."""

    point: LowRankPoint

    def adjoint(self, left: Array, right: Array | None = None) -> Array:
        """(2 G V, psi w diag(G))."""
        own = self.point
        V, w = own.space.split(self.v)
        return own._covector(V, own.psi * w, left, right)

    def logdet_gradient(self) -> Array:
        """Zero: ``logdet_hessp`` has it."""
        return np.zeros_like(self.v)

    def gaussian(self, scatter: Scatter) -> Term:
        """Nothing: the term's ``hessp`` has it."""
        return Nothing(self.v)


class LowRankGaussian:
    """ln det A + tr(A^-1 R R^H) at a point, in the units of D.

    With M = I + B B^H = D^-1 A D^-1, Z = M^-1 D^-1 R and G = M^-1 - Z Z^H the covector
    is 2 D^-1 G B by F and diag(G) by ln psi; ``hessp`` differentiates both. The value
    is a sum of squares: no digits are lost where the factors are strong.
    """

    def __init__(self, point: LowRankPoint, root: Array) -> None:
        """Take the point of A and the root."""
        self._space, self._factor = point.space, point.factor
        self._R = self._factor.framed(root)

    @lazy
    def value(self) -> float:
        outside, inside = self._factor.parts(self._R)
        return self._factor.logdet + inner(outside, outside) + inner(inside, inside)

    @lazy
    def _Z(self) -> Array:
        return self._factor.solve_framed(self._R)

    @lazy
    def _Y(self) -> Array:
        return self._factor.solve_framed(self._factor.B)

    @lazy
    def _ZB(self) -> Array:
        return product(herm(self._Z), self._factor.B)

    @lazy
    def _diagonal(self) -> Array:
        return self._factor.inverse_diagonal - _power(self._Z, self._Z)

    @lazy
    def gradient(self) -> Array:
        GB = self._Y - product(self._Z, self._ZB)
        return self._space.join(2.0 * self._factor.framed(GB), self._diagonal)

    def hessp(self, v: Array) -> Array:
        factor, Z, Y = self._factor, self._Z, self._Y
        V, w = self._space.split(v)
        V = factor.framed(V)
        MV, ZV = factor.solve_framed(V), product(herm(Z), V)
        dZ = self._along(V, w, Z, self._ZB, ZV)
        dY = self._along(V, w, Y, product(herm(Y), factor.B), product(herm(Y), V))
        GV = MV - product(Z, ZV)
        GB = dY - product(dZ, self._ZB) - product(Z, product(herm(dZ), factor.B))
        dM = 2.0 * _power(MV, Y) + factor.inverse_diagonal_along(w)
        by_psi = w * self._diagonal - dM - 2.0 * _power(dZ, Z)
        return self._space.join(2.0 * factor.framed(GB + GV), by_psi)

    def _along(self, V: Array, w: Array, X: Array, XB: Array, XV: Array) -> Array:
        """-M^-1 (B V^H + V B^H + diag(w)) X, by X^H B and X^H V."""
        dM = product(self._factor.B, herm(XV)) + product(V, herm(XB))
        return -self._factor.solve_framed(dM + w[:, None] * X)


class LowRankFactor:
    """A = D (I + B B^H) D by B = Q T with Q^H Q = I: N = I + T T^H is r x r.

    M^-1 = (I + B B^H)^-1 = (I - Q Q^H) + Q N^-1 Q^H, the formula of Woodbury without
    its cancellation. Golub and Van Loan, Matrix Computations (2013), 2.1.4.
    """

    def __init__(self, F: Array, log_psi: Array) -> None:
        """Take F and ln psi."""
        self._log_psi = log_psi
        self._d = np.exp(0.5 * log_psi)
        self.B = self.framed(F)
        self._Q, T = thin_qr(self.B)
        N = gram(T)
        N.flat[:: len(N) + 1] += 1.0
        self._N = Cholesky.of(N)
        self._dense_N = N

    def framed(self, X: Array) -> Array:
        """D^-1 X."""
        framed: Array = (X.T / self._d).T
        return framed

    @lazy
    def logdet(self) -> float:
        """The sum of ln psi, plus ln det N."""
        return float(self._log_psi.sum()) + self._N.logdet

    def parts(self, X: Array) -> tuple[Array, Array]:
        """(I - Q Q^H) X and N^-1/2 Q^H X: their squares add up to tr(X^H M^-1 X)."""
        QX = product(herm(self._Q), X)
        return X - product(self._Q, QX), self._N.whiten(QX)

    def solve_framed(self, X: Array) -> Array:
        """M^-1 X."""
        outside, inside = self.parts(X)
        return outside + product(self._Q, self._N.unwhiten(inside))

    def solve(self, B: Array) -> Array:
        """A^-1 B."""
        return self.framed(self.solve_framed(self.framed(B)))

    solve_herm = solve

    @lazy
    def inverse(self) -> Array:
        """A^-1."""
        return hermitian_part(self.solve(np.eye(len(self._d), dtype=self._Q.dtype)))

    # M^-1 = I - U U^H

    @lazy
    def _U(self) -> Array:
        """M^-1 B T^-1 = Q (I - N^-1)^1/2, up to a unitary matrix from the right."""
        return product(self._Q, self._root(1.0 - 1.0 / self._eigen[0]))

    @lazy
    def _eigen(self) -> tuple[Array, Array]:
        s, W = np.linalg.eigh(self._dense_N)
        return np.maximum(s, 1.0), W

    def _root(self, squares: Array) -> Array:
        """W diag(squares)^1/2 W^H for the eigenvectors W of N."""
        W = self._eigen[1]
        return product(W * np.sqrt(squares), herm(W))

    @lazy
    def inverse_diagonal(self) -> Array:
        """The diagonal of M^-1."""
        return 1.0 - _power(self._U, self._U)

    def inverse_diagonal_along(self, w: Array) -> Array:
        """The diagonal of M^-1 diag(w) M^-1."""
        U = self._U
        inside = _power(product(U, product(herm(U), w[:, None] * U)), U)
        return (1.0 - 2.0 * _power(U, U)) * w + inside

    # The root D M^1/2 of A

    @lazy
    def _roots(self) -> tuple[Array, Array]:
        s = np.sqrt(self._eigen[0])
        W = self._eigen[1]
        return product(W * (s - 1.0), herm(W)), product(W * (1.0 / s - 1.0), herm(W))

    def color(self, X: Array) -> Array:
        """D M^1/2 X."""
        QX = product(herm(self._Q), X)
        colored: Array = X + product(self._Q, product(self._roots[0], QX))
        return (colored.T * self._d).T

    def whiten(self, X: Array) -> Array:
        """M^-1/2 D^-1 X."""
        X = self.framed(X)
        QX = product(herm(self._Q), X)
        return X + product(self._Q, product(self._roots[1], QX))


def _power(A: Array, B: Array) -> Array:
    """The real part of the diagonal of A B^H."""
    return rows_dot(A, B).real
