"""What the pages of docs/ that come from the records hold; .ci/run builds them."""

import inspect
import re
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import matopt
from matopt.identities import Verdict, chapter

DOCS = Path(__file__).parent.parent / "docs"
FAULTS = [
    r for r in chapter.values() if r.verdict in (Verdict.WRONG, Verdict.CONDITIONAL)
]


@pytest.fixture
def pages(monkeypatch):
    """The Sphinx extension, without Sphinx."""
    monkeypatch.syspath_prepend(DOCS)
    yield import_module("chapter_pages")
    for name in ("chapter_pages", "counterexample"):
        sys.modules.pop(name, None)


def test_the_chapter_has_every_equation_once(pages):
    page = pages.the_chapter(chapter.values())
    tags = re.findall(r"\\tag\{(.*?)\}\n```", page)
    assert tags == [str(number) for number in chapter]
    anchors = re.findall(r"^\((eq-\S+)\)=$", page, re.M)
    assert len(set(anchors)) == len(chapter) == 115


@pytest.mark.parametrize("record", chapter.values(), ids=lambda r: f"({r.number})")
def test_the_link_leads_to_the_module_of_the_record(pages, record):
    (module,) = re.findall(r"<code>(.*)</code>", pages.source(record))
    assert record in import_module(f"matopt.{module}").RECORDS


def test_statements_are_not_escaped_and_words_are(pages):
    page = pages.the_chapter(chapter.values())
    assert all(f"\n{record.statement} \\tag" in page for record in chapter.values())
    assert pages.plain("X^T_ij | a*") == r"X\^T\_ij \| a\*"


def test_every_fault_is_among_the_errata(pages):
    page = pages.the_errata(chapter.values())
    assert len(FAULTS) == page.count("Counterexample: at") == page.count("\n| [(")
    for record in FAULTS:
        assert f"(erratum-{pages.anchor(record)})=" in page


@pytest.mark.parametrize("record", FAULTS, ids=lambda record: f"({record.number})")
def test_a_counterexample_shows_the_fault_and_the_correction(pages, record):
    truth, *corrected, wrong = pages.counterexample(record).claims.values()
    assert np.max(np.abs(wrong - truth)) > 0.05 * np.max(np.abs(truth))
    if record.f_printed is not None:  # the correction is of the left side
        truth = wrong
    for claim in corrected:
        np.testing.assert_allclose(claim, truth, rtol=1e-10, atol=1e-12)


def lines_of_the_reference() -> set[str]:
    return set((DOCS / "api.rst").read_text().split("\n"))


@pytest.mark.parametrize("name", matopt.__all__)
def test_what_is_public_is_in_the_reference(name):
    assert {
        f"   {name}",
        f".. currentmodule:: matopt.{name}",
    } & lines_of_the_reference()


@pytest.mark.parametrize(
    "package",
    [
        "check",
        "estimators",
        "filters",
        "identities",
        "inference",
        "objectives",
        "solvers",
        "spaces",
        "studies",
    ],
)
def test_classes_and_functions_of_a_package_are_in_the_reference(package):
    module, lines = import_module(f"matopt.{package}"), lines_of_the_reference()
    for name in module.__all__:
        given = getattr(module, name)
        if inspect.isclass(given) or inspect.isfunction(given):
            assert {f"   {name}", f"   {package}.{name}"} & lines, name
