"""Block filters whose convolutions are products of spectra (overlap-save)."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from matopt.filters.block import check_block, lower_block_step
from matopt.filters.filter import (
    AdaptiveFilter,
    check_at_least,
    check_flag,
    check_length,
    check_positive,
    check_relative_step,
    check_share,
    lower_relative_step,
)
from matopt.filters.gauge import fresh_gauge
from matopt.filters.outputs import Outputs, State
from matopt.filters.signals import Layout, Signals
from matopt.filters.spectra import Spectra
from matopt.lazy import lazy
from matopt.linalg import Array


class OverlapSave(AdaptiveFilter):
    """One step a block of samples, in the spectra of frames that overlap.

    A frame is the block and what came before it, X its spectrum. With V the spectra of
    the conjugate taps, y is the end of the inverse transform of sum V X, and the
    gradient is conj(X) E, where E is the spectrum of the errors behind zeros. It has
    as many taps as the frame is long; to constrain is to set the false ones to zero.
    """

    step: float
    block: int
    normalized: bool
    smoothing: float
    regularization: float

    @property
    @abstractmethod
    def partition(self) -> int:
        """How many taps a partition has; the last one may have fewer."""

    @property
    @abstractmethod
    def constrains(self) -> int:
        """After a block: 0 no partition, 1 all of them, 2 one in turn."""

    @property
    def is_causal(self) -> bool:
        """Are all partitions constrained, always?"""
        return self.constrains == 1

    @property
    def whole(self) -> int:
        """A block, where taps that are not constrained see its end."""
        return 1 if self.is_causal else self.block

    def check_settings(self) -> None:
        """Raise unless the settings make sense."""
        check_length(self.length)
        check_block(self.block)
        check_flag(self.normalized, "normalized")
        check_step = check_relative_step if self.normalized else _check_absolute_step
        check_step(self.step)
        check_at_least(self.regularization, "regularization", 0.0)
        meaning = "it is the share of the power that is kept from block to block"
        check_share(self.smoothing, "smoothing", meaning)

    def spectra(self, is_complex: bool) -> Spectra:
        """Return how the taps are held as spectra."""
        return self._of_both[is_complex]

    @lazy
    def _of_both(self) -> tuple[Spectra, Spectra]:
        """Those of real and of complex signals; their factors are made once."""
        frame = max(2, 1 << (self.block + self.partition - 2).bit_length())
        taps = self.length, self.partition
        return Spectra(*taps, frame, False), Spectra(*taps, frame, True)

    @property
    def memory(self) -> int:
        """The frame of the oldest partition, from anywhere in the block."""
        spectra = self.spectra(False)
        return spectra.frame - 1 + (spectra.partitions - 1) * self.partition

    @property
    def margin(self) -> int:
        """What the block that a chunk ends in may lack."""
        return self.block - 1

    @property
    def advice(self) -> str:
        if not self.normalized:
            return lower_block_step(self.step, self.block)
        bound = 2.0 * self.length / (self.length + self.block)
        least = (
            f", which is stable below 2 length / (length + block) = {bound:.3g}"
            if self.block > self.length
            else ""
        )
        return (
            f"{lower_relative_step(self.step, bound)}{least}, or raise smoothing = "
            f"{self.smoothing:g} towards 1 or regularization = "
            f"{self.regularization:g}."
        )

    def initial(self, layout: Layout, weights: Array) -> State:
        if layout.regressors:
            raise ValueError(
                f"{type(self).__name__} transforms x itself and takes no regressors; "
                "pass the series"
            )
        w = weights.reshape(len(weights), -1, self.length)
        V = self.spectra(layout.is_complex).of_weights(w)
        return {
            "weights": weights,
            "start": V.copy(),
            "spectra": V,
            "errors": np.zeros((len(w), 1 + layout.is_complex, self.block)),
            "power": np.zeros((len(w), V.shape[-1])),
            "gauge": fresh_gauge(weights),  # and the largest power of a bin
        }

    def advance(self, state: State, signals: Signals, outputs: Outputs) -> None:
        from matopt.filters.overlap_save_run import OverlapSaveRun

        if signals.first % self.whole:
            raise ValueError(
                f"the last chunk ended within a block, after {signals.first} samples; "
                f"all but the last must be multiples of block = {self.block}, for "
                "unconstrained taps also see the end of a block"
            )
        for run in np.flatnonzero(state["diverged"] < 0):
            part = slice(run, run + 1)
            own = {name: array[run] for name, array in state.items()}
            there = signals.rows(part), outputs.rows(part)
            state["diverged"][run] = OverlapSaveRun(self, own, *there).advance()

    def settle(self, state: State, layout: Layout) -> None:
        """What was gathered of a block that was broken off is dropped."""
        state["errors"][...] = 0.0


def _check_absolute_step(step: float) -> None:
    check_positive(step, "step")
