"""A figure as data: drawn in the page, drawn for papers, or written as a table."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from matopt.linalg import Array
from matopt.studies.ticks import ticks, widened

# Okabe and Ito's colours, safe for the colour-blind, without the yellow that paper
# swallows. With the dashes 28 lines differ, in black and white four.
COLOURS = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#e69f00",
    "#56b4e9",
    "#555555",
)
_QUARTERS = [0.0, 0.25, 0.5, 0.75, 1.0]
DASHES = ((), (7, 3), (2, 2.5), (9, 3, 2, 3))  # in points


@dataclass(frozen=True, eq=False)
class Line:
    """One curve, with a band where there is one. Infinite points are not drawn."""

    label: str
    x: Array
    y: Array
    low: Array | None = None
    high: Array | None = None
    style: int = 0  # of the method, the same in all figures

    @property
    def colour(self) -> str:
        return COLOURS[self.style % len(COLOURS)]

    @property
    def dashes(self) -> tuple[float, ...]:
        return DASHES[self.style % len(DASHES)]


@dataclass(frozen=True, eq=False)
class Figure:
    """Curves over one pair of axes."""

    name: str  # of its files
    title: str
    caption: str
    x_label: str
    y_label: str
    lines: tuple[Line, ...]
    log_x: bool = True
    log_y: bool = False
    staircase: bool = False  # a share, from 0 to 1, that rises in steps

    @property
    def x_range(self) -> tuple[float, float]:
        """Of what can be drawn."""
        parts = [line.x[_drawable(self, line)] for line in self.lines]
        return widened(*_range(parts), log=self.log_x)

    @property
    def y_range(self) -> tuple[float, float]:
        """Of what can be drawn; of shares all of it."""
        if self.staircase:
            return 0.0, 1.0
        parts = [
            values
            for line in self.lines
            for values in (line.y, line.low, line.high)
            if values is not None
        ]
        drawn = [self.positive(v) if self.log_y else v for v in parts]
        return widened(*_range(drawn), log=self.log_y)

    @property
    def x_ticks(self) -> list[float]:
        """Round values."""
        return ticks(*self.x_range, self.log_x)

    @property
    def y_ticks(self) -> list[float]:
        """Quarters of a share; else round values."""
        return ticks(*self.y_range, self.log_y) if not self.staircase else _QUARTERS

    def positive(self, values: Array) -> Array:
        """Raise zeros to where a logarithmic axis ends, which is rounding."""
        return np.maximum(values, 1e-17)

    def write_csv(self, path: Path) -> None:
        """One row a point: curve, x, y, and low and high where there is a band."""
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["curve", "x", "y", "low", "high"])
            for line in self.lines:
                nothing = [""] * len(line.x)
                low = nothing if line.low is None else line.low.tolist()
                high = nothing if line.high is None else line.high.tolist()
                for row in zip(
                    line.x.tolist(), line.y.tolist(), low, high, strict=True
                ):
                    writer.writerow([line.label, *row])


def _drawable(figure: Figure, line: Line) -> Array:
    finite = np.isfinite(line.x) & np.isfinite(line.y)
    return np.asarray(finite & (line.x > 0) if figure.log_x else finite)


def _range(parts: list[Array]) -> tuple[float, float]:
    values = np.concatenate([np.ravel(p) for p in parts]) if parts else np.empty(0)
    values = values[np.isfinite(values)]
    if values.size == 0:
        return 1.0, 10.0
    return float(values.min()), float(values.max())
