"""Section 2.4.1: derivatives of first-order forms, (69)-(75)."""

import numpy as np

from matopt.identities.entries import entries
from matopt.identities.identity import Identity, Kind
from matopt.identities.inputs import Input
from matopt.linalg import Array

_INDEX = Input((), "index", optional=True)


def _zero(V: Array, **_: object) -> Array:
    """The second derivative of a linear form."""
    return np.zeros_like(V)


def _itself(X: Array) -> Array:
    """dX_kl / dX_ij = delta_ki delta_lj."""
    m, n = X.shape
    D: Array = np.einsum("ki,lj->klij", np.eye(m), np.eye(n))
    return D


RECORDS: tuple[Identity, ...] = (
    Identity(
        number=69,
        section="2.4.1",
        title="Derivative of an inner product",
        statement=r"\frac{\partial x^T a}{\partial x}"
        r" = \frac{\partial a^T x}{\partial x} = a",
        inputs={"x": Input(("n",)), "a": Input(("n",))},
        variable="x",
        f=lambda x, a: x @ a,
        d=lambda x, a: a,
        second=_zero,
    ),
    Identity(
        number=70,
        section="2.4.1",
        title="Derivative of a bilinear form by its matrix",
        statement=r"\frac{\partial a^T X b}{\partial X} = a b^T",
        inputs={"X": Input(("m", "n")), "a": Input(("m",)), "b": Input(("n",))},
        variable="X",
        f=lambda X, a, b: a @ X @ b,
        d=lambda X, a, b: np.outer(a, b),
        second=_zero,
    ),
    Identity(
        number=71,
        section="2.4.1",
        title="Derivative of a bilinear form by its transposed matrix",
        statement=r"\frac{\partial a^T X^T b}{\partial X} = b a^T",
        inputs={"X": Input(("m", "n")), "a": Input(("n",)), "b": Input(("m",))},
        variable="X",
        f=lambda X, a, b: a @ X.T @ b,
        d=lambda X, a, b: np.outer(b, a),
        second=_zero,
    ),
    Identity(
        number=72,
        section="2.4.1",
        title="Derivative of a quadratic form by its matrix",
        statement=r"\frac{\partial a^T X a}{\partial X}"
        r" = \frac{\partial a^T X^T a}{\partial X} = a a^T",
        inputs={"X": Input(("n", "n")), "a": Input(("n",))},
        variable="X",
        f=lambda X, a: a @ X @ a,
        d=lambda X, a: np.outer(a, a),
        second=_zero,
    ),
    Identity(
        number=73,
        section="2.4.1",
        title="Derivative of a matrix by one of its entries",
        statement=r"\frac{\partial X}{\partial X_{ij}} = J^{ij}",
        inputs={"X": Input(("m", "n")), "i": _INDEX, "j": _INDEX},
        variable="X",
        kind=Kind.JACOBIAN,
        f=lambda X, **at: X,
        d=lambda X, **at: entries(_itself(X), "klij", at),
    ),
    Identity(
        number=74,
        section="2.4.1",
        title="Derivative of a product by its left factor",
        statement=r"\frac{\partial (X A)_{ij}}{\partial X_{mn}}"
        r" = \delta_{im} A_{nj} = (J^{mn} A)_{ij}",
        inputs={
            "X": Input(("p", "q")),
            "A": Input(("q", "r")),
            **dict.fromkeys("ijmn", _INDEX),
        },
        variable="X",
        kind=Kind.JACOBIAN,
        f=lambda X, A, **at: entries(X @ A, "ij", at),
        d=lambda X, A, **at: entries(
            np.einsum("im,nj->ijmn", np.eye(len(X)), A), "ijmn", at
        ),
    ),
    Identity(
        number=75,
        section="2.4.1",
        title="Derivative of a product by its transposed left factor",
        statement=r"\frac{\partial (X^T A)_{ij}}{\partial X_{mn}}"
        r" = \delta_{in} A_{mj} = (J^{nm} A)_{ij}",
        inputs={
            "X": Input(("p", "q")),
            "A": Input(("p", "r")),
            **dict.fromkeys("ijmn", _INDEX),
        },
        variable="X",
        kind=Kind.JACOBIAN,
        f=lambda X, A, **at: entries(X.T @ A, "ij", at),
        d=lambda X, A, **at: entries(
            np.einsum("in,mj->ijmn", np.eye(X.shape[1]), A), "ijmn", at
        ),
    ),
)
