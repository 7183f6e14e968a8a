"""Compiled: the scalar part of a gradient step, which is what tells rules apart."""

import math

from matopt.filters.gauge import SILENT
from matopt.linalg.compiled import part

PEAK = 3  # gauge, beside those of proportion: the largest |u|^2
# kinds: which error function, whether the step is normalized
ERROR, NORMALIZED = 0, 1
LINEAR, SIGN, CUBIC = 0, 1, 2
# numbers; the first is keep
STEP, REGULARIZATION, MIX = 1, 2, 3


@part()
def respond(kind, normalized, step, regularization, mix, er, ei, power, peak):
    """Return c of the update w <- keep w + c u, c = step conj(g(e)).

    Numbers only: an array costs more to pass than all of this to compute.
    """
    if normalized:
        scale = regularization * peak + power
        step = step / scale if scale > SILENT else 0.0
    if kind == LINEAR:
        return step * er, -step * ei
    gr, gi = shape_error(kind, mix, er, ei)
    return step * gr, -step * gi


@part()
def shape_error(kind, mix, er, ei):
    """g(e): e, sgn(e) by parts, or e (mix + (1 - mix) |e|^2)."""
    if kind == SIGN:
        return sign(er), sign(ei)
    if kind == CUBIC:
        factor = mix + (1.0 - mix) * (er * er + ei * ei)
        return factor * er, factor * ei
    return er, ei


@part()
def sign(value):
    """-1, 0 or 1."""
    return math.copysign(1.0, value) if value != 0.0 else 0.0
