"""Compiled: does an error make sense beside d, or what was learnt in near silence?"""

import math

from matopt.filters.gauge import SILENT
from matopt.linalg.compiled import part

# gauge: the largest |d|^2, |w_0|^2, the first |u|^2 that is not zero
LEVEL, REACH, QUIET = 0, 1, 2
LIMIT = 1e20  # of |e|^2 against the largest |d|^2: 200 dB
_RISE = 1e10  # of |u|^2 since the first: 100 dB


@part()
def out_of_proportion(gauge, d, e, power):
    """Is e not finite, or beyond all proportion to d and the first output?"""
    level = d.real * d.real + d.imag * d.imag
    gauge[LEVEL] = max(gauge[LEVEL], level, gauge[REACH] * power)
    hear(gauge, power)
    return not e.real * e.real + e.imag * e.imag <= LIMIT * gauge[LEVEL]


@part()
def hear(gauge, power):
    """Remember the first |u|^2 that is not zero."""
    if gauge[QUIET] == 0.0 and power > SILENT:
        gauge[QUIET] = power


@part()
def has_risen(gauge, power):
    """Was all that was learnt learnt in near silence, so that an error means nothing?

    Steps relative to |u|^2 make w as large as d / |u|. If that is far below what comes
    later, such as the rounding of a transform before the sound begins, filters begin
    anew with their first weights, and this |u|^2 is the first.
    """
    risen = 0.0 < _RISE * gauge[QUIET] < power < math.inf
    if risen:
        gauge[QUIET] = power
    return risen
