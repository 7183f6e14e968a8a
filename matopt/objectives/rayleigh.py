"""The Rayleigh quotient: (94), (95)."""

from __future__ import annotations

from typing import Protocol, Self

from numpy.typing import ArrayLike

from matopt.errors import OutOfDomain
from matopt.lazy import lazy
from matopt.linalg import (
    Array,
    as_hermitian,
    check_positive_definite,
    herm,
    inner,
    product,
)
from matopt.objectives.constant import check_field, check_shape, constant, freeze
from matopt.objectives.objective import Evaluation, Objective
from matopt.spaces import MatrixPoint, Seed, Space


class _Form(Protocol):
    """A Hermitian form x^H M x, computed in two halves."""

    @property
    def constant(self) -> Array | None:
        """The matrix that was given, if any."""

    def half(self, x: Array) -> Array:
        """y, from which both others follow."""

    def value(self, x: Array, y: Array) -> float:
        """x^H M x."""

    def image(self, y: Array) -> Array:
        """M x."""


class _Identity:
    """M = I."""

    constant: Array | None = None

    def half(self, x: Array) -> Array:
        return x

    def value(self, x: Array, y: Array) -> float:
        return inner(x, x)

    def image(self, y: Array) -> Array:
        return y


class _Given:
    """M itself."""

    def __init__(self, M: Array) -> None:
        self.constant = freeze(M)

    def half(self, x: Array) -> Array:
        return product(self.constant, x)

    def value(self, x: Array, y: Array) -> float:
        return inner(x, y)

    def image(self, y: Array) -> Array:
        return y


class _Factored:
    """M = A^H A, never formed."""

    def __init__(self, A: Array) -> None:
        self.constant = A

    def half(self, x: Array) -> Array:
        return product(self.constant, x)

    def value(self, x: Array, y: Array) -> float:
        return inner(y, y)

    def image(self, y: Array) -> Array:
        return product(herm(self.constant), y)


class RayleighQuotient(Objective):
    """f(x) = x^H P x / x^H Q x, unknown x of shape (n,) or (n, 1).

    P Hermitian, Q Hermitian and positive definite (default I). Gradient (95), where
    the first denominator is x^T Q x, not x^T B B x as printed:
    2 (P x - f Q x) / x^H Q x. Domain: x^H Q x > 0.

    Golub and Van Loan, Matrix Computations (2013), section 8.7.
    """

    def __init__(self, P: ArrayLike, Q: ArrayLike | None = None) -> None:
        """Take the matrices of the two forms."""
        numerator = as_hermitian(P, "P")
        self._settle(
            len(numerator),
            _Given(numerator),
            None if Q is None else _Given(_definite(Q, len(numerator))),
        )

    @classmethod
    def from_factors(cls, A: ArrayLike, B: ArrayLike | None = None) -> Self:
        """Take A and B with P = A^H A and Q = B^H B: |A x|^2 / |B x|^2 (94)."""
        numerator = constant(A, "A")
        n = numerator.shape[1]
        self = cls.__new__(cls)
        self._settle(
            n,
            _Factored(numerator),
            None if B is None else _Factored(constant(B, "B", shape=(None, n))),
        )
        return self

    def _settle(self, order: int, P: _Form, Q: _Form | None) -> None:
        self.order = order
        self._numerator = P
        self._denominator = _Identity() if Q is None else Q

    def __repr__(self) -> str:
        second = "" if self._denominator.constant is None else ", generalized"
        return f"RayleighQuotient(<order {self.order}>{second})"

    def at(self, point: MatrixPoint) -> RayleighQuotientAt:
        return RayleighQuotientAt(self, point)

    def check(self, space: Space) -> None:
        """The unknown must be a vector."""
        n = self.order
        check_shape(space, f"the quotient is of order {n}", (n,), (n, 1))
        check_field(space, P=self._numerator.constant, Q=self._denominator.constant)

    def start(self, space: Space, rng: Seed = None) -> Array | None:
        """A random vector where the space would start at zero."""
        return None if space.matrix(space.start(rng)).any() else space.random(rng)


def _definite(Q: ArrayLike, order: int) -> Array:
    matrix = as_hermitian(Q, "Q")
    if len(matrix) != order:
        raise ValueError(f"Q must have the order {order} of P, got {len(matrix)}")
    check_positive_definite(matrix, "Q")
    return matrix


class RayleighQuotientAt(Evaluation[RayleighQuotient]):
    """P x and Q x once each."""

    @lazy
    def _y(self) -> Array:
        return self.f._numerator.half(self.point.dense)

    @lazy
    def _z(self) -> Array:
        return self.f._denominator.half(self.point.dense)

    @lazy
    def _d(self) -> float:
        d = self.f._denominator.value(self.point.dense, self._z)
        if not d > 0.0:
            raise OutOfDomain(f"x^H Q x must be positive, is {d:.3g}")
        return d

    @lazy
    def value(self) -> float:
        return self.f._numerator.value(self.point.dense, self._y) / self._d

    @lazy
    def _Qx(self) -> Array:
        return self.f._denominator.image(self._z)

    @lazy
    def _G(self) -> Array:
        Px = self.f._numerator.image(self._y)
        return (2.0 / self._d) * (Px - self.value * self._Qx)

    @lazy
    def gradient(self) -> Array:
        return self.point.adjoint(self._G)

    def hessp(self, v: Array) -> Array:
        # the quotient rule on (95): d f = <G, V>, d(x^H Q x) = 2 <Q x, V>
        V, P, Q = self.point.along(v), self.f._numerator, self.f._denominator
        H = P.image(P.half(V)) - self.value * Q.image(Q.half(V))
        H = H - inner(self._G, V) * self._Qx - inner(self._Qx, V) * self._G
        return self.point.adjoint((2.0 / self._d) * H)
