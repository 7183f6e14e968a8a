"""Tables of a comparison: each case, and each method over all of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from matopt.linalg import Array
from matopt.studies.comparison import Comparison, Reference
from matopt.studies.cost import Cost
from matopt.studies.profiles import ratios


def quantile(values: Array, q: float) -> float:
    """The least value that a share q of them does not exceed; some may be inf.

    Nothing is interpolated, so that failures (inf) need no arithmetic. NaN of nothing.

    >>> quantile(np.array([1.0, 2.0, np.inf]), 0.5)
    2.0
    """
    ordered = np.sort(np.asarray(values, dtype=float))
    if ordered.size == 0:
        return math.nan
    return float(ordered[max(0, math.ceil(q * ordered.size - 1e-12) - 1)])


@dataclass(frozen=True)
class Cell:
    """One method on one case, over its starts. A failure costs inf."""

    median: float  # inf: fewer than half of the starts were solved
    low: float  # the quartiles
    high: float
    solved: int
    runs: int
    ratio: float  # of the median to the least of the case
    statuses: tuple[str, ...]  # of the runs that did not solve, each once

    @property
    def success(self) -> float:
        """The share of starts that were solved; NaN of none."""
        return self.solved / self.runs if self.runs else math.nan


@dataclass(frozen=True)
class CaseRow:
    """One case: what each method took, in the order of ``comparison.methods``."""

    case: str
    dimension: int
    reference: Reference | None
    best: float  # the least median; inf if nobody solved at least half
    cells: tuple[Cell, ...]


def by_case(comparison: Comparison, cost: Cost) -> list[CaseRow]:
    """The median, the quartiles and the success rate of each method on each case."""
    table = comparison.costs(cost)
    rows = []
    for case in comparison.cases:
        of_case = [i for i, at in enumerate(comparison.instances) if at.case == case]
        known = [c[~np.isnan(c)] for c in table[of_case].T]
        medians = np.array([quantile(c, 0.5) for c in known])
        best = float(np.min(medians, initial=np.inf, where=~np.isnan(medians)))
        cells = tuple(
            _cell(comparison, case, method, costs, max(best, cost.floor), cost.floor)
            for method, costs in zip(comparison.methods, known, strict=True)
        )
        dimension = comparison.dimensions[case]
        rows.append(CaseRow(case, dimension, comparison.references[case], best, cells))
    return rows


def _cell(
    comparison: Comparison,
    case: str,
    method: str,
    costs: Array,
    best: float,
    floor: float,
) -> Cell:
    runs = comparison.runs(case, method)
    unsolved = [o for o in runs if not comparison.solved(o)]
    median, low, high = (quantile(costs, q) for q in (0.5, 0.25, 0.75))
    ratio = max(median, floor) / best if math.isfinite(median) else median
    statuses = tuple(dict.fromkeys(o.status for o in unsolved))
    return Cell(
        median, low, high, len(runs) - len(unsolved), len(runs), ratio, statuses
    )


@dataclass(frozen=True)
class Summary:
    """One method over all instances that every method has run."""

    method: str
    runs: int
    solved: int
    at_minimum: int  # solved, or there without passing the gradient test
    refused: int  # of those not solved: the method does not take the problem
    failed: int  # there was no result: errors, time-outs, crashes
    best: int  # instances on which nobody took less
    ratio: float  # geometric mean of cost / least, on what all methods solved
    shifted: float  # shifted geometric mean; unsolved ones cost the limit
    par10: float  # mean; unsolved ones cost ten times the limit
    rank: float  # mean; ties share theirs, and failures are last together


@dataclass(frozen=True)
class Overview:
    """The summaries, and what they rest on."""

    rows: tuple[Summary, ...]
    instances: int  # that every method has run
    common: int  # and every method has solved
    limit: float  # the cost that stands for a failure


def summarize(
    comparison: Comparison, cost: Cost, limit: float | None = None
) -> Overview:
    """Solved, ratios, means with penalties, and ranks of each method.

    ``limit`` is what a run might take at most. None: the most that any took here, so
    that PAR-10 and the shifted mean of two studies are not to be compared.
    """
    whole = comparison.whole
    costs, spent = comparison.whole_costs(cost), comparison.spent(cost)[whole]
    if limit is None:
        limit = float(np.max(spent, initial=cost.floor, where=~np.isnan(spent)))
    r = ratios(costs, cost.floor)
    common = np.isfinite(costs).all(axis=1)
    order = ranks(costs)
    rows = []
    for k, method in enumerate(comparison.methods):
        runs = [comparison.outcome(i, method) for i in comparison.instances]
        kept = [o for o, w in zip(runs, whole, strict=True) if w and o is not None]
        column = costs[:, k]
        rows.append(
            Summary(
                method=method,
                runs=len(kept),
                solved=sum(map(comparison.solved, kept)),
                at_minimum=sum(map(comparison.at_minimum, kept)),
                refused=sum(o.status == "REFUSED" for o in kept),
                failed=sum(o.failed and o.status != "REFUSED" for o in kept),
                best=int(np.sum(r[:, k] == 1)),
                ratio=geometric_mean(r[common, k]),
                shifted=shifted_geometric_mean(column, cost.shift, limit),
                par10=par10(column, limit),
                rank=float(np.mean(order[:, k])) if len(order) else math.nan,
            )
        )
    return Overview(tuple(rows), int(whole.sum()), int(common.sum()), limit)


def geometric_mean(values: Array) -> float:
    """exp of the mean of ln; NaN of nothing.

    Of two methods it must be over the same instances, or the one that solved only
    what is easy wins.
    """
    return float(np.exp(np.mean(np.log(values)))) if len(values) else math.nan


def shifted_geometric_mean(costs: Array, shift: float, limit: float) -> float:
    """exp(mean ln(min(t, limit) + shift)) - shift: small costs do not decide it."""
    if len(costs) == 0:
        return math.nan
    return geometric_mean(np.minimum(costs, limit) + shift) - shift


def par10(costs: Array, limit: float) -> float:
    """The mean, where a failure costs ten times the limit; NaN of nothing."""
    if len(costs) == 0:
        return math.nan
    return float(np.mean(np.where(np.isfinite(costs), costs, 10 * limit)))


def ranks(costs: Array) -> Array:
    """From 1 in each row; those that tie, and those that failed, share their mean.

    >>> ranks(np.array([[5.0, 3.0, 3.0, np.inf]]))
    array([[3. , 1.5, 1.5, 4. ]])
    """
    less = np.sum(costs[:, None, :] < costs[:, :, None], axis=2)
    equal = np.sum(costs[:, None, :] == costs[:, :, None], axis=2)
    order: Array = less + (equal + 1) / 2
    return order
