"""The normalized least mean squares filter, plain and leaky."""

from __future__ import annotations

from dataclasses import dataclass

from matopt.filters.filter import (
    check_at_least,
    check_length,
    check_relative_step,
    lower_relative_step,
)
from matopt.filters.lms import check_leakage
from matopt.filters.rule import Rule
from matopt.filters.stochastic_gradient import StochasticGradient


@dataclass(frozen=True)
class NLMS(StochasticGradient):
    """w += step u conj(e) / (|u|^2 + regularization max |u|^2), the largest so far.

    Stable for 0 < step < 2; at step = 1 without regularization the posterior error is
    zero. The regularization is relative to the power of x, so that no scale of the
    signals is preferred, and near silence does not divide by almost nothing. Nagumo &
    Noda (1967).

    >>> import numpy as np
    >>> from matopt import filters
    >>> x = 1e-3 * np.random.default_rng(0).standard_normal(2000)
    >>> run = filters.NLMS(2, step=0.5).run(x, 3 * x)
    >>> run.weights.round(6) + 0.0
    array([3., 0.])
    """

    length: int
    step: float = 0.5
    regularization: float = 1e-6

    def __post_init__(self) -> None:
        check_length(self.length)
        check_relative_step(self.step)
        check_at_least(self.regularization, "regularization", 0.0)

    @property
    def rule(self) -> Rule:
        return Rule(self.step, normalized=True, regularization=self.regularization)

    @property
    def advice(self) -> str:
        return (
            f"{lower_relative_step(self.step)}, or raise regularization = "
            f"{self.regularization:g} to adapt less in near silence."
        )


@dataclass(frozen=True)
class LeakyNLMS(StochasticGradient):
    """w <- (1 - step leakage) w + step u conj(e) / (|u|^2 + regularization max |u|^2).

    NLMS whose weights fade, by the share step leakage at a sample.
    """

    length: int
    step: float = 0.5
    leakage: float = 1e-4
    regularization: float = 1e-6

    def __post_init__(self) -> None:
        check_length(self.length)
        check_relative_step(self.step)
        check_leakage(self.step, self.leakage)
        check_at_least(self.regularization, "regularization", 0.0)

    @property
    def rule(self) -> Rule:
        return Rule(
            self.step,
            leakage=self.leakage,
            normalized=True,
            regularization=self.regularization,
        )

    @property
    def advice(self) -> str:
        return NLMS(self.length, self.step, self.regularization).advice
