"""Recursive least squares."""

from __future__ import annotations

from dataclasses import dataclass

from matopt.filters.augmented import taps_with_conjugate, with_conjugate
from matopt.filters.filter import (
    check_count,
    check_length,
    check_number,
    check_positive,
)
from matopt.filters.outputs import State
from matopt.filters.precise import Loop, PreciseFilter, check_size
from matopt.filters.signals import Layout
from matopt.linalg import Array

_ADVICE = "Scale x and d down: the squares of their samples are too large."


def _check(length: int, forgetting: float, ridge: float | None) -> None:
    check_length(length)
    check_number(forgetting, "forgetting")
    if not 0.0 < forgetting <= 1.0:
        raise ValueError(
            f"forgetting must be in (0, 1], got {forgetting:g}; "
            "1 / (1 - forgetting) is the number of samples remembered"
        )
    if ridge is not None:
        check_positive(ridge, "ridge")


_LONG = 800  # taps from which on products of matrices beat the loop over samples


def _covariance_loop(state: State, forgetting: float, ridge: float | None) -> Loop:
    forgetting, ridge = float(forgetting), float(ridge or 0)
    changed = (state["start"], state["matrix"])
    if state["matrix"].shape[1] >= _LONG:
        from matopt.filters.recursive_blocks import recursive_in_blocks

        return recursive_in_blocks, changed, (forgetting, ridge)
    from matopt.filters.kernels.recursive import recursive

    no_drift = state["matrix"][0, :0]
    settings = (forgetting, forgetting, no_drift, ridge)
    return recursive, changed, settings


@dataclass(frozen=True)
class RLS(PreciseFilter):
    """The minimum over w of sum_i forgetting^(n-i) |d_i - w^H u_i|^2, at every n.

    That is (84) with W = diag(forgetting^(n-i)), plus forgetting^(n+1) ridge |w|^2; by
    default ridge is a hundredth of the first |u|^2 that is not zero. Of P, the inverse
    of sum_i forgetting^(n-i) u_i u_i^H, only a triangle is kept, so that it stays
    Hermitian; filters with many taps take 64 samples at a time, with the same result
    to rounding.

    Where the power falls by 120 dB, nothing is forgotten any more, and a weight that
    the signals have long not excited is taken to be known as it is: P stays finite in
    silence, and neither matters elsewhere. Plackett (1950); Haykin (2014).

    >>> import numpy as np
    >>> from matopt import filters
    >>> x = np.random.default_rng(0).standard_normal(100)
    >>> d = np.convolve(x, [1.0, -0.5])[:100]
    >>> filters.RLS(2, ridge=1e-6).run(x, d).weights.round(4)
    array([ 1. , -0.5])
    """

    length: int
    forgetting: float = 0.99
    ridge: float | None = None

    def __post_init__(self) -> None:
        _check(self.length, self.forgetting, self.ridge)

    @property
    def advice(self) -> str:
        return _ADVICE

    def matrices(self, size: int) -> dict[str, tuple[int, ...]]:
        return {"matrix": (size, size)}

    def loop(self, state: State, layout: Layout) -> Loop:
        return _covariance_loop(state, self.forgetting, self.ridge)


@dataclass(frozen=True)
class QRRLS(PreciseFilter):
    """RLS by Givens rotations of the triangular factor R of P^-1, with R w = z.

    The rounding is that of the signals and not of their squares: take it for long runs
    on signals with a large spread of eigenvalues. Gentleman & Kung (1981).
    """

    length: int
    forgetting: float = 0.99
    ridge: float | None = None

    def __post_init__(self) -> None:
        _check(self.length, self.forgetting, self.ridge)

    @property
    def advice(self) -> str:
        return _ADVICE

    def matrices(self, size: int) -> dict[str, tuple[int, ...]]:
        return {"factor": (size, size), "right_side": (size,)}

    def loop(self, state: State, layout: Layout) -> Loop:
        from matopt.filters.kernels.rotations import square_root

        changed = (state["start"], state["factor"], state["right_side"])
        return square_root, changed, (float(self.forgetting), float(self.ridge or 0))


@dataclass(frozen=True)
class SlidingWindowRLS(PreciseFilter):
    """The minimum of sum |d_i - w^H u_i|^2 + ridge |w|^2 over the last ``window``.

    ridge is by default that of ``RLS``, and never below 1e-10 of the largest |u|^2 in
    the window.
    """

    length: int
    window: int
    ridge: float | None = None

    def __post_init__(self) -> None:
        _check(self.length, 1.0, self.ridge)
        check_count(self.window, "window", "take several times the number of taps")

    @property
    def advice(self) -> str:
        return _ADVICE

    @property
    def looks_back(self) -> int:
        """The window, for the sample that leaves it."""
        return self.window

    def matrices(self, size: int) -> dict[str, tuple[int, ...]]:
        check_size(size, "SlidingWindowRLS", "RLS")
        return {"matrix": (size, size)}

    def loop(self, state: State, layout: Layout) -> Loop:
        from matopt.filters.kernels.recursive import sliding

        changed = (state["start"], state["matrix"])
        return sliding, changed, (self.window, float(self.ridge or 0))

    def settle(self, state: State, layout: Layout) -> None:
        """The window has moved on without P: it is begun afresh."""
        state["gauge"][:, 4] = 1.0


@dataclass(frozen=True)
class AugmentedRLS(PreciseFilter):
    """RLS of y = h^H u + g^H conj(u); ``weights`` are (2, length): h, then g."""

    length: int
    forgetting: float = 0.99
    ridge: float | None = None

    def __post_init__(self) -> None:
        _check(self.length, self.forgetting, self.ridge)

    @property
    def advice(self) -> str:
        return _ADVICE

    def taps(self, layout: Layout) -> tuple[int, ...]:
        return taps_with_conjugate(self.length, layout)

    def expand(self, x: Array, layout: Layout) -> Array:
        return with_conjugate(x, layout)

    def matrices(self, size: int) -> dict[str, tuple[int, ...]]:
        return {"matrix": (size, size)}

    def loop(self, state: State, layout: Layout) -> Loop:
        return _covariance_loop(state, self.forgetting, self.ridge)
