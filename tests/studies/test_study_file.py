"""Study files: what they say, and every way to be wrong."""

import textwrap
from pathlib import Path

import numpy as np
import pytest

import matopt as mo
from matopt.studies import Problem, ProblemChoice, SolverChoice, Study
from matopt.studies.plan import digest, plan
from matopt.studies.problem import file_of
from matopt.studies.study_file import StudyFileError, file, shipped

STUDY = """
schema = 1

[study]
name = "small"
title = "A small study"
seed = 7
seeds = 2
repetitions = 3
time_limit = 5.0
memory_limit = "2GiB"

[stop]
gradient_norm = 1e-6
max_iterations = 50

[[problem]]
names = ["toeplitz-ni*", "covariance-iris"]

[[problem]]
name = "toeplitz-ar"
grid = { n = [4, 6], difficulty = ["easy"] }

[[solver]]
name = "LBFGS"
settings = { search = { name = "Armijo", decrease = 1e-3 } }
grid = { memory = [5, 20] }
label = "ours"

[[solver]]
name = "SciPy:BFGS"
"""


@pytest.fixture
def write(tmp_path):
    def to_file(*changes):
        text = textwrap.dedent(STUDY).lstrip()
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new, 1)
        path = tmp_path / "small.toml"
        path.write_text(text)
        return path

    return to_file


def test_a_file_and_its_python_are_the_same_study(write):
    study = Study.load(write())
    same = Study(
        "small",
        problems=[
            ProblemChoice(["toeplitz-ni*", "covariance-iris"]),
            ProblemChoice(["toeplitz-ar"], {"n": [4, 6], "difficulty": ["easy"]}),
        ],
        solvers=[
            SolverChoice(
                "LBFGS",
                settings={"search": {"name": "Armijo", "decrease": 1e-3}},
                grid={"memory": [5, 20]},
                label="ours",
            ),
            mo.SciPy("BFGS"),
        ],
        title="A small study",
        seed=7,
        seeds=2,
        repetitions=3,
        time_limit=5.0,
        memory_limit=2 * 2**30,
        stop=mo.Stop(gradient_norm=1e-6, max_iterations=50),
    )
    assert study.runs() == same.runs()
    assert study.memory_bytes == same.memory_bytes
    assert len(study.runs()) == 4 * 2 * 3  # problems, seeds, solvers
    first = study.runs()[0]
    assert (first.problem, first.solver, first.seed) == ("toeplitz-nile", "ours", 0)
    assert first.settings["memory"] == 5
    assert study.runs()[-1].case == "toeplitz-ar(difficulty='easy', n=6)"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("title", "tittle", r"^small.toml:5: study.tittle: unknown .*mean 'title'\?"),
        ("seeds = 2", "seeds = 0", r":7: study.seeds: .*greater than or equal to 1"),
        ("seeds = 2", "seeds = []", r":7: study.seeds: "),
        ("seeds = 2", f"seeds = [{2**63}]", r":7: study.seeds"),
        ("time_limit = 5.0", "time_limit = 0", r":9: study.time_limit: .*greater"),
        ("time_limit = 5.0", 'time_limit = "1e-8"', r":9: study.time_limit: .*number"),
        ("time_limit = 5.0", "time_limit = true", r":9: study.time_limit: .*number"),
        ("time_limit = 5.0", "time_limit = inf", r":9: study.time_limit: .*finite"),
        ("time_limit = 5.0", "time_limit = 1e10", r":9: study.time_limit: .*less"),
        ("= 5.0", f"= {10**400}", r":9: study.time_limit: .* integer of 1329 bits"),
        ("seeds = 2", f"seeds = {10**10}", r":7: .*equal to 100000, got 10000000000"),
        ("seeds = 2", f"seeds = {10**30}", r":7: study.seeds: .*equal to 100000"),
        ("repetitions = 3", f"repetitions = {2**63}", r":8: study.repetitions: .*less"),
        ('"2GiB"', str(10**400), r":10: study.memory_limit: .*integer of 1329 bits"),
        ('"2GiB"', "true", r":10: study.memory_limit: "),
        ('"2GiB"', f'"{"9" * 400}GiB"', r":10: study.memory_limit: .*such as '2GiB'"),
        ("= 1e-6", '= "1e-8"', r":13: stop.gradient_norm: .*number, got '1e-8'"),
        ("= 1e-6", "= true", r":13: stop.gradient_norm: .*number, got True"),
        ("= 1e-6", "= nan", r":13: stop.gradient_norm: .*finite number, got nan"),
        (
            "max_iterations = 50",
            f"max_seconds = {10**400}",
            r":14: stop.max_seconds: .*1329 bits",
        ),
        ('"2GiB"', '"2 jars"', r":10: study.memory_limit: .*such as '2GiB'.*'2 jars'"),
        ("gradient_norm = 1e-6", "gradient_norm = -1", r":13: stop.gradient_norm: "),
        ("max_iterations", "max_iter", r":14: stop.max_iter: .*'max_iterations'"),
        ("toeplitz-ni*", "toeplizt-nile", r":17: problem.0.names: .*'toeplitz-nile'"),
        ("toeplitz-ar", "toeplitz-ra", r":20: problem.1.name: .*'toeplitz-ar'"),
        ("toeplitz-ar", "none.toml", r":20: problem.1.name: .*no problem file"),
        ("{ n =", "{ order =", r":21: problem.1.grid: .*no parameter 'order'.*Known:"),
        ('["easy"]', '["esay"]', r":21: problem.1.grid: .*its classes are easy"),
        ("n = [4, 6]", "n = 4", r":21: problem.1.grid.n: .*list"),
        ('name = "LBFGS"', 'name = "LBFSG"', r":24: solver.0.name: .*'LBFGS'"),
        (
            "memory = [",
            "memroy = [",
            r":26: solver.0.grid.memroy: .*'memroy'.*'memory'",
        ),
        ('"Armijo"', '"Armjio"', r":25: solver.0.settings: .*'Armijo'"),
        ("decrease", "increase", r":25: solver.0.settings: .*'increase'"),
        ("SciPy:BFGS", "SciPy:BFGSS", r":30: solver.1.name: .*'BFGS'"),
        ("SciPy:BFGS", "SciPy", r":30: solver.1.name: SciPy needs a method"),
        ('name = "toeplitz-ar"', "", r"problem.1: give name = .*or names"),
        ("[[solver]]", "[[solvers]]", r"solvers: unknown key.*'solver'"),
        ("schema = 1", "schema = 2", r"schema 2 is newer .*install a newer matopt"),
        ("schema = 1", "schema = ", r"not TOML"),
    ],
)
def test_a_bad_file_is_refused_by_line_and_key(write, old, new, message):
    with pytest.raises(StudyFileError, match=message):
        Study.load(write((old, new)))


def test_all_mistakes_are_listed_at_once(write):
    changes = [("toeplitz-ar", "a"), ("SciPy:BFGS", "b"), ("memory = [", "c = [")]
    with pytest.raises(StudyFileError) as caught:
        Study.load(write(*changes))
    assert [line.split(":")[1] for line in str(caught.value).splitlines()] == [
        *("20", "26", "30")
    ]


def test_a_problem_beside_the_study_is_found_by_its_path(write, folder):
    folder.problem()
    study = Study.load(
        write(
            ('name = "toeplitz-ar"', 'name = "tiny.toml"'),
            ('grid = { n = [4, 6], difficulty = ["easy"] }', ""),
        )
    )
    assert study.runs()[-1].problem == "tiny"


def test_shipped_studies_are_found_by_name():
    assert "quick" in shipped()
    for name in shipped():
        assert Study.load(name).name == name
    with pytest.raises(ValueError, match=r"no study is named 'quikc'; .*'quick'"):
        file("quikc")
    with pytest.raises(FileNotFoundError, match=r"no study file none\.toml"):
        file("none.toml")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"problems": ["toeplizt-nile"]}, "problem 1: .*'toeplitz-nile'"),
        ({"solvers": ["LBFGS", "CGG"]}, "solver 2: no solver is named 'CGG'"),
        ({"solvers": [SolverChoice("default", {"a": 1})]}, "takes no settings"),
        ({"solvers": []}, "needs a problem, a solver and a seed"),
        ({"seeds": 0}, "needs a problem, a solver and a seed"),
        ({"memory_limit": "much"}, "memory_limit must be bytes"),
    ],
)
def test_wrong_arguments_are_refused(options, message):
    given = {"problems": ["toeplitz-nile"], "solvers": ["LBFGS"], **options}
    with pytest.raises(ValueError, match=message):
        Study("name", **given).runs()


def test_a_solver_of_ones_own_needs_a_plugin():
    class Own(mo.GradientDescent):
        pass

    with pytest.raises(ValueError, match=r"Own is not a solver .*plugin"):
        Study("name", problems=["toeplitz-nile"], solvers=[Own()]).runs()


@pytest.mark.parametrize(
    "solver",
    [
        mo.LBFGS(),
        mo.LBFGS(memory=7, search=mo.Armijo(decrease=0.01)),
        mo.ConjugateGradient(mo.solvers.FletcherReeves()),
        mo.SciPy("L-BFGS-B", options={"maxcor": 4}),
        mo.TrustRegion(),
        mo.ADMM(),
    ],
)
def test_a_solver_becomes_its_name_and_back(solver):
    choice = SolverChoice.of(solver)
    (settings,) = choice.variants
    assert mo.studies.registry.solver(choice.name, settings) == solver


def test_the_start_depends_on_the_seeds_and_the_problem_alone():
    def starts(**options):
        given = {"problems": ["toeplitz-nile", "covariance-iris"], "seeds": 3}
        study = Study("name", solvers=["LBFGS", "default"], **(given | options))
        planned = mo.studies.plan.plan(study)
        return {
            (p.run.problem, p.run.solver, p.run.seed): p.task["start"] for p in planned
        }

    found = starts()
    assert {v for (_, _, seed), v in found.items() if seed == 0} == {0}
    drawn = {k: v for k, v in found.items() if k[2]}
    assert all(v > 0 for v in drawn.values())
    assert len(set(drawn.values())) == 4  # problems x seeds, for all solvers
    assert (
        starts(problems=["covariance-iris", "toeplitz-nile"], seeds=[2, 0, 1]) == found
    )
    other = starts(seed=1)
    assert not set(other.values()) & set(drawn.values())


def test_ids_are_of_what_determines_the_outcome():
    def ids(**options):
        given = {"problems": ["toeplitz-nile"], "solvers": ["LBFGS"], **options}
        return [p.id for p in mo.studies.plan.plan(Study("name", **given))]

    same = {"title": "t", "time_limit": 1.0, "memory_limit": "1GiB"}
    assert ids() == ids(**same) == ids(solvers=[SolverChoice("LBFGS", label="l")])
    assert ids(problems=["toeplitz-nile", "toeplitz-ni*"]) == ids()
    others = [
        ids(solvers=["default"]),
        ids(solvers=[SolverChoice("LBFGS", {"memory": 5})]),
        ids(stop=mo.Stop(gradient_norm=1e-7)),
        ids(repetitions=2),
        ids(seeds=[1]),
        ids(problems=["toeplitz-elnino"]),
    ]
    assert len({*ids(), *(id for each in others for id in each)}) == 7


def test_a_table_in_a_table_is_found_in_its_own_element(write):
    wrong = 'name = "LBFGS"\n[solver.settings]\nmemry = 3\n'
    right = '[[solver]]\nname = "LBFGS"\n[solver.settings]\nmemory = 3\n'
    path = write(('name = "SciPy:BFGS"\n', wrong + right))
    with pytest.raises(StudyFileError, match=r"small.toml:32: solver.1.settings.memry"):
        Study.load(path)


def test_two_solvers_of_one_name_are_refused(write):
    with pytest.raises(StudyFileError, match=r":29: solver.1.label: SciPy:BFGS and LB"):
        Study.load(
            write(
                ("grid = { memory = [5, 20] }\n", ""),
                ('settings = { search = { name = "Armijo", decrease = 1e-3 } }\n', ""),
                ('name = "SciPy:BFGS"', 'name = "SciPy:BFGS"\nlabel = "ours"'),
            )
        )


def test_two_problem_files_of_one_name_are_refused(tmp_path):
    paths = [tmp_path / folder / "toeplitz-nile.toml" for folder in "ab"]
    for path in paths:
        path.parent.mkdir()
        whole = file("quick").parents[1] / path.name
        path.write_bytes(whole.read_bytes())
    study = Study("two", problems=list(map(str, paths)), solvers=["LBFGS"])
    with pytest.raises(ValueError, match=r"problem 2: .* called the same; rename a f"):
        study.runs()


def python(**changed):
    return Study("s", **{"problems": ["toeplitz-ar"], "solvers": ["LBFGS"], **changed})


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"problems": "toeplitz-ar"}, "problems must be a list, got 'toeplitz-ar'"),
        ({"solvers": "LBFGS"}, "solvers must be a list, got 'LBFGS'"),
        ({"solvers": [mo.LBFGS]}, r"a solver such as LBFGS\(\), got <class"),
        ({"seeds": [-1]}, r"a seed must be a whole number from 0 to .*, got -1"),
        ({"seeds": [2**63]}, "a seed must be a whole number"),
        ({"seeds": 1.5}, "seeds must be a whole number, how many, or a .*, got 1.5"),
        ({"seeds": "2"}, "seeds must be a whole number, how many, or a .*, got '2'"),
        ({"seeds": [1, 2.0]}, r"or a list of whole numbers, got \[1, 2.0\]"),
        ({"problems": Path("a.toml")}, "problems must be a list, got .*a.toml"),
        ({"problems": [3]}, "a problem must be a name, a path of a problem f.* got in"),
        (
            {"problems": [Problem.load("toeplitz-nile")]},
            "or a ProblemChoice, got Problem; one made in Python goes into a plugin",
        ),
        ({"seed": -3}, "a seed must be a whole number"),
        ({"repetitions": 1.5}, "repetitions must be a whole number from 1 .*got 1.5"),
        ({"repetitions": 0}, "repetitions must be a whole number from 1 .*got 0"),
        ({"time_limit": float("inf")}, "time_limit must be .* above 0, .* got inf"),
        ({"time_limit": 0}, "time_limit must be .* above 0, at most 1e.09, got 0"),
        ({"time_limit": 10**400}, "time_limit must be a number of seconds above 0"),
        ({"time_limit": True}, "time_limit must be a number of .* got True"),
        ({"time_limit": "60"}, "time_limit must be a number of .* got '60'"),
        ({"memory_limit": 10**400}, "memory_limit must be bytes or words"),
        ({"memory_limit": 2**62}, "memory_limit must be bytes or words"),
        ({"memory_limit": 0.5}, "memory_limit must be bytes or words"),
        ({"memory_limit": f"{'9' * 400} GiB"}, "memory_limit must be bytes or words"),
        ({"seeds": 10**30}, "seeds must be at most 100000, or a list, got 10000"),
        ({"plugins": "mine"}, "plugins must be a list, got 'mine'"),
        ({"problems": iter(())}, "needs a problem, a solver and a seed"),
        ({"problems": iter([3])}, "a problem must be a name, a path of a problem f"),
    ],
)
def test_what_is_wrong_in_python_is_said_at_once(changed, message):
    with pytest.raises((TypeError, ValueError), match=message):
        python(**changed).runs()


@pytest.mark.parametrize("kind", [iter, tuple, np.array])
def test_lists_are_of_any_kind(kind):
    """An iterator is gone through once, an array has no truth."""
    given = {"problems": ["toeplitz-ar"], "solvers": ["LBFGS"], "seeds": [0, 2]}
    study = python(**{key: kind(values) for key, values in given.items()})
    same = python(**given)
    assert plan(study) == plan(study) == plan(same)
    assert digest(study.definition) == digest(same.definition)
    assert python(plugins=iter(())).definition["plugins"] == []


def test_paths_are_paths_of_problem_files():
    own = file_of("toeplitz-ar")
    assert isinstance(own, Path)
    for given in ([own], [ProblemChoice([own])]):
        study = python(problems=given)
        assert [run.problem for run in study.runs()] == ["toeplitz-ar"]
        assert plan(study) == plan(python(problems=[str(own)]))


def test_one_value_is_no_grid():
    with pytest.raises(TypeError, match=r"grid.n must be a list of values, got 4"):
        ProblemChoice(["toeplitz-ar"], {"n": 4})
    with pytest.raises(TypeError, match=r"names must be a list .* got 'toeplitz-ar'"):
        ProblemChoice("toeplitz-ar")


def test_numbers_of_numpy_are_those_of_python():
    def study(whole):
        return python(
            problems=[ProblemChoice(["toeplitz-ar"], {"n": whole([4, 5])})],
            solvers=[mo.LBFGS(memory=whole([3])[0])],
            seeds=whole([0, 1]),
            seed=whole([7])[0],
        )

    plain, numpy = study(list), study(np.array)
    assert plan(plain) == plan(numpy)
    assert digest(plain.definition) == digest(numpy.definition)
    assert len(python(seeds=np.int64(2)).runs()) == 2
    ranged = python(problems=[ProblemChoice(["toeplitz-ar"], {"n": range(4, 6)})])
    assert digest(ranged.definition)
