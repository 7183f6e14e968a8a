"""Many runs of a filter on a scenario, beside what theory expects of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import lcm
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import numpy as np

from matopt.filters.filter import AdaptiveFilter
from matopt.filters.processes import convolve_rows
from matopt.filters.rule import NO_PATH, Constraint
from matopt.filters.scenario import Draw, Scenario, error_of
from matopt.filters.signal_moments import SignalMoments
from matopt.filters.stochastic_gradient import StochasticGradient
from matopt.filters.theory import known_theory
from matopt.filters.theory_base import LearningCurve, Theory
from matopt.lazy import lazy
from matopt.linalg import Array

_BATCH = 1 << 24  # numbers that are drawn at a time


class Steady(NamedTuple):
    """An average over the end of all runs, with its standard error."""

    mean: float
    standard_error: float
    median: float


@dataclass(frozen=True, eq=False)
class Curves:
    """A positive quantity over time, of every run: (runs, times).

    A run that diverged counts as infinite from then on. Take the ``median`` where a
    few runs explode: for step max |u|^2 > 2 the mean may not settle in any number of
    runs.
    """

    values: Array
    times: Array  # the samples at which it was taken

    @lazy
    def mean(self) -> Array:
        """The average over the runs."""
        mean: Array = self.values.mean(axis=0)
        return mean

    @lazy
    def standard_error(self) -> Array:
        """The standard deviation of the mean over the runs."""
        if np.isinf(self.mean).any():
            return np.full(self.mean.shape, np.inf)
        runs = len(self.values)
        error: Array = self.values.std(axis=0, ddof=1) / np.sqrt(runs)
        return error

    @lazy
    def median(self) -> Array:
        """The median over the runs."""
        return self.quantile(0.5)

    def quantile(self, q: float) -> Array:
        """The quantile q in [0, 1] over the runs."""
        if not 0.0 <= q <= 1.0:
            raise ValueError(f"q must be in [0, 1], got {q:g}")
        found: Array = np.quantile(self.values, q, axis=0, method="nearest")
        return found

    def steady(self, fraction: float = 0.25) -> Steady:
        """Average the last ``fraction`` of the time; the error is that over the runs.

        The median is that of the runs' averages.
        """
        if not 0.0 < fraction <= 1.0:
            raise ValueError(f"fraction must be in (0, 1], got {fraction:g}")
        first = int(np.ceil((1.0 - fraction) * len(self.times)))
        each = self.values[:, min(first, len(self.times) - 1) :].mean(axis=1)
        mean, median = float(each.mean()), float(np.median(each))
        if not np.isfinite(mean):
            return Steady(np.inf, np.inf, median)
        return Steady(mean, float(each.std(ddof=1) / np.sqrt(len(each))), median)


@dataclass(frozen=True, eq=False)
class Ensemble:
    """The squared errors of all runs, and the theory for their average.

    ``error`` |e|^2, ``excess`` |e - v|^2 with v the error of the best weights,
    ``deviation`` |w_o - w|^2, at every ``history``-th sample if that was asked for.
    Of weights h of u and g of conj(u), w is h + g where u is real.
    """

    filter: AdaptiveFilter
    scenario: Scenario
    seed: int
    error: Curves
    excess: Curves
    deviation: Curves | None
    diverged: Array  # (runs,): the sample at which a run did, or -1
    weights: Array  # the best that the filter can have, at the start if they walk

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return len(self.error.values)

    @property
    def samples(self) -> int:
        """How long each is."""
        return int(self.error.values.shape[1])

    @lazy
    def theory(self) -> Theory | None:
        """What is expected of the filter; None where no theory is known."""
        return known_theory(self.filter, self.scenario.moments(self.filter.length))

    @lazy
    def expected(self) -> LearningCurve | None:
        """The learning curve by theory; None where only the steady state is known."""
        if self.theory is None or not self.theory.has_curve:
            return None
        return self.theory.curve(self.samples)

    @property
    def misadjustment(self) -> float:
        """The mean excess at the end over the error of the best weights."""
        least = _moments(self.filter, self.scenario).error(self.weights)
        return self.excess.steady().mean / least if least else np.inf

    def __str__(self) -> str:
        steady = self.excess.steady()
        lines = [
            f"{self.runs} runs of {self.samples} samples: {self.filter}",
            f"excess {steady.mean:.4g} +- {steady.standard_error:.2g}, median "
            f"{steady.median:.4g}",
        ]
        if self.theory is not None:
            lines.append(f"theory {self.theory.excess:.4g} ({self.theory.source})")
        lost = int(np.sum(self.diverged >= 0))
        if lost:
            lines.append(f"{lost} runs diverged. {self.filter.advice}")
        return "\n".join(lines)

    def plot(self, path: str | PathLike[str]) -> Path:
        """Draw the curves in decibels, with the theory; the suffix is the format."""
        from matopt.filters.plot import draw_ensemble

        return draw_ensemble(self, Path(path))


def ensemble(
    filter: AdaptiveFilter,
    scenario: Scenario,
    runs: int = 200,
    seed: int = 0,
    *,
    samples: int = 2000,
    history: int | None = None,
    threads: int = 1,
) -> Ensemble:
    """Run the filter on ``runs`` independent draws of the scenario.

    ``history`` is the stride at which the deviation of the weights is taken, None for
    not at all. The same seed gives the same draws to every filter.

    >>> from matopt import filters
    >>> system = filters.SystemIdentification([1.0, -0.5], noise=0.01)
    >>> e = filters.ensemble(filters.LMS(2, step=0.05), system, runs=100, samples=1000)
    >>> 0.9 < e.excess.steady().mean / e.theory.excess < 1.1
    True
    """
    if runs < 2 or samples < 1:
        raise ValueError(
            f"runs must be at least 2 and samples at least 1, got {runs} and {samples}"
        )
    if filter.together > 1:
        raise ValueError(
            f"filter must be one of single signals, got {filter!r}, a network; run it "
            "on scenario.draw(rng, runs * nodes, samples)"
        )
    rng = np.random.default_rng(seed)
    plan = _Plan(filter, scenario, samples, history, threads)
    batch = max(1, min(runs, _BATCH // plan.size))
    parts = [
        plan.measure(scenario.draw(rng, min(batch, runs - first), plan.drawn))
        for first in range(0, runs, batch)
    ]
    error, excess, deviation, diverged = (_joined(p) for p in zip(*parts, strict=True))
    now = np.arange(samples)
    return Ensemble(
        filter,
        scenario,
        seed,
        Curves(error, now),
        Curves(excess, now),
        Curves(deviation, now[::history]) if history else None,
        diverged,
        plan.weights,
    )


@dataclass(frozen=True)
class _Plan:
    """How a batch of draws is filtered and measured."""

    filter: AdaptiveFilter
    scenario: Scenario
    samples: int
    history: int | None
    threads: int

    @property
    def before(self) -> int:
        """Samples that only fill the delay line, and do not shift stride or blocks."""
        if not self.scenario.is_series:
            return 0
        multiple = lcm(self.history or 1, self.filter.whole)
        reach = self.filter.length + len(_path(self.filter)) - 2
        return -(-reach // multiple) * multiple

    @property
    def drawn(self) -> int:
        """Samples of a draw."""
        return self.before + self.samples

    @property
    def size(self) -> int:
        """About how many numbers a run takes."""
        kept = self.filter.length // self.history if self.history else 0
        return self.drawn * (self.scenario.width + kept)

    @lazy
    def weights(self) -> Array:
        """The best weights that the filter can have."""
        moments = _moments(self.filter, self.scenario)
        held = self._constraint
        return (
            moments.weights
            if held is None
            else moments.best_within(held.matrix, held.target)
        )

    @property
    def _constraint(self) -> Constraint | None:
        f = self.filter
        return f.rule.constraint if isinstance(f, StochasticGradient) else None

    def measure(self, draw: Draw) -> tuple[Array, Array, Array, Array]:
        """Squared error, excess and deviation of a batch of runs, and its divergence.

        The filter starts with a full delay line, as the theory has it.
        """
        first, stride, x, d = self.before, self.history, draw.x, draw.d
        if x.ndim == 3 and x.shape[2] != self.filter.length:
            raise ValueError(
                f"filter must have length {x.shape[2]}, that of the regressors of the "
                f"scenario, got {self.filter!r}; take that length, or a scenario of "
                "series"
            )
        running = self.filter.start(
            history=stride, regressors=x.ndim == 3, threads=self.threads
        )
        if first:
            running.freeze()
            running.process(x[:, :first], d[:, :first])
            running.thaw()
        run = running.process(x[:, first:], d[:, first:])
        optimal = self._optimal_error(draw)[:, first:]
        deviation = np.empty((len(d), 0))
        if run.history is not None and stride:
            truth = self._truth(draw, stride)
            deviation = _squared_deviation(run.history, truth)
        excess, error = _squared(run.error - optimal), _squared(run.error)
        if not run.success:
            for values in (error, excess, deviation):
                values[np.isnan(values)] = np.inf
        return (
            error,
            excess,
            deviation,
            np.where(run.diverged < 0, -1, run.diverged - first),
        )

    def _truth(self, draw: Draw, stride: int) -> Array:
        """The weights to be found, at the samples of the history."""
        if draw.truth is not None and draw.truth.ndim == 3:
            return draw.truth[:, self.before :: stride]
        return self.weights

    def _optimal_error(self, draw: Draw) -> Array:
        path = _path(self.filter)
        if path != NO_PATH:
            draw = replace(draw, x=convolve_rows(draw.x, np.array(path)))
        elif self._constraint is None:
            return self.scenario.optimal_error(draw, self.filter.length)
        return error_of(draw, self.weights)


def _path(filter: AdaptiveFilter) -> tuple[float, ...]:
    """What the output goes through before it meets d."""
    return filter.rule.path if isinstance(filter, StochasticGradient) else NO_PATH


def _moments(filter: AdaptiveFilter, scenario: Scenario) -> SignalMoments:
    """Those of the regressors path * u, for path * (w^H u) = w^H (path * u)."""
    path, length = _path(filter), filter.length
    moments = scenario.moments(length)
    if path == NO_PATH:
        return moments
    if moments.walk is not None:
        raise ValueError(
            "scenario must have weights that do not walk, got "
            f"{type(scenario).__name__}; what comes out of the path of the filter is "
            "of several samples, for which no weights are the best"
        )
    taps = length + len(path) - 1
    longer = scenario.moments(taps)
    T = convolve_rows(np.eye(length, taps), np.array(path))
    return SignalMoments.of(T @ longer.R @ T.T, T @ longer.p, longer.power)


def _squared_deviation(history: Array, truth: Array) -> Array:
    """|w_o - w|^2 of weights (runs, times, *taps): in two parts where conj(u) counts.

    The second is best at zero; where u is real only the sum of both matters.
    """
    gap = history.reshape(*history.shape[:2], -1, truth.shape[-1])
    if not np.iscomplexobj(gap):
        gap = gap.sum(axis=2, keepdims=True)
    gap[:, :, 0] -= truth
    squared: Array = _squared(gap).sum(axis=(2, 3))
    return squared


def _joined(parts: tuple[Array, ...]) -> Array:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _squared(values: Array) -> Array:
    """|values|^2, in their place where they are real."""
    if np.iscomplexobj(values):
        squared: Array = values.real**2 + values.imag**2
        return squared
    values *= values
    return values
