"""Section 2.1: derivatives of a determinant, (46)-(58).

Written with adjugates, adj(M) for det(M) M^-1, so that they hold at singular matrices.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from matopt.identities import exact
from matopt.identities.entries import entry
from matopt.identities.identity import Identity, Inputs, Kind, Verdict
from matopt.identities.inputs import (
    Condition,
    Input,
    draw,
    full_column_rank,
    invertible,
    real,
    symmetric,
)
from matopt.linalg import Array, adjugate, adjugate_along

_SQUARE = {"X": Input(("n", "n"))}
_INVERTIBLE = {"X": Input(("n", "n"), "invertible")}
_PATH = {
    "Y": Input(("n", "n")),
    "dY": Input(("n", "n")),
    "ddY": Input(("n", "n"), default=0.0),
    "x": Input(default=0.0),
}
_PATH_NOTE = "Y(x) = Y + x dY + x^2/2 ddY, with x = 0 and ddY = 0 if left out"
_CURVED_PATH = _PATH | {"ddY": Input(("n", "n"))}
_ENTRY = _SQUARE | {letter: Input((), "index", optional=True) for letter in "ij"}
_LINEAR = {
    "A": Input(("p", "m")),
    "X": Input(("m", "n")),
    "B": Input(("n", "p"), "tall"),
}
_TALL = {"X": Input(("n", "p"), "tall")}
_WIDE = {"Y": Input(("p", "n"), "wide")}


# (46)-(48): det(Y(x)) with Y(x) = Y + x dY + x^2/2 ddY


def _path(Y: Any, dY: Any, ddY: Any, x: Any) -> Any:
    return Y + x * dY + x * x / 2 * ddY


def _slope(Y: Array, dY: Array, ddY: Array, x: Any) -> Any:
    return np.sum(adjugate(_path(Y, dY, ddY, x)).T * (dY + x * ddY))


def _curvature(Y: Array, dY: Array, ddY: Array, x: Any) -> Any:
    at, along = _path(Y, dY, ddY, x), dY + x * ddY
    return np.sum(adjugate(at).T * ddY + adjugate_along(at, along).T * along)


def _delta_det(X: Array, i: int | None = None, j: int | None = None) -> Any:
    return entry(np.linalg.det(X) * np.eye(len(X)), i, j)


def _row_products(
    G: Array, X: Array, i: int | None = None, j: int | None = None
) -> Any:
    return entry(G @ X.T, i, j)


def _det_hessp(V: Array, X: Array, i: int | None = None, j: int | None = None) -> Array:
    """d adj(X)^T along V: det(X) (tr(Y^T V) Y - Y V^T Y) with Y = X^-T."""
    H: Array = adjugate_along(X, V).T
    return H


# (51): M = A X B


def _linear(A: Array, X: Array, B: Array) -> Array:
    G: Array = (B @ adjugate(A @ X @ B) @ A).T
    return G


def _linear_printed(A: Array, X: Array, B: Array) -> Array:
    """With the pseudoinverse where X is not square."""
    G: Array = np.linalg.det(A @ X @ B) * np.linalg.pinv(X).T
    return G


def _linear_hessp(V: Array, A: Array, X: Array, B: Array) -> Array:
    H: Array = (B @ adjugate_along(A @ X @ B, A @ V @ B) @ A).T
    return H


_SQUARE_FACTORS = Condition(
    "square A, X and B",
    lambda inputs: all(len(set(inputs[name].shape)) == 1 for name in "AXB"),
    omitted=True,
    general=True,
)


# (52)-(54): M = X^T A X


def _square_form(X: Array, A: Array) -> Array:
    J = adjugate(X.T @ A @ X)
    G: Array = A @ X @ J + A.T @ X @ J.T
    return G


def _square_form_hessp(V: Array, X: Array, A: Array) -> Array:
    M, dM = X.T @ A @ X, V.T @ A @ X + X.T @ A @ V
    J, dJ = adjugate(M), adjugate_along(M, dM)
    H: Array = A @ (V @ J + X @ dJ) + A.T @ (V @ J.T + X @ dJ.T)
    return H


def _product_form_hessp(V: Array, X: Array, A: Array) -> Array:
    """The derivative of 2 det(A) det(X) adj(X)^T."""
    J, dJ = adjugate(X), adjugate_along(X, V)
    H: Array = np.sum(J.T * V) * J.T + np.linalg.det(X) * dJ.T
    scaled: Array = 2 * np.linalg.det(A) * H
    return scaled


# (55), (56): in X = Q R nothing is squared


def _left_inverse(X: Array) -> Array:
    """(X^T X)^-1 X^T, which is X^+ for a real X."""
    Q, R = np.linalg.qr(X)
    inverse: Array = np.linalg.solve(R, np.linalg.solve(Q.T @ Q, Q.T))
    return inverse


def _gram_hessp(V: Array, X: Array) -> Array:
    """2 (V M^-1 - X M^-1 (V^T X + X^T V) M^-1), M = X^T X and X M^-1 = (X^+)^T."""
    P = _left_inverse(X)
    H: Array = V @ (P @ P.T) - P.T @ (V.T @ P.T + X.T @ V @ (P @ P.T))
    return 2 * H


def _is_gram_invertible(X: Any) -> bool:
    if exact.is_exact(X) or not np.iscomplexobj(X):
        return True
    Q, _ = np.linalg.qr(X)
    return bool(np.linalg.svd(Q.T @ Q, compute_uv=False)[-1] > 1e-14)


def _gram_invertible(name: str, text: str) -> Condition:
    def holds(inputs: Inputs) -> bool:
        X = inputs[name]
        return _is_gram_invertible(X if name == "X" else X.T)

    return Condition(f"an invertible {text}", holds)


def _full_row_rank(inputs: Inputs) -> bool:
    Y = inputs["Y"]
    return exact.is_exact(Y) or bool(np.linalg.matrix_rank(Y) == len(Y))


def _through_pseudoinverse(Y: Any) -> Any:
    """ln det(X^T X) as a function of Y = X^+."""
    X = Y.T @ exact.inv(Y @ Y.T)
    return exact.log_det(X.T @ X)


# (58): det(X^k) = det(X)^k


def _power(X: Array, k: int) -> Array:
    if k == 0:
        return np.zeros_like(X)
    G: Array = k * np.linalg.det(X) ** (k - 1) * adjugate(X).T
    return G


def _power_hessp(V: Array, X: Array, k: int) -> Array:
    if k == 0:
        return np.zeros_like(X)
    det, J, dJ = np.linalg.det(X), adjugate(X), adjugate_along(X, V)
    H = det ** (k - 1) * dJ.T
    if k != 1:
        H = H + (k - 1) * det ** (k - 2) * np.sum(J.T * V) * J.T
    scaled: Array = k * H
    return scaled


_POWER_EXISTS = Condition(
    "an invertible X where k < 0",
    lambda inputs: inputs["k"] >= 0 or invertible("X").holds(inputs),
)
_CURVATURE_LATEX = (
    r"\frac{\partial^2 \det(Y)}{\partial x^2} = \det(Y) \left["
    r" \operatorname{Tr}\left[Y^{-1} \frac{\partial^2 Y}{\partial x^2}\right]"
    r" + \operatorname{Tr}\left[Y^{-1} \frac{\partial Y}{\partial x}\right]^2"
    r" - \operatorname{Tr}\left[\left(Y^{-1} \frac{\partial Y}{\partial x}\right)^2"
    r" \right] \right]"
)
_COFACTORS_LATEX = (
    r"\sum_k \frac{\partial \det(X)}{\partial X_{ik}} X_{jk} = \delta_{ij} \det(X)"
)

RECORDS: tuple[Identity, ...] = (
    Identity(
        number=46,
        section="2.1.1",
        title="Derivative of a determinant along a path",
        statement=r"\frac{\partial \det(Y)}{\partial x} = \det(Y)"
        r" \operatorname{Tr}\left[Y^{-1} \frac{\partial Y}{\partial x}\right]"
        r" = \operatorname{Tr}\left[\operatorname{adj}(Y)"
        r" \frac{\partial Y}{\partial x}\right]",
        inputs=_PATH,
        variable="x",
        note=_PATH_NOTE,
        f=lambda Y, dY, ddY, x: exact.det(_path(Y, dY, ddY, x)),
        d=_slope,
        second=lambda V, Y, dY, ddY, x: V * _curvature(Y, dY, ddY, x),
    ),
    Identity(
        number=47,
        section="2.1.1",
        title="Expansion of a determinant by cofactors",
        statement=_COFACTORS_LATEX,
        inputs=_ENTRY,
        variable="X",
        kind=Kind.RELATION,
        f=lambda X, i=None, j=None: exact.det(X),
        d=_delta_det,
        left=_row_products,
        second=_det_hessp,
    ),
    Identity(
        number=48,
        section="2.1.1",
        title="Second derivative of a determinant along a path",
        statement=_CURVATURE_LATEX,
        inputs=_CURVED_PATH,
        variable="x",
        note="Y(x) = Y + x dY + x^2/2 ddY, with x = 0 if left out",
        kind=Kind.HESSIAN,
        f=lambda Y, dY, ddY, x: exact.det(_path(Y, dY, ddY, x)),
        d=_curvature,
    ),
    Identity(
        number=49,
        section="2.1.2",
        title="Derivative of a determinant",
        statement=r"\frac{\partial \det(X)}{\partial X} = \operatorname{adj}(X)^T"
        r" = \det(X) X^{-T}",
        inputs=_SQUARE,
        variable="X",
        f=lambda X: exact.det(X),
        d=lambda X: adjugate(X).T,
        second=_det_hessp,
    ),
    Identity(
        number=50,
        section="2.1.2",
        title="Expansion of a determinant by cofactors, again",
        statement=_COFACTORS_LATEX,
        inputs=_ENTRY,
        variable="X",
        kind=Kind.RELATION,
        f=lambda X, i=None, j=None: exact.det(X),
        d=_delta_det,
        left=_row_products,
        second=_det_hessp,
    ),
    Identity(
        number=51,
        section="2.1.2",
        title="Derivative of the determinant of a product",
        statement=r"\frac{\partial \det(AXB)}{\partial X}"
        r" = A^T \operatorname{adj}(AXB)^T B^T = \det(AXB) A^T (AXB)^{-T} B^T",
        inputs=_LINEAR,
        variable="X",
        conditions=(_SQUARE_FACTORS,),
        f=lambda A, X, B: exact.det(A @ X @ B),
        d=_linear,
        second=_linear_hessp,
        verdict=Verdict.CONDITIONAL,
        erratum="It is printed as det(AXB) X^-T, which needs square A, X and B, a"
        " hypothesis that the text omits; in general it is A^T adj(AXB)^T B^T.",
        as_printed=_linear_printed,
        outside=lambda rng, size: draw(_LINEAR, rng, size, float),
    ),
    Identity(
        number=52,
        section="2.1.3",
        title="Derivative of the determinant of a square form, X square",
        statement=r"\frac{\partial \det(X^T A X)}{\partial X}"
        r" = 2 \det(X^T A X) X^{-T} = 2 \det(A) \det(X) \operatorname{adj}(X)^T",
        inputs=_SQUARE | {"A": Input(("n", "n"))},
        variable="X",
        conditions=(replace(invertible("X"), general=True),),
        f=lambda X, A: exact.det(X.T @ A @ X),
        d=lambda X, A: 2 * np.linalg.det(A) * np.linalg.det(X) * adjugate(X).T,
        second=_product_form_hessp,
    ),
    Identity(
        number=53,
        section="2.1.3",
        title="Derivative of the determinant of a square form, A symmetric",
        statement=r"\frac{\partial \det(X^T A X)}{\partial X}"
        r" = 2 \det(X^T A X) A X (X^T A X)^{-1}"
        r" = 2 A X \operatorname{adj}(X^T A X)",
        inputs=_TALL | {"A": Input(("n", "n"), "symmetric")},
        variable="X",
        conditions=(symmetric("A"),),
        f=lambda X, A: exact.det(X.T @ A @ X),
        d=lambda X, A: 2 * A @ X @ adjugate(X.T @ A @ X),
        second=_square_form_hessp,
    ),
    Identity(
        number=54,
        section="2.1.3",
        title="Derivative of the determinant of a square form",
        statement=r"\frac{\partial \det(X^T A X)}{\partial X} = \det(X^T A X)"
        r" (A X (X^T A X)^{-1} + A^T X (X^T A^T X)^{-1})",
        inputs=_TALL | {"A": Input(("n", "n"))},
        variable="X",
        f=lambda X, A: exact.det(X.T @ A @ X),
        d=_square_form,
        second=_square_form_hessp,
    ),
    Identity(
        number=55,
        section="2.1.4",
        title="Derivative of the logarithm of a Gram determinant",
        statement=r"\frac{\partial \ln\det(X^T X)}{\partial X} = 2 (X^+)^T",
        inputs=_TALL,
        variable="X",
        note="X^+ = (X^T X)^-1 X^T, also where X is complex",
        conditions=(full_column_rank("X"), _gram_invertible("X", "X^T X")),
        f=lambda X: exact.log_det(X.T @ X),
        d=lambda X: 2 * _left_inverse(X).T,
        second=_gram_hessp,
    ),
    Identity(
        number=56,
        section="2.1.4",
        title="Derivative of the logarithm of a Gram determinant, by X^+",
        statement=r"\frac{\partial \ln\det(X^T X)}{\partial Y} = -2 X^T"
        r" \quad (Y = X^+,\ X = Y^+)",
        inputs=_WIDE,
        variable="Y",
        note="the variable is Y = X^+, and X = Y^T (Y Y^T)^-1, also where Y is complex",
        conditions=(
            Condition("a Y = X^+ of full row rank", _full_row_rank),
            _gram_invertible("Y", "Y Y^T"),
        ),
        f=_through_pseudoinverse,
        d=lambda Y: -2 * _left_inverse(Y.T),
        second=lambda V, Y: -_gram_hessp(V.T, Y.T).T,
    ),
    Identity(
        number=57,
        section="2.1.4",
        title="Derivative of the logarithm of a determinant",
        statement=r"\frac{\partial \ln|\det(X)|}{\partial X} = X^{-T}",
        inputs=_INVERTIBLE,
        variable="X",
        conditions=(real("X"), invertible("X")),
        f=lambda X: exact.log_abs_det(X),
        d=lambda X: np.linalg.inv(X).T,
        second=lambda V, X: -np.linalg.inv(X).T @ V.T @ np.linalg.inv(X).T,
        holomorphic=False,
    ),
    Identity(
        number=58,
        section="2.1.4",
        title="Derivative of the determinant of a power",
        statement=r"\frac{\partial \det(X^k)}{\partial X} = k \det(X^k) X^{-T}"
        r" = k \det(X)^{k-1} \operatorname{adj}(X)^T",
        inputs=_INVERTIBLE | {"k": Input((), "integer", (-2, -1, 0, 1, 2, 3))},
        variable="X",
        conditions=(_POWER_EXISTS,),
        f=lambda X, k: exact.det(exact.power(X, k)),
        d=_power,
        second=_power_hessp,
    ),
)
