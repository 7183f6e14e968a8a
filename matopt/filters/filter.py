"""The base of all adaptive filters: frozen settings, run at once or in chunks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from os import PathLike

import numpy as np
from numpy.typing import ArrayLike

from matopt.filters.outputs import Outputs, State
from matopt.filters.run import FilterRun
from matopt.filters.running import Running
from matopt.filters.signals import (
    Layout,
    Signals,
    check_no_column,
    fixed_output,
    signal,
)
from matopt.linalg import Array


class AdaptiveFilter(ABC):
    """Settings of a filter; the state is in what ``start`` returns.

    The convention of all filters: u_n holds the most recent sample first, the output
    is y = w^H u, the error e = d - y, and a gradient step w += mu u conj(e). That is a
    step of mu/2 against (89), which is the gradient 2 d/dx* of |d - w^H u|^2.

    x is a series like d, its past zero; or several channels (..., channels, time); or
    the regressors themselves, (..., time, length). Trials are leading axes. One dtype
    in, the same dtype out: single precision stays single, complex stays complex.
    """

    length: int  # taps of a channel

    @property
    def memory(self) -> int:
        """How many past samples of x ``advance`` wants before a chunk."""
        return self.length - 1

    @property
    def margin(self) -> int:
        """How many zeros ``advance`` wants after a chunk of x."""
        return 0

    @property
    def together(self) -> int:
        """How many runs that follow each other ``advance`` needs in one call."""
        return 1

    @property
    def whole(self) -> int:
        """All chunks but the last must be a multiple of so many samples."""
        return 1

    @property
    @abstractmethod
    def advice(self) -> str:
        """What to do when a run diverges: a sentence."""

    @abstractmethod
    def initial(self, layout: Layout, weights: Array) -> State:
        """Return a fresh state: arrays with the runs in front, "weights" among them.

        ``weights`` is (runs, *taps). "diverged" is added: (runs,), -1 or a sample.
        """

    @abstractmethod
    def advance(self, state: State, signals: Signals, outputs: Outputs) -> None:
        """Adapt through a chunk; change the arrays of the state in place.

        A run that diverges stops, with the sample, counted from the start, in
        "diverged"; one that has stopped is left alone. What it did not write is made
        NaN by the caller.
        """

    def respond(self, state: State, signals: Signals, outputs: Outputs) -> None:
        """Fill the outputs of a chunk with the weights held as they are."""
        w = state["weights"]
        outputs.output[...] = fixed_output(w, signals)
        outputs.error[...] = signals.d - outputs.output
        outputs.posterior_error[...] = outputs.error
        outputs.history[...] = w[:, None]

    @abstractmethod
    def settle(self, state: State, layout: Layout) -> None:
        """Make the state ready to adapt on after samples that were only filtered."""

    def taps(self, layout: Layout) -> tuple[int, ...]:
        """Return the shape of the weights of a trial."""
        several = layout.channels is not None
        return (layout.channels or 1, self.length) if several else (self.length,)

    def expand(self, x: Array, layout: Layout) -> Array:
        """Return the channels (or the entries of regressors) that are weighted."""
        return x

    def run(
        self,
        x: ArrayLike,
        d: ArrayLike,
        *,
        weights: ArrayLike | None = None,
        history: int | None = None,
        regressors: bool | None = None,
        threads: int = 1,
    ) -> FilterRun:
        """Filter x towards d and adapt at every sample.

        ``weights`` are the first ones (default: zero), ``history`` the stride at which
        weights are kept (default: not at all), ``threads`` among how many threads
        trials are divided.
        """
        d = d if isinstance(d, np.ndarray) else signal(d, "d")
        check_no_column(d.shape)
        running = self.start(
            weights, history=history, regressors=regressors, threads=threads
        )
        return running.process(x, d)

    def start(
        self,
        weights: ArrayLike | None = None,
        *,
        history: int | None = None,
        regressors: bool | None = None,
        threads: int = 1,
    ) -> Running:
        """Return a running filter, to be fed chunk by chunk with ``process``."""
        return Running(self, weights, history, regressors, threads)

    def load(self, path: str | PathLike[str]) -> Running:
        """Continue from where ``Running.save`` was called, with the same settings."""
        return Running.load(self, path)

    def predict(
        self, x: ArrayLike, weights: ArrayLike, *, regressors: bool = False
    ) -> Array:
        """Return w^H u for fixed weights, without any adaptation.

        ``weights`` are those of one trial: (length,), or (channels, length) where x
        has channels. ``Running.freeze`` holds those of each trial.
        """
        return self.start(weights, regressors=regressors).predict(x)


def check_length(length: int) -> None:
    """Raise unless the number of taps is a positive integer."""
    if not isinstance(length, int | np.integer) or isinstance(length, bool):
        raise TypeError(
            f"length must be an integer, got {type(length).__name__}; "
            "it is the number of taps"
        )
    if length < 1:
        raise ValueError(f"length must be at least 1, got {length}")


def check_count(value: int, name: str, meaning: str) -> None:
    """Raise unless a setting is a positive integer."""
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or value < 1:
        raise ValueError(f"{name} must be a positive integer, got {value!r}; {meaning}")


def check_number(value: float, name: str) -> None:
    """Raise unless a setting is a real number."""
    real = isinstance(value, int | float | np.integer | np.floating)
    if not real or isinstance(value, bool):
        raise TypeError(f"{name} must be a real number, got {type(value).__name__}")


def check_flag(value: bool, name: str) -> None:
    """Raise unless a setting is true or false."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be true or false, got {value!r}")


def check_share(value: float, name: str, meaning: str) -> None:
    """Raise unless a setting is in [0, 1)."""
    check_number(value, name)
    if not 0.0 <= value < 1.0:
        raise ValueError(f"{name} must be in [0, 1), got {value:g}; {meaning}")


def check_positive(value: float, name: str) -> None:
    """Raise unless a setting is finite and above zero."""
    check_number(value, name)
    if not 0.0 < value < float("inf"):
        raise ValueError(f"{name} must be positive and finite, got {value:g}")


def check_at_least(value: float, name: str, low: float) -> None:
    """Raise unless a setting is finite and at least ``low``."""
    check_number(value, name)
    if not low <= value < float("inf"):
        raise ValueError(f"{name} must be at least {low:g} and finite, got {value:g}")


def lower_relative_step(step: float, bound: float = 2.0) -> str:
    """Return what to do when a normalized filter diverges: begin a sentence with it."""
    return f"Lower step = {step:g}, say to {min(step, bound) / 2:.2g}"


def check_relative_step(step: float) -> None:
    """Raise unless the step of a normalized filter is in (0, 2)."""
    check_number(step, "step")
    if not 0.0 < step < 2.0:
        raise ValueError(
            f"step must be in (0, 2), got {step:g}; a normalized filter diverges "
            "from 2 on"
        )
