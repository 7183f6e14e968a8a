"""The normalized subband filter: every band of frequencies has its own step."""

from __future__ import annotations

from dataclasses import dataclass

from matopt.filters.analysis_bank import AnalysisBank
from matopt.filters.filter import (
    check_at_least,
    check_count,
    check_length,
    check_relative_step,
    lower_relative_step,
)
from matopt.filters.outputs import State
from matopt.filters.precise import Loop, PreciseFilter
from matopt.filters.signals import Layout
from matopt.lazy import lazy
from matopt.linalg import Array


@dataclass(frozen=True)
class SubbandLMS(PreciseFilter):
    """w += step (sum of u_i conj(e_i) / (|u_i|^2 + a)) after every ``bands`` samples.

    u_i and e_i = d_i - w^H u_i are regressor and error behind the filter of band i, one
    sample of ``bands``; a = regularization max |u_i|^2, the largest so far, by default
    20 dB above what leaks into a band without a signal. Within a band x is nearly
    white, so that its colour does not slow the filter down; a single band is NLMS. The
    weights are those of the whole signal (NSAF): the output is w^H u without the delay
    of the bank, where separate filters in each band would have no w to predict with.
    Stable for 0 < step < 2. The bank is ``AnalysisBank(bands, overlap)``, of 2 overlap
    bands taps. Lee & Gan (2004).

    >>> import numpy as np
    >>> from matopt import filters
    >>> x = np.random.default_rng(0).standard_normal(4000).cumsum()
    >>> d = np.convolve(x, [1.0, -0.5, 0.25])[:4000]
    >>> filters.SubbandLMS(3, step=0.5, bands=4).run(x, d).weights.round(2)
    array([ 1.  , -0.5 ,  0.25])
    """

    length: int
    step: float = 0.5
    bands: int = 8
    overlap: int = 4
    regularization: float = 1e-4

    def __post_init__(self) -> None:
        check_length(self.length)
        check_relative_step(self.step)
        check_at_least(self.regularization, "regularization", 0.0)
        check_count(self.bands, "bands", "2 to 32 are usual")
        check_count(self.overlap, "overlap", "4 keeps bands 60 dB apart")

    @property
    def advice(self) -> str:
        return (
            f"{lower_relative_step(self.step)}, or raise regularization = "
            f"{self.regularization:g} to adapt less in weak bands."
        )

    @property
    def looks_back(self) -> int:
        """What the filters of the bank reach back."""
        return self._banks[0].taps - 1

    @lazy
    def _banks(self) -> tuple[AnalysisBank, AnalysisBank]:
        """The banks of real and of complex signals."""
        real, moved = (AnalysisBank(self.bands, self.overlap, c) for c in (False, True))
        return real, moved

    def initial(self, layout: Layout, weights: Array) -> State:
        if layout.regressors:
            raise ValueError(
                "SubbandLMS filters x itself and takes no regressors; pass the series"
            )
        return super().initial(layout, weights)

    def matrices(self, size: int) -> dict[str, tuple[int, ...]]:
        return {}

    def loop(self, state: State, layout: Layout) -> Loop:
        from matopt.filters.kernels.subbands import adapt_in_subbands

        bank = self._banks[layout.is_complex]
        how = (float(self.step), float(self.regularization))
        settings = (bank.prototype, bank.modulation, *how)
        return adapt_in_subbands, (state["start"],), settings
