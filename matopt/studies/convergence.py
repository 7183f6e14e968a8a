"""Convergence of one case: medians and bands over the starts, against a cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matopt.linalg import Array
from matopt.studies.comparison import Comparison
from matopt.studies.cost import Cost
from matopt.studies.outcome import Outcome
from matopt.studies.profiles import first_reach, target
from matopt.studies.tables import quantile

QUANTITIES = {
    "gap": "(f - f*) / (f0 - f*), the least so far",
    "gradient_norm": "gradient norm",
}


@dataclass(frozen=True, eq=False)
class Curve:
    """One method: quantiles over its starts at each cost; inf where too few got there.

    They are order statistics: no mean of logarithms, which a single failure would
    decide. A run that has ended stays where it was.
    """

    method: str
    spent: Array  # (m,), rising
    median: Array  # (m,)
    low: Array  # the 10 % quantile
    high: Array  # the 90 % quantile
    runs: int


def convergence(
    comparison: Comparison,
    case: str,
    cost: Cost,
    quantity: str = "gap",
    points: int = 48,
) -> list[Curve]:
    """The curve of each method that has a trace; ``quantity`` is one of QUANTITIES."""
    if quantity not in QUANTITIES:
        raise ValueError(
            f"quantity must be one of {', '.join(QUANTITIES)}, got {quantity!r}"
        )
    curves = []
    for method in comparison.methods:
        runs = comparison.runs(case, method)
        pairs = [(cost.along(o), along(comparison, o, quantity)) for o in runs]
        known = [(c, q) for c, q in pairs if c is not None and q is not None and len(c)]
        if known:
            curves.append(_curve(method, known, len(runs), points))
    return curves


def along(comparison: Comparison, outcome: Outcome, quantity: str) -> Array | None:
    """The quantity at each entry of the trace, (m,); None if it does not tell."""
    if quantity == "gradient_norm":
        norms = outcome.trace.get("gradient_norm")
        return None if norms is None else np.asarray(norms, dtype=float)
    if "value" not in outcome.trace:
        return None
    reference = comparison.references[outcome.run.case]
    if reference is None:
        return None
    values = np.asarray(outcome.trace["value"], dtype=float)
    start = first_value(comparison, outcome.run.case)
    width = max(start - reference.value, 1e-14 * max(1.0, abs(reference.value)))
    gaps = np.minimum.accumulate(np.abs(values - reference.value))
    return np.asarray(gaps / width)


def first_value(comparison: Comparison, case: str) -> float:
    """f0, the largest value that a trace of the case begins with; NaN without one."""
    firsts = [
        float(o.trace["value"][0])
        for o in comparison.runs(case)
        if len(o.trace.get("value", ()))
    ]
    return max((f for f in firsts if np.isfinite(f)), default=np.nan)


def _curve(
    method: str, ways: list[tuple[Array, Array]], runs: int, points: int
) -> Curve:
    spent = _thinned(np.unique(np.concatenate([c for c, _ in ways])), points)
    table = np.full((runs, len(spent)), np.inf)  # runs without a trace never got there
    for row, (costs, values) in zip(table, ways, strict=False):
        last = np.searchsorted(costs, spent, side="right") - 1
        row[:] = np.where(last >= 0, values[np.maximum(last, 0)], np.inf)
    median, low, high = (
        np.array([quantile(column, q) for column in table.T]) for q in (0.5, 0.1, 0.9)
    )
    return Curve(method, spent, median, low, high, runs)


def _thinned(values: Array, points: int) -> Array:
    """At most so many of them, evenly spaced in order, the first and last kept."""
    if len(values) <= points:
        return values
    places = np.unique(np.linspace(0, len(values) - 1, points).round().astype(int))
    return np.asarray(values[places])


def time_to_targets(
    comparison: Comparison, cost: Cost, taus: tuple[float, ...]
) -> Array:
    """What f(x) <= f* + tau (f0 - f*) took, (targets, instances, methods); inf: never.

    Read off the traces: between two entries the later one counts.
    """
    shape = (len(taus), len(comparison.instances), len(comparison.methods))
    table = np.full(shape, np.inf)
    for i, instance in enumerate(comparison.instances):
        reference = comparison.references[instance.case]
        start = first_value(comparison, instance.case)
        if reference is None or np.isnan(start):
            continue
        for k, method in enumerate(comparison.methods):
            o = comparison.outcome(instance, method)
            spent = None if o is None else cost.along(o)
            if o is None or spent is None or "value" not in o.trace:
                continue
            for j, tau in enumerate(taus):
                goal = target(start, reference.value, tau)
                table[j, i, k] = first_reach(o.trace["value"], spent, goal)
    return table
