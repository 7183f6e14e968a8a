"""When to stop."""

from dataclasses import dataclass, fields
from numbers import Real
from typing import Any

from matopt.lazy import lazy

RELATIVE = 1e-6  # of a gradient without units: what is always small enough


@dataclass(frozen=True, repr=False)
class Stop:
    """Limits of a run; ``None`` switches one off.

    ``gradient_norm``: in the metric of the space, the only test that means converged.
    Of a likelihood on a structure, whose parameters have the units of variances, the
    norm times the mean power of the samples (of a precision: divided by it) must be at
    most that or 1e-6, too. Where no step lowers the value any more, one of the two is
    enough if the gradient is small without units. So units of data make no difference.
    ``value_change``: relative to max(1, |value|), between two iterates.
    ``step``: the length of the last step. ``max_evaluations`` counts values and
    Hessian products, but nothing for products that are differences of gradients.

    >>> Stop(gradient_norm=1e-10, max_seconds=60)
    Stop(gradient_norm=1e-10, max_iterations=1000, max_seconds=60)
    """

    gradient_norm: float = 1e-6
    value_change: float | None = None
    step: float | None = None
    max_iterations: int | None = 1000
    max_evaluations: int | None = None
    max_seconds: float | None = None

    def __post_init__(self) -> None:
        """Refuse what is not a number of at least zero."""
        for name, value in vars(self).items():
            if value is None and name != "gradient_norm":
                continue
            if isinstance(value, bool) or not isinstance(value, Real):
                raise TypeError(
                    f"{name} must be a number{_or_none(name)}, got {value!r}"
                )
            if not float(value) >= 0:
                raise ValueError(f"{name} must be at least 0, got {value}")

    def goal(self, unit: float) -> float:
        """The gradient norm to reach where the unknown has this unit."""
        tolerance = float(self.gradient_norm)
        return min(tolerance, max(tolerance, RELATIVE) / unit)

    def __repr__(self) -> str:
        return self._words

    @lazy
    def _words(self) -> str:
        values = ((f, getattr(self, f.name)) for f in fields(self))
        parts = [f"{f.name}={v!r}" for f, v in values if (v, f.default) != (None, None)]
        return f"Stop({', '.join(parts)})"


def check_stop(stop: Any) -> None:
    """Raise TypeError unless it is a ``Stop``."""
    if not isinstance(stop, Stop):
        raise TypeError(
            f"stop must be a Stop, got {type(stop).__name__}; "
            "write Stop(gradient_norm=1e-8) or the like"
        )


def _or_none(name: str) -> str:
    return "" if name == "gradient_norm" else " or None"
