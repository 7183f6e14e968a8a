"""The least mean squares filter, plain and leaky."""

from __future__ import annotations

from dataclasses import dataclass

from matopt.filters.filter import check_between, check_length
from matopt.filters.rule import Rule
from matopt.filters.stochastic_gradient import StochasticGradient

_INF = float("inf")


@dataclass(frozen=True)
class LMS(StochasticGradient):
    """w += step u conj(e): a gradient step (89) at every sample.

    Stable in the mean for step < 2 / (largest eigenvalue of E u u^H), and in every
    step for step < 2 / max |u|^2. Widrow & Hoff (1960).

    >>> import numpy as np
    >>> from matopt import filters
    >>> x = np.random.default_rng(0).standard_normal(4000)
    >>> d = np.convolve(x, [1.0, -0.5, 0.25])[:4000]  # an unknown system
    >>> filters.LMS(3, step=0.05).run(x, d).weights.round(3)
    array([ 1.  , -0.5 ,  0.25])
    """

    length: int
    step: float

    def __post_init__(self) -> None:
        check_length(self.length)
        check_between(self.step, "step", 0.0, _INF, open_low=True)

    @property
    def rule(self) -> Rule:
        return Rule(self.step)

    @property
    def advice(self) -> str:
        return (
            f"Lower step = {self.step:g} below 2 / max |u|^2, "
            "or take NLMS, whose step is relative."
        )
