"""Two methods at a time: who is cheaper, by how much, and whether that is chance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from matopt.linalg import Array
from matopt.studies.comparison import Comparison
from matopt.studies.cost import Cost
from matopt.studies.tables import geometric_mean, quantile

_RESAMPLES = 2000


@dataclass(frozen=True)
class Pair:
    """Two methods on the cases that both take; a case counts once, by its median.

    Starts of one case are not independent, so they are no observations of a test.
    A case that one of them solved and the other did not is a win; one that neither
    solved is a tie.
    """

    first: str
    second: str
    wins: int  # cases where the first is cheaper
    losses: int
    ties: int
    ratio: float  # geometric mean of first / second, on what both solved
    low: float  # its 95 % bootstrap interval over cases
    high: float
    common: int  # cases that both solved
    sign: float  # p-value of the sign test
    wilcoxon: float  # p-value of the signed-rank test of ln(first / second)

    @property
    def better(self) -> str | None:
        """The one that wins more cases, if the sign test finds it at 5 %."""
        if self.sign > 0.05:
            return None
        return self.first if self.wins > self.losses else self.second


def compare_pairs(
    comparison: Comparison, cost: Cost, rng: np.random.Generator | int = 0
) -> list[Pair]:
    """All pairs; the p-values are Holm's, corrected for the number of pairs."""
    rng = np.random.default_rng(rng)
    pairs = [
        _pair(comparison, cost, a, b, rng)
        for a, b in combinations(comparison.methods, 2)
    ]
    signs = holm([p.sign for p in pairs])
    wilcoxons = holm([p.wilcoxon for p in pairs])
    return [
        replace(p, sign=s, wilcoxon=w)
        for p, s, w in zip(pairs, signs, wilcoxons, strict=True)
    ]


def _pair(
    comparison: Comparison, cost: Cost, a: str, b: str, rng: np.random.Generator
) -> Pair:
    s, t = _medians(comparison, cost, a, b)
    wins, losses = int(np.sum(s < t)), int(np.sum(s > t))
    both = np.isfinite(s) & np.isfinite(t)
    quotients = s[both] / t[both]
    low, high = bootstrap(quotients, rng)
    return Pair(
        first=a,
        second=b,
        wins=wins,
        losses=losses,
        ties=len(s) - wins - losses,
        ratio=geometric_mean(quotients),
        low=low,
        high=high,
        common=int(both.sum()),
        sign=sign_test(wins, losses),
        wilcoxon=wilcoxon_test(s, t),
    )


def _medians(comparison: Comparison, cost: Cost, a: str, b: str) -> tuple[Array, Array]:
    """Over the starts that both have run, of each case that neither refused."""
    rows = []
    table = comparison.costs(cost)
    at = [comparison.methods.index(a), comparison.methods.index(b)]
    for case in comparison.cases:
        runs = [*comparison.runs(case, a), *comparison.runs(case, b)]
        places = [i for i, x in enumerate(comparison.instances) if x.case == case]
        pairs = table[np.ix_(places, at)]
        pairs = pairs[~np.isnan(pairs).any(axis=1)]
        if len(pairs) and not any(o.status == "REFUSED" for o in runs):
            rows.append([max(quantile(c, 0.5), cost.floor) for c in pairs.T])
    s, t = np.array(rows).reshape(-1, 2).T
    return s, t


def sign_test(wins: int, losses: int) -> float:
    """Two-sided p-value of so many wins among so many decisions; ties are none.

    >>> sign_test(5, 0)
    0.0625
    """
    from scipy.stats import binomtest

    if wins + losses == 0:
        return 1.0
    return float(binomtest(wins, wins + losses).pvalue)


def wilcoxon_test(s: Array, t: Array) -> float:
    """Two-sided p-value of the signed ranks of ln(s / t), which may be infinite.

    One solved and the other not is the largest difference there is; pairs without
    a difference are left out.
    """
    from scipy.stats import wilcoxon

    decided = s != t
    with np.errstate(divide="ignore"):
        d = np.log(s[decided]) - np.log(t[decided])
    if d.size == 0:
        return 1.0
    finite = np.abs(d[np.isfinite(d)])
    beyond = np.max(finite, initial=0.0) + 1.0
    return float(wilcoxon(np.clip(d, -beyond, beyond)).pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's (1979) step-down correction: the chance of one false claim among all.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p_values, kind="stable")
    corrected = [0.0] * len(order)
    worst = 0.0
    for rank, k in enumerate(order):
        worst = max(worst, min(1.0, (len(order) - rank) * p_values[k]))
        corrected[k] = worst
    return corrected


def bootstrap(quotients: Array, rng: np.random.Generator) -> tuple[float, float]:
    """The 95 % percentile interval of the geometric mean over resampled cases.

    NaN of fewer than two.
    """
    if len(quotients) < 2:
        return math.nan, math.nan
    picks = rng.integers(len(quotients), size=(_RESAMPLES, len(quotients)))
    means = np.exp(np.mean(np.log(quotients)[picks], axis=1))
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)
