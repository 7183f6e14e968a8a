"""A bank of analysis filters: one prototype, moved to each band of frequencies."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sqrt

import numpy as np

from matopt.lazy import lazy
from matopt.linalg import Array

_BISECTIONS = 60


@dataclass(frozen=True)
class AnalysisBank:
    """h_i(m) = p(m) c_i(m): a lowpass prototype p times what moves it to band i.

    Real: 2 cos((i + 1/2) (m - (K-1)/2) pi / bands + (-1)^i pi/4), a cosine-modulated
    bank with K = 2 overlap bands taps. Complex: exp(j (i + 1/2) (m - (K-1)/2) 2 pi /
    bands), whose bands are twice as wide and have half as many taps. p is a Kaiser
    window times a sinc, 3 dB down where neighbours meet, so that |H_i|^2 add up to
    nearly a constant (Lin & Vaidyanathan, 1998), here to ``bands`` in the mean. A
    single band is the signal itself.
    """

    bands: int
    overlap: int
    is_complex: bool

    @property
    def period(self) -> int:
        """c_i(m + period) = -c_i(m)."""
        if self.bands == 1:
            return 1
        return self.bands if self.is_complex else 2 * self.bands

    @property
    def taps(self) -> int:
        """How long each filter is."""
        return 1 if self.bands == 1 else self.overlap * self.period

    @lazy
    def prototype(self) -> Array:
        """p: (taps,)."""
        if self.bands == 1:
            return np.ones(1)
        shape = _lowpass(self.taps, pi / self.period, self.overlap)
        moved = _fold(shape, self.period) * self.modulation
        scaled: Array = shape * sqrt(self.bands / np.sum(np.abs(moved) ** 2))
        return scaled

    @lazy
    def modulation(self) -> Array:
        """c_i(m) for m below the period: (bands, period)."""
        if self.bands == 1:
            return np.ones((1, 1), complex if self.is_complex else float)
        i = np.arange(self.bands)[:, None]
        m = np.arange(self.period) - (self.taps - 1) / 2
        angle = (i + 0.5) * m * (2 * pi / (2 * self.bands))
        if self.is_complex:
            moved: Array = np.exp(2j * angle)
            return moved
        turned: Array = 2.0 * np.cos(angle + (-1.0) ** i * pi / 4)
        return turned

    @property
    def filters(self) -> Array:
        """h: (bands, taps)."""
        turns = self.taps // self.period
        signs = np.repeat((-1.0) ** np.arange(turns), self.period)
        h: Array = self.prototype * signs * np.tile(self.modulation, turns)
        return h


def _lowpass(taps: int, edge: float, overlap: int) -> Array:
    """A windowed sinc, 3 dB down at ``edge``, down to nothing at twice that."""
    from scipy.signal import kaiser_beta

    m = np.arange(taps) - (taps - 1) / 2
    window = np.kaiser(taps, kaiser_beta(8.0 + 2.285 * 2 * pi * overlap))
    low, high = 0.0, 2.0 * edge
    for _ in range(_BISECTIONS):
        cutoff = 0.5 * (low + high)
        p: Array = window * np.sinc(cutoff * m / pi)
        if np.cos(edge * m) @ p < sqrt(0.5) * p.sum():
            low = cutoff
        else:
            high = cutoff
    return p


def _fold(p: Array, period: int) -> Array:
    """The root of the energy of the taps that meet in each place of a period."""
    folded: Array = np.sqrt(np.sum(p.reshape(-1, period) ** 2, axis=0))
    return folded
