"""Performance, data and fixed-target profiles: shares of instances solved in time.

Costs are tables (instances, solvers): not negative, inf where a solver failed. An
instance that nobody solved stays in the denominator. Dolan and Moré (2002), Moré and
Wild (2009), Hansen et al. (2021, COCO).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matopt.linalg import Array


@dataclass(frozen=True, eq=False)
class Profile:
    """For each solver the share of instances whose level is at most x, a staircase."""

    levels: Array  # (instances, solvers), sorted down each column; inf: never

    def share(self, x: float) -> Array:
        """Of each solver, (solvers,)."""
        if len(self.levels) == 0:
            return np.zeros(self.levels.shape[1])
        return np.asarray(np.mean(self.levels <= x, axis=0))

    def steps(self, solver: int) -> tuple[Array, Array]:
        """Where the staircase of a solver rises, and to which share, ties together."""
        column = self.levels[:, solver]
        x, counts = np.unique(column[np.isfinite(column)], return_counts=True)
        return x, np.cumsum(counts) / max(1, len(column))

    @property
    def last(self) -> float:
        """The level from which on nothing changes; 0 if nothing was solved."""
        finite = self.levels[np.isfinite(self.levels)]
        return float(finite.max()) if finite.size else 0.0


def ratios(costs: Array, floor: float = 0.0) -> Array:
    """Each cost over the least of its row, r_ps = t_ps / min_s t_ps; inf stays inf.

    Costs below ``floor`` count as ``floor``, so that 0 to 0 and 0 to 1 are ratios too.
    """
    T = np.maximum(_checked(costs), floor)
    if np.any(T == 0):
        raise ValueError(
            "costs has a zero, to which nothing has a ratio; "
            "give floor, the least cost that can be told from it"
        )
    best = np.min(T, axis=1, keepdims=True, initial=np.inf)
    with np.errstate(invalid="ignore"):  # inf / inf, where nobody solved
        return np.where(np.isfinite(T), T / best, np.inf)


def performance(costs: Array, floor: float = 0.0) -> Profile:
    """rho_s(tau): the share of instances that took s at most tau times the least cost.

    It is relative to the solvers in the table: take one out, and the order of others
    can turn (Gould and Scott, 2016). Of two solvers give two columns.
    """
    return Profile(np.sort(ratios(costs, floor), axis=0))


def data(costs: Array, dimensions: Sequence[int]) -> Profile:
    """d_s(alpha): the share of instances that s solved in alpha (n_p + 1) evaluations.

    ``dimensions`` has n_p of each row. The unit is a simplex gradient.
    """
    n = np.asarray(dimensions, dtype=float)
    T = _checked(costs)
    if n.shape != (len(T),):
        raise ValueError(
            f"dimensions must have one entry a row of costs, {len(T)}, got {n.shape}"
        )
    return Profile(np.sort(T / (n + 1)[:, None], axis=0))


def fixed_targets(costs: Array, dimensions: Sequence[int]) -> Profile:
    """Draw the share of pairs of instance and target reached: COCO's runtime ECDF.

    ``costs`` is (targets, instances, solvers); the unit is that of data profiles.
    """
    T = np.asarray(costs, dtype=float)
    if T.ndim != 3:
        raise ValueError(
            f"costs must be (targets, instances, solvers), got shape {T.shape}"
        )
    return data(T.reshape(-1, T.shape[2]), list(dimensions) * len(T))


def target(start: float, minimum: float, tau: float) -> float:
    """f* + tau (f0 - f*), or f* to rounding where that is more: Moré and Wild's test.

    >>> target(start=5.0, minimum=1.0, tau=0.25)
    2.0
    """
    rounding = 1e-14 * max(1.0, abs(minimum))
    return minimum + max(tau * (start - minimum), rounding)


def first_reach(values: Array, spent: Array, goal: float) -> float:
    """What was spent when a value was first at most the goal; inf if none was."""
    reached = np.flatnonzero(np.asarray(values) <= goal)
    return float(spent[reached[0]]) if reached.size else np.inf


def _checked(costs: Array) -> Array:
    T = np.asarray(costs, dtype=float)
    if T.ndim != 2:
        raise ValueError(f"costs must be (instances, solvers), got shape {T.shape}")
    if np.isnan(T).any():
        raise ValueError(
            "costs has NaN; write inf for a failure, and leave out what was not run"
        )
    if np.any(T < 0):
        raise ValueError(f"costs must not be negative, got {T.min()}")
    return T
