"""The figure of an ensemble: its learning curves beside the theory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matopt.linalg import Array

if TYPE_CHECKING:
    from matopt.filters.ensemble import Curves, Ensemble

_BLUE, _ORANGE, _GREY = "#0072b2", "#d55e00", "#888888"  # safe for the colour-blind


def draw_ensemble(ensemble: Ensemble, path: Path) -> Path:
    """Write the figure to ``path``; its suffix chooses svg, pdf or png."""
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            "drawing needs matplotlib: pip install 'matopt[plot]'"
        ) from error
    shown = [(ensemble.error, "squared error"), (ensemble.excess, "excess error")]
    if ensemble.deviation is not None:
        shown.append((ensemble.deviation, "squared deviation of the weights"))
    figure = Figure(figsize=(4.4 * len(shown), 3.6), layout="constrained")
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
    with rc_context({"svg.hashsalt": "matopt"}):  # the same file every time
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    return path


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
