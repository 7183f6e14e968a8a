"""What a comparison says, in words, and its numbers as they are printed."""

from __future__ import annotations

import math

from matopt.studies.comparison import Comparison
from matopt.studies.cost import Cost
from matopt.studies.pairwise import Pair
from matopt.studies.tables import Overview, Summary


def number(value: float | None) -> str:
    """Three digits, whole numbers in full; a dash for what there is not.

    >>> number(1234.0), number(0.012345), number(math.inf), number(None), number(1e-9)
    ('1234', '0.0123', '–', '–', '1e-9')
    """
    if value is None or not math.isfinite(value):
        return "–"
    if value == int(value) and abs(value) < 1e7:
        return str(int(value))
    if 1e-3 <= abs(value) < 1e3:
        return f"{value:#.3g}".removesuffix(".")
    if 1e3 <= abs(value) < 1e7:
        return f"{value:.0f}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa.removesuffix('.0')}e{int(exponent)}"


def p_value(value: float) -> str:
    """Two digits, and no false zeros.

    >>> p_value(0.03125), p_value(1e-9), p_value(1.0)
    ('0.031', '< 1e-4', '1')
    """
    return "< 1e-4" if value < 1e-4 else f"{value:.2g}"


def words(status: str) -> str:
    """MAX_ITERATIONS as ``max iterations``."""
    return status.replace("_", " ").lower()


def listing(names: list[str]) -> str:
    """A, B and C."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def verdict(
    comparison: Comparison, cost: Cost, overview: Overview, pairs: list[Pair]
) -> list[str]:
    """Say who solved most, who was cheapest, and whether that may be chance."""
    rows = overview.rows
    if not rows:
        return ["The study has no outcomes yet."]
    if overview.instances == 0:
        return ["No instance has been run by every method yet."]
    if not any(row.solved for row in rows):
        return [f"No method solved any of the {_instances(overview.instances)}."]
    sentences = [_solved(rows, overview.instances)]
    if len(rows) > 1:
        sentences.append(_cheapest(rows, cost, overview, pairs))
    unsure = [c for c, r in comparison.references.items() if r and not r.certified]
    if unsure:
        sentences.append(
            f"The minimum of {len(unsure)} of {len(comparison.cases)} cases is not "
            "certified: it is the best known in this study."
        )
    return sentences


def _instances(count: int) -> str:
    return f"{count} instance" + "s" * (count != 1)


def _solved(rows: tuple[Summary, ...], count: int) -> str:
    most = max(row.solved for row in rows)
    best = [row.method for row in rows if row.solved == most]
    if len(best) == len(rows):
        who = "Every method" if len(rows) > 1 else best[0]
        return f"{who} solved {most} of {_instances(count)}."
    least = min(row.solved for row in rows)
    worst = [row.method for row in rows if row.solved == least]
    return (
        f"{listing(best)} solved {most} of {_instances(count)}, the most; "
        f"{listing(worst)} solved {least}, the fewest."
    )


def _cheapest(
    rows: tuple[Summary, ...], cost: Cost, overview: Overview, pairs: list[Pair]
) -> str:
    if overview.common == 0:
        return f"No instance was solved by all: see the pairs for their {cost.name}."
    where = f"On the {_instances(overview.common)} that all solved"
    if overview.common == 1:
        where = "On the one instance that all solved"
    first, second = sorted(rows, key=lambda row: row.ratio)[:2]
    if second.ratio == first.ratio:
        return f"{where}, {first.method} and {second.method} took equal {cost.name}."
    sentence = (
        f"{where}, {first.method} took the fewest {cost.name}; {second.method} took "
        f"{second.ratio / first.ratio:.3g} times as many in the geometric mean"
    )
    both = {first.method, second.method}
    pair = next(p for p in pairs if {p.first, p.second} == both)
    p = f"sign test over cases, Holm, p = {p_value(pair.sign)}"
    if pair.better is None:
        return f"{sentence}, which may be chance ({p})."
    if pair.better == first.method:
        return f"{sentence} ({p})."
    return f"{sentence}, but {second.method} was cheaper on more cases ({p})."
