"""Differences of gradients, taken inside the domain of the function alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from matopt.errors import OutOfDomain
from matopt.linalg import Array

_HALVINGS = 50
_PART = 2.0**-10  # of a way inside the domain, to whose end derivatives change
_SEEN = 1e-10  # a change of the gradient that is more than rounding, relative
_GROWTH = 100.0  # of a step whose change is rounding


def difference_quotient(
    gradient: Callable[[float], Array],
    inside: Callable[[float], bool],
    step: float,
    most: float,
    *,
    forward: bool = False,
) -> Array:
    """(gradient(a) - gradient(b))/(a - b) for a = step, b = -step (0 if ``forward``).

    Shorter where the domain ends before, one-sided at its edge; longer, up to ``most``,
    where the change of the gradient is no more than rounding. ``inside(t)`` says if t
    is another place than 0 and f is finite there.
    """
    while True:
        a, b = _ends(inside, step)
        if forward:
            a, b = (a, 0.0) if a > 0.0 else (0.0, b)
        ahead, behind = gradient(a), gradient(b)
        change = ahead - behind
        size = float(np.linalg.norm(ahead) + np.linalg.norm(behind))
        seen = float(np.linalg.norm(change)) > _SEEN * size
        if seen or step >= most or max(a, -b) < step:
            return change / (a - b)
        step = min(_GROWTH * step, most)


def _ends(inside: Callable[[float], bool], step: float) -> tuple[float, float]:
    """A place ahead and one behind, both inside; one is 0 at the edge of a domain."""
    first = step / _PART
    for far in (first * 0.5**k for k in range(_HALVINGS)):
        if inside(far) and inside(-far):
            t = _PART * far
            if far < first and not (inside(t) and inside(-t)):  # no other place than 0
                t = far
            return t, -t
    for t in (step * 0.5**k for k in range(_HALVINGS)):
        if inside(t):
            return t, 0.0
        if inside(-t):
            return 0.0, -t
    raise OutOfDomain(
        "the objective is finite at no point nearby along a direction, where its "
        "second derivative is a difference of gradients; pass hessp, or take LBFGS"
    )
