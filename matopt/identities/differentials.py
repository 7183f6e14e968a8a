"""Section 2: the derivative of an entry, (32), and rules for differentials, (33)-(45).

Right sides of (33)-(45) are the differential itself, with dX, dY among the inputs.
"""

from typing import Any

import numpy as np

from matopt.identities import exact
from matopt.identities.entries import entry
from matopt.identities.identity import Identity, Kind, Verdict
from matopt.identities.inputs import (
    Condition,
    Input,
    draw,
    invertible,
)
from matopt.linalg import Array, adjugate, adjugate_along

_SQUARE = {"X": Input(("n", "n")), "dX": Input(("n", "n"))}
_INVERTIBLE = {"X": Input(("n", "n"), "invertible"), "dX": Input(("n", "n"))}
_RECTANGULAR = {"X": Input(("m", "n")), "dX": Input(("m", "n"))}
_SAME_SHAPE = _RECTANGULAR | {"Y": Input(("m", "n")), "dY": Input(("m", "n"))}
_FACTORS = _RECTANGULAR | {"Y": Input(("n", "p")), "dY": Input(("n", "p"))}
_ANY_SHAPES = _RECTANGULAR | {"Y": Input(("p", "q")), "dY": Input(("p", "q"))}
_SCALED = {"alpha": Input(), "X": Input(("m", "n"))} | {
    "dalpha": Input(default=0.0),
    "dX": Input(("m", "n")),
}
_INDICES = {letter: Input((), "index", optional=True) for letter in "klij"}

_CONSTANT_FACTOR = Condition(
    "a constant alpha", lambda inputs: inputs["dalpha"] == 0, omitted=True, general=True
)


def _inverse_change(X: Array, dX: Array) -> Array:
    W = np.linalg.inv(X)
    change: Array = -W @ dX @ W
    return change


def _det_change(X: Array, dX: Array) -> Any:
    """Tr(adj(X) dX), which is det(X) Tr(X^-1 dX) where X is invertible."""
    return np.sum(adjugate(X).T * dX)


def _logdet_hessp(V: Array, X: Array, dX: Array) -> Array:
    Y = np.linalg.inv(X).T
    H: Array = -Y @ V.T @ Y
    return H


RECORDS: tuple[Identity, ...] = (
    Identity(
        number=32,
        section="2",
        title="Derivative of an entry of a matrix without structure",
        statement=r"\frac{\partial X_{kl}}{\partial X_{ij}} = \delta_{ik}\delta_{lj}",
        inputs={"X": Input(("m", "n"))} | _INDICES,
        variable="X",
        kind=Kind.JACOBIAN,
        f=lambda X, k=None, l=None, i=None, j=None: entry(X, k, l),
        d=lambda X, k=None, l=None, i=None, j=None: entry(
            np.einsum("ki,lj->klij", np.eye(X.shape[0]), np.eye(X.shape[1])), k, l, i, j
        ),
    ),
    Identity(
        number=33,
        section="2",
        title="Differential of a constant",
        statement=r"\partial A = 0",
        inputs={
            "A": Input(("m", "n")),
            "X": Input(("m", "n"), default=0.0),
            "dX": Input(("m", "n"), default=0.0),
        },
        variable="X",
        kind=Kind.DIFFERENTIAL,
        f=lambda A, X, dX: A,
        d=lambda A, X, dX: np.zeros_like(A),
    ),
    Identity(
        number=34,
        section="2",
        title="Differential of a multiple",
        statement=r"\partial(\alpha X) = (\partial\alpha) X + \alpha\, \partial X",
        inputs=_SCALED,
        variable="alpha X",
        conditions=(_CONSTANT_FACTOR,),
        kind=Kind.DIFFERENTIAL,
        f=lambda alpha, X, dalpha, dX: alpha * X,
        d=lambda alpha, X, dalpha, dX: dalpha * X + alpha * dX,
        verdict=Verdict.CONDITIONAL,
        erratum="It is printed as alpha dX, which needs a constant alpha, a hypothesis"
        " that the text omits; in general it is (d alpha) X + alpha dX.",
        as_printed=lambda alpha, X, dalpha, dX: alpha * dX,
        outside=lambda rng, size: draw(_SCALED, rng, size, float),
    ),
    Identity(
        number=35,
        section="2",
        title="Differential of a sum",
        statement=r"\partial(X + Y) = \partial X + \partial Y",
        inputs=_SAME_SHAPE,
        variable="X Y",
        kind=Kind.DIFFERENTIAL,
        f=lambda X, Y, dX, dY: X + Y,
        d=lambda X, Y, dX, dY: dX + dY,
    ),
    Identity(
        number=36,
        section="2",
        title="Differential of a trace",
        statement=r"\partial(\operatorname{Tr}(X)) = \operatorname{Tr}(\partial X)",
        inputs=_SQUARE,
        variable="X",
        kind=Kind.DIFFERENTIAL,
        f=lambda X, dX: np.trace(X),
        d=lambda X, dX: np.trace(dX),
        second=lambda V, X, dX: np.zeros_like(V * X),
    ),
    Identity(
        number=37,
        section="2",
        title="Differential of a product",
        statement=r"\partial(XY) = (\partial X) Y + X (\partial Y)",
        inputs=_FACTORS,
        variable="X Y",
        kind=Kind.DIFFERENTIAL,
        f=lambda X, Y, dX, dY: X @ Y,
        d=lambda X, Y, dX, dY: dX @ Y + X @ dY,
    ),
    Identity(
        number=38,
        section="2",
        title="Differential of a product by entries",
        statement=r"\partial(X \circ Y) = (\partial X) \circ Y + X \circ (\partial Y)",
        inputs=_SAME_SHAPE,
        variable="X Y",
        kind=Kind.DIFFERENTIAL,
        f=lambda X, Y, dX, dY: X * Y,
        d=lambda X, Y, dX, dY: dX * Y + X * dY,
    ),
    Identity(
        number=39,
        section="2",
        title="Differential of a Kronecker product",
        statement=r"\partial(X \otimes Y)"
        r" = (\partial X) \otimes Y + X \otimes (\partial Y)",
        inputs=_ANY_SHAPES,
        variable="X Y",
        kind=Kind.DIFFERENTIAL,
        f=lambda X, Y, dX, dY: np.kron(X, Y),
        d=lambda X, Y, dX, dY: np.kron(dX, Y) + np.kron(X, dY),
    ),
    Identity(
        number=40,
        section="2",
        title="Differential of an inverse",
        statement=r"\partial(X^{-1}) = -X^{-1} (\partial X) X^{-1}",
        inputs=_INVERTIBLE,
        variable="X",
        kind=Kind.DIFFERENTIAL,
        conditions=(invertible("X"),),
        f=lambda X, dX: exact.inv(X),
        d=_inverse_change,
    ),
    Identity(
        number=41,
        section="2",
        title="Differential of a determinant",
        statement=r"\partial(\det(X))"
        r" = \operatorname{Tr}(\operatorname{adj}(X)\, \partial X)",
        inputs=_SQUARE,
        variable="X",
        kind=Kind.DIFFERENTIAL,
        f=lambda X, dX: exact.det(X),
        d=_det_change,
        second=lambda V, X, dX: adjugate_along(X, V).T,
    ),
    Identity(
        number=42,
        section="2",
        title="Differential of a determinant, by the inverse",
        statement=r"\partial(\det(X)) = \det(X) \operatorname{Tr}(X^{-1} \partial X)"
        r" = \operatorname{Tr}(\operatorname{adj}(X)\, \partial X)",
        inputs=_SQUARE,
        variable="X",
        kind=Kind.DIFFERENTIAL,
        f=lambda X, dX: exact.det(X),
        d=_det_change,
        second=lambda V, X, dX: adjugate_along(X, V).T,
    ),
    Identity(
        number=43,
        section="2",
        title="Differential of the logarithm of a determinant",
        statement=r"\partial(\ln(\det(X))) = \operatorname{Tr}(X^{-1} \partial X)",
        inputs=_INVERTIBLE,
        variable="X",
        kind=Kind.DIFFERENTIAL,
        conditions=(invertible("X"),),
        f=lambda X, dX: exact.log_det(X),
        d=lambda X, dX: np.trace(np.linalg.solve(X, dX)),
        second=_logdet_hessp,
    ),
    Identity(
        number=44,
        section="2",
        title="Differential of a transpose",
        statement=r"\partial X^T = (\partial X)^T",
        inputs=_RECTANGULAR,
        variable="X",
        kind=Kind.DIFFERENTIAL,
        f=lambda X, dX: X.T,
        d=lambda X, dX: dX.T,
    ),
    Identity(
        number=45,
        section="2",
        title="Differential of a conjugate transpose",
        statement=r"\partial X^H = (\partial X)^H",
        inputs=_RECTANGULAR,
        variable="X",
        kind=Kind.DIFFERENTIAL,
        f=lambda X, dX: exact.conj(X).T,
        d=lambda X, dX: dX.conj().T,
        holomorphic=False,
        real_gradient=True,
    ),
)
