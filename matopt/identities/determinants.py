"""Section 2.1: derivatives of a determinant, (46)-(58)."""

import numpy as np

from matopt.identities import exact
from matopt.identities.identity import Identity
from matopt.identities.inputs import Input, invertible
from matopt.linalg import Array, adjugate

_SQUARE = {"X": Input(("n", "n"))}
_INVERTIBLE = {"X": Input(("n", "n"), "invertible")}


def _det_hessp(V: Array, X: Array) -> Array:
    """d adj(X)^T along V: det(X) (tr(Y^T V) Y - Y V^T Y) with Y = X^-T."""
    Y = np.linalg.inv(X).T
    H: Array = np.linalg.det(X) * (np.sum(Y * V) * Y - Y @ V.T @ Y)
    return H


RECORDS = (
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
        number=57,
        section="2.1.4",
        title="Derivative of the logarithm of a determinant",
        statement=r"\frac{\partial \ln|\det(X)|}{\partial X} = X^{-T}",
        inputs=_INVERTIBLE,
        variable="X",
        conditions=(invertible("X"),),
        f=lambda X: exact.log(exact.det(X) ** 2) / 2,
        d=lambda X: np.linalg.inv(X).T,
        second=lambda V, X: -np.linalg.inv(X).T @ V.T @ np.linalg.inv(X).T,
    ),
)
