"""The widely linear (augmented) LMS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from matopt.filters.signal_moments import NoncircularMoments, SignalMoments
from matopt.filters.theory_base import Theory, check_step
from matopt.filters.theory_lms import LMSTheory
from matopt.lazy import lazy
from matopt.linalg import Array


@dataclass(frozen=True, eq=False)
class AugmentedLMSTheory(Theory):
    """w += mu u e*, g += mu u* e* with e = d - w^H u - g^H u*.

    That is two real LMS filters of step 2 mu on the regressor [Re u, Im u], one for
    Re d and one for Im d; their errors add. ``deviation`` is that of (w, g). Mandic &
    Goh (2009).
    """

    signals: NoncircularMoments
    step: float

    source = "Picinbono & Chevalier (1995); Mandic & Goh (2009)"
    conditions = "exact for independent Gaussian regressors and a Gaussian desired"

    def __post_init__(self) -> None:
        check_step(self.step)

    @property
    def moments(self) -> SignalMoments:  # type: ignore[override]  # computed, not a field
        """Those of the strictly linear filter."""
        return self.signals.linear

    @lazy
    def parts(self) -> tuple[LMSTheory, LMSTheory]:
        """The theories for Re d and Im d."""
        a, b = self.signals.parts
        return LMSTheory(a, 2.0 * self.step), LMSTheory(b, 2.0 * self.step)

    @property
    def minimum_error(self) -> float:
        return self.signals.minimum_error

    @property
    def excess(self) -> float:
        return self.parts[0].excess + self.parts[1].excess

    @property
    def deviation(self) -> float:
        """E |w_o - w|^2 + E |g_o - g|^2 in the end."""
        return (self.parts[0].deviation + self.parts[1].deviation) / 2.0

    def states(self, start: Array) -> Iterator[tuple[float, float]]:
        """From w = start, g = 0."""
        real = np.concatenate([start.real, start.imag])
        imag = np.concatenate([-start.imag, start.real])
        a, b = self.parts
        for one, other in zip(a.states(real), b.states(imag), strict=True):
            yield one[0] + other[0], (one[1] + other[1]) / 2.0
