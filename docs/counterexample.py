"""Numbers at which an equation as printed parts from what it claims to be."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from matopt.identities import Identity, Kind, Verdict
from matopt.identities.exact import exact, mpmath, rounded

_SEEDS, _SIZES = range(20), (1, 2, 3)
_PART = 0.05  # what counts as different, and as a change
_CHOSEN: dict[int | str, dict[str, Any]] = {
    51: {  # a square X, whose printed inverse exists, between factors that are not
        "A": np.array([[1.0, 2.0]]),
        "X": np.array([[2.0, 1.0], [1.0, 1.0]]),
        "B": np.array([[1.0], [1.0]]),
    },
    92: {"n": 2},  # an empty sum, for n < 1, would show another fault
}


@dataclass(frozen=True)
class Counterexample:
    """Inputs with one decimal, a direction, and what is said of the change along it."""

    inputs: dict[str, Any]
    direction: dict[str, Any]
    claims: dict[str, Any]  # the first is the truth, the last is what is wrong


def counterexample(identity: Identity) -> Counterexample:
    """The first one, from the smallest size on, that shows the fault."""
    for size, seed in product(_SIZES, _SEEDS):
        found = _drawn(identity, np.random.default_rng(seed), size)
        truth, *_, wrong = found.claims.values()
        scale = np.max(np.abs(truth))
        if scale > _PART and np.max(np.abs(wrong - truth)) > _PART * scale:
            return found
    raise ValueError(f"({identity.number}) is {identity.verdict}, but none is found")


def _drawn(identity: Identity, rng: np.random.Generator, size: int) -> Counterexample:
    drawn = (identity.outside or identity.sample)(rng, size)
    inputs = {name: _short(value) for name, value in drawn.items()}
    inputs |= _CHOSEN.get(identity.number, {})
    names = identity.variable.split()
    if identity.kind is Kind.DIFFERENTIAL:
        along = {name: inputs[f"d{name}"] for name in names}
        return Counterexample(inputs, {}, dict(_claims(identity, inputs, along)))
    along = {name: _direction(identity, inputs[name], rng) for name in names}
    return Counterexample(inputs, along, dict(_claims(identity, inputs, along)))


def _claims(
    identity: Identity, inputs: dict[str, Any], along: dict[str, Any]
) -> Iterator[tuple[str, Any]]:
    """What is claimed of the change, in words and in numbers."""
    change = _difference(identity.f, inputs, along)
    printed = identity.as_printed or identity.d
    if identity.f_printed is not None:
        left = _difference(identity.f_printed, inputs, along)
        yield "the left side as printed, by differences", left
        yield "the left side as corrected, by differences", change
        yield "the right side", _pair(identity, printed(**inputs), along)
        return
    yield "by differences", change
    if _has_a_convention(identity):
        yield (
            "the right side, as stated here",
            _pair(identity, identity.d(**inputs), along),
        )
        (V,) = along.values()
        yield "the right side, read entry by entry", np.sum(printed(**inputs) * V)
        return
    if all(c.holds(inputs) for c in identity.conditions if not c.general):
        yield "as corrected", _pair(identity, identity.d(**inputs), along)
    yield "as printed", _pair(identity, printed(**inputs), along)


def _has_a_convention(identity: Identity) -> bool:
    convention = identity.structure is not None or identity.real_gradient
    return convention and identity.verdict is Verdict.CONDITIONAL


def _pair(identity: Identity, D: Any, along: dict[str, Any]) -> Any:
    """The change that the derivative D claims."""
    if identity.kind is Kind.DIFFERENTIAL:
        return D
    (V,) = along.values()
    if identity.structure is not None:
        family = identity.structure(len(V))
        return family.parameters(D) @ family.parameters(V)
    if identity.real_gradient:
        return np.sum(np.conj(D) * V).real
    return np.tensordot(D, V, axes=np.ndim(V))


def _direction(identity: Identity, X: Any, rng: np.random.Generator) -> Any:
    if identity.structure is not None:
        family = identity.structure(len(X))
        return family.matrix(rng.integers(1, 4, family.size).astype(float))
    V = rng.integers(1, 4, np.shape(X)).astype(float)
    return V + 1j * rng.integers(1, 4, V.shape) if np.iscomplexobj(X) else V


def _difference(
    f: Callable[..., Any], inputs: dict[str, Any], along: dict[str, Any]
) -> Any:
    """d/dt f(inputs + t along) at 0, by a central difference in 50 digits."""
    arrays = {n: x for n, x in inputs.items() if not isinstance(x, str | int)}
    with mpmath().workdps(50):
        h = mpmath().mpf("1e-16")
        fixed = inputs | {n: exact(x) for n, x in arrays.items()}
        ahead = {n: fixed[n] + h * exact(V) for n, V in along.items()}
        behind = {n: fixed[n] - h * exact(V) for n, V in along.items()}
        return rounded((f(**fixed | ahead) - f(**fixed | behind)) / (2 * h))


def _short(value: Any) -> Any:
    """With one decimal, so that the page prints all there is of it."""
    return value if isinstance(value, str | int) else np.round(value, 1)
