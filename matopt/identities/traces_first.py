"""Sections 2.5, 2.5.1: the trace rule, before (99); linear traces, (99)-(105)."""

from typing import Any

import numpy as np

from matopt.identities import exact
from matopt.identities.identity import Identity, Inputs, Verdict
from matopt.identities.inputs import (
    Condition,
    Input,
    draw,
)
from matopt.identities.matrix_functions import (
    DERIVATIVE,
    frechet,
    matrix_function,
    off_the_branch_cut,
)
from matopt.linalg import Array

_ENTRYWISE = "entrywise "
_RULE = {
    "F": Input(
        kind="name",
        choices=tuple(DERIVATIVE),
        others=tuple(f"{_ENTRYWISE}{name}" for name in ("sin", "cos", "exp")),
    ),
    "X": Input(("n", "n"), "near a multiple of I"),
}
_X = {"X": Input(("m", "n"))}
_SQUARE = {"X": Input(("n", "n"))}
_SAME = {**_X, "A": Input(("m", "n"))}


def _constant(V: Array, **inputs: Any) -> Array:
    """The change of a gradient that does not depend on the variable."""
    return np.zeros_like(V)


def _trace(F: str, X: Array) -> Any:
    """Tr F(X); of F applied to the entries only those on the diagonal matter."""
    if not F.startswith(_ENTRYWISE):
        return np.trace(exact.matrix_function(F, X))
    name = F.removeprefix(_ENTRYWISE)
    entries = [X[i : i + 1, i : i + 1] for i in range(len(X))]
    return sum(exact.matrix_function(name, x)[0, 0] for x in entries)


def _rule_as_printed(F: str, X: Array) -> Array:
    """f(X)^T, with f applied as F is: to the matrix or to its entries."""
    if not F.startswith(_ENTRYWISE):
        return matrix_function(DERIVATIVE[F], X).T
    function: dict[str, Any] = {
        "cos": np.cos,
        "exp": np.exp,
        "-sin": lambda x: -np.sin(x),
    }
    f: Array = function[DERIVATIVE[F.removeprefix(_ENTRYWISE)]](X)
    return f.T


def _of_the_entries(rng: np.random.Generator, size: int) -> Inputs:
    """F applied to the entries; at order 1 that would be the same."""
    F = _RULE["F"].others[int(rng.integers(3))]
    return {**draw({"X": _RULE["X"]}, rng, size + 1, float), "F": F}


def _in_the_domain(inputs: Inputs) -> bool:
    return inputs["F"] not in ("log", "sqrt") or off_the_branch_cut(inputs["X"])


RECORDS: tuple[Identity, ...] = (
    Identity(
        number="98+",
        section="2.5",
        title="Trace of a matrix function",
        statement=r"\frac{\partial}{\partial X} \operatorname{Tr}(F(X)) = f(X)^T,"
        r"\quad f = F'",
        inputs=_RULE,
        variable="X",
        conditions=(
            Condition(
                "F to be a matrix function of X, not a function of its entries",
                lambda inputs: not inputs["F"].startswith(_ENTRYWISE),
                omitted=True,
            ),
            Condition(
                "no eigenvalue of X on the closed negative real axis for log and sqrt",
                _in_the_domain,
            ),
        ),
        verdict=Verdict.CONDITIONAL,
        erratum="The text asks only that F be differentiable by each entry of X. The "
        "rule holds for a matrix function, such as a power series, of a square X; a "
        "function F of the entries has the derivative f(X)^T o I instead.",
        f=_trace,
        d=lambda F, X: matrix_function(DERIVATIVE[F], X).T,
        as_printed=_rule_as_printed,
        outside=_of_the_entries,
        second=lambda V, F, X: frechet(DERIVATIVE[F], X, V).T,
    ),
    Identity(
        number=99,
        section="2.5.1",
        title="Trace",
        statement=r"\frac{\partial}{\partial X} \operatorname{Tr}(X) = I",
        inputs=_SQUARE,
        variable="X",
        f=lambda X: np.trace(X),
        d=lambda X: np.eye(len(X)),
        second=_constant,
    ),
    Identity(
        number=100,
        section="2.5.1",
        title="Trace of a product",
        statement=r"\frac{\partial}{\partial X} \operatorname{Tr}(XA) = A^T",
        inputs={**_X, "A": Input(("n", "m"))},
        variable="X",
        f=lambda X, A: np.trace(X @ A),
        d=lambda X, A: A.T,
        second=_constant,
    ),
    Identity(
        number=101,
        section="2.5.1",
        title="Trace of a product of three",
        statement=r"\frac{\partial}{\partial X} \operatorname{Tr}(AXB) = A^T B^T",
        inputs={**_X, "A": Input(("p", "m")), "B": Input(("n", "p"))},
        variable="X",
        f=lambda X, A, B: np.trace(A @ X @ B),
        d=lambda X, A, B: A.T @ B.T,
        second=_constant,
    ),
    Identity(
        number=102,
        section="2.5.1",
        title="Trace of a product of three with the transpose",
        statement=r"\frac{\partial}{\partial X} \operatorname{Tr}(A X^T B) = BA",
        inputs={**_X, "A": Input(("p", "n")), "B": Input(("m", "p"))},
        variable="X",
        f=lambda X, A, B: np.trace(A @ X.T @ B),
        d=lambda X, A, B: B @ A,
        second=_constant,
    ),
    Identity(
        number=103,
        section="2.5.1",
        title="Inner product with a constant, transpose first",
        statement=r"\frac{\partial}{\partial X} \operatorname{Tr}(X^T A) = A",
        inputs=_SAME,
        variable="X",
        f=lambda X, A: np.trace(X.T @ A),
        d=lambda X, A: A,
        second=_constant,
    ),
    Identity(
        number=104,
        section="2.5.1",
        title="Inner product with a constant, transpose last",
        statement=r"\frac{\partial}{\partial X} \operatorname{Tr}(A X^T) = A",
        inputs=_SAME,
        variable="X",
        f=lambda X, A: np.trace(A @ X.T),
        d=lambda X, A: A,
        second=_constant,
    ),
    Identity(
        number=105,
        section="2.5.1",
        title="Trace of a Kronecker product",
        statement=r"\frac{\partial}{\partial X} \operatorname{Tr}(A \otimes X)"
        r" = \operatorname{Tr}(A) I",
        inputs={**_SQUARE, "A": Input(("p", "p"))},
        variable="X",
        f=lambda X, A: np.trace(np.kron(A, X)),
        d=lambda X, A: np.trace(A) * np.eye(len(X)),
        second=_constant,
    ),
)
