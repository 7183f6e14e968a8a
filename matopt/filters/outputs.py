"""What a filter fills in while it advances, and what it keeps between chunks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from matopt.linalg import Array

State: TypeAlias = dict[str, Array]  # the runs in front


@dataclass(frozen=True, eq=False)
class Outputs:
    """What ``advance`` fills in: (runs, n) signals, and w_n at each ``stride``."""

    output: Array
    error: Array
    posterior_error: Array
    history: Array  # (runs, rows, *taps), no rows where none is wanted
    stride: int  # w_n is kept where n % stride == 0; 0: not at all

    def rows(self, part: slice) -> Outputs:
        """Return the trials of a slice, as views."""
        return Outputs(
            self.output[part],
            self.error[part],
            self.posterior_error[part],
            self.history[part],
            self.stride,
        )

    @contextmanager
    def in_double(self) -> Iterator[tuple[Array, Array, Array]]:
        """The three signals in double precision: themselves, or written back after."""
        double = np.result_type(self.output, float)
        signals = self.output, self.error, self.posterior_error
        if self.output.dtype == double:
            yield signals
            return
        output, error, posterior = np.zeros((3, *self.output.shape), double)
        yield output, error, posterior
        for signal, values in zip(signals, (output, error, posterior), strict=True):
            signal[...] = values

    def blank(self, diverged: Array, first: int) -> None:
        """Make NaN of what a chunk has no values for, from where its runs diverged."""
        for run in np.flatnonzero(diverged >= 0):
            stop = max(0, int(diverged[run]) - first)
            for signal in (self.output, self.error, self.posterior_error):
                signal[run, stop:] = np.nan
            if self.stride:
                before = (first - 1) // self.stride
                kept = max(0, int(diverged[run]) // self.stride - before)
                self.history[run, kept:] = np.nan
