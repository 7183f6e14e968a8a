"""Diffusion over a network of filters that look for the same weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from matopt.filters.constrained import fingerprint
from matopt.filters.filter import check_length, check_positive
from matopt.filters.lms import lower_step
from matopt.filters.outputs import State
from matopt.filters.precise import Loop, PreciseFilter
from matopt.filters.signals import Layout
from matopt.linalg import Array, as_square


@dataclass(frozen=True, eq=False, repr=False)
class DiffusionLMS(PreciseFilter):
    """Every node takes an LMS step, then an average of its neighbours' weights.

    x and d are (..., nodes, time): the last axis of the trials are the nodes.
    ``combination`` A (nodes, nodes) has columns that sum to one: w_k = sum_l a_lk
    (w_l + step u_l conj(e_l)), adapt then combine. Cattivelli & Sayed (2010).

    >>> import numpy as np
    >>> from matopt import filters
    >>> everybody = np.full((3, 3), 1 / 3)
    >>> x = np.random.default_rng(0).standard_normal((3, 500))
    >>> run = filters.DiffusionLMS(1, 0.05, everybody).run(x, 2 * x)
    >>> run.weights.round(3).ravel()
    array([2., 2., 2.])
    """

    length: int
    step: float
    combination: ArrayLike

    def __post_init__(self) -> None:
        check_length(self.length)
        check_positive(self.step, "step")
        A = as_square(self.combination, "combination", dtype=float)
        sums = A.sum(axis=0)
        if np.min(A, initial=0.0) < 0.0 or np.max(np.abs(sums - 1.0)) > 1e-9:
            worst = float(sums[np.argmax(np.abs(sums - 1.0))])
            raise ValueError(
                "combination must have entries >= 0 in columns that sum to 1, got a "
                f"column with the sum {worst:.6g} and the least entry {np.min(A):g}; "
                "divide each column by its sum"
            )
        object.__setattr__(self, "combination", A)

    def __repr__(self) -> str:
        shares = fingerprint(self._shares)
        return f"DiffusionLMS(length={self.length}, step={self.step}, {shares})"

    @property
    def _shares(self) -> Array:
        return np.asarray(self.combination)

    @property
    def advice(self) -> str:
        return lower_step(self.step)

    @property
    def together(self) -> int:
        """The nodes of a network."""
        return len(self._shares)

    def matrices(self, size: int) -> dict[str, tuple[int, ...]]:
        return {}

    def initial(self, layout: Layout, weights: Array) -> State:
        nodes = self.together
        if not layout.trials or layout.trials[-1] != nodes:
            raise ValueError(
                f"x and d must be (..., {nodes} nodes, time) for a combination of "
                f"order {nodes}, got trials of shape {layout.trials}"
            )
        return super().initial(layout, weights)

    def loop(self, state: State, layout: Layout) -> Loop:
        from matopt.filters.kernels.networks import diffuse

        return diffuse, (), (self.together, float(self.step), self._shares)
