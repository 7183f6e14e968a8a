"""Sections 2.8 and 2.8.1: structured derivatives and the chain rule, (133)-(137).

They are general rules, shown here for f(A) = Tr(B A^2) with a Toeplitz A, and for
g(U) = Tr(B U^2) with U = X^T X.
"""

from typing import Any

import numpy as np

from matopt.identities.entries import entry
from matopt.identities.identity import Identity, Kind, Verdict
from matopt.identities.inputs import (
    Input,
    in_family,
    real,
)
from matopt.linalg import Array, single_entry
from matopt.spaces import Toeplitz

_INDEX = Input(kind="index", optional=True)
_INDICES = {"i": _INDEX, "j": _INDEX}
_FREE = Input(("n", "n"))
_TOEPLITZ = Input(("n", "n"), "toeplitz")
_CHAIN = {"X": Input(("m", "n")), "B": _FREE, **_INDICES}
_SHOWN = "shown for U = X^T X and g(U) = Tr(B U^2)"


# (133), (134)


def _structure_matrices(n: int) -> Array:
    """S[k, l, i, j] = dA_kl / dA_ij of a Toeplitz A: one where k - l = i - j."""
    k, l, i, j = np.indices((n, n, n, n))
    return np.where(k - l == i - j, 1.0, 0.0)


def square_gradient(A: Array, B: Array) -> Array:
    """The unstructured gradient of Tr(B A^2), (107); linear in A."""
    G: Array = (A @ B + B @ A).T
    return G


def _by_structure(A: Array, B: Array) -> Array:
    G, S = square_gradient(A, B), _structure_matrices(len(A))
    D: Array = np.einsum("kl,klij->ij", G, S)
    return D


# (135)-(137): U = X^T X, g = Tr(B U^2)


def _chain_function(X: Array, B: Array, **indices: int) -> Any:
    U = X.T @ X
    return np.trace(B @ U @ U)


def _chain_gradient(X: Array, B: Array) -> Array:
    P = square_gradient(X.T @ X, B)
    D: Array = X @ (P + P.T)
    return D


def _chain_sums(X: Array, B: Array) -> Array:
    """(136), with dU_kl/dX_ij = delta_kj X_il + delta_lj X_ik."""
    P, eye = square_gradient(X.T @ X, B), np.eye(X.shape[1])
    dU = np.einsum("kj,il->klij", eye, X) + np.einsum("lj,ik->klij", eye, X)
    D: Array = np.einsum("kl,klij->ij", P, dU)
    return D


def _chain_traces(X: Array, B: Array) -> Array:
    """(137), with dU/dX_ij = J^ji X + X^T J^ij."""
    P = square_gradient(X.T @ X, B)
    D = np.empty_like(X)
    for i, j in np.ndindex(X.shape):
        dU = X.T @ single_entry(i, j, *X.shape)
        D[i, j] = np.trace(P.T @ (dU + dU.T))
    return D


def _chain_along(
    V: Array, X: Array, B: Array, i: int | None = None, j: int | None = None
) -> Any:
    U, dU = X.T @ X, V.T @ X + X.T @ V
    P, dP = square_gradient(U, B), square_gradient(dU, B)
    return entry(V @ (P + P.T) + X @ (dP + dP.T), i, j)


RECORDS: tuple[Identity, ...] = (
    Identity(
        number=133,
        section="2.8",
        title="Derivative by an entry of a structured matrix",
        statement=r"\frac{df}{dA_{ij}} = \sum_{kl} \frac{\partial f}{\partial A_{kl}}"
        r" \frac{\partial A_{kl}}{\partial A_{ij}} = \operatorname{Tr}\left[ \left["
        r"\frac{\partial f}{\partial A}\right]^T \frac{\partial A}{\partial A_{ij}}"
        r"\right]",
        inputs={"A": _TOEPLITZ, "B": _FREE, **_INDICES},
        variable="A",
        note="shown for f(A) = Tr(B A^2) with a Toeplitz A",
        conditions=(real("A", "B"), in_family("A", "Toeplitz", Toeplitz)),
        f=lambda A, B, i=None, j=None: np.trace(B @ A @ A),
        d=lambda A, B, i=None, j=None: entry(_by_structure(A, B), i, j),
        inside=lambda A, B, i=None, j=None: entry(
            Toeplitz(len(A)).project(square_gradient(A, B)), i, j
        ),
        second=lambda V, A, B, i=None, j=None: entry(_by_structure(V, B), i, j),
        structure=Toeplitz,
        holomorphic=False,
    ),
    Identity(
        number=134,
        section="2.8",
        title="Structure matrix",
        statement=r"\frac{\partial A}{\partial A_{ij}} = S^{ij}",
        inputs={"A": _TOEPLITZ, **_INDICES},
        variable="A",
        note="shown for a Toeplitz A",
        conditions=(real("A"), in_family("A", "Toeplitz", Toeplitz)),
        kind=Kind.JACOBIAN,
        f=lambda A, i=None, j=None: A,
        d=lambda A, i=None, j=None: entry(
            _structure_matrices(len(A)), None, None, i, j
        ),
        structure=Toeplitz,
        holomorphic=False,
    ),
    Identity(
        number=135,
        section="2.8.1",
        title="Function of a function of a matrix",
        statement=r"\frac{\partial g(U)}{\partial X}"
        r" = \frac{\partial g(f(X))}{\partial X}, \quad U = f(X)",
        inputs=_CHAIN,
        variable="X",
        note=_SHOWN,
        f=_chain_function,
        d=lambda X, B, i=None, j=None: entry(_chain_gradient(X, B), i, j),
        second=_chain_along,
    ),
    Identity(
        number=136,
        section="2.8.1",
        title="Chain rule as a sum",
        statement=r"\left[\frac{\partial g(U)}{\partial X}\right]_{ij}"
        r" = \frac{\partial g(U)}{\partial x_{ij}} = \sum_{k=1}^M \sum_{l=1}^N"
        r" \frac{\partial g(U)}{\partial u_{kl}}"
        r" \frac{\partial u_{kl}}{\partial x_{ij}}",
        inputs=_CHAIN,
        variable="X",
        note=_SHOWN,
        verdict=Verdict.NOTATION,
        erratum="The first sign of equality is printed between a matrix and its entry "
        "(i, j); its left side should have the indices.",
        f=_chain_function,
        d=lambda X, B, i=None, j=None: entry(_chain_sums(X, B), i, j),
        second=_chain_along,
    ),
    Identity(
        number=137,
        section="2.8.1",
        title="Chain rule as a trace",
        statement=r"\frac{\partial g(U)}{\partial X_{ij}} = \operatorname{Tr}\left["
        r"\left(\frac{\partial g(U)}{\partial U}\right)^T"
        r" \frac{\partial U}{\partial X_{ij}}\right]",
        inputs=_CHAIN,
        variable="X",
        note=_SHOWN,
        f=_chain_function,
        d=lambda X, B, i=None, j=None: entry(_chain_traces(X, B), i, j),
        second=_chain_along,
    ),
)
