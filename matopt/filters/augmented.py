"""Widely linear filters, for complex signals whose pseudo-covariance is not zero."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matopt.filters.filter import check_length, check_positive
from matopt.filters.lms import lower_step
from matopt.filters.rule import Rule
from matopt.filters.signals import Layout
from matopt.filters.stochastic_gradient import StochasticGradient
from matopt.linalg import Array


def with_conjugate(x: Array, layout: Layout) -> Array:
    """x beside conj(x): as more channels, or as more entries of the regressors."""
    return np.concatenate([x, x.conj()], axis=2 if layout.regressors else 1)


def taps_with_conjugate(length: int, layout: Layout) -> tuple[int, int]:
    """(2 channels, length): the weights of x, then those of conj(x)."""
    return 2 * (layout.channels or 1), length


@dataclass(frozen=True)
class AugmentedCLMS(StochasticGradient):
    """y = h^H u + g^H conj(u), with an LMS step of both: the widely linear filter.

    ``weights`` are (2, length): h, then g. Its best error is lower than that of a
    linear filter where u is not circular. Mandic & Goh (2009).
    """

    length: int
    step: float

    def __post_init__(self) -> None:
        check_length(self.length)
        check_positive(self.step, "step")

    @property
    def rule(self) -> Rule:
        return Rule(self.step)

    @property
    def advice(self) -> str:
        return lower_step(self.step)

    def taps(self, layout: Layout) -> tuple[int, ...]:
        return taps_with_conjugate(self.length, layout)

    def expand(self, x: Array, layout: Layout) -> Array:
        return with_conjugate(x, layout)
