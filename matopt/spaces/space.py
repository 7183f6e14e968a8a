"""Where unknowns live: the interface of a space, flat or curved."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from matopt.linalg import Array, Factor, Scatter, gram
from matopt.spaces.point import Ends, MatrixPoint, OneCall

Seed: TypeAlias = int | np.random.Generator | None


def generator(rng: Seed) -> np.random.Generator:
    """Return a generator; a seed gives the same one each time, None means seed 0."""
    if isinstance(rng, np.random.Generator):
        return rng
    if rng is not None:
        check_seed(rng)
    return np.random.default_rng(0 if rng is None else rng)


def check_seed(rng: Any) -> None:
    """Raise an error unless rng is a seed, a generator or None."""
    if rng is None or isinstance(rng, np.random.Generator):
        return
    if isinstance(rng, bool) or not isinstance(rng, int | np.integer):
        raise TypeError(
            f"rng must be a seed or a numpy.random.Generator, got {type(rng).__name__};"
            " write numpy.random.default_rng(seed)"
        )
    if rng < 0:
        raise ValueError(f"rng must be at least 0 as a seed, got {rng}")


class Space(ABC):
    """A set of matrices with its geometry.

    A *point* is a ``MatrixPoint``; a *tangent* v is an array in the coordinates that
    the space chooses, real parameters on a ``Structure``. A *covector* g, which is
    what objectives return, pairs with tangents as Re sum conj(g) v; ``gradient``
    turns it into the tangent that represents it in the metric.

    A final space is best a frozen dataclass of its sizes and its dtype.
    """

    dtype: type = float  # of the matrix: float or complex
    factors: tuple[Space, ...] = ()  # the spaces of a Product
    isometric: bool = False  # does transport keep all inner products, to rounding?
    additive: bool = True  # is the sum of two of its matrices one of them?
    flat: bool = False  # are x and tangents real vectors with the dot product?
    linear: bool = False  # is the matrix a linear function of x, a real vector?
    quick_information: bool = False  # does a point's cost no more than its Hessian?
    # of Gaussian samples, to have almost surely a likelihood with a maximum
    samples_needed: int | None = None

    @property
    @abstractmethod
    def hermitian(self) -> bool:
        """Is every matrix of the space equal to its conjugate transpose?"""

    def __post_init__(self) -> None:
        """Check the sizes and the dtype."""
        for f in self._settings():
            value = getattr(self, f.name)
            if f.name == "dtype":
                object.__setattr__(self, "dtype", check_dtype(value))
            elif f.type in (int, "int"):
                object.__setattr__(self, f.name, check_order(value, f.name))

    def __repr__(self) -> str:
        parts: list[str] = []
        omitted = False
        for f in self._settings():
            value = getattr(self, f.name)
            if f.default is not MISSING and value == f.default:
                omitted = True
                continue
            word = value.__name__ if isinstance(value, type) else repr(value)
            named = f.default is not MISSING and (omitted or type(value) is not int)
            parts.append(f"{f.name}={word}" if named else word)
        return f"{type(self).__name__}({', '.join(parts)})"

    def _settings(self) -> tuple[Field[Any], ...]:
        return fields(self) if is_dataclass(self) else ()

    @property
    @abstractmethod
    def shape(self) -> tuple[Any, ...]:
        """The shape of the matrix; of a Product, the shapes of its matrices."""

    @property
    @abstractmethod
    def dimension(self) -> int:
        """The number of real degrees of freedom."""

    # Points

    @abstractmethod
    def point(self, x: Array) -> MatrixPoint:
        """The point at x, which is trusted: a parameter vector, or on a manifold x."""

    @abstractmethod
    def parameters(self, matrix: ArrayLike) -> Array:
        """The x of a matrix, which is checked to belong to the space."""

    @abstractmethod
    def matrix(self, x: Array) -> Array:
        """The matrix at x."""

    @abstractmethod
    def random(self, rng: Seed = None) -> Array:
        """The x of a random matrix of the space."""

    @abstractmethod
    def start(self, rng: Seed = None) -> Array:
        """The x where a solver starts when nothing better is known."""

    def scaled_identity(self, scale: float) -> Array | None:
        """The x of scale * I where the space holds it, else None."""
        try:
            return self.parameters(scale * np.eye(self.shape[0]))
        except (ValueError, TypeError):
            return None

    def length(self, size: float) -> float:
        """Of a tangent along which matrices of this size change by all of it.

        1 where lengths are relative to the matrix, as they are on most manifolds.
        """
        return 1.0

    def holds(self, root: Array) -> bool:
        """Is root root^H in the linear family of the space, if I is?"""
        A = gram(root)
        shift = 2.0 * len(A) * (float(np.abs(A).max(initial=0.0)) or 1.0)
        try:
            self.parameters(A + shift * np.eye(len(A)))
        except (ValueError, TypeError):
            return False
        return True

    def near(self, scatter: Scatter) -> Array | None:
        """The x of a covariance to start from for samples of this scatter.

        None where the space knows of nothing better than its other starts.
        """
        return None

    def gaussian_in_one_call(self, scatter: Scatter) -> OneCall | None:
        """What computes value and gradient of ``point.gaussian(scatter)`` at once."""
        return None

    def fit_each(
        self, X: Array, goals: Array, limit: int, *, natural: bool = False
    ) -> Ends | None:
        """Newton's method for a ``GaussianLikelihood`` of each data set in X (k, m, n).

        At most ``limit`` steps from ``near``, until the gradient norm is at most the
        goal of the set, as in ``Evaluation.descend``. None where no one call does it.
        """
        return None

    def admit(self, start: ArrayLike) -> Array:
        """Return x for a matrix of the space, or for an x, after checking it."""
        return self.parameters(start)

    def place(self, matrix: Array, factor: Factor | None = None) -> MatrixPoint:
        """The point at a matrix known to be of the space; it may be infeasible.

        ``factor`` is its factorization where that is known. For steps that are taken
        in the entries of the matrix, as those for non-smooth terms are.
        """
        raise TypeError(
            f"{self!r} does not take steps by the entries of the matrix, which a "
            "non-smooth term needs; take a structure such as Dense(m, n) or "
            "Symmetric(n), or PositiveDefinite(n)"
        )

    def entries(self, matrix: Any) -> Array:
        """The entries by which such steps are taken: the matrix as it is."""
        entries: Array = matrix
        return entries

    def assemble(self, entries: Array) -> Any:
        """The matrix of these entries."""
        return entries

    def expression(self, cp: Any) -> tuple[Any, list[Any]]:
        """The matrix as a cvxpy expression, with constraints; ``cp`` is cvxpy."""
        raise TypeError(
            f"{self!r} is not a convex set, so that Convex cannot search it; "
            "take TrustRegion or LBFGS"
        )

    # Geometry

    @abstractmethod
    def gradient(self, point: MatrixPoint, g: Array) -> Array:
        """The Riemannian gradient of a function whose covector is g."""

    @abstractmethod
    def hessp(self, point: MatrixPoint, g: Array, Hv: Array, v: Array) -> Array:
        """The Riemannian Hessian along v, from covectors g and Hv.

        Hv is the second derivative in the coordinates of the space. Boumal, An
        Introduction to Optimization on Smooth Manifolds (2023), chapter 5.
        """

    @abstractmethod
    def inner(self, point: MatrixPoint, u: Array, v: Array) -> float:
        """The metric <u, v> of two tangents at the point."""

    def gram(self, point: MatrixPoint, U: Array, V: Array) -> Array:
        """All inner products of a stack U (k, ...) with a stack V (l, ...)."""
        return np.array([[self.inner(point, u, v) for v in V] for u in U])

    @abstractmethod
    def retract(self, point: MatrixPoint, v: Array) -> MatrixPoint:
        """The point reached along v; at least of first order. It may be infeasible."""

    @abstractmethod
    def velocity(self, start: MatrixPoint, end: MatrixPoint, v: Array) -> Array:
        """The derivative of t -> retract(start, t v) at t = 1, where it is ``end``."""

    @abstractmethod
    def transport(
        self, start: MatrixPoint, end: MatrixPoint, v: Array, w: Array
    ) -> Array:
        """Move the tangent w (or a stack of them) from ``start`` along v to ``end``."""

    @abstractmethod
    def random_tangent(self, point: MatrixPoint, rng: Seed = None) -> Array:
        """A random tangent of unit length."""

    @abstractmethod
    def tangent_basis(self, point: MatrixPoint) -> Array:
        """An orthonormal basis of the tangent space, (dimension, ...)."""


class Manifold(Space):
    """A curved space in matrix coordinates: x is the matrix itself."""

    def matrix(self, x: Array) -> Array:
        """The matrix at x: a copy."""
        return np.array(x)

    def _normal(self, draw: np.random.Generator) -> Array:
        """A matrix of standard normal entries, in the ambient space."""
        G: Array = draw.standard_normal(self.shape)
        return G if self.dtype is float else G + 1j * draw.standard_normal(self.shape)


def check_order(n: Any, name: str = "n", minimum: int = 1) -> int:
    """Return n as an int of at least ``minimum``."""
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < minimum:
        raise ValueError(f"{name} must be an integer of at least {minimum}, got {n!r}")
    return int(n)


def check_dtype(dtype: Any) -> type:
    """Return float or complex."""
    try:
        kind = np.dtype(dtype).kind
    except TypeError:
        kind = "?"
    if kind not in "fc":
        raise ValueError(f"dtype must be float or complex, got {dtype!r}")
    return complex if kind == "c" else float
