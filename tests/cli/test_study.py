"""The commands of `matopt study`: run, status, export, verify."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from matopt.cli import main
from matopt.cli.study import default_store
from matopt.cli.study_progress import live_progress
from matopt.studies.outcome import STATUSES
from matopt.studies.running import Progress
from matopt.studies.store import Store

STUDY = """
schema = 1
[study]
name = "small"
[[problem]]
name = "toeplitz-ar"
grid = { difficulty = ["easy"], n = [3, 4] }
[[problem]]
name = "covariance-iris"
[[solver]]
name = "default"
[[solver]]
name = "SciPy:BFGS"
settings = { options = { norm = 2 } }
"""


@pytest.fixture
def run():
    return lambda *words: CliRunner().invoke(main, ["study", *map(str, words)])


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A study file, with its store beside it."""
    path = tmp_path_factory.mktemp("study") / "small.toml"
    path.write_text(STUDY)
    words = ["study", "run", str(path), "--workers", "1", "--json"]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    summary = json.loads(done.stdout)
    assert (summary["total"], summary["done"], summary["run_now"]) == (6, 6, 6)
    assert summary["store"] == str(path.with_suffix(".sqlite"))
    return path


@pytest.mark.slow
def test_a_finished_study_has_nothing_to_run(run, finished):
    done = run("run", finished)
    assert done.exit_code == 0
    assert "6 of 6 runs done, 0 of them now" in done.output


def test_exported_rows_have_the_promised_fields(run, finished):
    rows = json.loads(run("export", finished, "--json").stdout)
    promised = (
        "problem solver seed parameters status value gradient_norm iterations "
        "evaluations seconds"
    )
    assert len(rows) == 6
    for row in rows:
        assert set(promised.split()) <= row.keys()
        assert row["status"] in STATUSES
    assert rows[0]["parameters"] == {"difficulty": "easy", "n": 3}
    assert rows[1]["parameters"]["solver.options"] == {"norm": 2}
    assert rows[-1]["status"] == "REFUSED"
    assert rows[-1]["value"] is None


def test_tables_hold_the_same_numbers(run, finished, tmp_path):
    from pyarrow import parquet

    outputs = ("--csv", tmp_path / "a.csv", "--parquet", tmp_path / "a.parquet")
    done = run("export", finished, "--json", *outputs)
    values = [row["value"] for row in json.loads(done.stdout)]
    with open(tmp_path / "a.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["value"]) if row["value"] else None for row in rows] == values
    assert rows[0]["parameters.n"] == "3"
    kept = parquet.read_table(tmp_path / "a.parquet").to_pydict()
    assert kept["value"] == values
    assert json.loads(kept["parameters"][0]) == {"difficulty": "easy", "n": 3}


def test_exported_traces_are_those_of_the_store(run, finished):
    rows = json.loads(run("export", finished, "--json", "--traces").stdout)
    assert rows[-1]["trace"] == {}  # it was refused
    for row in rows[:-1]:
        if row["status"] != "REFUSED":
            assert row["trace"]["value"][-1] == row["value"]
        assert row["environment"]["numpy"]
    done = run("export", finished, "--traces", "--csv", "out.csv")
    assert done.exit_code == 2 and "--traces go with --json" in done.output


def test_export_wants_to_know_what_to_write(run, finished):
    done = run("export", finished)
    assert done.exit_code == 2
    assert "give --json, --csv OUT or --parquet OUT" in done.output


def test_status_says_how_far_it_is(run, finished):
    done = run("status", finished)
    assert "6 of 6 runs done, 0 missing" in done.output
    assert "It is not running." in done.output
    with Store.create(default_store(str(finished))):
        seen = json.loads(run("status", finished, "--json").stdout)
    assert (seen["running"], seen["done"]) == (True, 6)


@pytest.mark.slow
def test_verify_passes_and_fails(run, finished, tmp_path):
    done = run("verify", finished, "--repeat", "1")
    assert done.exit_code == 0, done.output
    assert "6 of 6 runs there, 1 repeated, 0 differences" in done.output
    Store.create(tmp_path / "empty.sqlite").close()
    done = run("verify", finished, "--store", tmp_path / "empty.sqlite", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["missing"] == 6


def test_a_second_run_at_the_same_time_ends_with_3(run, finished):
    with Store.create(default_store(str(finished))):
        done = run("run", finished)
    assert done.exit_code == 3
    assert f"process {os.getpid()} runs a study into" in done.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run", "quikc"], "no study is named 'quikc'; did you mean 'quick'?"),
        (["run", "none.toml"], "no study file none.toml"),
        (["export", "quick", "--json", "--store", "none"], "there is no store none"),
        (["run", "quick", "--plugin", "no_such"], "No module named 'no_such'"),
        (["run", "quick", "--plugin", "json"], "json has no problems and no solvers"),
        (["run", "quick", "--retry", "TIMEOUTS"], "did you mean 'TIMEOUT'?"),
        (["run", "quick", "--workers", "0"], "0 is not in the range"),
    ],
)
def test_bad_input_is_one_message_and_exit_2(
    run, words, message, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    done = run(*words)
    assert done.exit_code == 2
    assert message in done.output


def test_a_bad_file_is_refused_by_line(run, tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text(STUDY.replace("covariance-iris", "covariance-isir"))
    done = run("run", path)
    assert done.exit_code == 2
    assert "bad.toml:9: problem.1.name: " in done.output


def test_a_shipped_study_has_its_store_in_out():
    assert default_store("quick") == Path("out/quick.sqlite")
    assert default_store("a/b.toml") == Path("a/b.sqlite")


@pytest.mark.slow
def test_interrupted_it_says_how_to_go_on(tmp_path):
    path = tmp_path / "long.toml"
    path.write_text(STUDY.replace('name = "small"', 'name = "small"\nseeds = 500'))
    matopt = [sys.executable, "-c", "from matopt.cli import main; main()"]
    command = [*matopt, "study", "run", str(path)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        while not path.with_suffix(".sqlite").exists():
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Interrupted; the same command goes on." in said


def test_names_of_studies_are_completed():
    words = {"COMP_WORDS": "matopt study run qu", "COMP_CWORD": "3"}
    done = CliRunner().invoke(
        main, [], env={**words, "_MATOPT_COMPLETE": "bash_complete"}, prog_name="matopt"
    )
    assert "plain,quick" in done.output


def test_a_line_of_progress_says_only_what_is_known(monkeypatch, capsys):
    monkeypatch.setattr("matopt.cli.study_progress._EVERY", 0.0)
    with live_progress() as show:
        show(Progress(8))
        show(Progress(8, Counter(ERROR=1), before=1))
        show(Progress(8, Counter(ERROR=1, CONVERGED=1), before=1, seconds=3.0))
        show(Progress(2, Counter(CONVERGED=2), before=1, seconds=3.0))
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "0 of 8",
        "1 of 8, 1 failed",
        "2 of 8, 1 failed, 18.0 s left",
        "2 of 2, 0.0 s left",
    ]
