"""One run of an overlap-save filter through a chunk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matopt.filters.kernels import spectral as kernels
from matopt.filters.kernels.proportion import QUIET
from matopt.filters.outputs import Outputs, State
from matopt.filters.signals import Signals
from matopt.filters.spectra import from_planes, planes
from matopt.linalg import Array

if TYPE_CHECKING:
    from matopt.filters.overlap_save import OverlapSave

_TOGETHER = 1 << 14  # samples whose frames are transformed at once


class OverlapSaveRun:
    """What the blocks of a chunk share; the state is that of one run."""

    def __init__(
        self, settings: OverlapSave, state: State, signals: Signals, outputs: Outputs
    ) -> None:
        self.settings, self.state, self.outputs = settings, state, outputs
        self.spectra = settings.spectra(signals.layout.is_complex)
        self.x, self.d = planes(signals.x[0], axis=1), planes(signals.d[0], axis=0)
        signals_out = (outputs.output, outputs.error, outputs.posterior_error)
        direct = outputs.output.dtype == float  # one plane, in double precision
        self.results = [o if direct else np.zeros(self.d.shape) for o in signals_out]
        self.memory, self.first = signals.memory, signals.first
        self.end = signals.first + signals.count
        self.row = 0

    def advance(self) -> int:
        """Return the sample, counted from the start, at which the run diverged, or -1.

        A block that the chunk breaks off is filtered; its errors wait for the rest.
        """
        diverged = self._through_blocks()
        out = self.outputs
        for signal, values in zip(
            (out.output, out.error, out.posterior_error), self.results, strict=True
        ):
            if signal is not values:
                signal[0] = from_planes(values, axis=0)
        w = self.state["weights"]
        w[...] = self.spectra.to_weights(self.state["spectra"]).reshape(w.shape)
        return diverged

    def _through_blocks(self) -> int:
        B = self.settings.block
        stop = -(-self.end // B)
        many = 1 if self.outputs.stride else max(1, _TOGETHER // B)
        most, spectra = min(many, stop - self.first // B), self.spectra
        frames = most + spectra.partitions - 1
        space = (
            np.empty((frames, len(self.x), 2, spectra.bins)),
            np.empty((most, spectra.bins)),
            np.empty(most),
        )
        for first in range(self.first // B, stop, many):
            row, quiet = self.row, self.state["gauge"][QUIET]
            self._keep(first, self.state["spectra"])
            diverged = self._adapt(first, min(many, stop - first), *space)
            if 0.0 < quiet < self.state["gauge"][QUIET]:  # it has begun anew
                self.row = row
                self._keep(first, self.state["start"])
            if diverged >= 0:
                return self.first + diverged
        return -1

    def _adapt(
        self, first: int, count: int, X: Array, powers: Array, energy: Array
    ) -> int:
        f, state, spectra = self.settings, self.state, self.spectra
        before = spectra.partitions - 1
        X, powers, energy = X[: count + before], powers[:count], energy[:count]
        # the frame of block k ends with sample (k + 1) block - 1
        begin = (first + 1 - before) * f.block - self.first + self.memory
        kernels.transform(self.x, begin - spectra.frame, f.block, X, *spectra.factors)
        kernels.measure(X, spectra.partitions, powers, energy)
        # the power of a frame is that of the taps times frame / partition
        share = spectra.frame / spectra.partition if f.normalized else 1.0
        start, turn = first * f.block - self.first, first % spectra.partitions
        diverged = kernels.adapt_by_spectra(  # type: ignore[call-arg]  # the stub counts starred arguments as one each
            state["spectra"],
            state["start"],
            X,
            powers,
            energy,
            state["power"],
            state["errors"],
            state["gauge"],
            self.d,
            *self.results,
            start,
            f.block,
            spectra.partition,
            spectra.length,
            f.normalized,
            float(f.step * share),
            float(f.smoothing),
            float(f.regularization),
            spectra.leak if f.constrains else 0.0,
            spectra.window,
            f.constrains,
            turn,
            spectra.last,
            *spectra.factors,
        )
        return int(diverged)

    def _keep(self, block: int, V: Array) -> None:
        """The weights at every stride-th sample of a block."""
        stride, B = self.outputs.stride, self.settings.block
        if not stride:
            return
        low, high = max(block * B, self.first), min((block + 1) * B, self.end)
        rows = (high - 1) // stride - (low - 1) // stride
        if rows:
            w = self.spectra.to_weights(V)
            history = self.outputs.history[0, self.row : self.row + rows]
            history[...] = w.reshape(history.shape[1:])
            self.row += rows
