"""The least mean squares filter, plain and leaky."""

from __future__ import annotations

from dataclasses import dataclass

from matopt.filters.filter import check_at_least, check_length, check_positive
from matopt.filters.rule import Rule
from matopt.filters.stochastic_gradient import StochasticGradient


def lower_step(step: float) -> str:
    """Return what to do when a filter diverges whose step is not normalized."""
    return (
        f"Lower step = {step:g} below 2 / max |u|^2, "
        "or take NLMS, whose step is relative."
    )


def check_leakage(step: float, leakage: float) -> None:
    """Raise unless the weights that nothing excites fade."""
    check_at_least(leakage, "leakage", 0.0)
    if step * leakage >= 1.0:
        raise ValueError(
            f"step * leakage must be below 1, got {step * leakage:g}; "
            f"lower leakage = {leakage:g}"
        )


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
        check_positive(self.step, "step")

    @property
    def rule(self) -> Rule:
        return Rule(self.step)

    @property
    def advice(self) -> str:
        return lower_step(self.step)


@dataclass(frozen=True)
class LeakyLMS(StochasticGradient):
    """w <- (1 - step leakage) w + step u conj(e): weights that nothing excites fade.

    Its mean goes to (R + leakage I)^-1 R w_o, the solution of a ridge regression.
    """

    length: int
    step: float
    leakage: float

    def __post_init__(self) -> None:
        check_length(self.length)
        check_positive(self.step, "step")
        check_leakage(self.step, self.leakage)

    @property
    def rule(self) -> Rule:
        return Rule(self.step, leakage=self.leakage)

    @property
    def advice(self) -> str:
        return lower_step(self.step)
