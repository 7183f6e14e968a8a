import pytest

from matopt.check import CheckFailed
from matopt.studies import Problem, ProblemFileError


def test_a_problem_from_a_path(folder):
    problem = Problem.load(folder.problem())
    assert problem.solved(problem.solve())
    assert problem.check().passed
    assert problem.gap(4.0) == 1.0


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(ValueError, match=r"'covariance-iri'; did you mean 'covar"):
        Problem.load("covariance-iri")


def test_a_missing_file():
    with pytest.raises(FileNotFoundError, match="no problem file nowhere"):
        Problem.load("nowhere/at-all.toml")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"PositiveDefinite"', '"PositivDefinite"', "did you mean 'PositiveDefinite'"),
        ('"GaussianLikelihood"', '"os.system"', "'os.system' is not known"),
        ('"GaussianLikelihood"', '"Sum"', "'Sum' is not known"),
        ('"GaussianLikelihood"', '"Component"', "'Component' is not known"),
        ("{ n = 2 }", "{ order = 2 }", "its arguments are n, dtype"),
        ("{ n = 2 }", "{ n = 20000 }", r"PositiveDefinite\(20000\) needs .* 3.2 GB"),
        ("{ n = 2 }", "{ n = 10000, dtype = 'complex' }", r"complex\) needs .* 1.6 GB"),
        (
            'matrix = "I"\nunique',
            'matrix = "Y"\nunique',
            "solution.matrix: matrix must",
        ),
        ('matrix = "I"\n\n', 'matrix = "Y"\n\n', "toml: start: matrix must be square"),
        ("{ n = 2 }", "{ n = 3 }", r"samples has 2 features .* \(3, 3\)"),
        ("{ n = 2 }", "{ n = 0 }", "n must be an integer of at least 1, got 0"),
        ("identity = 2", "identity = 3", "shape"),
    ],
)
def test_a_problem_that_cannot_be_built(folder, old, new, message):
    with pytest.raises(ProblemFileError, match=message):
        Problem.load(folder.problem((old, new)))


VECTOR = """
[data.I]
generator = "series"
arguments = { m = 4, radius = 0.5, angle = 1.0, seed = 0 }
"""


@pytest.mark.parametrize("kind", ["identity", "zeros"])
def test_one_matrix_is_no_start_on_a_product(folder, kind):
    space = '"Product"\nparts = [{ name = "PositiveDefinite", arguments = { n = 2 } }]'
    file = folder.problem(
        ('"PositiveDefinite"\narguments = { n = 2 }', space),
        ('objective = "GaussianLikelihood"', 'objective = "LogDet"\npart = 0'),
        ('\narguments = { samples = "Y" }', ""),
        ('kind = "data"\nmatrix = "I"', f'kind = "{kind}"'),
    )
    with pytest.raises(
        ProblemFileError, match=f"'{kind}' is of one matrix but Product"
    ):
        Problem.load(file)


def test_the_wrong_length_of_a_solution_is_not_called_that_of_the_start(folder):
    file = folder.problem(
        ("[data.I]\nidentity = 2", VECTOR),
        ('"PositiveDefinite"', '"Symmetric"'),
        ('kind = "data"\nmatrix = "I"', 'kind = "identity"'),
    )
    message = r"toml: solution.matrix: must have shape \(3,\), got \(4,\)"
    with pytest.raises(ProblemFileError, match=message):
        Problem.load(file)


def test_a_wrong_solution_is_found(folder):
    problem = Problem.load(folder.problem(("value = 2.0", "value = 1.99")))
    with pytest.raises(CheckFailed, match="FAIL declared value"):
        problem.check()
    assert not problem.solved(problem.solve())


def test_the_repr_is_one_line_without_arrays():
    text = repr(Problem.load("toeplitz-nile"))
    assert text.startswith("Problem('toeplitz-nile'): (GaussianLikelihood(<89 samples")
    assert "array" not in text and "\n" not in text
