"""A worked numeric example of an equation: printed against corrected."""

from __future__ import annotations

from typing import Any

import numpy as np

from matopt.identities.identity import Identity, Inputs, Verdict
from matopt.identities.verify import difference_gradient
from matopt.spaces import Seed, generator


def example(identity: Identity, rng: Seed = None, size: int = 2) -> str:
    """Drawn inputs, the derivative there, and what is printed where it differs."""
    draw = generator(rng)
    drawn = identity.sample(draw, size)
    wrong = identity.verdict in (Verdict.WRONG, Verdict.CONDITIONAL)
    if wrong and identity.outside is not None:
        drawn = identity.outside(draw, size)
    lines = [_show(name, value) for name, value in drawn.items()]
    lines.append(_derivative(identity, drawn))
    if wrong and identity.as_printed is not None:
        lines.append(_show("as printed", identity.as_printed(**drawn)))
    if wrong and identity.f_printed is not None:
        lines.append(_show("function", identity.f(**drawn)))
        lines.append(_show("function as printed", identity.f_printed(**drawn)))
    if identity.inside is not None:
        lines.append(_show("gradient inside the family", identity.inside(**drawn)))
    return "\n".join(lines)


def _derivative(identity: Identity, drawn: Inputs) -> str:
    """The corrected right side; by differences where even that does not hold."""
    if all(c.holds(drawn) for c in identity.conditions if not c.general):
        return _show("derivative", identity.d(**drawn))
    return _show("derivative by differences", difference_gradient(identity, drawn))


def _show(name: str, value: Any) -> str:
    """``name = value`` with aligned rows."""
    if isinstance(value, str | int):
        return f"{name} = {value}"
    text = np.array2string(np.asarray(value), precision=4, suppress_small=True)
    return f"{name} =\n" + "\n".join(f"    {row}" for row in text.splitlines())
