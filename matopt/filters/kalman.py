"""The Kalman filter of weights that drift."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from matopt.filters.constrained import fingerprint
from matopt.filters.filter import check_length, check_number, check_positive
from matopt.filters.outputs import State
from matopt.filters.place import inwards
from matopt.filters.precise import Loop, PreciseFilter, check_size
from matopt.filters.signals import Layout
from matopt.linalg import Array, as_array, as_hermitian


@dataclass(frozen=True, eq=False, repr=False)
class Kalman(PreciseFilter):
    """Weights w_{n+1} = w_n + q_n seen through d = w^H u + v; the best linear estimate.

    ``drift`` is the covariance of q: a number for drift I, or a matrix (taps, taps);
    ``noise`` the variance of v; ``uncertainty`` the variance of each weight at first.
    RLS with forgetting f is this on weights that are scaled by f^(n/2). Kalman (1960);
    Sayed & Kailath (1994).
    """

    length: int
    drift: float | ArrayLike
    noise: float
    uncertainty: float = 1.0

    def __post_init__(self) -> None:
        check_length(self.length)
        check_positive(self.noise, "noise")
        check_positive(self.uncertainty, "uncertainty")
        Q = as_array(self.drift, "drift", ndim=(0, 2))
        if Q.ndim == 0:
            check_number(Q.item(), "drift")
        Q = as_hermitian(Q, "drift") if Q.ndim else Q
        if np.min(np.linalg.eigvalsh(Q) if Q.ndim else Q.real) < -1e-12 * np.abs(Q).max(
            initial=0.0
        ):
            raise ValueError(
                "drift must be a covariance, without negative eigenvalues; "
                "0 is for weights that do not drift"
            )
        object.__setattr__(self, "drift", Q)

    def __repr__(self) -> str:
        return (
            f"Kalman(length={self.length}, drift={fingerprint(self._drift)}, "
            f"noise={self.noise}, uncertainty={self.uncertainty})"
        )

    @property
    def _drift(self) -> Array:
        return np.asarray(self.drift)

    @property
    def advice(self) -> str:
        return "Scale x and d down: the squares of their samples are too large."

    def matrices(self, size: int) -> dict[str, tuple[int, ...]]:
        check_size(size, "Kalman", "RLS, or LMS")
        return {"matrix": (size, size)}

    def initial(self, layout: Layout, weights: Array) -> State:
        Q, size = self._drift, int(np.prod(weights.shape[1:]))
        if Q.ndim and len(Q) != size:
            raise ValueError(
                f"drift is of order {len(Q)} but the filter has {size} taps; "
                "they must agree"
            )
        if np.iscomplexobj(Q) and not layout.is_complex:
            raise ValueError("drift is complex but x and d are real; pass complex x")
        state = super().initial(layout, weights)
        state["matrix"][...] = self.uncertainty * np.eye(size)
        return state

    def loop(self, state: State, layout: Layout) -> Loop:
        from matopt.filters.kernels.recursive import recursive

        P, taps = state["matrix"], state["weights"].shape[1:]
        Q = self._drift if self._drift.ndim else self._drift * np.eye(P.shape[1])
        Q = inwards(Q.reshape(-1, *taps), layout)  # both its axes turn
        Q = inwards(Q.T.reshape(-1, *taps), layout).T.astype(P.dtype, order="C")
        return recursive, (state["start"], P), (1.0, float(self.noise), Q, 0.0)
