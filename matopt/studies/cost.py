"""What a run took: evaluations, factorizations, iterations or seconds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from matopt.errors import suggestion
from matopt.linalg import Array
from matopt.studies.outcome import Outcome
from matopt.studies.trace import thin


@dataclass(frozen=True)
class Cost:
    """A weighted sum of the counts of a run, or its seconds.

    What is less than ``floor`` counts as that: a run of 0 iterations is not infinitely
    better than one of 1, and timers have noise.
    """

    name: str
    weights: Mapping[str, float]  # of nfev, njev, nhev, nfactor, nit or seconds
    floor: float
    shift: float  # of the shifted geometric mean
    meaning: str

    def of(self, outcome: Outcome) -> float:
        """The cost of the run; NaN if something of it was not counted."""
        total = 0.0
        for name, weight in self.weights.items():
            count = getattr(outcome, name)
            total += math.nan if count is None else weight * count
        return total

    def along(self, outcome: Outcome) -> Array | None:
        """The cost up to each entry of the trace, (m,); None if it is not known."""
        trace = outcome.trace
        if "nit" in self.weights and "nit" not in trace:
            return _iterations(outcome)
        if not trace or not all(name in trace for name in self.weights):
            return None
        parts = [w * np.asarray(trace[name]) for name, w in self.weights.items()]
        return np.asarray(np.sum(parts, axis=0, dtype=float))


def _iterations(outcome: Outcome) -> Array | None:
    """Which iteration each entry of a trace is, thinned as the store does."""
    count = len(outcome.trace.get("value", ()))
    if outcome.nit is None or count == 0:
        return None
    kept = thin(outcome.nit + 1)
    return kept.astype(float) if len(kept) == count else None


EVALUATIONS = Cost(
    "evaluations",
    {"nfev": 1.0, "njev": 1.0, "nhev": 1.0},
    floor=1.0,
    shift=10.0,
    meaning="values, gradients and Hessian products, each of which counts as one",
)
FACTORIZATIONS = Cost(
    "factorizations",
    {"nfactor": 1.0},
    floor=1.0,
    shift=10.0,
    meaning="factorizations of a matrix of the order of the unknown",
)
ITERATIONS = Cost(
    "iterations",
    {"nit": 1.0},
    floor=1.0,
    shift=10.0,
    meaning="steps from one iterate to the next, whatever a step takes",
)
SECONDS = Cost(
    "seconds",
    {"seconds": 1.0},
    floor=1e-3,
    shift=0.1,
    meaning="wall-clock time, the least of the repetitions; below 1 ms all are equal",
)
COSTS = {c.name: c for c in (EVALUATIONS, FACTORIZATIONS, ITERATIONS, SECONDS)}


def cost_named(name: str) -> Cost:
    """One of COSTS; ValueError with the nearest name if there is none."""
    if name not in COSTS:
        raise ValueError(
            f"cost must be one of {', '.join(COSTS)}, got {name!r}"
            f"{suggestion(name, COSTS)}"
        )
    return COSTS[name]
