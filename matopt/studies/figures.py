"""The figures of a comparison: which curves, and what to know when reading them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

import numpy as np

from matopt.linalg import Array
from matopt.studies.comparison import Comparison
from matopt.studies.convergence import QUANTITIES, convergence, time_to_targets
from matopt.studies.cost import COSTS, EVALUATIONS, Cost
from matopt.studies.figure import Figure, Line
from matopt.studies.profiles import Profile, data, fixed_targets, performance

TAUS = tuple(10.0**-k for k in range(1, 8))


def performance_figure(comparison: Comparison, cost: Cost) -> Figure:
    """Dolan and Moré's profile over the instances that every method has run."""
    costs = comparison.whole_costs(cost)
    profile = performance(costs, cost.floor)
    end = max(2.0, profile.last) * 1.05
    count = len(costs)
    return Figure(
        name=f"performance-{cost.name}",
        title=f"Performance profile: {cost.name}",
        caption=(
            f"Share of {count} instances that a method solved with at most so many "
            f"times the {cost.name} of the best one on that instance. On the left: how "
            "often it is the best (ties count for each); on the right: how much it "
            "solves at all. Relative to the methods shown: take one out, and the order "
            "of the others can change; see the pairs."
        ),
        x_label=f"{cost.name}, over the least of the instance",
        y_label="share of instances",
        lines=_staircases(comparison.methods, profile, 1.0, end),
        staircase=True,
    )


def pair_figure(comparison: Comparison, cost: Cost, first: str, second: str) -> Figure:
    """Draw the profile of two methods alone, in which no third one takes part."""
    pair = comparison.only([first, second])
    figure = performance_figure(pair, cost)
    styles = [comparison.methods.index(m) for m in pair.methods]
    lines = tuple(
        Line(line.label, line.x, line.y, style=k)
        for line, k in zip(figure.lines, styles, strict=True)
    )
    return Figure(
        name=_file_name(f"pair-{cost.name}-{first}-{second}"),
        title=f"{first} and {second}: {cost.name}",
        caption=figure.caption.split(" On the left")[0],
        x_label=figure.x_label,
        y_label=figure.y_label,
        lines=lines,
        staircase=True,
    )


def data_figure(comparison: Comparison, tau: float) -> Figure:
    """Moré and Wild's profile at one accuracy."""
    profile = data(_reached(comparison, (tau,))[0], _dimensions(comparison))
    accuracy = f"{tau:.0e}".replace("e-0", "e-")
    return Figure(
        name=f"data-{accuracy}",
        title=f"Data profile: accuracy {accuracy}",
        caption=(
            f"Share of {len(profile.levels)} instances whose value came to "
            f"f* + {accuracy} (f0 - f*), converged or not, within so many groups of "
            "n + 1 evaluations, n the dimension of the space. A value, a gradient and "
            "a Hessian product count as one evaluation each."
        ),
        x_label="evaluations / (n + 1)",
        y_label="share of instances",
        lines=_staircases(comparison.methods, profile, *_span(profile)),
        staircase=True,
    )


def targets_figure(comparison: Comparison) -> Figure:
    """Draw COCO's distribution of runtimes over instances and targets."""
    table = _reached(comparison, TAUS)
    profile = fixed_targets(table, _dimensions(comparison))
    return Figure(
        name="targets",
        title="Runtimes to fixed targets",
        caption=(
            f"Share of {len(profile.levels)} pairs of an instance and a target "
            f"f* + tau (f0 - f*), tau = 1e-1 ... 1e-{len(TAUS)}, that were reached "
            "within so many evaluations. It does not depend on which methods are "
            "shown, except where f* is only the best known."
        ),
        x_label="evaluations / (n + 1)",
        y_label="share of (instance, target)",
        lines=_staircases(comparison.methods, profile, *_span(profile)),
        staircase=True,
    )


def convergence_figure(
    comparison: Comparison,
    case: str,
    cost: Cost = EVALUATIONS,
    quantity: str = "gap",
    points: int = 48,
) -> Figure:
    """Draw the median of each method, and its 10 % to 90 % band over the starts."""
    curves = convergence(comparison, case, cost, quantity, points)
    lines = tuple(
        Line(
            c.method,
            c.spent,
            c.median,
            c.low if c.runs > 1 else None,
            c.high if c.runs > 1 else None,
            comparison.methods.index(c.method),
        )
        for c in curves
    )
    return Figure(
        name=_file_name(f"convergence-{quantity}-{cost.name}-{case}"),
        title=case,
        caption=(
            "Median over the starts; the band is from the 10 % to the 90 % quantile. "
            "A run that ended stays where it was; one without a result never arrives."
        ),
        x_label=cost.name,
        y_label=QUANTITIES[quantity],
        lines=lines,
        log_x=cost.name != "iterations",
        log_y=True,
    )


def all_figures(comparison: Comparison, cost: Cost = EVALUATIONS) -> Iterator[Figure]:
    """Every figure there is something to draw in; pairs and cases by one cost."""
    for each in COSTS.values():
        if comparison.counts(each):
            yield performance_figure(comparison, each)
    if comparison.counts(cost):
        for first, second in combinations(comparison.methods, 2):
            yield pair_figure(comparison, cost, first, second)
    if any(o.trace for o in comparison.outcomes):
        yield from (data_figure(comparison, tau) for tau in TAUS)
        yield targets_figure(comparison)
    for case in comparison.cases:
        for quantity in QUANTITIES:
            figure = convergence_figure(comparison, case, cost, quantity)
            if figure.lines:
                yield figure


def _reached(comparison: Comparison, taus: tuple[float, ...]) -> Array:
    table = time_to_targets(comparison, EVALUATIONS, taus)
    return np.asarray(table[:, comparison.whole])


def _dimensions(comparison: Comparison) -> list[int]:
    pairs = zip(comparison.instances, comparison.whole, strict=True)
    return [comparison.dimensions[i.case] for i, whole in pairs if whole]


def _span(profile: Profile) -> tuple[float, float]:
    """From a little before the first rise to a little after the last."""
    rising = profile.levels[np.isfinite(profile.levels) & (profile.levels > 0)]
    if rising.size == 0:
        return 1.0, 10.0
    return float(rising.min()) / 1.2, float(rising.max()) * 1.2


def _staircases(
    methods: tuple[str, ...], profile: Profile, start: float, end: float
) -> tuple[Line, ...]:
    """From the share at the start to the share at the end, so that all are as long."""
    lines = []
    for k, method in enumerate(methods):
        x, y = profile.steps(k)
        later = x > start
        first, last = profile.share(start)[k], profile.share(end)[k]
        lines.append(
            Line(
                method,
                np.concatenate([[start], x[later], [end]]),
                np.concatenate([[first], y[later], [last]]),
                style=k,
            )
        )
    return tuple(lines)


def _file_name(text: str) -> str:
    """Letters, digits, dots and dashes of it."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-").lower()
