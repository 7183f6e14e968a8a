"""A worked numeric example of an equation: printed against corrected."""

from __future__ import annotations

from typing import Any

import numpy as np

from matopt.identities.identity import Identity, Verdict
from matopt.spaces import Seed, generator


def example(identity: Identity, rng: Seed = None, size: int = 2) -> str:
    """Drawn inputs, the derivative there, and what is printed where it differs."""
    draw = generator(rng)
    drawn = identity.sample(draw, size)
    wrong = identity.verdict in (Verdict.WRONG, Verdict.CONDITIONAL)
    if wrong and identity.outside is not None:
        drawn = identity.outside(draw, size)
    lines = [_show(name, value) for name, value in drawn.items()]
    lines.append(_show("derivative", identity.d(**drawn)))
    if wrong:
        printed = identity.as_printed or identity.d
        lines.append(_show("as printed", printed(**drawn)))
    return "\n".join(lines)


def _show(name: str, value: Any) -> str:
    """``name = value`` with aligned rows."""
    if isinstance(value, str | int):
        return f"{name} = {value}"
    text = np.array2string(np.asarray(value), precision=4, suppress_small=True)
    return f"{name} =\n" + "\n".join(f"    {row}" for row in text.splitlines())
