"""The tables of a study as Markdown, for papers and notebooks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from matopt.studies.comparison import Comparison
from matopt.studies.cost import EVALUATIONS, Cost
from matopt.studies.failures import failures
from matopt.studies.outcome import Outcome
from matopt.studies.pairwise import Pair, compare_pairs
from matopt.studies.tables import Cell, Overview, by_case, summarize
from matopt.studies.wording import number, p_value, verdict, words


def write(
    outcomes: Iterable[Outcome],
    path: str | Path,
    *,
    title: str = "Study",
    cost: Cost = EVALUATIONS,
) -> Path:
    """Write the verdict and the tables by one cost to ``path``."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render(Comparison(outcomes), title, cost), encoding="utf-8")
    return path


def render(comparison: Comparison, title: str, cost: Cost) -> str:
    """Return the text; what Markdown would take for markup is escaped."""
    overview, pairs = summarize(comparison, cost), compare_pairs(comparison, cost)
    parts = [
        f"# {_plain(title)}",
        _plain(" ".join(verdict(comparison, cost, overview, pairs))),
        f"Cost: {cost.name} ({cost.meaning}).",
    ]
    if comparison.methods:
        parts += [
            "## Summary",
            _summary(overview),
            f"Over {overview.instances} instances that every method has run. Ratio to "
            f"best: geometric mean over the {overview.common} that all solved. Shifted "
            f"mean and PAR-10: an instance that was not solved costs "
            f"{number(overview.limit)}, and ten times that.",
        ]
    if pairs:
        parts += ["## Pairs", _pairs(pairs)]
    if comparison.cases:
        parts += [
            "## Cases",
            _cases(comparison, cost),
            "Median over the starts, [quartiles], solved starts where not all were.",
        ]
    troubles = failures(comparison)
    if troubles:
        rows = [
            [str(len(f.instances)), f.method, words(f.status), f.message]
            for f in troubles
        ]
        parts += ["## Failures", _table(["runs", "method", "status", "says"], rows)]
    return "\n\n".join(parts) + "\n"


def _summary(overview: Overview) -> str:
    rows = [
        [
            r.method,
            f"{r.solved} of {r.runs}",
            str(r.at_minimum),
            str(r.best),
            number(r.ratio),
            number(r.shifted),
            number(r.par10),
            number(r.rank),
        ]
        for r in overview.rows
    ]
    header = (
        "method,solved,at minimum,best on,ratio to best,shifted mean,PAR-10,mean rank"
    )
    return _table(header.split(","), rows)


def _pairs(pairs: list[Pair]) -> str:
    rows = [
        [
            p.first,
            p.second,
            f"{p.wins} : {p.losses}",
            f"{number(p.ratio)} [{number(p.low)}, {number(p.high)}]",
            p_value(p.sign),
            p_value(p.wilcoxon),
        ]
        for p in pairs
    ]
    header = "first,second,cheaper on,first / second [95 %],p (sign),p (Wilcoxon)"
    return _table(header.split(","), rows)


def _cases(comparison: Comparison, cost: Cost) -> str:
    rows = [
        [row.case, str(row.dimension), *map(_cell, row.cells)]
        for row in by_case(comparison, cost)
    ]
    return _table(["case", "n", *comparison.methods], rows)


def _cell(cell: Cell) -> str:
    if not cell.runs:
        return "not run"
    text = number(cell.median)
    if cell.runs > 1:
        text += f" [{number(cell.low)}, {number(cell.high)}]"
    if cell.solved < cell.runs:
        text += f" ({cell.solved} of {cell.runs})"
    return text


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    plain = [[_plain(cell) for cell in row] for row in (header, *rows)]
    lines = [plain[0], ["---"] * len(header), *plain[1:]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _plain(text: str) -> str:
    """On one line, with everything escaped that Markdown or HTML would read."""
    flat = " ".join(text.split())
    for character in "\\`*_[]|~$":
        flat = flat.replace(character, "\\" + character)
    return flat.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
