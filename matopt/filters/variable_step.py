"""Filters whose step, or regularization, follows the gradient of the error.

With psi = dw/dstep the output changes by s = psi^H u a unit of the step, so
step += growth Re(conj(e) s) goes down the gradient of |e|^2 / 2. Mathews, Ang and
Benveniste differ in what they keep of psi.
"""

from __future__ import annotations

from dataclasses import dataclass

from matopt.filters.filter import (
    check_at_least,
    check_length,
    check_positive,
    check_relative_step,
)
from matopt.filters.rule import Adaptation, Rule
from matopt.filters.stochastic_gradient import StochasticGradient


def _check(
    length: int, step: float, growth: float, limits: tuple[float, float]
) -> None:
    check_length(length)
    check_positive(step, "step")
    check_at_least(growth, "growth", 0.0)
    low, high = limits
    if not 0.0 <= low <= step <= high:
        raise ValueError(
            f"step must be within limits = ({low:g}, {high:g}), got {step:g}; "
            "limits are the least and the largest step"
        )


def _advice(limits: tuple[float, float]) -> str:
    return (
        f"Lower the upper limit {limits[1]:g} of the step below 2 / max |u|^2, "
        "or lower growth."
    )


@dataclass(frozen=True)
class MathewsLMS(StochasticGradient):
    """step += growth Re(conj(e_n) e_{n-1} u_{n-1}^H u_n), then an LMS step.

    Mathews & Xie (1993): psi is of the last step only.
    """

    length: int
    step: float
    growth: float
    limits: tuple[float, float] = (0.0, float("inf"))

    def __post_init__(self) -> None:
        _check(self.length, self.step, self.growth, self.limits)

    @property
    def rule(self) -> Rule:
        return Rule(
            self.step,
            adaptation=Adaptation.STEP,
            growth=self.growth,
            bounds=self.limits,
        )

    @property
    def advice(self) -> str:
        return _advice(self.limits)


@dataclass(frozen=True)
class AngLMS(StochasticGradient):
    """step += growth Re(conj(e) psi^H u), psi <- retained psi + u conj(e).

    Ang & Farhang-Boroujeny (2001); retained = 0 is MathewsLMS.
    """

    length: int
    step: float
    growth: float
    retained: float = 0.95
    limits: tuple[float, float] = (0.0, float("inf"))

    def __post_init__(self) -> None:
        _check(self.length, self.step, self.growth, self.limits)
        if not 0.0 <= self.retained < 1.0:
            raise ValueError(
                f"retained must be in [0, 1), got {self.retained:g}; it is how much of "
                "the derivative lives on from sample to sample"
            )

    @property
    def rule(self) -> Rule:
        return Rule(
            self.step,
            adaptation=Adaptation.STEP,
            growth=self.growth,
            retained=self.retained,
            bounds=self.limits,
        )

    @property
    def advice(self) -> str:
        return _advice(self.limits)


@dataclass(frozen=True)
class BenvenisteLMS(StochasticGradient):
    """step += growth Re(conj(e) psi^H u), psi <- (I - step u u^H) psi + u conj(e).

    psi is the derivative of the weights by a step that is held. Benveniste, Metivier &
    Priouret (1990).
    """

    length: int
    step: float
    growth: float
    limits: tuple[float, float] = (0.0, float("inf"))

    def __post_init__(self) -> None:
        _check(self.length, self.step, self.growth, self.limits)

    @property
    def rule(self) -> Rule:
        return Rule(
            self.step,
            adaptation=Adaptation.STEP_EXACTLY,
            growth=self.growth,
            retained=1.0,
            bounds=self.limits,
        )

    @property
    def advice(self) -> str:
        return _advice(self.limits)


@dataclass(frozen=True)
class GNGD(StochasticGradient):
    """NLMS whose regularization goes down the gradient of |e|^2. Mandic (2004).

    w += step u conj(e) / (|u|^2 + eps), and eps <- eps - growth step Re(conj(e_n)
    e_{n-1} u_{n-1}^H u_n) / (|u_{n-1}|^2 + eps)^2, not below zero.
    """

    length: int
    step: float = 0.5
    growth: float = 0.15
    regularization: float = 1.0

    def __post_init__(self) -> None:
        check_length(self.length)
        check_relative_step(self.step)
        check_at_least(self.growth, "growth", 0.0)
        check_at_least(self.regularization, "regularization", 0.0)

    @property
    def rule(self) -> Rule:
        return Rule(
            self.step,
            adaptation=Adaptation.REGULARIZATION,
            growth=self.growth,
            regularization=self.regularization,
        )

    @property
    def advice(self) -> str:
        return f"Lower step = {self.step:g} or growth = {self.growth:g}."
