"""Plain callables as an objective."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from matopt.errors import OutOfDomain
from matopt.lazy import lazy
from matopt.linalg import Array
from matopt.objectives.difference import central_quotient, room
from matopt.objectives.objective import Evaluation, Objective
from matopt.spaces import MatrixPoint

Matrices = tuple[Array, ...]

# The step of a central difference of gradients that balances truncation and rounding.
_STEP = float(np.finfo(float).eps) ** (1 / 3)


def from_functions(
    value: Callable[..., Any],
    gradient: Callable[..., Any],
    hessp: Callable[..., Any] | None = None,
) -> Functions:
    """Return the objective with value(X), gradient(X) and hessp(X, V) of a matrix X.

    ``gradient`` and ``hessp`` are ambient: of the shape of X, as if its entries were
    independent, d/dRe + i d/dIm when complex; the space makes of them what it needs.
    Without ``hessp`` its products are differences of gradients at places where the
    value is finite, and ``has_hessian`` is False. On a product of spaces the matrices
    are separate arguments: value(X, Y), gradient(X, Y) -> (G, K), hessp(X, Y, V, W) ->
    (H, L).

    Outside the domain ``value`` returns NaN or an infinity, or raises
    numpy.linalg.LinAlgError. Derivatives are asked for inside it alone, so a NaN
    there is an error and raises ValueError; a LinAlgError says that X is outside
    after all. The arrays given are read-only.

    >>> import numpy as np, matopt as mo
    >>> f = mo.from_functions(lambda X: np.cosh(X).sum(), np.sinh)
    >>> f.on(mo.Symmetric(2)).at(np.zeros((2, 2))).value
    4.0
    >>> print(mo.minimize(f.on(mo.Symmetric(2)), start=np.ones((2, 2))).status)
    CONVERGED
    """
    for name, function in (("value", value), ("gradient", gradient)):
        if not callable(function):
            raise TypeError(f"{name} must be callable, got {type(function).__name__}")
    if hessp is not None and not callable(hessp):
        raise TypeError(f"hessp must be callable or None, got {type(hessp).__name__}")
    return Functions(value, gradient, hessp)


@dataclass(frozen=True, eq=False, repr=False)
class Functions(Objective):
    """An objective made of callables; see ``from_functions``."""

    value: Callable[..., Any]
    gradient: Callable[..., Any]
    hessp: Callable[..., Any] | None = None

    def __repr__(self) -> str:
        return f"from_functions({getattr(self.value, '__name__', 'value')})"

    def at(self, point: MatrixPoint) -> FunctionsAt:
        return FunctionsAt(self, point)

    @property
    def has_hessian(self) -> bool:
        """Is there a ``hessp``?"""
        return self.hessp is not None


class FunctionsAt(Evaluation[Functions]):
    """Calls the functions, and checks what they return."""

    @lazy
    def _X(self) -> Matrices:
        return _matrices(self.point.dense)

    @lazy
    def value(self) -> float:
        return self._value_at(self._X)

    @lazy
    def gradient(self) -> Array:
        return self._gradient_at(self._X)

    def hessp(self, v: Array) -> Array:
        V = _matrices(self.point.along(v))
        if self.f.hessp is None:
            return self._difference(V)
        result = _call("hessp", self.f.hessp, (*self._X, *V))
        return self._adjoint(self._checked(result, "hessp"))

    def _value_at(self, X: Matrices) -> float:
        value = _number(_call("value", self.f.value, X))
        if not np.isfinite(value):
            raise OutOfDomain(f"value(X) is {value}")
        return value

    def _gradient_at(self, X: Matrices) -> Array:
        result = _call("gradient", self.f.gradient, X)
        return self._adjoint(self._checked(result, "gradient"))

    def _difference(self, V: Matrices) -> Array:
        """(G(X + h V) - G(X - h V)) / 2h, with h V in proportion to X."""
        X, length = self._X, _length(V)
        if length == 0.0:
            return np.zeros_like(self.gradient)

        def inside(t: float) -> bool:
            try:
                self._value_at(_step(X, t, V))
            except OutOfDomain:
                return False
            return True

        def gradient(t: float) -> Array | None:
            Y = _step(X, t, V)
            if all((B == A).all() for A, B in zip(X, Y, strict=True)):
                return None
            try:
                return self._gradient_at(Y)
            except OutOfDomain:
                return None

        step = _STEP * min(room(A, B) for A, B in zip(X, V, strict=True) if B.any())
        most = _STEP * max(1.0, _length(X)) / length
        return central_quotient(gradient, self.gradient, inside, step, most)

    def _checked(self, result: Any, name: str) -> Matrices:
        """The matrices that a function returned, one for each of X."""
        several = isinstance(self.point.dense, tuple)
        parts = tuple(result) if several else (result,)
        if len(parts) != len(self._X):
            raise ValueError(
                f"{name} must return {len(self._X)} matrices, one for each of the "
                f"product, got {len(parts)}"
            )
        is_real = self.point.space.dtype is float
        return tuple(
            _matrix(G, X.shape, name, is_real)
            for G, X in zip(parts, self._X, strict=True)
        )

    def _adjoint(self, G: Matrices) -> Array:
        several = isinstance(self.point.dense, tuple)
        ambient: Any = G if several else G[0]
        return self.point.adjoint(ambient)


def _matrices(dense: Any) -> Matrices:
    return dense if isinstance(dense, tuple) else (dense,)


def _call(name: str, function: Callable[..., Any], X: Matrices) -> Any:
    """What the function returns; a matrix without a factor is outside the domain."""
    try:
        return function(*map(_read_only, X))
    except np.linalg.LinAlgError as error:
        raise OutOfDomain(f"{name}(X) raised LinAlgError: {error}") from error


def _read_only(X: Array) -> Array:
    view = X.view()
    view.flags.writeable = False
    return view


def _length(V: Matrices) -> float:
    return float(np.sqrt(sum(np.vdot(A, A).real for A in V)))


def _step(X: Matrices, h: float, V: Matrices) -> Matrices:
    return tuple(A + h * B for A, B in zip(X, V, strict=True))


def _number(result: Any) -> float:
    number = np.asarray(result)
    if number.ndim != 0 or number.dtype.kind not in "biuf":
        raise TypeError(
            f"value must return a real number, got shape {number.shape} of dtype "
            f"{number.dtype}; return float(...) of it"
        )
    return float(number)


def _matrix(G: Any, shape: tuple[int, ...], name: str, is_real: bool) -> Array:
    array = np.asarray(G)
    if array.shape != shape:
        raise ValueError(
            f"{name} must return the shape {shape} of the matrix, got {array.shape}"
        )
    if array.dtype.kind not in "biufc" or (is_real and array.dtype.kind == "c"):
        raise TypeError(
            f"{name} must return numbers{' that are real' if is_real else ''}, "
            f"got dtype {array.dtype}"
        )
    if not np.isfinite(array).all():
        raise ValueError(
            f"{name} returned NaN or inf where value(X) is finite; outside the domain "
            "let value return inf, inside it correct the derivative"
        )
    return array.astype(complex if array.dtype.kind == "c" else float, copy=False)
