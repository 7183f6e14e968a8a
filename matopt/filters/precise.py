"""The base of filters whose loop runs in double precision whatever the signals."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from matopt.filters.filter import AdaptiveFilter
from matopt.filters.gauge import fresh_gauge
from matopt.filters.outputs import Outputs, State
from matopt.filters.place import in_double, inwards, outwards, place_of
from matopt.filters.signals import Layout, Signals
from matopt.linalg import Array

# The loop, the arrays that it changes, and its settings.
Loop: TypeAlias = tuple[Callable[..., None], tuple[Array, ...], tuple[Any, ...]]

_MOST = 1040  # as in kernels.triangles


class PreciseFilter(AdaptiveFilter):
    """Filters that carry a matrix beside the weights, both in double precision."""

    @property
    def looks_back(self) -> int:
        """How many samples of d, and regressors, before a chunk the loop wants."""
        return 0

    @property
    def memory(self) -> int:
        """The past of the oldest regressor that the loop looks at."""
        return self.length - 1 + self.looks_back

    @abstractmethod
    def matrices(self, size: int) -> dict[str, tuple[int, ...]]:
        """Return the shapes of what a run with ``size`` taps carries, by name."""

    @abstractmethod
    def loop(self, state: State, layout: Layout) -> Loop:
        """Return the compiled loop with the arrays and settings it takes."""

    def initial(self, layout: Layout, weights: Array) -> State:
        w = in_double(inwards(weights, layout))
        runs, size = w.shape
        state = {
            name: np.zeros((runs, *shape), w.dtype)
            for name, shape in self.matrices(size).items()
        }
        state |= {"weights": weights, "start": w.copy(), "precise": w}
        state["gauge"] = fresh_gauge(w, 6)
        state["past_desired"] = np.zeros((runs, self.looks_back), w.dtype)
        return state

    def advance(self, state: State, signals: Signals, outputs: Outputs) -> None:
        layout, taps = signals.layout, state["weights"].shape[1:]
        w, past = state["precise"], state["past_desired"]
        rows = outputs.history.shape[1]
        history = np.full((len(w), rows, w.shape[1]), np.nan, w.dtype)
        d = np.concatenate([past, signals.d], axis=1, dtype=w.dtype)
        run, changed, settings = self.loop(state, layout)
        with outputs.in_double() as written:
            run(
                w,
                *changed,
                state["gauge"],
                state["diverged"],
                in_double(signals.x).reshape(len(w), -1),
                d,
                *place_of(signals, taps),
                signals.first,
                *settings,
                *written,
                history,
                outputs.stride,
            )
        past[...] = d[:, signals.count :]
        state["weights"][...] = outwards(w, layout, taps)
        outputs.history[...] = outwards(history, layout, taps)

    def respond(self, state: State, signals: Signals, outputs: Outputs) -> None:
        super().respond(state, signals, outputs)
        past = state["past_desired"]
        past[...] = np.concatenate([past, signals.d], axis=1)[:, signals.count :]

    def settle(self, state: State, layout: Layout) -> None:
        """What is known does not change while the weights are held."""


def check_size(taps: int, name: str, other: str) -> None:
    """Raise if the compiled loop has no room for so many taps."""
    if taps > _MOST:
        raise ValueError(
            f"{name} takes at most {_MOST} taps in all, got {taps}; take {other}"
        )
