"""From a filter and the moments of its signals to what theory expects of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from matopt.filters.affine_projection import AffineProjection
from matopt.filters.augmented import AugmentedCLMS
from matopt.filters.block import BlockLMS
from matopt.filters.diffusion import DiffusionLMS
from matopt.filters.filter import AdaptiveFilter
from matopt.filters.kalman import Kalman
from matopt.filters.recursive import QRRLS, RLS
from matopt.filters.rule import Adaptation, ErrorFunction, Rule
from matopt.filters.signal_moments import NoncircularMoments, SignalMoments
from matopt.filters.stochastic_gradient import StochasticGradient
from matopt.filters.theory_augmented import AugmentedLMSTheory
from matopt.filters.theory_base import Theory
from matopt.filters.theory_error import MixedNormTheory, SignErrorTheory
from matopt.filters.theory_lms import LMSTheory
from matopt.filters.theory_network import DiffusionTheory
from matopt.filters.theory_nlms import AffineProjectionTheory, nlms_theory
from matopt.filters.theory_rls import RLSTheory
from matopt.filters.theory_sign_data import SignDataTheory
from matopt.filters.theory_sparse import ZeroAttractingTheory


def theory(filter: AdaptiveFilter, moments: SignalMoments) -> Theory:
    """Return what is known of a filter: steady state, and learning curve.

    >>> import numpy as np
    >>> from matopt import filters
    >>> signals = filters.SignalMoments(np.eye(8), np.ones(8), minimum_error=0.01)
    >>> expected = filters.theory(filters.LMS(8, step=0.02), signals)
    >>> round(expected.misadjustment, 4)
    0.0889
    """
    found = known_theory(filter, moments)
    if found is None:
        raise TypeError(
            f"filter must be one whose theory is known, got {filter!r}; "
            f"{_what_is_known(filter)}, and an ensemble measures what it does"
        )
    return found


def known_theory(filter: AdaptiveFilter, moments: SignalMoments) -> Theory | None:
    """Return the theory of a filter, or None where there is none."""
    if filter.length != moments.length:
        raise ValueError(
            f"moments are those of {moments.length} weights but the filter has "
            f"{filter.length}; take scenario.moments({filter.length})"
        )
    if isinstance(filter, AugmentedCLMS) and moments.is_complex:
        return AugmentedLMSTheory(NoncircularMoments.circular(moments), filter.step)
    if isinstance(filter, RLS | QRRLS):
        return RLSTheory(moments, filter.forgetting)
    if isinstance(filter, AffineProjection):
        return AffineProjectionTheory(moments, filter.step, filter.order)
    if isinstance(filter, DiffusionLMS):
        return DiffusionTheory(moments, filter.step, np.asarray(filter.combination))
    if isinstance(filter, StochasticGradient) and not isinstance(filter, AugmentedCLMS):
        return _of_rule(filter.rule, moments)
    return None


def _what_is_known(filter: AdaptiveFilter) -> str:
    """Say what is known of a filter without a theory."""
    rule = filter.rule if isinstance(filter, StochasticGradient) else None
    if rule is not None and rule.adaptation is Adaptation.REGULARIZATION:
        return "with its regularization held it is NLMS"
    if rule is not None and rule.adaptation is not Adaptation.NOTHING:
        return (
            "its step follows the error: in the end it is between LMS at its lower "
            "and at its upper limit"
        )
    if rule is not None and rule.reweighting > 0.0:
        return "without reweighting it is ZeroAttractingLMS, without attraction LMS"
    if rule is not None and rule == _normalized(rule):
        return (
            f"its regularization = {rule.regularization:g} is relative to the largest "
            "|u|^2 so far, and matters the more the longer the run; lower it or the "
            "step, or take NLMSTheory(moments, step, eps) with that of your run"
        )
    if isinstance(filter, AugmentedCLMS):
        return "on real signals it is LMS of twice the step, in two equal parts"
    if isinstance(filter, Kalman):
        return "without drift of the weights it is RLS with forgetting = 1"
    if isinstance(filter, BlockLMS):
        return "for small steps it is LMS"
    return "there is one of each kind of step, but not of all together"


def _normalized(rule: Rule) -> Rule:
    """The rule of NLMS with the same step and regularization."""
    return Rule(rule.step, normalized=True, regularization=rule.regularization)


def _of_rule(rule: Rule, moments: SignalMoments) -> Theory | None:
    """Compare a rule with those that have a theory: all of it must be explained."""
    mu = rule.step
    if rule == Rule(mu, leakage=rule.leakage):
        return LMSTheory(moments, mu, rule.leakage)
    if rule == _normalized(rule):
        return nlms_theory(moments, mu, rule.regularization)
    if rule == Rule(mu, error=ErrorFunction.SIGN):
        return SignErrorTheory(moments, mu)
    if rule == Rule(mu, error=ErrorFunction.CUBIC, mix=rule.mix):
        return MixedNormTheory(moments, mu, rule.mix)
    if rule == Rule(mu, attraction=rule.attraction) and not moments.is_complex:
        return ZeroAttractingTheory(moments, mu, rule.attraction)
    if rule == Rule(mu, sign_data=True) and not moments.is_complex:
        return SignDataTheory(moments, mu)
    held = rule.constraint
    if held is not None and replace(rule, constraint=None) == Rule(mu):
        return LMSTheory(moments.constrained(held.matrix, held.target), mu)
    return None
