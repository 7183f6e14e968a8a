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
        ("{ n = 2 }", "{ order = 2 }", "its arguments are n, dtype"),
        ("{ n = 2 }", "{ n = 3 }", r"samples has 2 features .* \(3, 3\)"),
        ("{ n = 2 }", "{ n = 0 }", "n must be an integer of at least 1, got 0"),
        ("identity = 2", "identity = 3", "shape"),
    ],
)
def test_a_problem_that_cannot_be_built(folder, old, new, message):
    with pytest.raises(ProblemFileError, match=message):
        Problem.load(folder.problem((old, new)))


def test_a_wrong_solution_is_found(folder):
    problem = Problem.load(folder.problem(("value = 2.0", "value = 1.99")))
    with pytest.raises(CheckFailed, match="FAIL declared value"):
        problem.check()
    assert not problem.solved(problem.solve())


def test_the_repr_is_one_line_without_arrays():
    text = repr(Problem.load("toeplitz-nile"))
    assert text.startswith("Problem('toeplitz-nile'): (GaussianLikelihood(<89 samples")
    assert "array" not in text and "\n" not in text
