"""Floor 2: adaptive filters, run at once or in chunks.

``filters.NLMS(length, step).run(x, d)``; see ``AdaptiveFilter`` for the conventions.
"""

from matopt.filters.filter import AdaptiveFilter
from matopt.filters.lms import LMS
from matopt.filters.normalized import NLMS
from matopt.filters.outputs import Outputs, State
from matopt.filters.rule import ErrorFunction, Rule
from matopt.filters.run import FilterRun
from matopt.filters.running import Running
from matopt.filters.signals import Layout, Signals
from matopt.filters.stochastic_gradient import StochasticGradient

__all__ = [
    "LMS",
    "NLMS",
    "AdaptiveFilter",
    "ErrorFunction",
    "FilterRun",
    "Layout",
    "Outputs",
    "Rule",
    "Running",
    "Signals",
    "State",
    "StochasticGradient",
]
