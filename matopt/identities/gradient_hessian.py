"""Section 2.4.4: the gradient and the Hessian of a quadratic function, (96)-(98)."""

from matopt.identities.identity import Identity, Kind, Verdict
from matopt.identities.inputs import Input
from matopt.linalg import Array

_INPUTS = {"x": Input(("n",)), "A": Input(("n", "n")), "b": Input(("n",))}


def _f(x: Array, A: Array, b: Array) -> Array:
    value: Array = x @ A @ x + b @ x
    return value


def _gradient(x: Array, A: Array, b: Array) -> Array:
    g: Array = (A + A.T) @ x + b
    return g


def _along(V: Array, x: Array, A: Array, b: Array) -> Array:
    H: Array = (A + A.T) @ V
    return H


RECORDS: tuple[Identity, ...] = (
    Identity(
        number=96,
        section="2.4.4",
        title="A quadratic function: the definition of f in (97) and (98)",
        statement=r"f = x^T A x + b^T x",
        inputs=_INPUTS,
        variable="x",
        f=_f,
        d=_gradient,
        second=_along,
        verdict=Verdict.NOTATION,
        erratum="It defines f and states no derivative; the record's is (97).",
    ),
    Identity(
        number=97,
        section="2.4.4",
        title="Gradient of a quadratic function",
        statement=r"\nabla_x f = \frac{\partial f}{\partial x} = (A + A^T) x + b",
        inputs=_INPUTS,
        variable="x",
        f=_f,
        d=_gradient,
        second=_along,
    ),
    Identity(
        number=98,
        section="2.4.4",
        title="Hessian of a quadratic function",
        statement=r"\frac{\partial^2 f}{\partial x \partial x^T} = A + A^T",
        inputs=_INPUTS,
        variable="x",
        kind=Kind.HESSIAN,
        f=_f,
        d=lambda x, A, b: A + A.T,
    ),
)
