"""Sections 2.8.2-2.8.4: symmetric, diagonal and Toeplitz matrices, (138)-(144).

``derivative`` is by the independent entries: entry (i, j) is the change of f when A_ij
moves, and with it every entry that the structure ties to it. ``projected`` is the
gradient inside the family: the one whose Frobenius inner product with a direction in
the family is the change of f.

(138) is a general rule, shown for f(A) = Tr(B A^2).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from matopt.identities import exact
from matopt.identities.chain_rule import square_gradient
from matopt.identities.identity import Identity, Inputs, Verdict
from matopt.identities.inputs import (
    Input,
    convention,
    draw,
    in_family,
    invertible,
    real,
    symmetric,
)
from matopt.linalg import (
    Array,
    adjugate,
    adjugate_along,
    diagonal_sums,
    toeplitz_matrix,
)
from matopt.spaces import Diagonal, Symmetric, SymmetricToeplitz, Toeplitz

_FREE = Input(("n", "n"))
_TOEPLITZ = Input(("n", "n"), "toeplitz")
_SYMMETRIC = Input(("n", "n"), "symmetric")
_SQUARE = {"A": _SYMMETRIC, "B": _FREE}
_LINEAR = {"A": _FREE, "X": _SYMMETRIC}
_DET = {"X": _SYMMETRIC}
_LOGDET = {"X": Input(("n", "n"), "positive definite")}
_SYMMETRIC_TOEPLITZ = {"A": _FREE, "T": Input(("n", "n"), "symmetric toeplitz")}

_BY_ENTRIES = convention("the derivative by the independent entries")
_ERRATUM = (
    "The text does not say which derivative it means. This one is by the independent "
    "entries, so that {twice}; it is not the gradient matrix for the Frobenius inner "
    "product, which a step in matrix space needs and which is {inside}."
)
_SYMMETRIC_ERRATUM = _ERRATUM.format(
    twice="each pair of entries off the diagonal counts twice",
    inside="(G + G^T)/2, with G the derivative that ignores the structure",
)
_TOEPLITZ_ERRATUM = _ERRATUM.format(
    twice="each lag counts as often as it occurs",
    inside="the mean of A^T over each pair of diagonals",
)


def _larger(
    known: dict[str, Input], by: int = 1
) -> Callable[[np.random.Generator, int], Inputs]:
    """Draw with entries off the diagonal, which tell the derivatives apart."""
    return lambda rng, size: draw(known, rng, size + by, float)


def _constant(V: Array, **inputs: Any) -> Array:
    return np.zeros_like(V)


# (138)-(144)


def _twice(G: Array) -> Array:
    """G + G^T - G o I."""
    D: Array = G + G.T - np.diag(np.diagonal(G))
    return D


def _alpha(A: Array) -> Array:
    """alpha_ij = sum over k - l = j - i of A_kl."""
    return toeplitz_matrix(diagonal_sums(A.T)[::-1], len(A))


def _printed_alpha(A: Array, T: Array) -> Array:
    """(143) as printed: M_ij, and M I_ij, are M without its row i and column j.

    What the dots hide is taken as right, so that only the diagonals next but one to
    the main diagonal differ from ``_alpha``, from n = 4 on.
    """
    n = len(A)
    lags = diagonal_sums(A.T)[::-1].copy()  # by i - j = -(n-1), ..., n-1
    if n > 3:
        M = A.T[1:, :-1]
        lags[n - 1 - 2] = np.trace(_without(M, n - 2, 1))
        lags[n - 1 + 2] = np.trace(_without(M, 1, n - 2))
    return toeplitz_matrix(lags, n)


def _without(M: Array, i: int, j: int) -> Array:
    return np.delete(np.delete(M, i, axis=0), j, axis=1)


RECORDS: tuple[Identity, ...] = (
    Identity(
        number=138,
        section="2.8.2",
        title="Derivative by a symmetric matrix",
        statement=r"\frac{df}{dA} = \left[\frac{\partial f}{\partial A}\right]"
        r" + \left[\frac{\partial f}{\partial A}\right]^T"
        r" - \operatorname{diag}\left[\frac{\partial f}{\partial A}\right]"
        r" \text{ by the entries } A_{ij},\; i \ge j",
        inputs=_SQUARE,
        variable="A",
        note="shown for f(A) = Tr(B A^2)",
        conditions=(real("A", "B"), symmetric("A"), _BY_ENTRIES),
        verdict=Verdict.CONDITIONAL,
        erratum=_SYMMETRIC_ERRATUM,
        f=lambda A, B: np.trace(B @ A @ A),
        d=lambda A, B: _twice(square_gradient(A, B)),
        inside=lambda A, B: Symmetric(len(A)).project(square_gradient(A, B)),
        outside=_larger(_SQUARE),
        second=lambda V, A, B: _twice(square_gradient(V, B)),
        structure=Symmetric,
        holomorphic=False,
    ),
    Identity(
        number=139,
        section="2.8.2",
        title="Trace of a product with a symmetric matrix",
        statement=r"\frac{\partial \operatorname{Tr}(AX)}{\partial X}"
        r" = A + A^T - (A \circ I) \text{ by the entries } X_{ij},\; i \ge j",
        inputs=_LINEAR,
        variable="X",
        conditions=(real("A", "X"), symmetric("X"), _BY_ENTRIES),
        verdict=Verdict.CONDITIONAL,
        erratum=_SYMMETRIC_ERRATUM,
        f=lambda A, X: np.trace(A @ X),
        d=lambda A, X: A + A.T - A * np.eye(len(A)),
        inside=lambda A, X: Symmetric(len(X)).project(A.T),
        outside=_larger(_LINEAR),
        second=_constant,
        structure=Symmetric,
        holomorphic=False,
    ),
    Identity(
        number=140,
        section="2.8.2",
        title="Determinant of a symmetric matrix",
        statement=r"\frac{\partial \det(X)}{\partial X} = 2 \operatorname{adj}(X)"
        r" - \operatorname{adj}(X) \circ I = \det(X) (2 X^{-1} - (X^{-1} \circ I))"
        r" \text{ by the entries } X_{ij},\; i \ge j",
        inputs=_DET,
        variable="X",
        conditions=(real("X"), symmetric("X"), _BY_ENTRIES),
        verdict=Verdict.CONDITIONAL,
        erratum=_SYMMETRIC_ERRATUM,
        f=lambda X: exact.det(X),
        d=lambda X: _twice(adjugate(X)),
        inside=lambda X: Symmetric(len(X)).project(adjugate(X)),
        outside=_larger(_DET),
        second=lambda V, X: _twice(adjugate_along(X, V)),
        structure=Symmetric,
        holomorphic=False,
    ),
    Identity(
        number=141,
        section="2.8.2",
        title="Logarithm of the determinant of a symmetric matrix",
        statement=r"\frac{\partial \ln|\det(X)|}{\partial X}"
        r" = 2 X^{-1} - (X^{-1} \circ I) \text{ by the entries } X_{ij},\; i \ge j",
        inputs=_LOGDET,
        variable="X",
        conditions=(real("X"), symmetric("X"), invertible("X"), _BY_ENTRIES),
        verdict=Verdict.CONDITIONAL,
        erratum=_SYMMETRIC_ERRATUM,
        f=lambda X: exact.log_abs_det(X),
        d=lambda X: _twice(np.linalg.inv(X)),
        inside=lambda X: Symmetric(len(X)).project(np.linalg.inv(X)),
        outside=_larger(_LOGDET),
        second=lambda V, X: _twice(-np.linalg.inv(X) @ V @ np.linalg.inv(X)),
        structure=Symmetric,
        holomorphic=False,
    ),
    Identity(
        number=142,
        section="2.8.3",
        title="Trace of a product with a diagonal matrix",
        statement=r"\frac{\partial \operatorname{Tr}(AX)}{\partial X} = A \circ I",
        inputs={"A": _FREE, "X": Input(("n", "n"), "diagonal")},
        variable="X",
        conditions=(real("A", "X"), in_family("X", "diagonal", Diagonal)),
        f=lambda A, X: np.trace(A @ X),
        d=lambda A, X: A * np.eye(len(A)),
        inside=lambda A, X: Diagonal(len(X)).project(A.T),
        second=_constant,
        structure=Diagonal,
        holomorphic=False,
    ),
    Identity(
        number=143,
        section="2.8.4",
        title="Trace of a product with a Toeplitz matrix",
        statement=r"\frac{\partial \operatorname{Tr}(AT)}{\partial T}"
        r" = \frac{\partial \operatorname{Tr}(TA)}{\partial T} = \alpha(A),"
        r"\quad \alpha(A)_{ij} = \sum_{k - l = j - i} A_{kl}",
        inputs={"A": _FREE, "T": _TOEPLITZ},
        variable="T",
        conditions=(real("A", "T"), in_family("T", "Toeplitz", Toeplitz)),
        verdict=Verdict.WRONG,
        erratum="From n = 4 on the entries between the corners and the diagonals next "
        "to the main one are garbled: Tr([A^T]_1n I_(n-1,2)) stands for the sum of the "
        "second diagonal above the main one of A^T, and is not that sum under any "
        "reading. "
        "Every entry is alpha_ij = sum over k - l = j - i of A_kl.",
        f=lambda A, T: np.trace(A @ T),
        d=lambda A, T: _alpha(A),
        as_printed=_printed_alpha,
        inside=lambda A, T: Toeplitz(len(T)).project(A.T),
        outside=_larger({"A": _FREE, "T": _TOEPLITZ}, by=3),
        second=_constant,
        structure=Toeplitz,
        holomorphic=False,
    ),
    Identity(
        number=144,
        section="2.8.4",
        title="Trace of a product with a symmetric Toeplitz matrix",
        statement=r"\frac{\partial \operatorname{Tr}(AT)}{\partial T}"
        r" = \frac{\partial \operatorname{Tr}(TA)}{\partial T}"
        r" = \alpha(A) + \alpha(A)^T - \alpha(A) \circ I"
        r" \text{ by the entries of the first column}",
        inputs=_SYMMETRIC_TOEPLITZ,
        variable="T",
        conditions=(
            real("A", "T"),
            symmetric("T"),
            in_family("T", "Toeplitz", Toeplitz),
            _BY_ENTRIES,
        ),
        verdict=Verdict.CONDITIONAL,
        erratum=_TOEPLITZ_ERRATUM,
        f=lambda A, T: np.trace(A @ T),
        d=lambda A, T: _twice(_alpha(A)),
        inside=lambda A, T: SymmetricToeplitz(len(T)).project(A.T),
        outside=_larger(_SYMMETRIC_TOEPLITZ),
        second=_constant,
        structure=SymmetricToeplitz,
        holomorphic=False,
    ),
)
