"""The trace of a matrix function: the rule before (99), (128)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg

from matopt.errors import OutOfDomain, suggestion
from matopt.lazy import lazy
from matopt.linalg import Array, herm, product
from matopt.objectives.constant import check_square
from matopt.objectives.objective import Evaluation, Objective
from matopt.spaces import MatrixPoint, Space

# An eigenvalue is on the negative axis if it is no further off than this, relative.
_ON_AXIS = 1e-13


@dataclass(frozen=True)
class TraceFunction(Objective):
    """f(X) = Re tr F(X) for square X; F is one of exp, log, sqrt, sin, cos, sinh, cosh.

    Gradient F'(X)^H, (128) for the sine; F is the matrix function, for of an
    elementwise F the gradient would be F'(X) o I. Domain: of log and sqrt, no
    eigenvalue on the closed negative axis.

    On Hermitian matrices by eigenvalues, with divided differences in a form that is
    exact at equal and nearly equal ones; else by Schur and block-triangular methods.
    Daleckii and Krein (1965); Higham, Functions of Matrices (2008), chapter 3.
    """

    name: str

    def __post_init__(self) -> None:
        if self.name not in _NAMES:
            raise ValueError(
                "name must be that of a matrix function, "
                f"got {self.name!r}{suggestion(self.name, _NAMES)}"
            )

    def at(self, point: MatrixPoint) -> Evaluation[Any]:
        if self.name == "log":
            return LogAt(self, point)
        if point.space.hermitian:
            return SpectralAt(self, point)
        return GeneralAt(self, point)

    def check(self, space: Space) -> None:
        """X must be square."""
        check_square(space, "TraceFunction")

    @property
    def function(self) -> _Function:
        """The scalar function and its derivatives."""
        return _FUNCTIONS[self.name]


class LogAt(Evaluation[TraceFunction]):
    """tr log X = ln |det X| inside the domain, and the point knows that."""

    @lazy
    def _point(self) -> MatrixPoint:
        """The point, inside the domain; a Hermitian one is when it has a factor."""
        if not self.point.space.hermitian:
            _check_domain(_eigenvalues(self.point.dense))
        return self.point

    @lazy
    def value(self) -> float:
        return self._point.logdet

    @lazy
    def gradient(self) -> Array:
        return self._point.logdet_gradient()

    def hessp(self, v: Array) -> Array:
        return self._point.logdet_hessp(v)


class SpectralAt(Evaluation[TraceFunction]):
    """At a Hermitian X = Q Diag(l) Q^H: one eigendecomposition."""

    @lazy
    def _eigen(self) -> tuple[Array, Array]:
        X = _finite(self.point.dense)
        values, Q = scipy.linalg.eigh(X, driver="evd", check_finite=False)
        if self.f.function.positive and not values[0] > 0.0:
            raise OutOfDomain(
                f"{self.f.name} needs positive eigenvalues, the smallest is "
                f"{values[0]:.3g}"
            )
        return values, Q

    @lazy
    def value(self) -> float:
        with np.errstate(over="ignore"):
            return float(self.f.function.F(self._eigen[0]).sum())

    @lazy
    def gradient(self) -> Array:
        values, Q = self._eigen
        return self.point.adjoint(product(Q * self.f.function.f(values), herm(Q)))

    @lazy
    def _divided(self) -> Array:
        values, _ = self._eigen
        divided: Array = self.f.function.divided(values[:, None], values)
        return divided

    def hessp(self, v: Array) -> Array:
        _, Q = self._eigen
        QH = herm(Q)
        inside = self._divided * product(product(QH, self.point.along(v)), Q)
        return self.point.adjoint(product(product(Q, inside), QH))


class GeneralAt(Evaluation[TraceFunction]):
    """At any square X.

    The eigenvalues are those of a matrix near X, and so their sum of F is accurate
    even where each alone is not.
    """

    @lazy
    def _values(self) -> Array:
        return _eigenvalues(self.point.dense)

    @lazy
    def value(self) -> float:
        if self.f.function.positive:
            _check_domain(self._values)
        with np.errstate(over="ignore"):
            return float(self.f.function.F(self._values).sum().real)

    @lazy
    def _derivative(self) -> Array:
        if self.f.function.positive:
            _check_domain(self._values)
        return self.f.function.matrix(self.point.dense)

    @lazy
    def gradient(self) -> Array:
        return self.point.adjoint(herm(self._derivative))

    def hessp(self, v: Array) -> Array:
        X, V = self.point.dense, self.point.along(v)
        return self.point.adjoint(herm(self.f.function.frechet(X, self._derivative, V)))


def _finite(X: Array) -> Array:
    if not np.isfinite(X).all():
        raise OutOfDomain("the matrix has overflowed")
    return X


def _eigenvalues(X: Array) -> Array:
    values: Array = scipy.linalg.eigvals(_finite(X), check_finite=False)
    return values


def _check_domain(values: Array) -> None:
    off = _ON_AXIS * float(np.abs(values).max())
    if ((values.real <= off) & (np.abs(values.imag) <= off)).any():
        raise OutOfDomain("an eigenvalue is on the closed negative real axis")


# Divided differences (f(a) - f(b)) / (a - b), without a difference of near values


def _sinhc(x: Array) -> Array:
    return np.divide(np.sinh(x), x, out=np.ones_like(x), where=x != 0.0)


def _sinc(x: Array) -> Array:
    sinc: Array = np.sinc(x / np.pi)
    return sinc


def _exp_divided(a: Array, b: Array) -> Array:
    gap = np.abs(a - b)
    top = np.exp(np.maximum(a, b))
    ratio = np.divide(-np.expm1(-gap), gap, out=np.ones_like(gap), where=gap != 0.0)
    divided: Array = top * ratio
    return divided


def _sqrt_divided(a: Array, b: Array) -> Array:
    """Of 1/(2 sqrt x): -1/(2 sqrt(ab) (sqrt a + sqrt b))."""
    p, q = np.sqrt(a), np.sqrt(b)
    divided: Array = -0.5 / (p * q * (p + q))
    return divided


# Derivatives of the matrix function f = F' at X along E, given f(X)


def _block(f: Callable[[Array], Array]) -> Callable[[Array, Array, Array], Array]:
    """f([[X, E], [0, X]]) has the derivative in its corner."""

    def derivative(X: Array, fX: Array, E: Array) -> Array:
        n = len(X)
        corner: Array = f(np.block([[X, E], [np.zeros_like(X), X]]))[:n, n:]
        return corner

    return derivative


def _exp_frechet(X: Array, fX: Array, E: Array) -> Array:
    derivative = scipy.linalg.expm_frechet(X, E, compute_expm=False, check_finite=False)
    return np.asarray(derivative)


def _half_inverse_sqrt(X: Array) -> Array:
    """P = X^(-1/2) / 2."""
    inverse: Array = 0.5 * scipy.linalg.inv(scipy.linalg.sqrtm(X), check_finite=False)
    return inverse


def _half_inverse_sqrt_frechet(X: Array, P: Array, E: Array) -> Array:
    """P dP + dP P = -4 P^2 E P^2, from P^2 = X^-1 / 4 and (40)."""
    P2 = product(P, P)
    right = -4.0 * product(product(P2, E), P2)
    return np.asarray(scipy.linalg.solve_sylvester(P, P, right))


def _minus_sinm(X: Array) -> Array:
    return -scipy.linalg.sinm(X)


@dataclass(frozen=True)
class _Function:
    """F and its derivative f = F', of numbers and of matrices."""

    F: Callable[[Array], Array]
    f: Callable[[Array], Array]
    divided: Callable[[Array, Array], Array]  # of f
    matrix: Callable[[Array], Array]  # f
    frechet: Callable[[Array, Array, Array], Array]  # of f, from X, f(X), E
    positive: bool = False  # no eigenvalues on the closed negative axis


_FUNCTIONS = {  # but the logarithm, which is LogAt
    "exp": _Function(np.exp, np.exp, _exp_divided, scipy.linalg.expm, _exp_frechet),
    "sqrt": _Function(
        np.sqrt,
        lambda x: 0.5 / np.sqrt(x),
        _sqrt_divided,
        _half_inverse_sqrt,
        _half_inverse_sqrt_frechet,
        positive=True,
    ),
    "sin": _Function(
        np.sin,
        np.cos,
        lambda a, b: -np.sin(0.5 * (a + b)) * _sinc(0.5 * (a - b)),
        scipy.linalg.cosm,
        _block(scipy.linalg.cosm),
    ),
    "cos": _Function(
        np.cos,
        lambda x: -np.sin(x),
        lambda a, b: -np.cos(0.5 * (a + b)) * _sinc(0.5 * (a - b)),
        _minus_sinm,
        _block(_minus_sinm),
    ),
    "sinh": _Function(
        np.sinh,
        np.cosh,
        lambda a, b: np.sinh(0.5 * (a + b)) * _sinhc(0.5 * (a - b)),
        scipy.linalg.coshm,
        _block(scipy.linalg.coshm),
    ),
    "cosh": _Function(
        np.cosh,
        np.sinh,
        lambda a, b: np.cosh(0.5 * (a + b)) * _sinhc(0.5 * (a - b)),
        scipy.linalg.sinhm,
        _block(scipy.linalg.sinhm),
    ),
}

_NAMES = ("exp", "log", "sqrt", "sin", "cos", "sinh", "cosh")
