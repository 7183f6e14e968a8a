"""`matopt study report`: the page, the text and the figures it writes."""

import json
import re

import pytest
from click.testing import CliRunner

from matopt.cli import main
from matopt.studies import Study, plots

STUDY = """
schema = 1

[study]
name = "small"
title = "A small study"
seed = 7

[[problem]]
name = "toeplitz-nile"

[[solver]]
name = "default"

[[solver]]
name = "LBFGS"
grid = { memory = [5] }
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The file of a study that has been run; its store lies beside it."""
    file = tmp_path_factory.mktemp("study") / "small.toml"
    file.write_text(STUDY)
    Study.load(file).run(file.with_suffix(".sqlite"), workers=1)
    return file


def invoke(*arguments):
    return CliRunner().invoke(main, ["study", "report", *map(str, arguments)])


@pytest.mark.slow
def test_a_page_and_a_text_of_a_real_study(study, tmp_path):
    page, text = tmp_path / "a" / "out.html", tmp_path / "b" / "out.md"
    result = invoke(study, "--output", page, "--markdown", text, "--cost", "iterations")
    assert result.exit_code == 0, result.output
    assert result.output.splitlines() == [
        f"Written to {page}",
        f"Written to {text}",
    ]
    content = page.read_text("utf-8")
    assert "<h1>A small study</h1>" in content
    assert re.search(r'id="cost-iterations" value="iterations" checked', content)
    assert f"matopt study run {study} --store" in content
    assert "LBFGS(memory=5)" in content and "<dt>seed<dd>7" in content
    assert "Runs shared the machine" not in content  # one worker: times are told
    verdict = "Every method solved 1 of 1 instance."
    assert verdict in content and verdict in text.read_text("utf-8")
    assert "Cost: iterations" in text.read_text("utf-8")


def test_the_tables_as_json(study):
    result = invoke(study, "--json", "--cost", "iterations")
    assert result.exit_code == 0, result.output
    told = json.loads(result.output)
    assert told == Study.load(study).compared(
        study.with_suffix(".sqlite"), "iterations"
    )
    assert told["verdict"][0] == "Every method solved 1 of 1 instance."
    assert told["methods"] == [row["method"] for row in told["summary"]["rows"]]
    assert [case["case"] for case in told["cases"]] == ["toeplitz-nile"]
    assert len(told["pairs"]) == 1 and not told["failures"]


def test_the_same_in_python(study, tmp_path, monkeypatch):
    monkeypatch.setattr(plots, "save", lambda drawn, path: path.touch())  # for time
    page = tmp_path / "out.html"
    chosen = Study.load(study)
    assert chosen.report(study.with_suffix(".sqlite"), page) == [page]
    figures = chosen.report(study.with_suffix(".sqlite"), figures=tmp_path / "figures")
    names = {path.name for path in figures}
    assert all(path.is_file() for path in figures)
    assert {"performance-seconds.pdf", "data-1e-7.svg", "targets.csv"} < names
    assert "convergence-gap-evaluations-toeplitz-nile.csv" in names
    with pytest.raises(ValueError, match="cost must be one of"):
        chosen.report(study.with_suffix(".sqlite"), page, cost="time")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "give --output OUT.html, --markdown OUT.md, --figures OUT or --json"),
        (["--output", "x.html", "--store", "none.sqlite"], "there is no store"),
        (["--output", "x.html", "--cost", "time"], "is not one of 'evaluations'"),
    ],
)
def test_wrong_calls(study, arguments, says):
    result = invoke(study, *arguments)
    assert result.exit_code == 2 and says in result.output
