"""Floor 2: adaptive filters, run at once or in chunks.

``filters.NLMS(length, step).run(x, d)``; see ``AdaptiveFilter`` for the conventions.
"""

from matopt.filters.affine_projection import AffineProjection
from matopt.filters.analysis_bank import AnalysisBank
from matopt.filters.augmented import AugmentedCLMS
from matopt.filters.block import BlockLMS
from matopt.filters.constrained import ConstrainedLMS
from matopt.filters.diffusion import DiffusionLMS
from matopt.filters.ensemble import Curves, Ensemble, ensemble
from matopt.filters.filter import AdaptiveFilter
from matopt.filters.filtered_x import FilteredXLMS
from matopt.filters.frequency_domain import (
    FrequencyDomainLMS,
    PartitionedFrequencyDomainLMS,
)
from matopt.filters.higher_order import LMF, NLMF, MixedNormLMS
from matopt.filters.kalman import Kalman
from matopt.filters.lms import LMS, LeakyLMS
from matopt.filters.normalized import NLMS, LeakyNLMS
from matopt.filters.outputs import Outputs, State
from matopt.filters.processes import (
    Autoregression,
    MovingAverage,
    Process,
    Sinusoids,
    White,
)
from matopt.filters.recursive import QRRLS, RLS, AugmentedRLS, SlidingWindowRLS
from matopt.filters.rule import Adaptation, Constraint, ErrorFunction, Rule
from matopt.filters.run import FilterRun
from matopt.filters.running import Running
from matopt.filters.scenario import Draw, Scenario
from matopt.filters.scenarios import (
    Echo,
    Equalisation,
    LineEnhancement,
    NoiseCancelling,
    Prediction,
    SystemIdentification,
    Tracking,
)
from matopt.filters.sign import (
    NormalizedSignSignLMS,
    SignDataLMS,
    SignErrorLMS,
    SignSignLMS,
)
from matopt.filters.signal_moments import NoncircularMoments, SignalMoments
from matopt.filters.signals import Layout, Signals
from matopt.filters.sparse import ReweightedZeroAttractingLMS, ZeroAttractingLMS
from matopt.filters.step_bounds import StepBounds, step_bounds
from matopt.filters.stochastic_gradient import StochasticGradient
from matopt.filters.subband import SubbandLMS
from matopt.filters.theory import theory
from matopt.filters.theory_augmented import AugmentedLMSTheory
from matopt.filters.theory_base import LearningCurve, Theory
from matopt.filters.theory_error import MixedNormTheory, SignErrorTheory
from matopt.filters.theory_lms import LMSTheory, steepest_descent
from matopt.filters.theory_network import DiffusionTheory
from matopt.filters.theory_nlms import AffineProjectionTheory, NLMSTheory
from matopt.filters.theory_rls import RLSTheory
from matopt.filters.theory_sign_data import SignDataTheory
from matopt.filters.theory_sparse import ZeroAttractingTheory
from matopt.filters.theory_tracking import (
    optimal_forgetting,
    optimal_step,
    tracking_ratio,
)
from matopt.filters.transform_domain import TransformDomainLMS
from matopt.filters.variable_step import GNGD, AngLMS, BenvenisteLMS, MathewsLMS

__all__ = [
    "GNGD",
    "LMF",
    "LMS",
    "NLMF",
    "NLMS",
    "QRRLS",
    "RLS",
    "Adaptation",
    "AdaptiveFilter",
    "AffineProjection",
    "AffineProjectionTheory",
    "AnalysisBank",
    "AngLMS",
    "AugmentedCLMS",
    "AugmentedLMSTheory",
    "AugmentedRLS",
    "Autoregression",
    "BenvenisteLMS",
    "BlockLMS",
    "ConstrainedLMS",
    "Constraint",
    "Curves",
    "DiffusionLMS",
    "DiffusionTheory",
    "Draw",
    "Echo",
    "Ensemble",
    "Equalisation",
    "ErrorFunction",
    "FilterRun",
    "FilteredXLMS",
    "FrequencyDomainLMS",
    "Kalman",
    "LMSTheory",
    "Layout",
    "LeakyLMS",
    "LeakyNLMS",
    "LearningCurve",
    "LineEnhancement",
    "MathewsLMS",
    "MixedNormLMS",
    "MixedNormTheory",
    "MovingAverage",
    "NLMSTheory",
    "NoiseCancelling",
    "NoncircularMoments",
    "NormalizedSignSignLMS",
    "Outputs",
    "PartitionedFrequencyDomainLMS",
    "Prediction",
    "Process",
    "RLSTheory",
    "ReweightedZeroAttractingLMS",
    "Rule",
    "Running",
    "Scenario",
    "SignDataLMS",
    "SignDataTheory",
    "SignErrorLMS",
    "SignErrorTheory",
    "SignSignLMS",
    "SignalMoments",
    "Signals",
    "Sinusoids",
    "SlidingWindowRLS",
    "State",
    "StepBounds",
    "StochasticGradient",
    "SubbandLMS",
    "SystemIdentification",
    "Theory",
    "Tracking",
    "TransformDomainLMS",
    "White",
    "ZeroAttractingLMS",
    "ZeroAttractingTheory",
    "ensemble",
    "optimal_forgetting",
    "optimal_step",
    "steepest_descent",
    "step_bounds",
    "theory",
    "tracking_ratio",
]
