"""Section 2.4.2: derivatives of second-order forms, (76)-(89).

(84)-(88) are stated with W + W^T in place of 2 W, and so need no symmetric W.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from matopt.identities import exact
from matopt.identities.entries import entries
from matopt.identities.identity import Identity, Inputs, Kind, Verdict
from matopt.identities.inputs import (
    Input,
    draw,
    symmetric,
)
from matopt.linalg import Array, single_entry

_INDEX = Input((), "index", optional=True)
_XB = {"X": Input(("m", "n")), "B": Input(("m", "m"))}
_XS = {"x": Input(("n",)), "s": Input(("n",)), "W": Input(("n", "n"), "symmetric")}
_XAS = {
    "x": Input(("m",)),
    "A": Input(("m", "n")),
    "s": Input(("n",)),
    "W": Input(("m", "m"), "symmetric"),
}
_SYMMETRIC_W = (symmetric("W", general=True),)
_LMS = {"a": Input(), "x": Input(("n",)), "b": Input(("n",))}


def _quadratic_jacobian(X: Array, B: Array) -> Array:
    """[k, l, i, j] of X^T B X: delta_lj (X^T B)_ki + delta_kj (B X)_il."""
    eye = np.eye(X.shape[1])
    D: Array = np.einsum("lj,ki->klij", eye, X.T @ B)
    D = D + np.einsum("kj,il->klij", eye, B @ X)
    return D


def _printed_jacobian(X: Array, B: Array) -> Array:
    """(79) as printed: delta_lj (X^T B)_ki + delta_ki (B X)_il."""
    m, n = X.shape
    D: Array = np.einsum("lj,ki->klij", np.eye(n), X.T @ B)
    D = D + np.einsum("ki,il,j->klij", np.eye(n, m), B @ X, np.ones(n))
    return D


def _jacobian_by_entries(X: Array, B: Array) -> Array:
    """The matrices X^T B J^ij + J^ji B X, in [:, :, i, j]."""
    m, n = X.shape
    D = np.empty((n, n, m, n), dtype=np.result_type(X, B))
    for i, j in np.ndindex(m, n):
        J = single_entry(i, j, m, n)
        D[:, :, i, j] = X.T @ B @ J + J.T @ B @ X
    return D


def _form(e: Array, W: Array) -> Array:
    """e^T W e."""
    value: Array = e @ W @ e
    return value


def _any_weights(
    inputs: Mapping[str, Input],
) -> Callable[[np.random.Generator, int], Inputs]:
    """Draw with a W that is not symmetric."""
    free = {**inputs, "W": Input(inputs["W"].shape)}
    return lambda rng, size: draw(free, rng, size, float)


RECORDS: tuple[Identity, ...] = (
    Identity(
        number=76,
        section="2.4.2",
        title="Derivative of the sum of all products of entries",
        statement=r"\frac{\partial}{\partial X_{ij}} \sum_{klmn} X_{kl} X_{mn}"
        r" = 2 \sum_{kl} X_{kl}",
        inputs={"X": Input(("m", "n")), "i": _INDEX, "j": _INDEX},
        variable="X",
        f=lambda X, **at: X.sum() ** 2,
        d=lambda X, **at: entries(np.full(X.shape, 2 * X.sum()), "ij", at),
        second=lambda V, X, **at: entries(np.full(X.shape, 2 * V.sum()), "ij", at),
    ),
    Identity(
        number=77,
        section="2.4.2",
        title="Derivative of an inner product of two images",
        statement=r"\frac{\partial b^T X^T X c}{\partial X} = X (b c^T + c b^T)",
        inputs={"X": Input(("m", "n")), "b": Input(("n",)), "c": Input(("n",))},
        variable="X",
        f=lambda X, b, c: b @ X.T @ X @ c,
        d=lambda X, b, c: X @ (np.outer(b, c) + np.outer(c, b)),
        second=lambda V, X, b, c: V @ (np.outer(b, c) + np.outer(c, b)),
    ),
    Identity(
        number=78,
        section="2.4.2",
        title="Derivative of a bilinear form of two affine maps",
        statement=r"\frac{\partial (B x + b)^T C (D x + d)}{\partial x}"
        r" = B^T C (D x + d) + D^T C^T (B x + b)",
        inputs={
            "x": Input(("n",)),
            "B": Input(("p", "n")),
            "b": Input(("p",)),
            "C": Input(("p", "q")),
            "D": Input(("q", "n")),
            "d": Input(("q",)),
        },
        variable="x",
        f=lambda x, B, b, C, D, d: (B @ x + b) @ C @ (D @ x + d),
        d=lambda x, B, b, C, D, d: B.T @ C @ (D @ x + d) + D.T @ C.T @ (B @ x + b),
        second=lambda V, x, B, b, C, D, d: B.T @ C @ D @ V + D.T @ C.T @ B @ V,
    ),
    Identity(
        number=79,
        section="2.4.2",
        title="Derivative of a quadratic form of matrices, entry by entry",
        statement=r"\frac{\partial (X^T B X)_{kl}}{\partial X_{ij}}"
        r" = \delta_{lj} (X^T B)_{ki} + \delta_{kj} (B X)_{il}",
        inputs={**_XB, **dict.fromkeys("klij", _INDEX)},
        variable="X",
        kind=Kind.JACOBIAN,
        f=lambda X, B, **at: entries(X.T @ B @ X, "kl", at),
        d=lambda X, B, **at: entries(_quadratic_jacobian(X, B), "klij", at),
        verdict=Verdict.WRONG,
        erratum="The second term is printed with delta_ki; it is delta_kj.",
        as_printed=lambda X, B, **at: entries(_printed_jacobian(X, B), "klij", at),
    ),
    Identity(
        number=80,
        section="2.4.2",
        title="Derivative of a quadratic form of matrices by one entry",
        statement=r"\frac{\partial (X^T B X)}{\partial X_{ij}}"
        r" = X^T B J^{ij} + J^{ji} B X, \quad"
        r" (J^{ij})_{kl} = \delta_{ik} \delta_{jl}",
        inputs={**_XB, "i": _INDEX, "j": _INDEX},
        variable="X",
        kind=Kind.JACOBIAN,
        f=lambda X, B, **at: X.T @ B @ X,
        d=lambda X, B, **at: entries(_jacobian_by_entries(X, B), "klij", at),
    ),
    Identity(
        number=81,
        section="2.4.2",
        title="Derivative of a quadratic form",
        statement=r"\frac{\partial x^T B x}{\partial x} = (B + B^T) x",
        inputs={"x": Input(("n",)), "B": Input(("n", "n"))},
        variable="x",
        f=lambda x, B: _form(x, B),
        d=lambda x, B: (B + B.T) @ x,
        second=lambda V, x, B: (B + B.T) @ V,
    ),
    Identity(
        number=82,
        section="2.4.2",
        title="Derivative of a bilinear form of two images",
        statement=r"\frac{\partial b^T X^T D X c}{\partial X}"
        r" = D^T X b c^T + D X c b^T",
        inputs={
            "X": Input(("m", "n")),
            "b": Input(("n",)),
            "c": Input(("n",)),
            "D": Input(("m", "m")),
        },
        variable="X",
        f=lambda X, b, c, D: b @ X.T @ D @ X @ c,
        d=lambda X, b, c, D: np.outer(D.T @ X @ b, c) + np.outer(D @ X @ c, b),
        second=lambda V, X, b, c, D: np.outer(D.T @ V @ b, c) + np.outer(D @ V @ c, b),
    ),
    Identity(
        number=83,
        section="2.4.2",
        title="Derivative of a quadratic form of an affine map by its matrix",
        statement=r"\frac{\partial}{\partial X} (X b + c)^T D (X b + c)"
        r" = (D + D^T) (X b + c) b^T",
        inputs={
            "X": Input(("m", "n")),
            "b": Input(("n",)),
            "c": Input(("m",)),
            "D": Input(("m", "m")),
        },
        variable="X",
        f=lambda X, b, c, D: _form(X @ b + c, D),
        d=lambda X, b, c, D: np.outer((D + D.T) @ (X @ b + c), b),
        second=lambda V, X, b, c, D: np.outer((D + D.T) @ (V @ b), b),
    ),
    Identity(
        number=84,
        section="2.4.2",
        title="Weighted least squares by the signal",
        statement=r"\frac{\partial}{\partial s} (x - A s)^T W (x - A s)"
        r" = -A^T (W + W^T) (x - A s)",
        inputs=_XAS,
        variable="s",
        conditions=_SYMMETRIC_W,
        f=lambda x, A, s, W: _form(x - A @ s, W),
        d=lambda x, A, s, W: -A.T @ (W + W.T) @ (x - A @ s),
        as_printed=lambda x, A, s, W: -2 * A.T @ W @ (x - A @ s),
        outside=_any_weights(_XAS),
        second=lambda V, x, A, s, W: A.T @ (W + W.T) @ A @ V,
    ),
    Identity(
        number=85,
        section="2.4.2",
        title="Weighted squared distance by the first vector",
        statement=r"\frac{\partial}{\partial x} (x - s)^T W (x - s)"
        r" = (W + W^T) (x - s)",
        inputs=_XS,
        variable="x",
        conditions=_SYMMETRIC_W,
        f=lambda x, s, W: _form(x - s, W),
        d=lambda x, s, W: (W + W.T) @ (x - s),
        as_printed=lambda x, s, W: 2 * W @ (x - s),
        outside=_any_weights(_XS),
        second=lambda V, x, s, W: (W + W.T) @ V,
    ),
    Identity(
        number=86,
        section="2.4.2",
        title="Weighted squared distance by the second vector",
        statement=r"\frac{\partial}{\partial s} (x - s)^T W (x - s)"
        r" = -(W + W^T) (x - s)",
        inputs=_XS,
        variable="s",
        conditions=_SYMMETRIC_W,
        f=lambda x, s, W: _form(x - s, W),
        d=lambda x, s, W: -(W + W.T) @ (x - s),
        as_printed=lambda x, s, W: -2 * W @ (x - s),
        outside=_any_weights(_XS),
        second=lambda V, x, s, W: (W + W.T) @ V,
    ),
    Identity(
        number=87,
        section="2.4.2",
        title="Weighted least squares by the target",
        statement=r"\frac{\partial}{\partial x} (x - A s)^T W (x - A s)"
        r" = (W + W^T) (x - A s)",
        inputs=_XAS,
        variable="x",
        conditions=_SYMMETRIC_W,
        f=lambda x, A, s, W: _form(x - A @ s, W),
        d=lambda x, A, s, W: (W + W.T) @ (x - A @ s),
        as_printed=lambda x, A, s, W: 2 * W @ (x - A @ s),
        outside=_any_weights(_XAS),
        second=lambda V, x, A, s, W: (W + W.T) @ V,
    ),
    Identity(
        number=88,
        section="2.4.2",
        title="Weighted least squares by the design",
        statement=r"\frac{\partial}{\partial A} (x - A s)^T W (x - A s)"
        r" = -(W + W^T) (x - A s) s^T",
        inputs=_XAS,
        variable="A",
        conditions=_SYMMETRIC_W,
        f=lambda x, A, s, W: _form(x - A @ s, W),
        d=lambda x, A, s, W: -np.outer((W + W.T) @ (x - A @ s), s),
        as_printed=lambda x, A, s, W: -2 * np.outer(W @ (x - A @ s), s),
        outside=_any_weights(_XAS),
        second=lambda V, x, A, s, W: np.outer((W + W.T) @ (V @ s), s),
    ),
    Identity(
        number=89,
        section="2.4.2",
        title="Squared modulus of a complex error, as in the LMS filter",
        statement=r"\frac{\partial |a - x^H b|^2}{\partial x} = -2 b (a - x^H b)^*"
        r", \quad \frac{\partial}{\partial x}"
        r" = \frac{\partial}{\partial \Re x} + i \frac{\partial}{\partial \Im x}",
        inputs=_LMS,
        variable="x",
        f=lambda a, x, b: abs(a - exact.conj(x) @ b) ** 2,
        d=lambda a, x, b: -2 * b * np.conj(a - np.conj(x) @ b),
        verdict=Verdict.WRONG,
        erratum="The left side is printed as the derivative of (a - x^H b)^2, which"
        " for complex data it is in no convention; it is the gradient"
        " d/dRe + i d/dIm of |a - x^H b|^2. For real data both are the same.",
        f_printed=lambda a, x, b: (a - exact.conj(x) @ b) ** 2,
        outside=lambda rng, size: draw(_LMS, rng, size, complex),
        second=lambda V, a, x, b: 2 * b * (np.conj(b) @ V),
        holomorphic=False,
        real_gradient=True,
    ),
)
