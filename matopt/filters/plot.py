"""The figure of an ensemble: its learning curves beside the theory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matopt.linalg import Array
from matopt.plotting import save

if TYPE_CHECKING:
    from matopt.filters.ensemble import Curves, Ensemble
    from matopt.filters.run import FilterRun

_BLUE, _ORANGE, _GREY = "#0072b2", "#d55e00", "#888888"  # safe for the colour-blind


def draw_ensemble(ensemble: Ensemble, path: Path) -> Path:
    """Write the figure to ``path``; its suffix chooses svg, pdf or png."""
    figure = _figure(4.4 * (2 + (ensemble.deviation is not None)))
    shown = [(ensemble.error, "squared error"), (ensemble.excess, "excess error")]
    if ensemble.deviation is not None:
        shown.append((ensemble.deviation, "squared deviation of the weights"))
    expected = ensemble.expected
    names = ("error", "excess", "deviation")
    for axes, (curves, title), name in zip(
        figure.subplots(1, len(shown)), shown, names, strict=False
    ):
        theory = None if expected is None else getattr(expected, name)
        if theory is None and ensemble.theory is not None and name != "deviation":
            theory = np.full(ensemble.samples, getattr(ensemble.theory, name))
        _curve(axes, curves, theory)
        axes.set_title(title, fontsize=9)
    figure.suptitle(f"{ensemble.filter}, {ensemble.runs} runs", fontsize=10)
    save(figure, path)
    return path


def draw_run(run: FilterRun, desired: Array, title: str, path: Path) -> Path:
    """Draw the levels of one run of a series, and the weights that it ended with."""
    figure = _figure(9.0)
    levels, taps = figure.subplots(1, 2, width_ratios=(1.6, 1.0))
    width = max(1, len(desired) // 200)
    for signal, name, color in (
        (desired, "desired", _GREY),
        (run.error, "error", _BLUE),
    ):
        count = len(signal) // width
        power = np.mean(np.abs(signal[: count * width].reshape(count, width)) ** 2, 1)
        levels.plot(np.arange(count) * width, _decibels(power), color=color, label=name)
    levels.set_xlabel("sample")
    levels.set_ylabel("dB")
    levels.legend(frameon=False, fontsize=7)
    for w in np.atleast_2d(run.weights):
        taps.plot(w.real, lw=0.8)
    taps.set_xlabel("tap")
    taps.set_title("weights" + " (real part)" * np.iscomplexobj(run.weights), size=9)
    figure.suptitle(title, fontsize=9)
    save(figure, path)
    return path


def _figure(width: float) -> Any:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            "drawing needs matplotlib: pip install 'matopt[plot]'"
        ) from error
    return Figure(figsize=(width, 3.6), layout="constrained")


def _curve(axes: Any, curves: Curves, theory: Array | None) -> None:
    low, high = _decibels(curves.quantile(0.1)), _decibels(curves.quantile(0.9))
    axes.fill_between(curves.times, low, high, color=_GREY, alpha=0.25, lw=0)
    axes.plot(curves.times, _decibels(curves.mean), color=_BLUE, lw=0.8)
    axes.plot(curves.times, _decibels(curves.median), color=_GREY, lw=0.8)
    labels = ["10 % to 90 % of the runs", "mean", "median"]
    if theory is not None:
        axes.plot(curves.times, _decibels(theory[curves.times]), color=_ORANGE, lw=1.4)
        labels.append("theory")
    axes.legend(labels, frameon=False, fontsize=7)
    axes.set_xlabel("sample")
    axes.set_ylabel("dB")
    axes.spines[["top", "right"]].set_visible(False)


def _decibels(values: Array) -> Array:
    """10 lg, with gaps where it is infinite."""
    with np.errstate(divide="ignore"):
        level = 10.0 * np.log10(values)
    return np.where(np.isfinite(level), level, np.nan)
