"""Section 2.2: derivatives of an inverse, (59)-(64), and the relation after (64)."""

from typing import Any

import numpy as np

from matopt.identities import exact
from matopt.identities.entries import entry
from matopt.identities.identity import Identity, Inputs, Kind
from matopt.identities.inputs import (
    Condition,
    Input,
    invertible,
)
from matopt.linalg import Array

_X = {"X": Input(("n", "n"), "invertible")}
_A = {"A": Input(("n", "n"))}
_VECTORS = {"a": Input(("n",)), "b": Input(("n",))}
_FACTORS = {"A": Input(("m", "n")), "B": Input(("n", "m"))}
_INDICES = {letter: Input((), "index", optional=True) for letter in "klij"}
_PATH = {
    "Y": Input(("n", "n"), "invertible"),
    "dY": Input(("n", "n")),
    "ddY": Input(("n", "n"), default=0.0),
    "x": Input(default=0.0),
}


def _path(Y: Any, dY: Any, ddY: Any, x: Any) -> Any:
    return Y + x * dY + x * x / 2 * ddY


def _condition(text: str, letter: str, *, of: Any) -> Condition:
    """The matrix that ``of`` makes of the inputs has an inverse."""

    def holds(inputs: Inputs) -> bool:
        return invertible(letter).holds({letter: of(**inputs)})

    return Condition(text, holds)


def _slope(Y: Array, dY: Array, ddY: Array, x: Any) -> Array:
    W = np.linalg.inv(_path(Y, dY, ddY, x))
    change: Array = -W @ (dY + x * ddY) @ W
    return change


def _by_inverse(X: Array, C: Array) -> Array:
    """-Y C Y with Y = X^-T: the gradient of tr(C^T X^-1)."""
    Y = np.linalg.inv(X).T
    G: Array = -Y @ C @ Y
    return G


def _by_inverse_hessp(V: Array, X: Array, C: Array) -> Array:
    """Y V^T Y C Y + Y C Y V^T Y."""
    Y = np.linalg.inv(X).T
    S, T = Y @ V.T, C @ Y
    H: Array = S @ Y @ T + Y @ T @ V.T @ Y
    return H


def _det_hessp(V: Array, X: Array) -> Array:
    """det(X)^-1 (tr(Y^T V) Y + Y V^T Y)."""
    Y = np.linalg.inv(X).T
    H: Array = (np.sum(Y * V) * Y + Y @ V.T @ Y) / np.linalg.det(X)
    return H


def _entries(
    X: Array,
    k: int | None = None,
    l: int | None = None,
    i: int | None = None,
    j: int | None = None,
) -> Any:
    W = np.linalg.inv(X)
    return entry(-np.einsum("ki,jl->klij", W, W), k, l, i, j)


RECORDS: tuple[Identity, ...] = (
    Identity(
        number=59,
        section="2.2",
        title="Derivative of an inverse along a path",
        statement=r"\frac{\partial Y^{-1}}{\partial x}"
        r" = -Y^{-1} \frac{\partial Y}{\partial x} Y^{-1}",
        inputs=_PATH,
        variable="x",
        note="Y(x) = Y + x dY + x^2/2 ddY, with x = 0 and ddY = 0 if left out",
        kind=Kind.JACOBIAN,
        conditions=(_condition("an invertible Y(x)", "Y", of=_path),),
        f=lambda Y, dY, ddY, x: exact.inv(_path(Y, dY, ddY, x)),
        d=_slope,
    ),
    Identity(
        number=60,
        section="2.2",
        title="Derivative of an entry of an inverse",
        statement=r"\frac{\partial (X^{-1})_{kl}}{\partial X_{ij}}"
        r" = -(X^{-1})_{ki} (X^{-1})_{jl}",
        inputs=_X | _INDICES,
        variable="X",
        kind=Kind.JACOBIAN,
        conditions=(invertible("X"),),
        f=lambda X, k=None, l=None, i=None, j=None: entry(exact.inv(X), k, l),
        d=_entries,
    ),
    Identity(
        number=61,
        section="2.2",
        title="Derivative of a bilinear form of an inverse",
        statement=r"\frac{\partial a^T X^{-1} b}{\partial X}"
        r" = -X^{-T} a b^T X^{-T}",
        inputs=_X | _VECTORS,
        variable="X",
        conditions=(invertible("X"),),
        f=lambda X, a, b: a @ exact.inv(X) @ b,
        d=lambda X, a, b: _by_inverse(X, np.outer(a, b)),
        second=lambda V, X, a, b: _by_inverse_hessp(V, X, np.outer(a, b)),
    ),
    Identity(
        number=62,
        section="2.2",
        title="Derivative of the determinant of an inverse",
        statement=r"\frac{\partial \det(X^{-1})}{\partial X} = -\det(X^{-1}) X^{-T}",
        inputs=_X,
        variable="X",
        conditions=(invertible("X"),),
        f=lambda X: exact.det(exact.inv(X)),
        d=lambda X: -np.linalg.inv(X).T / np.linalg.det(X),
        second=_det_hessp,
    ),
    Identity(
        number=63,
        section="2.2",
        title="Derivative of a trace of an inverse",
        statement=r"\frac{\partial \operatorname{Tr}(A X^{-1} B)}{\partial X}"
        r" = -(X^{-1} B A X^{-1})^T",
        inputs=_X | _FACTORS,
        variable="X",
        conditions=(invertible("X"),),
        f=lambda X, A, B: np.trace(A @ exact.inv(X) @ B),
        d=lambda X, A, B: _by_inverse(X, (B @ A).T),
        second=lambda V, X, A, B: _by_inverse_hessp(V, X, (B @ A).T),
    ),
    Identity(
        number=64,
        section="2.2",
        title="Derivative of a trace of an inverse of a sum",
        statement=r"\frac{\partial \operatorname{Tr}((X + A)^{-1})}{\partial X}"
        r" = -((X + A)^{-1} (X + A)^{-1})^T",
        inputs=_X | _A,
        variable="X",
        conditions=(_condition("an invertible X + A", "X", of=lambda X, A: X + A),),
        f=lambda X, A: np.trace(exact.inv(X + A)),
        d=lambda X, A: _by_inverse(X + A, np.eye(len(X))),
        second=lambda V, X, A: _by_inverse_hessp(V, X + A, np.eye(len(X))),
    ),
    Identity(
        number="64+",
        section="2.2",
        title="Derivative by a matrix and by its inverse",
        statement=r"\frac{\partial J}{\partial A}"
        r" = -A^{-T} \frac{\partial J}{\partial W} A^{-T}"
        r" \quad (W = A^{-1},\ G = \frac{\partial J}{\partial W})",
        inputs={"A": Input(("n", "n"), "invertible"), "G": Input(("n", "n"))},
        variable="A",
        note="G is the derivative of J by W; the function is sum of G_kl W_kl",
        conditions=(invertible("A"),),
        f=lambda A, G: np.sum(G * exact.inv(A)),  # any J with this G, to first order
        d=lambda A, G: _by_inverse(A, G),
        second=lambda V, A, G: _by_inverse_hessp(V, A, G),
    ),
)
