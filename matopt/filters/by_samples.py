"""Gradient steps one at a time, for rules with more than a scalar part."""

from __future__ import annotations

import numpy as np

from matopt.filters.outputs import Outputs, State
from matopt.filters.place import in_double, inwards, outwards, place_of
from matopt.filters.rule import NO_PATH, Adaptation, Rule
from matopt.filters.signals import Layout, Signals
from matopt.linalg import Array


def initial(rule: Rule, layout: Layout, weights: Array) -> State:
    """Return the weights, now and at first, their derivative by the step, and others.

    The loop runs in double precision, in which it holds the weights, whatever the
    signals.
    """
    runs = len(weights)
    w = in_double(inwards(weights, layout))
    follow = np.tile([rule.step, rule.regularization, 0.0], (runs, 1))
    followed = weights[..., :0] if rule.adaptation is Adaptation.NOTHING else weights
    return {
        "weights": weights,
        "start": w.copy(),
        "precise": w,
        "derivative": np.zeros_like(followed, w.dtype),
        "in_path": np.zeros((runs, len(rule.path) - 1), w.dtype),
        "followed": follow,
    }


def advance(rule: Rule, state: State, signals: Signals, outputs: Outputs) -> None:
    """Adapt through a chunk."""
    from matopt.filters.kernels.samples import adapt_by_samples

    layout, x = signals.layout, in_double(signals.x)
    w, taps = state["precise"], state["weights"].shape[1:]
    psi = inwards(state["derivative"], layout)
    rows = outputs.history.shape[1]
    history = np.full((len(w), rows, w.shape[1]), np.nan, w.dtype)
    units = np.array([1.0, 1j if layout.is_complex else 0.0], w.dtype)
    with outputs.in_double() as (output, error, posterior):
        adapt_by_samples(
            w,
            state["start"],
            psi,
            state["in_path"],
            state["followed"],
            state["gauge"],
            state["diverged"],
            x.reshape(len(w), -1),
            _direction(rule, x).reshape(len(w), -1),
            in_double(signals.d),
            *place_of(signals, taps),
            signals.first,
            rule.kinds,
            rule.numbers,
            units,
            np.array(rule.path),
            *_constraint(rule, layout, taps),
            output,
            error,
            posterior,
            history,
            outputs.stride,
        )
    state["weights"][...] = outwards(w, layout, taps)
    if psi.size:
        state["derivative"][...] = outwards(psi, layout, taps)
    outputs.history[...] = outwards(history, layout, taps)


def _direction(rule: Rule, x: Array) -> Array:
    """What the weights are moved along, in the place of x."""
    if rule.sign_data:
        signs: Array = np.sign(x.real)
        return signs + 1j * np.sign(x.imag) if np.iscomplexobj(x) else signs
    if rule.estimate == NO_PATH:
        return x
    taps = np.array(rule.estimate, dtype=x.real.dtype)
    z = np.zeros_like(x)
    for run, channel in np.ndindex(x.shape[:2]):
        z[run, channel, len(taps) - 1 :] = np.convolve(x[run, channel], taps, "valid")
    return z


def _constraint(
    rule: Rule, layout: Layout, taps: tuple[int, ...]
) -> tuple[Array, Array, Array]:
    """(C (C^H C)^-1)^T, C^T and f; no rows where there is no constraint."""
    dtype = complex if layout.is_complex else float
    if rule.constraint is None:
        none = np.zeros((0, int(np.prod(taps))), dtype)
        return none, none, np.zeros(0, dtype)
    C = rule.constraint.matrix.astype(dtype)
    pull, rows = (
        inwards(matrix.T.reshape(-1, *taps), layout)
        for matrix in (np.linalg.pinv(C).conj().T, C)
    )
    return pull, rows, rule.constraint.target.astype(dtype)
