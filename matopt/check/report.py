"""What a check measured, and how an order is measured."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class Measurement:
    """One number and its bound; an ``order`` must be at least its bound."""

    name: str
    number: float
    bound: float
    is_order: bool = False

    @property
    def passed(self) -> bool:
        """Is the number within the bound?"""
        if self.is_order:
            return self.number >= self.bound
        return self.number <= self.bound

    def __str__(self) -> str:
        sign = ">=" if self.is_order else "<="
        mark = "ok  " if self.passed else "FAIL"
        return f"{mark} {self.name:<44} {self.number:10.3g} {sign} {self.bound:.3g}"


class CheckFailed(AssertionError):
    """A measurement is out of bounds; ``report`` has all of them."""

    def __init__(self, report: Report) -> None:
        """Take the report."""
        super().__init__(str(report))
        self.report = report


@dataclass
class Report:
    """The measurements of one check."""

    title: str
    measurements: list[Measurement] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Are all measurements within their bounds?"""
        return all(m.passed for m in self.measurements)

    def error(self, name: str, number: float, bound: float) -> None:
        """Add a number that must be small."""
        self.measurements.append(Measurement(name, float(number), bound))

    def order(self, name: str, number: float, bound: float) -> None:
        """Add a slope that must be large."""
        self.measurements.append(Measurement(name, float(number), bound, True))

    def done(self) -> Report:
        """Return the report, or raise CheckFailed."""
        if not self.passed:
            raise CheckFailed(self)
        return self

    def __str__(self) -> str:
        return "\n".join([self.title, *map(str, self.measurements)])


def slope(residual: Callable[[float], float], floor: float, largest: float) -> float:
    """The order p of residual(t) ~ t^p as t -> 0, above the rounding ``floor``.

    What is left at the shortest steps is rounding too, of terms that cancel. Infinite
    if the residual is nowhere above both: then it vanishes.
    """
    t = largest * 0.5 ** np.arange(0.0, 24.0)
    r = np.array([residual(float(s)) for s in t])
    kept = np.isfinite(r) & (r > max(1e3 * floor, 30.0 * float(np.max(r[-3:]))))
    last = int(np.flatnonzero(kept)[-1]) if kept.any() else 0
    if last < 2:
        return math.inf
    return float(0.5 * np.log2(r[last - 2] / r[last]))  # longer steps see higher orders
