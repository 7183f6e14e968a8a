"""Floor 4: how sure an estimate is, which structure to take, what a fit is worth."""

from matopt.inference.comparison import Candidate, Comparison, compare, compare_fits
from matopt.inference.criteria import aic, aicc, bic, ebic
from matopt.inference.cross_validation import cross_validate
from matopt.inference.estimate import Estimate
from matopt.inference.existence import samples_needed
from matopt.inference.fit import Fit, fit
from matopt.inference.fit_each import Fits, fit_each
from matopt.inference.fit_report import FitReport, diagnose
from matopt.inference.information import (
    fisher_information,
    observed_information,
    scores,
)
from matopt.inference.likelihood_ratio import LikelihoodRatio, likelihood_ratio
from matopt.inference.log_likelihood import log_likelihood
from matopt.inference.multistart import Multistart, multistart
from matopt.inference.uncertainty import (
    Uncertainty,
    confidence_intervals,
    cramer_rao,
    standard_errors,
    uncertainty,
)

__all__ = [
    "Candidate",
    "Comparison",
    "Estimate",
    "Fit",
    "FitReport",
    "Fits",
    "LikelihoodRatio",
    "Multistart",
    "Uncertainty",
    "aic",
    "aicc",
    "bic",
    "compare",
    "compare_fits",
    "confidence_intervals",
    "cramer_rao",
    "cross_validate",
    "diagnose",
    "ebic",
    "fisher_information",
    "fit",
    "fit_each",
    "likelihood_ratio",
    "log_likelihood",
    "multistart",
    "observed_information",
    "samples_needed",
    "scores",
    "standard_errors",
    "uncertainty",
]
