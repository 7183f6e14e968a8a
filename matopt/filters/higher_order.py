"""Filters that minimize higher powers of the error."""

from __future__ import annotations

from dataclasses import dataclass

from matopt.filters.filter import (
    check_at_least,
    check_length,
    check_number,
    check_positive,
)
from matopt.filters.rule import ErrorFunction, Rule
from matopt.filters.stochastic_gradient import StochasticGradient

_CURE = (
    "its update grows with the cube of the error. Start nearer the solution "
    "(weights=...), scale d down, or take LMS or NLMS first."
)


@dataclass(frozen=True)
class LMF(StochasticGradient):
    """w += step u conj(e) |e|^2: the least mean fourth. Walach & Widrow (1984).

    Better than LMS where the noise is flatter than Gaussian; stable only near the
    solution.
    """

    length: int
    step: float

    def __post_init__(self) -> None:
        check_length(self.length)
        check_positive(self.step, "step")

    @property
    def rule(self) -> Rule:
        return Rule(self.step, error=ErrorFunction.CUBIC)

    @property
    def advice(self) -> str:
        return f"Lower step = {self.step:g}; {_CURE}"


@dataclass(frozen=True)
class MixedNormLMS(StochasticGradient):
    """w += step u conj(e) (mix + (1 - mix) |e|^2), between LMF and LMS.

    Chambers, Tanrikulu & Constantinides (1994).
    """

    length: int
    step: float
    mix: float = 0.5

    def __post_init__(self) -> None:
        check_length(self.length)
        check_positive(self.step, "step")
        check_number(self.mix, "mix")
        if not 0.0 <= self.mix <= 1.0:
            raise ValueError(
                f"mix must be in [0, 1], got {self.mix:g}; 1 is LMS and 0 is LMF"
            )

    @property
    def rule(self) -> Rule:
        return Rule(self.step, error=ErrorFunction.CUBIC, mix=self.mix)

    @property
    def advice(self) -> str:
        return f"Lower step = {self.step:g} or raise mix = {self.mix:g}; {_CURE}"


@dataclass(frozen=True)
class NLMF(StochasticGradient):
    """w += step u conj(e) |e|^2 / (|u|^2 + regularization max |u|^2).

    LMF that does not depend on the power of x, but for that of d: step |e|^2 is what
    the step of NLMS is, and must stay below 2.
    """

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
            error=ErrorFunction.CUBIC,
            normalized=True,
            regularization=self.regularization,
        )

    @property
    def advice(self) -> str:
        return f"Lower step = {self.step:g} below 2 / max |e|^2; {_CURE}"
