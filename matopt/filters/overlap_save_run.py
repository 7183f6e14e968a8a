"""One run of an overlap-save filter through a chunk, block by block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from matopt.filters.kernels import spectral as kernels
from matopt.filters.outputs import Outputs, State
from matopt.filters.signals import Signals
from matopt.linalg import Array

if TYPE_CHECKING:
    from matopt.filters.overlap_save import OverlapSave

_TOGETHER = 1 << 13  # samples whose frames are transformed at once
_APART = 24  # samples between frames
_NOTHING = slice(0)
_LIMIT = 1e20  # of |e|^2 against the largest |d|^2: 200 dB
_LEVEL, _REACH, _PEAK = 0, 1, 2


class _Frames(NamedTuple):
    """Blocks that follow each other: what of them does not depend on the weights."""

    first: int  # the number of the first block
    spectra: Array  # (partitions - 1 + blocks, channels, bins)
    steps: Array  # (blocks, bins)
    energy: Array  # (blocks,), an upper bound of the |u|^2 in each


class OverlapSaveRun:
    """What the blocks of a chunk share; the state is that of one run."""

    def __init__(
        self, settings: OverlapSave, state: State, signals: Signals, outputs: Outputs
    ) -> None:
        self.settings = settings
        self.state = state
        self.outputs = outputs
        self.spectra = settings.spectra(signals.layout.is_complex)
        self.x, self.d = signals.x[0], signals.d[0]
        self.memory, self.first = signals.memory, signals.first
        self.end = signals.first + signals.count
        self.V = state["spectra"].reshape(-1, state["spectra"].shape[-1])
        self.last = self.spectra.last().astype(self.V.dtype)
        self.padded = np.zeros(self.spectra.frame, signals.layout.dtype)
        self.response = np.empty_like(self.last)
        self.row = 0

    def advance(self) -> int:
        """Return the sample, counted from the start, at which the run diverged, or -1.

        A block that the chunk breaks off is filtered; its errors wait for the rest.
        """
        diverged = self._through_blocks()
        weights = self.state["weights"]
        weights[...] = self._weights().reshape(weights.shape)
        return diverged

    def _through_blocks(self) -> int:
        for frames in self._frames():
            for k in range(len(frames.steps)):
                diverged = self._filter(frames, k)
                if diverged >= 0:
                    return diverged
                if (frames.first + k + 1) * self.settings.block <= self.end:
                    self._adapt(frames, k)
        return -1

    def _frames(self) -> Iterator[_Frames]:
        B = self.settings.block
        stop = -(-self.end // B)
        many = max(1, _TOGETHER // B)
        for first in range(self.first // B, stop, many):
            count = min(many, stop - first)
            X = self._transformed(first, count)
            yield _Frames(first, X, *self._steps(X, first, count))

    def _transformed(self, first: int, count: int) -> Array:
        """The spectra of the frames of some blocks and of those before, in order."""
        B, N = self.settings.block, self.spectra.frame
        before = self.spectra.partitions - 1
        # the frame of block k ends with sample (k + 1) B - 1
        begin = (first + 1 - before) * B - self.first + self.memory - N
        windows = sliding_window_view(self.x, N, axis=-1)
        chosen = windows[:, begin : begin + (count + before - 1) * B + 1 : B]
        # rows a power of two apart would meet in the same lines of the cache
        frames = np.empty((*chosen.shape[:2], N + _APART), chosen.dtype)[..., :N]
        frames[...] = chosen
        return np.ascontiguousarray(self.spectra.forward(frames).swapaxes(0, 1))

    def _steps(self, X: Array, first: int, count: int) -> tuple[Array, Array]:
        """The steps of the blocks in each bin, and an upper bound of their |u|^2."""
        f, gauge = self.settings, self.state["gauge"]
        now, energy = np.empty((count, X.shape[-1]), X.real.dtype), np.empty(count)
        kernels.powers_of(X, self.spectra.partitions, now, energy)
        energy *= 2.0 / self.spectra.frame  # real spectra are half of the circle
        if not f.normalized:
            now[...] = f.step
            return now, energy
        whole = min(count, self.end // f.block - first)
        # the power of a frame is that of the taps times frame / partition
        share = f.step * self.spectra.frame / self.spectra.partition
        gauge[_PEAK] = kernels.steps_of(
            now,
            whole,
            self.state["power"],
            gauge[_PEAK],
            f.smoothing,
            f.regularization,
            share,
        )
        return now, energy

    def _filter(self, frames: _Frames, k: int) -> int:
        """Write the outputs of a block; return the sample of divergence, or -1."""
        B, start = self.settings.block, (frames.first + k) * self.settings.block
        low, high = max(start, self.first), min(start + B, self.end)
        here = slice(low - self.first, high - self.first)
        there = slice(low - start, high - start)
        kernels.respond(self.V, self._part(frames, k), self.response)
        y = self.spectra.inverse(self.response)[-B:][there]
        e = self.state["errors"][there]
        out, d = self.outputs, self.d[here]
        np.subtract(d, y, out=e)
        out.output[0, here], out.error[0, here] = y, e
        out.posterior_error[0, here] = e
        self._keep(low, high)
        return self._diverged(d, e, float(frames.energy[k]), low)

    def _diverged(self, d: Array, e: Array, energy: float, low: int) -> int:
        gauge = self.state["gauge"]
        level = max(float(np.abs(d).max()) ** 2, gauge[_REACH] * energy)
        gauge[_LEVEL] = max(gauge[_LEVEL], level)
        limit = _LIMIT * gauge[_LEVEL]
        if np.vdot(e, e).real <= limit < np.inf:  # then so is each of them
            return -1
        over = ~(np.abs(e).astype(float) ** 2 <= limit)
        return low + int(np.argmax(over)) if over.any() else -1

    def _adapt(self, frames: _Frames, k: int) -> None:
        """One step at the end of a block."""
        self.padded[-self.settings.block :] = self.state["errors"]
        X, E = self._part(frames, k), self.spectra.forward(self.padded)
        kernels.step_along(self.V, X, E, frames.steps[k])
        part = self.settings.constrained_after(frames.first + k)
        if part != _NOTHING:
            self.spectra.constrain(self.state["spectra"], part)
        y = kernels.at_last(self.V, X, self.last)
        at = (frames.first + k + 1) * self.settings.block - 1 - self.first
        y = y if self.spectra.is_complex else y.real
        self.outputs.posterior_error[0, at] = self.d[at] - y

    def _part(self, frames: _Frames, k: int) -> Array:
        """The frames that the partitions see at block k."""
        part = frames.spectra[k : k + self.spectra.partitions]
        return part.reshape(self.V.shape)

    def _weights(self) -> Array:
        return self.spectra.to_weights(self.state["spectra"])

    def _keep(self, low: int, high: int) -> None:
        """The weights at every stride-th sample of a block."""
        stride = self.outputs.stride
        rows = (high - 1) // stride - (low - 1) // stride if stride else 0
        if rows:
            history = self.outputs.history[0, self.row : self.row + rows]
            history[...] = self._weights().reshape(history.shape[1:])
            self.row += rows
