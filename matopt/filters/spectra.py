"""Taps in partitions, each held as the spectrum of its conjugate taps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matopt.lazy import lazy
from matopt.linalg import Array


@dataclass(frozen=True)
class Spectra:
    """Spectra V (..., partitions, channels, 2, bins) of weights (..., channels, taps).

    The oldest taps are first among the partitions, so that those of a series of frames
    are in its order. Frames are powers of two, the order of the bins is nobody's
    business, and everything is in double precision. Complex frames s have the cyclic
    transform; real ones the polynomial s modulo x^n + 1 at the roots of x^(n/2) = -i:
    products are convolutions too, whose wrapped part has the other sign, and take half
    as many bins, as s_j - i s_(j + n/2) is all that there is to transform.
    """

    length: int
    partition: int  # taps
    frame: int  # samples
    is_complex: bool

    @property
    def partitions(self) -> int:
        """In how many parts the taps are."""
        return -(-self.length // self.partition)

    @property
    def bins(self) -> int:
        """The bins of a frame."""
        return self.frame if self.is_complex else self.frame // 2

    @lazy
    def factors(self) -> tuple[Array, Array]:
        """What the kernels turn by."""
        from matopt.filters.kernels import fourier

        return fourier.twist(self.bins, self.is_complex), fourier.turns(self.bins)

    @property
    def _kept(self) -> int:
        """The taps of the longest partition."""
        return min(self.partition, self.length)

    @property
    def leak(self) -> float:
        """What leaks at most through the window of taps into bins far away."""
        return (self._kept > 1) * (2.0 / self._kept) ** 2

    @lazy
    def window(self) -> Array:
        """The window of the taps times itself at each lag, as ``give`` has lags.

        It takes the spectrum of a frame to that of a piece as long as the taps.
        """
        lag = np.arange(self.frame)
        overlap = np.maximum(self._kept - np.minimum(lag, self.frame - lag), 0)
        return np.resize(overlap / self._kept, (2, self.bins))

    def forward(self, frames: Array) -> Array:
        """The spectra of frames (..., planes, frame)."""
        from matopt.filters.kernels.spectral import transform

        rows = frames.reshape(-1, *frames.shape[-2:])
        spectra = np.empty((1, len(rows), 2, self.bins))
        transform(rows, 0, 0, spectra, *self.factors)
        return spectra.reshape(*frames.shape[:-2], 2, self.bins)

    def inverse(self, spectra: Array) -> Array:
        """The frames (..., planes, frame) of spectra (..., 2, bins)."""
        from matopt.filters.kernels import fourier

        twist, turns = self.factors
        frames = np.empty_like(spectra)
        for at in np.ndindex(spectra.shape[:-2]):
            re, im = spectra[at].copy()
            fourier.inverse(re, im, turns)
            fourier.give(re, im, twist, *frames[at])
        return frames.reshape(*spectra.shape[:-2], -1, self.frame)

    def of_weights(self, w: Array) -> Array:
        """(..., channels, taps) as V."""
        frames = np.zeros((*w.shape[:-1], self.partitions, self.frame), w.dtype)
        for p in range(self.partitions):
            part = w[..., p * self.partition : (p + 1) * self.partition]
            frames[..., -1 - p, : part.shape[-1]] = part.conj()
        return self.forward(planes(np.moveaxis(frames, -2, -3), axis=-2))

    def to_weights(self, V: Array) -> Array:
        """The true taps of V, the inverse."""
        v = from_planes(self.inverse(V), axis=-2)[..., ::-1, :, : self.partition]
        w = np.moveaxis(v.conj(), -3, -2)
        return w.reshape(*w.shape[:-2], -1)[..., : self.length]

    @lazy
    def last(self) -> Array:
        """What bins are multiplied by and added up to the last sample: (2, bins).

        The transform is unitary but for a scale, so this is that of a last one.
        """
        impulse = np.zeros((1 + self.is_complex, self.frame))
        impulse[0, -1] = 1.0
        conjugate = np.array([[1.0], [-1.0]]) / self.bins
        turn: Array = self.forward(impulse) * conjugate
        return turn


def planes(signal: Array, axis: int) -> Array:
    """A new axis of a real signal, or of real parts and negated imaginary parts."""
    if np.iscomplexobj(signal):
        return np.stack([signal.real, -signal.imag], axis, dtype=float)
    only: Array = np.expand_dims(signal, axis).astype(float, copy=False)
    return only


def from_planes(signal: Array, axis: int) -> Array:
    """The inverse of ``planes``."""
    first: Array = np.take(signal, 0, axis)
    if signal.shape[axis] == 1:
        return first
    both: Array = first - 1j * np.take(signal, 1, axis)
    return both
