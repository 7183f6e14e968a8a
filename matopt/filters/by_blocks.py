"""Gradient steps four samples at a time, for rules whose step is scalar."""

from __future__ import annotations

import numpy as np

from matopt.filters import planes
from matopt.filters.outputs import Outputs, State
from matopt.filters.rule import Rule
from matopt.filters.signals import Layout, Signals
from matopt.linalg import Array

REACH = 3  # how far before a regressor its inner products go
MARGIN = 4  # samples of a block, as in the kernel
_NOTHING_PENDING = np.eye(1, 9, 8)


def initial(rule: Rule, layout: Layout, weights: Array) -> State:
    """Return the weights, the first ones, and those before the current block."""
    anchor = planes.of_weights(weights, layout)
    pending = np.tile(_NOTHING_PENDING, (len(anchor), 1))
    start = anchor.copy()
    return {"weights": weights, "start": start, "anchor": anchor, "pending": pending}


def settle(state: State, layout: Layout) -> None:
    """Begin the block anew with the weights as they are."""
    state["anchor"][...] = planes.of_weights(state["weights"], layout)
    state["pending"][...] = _NOTHING_PENDING


def advance(rule: Rule, state: State, signals: Signals, outputs: Outputs) -> None:
    """Adapt through a chunk."""
    from matopt.filters.kernels.blocks import adapt_in_blocks, current

    layout, taps = signals.layout, state["weights"].shape[1:]
    x = planes.of_signals(signals)
    anchor, pending = state["anchor"], state["pending"]
    rows = outputs.history.shape[1]
    history = np.full((len(x), rows, *anchor.shape[1:]), np.nan, anchor.dtype)
    size, channels = int(np.prod(taps)), signals.x.shape[1]
    where: tuple[bool, int, int] = (True, channels, taps[-1])
    if layout.regressors:
        where = (False, 1, size)
    adapt_in_blocks(
        anchor,
        state["start"],
        pending,
        state["gauge"],
        state["diverged"],
        x,
        planes.as_reals(signals.d),
        *where,
        signals.memory,
        signals.first,
        rule.kinds,
        rule.numbers,
        planes.as_reals(outputs.output),
        planes.as_reals(outputs.error),
        planes.as_reals(outputs.posterior_error),
        history,
        outputs.stride,
    )
    place = (*where, signals.memory, signals.count, signals.first)
    now = current(anchor, pending, x, *place)
    state["weights"][...] = planes.to_weights(now, layout, taps)
    outputs.history[...] = planes.to_weights(history, layout, taps)
