"""Differences of gradients, taken inside the domain of the function alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np

from matopt.errors import OutOfDomain
from matopt.linalg import Array

_TRIALS = 15  # of steps, each a tenth of the one before
_PART = 1e-3  # of a way inside the domain, to whose end derivatives change
_SEEN = 1e-10  # a change of the gradient that is more than rounding, relative
_GROWTH = 1e4  # of a step whose change is rounding

# At x + t v; None where that is outside the domain, or x itself to rounding.
Gradient: TypeAlias = Callable[[float], Array | None]


class Change(NamedTuple):
    """The gradients at the ends of a way."""

    way: float
    ahead: Array
    behind: Array

    @property
    def quotient(self) -> Array:
        """The change over the way."""
        return (self.ahead - self.behind) / self.way

    @property
    def is_seen(self) -> bool:
        """Is it more than rounding?"""
        size = float(np.linalg.norm(self.ahead) + np.linalg.norm(self.behind))
        return float(np.linalg.norm(self.ahead - self.behind)) > _SEEN * size


def forward_quotient(
    gradient: Gradient, here: Array, step: float, most: float
) -> Array:
    """(gradient(t) - here)/t with t = step, or -step where the domain ends ahead.

    Shorter where it ends on both sides; longer, up to ``most``, where the change of the
    gradient is no more than rounding.
    """
    return _longer(lambda t: _one_side(gradient, here, t), step, most)


def central_quotient(
    gradient: Gradient,
    here: Array,
    inside: Callable[[float], bool],
    step: float,
    most: float,
) -> Array:
    """(gradient(t) - gradient(-t))/2t with t = step, shorter or longer as above.

    ``inside(t)``, if the value at t is finite, is asked well before and behind the two
    places: towards the end of a domain gradients may grow without limit. Where the
    domain ends so near that a step that short sees no change, it is one-sided.
    """

    def change(t: float) -> Change:
        found = _both_sides(gradient, inside, t)
        return found or _one_side(
            lambda s: gradient(s) if inside(s) else None, here, _PART * t
        )

    return _longer(change, step, most)


def room(X: Array, V: Array) -> float:
    """The t at which t V is as long as X, entry by entry.

    A small entry of X may be small by chance, a large one says nothing of the others:
    below 1, or below |X| if that is less, the length is that.
    """
    size = float(np.linalg.norm(X)) or 1.0
    return 1.0 / float(np.linalg.norm(V / np.maximum(np.abs(X), min(1.0, size))))


def _longer(change: Callable[[float], Change], step: float, most: float) -> Array:
    """The quotient of the first step that shows a change, or of the longest."""
    while True:
        found = change(step)
        longer = min(_GROWTH * step, most)
        shortened = abs(found.way) < step
        if found.is_seen or shortened or longer < 10.0 * step:
            return found.quotient
        step = longer


def _one_side(gradient: Gradient, here: Array, step: float) -> Change:
    for k in range(_TRIALS):
        for t in (step * 0.1**k, -step * 0.1**k):
            there = gradient(t)
            if there is not None:
                return Change(t, there, here)
    raise OutOfDomain(
        "the objective is finite at no point nearby along a direction, where its "
        "second derivative is a difference of gradients; pass hessp, or take LBFGS"
    )


def _both_sides(
    gradient: Gradient, inside: Callable[[float], bool], step: float
) -> Change | None:
    """None at the end of a domain, where there is no such change to be seen."""
    sides = (1.0, -1.0)
    for k in range(_TRIALS):
        t = step * 0.1**k
        outside = next((s for s in sides if not inside(s * t / _PART)), None)
        if outside is not None:
            sides = (outside, -outside)  # ask there first
            continue
        ahead, behind = gradient(t), gradient(-t)
        if ahead is None or behind is None:
            continue
        found = Change(2.0 * t, ahead, behind)
        return found if k == 0 or found.is_seen else None
    return None
