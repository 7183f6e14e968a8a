"""The figures of a comparison for papers: SVG, PDF, and their numbers as CSV."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from matopt.plotting import save
from matopt.studies.figure import Figure
from matopt.studies.ticks import tick_text


def write_figures(figures: Iterable[Figure], folder: Path) -> list[Path]:
    """Write each as NAME.svg, NAME.pdf and NAME.csv; the folder is made."""
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for figure in figures:
        stem, copies = figure.name[:120], 1
        while folder / f"{stem}.csv" in written:  # two names that read alike
            copies += 1
            stem = f"{figure.name[:120]}-{copies}"
        figure.write_csv(folder / f"{stem}.csv")
        drawn = plot(figure)
        for suffix in ("svg", "pdf"):
            save(drawn, folder / f"{stem}.{suffix}")
        written += [folder / f"{stem}.{suffix}" for suffix in ("svg", "pdf", "csv")]
    return written


def plot(figure: Figure) -> Any:
    """Draw it as a matplotlib Figure."""
    try:
        from matplotlib.figure import Figure as Canvas
    except ImportError as error:
        raise ImportError(
            "drawing needs matplotlib: pip install 'matopt[plot]'"
        ) from error
    canvas = Canvas(figsize=(5.2, 3.6))
    axes = canvas.add_axes((0.13, 0.14, 0.84, 0.77))
    for line in figure.lines:
        y = figure.positive(line.y) if figure.log_y else line.y
        axes.plot(
            line.x,
            np.where(np.isfinite(y), y, np.nan),
            label=line.label,
            color=line.colour,
            linestyle=(0, line.dashes) if line.dashes else "-",
            linewidth=1.4,
            drawstyle="steps-post" if figure.staircase else "default",
        )
        if line.low is not None and line.high is not None:
            low, high = (figure.positive(v) for v in (line.low, line.high))
            high = np.where(np.isfinite(high), high, figure.y_range[1])
            axes.fill_between(line.x, low, high, color=line.colour, alpha=0.15, lw=0)
    _finish(axes, figure)
    return canvas


def _finish(axes: Any, figure: Figure) -> None:
    if figure.log_x:
        axes.set_xscale("log")
    if figure.log_y:
        axes.set_yscale("log")
    axes.set_xlim(figure.x_range)
    axes.set_ylim((-0.02, 1.02) if figure.staircase else figure.y_range)
    axes.set_xticks(figure.x_ticks, map(tick_text, figure.x_ticks))
    axes.set_yticks(figure.y_ticks, map(tick_text, figure.y_ticks))
    axes.minorticks_off()
    axes.set_xlabel(figure.x_label)
    axes.set_ylabel(figure.y_label)
    axes.set_title(_plain(figure.title), fontsize=9)
    axes.grid(color="#888888", alpha=0.2, lw=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    if figure.lines:
        handles, labels = axes.get_legend_handles_labels()
        axes.legend(handles, [_plain(s) for s in labels], frameon=False, fontsize=7)


def _plain(text: str) -> str:
    """Without the dollar signs that matplotlib would read as mathematics."""
    return text.replace("$", r"\$")
