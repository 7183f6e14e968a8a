"""Filters whose step, or regularization, follows the gradient of the error.

With psi = dw/dstep the output changes by s = psi^H u a unit of the step, so
step += growth Re(conj(e) s) goes down the gradient of |e|^2 / 2. Mathews, Ang and
Benveniste differ in what they keep of psi.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

from matopt.filters.filter import (
    check_at_least,
    check_length,
    check_positive,
    check_relative_step,
    check_share,
)
from matopt.filters.rule import Adaptation, Rule
from matopt.filters.stochastic_gradient import StochasticGradient


class StepAdaptation(StochasticGradient):
    """LMS whose step follows its own gradient, within limits."""

    step: float
    growth: float
    limits: tuple[float, float]

    @property
    @abstractmethod
    def derivative(self) -> tuple[Adaptation, float]:
        """How psi goes on, and how much of it is retained."""

    def __post_init__(self) -> None:
        check_length(self.length)
        check_positive(self.step, "step")
        check_at_least(self.growth, "growth", 0.0)
        limits = _pair(self.limits)
        object.__setattr__(self, "limits", limits)
        if not 0.0 <= limits[0] <= self.step <= limits[1]:
            raise ValueError(
                f"step must be within limits = ({limits[0]:g}, {limits[1]:g}), got "
                f"{self.step:g}; limits are the least and the largest step"
            )

    @property
    def rule(self) -> Rule:
        adaptation, retained = self.derivative
        return Rule(
            self.step,
            adaptation=adaptation,
            growth=self.growth,
            retained=retained,
            bounds=self.limits,
        )

    @property
    def advice(self) -> str:
        return (
            f"Lower the upper limit {self.limits[1]:g} of the step below 2 / max "
            "|u|^2, or lower growth."
        )


def _pair(limits: tuple[float, float]) -> tuple[float, float]:
    """Return the least and the largest step as a pair of numbers."""
    try:
        low, high = limits
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"limits must be a pair, the least and the largest step, got {limits!r}"
        ) from error
    return float(low), float(high)


@dataclass(frozen=True)
class MathewsLMS(StepAdaptation):
    """step += growth Re(conj(e_n) e_{n-1} u_{n-1}^H u_n), then an LMS step.

    Mathews & Xie (1993): psi is of the last step only.
    """

    length: int
    step: float
    growth: float
    limits: tuple[float, float] = (0.0, float("inf"))

    @property
    def derivative(self) -> tuple[Adaptation, float]:
        return Adaptation.STEP, 0.0


@dataclass(frozen=True)
class AngLMS(StepAdaptation):
    """step += growth Re(conj(e) psi^H u), psi <- retained psi + u conj(e).

    Ang & Farhang-Boroujeny (2001); retained = 0 is MathewsLMS.
    """

    length: int
    step: float
    growth: float
    retained: float = 0.95
    limits: tuple[float, float] = (0.0, float("inf"))

    def __post_init__(self) -> None:
        super().__post_init__()
        meaning = "it is how much of the derivative lives on from sample to sample"
        check_share(self.retained, "retained", meaning)

    @property
    def derivative(self) -> tuple[Adaptation, float]:
        return Adaptation.STEP, self.retained


@dataclass(frozen=True)
class BenvenisteLMS(StepAdaptation):
    """step += growth Re(conj(e) psi^H u), psi <- (I - step u u^H) psi + u conj(e).

    psi is the derivative of the weights by a step that is held. Benveniste, Metivier &
    Priouret (1990).
    """

    length: int
    step: float
    growth: float
    limits: tuple[float, float] = (0.0, float("inf"))

    @property
    def derivative(self) -> tuple[Adaptation, float]:
        return Adaptation.STEP_EXACTLY, 1.0


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
