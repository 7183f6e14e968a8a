"""Taps in partitions, each held as the spectrum of its conjugate taps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matopt.linalg import Array


@dataclass(frozen=True)
class Spectra:
    """Spectra V (..., partitions, channels, bins) of the weights (..., channels, taps).

    The oldest taps are first among the partitions, so that those of a series of frames
    are in its order. A real frame has the bins of half the circle.
    """

    length: int
    partition: int  # taps
    frame: int  # samples
    is_complex: bool

    @property
    def partitions(self) -> int:
        """In how many parts the taps are."""
        return -(-self.length // self.partition)

    def forward(self, samples: Array) -> Array:
        """The spectra of frames, or of what zeros are to be put behind."""
        from scipy.fft import fft, rfft

        if self.is_complex:
            return np.asarray(fft(samples, self.frame))
        return np.asarray(rfft(samples, self.frame))

    def inverse(self, spectra: Array) -> Array:
        """The frames of these spectra."""
        from scipy.fft import ifft, irfft

        if self.is_complex:
            return np.asarray(ifft(spectra, self.frame))
        return np.asarray(irfft(spectra, self.frame))

    def of_weights(self, w: Array) -> Array:
        """(..., channels, taps) as V."""
        lacking = self.partitions * self.partition - self.length
        v = np.pad(w.conj(), [(0, 0)] * (w.ndim - 1) + [(0, lacking)])
        v = v.reshape(*w.shape[:-1], self.partitions, self.partition)
        return self.forward(np.moveaxis(v, -2, -3)[..., ::-1, :, :])

    def to_weights(self, V: Array) -> Array:
        """The true taps of V, the inverse."""
        v = self.inverse(V)[..., ::-1, :, : self.partition].conj()
        w = np.moveaxis(v, -3, -2)
        return w.reshape(*w.shape[:-2], -1)[..., : self.length]

    def constrain(self, V: Array, part: slice) -> None:
        """Set to zero all but the true taps of a part of the partitions."""
        v = self.inverse(V[part])
        v[..., self.partition :] = 0.0
        if part.start in (None, 0):  # the oldest partition may have fewer
            kept = self.length - (self.partitions - 1) * self.partition
            v[0, :, kept:] = 0.0
        V[part] = self.forward(v)

    def last(self) -> Array:
        """What the bins are multiplied by and added up to the last sample (real part).

        y(N - 1) = 1/N sum_k Y_k exp(-2 pi i k / N).
        """
        k = np.arange(self.frame if self.is_complex else self.frame // 2 + 1)
        turn: Array = np.exp(-2j * np.pi * k / self.frame) / self.frame
        if not self.is_complex:  # the other half of the circle
            turn[1 : (self.frame + 1) // 2] *= 2.0
        return turn
