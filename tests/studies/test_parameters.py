"""Problems whose sizes are parameters: files, classes, generated data, starts."""

import numpy as np
import pytest

from matopt.studies import Problem, ProblemFileError

FILE = """
schema = 2

[problem]
name = "sized"
title = "The mean of samples, as a covariance"
equations = ["(57)"]
source = "generated"
licence = "CC0-1.0"

[parameters]
n = 3
m = 40
condition = 10.0
seed = 1

[difficulty.easy]
n = 2
[difficulty.hard]
n = 5
condition = 100.0

[space]
name = "PositiveDefinite"
arguments = { n = "n" }

[[term]]
objective = "GaussianLikelihood"
arguments = { samples = "Y" }

[data.Y]
generator = "normal"
arguments = { n = "n", m = "m", condition = "condition", seed = "seed" }

[data.I]
identity = "n"

[start]
kind = "data"
matrix = "I"

[solution]
unique = true
certified_by = "X = S"
[solution.easy]
value = -0.5

[tolerance]
gap = 1e-8
"""


@pytest.fixture
def sized(tmp_path):
    def write(*changes: tuple[str, str]):
        text = FILE
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        path = tmp_path / "sized.toml"
        path.write_text(text)
        return path

    return write


def best(problem):
    """The minimum of the likelihood by its closed form, ln det S + n."""
    Y = problem.objective.scatter.samples
    return np.linalg.slogdet(Y.T @ Y / len(Y))[1] + Y.shape[1]


def test_the_default_is_the_easiest_class_where_none_is_medium(sized):
    problem = Problem.load(sized())
    assert problem.difficulty == "easy" and problem.classes == ("easy", "hard")
    assert dict(problem.parameters) == {"n": 2, "m": 40, "condition": 10.0, "seed": 1}
    assert problem.space.n == 2 and problem.value == -0.5
    middle = sized(("[difficulty.hard]", "[difficulty.medium]"))
    assert Problem.load(middle).difficulty == "medium"


@pytest.mark.parametrize("n", [1, 2, 7])
def test_sizes_of_no_class_have_no_certified_optimum(sized, n):
    problem = Problem.load(sized(), n=n, m=41)
    assert problem.difficulty is None and problem.value is None
    assert problem.matrix is None and problem.gap(1.0) is None
    result = problem.solve()
    assert problem.solved(result) and result.fun == pytest.approx(best(problem))
    assert problem.check().passed


def test_a_class_without_an_optimum(sized):
    problem = Problem.load(sized(), difficulty="hard")
    assert problem.space.n == 5 and problem.value is None
    assert problem.difficulty == "hard"
    same = Problem.load(sized(), n=5, condition=100)
    assert same.difficulty == "hard"  # by its values


def test_starts_by_seed(sized):
    problem = Problem.load(sized(), n=4)
    assert (problem.start_at(0) == np.eye(4)).all()
    first, again, other = (problem.start_at(k) for k in (1, 1, 2))
    assert (first == again).all() and not np.allclose(first, other)
    assert np.isfinite(problem.restriction.at(first).value)
    with pytest.raises(TypeError, match="must be a seed"):
        problem.start_at(1.5)


def test_a_start_is_drawn_nearer_until_the_objective_is_defined(sized):
    """A random matrix of some order has an eigenvalue that is negative."""
    text = sized().read_text()
    for old, new in [
        (
            '"PositiveDefinite"\narguments = { n = "n" }',
            '"Dense"\narguments = { m = "n", n = "n" }',
        ),
        ("GaussianLikelihood", "TraceFunction"),
        ('{ samples = "Y" }', '{ name = "sqrt" }'),
    ]:
        assert old in text
        text = text.replace(old, new)
    file = sized()
    file.write_text(text)
    problem = Problem.load(file, n=6)
    starts = [problem.start_at(seed) for seed in range(1, 6)]
    assert all(np.isfinite(problem.restriction.at(x).value) for x in starts)
    assert len({x.tobytes() for x in starts}) == 5


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"N": 4}, "has no parameter 'N'; did you mean 'n'"),
        ({"difficulty": "easier"}, "no class 'easier'; its classes are easy, hard"),
        ({"n": 0}, "n must be at least 1, got 0"),
        ({"n": 2.5}, "n must be an integer, got 2.5"),
        ({"n": True}, "n must be an integer, got True"),
        ({"n": "3"}, "n must be an integer, got '3'"),
        ({"condition": np.nan}, "condition must be a number, got nan"),
        ({"n": 10**400}, r"n must be at most 9.22e\+18 in modulus"),
        ({"condition": -(10**400)}, r"condition must be at most 1.8e\+308 in modulus"),
        ({"seed": -1}, "seed must be at least 0, got -1"),
        ({"n": 12_000}, "data.Y: normal needs an array of 1.2 GB, the most is 1 GB"),
        ({"n": 200_000}, "n must be from 1 to 100000, got 200000"),
        ({"condition": -1.0}, "condition must be from 0 to"),
    ],
)
def test_wrong_parameters(sized, parameters, message):
    with pytest.raises(ValueError, match=message):
        Problem.load(sized(), **parameters)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[difficulty.easy]\nn", "[difficulty.easy]\nk", "no parameter is named 'k'"),
        ("[solution.easy]", "[solution.medium]", r"\[difficulty.medium\] is missing"),
        ("unique = true", "unique = true\nvalue = 1.0", "with several classes"),
        ('generator = "normal"', 'generator = "norml"', "did you mean 'normal'"),
        ('generator = "normal"', 'generator = "normal"\nkey = "x"', "takes no key"),
        ('generator = "normal"', 'generator = "normal"\nshape = [1]', "does not go"),
        ('seed = "seed" }', "sed = 1 }", "its arguments are n, m, condition, seed"),
        ('seed = "seed" }', "seed = true }", "seed must be an integer, got True"),
        ("[data.I]", "[data.n]\nidentity = 1\n[data.I]", "'n' names both"),
        ('identity = "n"', 'identity = "m2"', "no parameter is named 'm2'"),
        ('samples = "Y"', 'samples = "n"', "sampl"),
        ('{ n = "n" }\n', '{ n = "N" }\n', r"space.arguments.n: .*mean 'n'"),
    ],
)
def test_wrong_files(sized, old, new, message):
    with pytest.raises(ProblemFileError, match=message):
        Problem.load(sized((old, new)))


def test_spaces_of_spaces(sized):
    """A product with a term of one part, an argument that is a space, and a dtype."""
    text = (
        FILE[: FILE.index("[space]")]
        + """
[space]
name = "Product"
[[space.parts]]
name = "Dense"
arguments = { m = "n", n = 1, dtype = "complex" }
[[space.parts]]
name = "Fisher"
arguments = { structure = { name = "SymmetricToeplitz", arguments = { n = "n" } } }

[[term]]
objective = "FrobeniusNorm"
part = 0
coefficient = "condition"
[[term]]
objective = "GaussianLikelihood"
part = 1
arguments = { samples = "Y" }
"""
        + FILE[FILE.index("[data.Y]") :].replace(
            'kind = "data"\nmatrix = "I"', 'kind = "natural"'
        )
    )
    path = sized()
    path.write_text(text)
    problem = Problem.load(path, n=3)
    assert repr(problem.space) == (
        "Product(Dense(3, 1, dtype=complex), Fisher(SymmetricToeplitz(3)))"
    )
    result = problem.solve()
    assert result.success and np.abs(result.matrix[0]).max() < 1e-8
    assert result.matrix[1].shape == (3, 3)
