"""Compiled: how much a recursive filter knows."""

from matopt.filters.gauge import SILENT
from matopt.linalg.compiled import part

KNOWN, LOUDEST = 3, 4  # gauge, beside those of proportion: tr P^-1, its largest
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
def know_nothing(gauge):
    """Forget P, so that the next regressor begins it."""
    gauge[KNOWN] = gauge[LOUDEST] = 0.0


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
