"""Floor 6: named problems and what is done with many of them."""

from matopt.studies.problem import Problem, names
from matopt.studies.schema import ProblemFileError

__all__ = ["Problem", "ProblemFileError", "names"]
