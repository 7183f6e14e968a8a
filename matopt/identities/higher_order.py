"""Section 2.4.3: higher-order and non-linear forms, (90)-(95).

(90)-(92) hold for every integer n, with the sum of a negative power where n < 0:
d(X^n) = -sum over r = 1..|n| of X^-r dX X^(r-|n|-1).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from matopt.identities import exact
from matopt.identities.entries import entries
from matopt.identities.identity import Identity, Inputs, Kind, Verdict
from matopt.identities.inputs import (
    Condition,
    Input,
    draw,
    invertible,
)
from matopt.linalg import Array

_INDEX = Input((), "index", optional=True)
_POWER = {
    "X": Input(("m", "m"), "invertible"),
    "n": Input((), "integer", choices=(2, 3, 4, 1, 0, -1, -2)),
}
_AXB = {**_POWER, "a": Input(("m",)), "b": Input(("m",))}
_INVERTIBLE = invertible("X")
_INVERTIBLE_IF_NEGATIVE = Condition(
    "an invertible X where n < 0",
    lambda inputs: inputs["n"] >= 0 or _INVERTIBLE.holds(inputs),
)

_power = np.linalg.matrix_power


# d(X^n) = sign times the sum of X^p dX X^q


def _exponents(n: int) -> tuple[int, list[tuple[int, int]]]:
    """The sign, and every p and q."""
    if n < 0:
        return -1, [(-r, r + n - 1) for r in range(1, -n + 1)]
    return 1, [(r, n - 1 - r) for r in range(n)]


def _power_jacobian(X: Array, n: int) -> Array:
    """[k, l, i, j] of X^n."""
    sign, exponents = _exponents(n)
    D: Array = np.zeros(2 * X.shape, dtype=X.dtype)
    for p, q in exponents:
        D = D + sign * np.einsum("ki,jl->klij", _power(X, p), _power(X, q))
    return D


def _along(X: Array, n: int, V: Array) -> Array:
    """The change of X^n along V; of X^T, the gradient of tr(V^T X^n)."""
    sign, exponents = _exponents(n)
    H: Array = 0 * V
    for p, q in exponents:
        H = H + sign * (_power(X, p) @ V @ _power(X, q))
    return H


def _along_twice(X: Array, n: int, V: Array, M: Array) -> Array:
    """The change of _along(X, n, M) along V, for a constant M."""
    sign, exponents = _exponents(n)
    H: Array = 0 * V
    for p, q in exponents:
        H = H + sign * (_along(X, p, V) @ M @ _power(X, q))
        H = H + sign * (_power(X, p) @ M @ _along(X, q, V))
    return H


def _pair(a: Array, b: Array) -> Array:
    S: Array = np.outer(a, b) + np.outer(b, a)
    return S


def _printed_92(X: Array, n: int, a: Array, b: Array) -> Array:
    P, ab = _power(X, n), np.outer(a, b)
    D: Array = np.zeros_like(P)
    for r in range(n):
        R, S = _power(X, r), _power(X, n - 1 - r)
        D = D + S @ ab @ P.T @ R + R.T @ P @ ab @ S.T
    return D


def _positive_power(rng: np.random.Generator, size: int) -> Inputs:
    """For n <= 0 the printed sum is empty."""
    return {**draw(_AXB, rng, size, float), "n": int(rng.integers(1, 5))}


def _hessp_92(V: Array, X: Array, n: int, a: Array, b: Array) -> Array:
    S = _pair(a, b)
    H = _along_twice(X.T, n, V.T, _power(X, n) @ S)
    return H + _along(X.T, n, _along(X, n, V) @ S)


# (93): s(x) = s + ds x + x^T d2s x / 2, and r(x) alike; what is left out is zero


def _value(x: Any, s: Any, ds: Any, d2s: Any) -> Any:
    if x is None:
        return s
    return s + ds @ x if d2s is None else s + ds @ x + (d2s @ x) @ x / 2


def _slope(x: Array | None, ds: Array, d2s: Array | None) -> Array:
    """The Jacobian at x."""
    return ds if x is None or d2s is None else ds + _bend(d2s, x)


def _bend(d2s: Array | None, V: Array) -> Any:
    """The change of the Jacobian along V."""
    return 0 if d2s is None else (d2s @ V + np.swapaxes(d2s, 1, 2) @ V) / 2


def _gradient_93(
    A: Array,
    s: Array,
    r: Array,
    ds: Array,
    dr: Array,
    x: Array | None = None,
    d2s: Array | None = None,
    d2r: Array | None = None,
) -> Array:
    S, R = _slope(x, ds, d2s), _slope(x, dr, d2r)
    D: Array = S.T @ A @ _value(x, r, dr, d2r) + R.T @ A.T @ _value(x, s, ds, d2s)
    return D


def _hessp_93(
    V: Array,
    A: Array,
    s: Array,
    r: Array,
    ds: Array,
    dr: Array,
    x: Array | None = None,
    d2s: Array | None = None,
    d2r: Array | None = None,
) -> Array:
    S, R = _slope(x, ds, d2s), _slope(x, dr, d2r)
    H: Array = S.T @ A @ (R @ V) + R.T @ A.T @ (S @ V)
    if d2s is not None:
        H = H + _bend(d2s, V).T @ (A @ _value(x, r, dr, d2r))
    if d2r is not None:
        H = H + _bend(d2r, V).T @ (A.T @ _value(x, s, ds, d2s))
    return H


# (94), (95)


def _has_denominator(inputs: Inputs) -> bool:
    B, x = inputs["B"], inputs["x"]
    u = B @ x
    size = np.sum(np.abs(u) ** 2)
    scale = np.sum(np.abs(B) ** 2) * np.sum(np.abs(x) ** 2)
    return bool(size > 1e-28 * scale and abs(np.sum(u * u)) > 1e-14 * size)


_RATIO = {
    "x": Input(("n",), "nonzero"),
    "A": Input(("m", "n")),
    "B": Input(("n'", "n"), "nonzero"),
}
_DENOMINATOR = (Condition("an x with (B x)^T (B x) other than zero", _has_denominator),)


def _quotient_rule(x: Array, A: Array, B: Array) -> Array:
    u, v = A @ x, B @ x
    p, q = u @ u, v @ v
    D: Array = (2 * q * (A.T @ u) - 2 * p * (B.T @ v)) / q**2
    return D


def _ratio_gradient(x: Array, A: Array, B: Array) -> Array:
    u, v = A @ x, B @ x
    d = v @ v
    g: Array = 2 * (A.T @ u - (u @ u) / d * (B.T @ v)) / d
    return g


def _ratio_hessp(V: Array, x: Array, A: Array, B: Array) -> Array:
    u, v, Qx, QV = A @ x, B @ x, B.T @ (B @ x), B.T @ (B @ V)
    g, d = _ratio_gradient(x, A, B), v @ v
    H: Array = 2 * (A.T @ (A @ V) - (u @ u) / d * QV)
    H = (H - 2 * (g @ V) * Qx - 2 * (x @ QV) * g) / d
    return H


def _printed_95(x: Array, A: Array, B: Array) -> Array:
    if len(B) != len(x):
        raise ValueError("(95) as printed multiplies B by itself and needs a square B")
    P, Q = A.T @ A, B.T @ B
    first = 2 * (P @ x) / (x @ B @ B @ x)
    D: Array = first - 2 * (x @ P @ x) * (Q @ x) / (x @ Q @ x) ** 2
    return D


RECORDS: tuple[Identity, ...] = (
    Identity(
        number=90,
        section="2.4.3",
        title="Derivative of a power, entry by entry",
        statement=r"\frac{\partial (X^n)_{kl}}{\partial X_{ij}}"
        r" = \sum_{r=0}^{n-1} (X^r J^{ij} X^{n-1-r})_{kl} \text{ for } n \ge 0,\quad"
        r" -\sum_{r=1}^{|n|} (X^{-r} J^{ij} X^{r-|n|-1})_{kl} \text{ for } n < 0",
        inputs={**_POWER, **dict.fromkeys("klij", _INDEX)},
        variable="X",
        kind=Kind.JACOBIAN,
        conditions=(_INVERTIBLE_IF_NEGATIVE,),
        f=lambda X, n, **at: entries(exact.power(X, n), "kl", at),
        d=lambda X, n, **at: entries(_power_jacobian(X, n), "klij", at),
    ),
    Identity(
        number=91,
        section="2.4.3",
        title="Derivative of a bilinear form of a power",
        statement=r"\frac{\partial}{\partial X} a^T X^n b"
        r" = \sum_{r=0}^{n-1} (X^r)^T a b^T (X^{n-1-r})^T \text{ for } n \ge 0,\quad"
        r" -\sum_{r=1}^{|n|} (X^{-r})^T a b^T (X^{r-|n|-1})^T \text{ for } n < 0",
        inputs=_AXB,
        variable="X",
        conditions=(_INVERTIBLE_IF_NEGATIVE,),
        f=lambda X, n, a, b: a @ exact.power(X, n) @ b,
        d=lambda X, n, a, b: _along(X.T, n, np.outer(a, b)),
        second=lambda V, X, n, a, b: _along_twice(X.T, n, V.T, np.outer(a, b)),
    ),
    Identity(
        number=92,
        section="2.4.3",
        title="Derivative of an inner product of two images by a power",
        statement=r"\frac{\partial}{\partial X} a^T (X^n)^T X^n b"
        r" = \sum_{r=0}^{n-1} \left[ (X^r)^T X^n b a^T (X^{n-1-r})^T"
        r" + (X^r)^T X^n a b^T (X^{n-1-r})^T \right] \text{ for } n \ge 0,\quad"
        r" -\sum_{r=1}^{|n|} (X^{-r})^T X^n (b a^T + a b^T) (X^{r-|n|-1})^T"
        r" \text{ for } n < 0",
        inputs=_AXB,
        variable="X",
        conditions=(_INVERTIBLE_IF_NEGATIVE,),
        f=lambda X, n, a, b: (exact.power(X, n) @ a) @ (exact.power(X, n) @ b),
        d=lambda X, n, a, b: _along(X.T, n, _power(X, n) @ _pair(a, b)),
        verdict=Verdict.WRONG,
        erratum="The first term is printed transposed, X^(n-1-r) a b^T (X^n)^T X^r; it"
        " is (X^r)^T X^n b a^T (X^(n-1-r))^T.",
        as_printed=_printed_92,
        outside=_positive_power,
        second=_hessp_92,
    ),
    Identity(
        number=93,
        section="2.4.3",
        title="Derivative of a bilinear form of two functions",
        statement=r"\frac{\partial}{\partial x} s^T A r"
        r" = \left[ \frac{\partial s}{\partial x} \right]^T A r"
        r" + \left[ \frac{\partial r}{\partial x} \right]^T A^T s,"
        r" \quad s = s(x), r = r(x)",
        inputs={
            "A": Input(("p", "q")),
            "s": Input(("p",)),
            "r": Input(("q",)),
            "ds": Input(("p", "n")),
            "dr": Input(("q", "n")),
            "x": Input(("n",), optional=True),
            "d2s": Input(("p", "n", "n"), optional=True),
            "d2r": Input(("q", "n", "n"), optional=True),
        },
        variable="x",
        note="s(x) = s + ds x + x^T d2s x / 2, and r(x) alike; x, d2s and d2r"
        " are zero if left out",
        f=lambda A, s, r, ds, dr, x=None, d2s=None, d2r=None: (
            _value(x, s, ds, d2s) @ A @ _value(x, r, dr, d2r)
        ),
        d=_gradient_93,
        second=_hessp_93,
    ),
    Identity(
        number=94,
        section="2.4.3",
        title="A ratio of squared norms is a ratio of quadratic forms",
        statement=r"\frac{\partial}{\partial x} \frac{(A x)^T (A x)}{(B x)^T (B x)}"
        r" = \frac{\partial}{\partial x} \frac{x^T A^T A x}{x^T B^T B x}",
        inputs={**_RATIO, "B": Input(("p", "n"), "nonzero")},
        variable="x",
        kind=Kind.RELATION,
        conditions=_DENOMINATOR,
        f=lambda x, A, B: ((A @ x) @ (A @ x)) / ((B @ x) @ (B @ x)),
        d=_quotient_rule,
        left=lambda gradient, **_: gradient,
        second=_ratio_hessp,
    ),
    Identity(
        number=95,
        section="2.4.3",
        title="Derivative of a ratio of quadratic forms",
        statement=r"\frac{\partial}{\partial x} \frac{x^T A^T A x}{x^T B^T B x}"
        r" = 2 \frac{A^T A x}{x^T B^T B x}"
        r" - 2 \frac{x^T A^T A x \, B^T B x}{(x^T B^T B x)^2}",
        inputs=_RATIO,
        variable="x",
        conditions=_DENOMINATOR,
        f=lambda x, A, B: (x @ A.T @ A @ x) / (x @ B.T @ B @ x),
        d=_ratio_gradient,
        verdict=Verdict.WRONG,
        erratum="The first denominator is printed x^T B B x; it is x^T B^T B x.",
        as_printed=_printed_95,
        second=_ratio_hessp,
    ),
)
