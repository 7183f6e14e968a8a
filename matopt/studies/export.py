"""Outcomes and what they come to as tables: JSON, CSV, Parquet, a data frame."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matopt.studies.comparison import Comparison
from matopt.studies.cost import Cost
from matopt.studies.failures import failures
from matopt.studies.outcome import Outcome
from matopt.studies.pairwise import compare_pairs
from matopt.studies.tables import by_case, summarize
from matopt.studies.wording import verdict

if TYPE_CHECKING:
    from pandas import DataFrame


def to_json(outcomes: Sequence[Outcome], traces: bool = False) -> str:
    """A list of objects; what is not a finite number is null.

    With ``traces`` each has its ``trace``, a list a column, and its ``environment``.
    """
    rows = [_finite(outcome.row) for outcome in outcomes]
    if traces:
        for row, outcome in zip(rows, outcomes, strict=True):
            columns = {k: v.tolist() for k, v in outcome.trace.items()}
            row["trace"] = _finite(columns)
            row["environment"] = _finite(dict(outcome.environment))
    return json.dumps(rows, indent=2)


def compared(outcomes: Sequence[Outcome], cost: Cost) -> dict[str, Any]:
    """What a report says by one cost, in plain values; None is no finite number."""
    comparison = Comparison(outcomes)
    overview, pairs = summarize(comparison, cost), compare_pairs(comparison, cost)
    tables: dict[str, Any] = _finite(
        {
            "cost": cost.name,
            "verdict": verdict(comparison, cost, overview, pairs),
            "methods": list(comparison.methods),
            "summary": asdict(overview),
            "pairs": [asdict(pair) for pair in pairs],
            "cases": [asdict(row) for row in by_case(comparison, cost)],
            "failures": [asdict(failure) for failure in failures(comparison)],
        }
    )
    return tables


def flat(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Rows of plain values: ``parameters`` as JSON, and a column for each of them."""
    rows = []
    for outcome in outcomes:
        row = outcome.row
        parameters = row["parameters"]
        row["parameters"] = json.dumps(parameters)
        rows.append(row | {f"parameters.{k}": _cell(v) for k, v in parameters.items()})
    columns = list(dict.fromkeys(key for row in rows for key in row))
    return [{key: row.get(key) for key in columns} for row in rows]


def to_csv(outcomes: Sequence[Outcome], path: Path) -> None:
    """A line a run; numbers keep every bit."""
    rows = flat(outcomes)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]) if rows else [])
        writer.writeheader()
        writer.writerows(rows)


def to_parquet(outcomes: Sequence[Outcome], path: Path) -> None:
    """A row a run, by pyarrow."""
    try:
        from pyarrow import Table, parquet
    except ImportError as error:
        raise ImportError("Parquet needs pyarrow; install matopt[data]") from error
    parquet.write_table(Table.from_pandas(frame(outcomes)), path)


def frame(outcomes: Sequence[Outcome]) -> DataFrame:
    """A row a run; a parameter that is not of one type throughout is text."""
    try:
        from pandas import DataFrame
    except ImportError as error:
        raise ImportError("a data frame needs pandas; install matopt[data]") from error
    rows = flat(outcomes)
    columns = {key: [row[key] for row in rows] for key in (rows[0] if rows else [])}
    return DataFrame({key: _uniform(values) for key, values in columns.items()})


def _finite(value: Any) -> Any:
    """The value with null for what is not finite, in lists and tables, too."""
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _cell(value: Any) -> Any:
    """Tables and lists as JSON."""
    return json.dumps(value) if isinstance(value, dict | list | tuple) else value


def _uniform(values: list[Any]) -> list[Any]:
    """The values, as text if they are of several types."""
    kinds = {type(value) for value in values if value is not None}
    if len(kinds) < 2 or kinds == {int, float}:
        return values
    return [None if value is None else str(value) for value in values]
