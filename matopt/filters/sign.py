"""Filters that use signs in place of products."""

from __future__ import annotations

from dataclasses import dataclass

from matopt.filters.filter import check_at_least, check_length, check_positive
from matopt.filters.lms import lower_step
from matopt.filters.rule import ErrorFunction, Rule
from matopt.filters.stochastic_gradient import StochasticGradient


@dataclass(frozen=True)
class SignErrorLMS(StochasticGradient):
    """w += step u conj(sgn e): the gradient of |Re e| + |Im e|, not moved by outliers.

    The sign of a complex number is that of its real and of its imaginary part. Gersho
    (1984).
    """

    length: int
    step: float

    def __post_init__(self) -> None:
        check_length(self.length)
        check_positive(self.step, "step")

    @property
    def rule(self) -> Rule:
        return Rule(self.step, error=ErrorFunction.SIGN)

    @property
    def advice(self) -> str:
        return f"Lower step = {self.step:g}: the weights move by step |u| a sample."


@dataclass(frozen=True)
class SignDataLMS(StochasticGradient):
    """w += step sgn(u) conj(e), also called sign-regressor; signs by parts."""

    length: int
    step: float

    def __post_init__(self) -> None:
        check_length(self.length)
        check_positive(self.step, "step")

    @property
    def rule(self) -> Rule:
        return Rule(self.step, sign_data=True)

    @property
    def advice(self) -> str:
        return lower_step(self.step)


@dataclass(frozen=True)
class SignSignLMS(StochasticGradient):
    """w += step sgn(u) conj(sgn e): no product at all; signs by parts."""

    length: int
    step: float

    def __post_init__(self) -> None:
        check_length(self.length)
        check_positive(self.step, "step")

    @property
    def rule(self) -> Rule:
        return Rule(self.step, error=ErrorFunction.SIGN, sign_data=True)

    @property
    def advice(self) -> str:
        return f"Lower step = {self.step:g}: every weight moves by it at every sample."


@dataclass(frozen=True)
class NormalizedSignSignLMS(StochasticGradient):
    """w += step sgn(u) conj(sgn e) / (|u|^2 + regularization max |u|^2)."""

    length: int
    step: float
    regularization: float = 1e-6

    def __post_init__(self) -> None:
        check_length(self.length)
        check_positive(self.step, "step")
        check_at_least(self.regularization, "regularization", 0.0)

    @property
    def rule(self) -> Rule:
        return Rule(
            self.step,
            error=ErrorFunction.SIGN,
            normalized=True,
            regularization=self.regularization,
            sign_data=True,
        )

    @property
    def advice(self) -> str:
        return f"Lower step = {self.step:g}: weights move by it over |u|^2 at a sample."
