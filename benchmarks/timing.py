"""Ratios of interleaved minima: what a shared machine can measure honestly."""

import time
from collections.abc import Callable


def minima(*functions: Callable[[], object], seconds: float = 1.0) -> list[float]:
    """The least time of each function, called in turn for about ``seconds`` in all."""
    best = [float("inf")] * len(functions)
    for function in functions:
        function()
    end = time.perf_counter() + seconds
    rounds = 0
    while time.perf_counter() < end or rounds < 5:
        for i, function in enumerate(functions):
            began = time.perf_counter()
            function()
            best[i] = min(best[i], time.perf_counter() - began)
        rounds += 1
    return best
