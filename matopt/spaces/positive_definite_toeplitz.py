"""Positive definite Toeplitz matrices by reflection coefficients.

The matrix of lags t is positive definite exactly when ln t_0 is real and the
reflection coefficients k_1, ..., k_(n-1) are in the unit disk, so that no step leaves
the space. With the metric of the Kaehler potential -ln det T,

    ds^2 = n (dt_0/t_0)^2 + sum_m (n - m) |dk_m|^2 / (1 - |k_m|^2)^2,

it is a line times disks; real, it is flat.

Barbaresco, Information geometry of covariance matrix (2013); Jeuris and Vandebril, The
Kaehler mean of block-Toeplitz matrices (SIAM J. Matrix Anal. Appl., 2016).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from matopt.errors import NotPositiveDefinite
from matopt.lazy import lazy
from matopt.linalg import (
    Array,
    Scatter,
    as_array,
    check_positive_definite,
    disk_from_origin,
    disk_move,
    disk_to_origin,
    disk_turn,
    reflection_coefficients,
)
from matopt.spaces.fisher import Fisher
from matopt.spaces.flat import Flat
from matopt.spaces.point import MatrixPoint
from matopt.spaces.reflection_point import ReflectionPoint
from matopt.spaces.space import Seed, generator
from matopt.spaces.toeplitz import HermitianToeplitz, SymmetricToeplitz
from matopt.spaces.toeplitz_point import ToeplitzStructure


@dataclass(frozen=True, repr=False)
class PositiveDefiniteToeplitz(Flat):
    """T_ij = t_(i-j) > 0 of order n, t_(-k) = conj(t_k), in reflection coefficients.

    x: sqrt(n) ln t_0, then sqrt(n - m) atanh(|k_m|) k_m/|k_m| for m = 1, ..., n - 1;
    when complex all real parts, then all imaginary parts but the first. Tangents are
    held in an orthonormal frame, (dt_0/t_0) sqrt(n) and sqrt(n - m) dk_m/(1 - |k_m|^2),
    laid out as x. Retraction: the exponential map. Transport: along the geodesic, which
    turns each disk; real, it leaves everything as it is, and x is a flat chart.

    ``metric="fisher"`` makes the same matrices with the affine-invariant metric, in
    lags: ``Fisher(SymmetricToeplitz(n))``, or of ``HermitianToeplitz(n)``.

    >>> import numpy as np, matopt as mo
    >>> space = mo.PositiveDefiniteToeplitz(3)
    >>> T = space.matrix(np.array([0.0, np.sqrt(2.0), 0.0]))
    >>> T[0].round(4)  # k_1 = tanh 1, k_2 = 0: the lags of an AR(1)
    array([ 1.    , -0.7616,  0.58  ])
    """

    n: int
    dtype: type = float
    metric: str = "kaehler"

    hermitian = True

    def __new__(cls, n: int, dtype: type = float, metric: str = "kaehler") -> Self:
        """Make this space, or for ``metric="fisher"`` the other."""
        if metric == "fisher":
            # mypy: __new__ must return its class; then __init__ would be called too
            return Fisher(_structure(n, dtype))  # type: ignore[return-value]
        return super().__new__(cls)

    def __getnewargs__(self) -> tuple[int, type, str]:
        """What a copy and a pickle need of ``__new__``."""
        return self.n, self.dtype, self.metric

    def __post_init__(self) -> None:
        """Check the order, the dtype and the metric."""
        super().__post_init__()
        if self.metric != "kaehler":
            raise ValueError(
                f'metric must be "kaehler" or "fisher", got {self.metric!r}'
            )
        object.__setattr__(self, "flat", self.dtype is float)

    @property
    def structure(self) -> ToeplitzStructure:
        """The linear family that the matrices belong to."""
        return _structure(self.n, self.dtype)

    @property
    def shape(self) -> tuple[int, int]:
        """(n, n)."""
        return (self.n, self.n)

    @property
    def dimension(self) -> int:
        """n, or 2n - 1 when complex."""
        return self.n if self.dtype is float else 2 * self.n - 1

    @lazy
    def weights(self) -> Array:
        """The square roots of n, n - 1, ..., 1."""
        weights: Array = np.sqrt(np.arange(self.n, 0.0, -1.0))
        return weights

    # Points

    def point(self, x: Array) -> ReflectionPoint:
        """The point at x."""
        level, u = self.split(x)
        k, gaps = disk_from_origin(u)
        return ReflectionPoint(self, level, k, gaps, x)

    def split(self, v: Array) -> tuple[Any, Array]:
        """The change of ln t_0, and u in each disk, of a tangent (or a stack)."""
        u: Array = v[..., 1 : self.n]
        if self.dtype is complex:
            u = u + 1j * v[..., self.n :]
        return v[..., 0] / self.weights[0], u / self.weights[1:]

    def join(self, level: Any, u: Array) -> Array:
        """The inverse of ``split``."""
        w = u * self.weights[1:]
        first = np.asarray(level)[..., None] * self.weights[0]
        parts = [first, w] if self.dtype is float else [first, w.real, w.imag]
        return np.concatenate(parts, axis=-1)

    def near(self, scatter: Scatter) -> Array | None:
        """The biased autocovariances."""
        t = scatter.autocovariances
        if not t[0].real > 0.0:
            return None
        try:
            return self._of_lags(t.astype(self.dtype))
        except NotPositiveDefinite:  # to rounding, where S is one line spectrum
            return None

    def parameters(self, matrix: ArrayLike) -> Array:
        """The x of a positive definite Toeplitz matrix."""
        structure = self.structure
        T = structure.matrix(structure.parameters(matrix))
        try:
            return self._of_lags(T[:, 0])
        except NotPositiveDefinite:
            check_positive_definite(T, "matrix")
            raise

    def _of_lags(self, t: Array) -> Array:
        """The x of the matrix of first column t."""
        k = reflection_coefficients(t)
        gaps = (1.0 - np.abs(k)) * (1.0 + np.abs(k))
        return self.join(math.log(t[0].real), disk_to_origin(k, gaps))

    def admit(self, start: ArrayLike) -> Array:
        """Return x for a matrix, or for an x."""
        x = as_array(start, "start")
        if x.ndim == 1:
            return as_array(x, "start", shape=(self.dimension,), dtype=float).copy()
        return self.parameters(x)

    def matrix(self, x: Array) -> Array:
        """The matrix at x."""
        return self.point(x).dense

    def random(self, rng: Seed = None) -> Array:
        """ln t_0 normal, and atanh |k_m| of a normal length about 1/2 everywhere."""
        draw = generator(rng).standard_normal(self.dimension)
        level, u = self.split(draw)
        return self.join(level * self.weights[0], 0.5 * u * self.weights[1:])

    def start(self, rng: Seed = None) -> Array:
        """The identity."""
        return np.zeros(self.dimension)

    def expression(self, cp: Any) -> tuple[Any, list[Any]]:
        """The Toeplitz matrices, constrained to be semidefinite."""
        return Fisher(self.structure).expression(cp)

    # Geometry in the frame; real, it is flat

    def retract(self, point: MatrixPoint, v: Array) -> ReflectionPoint:
        """The end of the geodesic."""
        assert isinstance(point, ReflectionPoint)
        if self.flat:
            return self.point(point.x + v)
        level, u = self.split(v)
        k, gaps = disk_move(point.k, point.gaps, u)
        return ReflectionPoint(self, point.level + level, k, gaps)

    def velocity(self, start: MatrixPoint, end: MatrixPoint, v: Array) -> Array:
        """v, transported."""
        return self.transport(start, end, v, v)

    def transport(
        self, start: MatrixPoint, end: MatrixPoint, v: Array, w: Array
    ) -> Array:
        """w (or a stack), turned in each disk."""
        if self.flat:
            return w
        assert isinstance(start, ReflectionPoint)
        turn = disk_turn(start.k, self.split(v)[1])
        level, u = self.split(w)
        return self.join(level, turn * u)


def _structure(n: int, dtype: type) -> ToeplitzStructure:
    real = np.dtype(dtype).kind == "f"
    return SymmetricToeplitz(n) if real else HermitianToeplitz(n)
