"""Where an axis has its numbers, and how they are written."""

from __future__ import annotations

import math


def ticks(low: float, high: float, log: bool) -> list[float]:
    """Round values in the range, two to ten of them.

    >>> ticks(1.0, 16.0, log=True)
    [1.0, 2.0, 5.0, 10.0]
    >>> ticks(0.0, 40.0, log=False)
    [0.0, 10.0, 20.0, 30.0, 40.0]
    """
    if not log:
        step = 10.0 ** math.floor(math.log10((high - low) / 2))
        step *= next(m for m in (1, 2, 5, 10) if (high - low) / (step * m) <= 6)
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        return [k * step for k in range(first, last + 1)]
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    stride = max(1, math.ceil((last - first) / 7))
    factors = (1, 2, 5) if last - first <= 2 else (1,)
    decades = [10.0**k for k in range(first, last + 1) if k % stride == 0]
    found = [f * d for d in decades for f in factors]
    return [t for t in found if low * (1 - 1e-9) <= t <= high * (1 + 1e-9)]


def tick_text(value: float) -> str:
    """As short as it can be said.

    >>> tick_text(0.25), tick_text(1e-8), tick_text(200.0)
    ('0.25', '1e-8', '200')
    """
    if value and not 1e-3 < abs(value) < 1e5:
        mantissa, exponent = f"{value:.0e}".split("e")
        return f"{mantissa}e{int(exponent)}"
    return f"{value:g}"


def widened(low: float, high: float, *, log: bool) -> tuple[float, float]:
    """A range that is not a point."""
    if high > low:
        return low, high
    return (low / 2, high * 2) if log else (low - 1.0, high + 1.0)
