"""The update rule of a gradient filter, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from matopt.linalg import Array

NO_PATH = (1.0,)  # taps that change nothing


class ErrorFunction(IntEnum):
    """g in the update w += step u conj(g(e)); the codes are those of the kernel."""

    LINEAR = 0  # e
    SIGN = 1  # sgn(Re e) + i sgn(Im e)
    CUBIC = 2  # e (mix + (1 - mix) |e|^2)


class Adaptation(IntEnum):
    """What follows the gradient of |e|^2, through the derivative psi = dw/dstep.

    STEP: psi <- retained psi + u conj(e). STEP_EXACTLY: the derivative itself,
    psi <- (I - step u u^H) psi + u conj(e). REGULARIZATION: that of the normalization,
    with psi <- u conj(e).
    """

    NOTHING = 0
    STEP = 1
    STEP_EXACTLY = 2
    REGULARIZATION = 3


@dataclass(frozen=True)
class Constraint:
    """C^H w = f at every step: ``matrix`` C (taps, k), ``target`` f (k,)."""

    matrix: Array
    target: Array


@dataclass(frozen=True)
class Rule:
    """w <- (1 - step leakage) w - pull + m conj(g(e)) z, with m = step and z = u.

    ``normalized``: m = step / (|u|^2 + regularization max |u|^2), the largest so far.
    ``sign_data``: z = sgn(u). ``estimate``: z is u sent through these taps.
    ``attraction`` a, ``reweighting`` r: the pull a sgn(w) / (1 + r |w|).
    ``adaptation``: the step (or the regularization) grows by growth times its own
    gradient, within ``bounds``. ``path``: what the output goes through before it is
    subtracted from d.
    """

    step: float
    error: ErrorFunction = ErrorFunction.LINEAR
    mix: float = 0.0
    leakage: float = 0.0
    normalized: bool = False
    regularization: float = 0.0
    sign_data: bool = False
    attraction: float = 0.0
    reweighting: float = 0.0
    adaptation: Adaptation = Adaptation.NOTHING
    growth: float = 0.0
    retained: float = 0.0
    bounds: tuple[float, float] = (0.0, float("inf"))
    constraint: Constraint | None = None
    path: tuple[float, ...] = NO_PATH
    estimate: tuple[float, ...] = NO_PATH

    @property
    def is_scalar(self) -> bool:
        """Is the update a number times the regressor, but for the leakage?"""
        return (
            not self.sign_data
            and self.attraction == 0.0
            and self.adaptation is Adaptation.NOTHING
            and self.constraint is None
            and self.path == self.estimate == NO_PATH
        )

    @property
    def at_once(self) -> float:
        """How far a weight may go at a sample however small u and e are."""
        signs = self.error is ErrorFunction.SIGN
        return self.attraction + (self.step if signs else 0.0)

    @property
    def kinds(self) -> NDArray[np.int64]:
        """What the kernels branch on."""
        return np.array([self.error, self.normalized, self.adaptation], dtype=np.int64)

    @property
    def numbers(self) -> NDArray[np.float64]:
        """What the kernels compute with."""
        keep = 1.0 - self.step * self.leakage
        scalar = [keep, self.step, self.regularization, self.mix]
        pull = [self.attraction, self.reweighting]
        return np.array([*scalar, *pull, self.growth, self.retained, *self.bounds])
