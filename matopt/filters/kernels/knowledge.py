"""Compiled: how much a recursive filter knows, and whether its error makes sense."""

from matopt.filters.gauge import SILENT
from matopt.filters.kernels.rules import LEVEL, LIMIT, REACH
from matopt.linalg.compiled import part

KNOWN, LOUDEST = 2, 3  # gauge, beside LEVEL and REACH: tr P^-1 and its largest
_SILENCE = 1e-12  # of the largest tr P^-1: below it nothing is forgotten


@part()
def first_knowledge(gauge, initial, power, size):
    """Return what P^-1 is a multiple of I with at first, 0 if there is nothing yet."""
    first = initial
    if first == 0.0:
        first = 0.01 * power if power > SILENT else 0.0
    gauge[KNOWN] = first * size
    return first


@part()
def foresee(gauge, forgetting, power):
    """Update tr P^-1 for a regressor; return how much of the past is kept.

    In silence nothing is forgotten any more, or P would overflow.
    """
    kept = forgetting
    if kept * gauge[KNOWN] + power < _SILENCE * gauge[LOUDEST]:
        kept = 1.0
    gauge[KNOWN] = kept * gauge[KNOWN] + power
    gauge[LOUDEST] = max(gauge[LOUDEST], gauge[KNOWN])
    return kept


@part()
def out_of_proportion(gauge, d, e, power):
    """Is e not finite, or beyond all proportion to d and the first output?"""
    level = d.real * d.real + d.imag * d.imag
    gauge[LEVEL] = max(gauge[LEVEL], level, gauge[REACH] * power)
    return not e.real * e.real + e.imag * e.imag <= LIMIT * gauge[LEVEL]
