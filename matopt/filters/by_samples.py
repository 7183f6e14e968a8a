"""Gradient steps one at a time, for rules with more than a scalar part."""

from __future__ import annotations

import numpy as np

from matopt.filters.outputs import Outputs, State
from matopt.filters.place import inwards, outwards, place_of
from matopt.filters.rule import Adaptation, Rule
from matopt.filters.signals import Layout, Signals
from matopt.linalg import Array


def initial(rule: Rule, layout: Layout, weights: Array) -> State:
    """Return the weights, their derivative by the step, outputs in the path, steps."""
    runs = len(weights)
    follow = np.tile([rule.step, rule.regularization, 0.0], (runs, 1))
    adapted = rule.adaptation is not Adaptation.NOTHING
    return {
        "weights": weights,
        "derivative": np.zeros_like(weights if adapted else weights[..., :0]),
        "in_path": np.zeros((runs, len(rule.path) - 1), layout.dtype),
        "followed": follow,
    }


def advance(rule: Rule, state: State, signals: Signals, outputs: Outputs) -> None:
    """Adapt through a chunk."""
    from matopt.filters.kernels.samples import adapt_by_samples

    layout, x = signals.layout, signals.x
    runs, taps = len(x), state["weights"].shape[1:]
    size = int(np.prod(taps))
    w, psi = (inwards(state[k], layout) for k in ("weights", "derivative"))
    history = np.empty((runs, outputs.history.shape[1], size), layout.dtype)
    flat = x.reshape(runs, -1)
    adapt_by_samples(
        w,
        psi,
        state["in_path"],
        state["followed"],
        state["gauge"],
        state["diverged"],
        flat,
        _direction(rule, x).reshape(runs, -1),
        signals.d,
        *place_of(signals, taps),
        signals.first,
        rule.kinds,
        rule.numbers,
        np.array([1.0, 1j if layout.is_complex else 0.0]).astype(layout.dtype),
        np.array(rule.path),
        *_constraint(rule, layout, taps),
        outputs.output,
        outputs.error,
        outputs.posterior_error,
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
    if rule.estimate == (1.0,):
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
    if rule.constraint is None:
        none = np.zeros((0, int(np.prod(taps))), layout.dtype)
        return none, none, none[:, 0]
    C = rule.constraint.matrix.astype(layout.dtype)
    pull, rows = (
        inwards(matrix.T.reshape(-1, *taps), layout)
        for matrix in (np.linalg.pinv(C).conj().T, C)
    )
    return pull, rows, rule.constraint.target.astype(layout.dtype)
