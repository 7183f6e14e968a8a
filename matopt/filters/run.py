"""What a filter returns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matopt.linalg import Array


@dataclass(frozen=True, eq=False)
class FilterRun:
    """The signals of a run, with time last and the trials in front.

    ``output`` is y = w^H u, ``error`` the a-priori error e = d - w_n^H u_n with the
    weights before the update, ``posterior_error`` d - w_{n+1}^H u_n with those after
    it. ``weights`` are the last ones, (length,) or (channels, length) a trial, those
    of the most recent sample first. ``history`` holds w_n at every stride-th sample n
    counted from the start, or is None.

    A trial that diverges stops: ``diverged`` is the sample at which it did (-1: it did
    not), from which on its signals are NaN, and ``status`` says what to do.
    """

    output: Array
    error: Array
    posterior_error: Array
    weights: Array
    history: Array | None
    diverged: NDArray[np.int64]
    advice: str

    @property
    def success(self) -> bool:
        """Did every trial go through?"""
        return bool(np.all(self.diverged < 0))

    @property
    def status(self) -> str:
        """Say how the run ended, and what to do if a trial diverged."""
        stopped = np.argwhere(self.diverged >= 0)
        if not len(stopped):
            return "Every sample was processed."
        first = tuple(map(int, stopped[0]))
        of = f" of trial {', '.join(map(str, first))}" if first else ""
        more = f" ({len(stopped)} trials diverged)" if len(stopped) > 1 else ""
        return (
            f"The error grew without limit at sample {int(self.diverged[first])}{of}"
            f"{more}. {self.advice}"
        )
