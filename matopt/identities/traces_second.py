"""Section 2.5.2: traces of the second order, (106)-(120)."""

import numpy as np

from matopt.identities.identity import Identity
from matopt.identities.inputs import Input

_X = {"X": Input(("m", "n"))}
_SQUARE = {"X": Input(("n", "n"))}
_LEFT = {**_X, "B": Input(("m", "m"))}
_RIGHT = {**_X, "B": Input(("n", "n"))}

RECORDS: tuple[Identity, ...] = (
    Identity(
        number=106,
        section="2.5.2",
        title="Trace of a square",
        statement=r"\frac{\partial}{\partial X} \operatorname{Tr}(X^2) = 2 X^T",
        inputs=_SQUARE,
        variable="X",
        f=lambda X: np.trace(X @ X),
        d=lambda X: 2 * X.T,
        second=lambda V, X: 2 * V.T,
    ),
    Identity(
        number=107,
        section="2.5.2",
        title="Trace of a square times a constant",
        statement=r"\frac{\partial}{\partial X} \operatorname{Tr}(X^2 B)"
        r" = (XB + BX)^T",
        inputs={**_SQUARE, "B": Input(("n", "n"))},
        variable="X",
        f=lambda X, B: np.trace(X @ X @ B),
        d=lambda X, B: (X @ B + B @ X).T,
        second=lambda V, X, B: (V @ B + B @ V).T,
    ),
    Identity(
        number=108,
        section="2.5.2",
        title="Trace of a quadratic form in the columns",
        statement=r"\frac{\partial}{\partial X} \operatorname{Tr}(X^T B X)"
        r" = BX + B^T X",
        inputs=_LEFT,
        variable="X",
        f=lambda X, B: np.trace(X.T @ B @ X),
        d=lambda X, B: B @ X + B.T @ X,
        second=lambda V, X, B: B @ V + B.T @ V,
    ),
    Identity(
        number=109,
        section="2.5.2",
        title="Trace of a quadratic form in the columns, constant first",
        statement=r"\frac{\partial}{\partial X} \operatorname{Tr}(B X X^T)"
        r" = BX + B^T X",
        inputs=_LEFT,
        variable="X",
        f=lambda X, B: np.trace(B @ X @ X.T),
        d=lambda X, B: B @ X + B.T @ X,
        second=lambda V, X, B: B @ V + B.T @ V,
    ),
    Identity(
        number=110,
        section="2.5.2",
        title="Trace of a quadratic form in the columns, constant last",
        statement=r"\frac{\partial}{\partial X} \operatorname{Tr}(X X^T B)"
        r" = BX + B^T X",
        inputs=_LEFT,
        variable="X",
        f=lambda X, B: np.trace(X @ X.T @ B),
        d=lambda X, B: B @ X + B.T @ X,
        second=lambda V, X, B: B @ V + B.T @ V,
    ),
    Identity(
        number=111,
        section="2.5.2",
        title="Trace of a quadratic form in the rows",
        statement=r"\frac{\partial}{\partial X} \operatorname{Tr}(X B X^T)"
        r" = X B^T + XB",
        inputs=_RIGHT,
        variable="X",
        f=lambda X, B: np.trace(X @ B @ X.T),
        d=lambda X, B: X @ B.T + X @ B,
        second=lambda V, X, B: V @ B.T + V @ B,
    ),
    Identity(
        number=112,
        section="2.5.2",
        title="Trace of a quadratic form in the rows, constant first",
        statement=r"\frac{\partial}{\partial X} \operatorname{Tr}(B X^T X)"
        r" = X B^T + XB",
        inputs=_RIGHT,
        variable="X",
        f=lambda X, B: np.trace(B @ X.T @ X),
        d=lambda X, B: X @ B.T + X @ B,
        second=lambda V, X, B: V @ B.T + V @ B,
    ),
    Identity(
        number=113,
        section="2.5.2",
        title="Trace of a quadratic form in the rows, constant last",
        statement=r"\frac{\partial}{\partial X} \operatorname{Tr}(X^T X B)"
        r" = X B^T + XB",
        inputs=_RIGHT,
        variable="X",
        f=lambda X, B: np.trace(X.T @ X @ B),
        d=lambda X, B: X @ B.T + X @ B,
        second=lambda V, X, B: V @ B.T + V @ B,
    ),
    Identity(
        number=114,
        section="2.5.2",
        title="Trace of a product with the variable twice",
        statement=r"\frac{\partial}{\partial X} \operatorname{Tr}(AXBX)"
        r" = A^T X^T B^T + B^T X^T A^T",
        inputs={**_X, "A": Input(("n", "m")), "B": Input(("n", "m"))},
        variable="X",
        f=lambda X, A, B: np.trace(A @ X @ B @ X),
        d=lambda X, A, B: A.T @ X.T @ B.T + B.T @ X.T @ A.T,
        second=lambda V, X, A, B: A.T @ V.T @ B.T + B.T @ V.T @ A.T,
    ),
    Identity(
        number=115,
        section="2.5.2",
        title="Sum of the squares of the entries",
        statement=r"\frac{\partial}{\partial X} \operatorname{Tr}(X^T X)"
        r" = \frac{\partial}{\partial X} \operatorname{Tr}(X X^T) = 2X",
        inputs=_X,
        variable="X",
        f=lambda X: np.trace(X.T @ X),
        d=lambda X: 2 * X,
        second=lambda V, X: 2 * V,
    ),
    Identity(
        number=116,
        section="2.5.2",
        title="Trace of a quadratic form in a product",
        statement=r"\frac{\partial}{\partial X} \operatorname{Tr}(B^T X^T C X B)"
        r" = C^T X B B^T + C X B B^T",
        inputs={**_X, "B": Input(("n", "p")), "C": Input(("m", "m"))},
        variable="X",
        f=lambda X, B, C: np.trace(B.T @ X.T @ C @ X @ B),
        d=lambda X, B, C: (C.T @ X @ B + C @ X @ B) @ B.T,
        second=lambda V, X, B, C: (C.T @ V @ B + C @ V @ B) @ B.T,
    ),
    Identity(
        number=117,
        section="2.5.2",
        title="Trace of a bilinear form in rows and columns",
        statement=r"\frac{\partial}{\partial X} \operatorname{Tr}[X^T B X C]"
        r" = BXC + B^T X C^T",
        inputs={**_X, "B": Input(("m", "m")), "C": Input(("n", "n"))},
        variable="X",
        f=lambda X, B, C: np.trace(X.T @ B @ X @ C),
        d=lambda X, B, C: B @ X @ C + B.T @ X @ C.T,
        second=lambda V, X, B, C: B @ V @ C + B.T @ V @ C.T,
    ),
    Identity(
        number=118,
        section="2.5.2",
        title="Trace of a quadratic form between constants",
        statement=r"\frac{\partial}{\partial X} \operatorname{Tr}(A X B X^T C)"
        r" = A^T C^T X B^T + C A X B",
        inputs={
            **_X,
            "A": Input(("p", "m")),
            "B": Input(("n", "n")),
            "C": Input(("m", "p")),
        },
        variable="X",
        f=lambda X, A, B, C: np.trace(A @ X @ B @ X.T @ C),
        d=lambda X, A, B, C: A.T @ C.T @ X @ B.T + C @ A @ X @ B,
        second=lambda V, X, A, B, C: A.T @ C.T @ V @ B.T + C @ A @ V @ B,
    ),
    Identity(
        number=119,
        section="2.5.2",
        title="Sum of the squares of a residual",
        statement=r"\frac{\partial}{\partial X} \operatorname{Tr}[(AXB + C)"
        r"(AXB + C)^T] = 2 A^T (AXB + C) B^T",
        inputs={
            **_X,
            "A": Input(("p", "m")),
            "B": Input(("n", "q")),
            "C": Input(("p", "q")),
        },
        variable="X",
        f=lambda X, A, B, C: np.sum((A @ X @ B + C) ** 2),
        d=lambda X, A, B, C: 2 * A.T @ (A @ X @ B + C) @ B.T,
        second=lambda V, X, A, B, C: 2 * A.T @ A @ V @ B @ B.T,
    ),
    Identity(
        number=120,
        section="2.5.2",
        title="Trace of a Kronecker square",
        statement=r"\frac{\partial}{\partial X} \operatorname{Tr}(X \otimes X)"
        r" = \frac{\partial}{\partial X} \operatorname{Tr}(X) \operatorname{Tr}(X)"
        r" = 2 \operatorname{Tr}(X) I",
        inputs=_SQUARE,
        variable="X",
        f=lambda X: np.trace(np.kron(X, X)),
        d=lambda X: 2 * np.trace(X) * np.eye(len(X)),
        second=lambda V, X: 2 * np.trace(V) * np.eye(len(X)),
    ),
)
