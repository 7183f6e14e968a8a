"""Floor 6: named problems and what is done with many of them."""

from matopt.studies.choice import ProblemChoice, SolverChoice
from matopt.studies.comparison import Comparison
from matopt.studies.outcome import FAILURES, STATUSES, Outcome, Run
from matopt.studies.problem import Problem, names
from matopt.studies.schema import ProblemFileError
from matopt.studies.study import Study
from matopt.studies.study_file import StudyFileError

__all__ = [
    "FAILURES",
    "STATUSES",
    "Comparison",
    "Outcome",
    "Problem",
    "ProblemChoice",
    "ProblemFileError",
    "Run",
    "SolverChoice",
    "Study",
    "StudyFileError",
    "names",
]
