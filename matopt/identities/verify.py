"""Hold a right side against the 50-digit derivative of its left side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from matopt.identities.exact import exact, mpmath, rounded
from matopt.identities.identity import Identity, Inputs, Kind, Verdict, paired
from matopt.linalg import Array

_DIGITS = 50
_STEP = "1e-16"  # the difference's error is its square


@dataclass(frozen=True)
class Verification:
    """The relative errors of one equation, the worst over what was drawn."""

    number: int | str
    derivative: float
    hessp: float | None = None
    printed: float | None = None  # where the equation is wrong or conditional

    @property
    def worst(self) -> float:
        """The worst error of what the record claims to be right."""
        return max(self.derivative, self.hessp or 0.0)


def verify(
    identity: Identity,
    rng: np.random.Generator,
    size: int = 3,
    *,
    dtype: type = float,
) -> Verification:
    """Draw inputs and directions, and compare."""
    inputs = identity.sample(rng, size, dtype=dtype)
    directions = _directions(identity, inputs, rng)
    first = _error(identity, identity.d, inputs, directions)
    first = max(first, _beyond(identity, rng, size))
    hessp = None
    if identity.second is not None:
        V = _direction(identity, identity.variable, inputs, rng)
        other = _direction(identity, identity.variable, inputs, rng)
        second = identity.second(V, **inputs)
        curved = _second_difference(identity.f, identity.variable, inputs, V, other)
        hessp = relative_error(paired(identity, second, other), curved)
    return Verification(identity.number, first, hessp, _as_printed(identity, rng, size))


def _as_printed(
    identity: Identity, rng: np.random.Generator, size: int
) -> float | None:
    """How far off the printed form is: anywhere if wrong, else outside a hypothesis."""
    if not (identity.as_printed or identity.f_printed or identity.outside):
        return None
    right = identity.as_printed or identity.d
    if identity.f_printed is not None:
        identity = replace(identity, f=identity.f_printed)
    inputs = (identity.outside or identity.sample)(rng, size)
    directions = _directions(identity, inputs, rng)
    if identity.verdict is Verdict.CONDITIONAL and _has_a_convention(identity):
        return _misread(identity, right, inputs, directions)
    return _error(identity, right, inputs, directions)


def _has_a_convention(identity: Identity) -> bool:
    return identity.structure is not None or identity.real_gradient


def _misread(
    identity: Identity, right: Callable[..., Any], inputs: Inputs, directions: Inputs
) -> float:
    """Where the hypothesis is what the derivative means: read as df = sum D_ij V_ij."""
    change = _difference(identity.f, inputs, directions)
    V = directions[identity.variable]
    return relative_error(np.sum(right(**inputs) * V), change)


def _beyond(identity: Identity, rng: np.random.Generator, size: int) -> float:
    """The corrected form's error outside a hypothesis that it does not need."""
    if identity.outside is None:
        return 0.0
    inputs = identity.outside(rng, size)
    if not all(c.holds(inputs) for c in identity.conditions if not c.general):
        return 0.0
    directions = _directions(identity, inputs, rng)
    return _error(identity, identity.d, inputs, directions)


def _error(
    identity: Identity, right: Callable[..., Any], inputs: Inputs, directions: Inputs
) -> float:
    """The right side at the inputs against the change of the left side."""
    if identity.left is not None:
        gradient = difference_gradient(identity, inputs)
        return relative_error(right(**inputs), identity.left(gradient, **inputs))
    if identity.kind is Kind.HESSIAN:
        V = directions[identity.variable]
        along = paired(identity, right(**inputs), V)
        return relative_error(along, _curvature(identity, inputs, V))
    change = _difference(identity.f, inputs, directions)
    return relative_error(_along(identity, right(**inputs), directions), change)


def difference_gradient(identity: Identity, inputs: Inputs) -> Array:
    """The gradient by every entry of the variable, each by a difference."""
    X = np.asarray(inputs[identity.variable])
    entries = [
        _difference(identity.f, inputs, {identity.variable: E}) for E in _units(X.shape)
    ]
    return np.array(entries).reshape(X.shape)


def _curvature(identity: Identity, inputs: Inputs, V: Any) -> Array:
    """The second derivative of f along V and each entry of the variable."""
    entries = [
        _second_difference(identity.f, identity.variable, inputs, V, E)
        for E in _units(np.shape(V))
    ]
    return np.array(entries).reshape(np.shape(V))


def _units(shape: tuple[int, ...]) -> Iterator[Array]:
    """The arrays with a single entry, in C order."""
    for index in np.ndindex(shape):
        E = np.zeros(shape)
        E[index] = 1.0
        yield E


def _directions(
    identity: Identity, inputs: Inputs, rng: np.random.Generator
) -> dict[str, Any]:
    """A direction for each variable: drawn, or the differential among the inputs."""
    directions = {}
    for name in identity.variable.split():
        if identity.kind is Kind.DIFFERENTIAL:
            directions[name] = inputs.get(f"d{name}")
        else:
            directions[name] = _direction(identity, name, inputs, rng)
    return directions


def _direction(
    identity: Identity, name: str, inputs: Inputs, rng: np.random.Generator
) -> Any:
    """Draw a direction for a variable, in its family."""
    if identity.structure is not None:
        family = identity.structure(len(inputs[name]))
        return family.matrix(rng.standard_normal(family.size))
    shape = np.shape(inputs[name])
    V = rng.standard_normal(shape)
    if np.iscomplexobj(inputs[name]):
        V = V + 1j * rng.standard_normal(shape)
    return V


def _difference(f: Callable[..., Any], inputs: Inputs, directions: Inputs) -> Any:
    """d/dt f(inputs + t directions) at 0, by central differences in 50 digits."""
    with mpmath().workdps(_DIGITS):
        h = mpmath().mpf(_STEP)
        inputs = _exact(inputs)
        steps = {name: exact(V) * h for name, V in directions.items()}
        ahead = f(**inputs | {name: inputs[name] + steps[name] for name in steps})
        behind = f(**inputs | {name: inputs[name] - steps[name] for name in steps})
        return rounded((ahead - behind) / (2 * h))


def _second_difference(
    f: Callable[..., Any], name: str, inputs: Inputs, V: Array, W: Array
) -> Any:
    """d^2/ds dt f(X + s V + t W) at 0."""
    with mpmath().workdps(_DIGITS):
        h = mpmath().mpf("1e-12")
        inputs = _exact(inputs)
        X, V, W = inputs[name], exact(V) * h, exact(W) * h
        total = 0
        for s, t in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
            total = total + s * t * f(**inputs | {name: X + s * V + t * W})
        return rounded(total / (4 * h * h))


def _exact(inputs: Inputs) -> dict[str, Any]:
    """The inputs, those that are numbers in 50 digits."""
    return {
        name: exact(value) if isinstance(value, np.ndarray | float | complex) else value
        for name, value in inputs.items()
    }


def _along(identity: Identity, D: Any, directions: Inputs) -> Any:
    if identity.kind is Kind.DIFFERENTIAL:
        return D
    return paired(identity, D, directions[identity.variable])


def relative_error(got: Any, expected: Any) -> float:
    """Largest difference over the largest expected entry (at least 1e-3)."""
    got, expected = np.asarray(got), np.asarray(expected)
    if got.shape != expected.shape:
        raise ValueError(f"the shapes differ: {got.shape} and {expected.shape}")
    scale = max(float(np.max(np.abs(expected), initial=0.0)), 1e-3)
    return float(np.max(np.abs(got - expected), initial=0.0)) / scale
