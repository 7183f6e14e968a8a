"""The distance of a matrix to a product of two unknown ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np

from matopt.lazy import lazy
from matopt.linalg import Array, herm, inner, product
from matopt.objectives.constant import check_field, constant, settle, shown
from matopt.objectives.objective import Evaluation, Objective
from matopt.spaces import MatrixPoint, Product, Seed, Space, generator
from matopt.spaces.product import ProductPoint


@dataclass(frozen=True, eq=False, repr=False)
class MatrixFactorization(Objective):
    """f(W, H) = |W H - A|^2 / 2, Frobenius norm, with A = ``target`` (m, n).

    The unknown is a pair on ``Product(Dense(m, r), Dense(r, n))``. With R = W H - A the
    gradients are R H^H and W^H R, (84) and (88). On all pairs every local minimum is
    the global one, the truncated singular value decomposition (Eckart and Young 1936);
    with ``Nonnegative`` terms it is nonnegative matrix factorization, where there may
    be others. W T and T^-1 H have the same product: minimizers are never unique.

    Paatero and Tapper, Positive matrix factorization (Environmetrics, 1994); Lee and
    Seung, Learning the parts of objects by nonnegative matrix factorization (1999).

    >>> import numpy as np, matopt as mo
    >>> f = mo.MatrixFactorization([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])
    >>> f = f + mo.Nonnegative().of(0) + mo.Nonnegative().of(1)
    >>> W, H = mo.minimize(f.on(mo.Product(mo.Dense(3, 1), mo.Dense(1, 2)))).matrix
    >>> (W @ H).round(5)
    array([[1., 2.],
           [2., 4.],
           [3., 6.]])
    """

    target: Array

    def __post_init__(self) -> None:
        settle(self, target=constant(self.target, "target"))

    def __repr__(self) -> str:
        return f"MatrixFactorization({shown(self.target)})"

    def at(self, point: MatrixPoint) -> MatrixFactorizationAt:
        return MatrixFactorizationAt(self, point)

    def check(self, space: Space) -> None:
        """The space must be a product of two, whose matrices have such a product."""
        m, n = self.target.shape
        shapes = [factor.shape for factor in space.factors]
        if not (
            [len(shape) for shape in shapes] == [2, 2]
            and (shapes[0][0], shapes[1][1]) == (m, n)
            and shapes[0][1] == shapes[1][0]
        ):
            raise ValueError(
                f"target has shape {(m, n)}, so that MatrixFactorization needs "
                f"Product(Dense({m}, r), Dense(r, {n})), got {space!r}"
            )
        for factor in space.factors:
            check_field(factor, target=self.target)

    def start(self, space: Space, rng: Seed = None) -> Array | None:
        """Positive entries, uniform about sqrt(mean of |A| / r): W = H = 0 is a saddle.

        None where the factors are spaces that do not hold them.
        """
        draw = generator(rng)
        shapes = [factor.shape for factor in space.factors]
        size = np.sqrt(np.abs(self.target).mean() / shapes[1][0])
        try:
            return cast(Product, space).parameters(
                tuple(size * draw.uniform(0.5, 1.5, shape) for shape in shapes)
            )
        except (ValueError, TypeError):
            return None


class MatrixFactorizationAt(Evaluation[MatrixFactorization]):
    """Through the residual R."""

    @lazy
    def _residual(self) -> Array:
        W, H = self.point.dense
        R: Array = product(W, H) - self.f.target
        return R

    @lazy
    def value(self) -> float:
        return 0.5 * inner(self._residual, self._residual)

    @lazy
    def gradient(self) -> Array:
        return self._covector(self._residual)

    def hessp(self, v: Array) -> Array:
        (W, H), (dW, dH) = self.point.dense, self.point.along(v)
        R, first, second = self._residual, *self.point.parts
        by_W, by_H = first.adjoint(R, dH), second.adjoint(herm(dW), herm(R))
        dR = product(dW, H) + product(W, dH)
        return self._covector(dR) + self._join(by_W, by_H)

    def _covector(self, R: Array) -> Array:
        """That of R H^H by W, of W^H R by H."""
        first, second = self.point.parts
        by_W = first.adjoint(R, second.dense)
        return self._join(by_W, second.adjoint(herm(first.dense), herm(R)))

    def _join(self, by_W: Array, by_H: Array) -> Array:
        return cast(ProductPoint, self.point).space.join([by_W, by_H])
