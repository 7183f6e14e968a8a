"""Sections 2.5.3, 2.5.4: traces of higher order, (121)-(123), others, (124)-(128).

In (125)-(127) M is the inverted matrix, N the one that multiplies its inverse.
"""

from typing import Any

import numpy as np

from matopt.identities import exact
from matopt.identities.identity import Identity, Inputs, Verdict
from matopt.identities.inputs import (
    Condition,
    Input,
    draw,
    invertible,
    invertible_value,
    symmetric,
)
from matopt.identities.matrix_functions import (
    frechet,
    matrix_function,
    power_along,
    power_along_twice,
)
from matopt.linalg import Array

# More rows than columns: the function of (126) is constant at square X
_X = Input(("m", "n"), "tall")
_RATIO = {"X": _X, "C": Input(("m", "m"), "symmetric invertible")}
_NEGATIVE = Condition(
    "an invertible X for a negative k",
    lambda inputs: inputs["k"] >= 0 or invertible("X").holds(inputs),
)
_INVERTIBLE_FORM = invertible_value("X^T C X", lambda i: _form(i["X"], i["C"]))
_POWER = {
    "X": Input(("n", "n"), "near a multiple of I"),
    "k": Input(kind="integer", choices=(-2, -1, 0, 1, 2, 3, 4)),
}


def _power_rule(X: Array, k: int) -> Array:
    """k (X^(k-1))^T, which is zero for k = 0 also where X^-1 does not exist."""
    if k == 0:
        return np.zeros_like(X)
    G: Array = k * np.linalg.matrix_power(X, k - 1).T
    return G


def _power_rule_along(V: Array, X: Array, k: int) -> Array:
    H: Array = k * power_along(X, k - 1, V).T if k != 0 else np.zeros_like(X)
    return H


def _product_along(*factors: tuple[Array, Array | None]) -> Array:
    """The derivative of a product, of factors and their changes (None if constant)."""
    matrices = [factor for factor, _ in factors]
    terms: list[Array] = []
    for i, (_, change) in enumerate(factors):
        if change is not None:
            changed = [*matrices[:i], change, *matrices[i + 1 :]]
            terms.append(np.linalg.multi_dot(changed))
    total: Array = np.sum(terms, axis=0)
    return total


def _quartic_function(X: Array, B: Array, C: Array) -> Any:
    Q = X.T @ C @ X
    return np.trace(B.T @ Q @ Q @ B)


def _quartic_gradient(X: Array, B: Array, C: Array) -> Array:
    S = B @ B.T
    G: Array = (
        C @ X @ X.T @ C @ X @ S
        + C.T @ X @ S @ X.T @ C.T @ X
        + C @ X @ S @ X.T @ C @ X
        + C.T @ X @ X.T @ C.T @ X @ S
    )
    return G


def _quartic_along(V: Array, X: Array, B: Array, C: Array) -> Array:
    x, t, s = (X, V), (X.T, V.T), (B @ B.T, None)
    c, d = (C, None), (C.T, None)
    return (
        _product_along(c, x, t, c, x, s)
        + _product_along(d, x, s, t, d, x)
        + _product_along(c, x, s, t, c, x)
        + _product_along(d, x, t, d, x, s)
    )


def _inverse_along(V: Array, X: Array, A: Array, B: Array) -> Array:
    """With Y = X^-T and K = (B A)^T: Y V^T Y K Y + Y K Y V^T Y."""
    Y = np.linalg.inv(X).T
    K = Y @ (B @ A).T @ Y
    H: Array = Y @ V.T @ K + K @ V.T @ Y
    return H


def _form(X: Array, C: Array) -> Array:
    M: Array = X.T @ C @ X
    return M


def _ratio_gradient(X: Array, C: Array, M: Array, N: Array, B: Array) -> Array:
    """The gradient of Tr(M^-1 N), M = const + X^T C X and N = const + X^T B X."""
    W = np.linalg.inv(M)
    G = W @ N @ W
    D: Array = -C @ X @ G - C.T @ X @ G.T + B @ X @ W + B.T @ X @ W.T
    return D


def _ratio_along(V: Array, X: Array, C: Array, M: Array, N: Array, B: Array) -> Array:
    """The derivative of ``_ratio_gradient`` along V."""
    W = np.linalg.inv(M)
    dW = -W @ (V.T @ C @ X + X.T @ C @ V) @ W
    dN = V.T @ B @ X + X.T @ B @ V
    G, dG = W @ N @ W, _product_along((W, dW), (N, dN), (W, dW))
    H: Array = -C @ (V @ G + X @ dG) - C.T @ (V @ G.T + X @ dG.T)
    H = H + B @ (V @ W + X @ dW) + B.T @ (V @ W.T + X @ dW.T)
    return H


def _inverse_form_gradient(X: Array, C: Array, A: Array) -> Array:
    W = np.linalg.inv(_form(X, C))
    D: Array = -C @ X @ W @ (A + A.T) @ W
    return D


def _inverse_form_along(V: Array, X: Array, C: Array, A: Array) -> Array:
    """The derivative of the gradient along V, for a symmetric C."""
    W = np.linalg.inv(_form(X, C))
    dW = -W @ (V.T @ C @ X + X.T @ C @ V) @ W
    S = (A + A.T, None)
    return -C @ _product_along((X, V), (W, dW), S, (W, dW))


def _printed_ratio(X: Array, B: Array, C: Array, M: Array) -> Array:
    """The right sides of (126) and (127)."""
    W = np.linalg.inv(M)
    D: Array = -2 * C @ X @ W @ X.T @ B @ X @ W + 2 * B @ X @ W
    return D


def _general_ratio(X: Array, A: Array, B: Array, C: Array) -> Array:
    return _ratio_gradient(X, C, A + _form(X, C), _form(X, B), B)


def _general_ratio_along(V: Array, X: Array, A: Array, B: Array, C: Array) -> Array:
    return _ratio_along(V, X, C, A + _form(X, C), _form(X, B), B)


def _with_a_general_A(rng: np.random.Generator, size: int) -> Inputs:
    """B and C as the text asks, A not symmetric; at order 1 it could not be."""
    known = {
        "X": _X,
        "A": Input(("n", "n"), "invertible"),
        "B": Input(("m", "m"), "symmetric"),
        "C": Input(("m", "m"), "positive definite"),
    }
    return draw(known, rng, size + 1, float)


RECORDS: tuple[Identity, ...] = (
    Identity(
        number=121,
        section="2.5.3",
        title="Trace of a power",
        statement=r"\frac{\partial}{\partial X} \operatorname{Tr}(X^k)"
        r" = k (X^{k-1})^T",
        inputs=_POWER,
        variable="X",
        conditions=(_NEGATIVE,),
        f=lambda X, k: np.trace(exact.power(X, k)),
        d=_power_rule,
        second=_power_rule_along,
    ),
    Identity(
        number=122,
        section="2.5.3",
        title="Trace of a constant times a power",
        statement=r"\frac{\partial}{\partial X} \operatorname{Tr}(A X^k)"
        r" = \sum_{r=0}^{k-1} (X^r A X^{k-r-1})^T \text{ for } k \ge 0,\quad"
        r" -\sum_{r=1}^{|k|} (X^{-r} A X^{r-|k|-1})^T \text{ for } k < 0",
        inputs={**_POWER, "A": Input(("n", "n"))},
        variable="X",
        conditions=(_NEGATIVE,),
        f=lambda X, k, A: np.trace(A @ exact.power(X, k)),
        d=lambda X, k, A: power_along(X, k, A).T,
        second=lambda V, X, k, A: power_along_twice(X, k, A, V).T,
    ),
    Identity(
        number=123,
        section="2.5.3",
        title="Trace of a form of the fourth order",
        statement=r"\frac{\partial}{\partial X}"
        r" \operatorname{Tr}[B^T X^T C X X^T C X B]"
        r" = C X X^T C X B B^T + C^T X B B^T X^T C^T X + C X B B^T X^T C X"
        r" + C^T X X^T C^T X B B^T",
        inputs={
            "X": Input(("m", "n")),
            "B": Input(("n", "p")),
            "C": Input(("m", "m")),
        },
        variable="X",
        f=_quartic_function,
        d=_quartic_gradient,
        second=_quartic_along,
    ),
    Identity(
        number=124,
        section="2.5.4",
        title="Trace of an inverse between constants",
        statement=r"\frac{\partial}{\partial X} \operatorname{Tr}(A X^{-1} B)"
        r" = -(X^{-1} B A X^{-1})^T = -X^{-T} A^T B^T X^{-T}",
        inputs={
            "X": Input(("n", "n"), "invertible"),
            "A": Input(("p", "n")),
            "B": Input(("n", "p")),
        },
        variable="X",
        conditions=(invertible("X"),),
        f=lambda X, A, B: np.trace(A @ exact.inv(X) @ B),
        d=lambda X, A, B: -(np.linalg.inv(X) @ B @ A @ np.linalg.inv(X)).T,
        second=_inverse_along,
    ),
    Identity(
        number=125,
        section="2.5.4",
        title="Trace of the inverse of a quadratic form",
        statement=r"\frac{\partial}{\partial X} \operatorname{Tr}[(X^T C X)^{-1} A]"
        r" = -C X (X^T C X)^{-1} (A + A^T) (X^T C X)^{-1}, \quad C = C^T",
        inputs={**_RATIO, "A": Input(("n", "n"))},
        variable="X",
        conditions=(symmetric("C"), _INVERTIBLE_FORM),
        f=lambda X, C, A: np.trace(exact.inv(X.T @ C @ X) @ A),
        d=_inverse_form_gradient,
        second=_inverse_form_along,
    ),
    Identity(
        number=126,
        section="2.5.4",
        title="Trace of a ratio of quadratic forms",
        statement=r"\frac{\partial}{\partial X}"
        r" \operatorname{Tr}[(X^T C X)^{-1} (X^T B X)]"
        r" = -2 C X M^{-1} X^T B X M^{-1} + 2 B X M^{-1},"
        r"\quad M = X^T C X,\; B = B^T,\; C = C^T",
        inputs={**_RATIO, "B": Input(("m", "m"), "symmetric")},
        variable="X",
        conditions=(symmetric("B"), symmetric("C"), _INVERTIBLE_FORM),
        f=lambda X, C, B: np.trace(exact.inv(X.T @ C @ X) @ (X.T @ B @ X)),
        d=lambda X, C, B: _printed_ratio(X, B, C, _form(X, C)),
        second=lambda V, X, C, B: _ratio_along(V, X, C, _form(X, C), _form(X, B), B),
    ),
    Identity(
        number=127,
        section="2.5.4",
        title="Trace of a ratio of quadratic forms, regularized",
        statement=r"\frac{\partial}{\partial X}"
        r" \operatorname{Tr}[(A + X^T C X)^{-1} (X^T B X)]"
        r" = -C X G - C^T X G^T + B X M^{-1} + B^T X M^{-T},"
        r"\quad M = A + X^T C X,\; G = M^{-1} X^T B X M^{-1};"
        r"\quad -2 C X G + 2 B X M^{-1} \text{ if } A, B, C \text{ are symmetric}",
        inputs={
            "X": _X,
            "A": Input(("n", "n"), "invertible"),
            "B": Input(("m", "m")),
            "C": Input(("m", "m"), "invertible"),
        },
        variable="X",
        conditions=(
            symmetric("A", omitted=True, general=True),
            symmetric("B", general=True),
            symmetric("C", general=True),
            invertible_value("A + X^T C X", lambda i: i["A"] + _form(i["X"], i["C"])),
        ),
        verdict=Verdict.CONDITIONAL,
        erratum="The text asks for symmetric B and C only; its right side needs a "
        "symmetric A too. With M = A + X^T C X and G = M^-1 X^T B X M^-1 the gradient "
        "is -C X G - C^T X G^T + B X M^-1 + B^T X M^-T for any A, B and C.",
        f=lambda X, A, B, C: np.trace(exact.inv(A + X.T @ C @ X) @ (X.T @ B @ X)),
        d=_general_ratio,
        as_printed=lambda X, A, B, C: _printed_ratio(X, B, C, A + _form(X, C)),
        outside=_with_a_general_A,
        second=_general_ratio_along,
    ),
    Identity(
        number=128,
        section="2.5.4",
        title="Trace of the matrix sine",
        statement=r"\frac{\partial \operatorname{Tr}(\sin(X))}{\partial X} = \cos(X)^T",
        inputs={"X": Input(("n", "n"))},
        variable="X",
        f=lambda X: np.trace(exact.matrix_function("sin", X)),
        d=lambda X: matrix_function("cos", X).T,
        second=lambda V, X: frechet("cos", X, V).T,
    ),
)
