"""Filters that take a gradient step at every sample: one loop, many rules."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from matopt.filters import planes
from matopt.filters.filter import AdaptiveFilter
from matopt.filters.outputs import Outputs, State
from matopt.filters.rule import Rule
from matopt.filters.signals import Layout, Signals
from matopt.linalg import Array

_BLOCK = 4  # as in the kernel


class StochasticGradient(AdaptiveFilter):
    """w <- keep w + step conj(g(e)) u: a ``rule`` says what keep, step and g are."""

    @property
    @abstractmethod
    def rule(self) -> Rule:
        """The update."""

    @property
    def memory(self) -> int:
        """The regressors of the block that a chunk may end in, and their lags."""
        return self.length + _BLOCK - 2

    @property
    def margin(self) -> int:
        """What the block that a chunk ends in lacks."""
        return _BLOCK

    def initial(self, layout: Layout, weights: Array) -> State:
        w = planes.of_weights(weights, layout)
        gauge = np.zeros((len(w), 3))
        gauge[:, 1] = np.sum(w * w, axis=(1, 2), dtype=float)
        pending = np.tile(np.eye(1, 9, 8), (len(w), 1))
        return {"weights": weights, "anchor": w, "pending": pending, "gauge": gauge}

    def advance(self, state: State, signals: Signals, outputs: Outputs) -> None:
        from matopt.filters.kernels.blocks import adapt_in_blocks, current

        layout, taps = signals.layout, state["weights"].shape[1:]
        x = planes.of_signals(signals)
        anchor, pending = state["anchor"], state["pending"]
        rows = outputs.history.shape[1]
        history = np.full((len(x), rows, *anchor.shape[1:]), np.nan, anchor.dtype)
        where = (not layout.regressors, signals.x.shape[1], self.length)
        if layout.regressors:
            where = (False, 1, int(np.prod(taps)))
        rule = self.rule
        adapt_in_blocks(
            anchor,
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
        now = current(
            anchor, pending, x, *where, signals.memory, signals.count, signals.first
        )
        state["weights"][...] = planes.to_weights(now, layout, taps)
        outputs.history[...] = planes.to_weights(history, layout, taps)

    def settle(self, state: State, layout: Layout) -> None:
        state["anchor"][...] = planes.of_weights(state["weights"], layout)
        state["pending"][...] = np.eye(1, 9, 8)
