"""Floor 2: adaptive filters, run at once or in chunks.

``filters.NLMS(length, step).run(x, d)``; see ``AdaptiveFilter`` for the conventions.
"""

from matopt.filters.affine_projection import AffineProjection
from matopt.filters.augmented import AugmentedCLMS
from matopt.filters.constrained import ConstrainedLMS
from matopt.filters.filter import AdaptiveFilter
from matopt.filters.filtered_x import FilteredXLMS
from matopt.filters.higher_order import LMF, MixedNormLMS
from matopt.filters.kalman import Kalman
from matopt.filters.lms import LMS, LeakyLMS
from matopt.filters.normalized import NLMS
from matopt.filters.outputs import Outputs, State
from matopt.filters.recursive import QRRLS, RLS, AugmentedRLS, SlidingWindowRLS
from matopt.filters.rule import Adaptation, Constraint, ErrorFunction, Rule
from matopt.filters.run import FilterRun
from matopt.filters.running import Running
from matopt.filters.sign import SignDataLMS, SignErrorLMS, SignSignLMS
from matopt.filters.signals import Layout, Signals
from matopt.filters.sparse import ReweightedZeroAttractingLMS, ZeroAttractingLMS
from matopt.filters.stochastic_gradient import StochasticGradient
from matopt.filters.variable_step import GNGD, AngLMS, BenvenisteLMS, MathewsLMS

__all__ = [
    "GNGD",
    "LMF",
    "LMS",
    "NLMS",
    "QRRLS",
    "RLS",
    "Adaptation",
    "AdaptiveFilter",
    "AffineProjection",
    "AngLMS",
    "AugmentedCLMS",
    "AugmentedRLS",
    "BenvenisteLMS",
    "ConstrainedLMS",
    "Constraint",
    "ErrorFunction",
    "FilterRun",
    "FilteredXLMS",
    "Kalman",
    "Layout",
    "LeakyLMS",
    "MathewsLMS",
    "MixedNormLMS",
    "Outputs",
    "ReweightedZeroAttractingLMS",
    "Rule",
    "Running",
    "SignDataLMS",
    "SignErrorLMS",
    "SignSignLMS",
    "Signals",
    "SlidingWindowRLS",
    "State",
    "StochasticGradient",
    "ZeroAttractingLMS",
]
