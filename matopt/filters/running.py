"""A filter on its way through a signal, chunk by chunk."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import fields, is_dataclass, replace
from itertools import pairwise
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from matopt.filters import running_file
from matopt.filters.outputs import Outputs, State
from matopt.filters.run import FilterRun
from matopt.filters.signals import Layout, Signals, fixed_output, layout_of, signal
from matopt.linalg import Array, as_array

if TYPE_CHECKING:
    from matopt.filters.filter import AdaptiveFilter


class Running:
    """The state of a filter; ``process`` continues where the last chunk ended.

    Many chunks give what one ``run`` gives. The first chunk decides dtype, trials and
    channels, later ones must have the same.
    """

    def __init__(
        self,
        settings: AdaptiveFilter,
        weights: ArrayLike | None,
        history: int | None,
        regressors: bool | None,
        threads: int,
    ) -> None:
        _check_positive(history, "history", "the stride at which weights are kept")
        _check_positive(threads, "threads", "how many threads share the trials")
        self.filter = settings
        self.samples = 0
        self.frozen = False
        self._first_weights = None if weights is None else as_array(weights, "weights")
        self._stride = history
        self._regressors = regressors
        self._threads = threads
        self._layout: Layout | None = None
        self._state: State = {}
        self._past: Array = np.zeros(0)

    @property
    def weights(self) -> Array:
        """The weights as they are now, the trials in front."""
        if self._layout is None:
            raise ValueError("weights are known after the first chunk; process one")
        return self._outside(self._state["weights"].copy())

    @property
    def state(self) -> State:
        """What the filter remembers, by name, the trials in front; copies."""
        return {name: self._outside(a.copy()) for name, a in self._state.items()}

    def process(self, x: ArrayLike, d: ArrayLike) -> FilterRun:
        """Filter and adapt through the next chunk; return it as a run of its own."""
        samples, desired = signal(x, "x"), signal(d, "d")
        _check_not_empty(desired)
        found = layout_of(samples, desired, self.filter.length, self._regressors)
        layout = self._admit(found)
        signals = self._signals(samples, desired)
        outputs = self._outputs(signals)
        if self.frozen:
            self.filter.respond(self._state, signals, outputs)
            self.filter.settle(self._state, layout)
        else:
            self._advance(signals, outputs)
            outputs.blank(self._state["diverged"], signals.first)
        last = signals.count + self.filter.memory
        part = slice(signals.count, last)
        x = signals.x
        self._past = (x[:, part] if layout.regressors else x[:, :, part]).copy()
        self.samples += signals.count
        return self._result(outputs)

    def predict(self, x: ArrayLike) -> Array:
        """Return w^H u on a continuation x, and leave the filter as it is."""
        samples = signal(x, "x")
        d = np.zeros(self._shape_of_desired(samples), samples.dtype)
        _check_not_empty(d)
        ahead = copy(self)  # which a first chunk begins, and not this one
        ahead._admit(layout_of(samples, d, self.filter.length, self._regressors))
        signals = ahead._signals(samples, d)
        return ahead._outside(fixed_output(ahead._state["weights"], signals))

    def freeze(self) -> None:
        """Hold the weights: chunks are only filtered until ``thaw``."""
        self.frozen = True

    def thaw(self) -> None:
        """Adapt again, from the held weights."""
        self.frozen = False

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the state to an .npz file; ``filter.load`` continues from it."""
        if self._layout is None:
            raise ValueError("there is nothing to save before the first chunk")
        header = {
            "filter": _settings(self.filter),
            "samples": self.samples,
            "frozen": self.frozen,
            "history": self._stride,
            "trials": list(self._layout.trials),
            "channels": self._layout.channels,
            "regressors": self._layout.regressors,
            "dtype": self._layout.dtype.name,
        }
        return running_file.write(path, header, {**self._state, "past": self._past})

    @classmethod
    def load(cls, settings: AdaptiveFilter, path: str | PathLike[str]) -> Running:
        """Read what ``save`` wrote, of a filter with the same settings."""
        header, arrays = running_file.read(path, _settings(settings))
        running = cls(settings, None, header["history"], header["regressors"], 1)
        running.samples, running.frozen = header["samples"], header["frozen"]
        trials, dtype = tuple(header["trials"]), np.dtype(header["dtype"])
        channels, regressors = header["channels"], header["regressors"]
        running._layout = Layout(trials, channels, regressors, dtype)
        running._past = arrays.pop("past")
        running._state = arrays
        return running

    def _admit(self, found: Layout) -> Layout:
        """Start with the layout of the first chunk, or compare a later one's."""
        if self._layout is None:
            self._layout = self._with_weights(found)
            self._begin(self._layout)
        elif found != self._layout and not self._is_wider(found):
            raise ValueError(
                f"this chunk is {found.words()} but the filter was started with "
                f"{self._layout.words()}; start another for it"
            )
        return self._layout

    def _with_weights(self, found: Layout) -> Layout:
        """Complex weights make a run complex."""
        given = self._first_weights
        if given is None or not np.iscomplexobj(given) or found.is_complex:
            return found
        return replace(found, dtype=np.result_type(found.dtype, np.complex64))

    def _is_wider(self, found: Layout) -> bool:
        """Does the chunk fit but for a dtype that the running one contains?"""
        layout = self._layout
        return layout is not None and layout == replace(
            found, dtype=np.result_type(found.dtype, layout.dtype)
        )

    def _begin(self, layout: Layout) -> None:
        f = self.filter
        taps = f.taps(layout)
        w = np.zeros((*layout.trials, *taps), layout.dtype)
        if self._first_weights is not None:
            if self._first_weights.shape not in (taps, w.shape):
                raise ValueError(
                    f"weights must have shape {taps}"
                    + (f" or {w.shape}" if layout.trials else "")
                    + f", got {self._first_weights.shape}"
                )
            w[...] = self._first_weights
        self._state = f.initial(layout, w.reshape(layout.runs, *taps))
        self._state["diverged"] = np.full(layout.runs, -1, dtype=np.int64)
        shape = (
            (f.memory, f.length)
            if layout.regressors
            else (layout.channels or 1, f.memory)
        )
        empty = np.zeros((layout.runs, *shape), layout.dtype)
        self._past = f.expand(empty, layout)

    def _signals(self, x: Array, d: Array) -> Signals:
        layout, f = self._layout, self.filter
        assert layout is not None
        runs, n = layout.runs, d.shape[-1]
        shape = (n, f.length) if layout.regressors else (layout.channels or 1, n)
        new = f.expand(x.astype(layout.dtype, copy=False).reshape(runs, *shape), layout)
        axis = 1 if layout.regressors else 2
        zeros = np.zeros(
            (*new.shape[:axis], f.margin, *new.shape[axis + 1 :]), layout.dtype
        )
        whole = np.concatenate([self._past, new, zeros], axis=axis)
        # writable, for numba compiles a kernel anew for arrays that are not
        desired = np.require(d.reshape(runs, n), layout.dtype, ["C", "W"])
        return Signals(layout, whole, desired, f.memory, self.samples)

    def _outputs(self, signals: Signals) -> Outputs:
        layout, stride = signals.layout, self._stride or 0
        # together, for the system is slow to give new memory, and freed in one piece
        # it is kept for the next run
        y, e, posterior = np.empty((3, layout.runs, signals.count), layout.dtype)
        rows = 0
        if stride:
            end = signals.first + signals.count
            rows = (end - 1) // stride - (signals.first - 1) // stride
        taps = self.filter.taps(layout)
        history = np.full((layout.runs, rows, *taps), np.nan, layout.dtype)
        return Outputs(y, e, posterior, history, stride)

    def _advance(self, signals: Signals, outputs: Outputs) -> None:
        together = self.filter.together
        groups = signals.layout.runs // together
        workers = min(self._threads, groups)
        if workers <= 1:
            self.filter.advance(self._state, signals, outputs)
            return
        edges = [groups * k // workers * together for k in range(workers + 1)]
        parts = [slice(a, b) for a, b in pairwise(edges)]

        def work(part: slice) -> None:
            state = {name: array[part] for name, array in self._state.items()}
            self.filter.advance(state, signals.rows(part), outputs.rows(part))

        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(work, parts))

    def _result(self, outputs: Outputs) -> FilterRun:
        outside = self._outside
        return FilterRun(
            outside(outputs.output),
            outside(outputs.error),
            outside(outputs.posterior_error),
            self.weights,
            outside(outputs.history) if outputs.stride else None,
            outside(self._state["diverged"].copy()),
            self.filter.advice,
        )

    def _outside(self, array: Array) -> Array:
        """Give an array the axes of the trials in place of the runs."""
        layout = self._layout
        assert layout is not None
        return array.reshape((*layout.trials, *array.shape[1:]))

    def _shape_of_desired(self, x: Array) -> tuple[int, ...]:
        layout, w = self._layout, self._first_weights
        if self._regressors or (layout is not None and layout.regressors):
            return x.shape[:-1]
        if layout is None:
            single = Layout((), None, False, x.dtype)
            several = w is not None and w.ndim > len(self.filter.taps(single))
        else:
            several = layout.channels is not None
        return (*x.shape[:-2], x.shape[-1]) if several else x.shape


def _settings(filter: AdaptiveFilter) -> str:
    """The filter in words that do not tell a number of numpy from one of Python."""
    if not is_dataclass(filter):
        return repr(filter)
    plain = {
        field.name: getattr(filter, field.name).item()
        for field in fields(filter)
        if isinstance(getattr(filter, field.name), np.generic)
    }
    return repr(replace(filter, **plain))


def _check_positive(value: int | None, name: str, meaning: str) -> None:
    if value is not None and (not isinstance(value, int | np.integer) or value < 1):
        raise ValueError(f"{name} must be a positive integer ({meaning}), got {value}")


def _check_not_empty(d: Array) -> None:
    if d.size == 0:
        raise ValueError(f"d must hold samples, got shape {d.shape}")
