"""The report of a study: one HTML page that needs no network and no server."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from itertools import combinations
from pathlib import Path
from typing import Any

from matopt.studies import svg
from matopt.studies.comparison import Comparison
from matopt.studies.cost import COSTS, EVALUATIONS, Cost
from matopt.studies.failures import failures
from matopt.studies.figure import COLOURS, DASHES
from matopt.studies.figures import (
    convergence_figure,
    data_figure,
    pair_figure,
    performance_figure,
    targets_figure,
)
from matopt.studies.outcome import Outcome
from matopt.studies.pairwise import compare_pairs
from matopt.studies.tables import by_case, summarize
from matopt.studies.traces import traces_json
from matopt.studies.wording import number, p_value, verdict, words

_ACCURACIES = (1e-1, 1e-3, 1e-5, 1e-7)  # of the data profiles on the page
_POINTS = 40  # of a curve of one case
_MOST_PAIRS = 45  # that are drawn: ten methods


def write(
    outcomes: Iterable[Outcome],
    path: str | Path,
    *,
    title: str = "Study",
    identity: Mapping[str, str] | None = None,
    commands: Sequence[str] = (),
    cost: Cost = EVALUATIONS,
) -> Path:
    """Write the page to ``path``.

    ``identity`` says which study it is (name, seed, hash, ...) and ``commands`` how to
    make it again; both are printed as they are. The reader chooses by which cost to
    compare; ``cost`` is shown first.
    """
    path = Path(path)
    page = render(Comparison(outcomes), title, identity or {}, commands, cost)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")
    return path


def render(
    comparison: Comparison,
    title: str,
    identity: Mapping[str, str],
    commands: Sequence[str],
    cost: Cost = EVALUATIONS,
) -> str:
    """Return the page. Every string of the outcomes is escaped where it is printed."""
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ImportError as error:
        raise ImportError(
            "a report needs jinja2: pip install 'matopt[plot]'"
        ) from error
    environment = Environment(
        loader=PackageLoader("matopt.studies"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": number,
        "words": words,
        "p_value": p_value,
        "breakable": breakable,
    }
    costs = _shown_costs(comparison)
    first = cost if cost in costs else costs[0]
    style, script = _style(comparison), _resource("report.js")
    return environment.get_template("report.html").render(
        title=title,
        identity=identity,
        commands=commands,
        style=style,
        script=script,
        policy=_policy(style, script),
        comparison=comparison,
        costs=[_cost_part(comparison, c) for c in costs],
        cost=first,
        data_profiles=_data_profiles(comparison),
        pair_figures=_pair_figures(comparison, first),
        cases=[_case_part(comparison, case, first) for case in comparison.cases],
        failures=failures(comparison),
        settings={o.run.method: o.run.settings for o in comparison.outcomes},
        environments=_environments(comparison),
        traces=traces_json(comparison),
        draw=svg.draw,
        ratio_class=ratio_class,
    )


def ratio_class(ratio: float) -> str:
    """The colour of a cell: r0 is the best, r5 more than ten times that.

    >>> ratio_class(1.0), ratio_class(3.0), ratio_class(float("inf"))
    ('r0', 'r3', '')
    """
    if not ratio < float("inf"):
        return ""
    return f"r{sum(ratio > bound for bound in (1.05, 1.5, 2, 4, 10))}"


def breakable(name: str) -> str:
    """Escape a name, and let it be broken between its parts.

    >>> str(breakable("TrustRegion(<a>=1)"))
    'Trust<wbr>Region(<wbr>&lt;a&gt;=1)'
    """
    from markupsafe import Markup, escape

    parts = re.split(r"(?<=[a-z])(?=[A-Z])|(?<=[(:])", name)
    return Markup("<wbr>").join(escape(part) for part in parts)


def _shown_costs(comparison: Comparison) -> list[Cost]:
    """Those that every solved run counted; evaluations where none is."""
    counted = [c for c in COSTS.values() if comparison.counts(c)]
    return counted or [EVALUATIONS]


def _cost_part(comparison: Comparison, cost: Cost) -> dict[str, Any]:
    """The summary, the tests, the figure and the table of one cost."""
    overview = summarize(comparison, cost)
    pairs = compare_pairs(comparison, cost)
    return {
        "cost": cost,
        "overview": overview,
        "pairs": pairs,
        "verdict": verdict(comparison, cost, overview, pairs),
        "profile": performance_figure(comparison, cost),
        "rows": by_case(comparison, cost),
    }


def _data_profiles(comparison: Comparison) -> list[Any]:
    if not any(o.trace for o in comparison.outcomes):
        return []
    profiles = [data_figure(comparison, tau) for tau in _ACCURACIES]
    return [*profiles, targets_figure(comparison)]


def _pair_figures(comparison: Comparison, cost: Cost) -> list[Any]:
    pairs = list(combinations(comparison.methods, 2))
    if len(comparison.methods) < 3 or len(pairs) > _MOST_PAIRS:
        return []
    return [pair_figure(comparison, cost, a, b) for a, b in pairs]


def _case_part(comparison: Comparison, case: str, cost: Cost) -> dict[str, Any]:
    """One case: its curves and its runs, each with its place among the outcomes."""
    places = {id(o): k for k, o in enumerate(comparison.outcomes)}
    figure = convergence_figure(comparison, case, cost, points=_POINTS)
    runs = sorted(
        comparison.runs(case), key=lambda o: comparison.methods.index(o.run.method)
    )
    return {
        "case": case,
        "dimension": comparison.dimensions[case],
        "reference": comparison.references[case],
        "figure": figure if figure.lines else None,
        "solved": sum(map(comparison.solved, runs)),
        "runs": [
            {
                "place": places[id(o)],
                "outcome": o,
                "method": comparison.methods.index(o.run.method),
                "solved": comparison.solved(o),
                "gap": comparison.gap(o),
                "costs": [c.of(o) for c in COSTS.values()],
            }
            for o in runs
        ],
    }


def _environments(comparison: Comparison) -> list[tuple[dict[str, str], int]]:
    """Each environment with the number of its runs, most first."""
    counts: dict[tuple[tuple[str, str], ...], int] = {}
    for o in comparison.outcomes:
        key = tuple((str(k), str(v)) for k, v in o.environment.items())
        counts[key] = counts.get(key, 0) + 1
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    return [(dict(key), count) for key, count in ordered]


def _style(comparison: Comparison) -> str:
    """The style sheet, and what the boxes beside methods and costs show and hide."""
    rules = [".st0{--c:var(--k0)}.st1{--c:var(--k1);--d:14 6}"]  # of one trace
    for k in range(len(comparison.methods)):
        dashes = " ".join(f"{2 * d:g}" for d in DASHES[k % len(DASHES)]) or "none"
        rules.append(f".s{k}{{--c:var(--k{k % len(COLOURS)});--d:{dashes}}}")
        rules.append(f"body:has(#m{k}:not(:checked)) .s{k}{{display:none}}")
    for cost in COSTS:
        rules.append(
            f"body:has(#cost-{cost}:checked) .by-cost:not(.of-{cost}){{display:none}}"
        )
    return _resource("report.css") + "\n".join(rules)


def _policy(style: str, script: str) -> str:
    """Only this style and this script, and nothing from anywhere."""
    digests = [
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for text in (style, script)
    ]
    return (
        f"default-src 'none'; style-src 'sha256-{digests[0]}'; "
        f"script-src 'sha256-{digests[1]}'; base-uri 'none'; form-action 'none'"
    )


def _resource(name: str) -> str:
    text = files("matopt.studies").joinpath("templates", name).read_text("utf-8")
    return text.replace("\r\n", "\n")
