"""The best step and the best forgetting for weights that walk at random."""

from __future__ import annotations

from collections.abc import Callable
from math import exp, log, sqrt

import numpy as np

from matopt.filters.signal_moments import SignalMoments
from matopt.filters.theory_lms import LMSTheory
from matopt.filters.theory_rls import RLSTheory

_GOLDEN = (sqrt(5.0) - 1.0) / 2.0
_ACCURACY = 1e-8  # of the logarithm of the optimum: what rounding lets be found


def optimal_step(moments: SignalMoments) -> float:
    """The step of LMS with the least excess: noise grows with it, the lag falls.

    About sqrt(tr Q / (Jmin tr R)) where that is small; here by the exact excess for
    independent Gaussian regressors. Sayed (2003), chapter 7.
    """
    _check_walk(moments)
    limit = LMSTheory(moments, 1.0).step_limit

    def excess(step: float) -> float:
        return LMSTheory(moments, step).excess

    return _least(excess, 1e-12 * limit, limit)


def optimal_forgetting(moments: SignalMoments) -> float:
    """The forgetting of RLS with the least excess.

    1 - forgetting is about sqrt(tr(Q R) / (L Jmin)) where that is small. Sayed (2003),
    chapter 7.
    """
    _check_walk(moments)

    def excess(rate: float) -> float:
        return RLSTheory(moments, 1.0 - rate).excess

    return 1.0 - _least(excess, 1e-12, 0.5 / moments.length)


def tracking_ratio(moments: SignalMoments) -> float:
    """Least excess of LMS over that of RLS: sqrt(tr R tr Q / (L tr(Q R))), small steps.

    One where Q is a multiple of I; below one, so that LMS follows better, where Q is
    like R, and above where it is like R^-1. Eleftheriou & Falconer (1986), Sayed
    (2003).
    """
    _check_walk(moments)
    q, eig = moments.mode_walk, moments.eigenvalues
    return sqrt(moments.trace * float(q.sum()) / (moments.length * float(q @ eig)))


def _check_walk(moments: SignalMoments) -> None:
    if not float(moments.mode_walk.sum()) > 0.0:
        raise ValueError(
            "moments must have a walk, got none; take moments.walking(Q), for without "
            "one the smaller the step the better"
        )


def _least(f: Callable[[float], float], low: float, high: float) -> float:
    """The minimizer of f, which has one minimum: golden sections of ln x."""
    a, b = log(low), log(high)
    c, d = b - _GOLDEN * (b - a), a + _GOLDEN * (b - a)
    fc, fd = f(exp(c)), f(exp(d))
    while b - a > _ACCURACY:
        if fc < fd or np.isinf(fd):
            b, d, fd = d, c, fc
            c = b - _GOLDEN * (b - a)
            fc = f(exp(c))
        else:
            a, c, fc = c, d, fd
            d = a + _GOLDEN * (b - a)
            fd = f(exp(d))
    return exp(0.5 * (a + b))
