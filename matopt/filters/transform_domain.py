"""The transform-domain filter: every component of the regressor has its own step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from matopt.filters.filter import (
    AdaptiveFilter,
    check_at_least,
    check_length,
    check_relative_step,
    check_share,
    lower_relative_step,
)
from matopt.filters.gauge import fresh_gauge
from matopt.filters.outputs import Outputs, State
from matopt.filters.place import in_double
from matopt.filters.signals import Layout, Signals
from matopt.linalg import Array

Transform = Literal["dct", "dft"]
_TOGETHER = 1 << 18  # entries that are transformed at once


@dataclass(frozen=True)
class TransformDomainLMS(AdaptiveFilter):
    """v_k += step z_k conj(e) / (p_k max(L, sum |z_j|^2 / p_j)), z = T u, w = T^H v.

    T is unitary; p_k is the power of component k, smoothed from sample to sample, plus
    regularization times the largest so far, which in near silence is all that there is:
    then the powers stay. They begin with |u|^2 / L for all. For a step in (0, 2) none
    lengthens the error in the norm of the present p_k, which move on slowly. Where T
    nearly diagonalizes E u u^H, as the cosine transform does for a delay line of a
    slowly changing series, the eigenvalue spread of x does not slow it down. "dft" is
    for complex signals. Narayan, Peterson & Narasimha (1983).

    >>> import numpy as np
    >>> from matopt import filters
    >>> x = np.random.default_rng(0).standard_normal(4000).cumsum()
    >>> d = np.convolve(x, [1.0, -0.5, 0.25])[:4000]
    >>> run = filters.TransformDomainLMS(4, step=0.5, smoothing=0.9).run(x, d)
    >>> run.weights.round(2) + 0.0
    array([ 1.  , -0.5 ,  0.25,  0.  ])
    """

    length: int
    step: float = 0.5
    transform: Transform = "dct"
    smoothing: float = 0.99
    regularization: float = 1e-6

    def __post_init__(self) -> None:
        check_length(self.length)
        check_relative_step(self.step)
        check_at_least(self.regularization, "regularization", 0.0)
        if self.transform not in get_args(Transform):
            raise ValueError(f"transform must be dct or dft, got {self.transform!r}")
        meaning = "it is the share of the power that is kept from sample to sample"
        check_share(self.smoothing, "smoothing", meaning)

    @property
    def advice(self) -> str:
        return (
            f"{lower_relative_step(self.step)}, or raise regularization = "
            f"{self.regularization:g}."
        )

    def initial(self, layout: Layout, weights: Array) -> State:
        if self.transform == "dft" and not layout.is_complex:
            raise ValueError('transform="dft" is for complex signals; take "dct"')
        v = self._forward(in_double(weights)).reshape(len(weights), -1)
        gauge = fresh_gauge(v)  # and the largest power of a component
        power = np.zeros(v.shape)
        return {
            "weights": weights,
            "start": v.copy(),
            "components": v,
            "power": power,
            "gauge": gauge,
        }

    def advance(self, state: State, signals: Signals, outputs: Outputs) -> None:
        from matopt.filters.kernels.components import adapt_components

        v, shape = state["components"], state["weights"].shape
        many = max(1, _TOGETHER // v[0].size)
        stride, row = outputs.stride, 0
        for low in range(0, signals.count, many):
            high = min(low + many, signals.count)
            rows = self._regressors(signals, low, high)
            first = signals.first + low
            last = first + high - low - 1
            kept = last // stride - (first - 1) // stride if stride else 0
            y, e, posterior = np.zeros((3, len(v), high - low), v.dtype)
            history = np.full((len(v), kept, v.shape[1]), np.nan, v.dtype)
            adapt_components(
                v,
                state["start"],
                state["power"],
                state["gauge"],
                state["diverged"],
                rows,
                in_double(signals.d[:, low:high]),
                first,
                float(self.step),
                float(self.smoothing),
                float(self.regularization),
                y,
                e,
                posterior,
                history,
                stride,
            )
            part = slice(low, high)
            outputs.output[:, part], outputs.error[:, part] = y, e
            outputs.posterior_error[:, part] = posterior
            there = outputs.history[:, row : row + kept]
            there[...] = self._inverse(history.reshape(there.shape))
            row += kept
        state["weights"][...] = self._inverse(v.reshape(shape))

    def settle(self, state: State, layout: Layout) -> None:
        """What is known does not change while the weights are held."""

    def _regressors(self, signals: Signals, low: int, high: int) -> Array:
        """z for some samples of the chunk: (runs, n, taps)."""
        x, L = in_double(signals.x), self.length
        low, high = low + signals.memory, high + signals.memory
        if signals.layout.regressors:
            rows = x[:, low:high]
        else:
            windows = sliding_window_view(x[:, :, low - L + 1 : high], L, axis=2)
            rows = windows[..., ::-1].swapaxes(1, 2)
        return self._forward(rows).reshape(len(x), high - low, -1)

    def _forward(self, u: Array) -> Array:
        from scipy.fft import dct, fft

        if self.transform == "dct":
            return np.asarray(dct(u, norm="ortho"))
        return np.asarray(fft(u, norm="ortho"))

    def _inverse(self, v: Array) -> Array:
        from scipy.fft import idct, ifft

        if v.size == 0:
            return v
        if self.transform == "dct":
            return np.asarray(idct(v, norm="ortho"))
        return np.asarray(ifft(v, norm="ortho"))
