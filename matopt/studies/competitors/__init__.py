"""Optimizers of other packages, as solvers that a study can name.

They are fed the same objective, and ``minimize`` judges, counts and times them as it
does its own: see ``docs/competitors.md``. SciPy with our derivatives and cvxpy are
``SciPy`` and ``Convex`` of ``matopt.solvers``.
"""

from matopt.studies.competitors.finite_differences import FiniteDifferences
from matopt.studies.competitors.pymanopt import Pymanopt
from matopt.studies.competitors.scikit_learn import ScikitLearn

__all__ = ["FiniteDifferences", "Pymanopt", "ScikitLearn"]
