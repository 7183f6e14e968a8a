"""From a filter and the moments of its signals to what theory expects of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from matopt.errors import suggestion
from matopt.filters.filter import AdaptiveFilter
from matopt.filters.lms import LMS
from matopt.filters.moments import Moments
from matopt.filters.normalized import NLMS
from matopt.filters.theory_base import Theory
from matopt.filters.theory_lms import LMSTheory
from matopt.filters.theory_nlms import NLMSTheory

_Maker: TypeAlias = Callable[..., Theory]


def theory(filter: AdaptiveFilter, moments: Moments) -> Theory:
    """Return what is known of a filter: steady state, and learning curve.

    >>> import numpy as np
    >>> from matopt import filters
    >>> signals = filters.Moments(np.eye(8), np.ones(8), minimum_error=0.01)
    >>> expected = filters.theory(filters.LMS(8, step=0.02), signals)
    >>> round(expected.misadjustment, 4)
    0.0889
    """
    maker = _MAKERS.get(type(filter))
    if maker is None:
        raise TypeError(
            f"filter must be one whose theory is known, got {type(filter).__name__}"
            + suggestion(type(filter).__name__, (t.__name__ for t in _MAKERS))
        )
    if filter.length != moments.length:
        raise ValueError(
            f"moments are those of {moments.length} weights but the filter has "
            f"{filter.length}; take scenario.moments({filter.length})"
        )
    return maker(filter, moments)


def has_theory(filter: AdaptiveFilter) -> bool:
    """Is there a theory of such filters?"""
    return type(filter) in _MAKERS


def _lms(filter: LMS, moments: Moments) -> Theory:
    return LMSTheory(moments, filter.step)


def _nlms(filter: NLMS, moments: Moments) -> Theory:
    """The regularization is relative to a peak; here to the mean power."""
    eps = filter.regularization * moments.trace
    return NLMSTheory(moments, filter.step, eps)


_MAKERS: dict[type[AdaptiveFilter], _Maker] = {LMS: _lms, NLMS: _nlms}
