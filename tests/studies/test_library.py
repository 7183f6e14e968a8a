"""The shipped problems, every one in every class, and the table of them."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

import matopt as mo
from matopt.studies import Problem, names
from matopt.studies.generators import GENERATORS
from matopt.studies.problem import folder
from matopt.studies.registry import OBJECTIVES, SPACES
from matopt.studies.schema import DIFFICULTIES, SpaceTable, read

EXAMPLES = Path(__file__).parents[2] / "examples"
CLASSES = [(n, c) for n in names() for c in read(folder() / f"{n}.toml").classes]
EASIEST = [next(case for case in CLASSES if case[0] == name) for name in names()]


def test_there_are_many():
    assert len(names()) >= 75
    assert [c for _, c in CLASSES].count("hard") >= 50


@pytest.mark.parametrize(("name", "label"), CLASSES)
def test_every_class_has_a_certified_optimum(name, label):
    problem = Problem.load(name, difficulty=label)
    assert problem.difficulty == label
    assert problem.value is not None and np.isfinite(problem.value)
    start = problem.restriction.at(problem.start)
    assert np.isfinite(start.value) and problem.gap(start.value) > -1e-12


@pytest.mark.parametrize(("name", "label"), EASIEST)
def test_every_easy_class_is_solved_to_its_optimum(name, label):
    problem = Problem.load(name, difficulty=label)
    result = problem.solve()
    assert problem.solved(result), result
    if problem.unique and problem.matrix is not None:
        scale = np.abs(problem.matrix).max()
        np.testing.assert_allclose(
            result.matrix / scale, problem.matrix / scale, atol=1e-5
        )


@pytest.mark.parametrize("name", names())
def test_every_problem_keeps_its_promises(name):
    Problem.load(name, difficulty=read(folder() / f"{name}.toml").classes[0]).check()


@pytest.mark.parametrize("name", names())
def test_every_class_is_another(name):
    """No two classes share an optimum, and sizes or conditions rise in order."""
    file = read(folder() / f"{name}.toml")
    values = [each.value for each in file.solution.classes.values()]
    assert len(set(values)) == len(values)
    assert file.classes == [c for c in DIFFICULTIES if c in file.classes]


def spaces_of(table):
    """The names of a space and of those that it is made of."""
    inner = [a for a in table.arguments.values() if isinstance(a, SpaceTable)]
    return {table.name}.union(*map(spaces_of, [*table.parts, *inner]))


def test_what_a_file_may_name_is_public():
    assert OBJECTIVES.keys() | SPACES.keys() <= set(mo.__all__)


def test_every_objective_and_every_space_has_a_problem():
    files = [read(folder() / f"{name}.toml") for name in names()]
    terms = [term for file in files for term in file.term]
    objectives = {term.objective for term in terms}
    assert objectives == OBJECTIVES.keys()
    assert any(term.part is not None for term in terms)
    assert any(len(file.term) > 1 for file in files)
    assert set().union(*(spaces_of(file.space) for file in files)) == SPACES.keys()


def test_every_generator_is_used():
    text = "".join(path.read_text() for path in folder().glob("*.toml"))
    assert set(re.findall(r'generator = "([^"]+)"', text)) == GENERATORS.keys()


def test_every_file_is_used():
    tables = [tomllib.loads(p.read_text()) for p in folder().glob("*.toml")]
    used = {d.get("file") for t in tables for d in t.get("data", {}).values()}
    scripts = "".join(p.read_text() for p in EXAMPLES.glob("*.py"))
    used |= set(re.findall(r"\w+\.npz", scripts))  # recordings
    there = {p.name for p in folder().iterdir() if p.suffix in (".csv", ".npz")}
    assert there <= used


def test_the_library_is_small():
    assert sum(path.stat().st_size for path in folder().glob("*.*")) < 2_000_000


def table() -> list[str]:
    """The rows of the README: each problem with its optima, by class."""
    rows = []
    for name in names():
        problem = Problem.load(name)
        labels = "".join(label[0] for label in problem.classes)
        space = repr(problem.space)
        file = read(folder() / f"{name}.toml")
        optima = [each.value for each in file.solution.classes.values()]
        values = [f"{v:.11g}" for v in optima or [file.solution.value]]
        rows.append(
            f"| `{name}` | {problem.title} | {space} | {labels} | {', '.join(values)} |"
        )
    return rows


def test_the_table_of_the_readme_is_that_of_the_files():
    """Where it is not: the lines that it should have are those of the message."""
    path = folder() / "README.md"
    lines = [line for line in path.read_text().splitlines() if line.startswith("| `")]
    assert [line for line in lines if line.count("|") == 6] == table(), "\n".join(
        table()
    )


@pytest.mark.slow
def test_references_are_recomputed_and_a_wrong_one_is_found(tmp_path):
    """The computations outside matopt, of two families, on a copy of the folder."""
    copy = shutil.copytree(folder(), tmp_path / "problems")
    path = copy / "brockett.toml"
    path.write_text(re.sub(r"value = -5\.1", "value = -5.2", path.read_text()))
    command = [
        sys.executable,
        str(copy / "references"),
        "brockett",
        "regression-longley",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and len(done.stdout.splitlines()) == 4
    (error,) = done.stderr.splitlines()
    assert error.startswith("brockett easy: value is -5.2")
