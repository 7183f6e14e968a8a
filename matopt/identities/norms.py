"""Sections 2.6.1 and 2.7.1: the two-norm, (129)-(131), the Frobenius norm, (132)."""

from typing import Any

import numpy as np

from matopt.identities import exact
from matopt.identities.identity import Identity, Inputs, Kind, Verdict
from matopt.identities.inputs import Condition, Input, convention, draw, real
from matopt.linalg import Array

_POINTS = {"x": Input(("n",)), "a": Input(("n",))}
_MATRIX = {"X": Input(("m", "n"))}


_APART = Condition("x != a", lambda inputs: bool(np.any(inputs["x"] != inputs["a"])))


def _distance(x: Array, a: Array) -> Any:
    return exact.sqrt(np.sum((x - a) ** 2))


def _curvature(x: Array, a: Array) -> Array:
    """I/r - (x - a)(x - a)^T/r^3 with r = ||x - a||, (130)."""
    r = np.linalg.norm(x - a)
    u = (x - a) / r
    H: Array = (np.eye(len(x)) - np.outer(u, u)) / r
    return H


def _complex(rng: np.random.Generator, size: int) -> Inputs:
    return draw(_MATRIX, rng, size, complex)


RECORDS: tuple[Identity, ...] = (
    Identity(
        number=129,
        section="2.6.1",
        title="Distance to a point",
        statement=r"\frac{\partial}{\partial x} \|x - a\|_2"
        r" = \frac{x - a}{\|x - a\|_2}",
        inputs=_POINTS,
        variable="x",
        conditions=(real("x", "a"), _APART),
        f=_distance,
        d=lambda x, a: (x - a) / np.linalg.norm(x - a),
        second=lambda V, x, a: _curvature(x, a) @ V,
        holomorphic=False,
    ),
    Identity(
        number=130,
        section="2.6.1",
        title="Unit vector from a point",
        statement=r"\frac{\partial}{\partial x} \frac{x - a}{\|x - a\|_2}"
        r" = \frac{I}{\|x - a\|_2} - \frac{(x - a)(x - a)^T}{\|x - a\|_2^3}",
        inputs=_POINTS,
        variable="x",
        conditions=(real("x", "a"), _APART),
        kind=Kind.JACOBIAN,
        f=lambda x, a: (x - a) / _distance(x, a),
        d=_curvature,
        holomorphic=False,
    ),
    Identity(
        number=131,
        section="2.6.1",
        title="Square of the two-norm",
        statement=r"\frac{\partial \|x\|_2^2}{\partial x}"
        r" = \frac{\partial \|x^T x\|_2}{\partial x} = 2x",
        inputs={"x": Input(("n",))},
        variable="x",
        conditions=(real("x"),),
        f=lambda x: x @ x,
        d=lambda x: 2 * x,
        second=lambda V, x: 2 * V,
        holomorphic=False,
    ),
    Identity(
        number=132,
        section="2.7.1",
        title="Square of the Frobenius norm",
        statement=r"\frac{\partial}{\partial X} \|X\|_F^2"
        r" = \frac{\partial}{\partial X} \operatorname{Tr}(X X^H) = 2X,\quad"
        r" \frac{\partial}{\partial X} = \frac{\partial}{\partial \Re X}"
        r" + i \frac{\partial}{\partial \Im X}",
        inputs=_MATRIX,
        variable="X",
        conditions=(convention("the derivative d/dRe + i d/dIm where X is complex"),),
        verdict=Verdict.CONDITIONAL,
        erratum="For complex X the text does not say which derivative it means: 2X is "
        "d/dRe + i d/dIm = 2 d/dX^*, the direction of steepest ascent. It is not the "
        "complex derivative, which does not exist: df is Re Tr((2X)^H dX), not "
        "Tr((2X)^T dX). For real X the two agree.",
        f=lambda X: np.sum(np.abs(X) ** 2),
        d=lambda X: 2 * X,
        outside=_complex,
        second=lambda V, X: 2 * V,
        holomorphic=False,
        real_gradient=True,
    ),
)
