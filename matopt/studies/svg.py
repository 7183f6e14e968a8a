"""A figure as inline SVG, small enough for a page of hundreds; its style is CSS.

Class ``s0``, ``s1``, ... is the method, ``l`` a line, ``b`` a band, ``g`` the grid.
Coordinates are whole: at this size a unit is a third of a point.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from html import escape
from typing import TypeAlias

import numpy as np

from matopt.linalg import Array
from matopt.studies.figure import Figure, Line
from matopt.studies.ticks import tick_text

_WIDTH, _HEIGHT = 960, 600
_LEFT, _RIGHT, _TOP, _BOTTOM = 108, 24, 56, 96

Scale: TypeAlias = Callable[[Array], Array]


def draw(figure: Figure) -> str:
    """Return the element; every name in it is escaped."""
    x = _scale(figure.x_range, (_LEFT, _WIDTH - _RIGHT), figure.log_x)
    y = _scale(figure.y_range, (_HEIGHT - _BOTTOM, _TOP), figure.log_y)
    parts = [
        f'<svg class="plot" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{escape(figure.title)}">',
        _axes(figure, x, y),
        *(_curve(figure, line, x, y) for line in figure.lines),
        "</svg>",
    ]
    return "".join(parts)


def _scale(values: tuple[float, float], places: tuple[int, int], log: bool) -> Scale:
    (low, high), (start, end) = values, places

    def place(values: Array) -> Array:
        v = np.asarray(values, dtype=float)
        with np.errstate(divide="ignore", invalid="ignore"):
            if log:
                share = np.log(v / low) / math.log(high / low)
            else:
                share = (v - low) / (high - low)
        return np.asarray(start + (end - start) * np.clip(share, 0.0, 1.0))

    return place


def _axes(figure: Figure, x: Scale, y: Scale) -> str:
    columns = x(np.array(figure.x_ticks)).round().astype(int).tolist()
    rows = y(np.array(figure.y_ticks)).round().astype(int).tolist()
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    grid = "".join(f"M{_LEFT} {r}H{right}" for r in rows)
    grid += "".join(f"M{c} {_TOP}V{bottom}" for c in columns)
    texts = [
        f'<text x="{c}" y="{bottom + 34}">{tick_text(t)}</text>'
        for c, t in zip(columns, figure.x_ticks, strict=True)
    ]
    texts += [
        f'<text class="y" x="{_LEFT - 12}" y="{r + 8}">{tick_text(t)}</text>'
        for r, t in zip(rows, figure.y_ticks, strict=True)
    ]
    texts.append(
        f'<text x="{(_LEFT + right) // 2}" y="{_HEIGHT - 16}">'
        f"{escape(figure.x_label)}</text>"
        f'<text class="x" x="4" y="28">{escape(figure.y_label)}</text>'
    )
    return f'<path class="g" d="{grid}"/>' + "".join(texts)


def _curve(figure: Figure, line: Line, x: Scale, y: Scale) -> str:
    lift = figure.positive if figure.log_y else np.asarray
    kept = np.isfinite(line.x) & np.isfinite(line.y)
    if figure.log_x:
        kept &= line.x > 0
    columns, rows = x(line.x[kept]), y(lift(line.y[kept]))
    band = ""
    if line.low is not None and line.high is not None:
        low = lift(line.low[kept])
        high = np.where(np.isfinite(line.high[kept]), lift(line.high[kept]), np.inf)
        outline = _path(
            np.concatenate([columns, columns[::-1]]),
            np.concatenate([y(low), y(high)[::-1]]),
        )
        band = f'<path class="b s{line.style}" d="{outline}z"/>' if outline else ""
    path = _stairs(columns, rows) if figure.staircase else _path(columns, rows)
    title = f"<title>{escape(line.label)}</title>"
    return f'{band}<path class="l s{line.style}" d="{path}">{title}</path>'


def _path(columns: Array, rows: Array) -> str:
    """From point to point, by differences; those that round to the same, once."""
    points = np.column_stack([columns, rows]).round().astype(int)
    if len(points) == 0:
        return ""
    moves = np.diff(points, axis=0)
    moves = moves[np.any(moves != 0, axis=1)]
    start = f"M{points[0, 0]} {points[0, 1]}"
    return start + "".join(f"l{a} {b}" for a, b in moves.tolist())


def _stairs(columns: Array, rows: Array) -> str:
    """To the right, then up."""
    places = columns.round().astype(int).tolist()
    heights = rows.round().astype(int).tolist()
    if not places:
        return ""
    path = f"M{places[0]} {heights[0]}"
    height = heights[0]
    for column, row in zip(places[1:], heights[1:], strict=True):
        path += f"H{column}" + (f"V{row}" if row != height else "")
        height = row
    return path
