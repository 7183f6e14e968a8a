"""One equation of the chapter: what it states, when it holds, and how to compute it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from matopt.identities.inputs import (
    Condition,
    Input,
    check_inputs,
    draw,
)
from matopt.linalg import Array
from matopt.spaces import Seed, Structure, generator

if TYPE_CHECKING:
    from matopt.identities.verify import Verification

Inputs: TypeAlias = dict[str, Any]
Function: TypeAlias = Callable[..., Any]


class Verdict(Enum):
    """What the numbers say of an equation as it is printed."""

    HOLDS = "holds as printed"
    CONDITIONAL = "holds under a condition that the text omits"
    WRONG = "wrong as printed"
    NOTATION = "notation or a definition"

    def __str__(self) -> str:
        return self.value


class Kind(Enum):
    """What kind of object the derivative is, and so how it pairs with a direction V."""

    GRADIENT = "gradient"  # of the variable's shape: df = sum of D_ij V_ij
    JACOBIAN = "jacobian"  # the function's indices, then the variable's
    HESSIAN = "hessian"  # by the variable twice: d2f = sum of D_ij V_i W_j
    DIFFERENTIAL = "differential"  # the change itself, with dX among the inputs
    RELATION = "relation"  # left(gradient, **inputs) = derivative(**inputs)


class ConditionError(ValueError):
    """An input is outside the conditions of an equation; the message names which."""


@dataclass(frozen=True, eq=False)
class Identity:
    """A record of one equation.

    ``function`` is what is differentiated, ``derivative`` the right side, corrected,
    and ``printed`` the right side as the source prints it. All take the chapter's
    letters as keywords. Matrices may be complex where ``holomorphic``: formulas
    without conjugation hold as complex derivatives.

    The functions of a record must not check their inputs: the methods do.
    """

    number: int | str
    section: str
    title: str
    statement: str  # LaTeX, corrected
    inputs: Mapping[str, Input]
    variable: str  # differentiated by this letter, or letters separated by spaces
    f: Function  # also of object arrays of mpmath numbers: see matopt.identities.exact
    d: Function  # the corrected right side
    kind: Kind = Kind.GRADIENT
    conditions: tuple[Condition, ...] = ()
    verdict: Verdict = Verdict.HOLDS
    erratum: str = ""
    as_printed: Function | None = None  # where it differs from d
    second: Function | None = None  # (V, **inputs) -> d/dt derivative(variable + t V)
    inside: Function | None = None  # the gradient inside the family, (138)-(144)
    outside: Callable[[np.random.Generator, int], Inputs] | None = None
    f_printed: Function | None = None  # the left side, where the fault is there
    holomorphic: bool = True
    structure: Callable[[int], Structure] | None = None  # the variable's family by n
    left: Function | None = None  # (gradient of f by entries, **inputs), of a RELATION
    real_gradient: bool = False  # complex convention: d/dRe + i d/dIm
    note: str = ""  # what the letters stand for, or the functions it is shown for

    def __repr__(self) -> str:
        return f"<({self.number}) {self.title}: {self.verdict}>"

    def __rich__(self) -> Any:
        from rich.panel import Panel
        from rich.text import Text

        return Panel(Text(self.text()), title=f"({self.number})", expand=False)

    def _repr_latex_(self) -> str:
        return f"$$\\displaystyle {self.statement} \\tag{{{self.number}}}$$"

    def text(self) -> str:
        """The record for a reader: statement, conditions, verdict, erratum."""
        lines = [f"({self.number}) {self.title}   [section {self.section}]"]
        lines += ["", f"  {self.statement}", ""]
        letters = (f"{n} {known}" for n, known in self.inputs.items())
        lines.append(f"inputs:     {', '.join(letters)}")
        if self.note:
            lines.append(f"where:      {self.note}")
        lines += [f"needs:      {c}" for c in self.conditions]
        lines.append(f"verdict:    {self.verdict}")
        if self.erratum:
            lines.append(f"erratum:    {self.erratum}")
        return "\n".join(lines)

    def describe(self) -> dict[str, Any]:
        """The record as plain data."""
        return {
            "number": self.number,
            "section": self.section,
            "title": self.title,
            "statement": self.statement,
            "inputs": {n: str(known) for n, known in self.inputs.items()},
            "note": self.note,
            "conditions": [str(c) for c in self.conditions],
            "verdict": self.verdict.name,
            "erratum": self.erratum,
        }

    # What the record computes

    @property
    def admits_complex(self) -> bool:
        """Does it hold for complex data, as a complex derivative or by a convention?"""
        return self.holomorphic or self.real_gradient

    def function(self, **inputs: Any) -> Any:
        """What is differentiated."""
        return self.f(**self._checked(inputs))

    def derivative(self, **inputs: Any) -> Any:
        """The right side, corrected."""
        return self.d(**self._checked(inputs))

    def printed(self, **inputs: Any) -> Any:
        """The right side as printed; conditions that the text omits are not asked."""
        right = self.d if self.as_printed is None else self.as_printed
        return right(**self._checked(inputs, stated_only=True))

    def hessp(self, V: Array, **inputs: Any) -> Any:
        """The derivative of ``derivative`` along V."""
        if self.second is None:
            raise TypeError(f"({self.number}) has no second derivative in its record")
        checked = self._checked(inputs)
        return self.second(self._direction(V, checked), **checked)

    def projected(self, **inputs: Any) -> Any:
        """The gradient inside the family of matrices, for (138)-(144)."""
        if self.inside is None:
            raise TypeError(f"({self.number}) is not about a family of matrices")
        return self.inside(**self._checked(inputs))

    def jvp(self, V: Array, **inputs: Any) -> Any:
        """The change of the function along V: the Jacobian times V."""
        checked = self._checked(inputs)
        D, V = self._jacobian(inputs), self._direction(V, checked)
        if D.shape != self._image(checked) + V.shape:
            raise ValueError(
                f"the change along V needs the derivative by every entry of "
                f"{self.variable}: leave out its indices in ({self.number})"
            )
        return paired(self, D, V)

    def vjp(self, W: Array, /, **inputs: Any) -> Any:
        """The gradient of sum of W_kl F_kl: the transposed Jacobian times W."""
        D, W = self._jacobian(inputs), np.asarray(W)
        image = self._image(self._checked(inputs))
        if W.shape != image:
            raise ValueError(
                f"W of ({self.number}) must have the function's shape {image}, "
                f"got {W.shape}"
            )
        return np.tensordot(W, D, axes=W.ndim)

    def _image(self, inputs: Inputs) -> tuple[int, ...]:
        """The shape of what the derivative is the Jacobian of."""
        of = inputs[self.variable] if self.kind is Kind.HESSIAN else self.f(**inputs)
        return np.shape(of)

    def _direction(self, direction: Any, inputs: Inputs) -> Array:
        """V as an array of the variable's shape, and in its family."""
        V: Array = np.asarray(direction)
        X = inputs.get(self.variable)
        if X is not None and np.shape(X) != V.shape:
            raise ValueError(
                f"V of ({self.number}) must have the shape {np.shape(X)} of "
                f"{self.variable}, got {V.shape}"
            )
        if self.structure is not None:
            off = np.abs(V - self.structure(len(V)).project(V))
            if np.max(off, initial=0.0) > 1e-10 * np.max(np.abs(V), initial=0.0):
                raise ValueError(
                    f"V of ({self.number}) must have the structure of {self.variable}"
                )
        return V

    def _jacobian(self, inputs: Inputs) -> Array:
        if self.kind in (Kind.DIFFERENTIAL, Kind.RELATION):
            raise TypeError(
                f"({self.number}) is a {self.kind.value}, not a Jacobian; "
                "derivative() computes it as it stands"
            )
        return np.asarray(self.derivative(**inputs))

    def sample(self, rng: Seed = None, size: int = 3, *, dtype: type = float) -> Inputs:
        """Draw admissible inputs of about this size, complex where that is admitted."""
        complex_too = dtype is complex and self.admits_complex
        return draw(
            self.inputs, generator(rng), size, complex if complex_too else float
        )

    def check(
        self, rng: Seed = None, size: int = 3, *, dtype: type = float
    ) -> Verification:
        """Compare with the derivative of ``function`` in 50 digits, at drawn inputs."""
        from matopt.identities.verify import verify

        return verify(self, generator(rng), size, dtype=dtype)

    def _checked(self, inputs: Inputs, *, stated_only: bool = False) -> Inputs:
        arrays = check_inputs(self.number, self.inputs, inputs)
        for condition in self.conditions:
            if condition.omitted if stated_only else condition.general:
                continue
            if not condition.holds(arrays):
                raise ConditionError(
                    f"({self.number}) needs {condition.refusal(arrays)}"
                )
        return arrays


def paired(identity: Identity, D: Any, V: Any) -> Any:
    """The change along V that the derivative D means."""
    D, V = np.asarray(D), np.asarray(V)
    if identity.structure is not None:  # each free entry once
        return _paired_in_family(identity.structure(len(V)), D, V)
    if identity.real_gradient:
        return np.sum(D.conj() * V).real
    return np.tensordot(D, V, axes=V.ndim)


def _paired_in_family(family: Structure, D: Array, V: Array) -> Any:
    """By the free entries; of each entry of the function where D is a Jacobian."""
    if D.ndim == V.ndim:
        return family.parameters(D) @ family.parameters(V)
    free = np.array([[family.parameters(G) for G in row] for row in D])
    return free @ family.parameters(V)
