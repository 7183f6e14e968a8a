"""Filters for systems of which most taps are zero."""

from __future__ import annotations

from dataclasses import dataclass

from matopt.filters.filter import check_at_least, check_length, check_positive
from matopt.filters.lms import lower_step
from matopt.filters.rule import Rule
from matopt.filters.stochastic_gradient import StochasticGradient


@dataclass(frozen=True)
class ZeroAttractingLMS(StochasticGradient):
    """w <- w + step u conj(e) - attraction sgn(w): LMS with an l1 penalty.

    sgn(w) = w / |w| for complex weights, too. Chen, Gu & Hero (2009).
    """

    length: int
    step: float
    attraction: float

    def __post_init__(self) -> None:
        check_length(self.length)
        check_positive(self.step, "step")
        check_at_least(self.attraction, "attraction", 0.0)

    @property
    def rule(self) -> Rule:
        return Rule(self.step, attraction=self.attraction)

    @property
    def advice(self) -> str:
        return lower_step(self.step)


@dataclass(frozen=True)
class ReweightedZeroAttractingLMS(StochasticGradient):
    """w <- w + step u conj(e) - attraction sgn(w) / (1 + reweighting |w|).

    Large taps are hardly attracted: a log penalty. Chen, Gu & Hero (2009).
    """

    length: int
    step: float
    attraction: float
    reweighting: float = 10.0

    def __post_init__(self) -> None:
        check_length(self.length)
        check_positive(self.step, "step")
        check_at_least(self.attraction, "attraction", 0.0)
        check_at_least(self.reweighting, "reweighting", 0.0)

    @property
    def rule(self) -> Rule:
        return Rule(self.step, attraction=self.attraction, reweighting=self.reweighting)

    @property
    def advice(self) -> str:
        return lower_step(self.step)
