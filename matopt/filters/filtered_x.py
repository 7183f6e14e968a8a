"""The filtered-x filter of active noise control."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matopt.filters.filter import check_length, check_positive
from matopt.filters.outputs import Outputs, State
from matopt.filters.rule import NO_PATH, Rule
from matopt.filters.signals import Layout, Signals
from matopt.filters.stochastic_gradient import StochasticGradient
from matopt.linalg import Array, as_array


@dataclass(frozen=True)
class FilteredXLMS(StochasticGradient):
    """e = d - (path * y), w += step z conj(e) with z = estimate * x.

    ``path`` are the real taps of what the output goes through before it meets d, for
    example from the loudspeaker to the microphone; ``estimate`` is what the filter
    knows of it, by default the path itself. Widrow, Shur & Shaffer (1981); Burgess
    (1981).
    """

    length: int
    step: float
    path: Sequence[float]
    estimate: Sequence[float] | None = None

    def __post_init__(self) -> None:
        check_length(self.length)
        check_positive(self.step, "step")
        for name in ("path", "estimate"):
            taps = getattr(self, name)
            if taps is None:
                continue
            found = as_array(taps, name, ndim=1, dtype=float)
            if len(found) == 0:
                raise ValueError(f"{name} must have at least one tap, got none")
            object.__setattr__(self, name, tuple(found.tolist()))

    @property
    def rule(self) -> Rule:
        path = tuple(self.path)
        estimate = path if self.estimate is None else tuple(self.estimate)
        return Rule(self.step, path=path, estimate=estimate)

    @property
    def advice(self) -> str:
        return (
            f"Lower step = {self.step:g}, the more so the longer the path, and check "
            "that estimate is within 90 degrees of it at every frequency."
        )

    def respond(self, state: State, signals: Signals, outputs: Outputs) -> None:
        super().respond(state, signals, outputs)
        path = self.rule.path
        if path == NO_PATH:
            return
        tail = state["in_path"]
        for run, y in enumerate(outputs.output):
            sent = np.concatenate([tail[run, ::-1], y])
            outputs.error[run] = signals.d[run] - np.convolve(sent, path, "valid")
            tail[run] = sent[len(y) :][::-1]
        outputs.posterior_error[...] = outputs.error

    def initial(self, layout: Layout, weights: Array) -> State:
        if layout.regressors:
            raise ValueError(
                "FilteredXLMS filters x itself and takes no regressors; pass the series"
            )
        return super().initial(layout, weights)
