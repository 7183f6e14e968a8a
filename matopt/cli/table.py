"""Tables for a terminal and for a pipe."""

from __future__ import annotations

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

_NUMBERS = {"it", "f", "g", "Hv", "factor", "|gradient|", "gap", "seconds"}
_PROSE = {"what it is": 30}  # columns that may wrap, and their least width


def print_table(columns: dict[str, list[str]], spare: list[str]) -> None:
    """Print a table in which nothing is cut off.

    A terminal too narrow for it does without the spare columns; into a pipe go all of
    them, one line a row.
    """
    console = Console()
    left_out = []
    if console.is_terminal:
        while spare and _width(columns, _PROSE) > console.width:
            name, *spare = spare
            left_out.append(name)
            columns = {k: v for k, v in columns.items() if k != name}
        console.width = max(console.width, _width(columns, _PROSE))
    else:
        console.width = _width(columns, {})
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        right = name in _NUMBERS
        table.add_column(
            name, justify="right" if right else "left", no_wrap=name not in _PROSE
        )
    for row in zip(*columns.values(), strict=True):
        table.add_row(*map(escape, row))
    console.print(table)
    if left_out:
        click.echo(f"(a wider terminal also shows: {', '.join(left_out)})")


def _width(columns: dict[str, list[str]], least: dict[str, int]) -> int:
    """The width of the table, with the columns of ``least`` so wide."""
    widths = [least.get(k) or max(map(len, [k, *v])) for k, v in columns.items()]
    return sum(widths) + 2 * (len(widths) - 1)
