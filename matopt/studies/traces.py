"""The traces of a study as JSON for a page: thinned, rounded, in whole numbers."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from matopt.linalg import Array
from matopt.studies.comparison import Comparison
from matopt.studies.convergence import QUANTITIES, along
from matopt.studies.cost import COSTS
from matopt.studies.outcome import Outcome

_BUDGET = 300_000  # bytes, of all traces together
_BYTES = 26  # of a point, about
_FEWEST, _MOST = 8, 80  # points of a trace


def traces_json(comparison: Comparison) -> str:
    """``columns``, and ``runs``: a list of them for each outcome, in their order.

    The gap and the gradient norm are 100 log10, costs are rounded to three digits;
    what is not known is null. The larger the study, the fewer points has a trace. No
    name is in it, so that the text can stand in a script element.
    """
    outcomes = list(comparison.outcomes)
    points = int(np.clip(_BUDGET // (_BYTES * max(1, len(outcomes))), _FEWEST, _MOST))
    found = {
        "columns": [*COSTS, *QUANTITIES],
        "runs": [_trace(comparison, o, points) for o in outcomes],
    }
    return json.dumps(found, separators=(",", ":"))


def _trace(comparison: Comparison, outcome: Outcome, points: int) -> Any:
    count = len(outcome.trace.get("value", ()))
    if count == 0:
        return None
    kept = np.unique(np.linspace(0, count - 1, min(count, points)).round().astype(int))
    columns: list[list[float] | None] = []
    for cost in COSTS.values():
        spent = cost.along(outcome)
        columns.append(None if spent is None else _rounded(spent[kept]))
    for quantity in QUANTITIES:
        levels = along(comparison, outcome, quantity)
        columns.append(None if levels is None else _levels(levels[kept]))
    return columns


def _rounded(values: Array) -> list[float]:
    """To three digits, whole numbers without a point."""
    numbers = [float(f"{v:.3g}") for v in values]
    return [int(v) if v == int(v) else v for v in numbers]


def _levels(values: Array) -> list[float]:
    """100 log10, what is zero or not a number as rounding and as far away."""
    v = np.nan_to_num(values, nan=1e99, posinf=1e99)
    levels = np.rint(100 * np.log10(np.clip(v, 1e-17, 1e99)))
    return [int(k) for k in levels]
