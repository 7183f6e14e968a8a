"""Weighted sums of squares that are linear in the unknown: (84)-(88)."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from matopt.lazy import lazy
from matopt.linalg import Array, herm, product
from matopt.objectives.constant import (
    check_field,
    check_shape,
    constant,
    optional,
    settle,
    shown,
)
from matopt.objectives.objective import Evaluation, Objective
from matopt.objectives.weights import Weights
from matopt.spaces import MatrixPoint, Space

# Up to this many columns the normal matrix costs less than some 25 products with it
# save, for a dense product is so much faster than a matrix-vector one.
_NORMAL = 512


class _LeastSquares(Objective):
    """Re tr(R^H W R) of a residual R that is linear in the unknown."""

    W: Weights

    def _check_field(self, space: Space, **constants: Array) -> None:
        check_field(space, **constants)
        if self.W.is_complex and space.dtype is float:
            raise ValueError(
                f"weights is complex but {space!r} is real; pass dtype=complex to it"
            )


L = TypeVar("L", bound=_LeastSquares)


class _ResidualAt(Evaluation[L]):
    """The value from R and S R, of which the gradient is made."""

    @property
    @abstractmethod
    def _residual(self) -> Array:
        """R."""

    @lazy
    def _weighted(self) -> Array:
        return self.f.W.twice(self._residual)

    @lazy
    def value(self) -> float:
        return self.f.W.value(self._residual, self._weighted)


@dataclass(frozen=True, eq=False, repr=False)
class WeightedLeastSquares(_LeastSquares):
    """f(s) = Re (x - A s)^H W (x - A s), summed over the columns of s.

    target x (m,) and s (n,) or (n, 1), or x (m, k) and s (n, k); design A (m, n);
    weights W: None (I), (m,) for a diagonal, or (m, m), not necessarily symmetric.
    Gradient (84): -A^H S (x - A s) with S = W + W^H. Hessian: A^H S A.

    >>> import numpy as np, matopt as mo
    >>> target, design = np.array([1.0, 2.0, 9.0]), np.ones((3, 1))
    >>> f = mo.WeightedLeastSquares(target, design, weights=[1.0, 1.0, 0.0])
    >>> mo.minimize(f.on(mo.Dense(1))).matrix  # the mean of those that count
    array([1.5])
    """

    target: Array
    design: Array
    weights: ArrayLike | None = None
    W: Weights = field(init=False)

    def __post_init__(self) -> None:
        A = constant(self.design, "design")
        x = constant(self.target, "target", ndim=(1, 2))
        if len(x) != len(A):
            raise ValueError(
                f"target has {len(x)} rows but design has {len(A)}; they must agree"
            )
        w = optional(self.weights, "weights", ndim=(1, 2))
        settle(self, target=x, design=A, weights=w, W=Weights.of(w, len(x)))

    def __repr__(self) -> str:
        sizes = f"{shown(self.target)}, {shown(self.design)}, {self.W!r}"
        return f"WeightedLeastSquares({sizes})"

    def at(self, point: MatrixPoint) -> WeightedLeastSquaresAt:
        return WeightedLeastSquaresAt(self, point)

    def check(self, space: Space) -> None:
        """The unknown must have a row for each column of the design."""
        n, k = self.design.shape[1], self.target.size // len(self.target)
        shapes = [(n,), (n, 1)] if k == 1 else [(n, k)]
        check_shape(space, f"design has {n} columns and target {k}", *shapes)
        self._check_field(space, target=self.target, design=self.design)

    def convex(self, cp: Any, X: Any) -> Any:
        """A sum of squares, for W + W^H positive semidefinite."""
        target = self.target.reshape((-1, *X.shape[1:]))
        return self.W.convex(cp, target - self.design @ X)

    @lazy
    def _adjoint_design(self) -> Array:
        return herm(self.design)

    @lazy
    def _normal(self) -> Array | None:
        """A^H S A where it is smaller than A and cheap to come by."""
        m, n = self.design.shape
        if m < n or n > _NORMAL:
            return None
        return product(self._adjoint_design, self.W.twice(self.design))

    def curvature(self, V: Array) -> Array:
        """A^H S A V."""
        if self._normal is not None:
            return product(self._normal, V)
        SAV = self.W.twice(product(self.design, V))
        return product(self._adjoint_design, SAV)


class WeightedLeastSquaresAt(_ResidualAt[WeightedLeastSquares]):
    """Value and gradient through the residual, which the normal equations would lose.

    Bjorck, Numerical Methods for Least Squares Problems (1996), section 2.2.
    """

    @lazy
    def _residual(self) -> Array:
        X = self.point.dense
        target = self.f.target.reshape((-1, *X.shape[1:]))
        return target - product(self.f.design, X)

    @lazy
    def gradient(self) -> Array:
        return -self.point.adjoint(product(self.f._adjoint_design, self._weighted))

    def hessp(self, v: Array) -> Array:
        return self.point.adjoint(self.f.curvature(self.point.along(v)))


@dataclass(frozen=True, eq=False, repr=False)
class DesignLeastSquares(_LeastSquares):
    """f(A) = sum over observations of Re (x - A s)^H W (x - A s).

    target x (m, k) or (m,), signal s (n, k) or (n,) for k observations in columns,
    unknown A (m, n); weights as in ``WeightedLeastSquares``.
    Gradient (88): -S (x - A s) s^H with S = W + W^H. Hessian: S V s s^H.
    """

    target: Array
    signal: Array
    weights: ArrayLike | None = None
    W: Weights = field(init=False)

    def __post_init__(self) -> None:
        x = constant(self.target, "target", ndim=(1, 2))
        s = constant(self.signal, "signal", ndim=(1, 2))
        if x.shape[1:] != s.shape[1:]:
            raise ValueError(
                f"target has shape {x.shape} but signal has shape {s.shape}; "
                "both must have one column an observation, or both be vectors"
            )
        w = optional(self.weights, "weights", ndim=(1, 2))
        settle(self, target=x, signal=s, weights=w, W=Weights.of(w, len(x)))

    def __repr__(self) -> str:
        sizes = f"{shown(self.target)}, {shown(self.signal)}, {self.W!r}"
        return f"DesignLeastSquares({sizes})"

    def at(self, point: MatrixPoint) -> DesignLeastSquaresAt:
        return DesignLeastSquaresAt(self, point)

    def check(self, space: Space) -> None:
        """The unknown must map signals to targets."""
        m, n = len(self.target), len(self.signal)
        check_shape(space, f"target has {m} rows and signal {n}", (m, n))
        self._check_field(space, target=self.target, signal=self.signal)

    def convex(self, cp: Any, X: Any) -> Any:
        """A sum of squares, for W + W^H positive semidefinite."""
        x, s = self.observations
        return self.W.convex(cp, x - X @ s)

    @lazy
    def observations(self) -> tuple[Array, Array]:
        """The columns of x and s; of many, as few others with the same products.

        [s; x]^H = Q R gives R^H in the place of [s; x], for x - A s enters only by
        (x - A s)(x - A s)^H.
        """
        x, s = (a.reshape(len(a), -1) for a in (self.target, self.signal))
        m, n = len(x), len(s)
        if x.shape[1] <= 2 * (m + n):
            return x, s
        stacked = np.concatenate([herm(s), herm(x)], axis=1)
        few = herm(np.asarray(np.linalg.qr(stacked, mode="r")))
        return few[n:], few[:n]


class DesignLeastSquaresAt(_ResidualAt[DesignLeastSquares]):
    """The gradient has the rank of the signal, and is handed over in factors."""

    @lazy
    def _residual(self) -> Array:
        x, s = self.f.observations
        return x - product(self.point.dense, s)

    @lazy
    def gradient(self) -> Array:
        return -self.point.adjoint(self._weighted, self.f.observations[1])

    def hessp(self, v: Array) -> Array:
        s = self.f.observations[1]
        SVs = self.f.W.twice(product(self.point.along(v), s))
        return self.point.adjoint(SVs, s)


@dataclass(frozen=True, eq=False, repr=False)
class SquaredDistance(_LeastSquares):
    """f(X) = Re tr((X - T)^H W (X - T)), by default the squared Frobenius distance.

    target T of the shape of X, or (n,) for X (n, 1); weights as in
    ``WeightedLeastSquares``. Gradient (85)-(87): (W + W^H)(X - T).
    With ``entry_weights`` of the shape of T, all at least 0, it is the sum of
    w_ij |X_ij - T_ij|^2 instead: with zeros and ones, the distance in the entries seen.

    >>> import numpy as np, matopt as mo
    >>> f = mo.SquaredDistance([[1.0, 2.0], [8.0, 5.0]], entry_weights=[[1, 2], [1, 1]])
    >>> mo.minimize(f.on(mo.Symmetric(2))).matrix.round(6)
    array([[1., 4.],
           [4., 5.]])
    """

    target: Array
    weights: ArrayLike | None = None
    entry_weights: ArrayLike | None = None
    W: Weights = field(init=False)

    def __post_init__(self) -> None:
        T = constant(self.target, "target", ndim=(1, 2))
        w = optional(self.weights, "weights", ndim=(1, 2))
        each = optional(self.entry_weights, "entry_weights", ndim=(1, 2))
        if w is not None and each is not None:
            raise ValueError("pass weights or entry_weights, not both")
        W = Weights.by_entry(each, T.shape) or Weights.of(w, len(T))
        settle(self, target=T, weights=w, entry_weights=each, W=W)

    def __repr__(self) -> str:
        return f"SquaredDistance({shown(self.target)}, {self.W!r})"

    def at(self, point: MatrixPoint) -> SquaredDistanceAt:
        return SquaredDistanceAt(self, point)

    def check(self, space: Space) -> None:
        """The unknown must have the shape of the target."""
        T = self.target
        shapes = [T.shape, (len(T), 1)] if T.ndim == 1 else [T.shape]
        check_shape(space, f"target has shape {T.shape}", *shapes)
        self._check_field(space, target=T)

    def isotropic(self) -> tuple[float, Array | float] | None:
        """|X|^2 - 2 Re tr(T^H X), without any weights."""
        weighted = self.weights is not None or self.entry_weights is not None
        if weighted or self.target.ndim == 1:
            return None
        return 1.0, -2.0 * self.target

    def convex(self, cp: Any, X: Any) -> Any:
        """A sum of squares, for W + W^H positive semidefinite."""
        return self.W.convex(cp, X - self.target.reshape(X.shape))


class SquaredDistanceAt(_ResidualAt[SquaredDistance]):
    """Through the difference X - T."""

    @lazy
    def _residual(self) -> Array:
        X = self.point.dense
        return X - self.f.target.reshape(X.shape)

    @lazy
    def gradient(self) -> Array:
        return self.point.adjoint(self._weighted)

    def hessp(self, v: Array) -> Array:
        return self.point.adjoint(self.f.W.twice(self.point.along(v)))
