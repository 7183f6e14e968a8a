"""The page as text: what is in it, escaped, and its size."""

import base64
import hashlib
import json
import math
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from matopt.studies import Comparison, Outcome, Run, markdown, report
from matopt.studies.cost import EVALUATIONS
from matopt.studies.failures import failures
from matopt.studies.pairwise import compare_pairs
from matopt.studies.tables import summarize
from matopt.studies.traces import traces_json
from matopt.studies.wording import number, verdict

NASTY = "<script>alert('x')</script>\"&amp; \u2028 é </style>|`*"


class Page(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.texts, self.raw = [], [], {}
        self._inside = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self.raw.setdefault(tag, []).append("")
            self._inside = tag
        else:
            self._inside = None

    def handle_endtag(self, tag):
        self._inside = None

    def handle_data(self, data):
        if self._inside:
            self.raw[self._inside][-1] += data
        else:
            self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())

    def count(self, tag):
        return sum(name == tag for name, _ in self.elements)


@pytest.fixture(scope="module")
def page(outcomes, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "new" / "study.html"
    commands = ["matopt study run quick.toml"]
    report.write(
        outcomes, path, title="A study", identity={"seed": "7"}, commands=commands
    )
    return Page(path.read_text("utf-8"))


def test_the_page_has_every_part(page, outcomes):
    text = page.text
    for part in ("A study", "seed 7", "matopt study run quick.toml", "memory = 20"):
        assert part in text
    assert "a made-up processor" in text and "2.3.1" in text
    assert "NewtonCG and TrustRegion solved 15 of 15 instances, the most" in text
    rows = [a for tag, a in page.elements if tag == "tr" and "data-t" in a]
    assert sorted(int(a["data-t"]) for a in rows) == list(range(len(outcomes)))
    plots = [a for tag, a in page.elements if a.get("class") == "plot"]
    assert len(plots) == 4 + 5 + 15 + 5 and all(a["aria-label"] for a in plots)


def test_nothing_is_loaded_and_only_what_is_hashed_runs(page):
    (policy,) = (
        a["content"]
        for tag, a in page.elements
        if tag == "meta"
        and "content" in a
        and a.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy and "http" not in policy
    scripts = page.raw["script"]
    assert len(scripts) == 2
    for text in (scripts[1], *page.raw["style"]):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    for tag, attributes in page.elements:
        assert not {"src", "style", "onclick", "srcset", "action"} & {*attributes}
        assert attributes.get("href", "#").startswith("#")
        assert tag not in ("link", "img", "iframe", "object", "base")


def test_links_lead_somewhere_and_names_are_unique(page):
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(ids) == len({*ids})
    targets = {a["href"][1:] for _, a in page.elements if "href" in a}
    assert targets <= {*ids}


@pytest.mark.slow
def test_fifty_problems_by_six_solvers_by_three_starts_fit_into_a_megabyte(synthetic):
    outcomes = synthetic(cases=50, methods=6, seeds=3, entries=256)
    page = report.render(Comparison(outcomes), "big", {}, [])
    assert len(page.encode()) < 1_000_000


def nasty_outcomes():
    name = Run(f"p{NASTY}", {"k": NASTY}, f"s{NASTY}", {"o": NASTY}, 0)
    other = replace(name, solver="plain")
    error = Outcome(name, "ERROR", NASTY, "x" * 5000 + NASTY + "y" * 5000)
    fields = {"value": 1.0, "trace": {"value": np.array([2.0, 1.0])}, "nfev": 1}
    good = Outcome(other, "CONVERGED", **fields, environment={NASTY: NASTY})
    return [error, good]


def test_hostile_names_are_text():
    identity = {NASTY: NASTY}
    text = report.render(Comparison(nasty_outcomes()), NASTY, identity, [NASTY])
    page = Page(text)
    assert page.count("script") == 2 and page.count("style") == 1
    assert text.count("<script") == 2 and text.count("</style") == 1
    assert "<script>alert('x')</script>" in page.text
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in ids)


def test_a_long_traceback_is_shortened_in_the_middle():
    text = "begin " + "x" * 10_000 + " end"
    error = Outcome(Run("p", {}, "s", {}, 0), "ERROR", text, text)
    (failure,) = failures(Comparison([error]))
    for shown in (failure.message, failure.traceback):
        assert len(shown) < 2100
        assert shown.startswith("begin ") and shown.endswith(" end")


def test_failures_are_grouped_most_first(outcomes):
    comparison = Comparison(outcomes)
    found = failures(comparison)
    unsolved = [o for o in outcomes if not comparison.solved(o)]
    assert sum(len(f.instances) for f in found) == len(unsolved) > 3
    sizes = [len(f.instances) for f in found]
    assert sizes == sorted(sizes, reverse=True)
    assert len({(f.method, f.status, f.message) for f in found}) == len(found)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"value": 1.0, "reference": 0.0}, "not at the minimum"),
        ({"value": -1.0, "reference": 0.0}, "below the minimum"),
        ({"value": None}, "no minimum is known"),
    ],
)
def test_converged_is_not_enough(fields, says):
    (failure,) = failures(
        Comparison([Outcome(Run("p", {}, "s", {}, 0), "CONVERGED", **fields)])
    )
    assert says in failure.message and failure.at_minimum == 0


def test_at_the_minimum_without_convergence_is_told():
    fields = {"value": 1.0, "reference": 1.0}
    stalled = Outcome(Run("p", {}, "s", {}, 0), "STALLED_AT_ROUNDING", **fields)
    (failure,) = failures(Comparison([stalled]))
    assert failure.at_minimum == 1


def few(*entries):
    """Outcomes of problem p, a method each."""
    return [
        Outcome(Run("p", {}, f"m{k}", {}, 0), status, **fields)
        for k, (status, fields) in enumerate(entries)
    ]


SOLVED = {"value": 0.0, "reference": 0.0, "nfev": 2, "njev": 2, "nhev": 0}
ODD = {
    "empty": [],
    "one solver": few(("CONVERGED", SOLVED)),
    "all failed": few(("ERROR", {}), ("TIMEOUT", {}), ("CRASHED", {})),
    "nothing known": few(("CONVERGED", {}), ("MAX_ITERATIONS", {"value": math.nan})),
    "infinite": few(("LEFT_DOMAIN", {"value": math.inf, "gradient_norm": math.inf})),
    "refused": few(("REFUSED", {"message": "no"}), ("CONVERGED", SOLVED)),
    "odd trace": few(
        (
            "CONVERGED",
            SOLVED | {"trace": {"value": np.array([np.inf, np.nan, 0.0])}, "nit": 2},
        ),
        (
            "CONVERGED",
            SOLVED | {"trace": {"value": np.array([]), "nfev": np.array([])}},
        ),
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_studies_are_reported(name, tmp_path):
    comparison = Comparison(ODD[name])
    page = Page(report.render(comparison, name, {}, []))
    assert name in page.text and page.count("h2") in (2, 7)
    text = markdown.render(comparison, name, EVALUATIONS)
    assert text.startswith(f"# {name}\n") and "nan" not in page.text + text
    json.loads(page.raw["script"][0], parse_constant=pytest.fail)


def say(outcomes):
    comparison = Comparison(outcomes)
    overview = summarize(comparison, EVALUATIONS)
    pairs = compare_pairs(comparison, EVALUATIONS)
    return " ".join(verdict(comparison, EVALUATIONS, overview, pairs))


def test_the_verdict_in_words():
    slow = SOLVED | {"nfev": 6}
    assert say([]) == "The study has no outcomes yet."
    assert say(ODD["all failed"]) == "No method solved any of the 1 instance."
    assert say(ODD["one solver"]) == "m0 solved 1 of 1 instance."
    assert say(few(("CONVERGED", SOLVED), ("CONVERGED", SOLVED))) == (
        "Every method solved 1 of 1 instance. On the one instance that all solved, m0 "
        "and m1 took equal evaluations."
    )
    assert say(few(("CONVERGED", SOLVED), ("CONVERGED", slow))) == (
        "Every method solved 1 of 1 instance. On the one instance that all solved, m0 "
        "took the fewest evaluations; m1 took 2 times as many in the geometric mean, "
        "which may be chance (sign test over cases, Holm, p = 1)."
    )
    assert "m1 solved 1 of 1 instance, the most; m0 solved 0" in say(ODD["refused"])
    unsure = few(("CONVERGED", SOLVED | {"reference": None}))
    assert "1 of 1 cases is not certified: it is the best known" in say(unsure)
    later = replace(ODD["one solver"][0], run=Run("q", {}, "m1", {}, 0))
    assert say([*ODD["one solver"], later]) == (
        "No instance has been run by every method yet."
    )


def test_a_clear_verdict(synthetic):
    text = say(synthetic(cases=50, methods=2, seeds=1))
    assert re.search(r"in the geometric mean \(sign test .* p = 0\.0\d+\)\.", text)


def test_traces_are_whole_numbers_that_stand_in_a_script(outcomes):
    found = json.loads(traces_json(Comparison(outcomes)))
    columns, runs = found["columns"], found["runs"]
    assert len(runs) == len(outcomes)
    gap = columns.index("gap")
    for o, run in zip(outcomes, runs, strict=True):
        if not o.trace:
            assert run is None
            continue
        assert {len(c) for c in run} == {len(run[0])} and len(run[0]) <= 80
        assert all(isinstance(v, int) for v in run[gap])
        assert run[columns.index("iterations")][-1] == o.nit
        values = np.abs(o.trace["value"] - o.reference)
        starts = max(
            other.trace["value"][0]
            for other in outcomes
            if other.trace and other.run.case == o.run.case
        )
        last = math.log10(max(1e-17, values.min() / (starts - o.reference)))
        assert run[gap][-1] == pytest.approx(100 * last, abs=1)
    nasty = traces_json(Comparison(nasty_outcomes()))
    assert not {"<", "&"} & {*nasty}


def test_markdown_tables_have_as_many_cells_as_their_header():
    for outcomes in (*ODD.values(), nasty_outcomes()):
        text = markdown.render(Comparison(outcomes), NASTY, EVALUATIONS)
        blocks = re.findall(r"(?:^\|.*\|\n)+", text, re.M)
        for block in blocks:
            rows = block.splitlines()
            assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 1
        assert "<script" not in text


def test_markdown_says_the_same(outcomes, tmp_path):
    path = markdown.write(outcomes, tmp_path / "new" / "a.md", title="T")
    text = path.read_text("utf-8")
    assert "| TrustRegion | 15 of 15 | 15 | 5 | 1.40 |" in text
    assert say(outcomes) in text


def test_numbers():
    assert [number(v) for v in (0, 3, 1.0, -2.5, 12345.6, 1e7, 1e-3, 9.99e-4)] == [
        "0", "3", "1", "-2.50", "12346", "1e7", "0.00100", "1e-3",
    ]  # fmt: skip
    assert [number(v) for v in (None, math.nan, math.inf, 100.5)] == [
        "–", "–", "–", "100",
    ]  # fmt: skip
