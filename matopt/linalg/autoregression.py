"""Autoregressive models of series: x_s = -a_1 x_(s-1) - ... - a_p x_(s-p) + noise.

A model is held as t_0, the power of the series, and the reflection coefficients, so
that it is stable: ``lags_of_reflection`` and ``predictor_of_reflection`` go on from
there. Series are rows, (time,) or (trials, time), real or complex, without a mean.

Brockwell and Davis, Time Series: Theory and Methods (1991), chapter 8.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from matopt.linalg.arrays import Array, as_array
from matopt.linalg.lag_sums import lagged_products
from matopt.linalg.lattice import reflection_coefficients


def as_series(series: ArrayLike, order: Any) -> Array:
    """The series as (trials, time), of more than ``order`` times and not all zero."""
    x = np.atleast_2d(as_array(series, "series", ndim=(1, 2)))
    if isinstance(order, bool) or not isinstance(order, int | np.integer) or order < 0:
        raise ValueError(f"order must be an integer of at least 0, got {order!r}")
    if not (x.shape[0] > 0 and x.shape[1] > order):
        raise ValueError(
            f"series must have at least 1 trial of at least {order + 1} times for "
            f"order {order}, got {x.shape[0]} of {x.shape[1]}; lower the order"
        )
    if not np.abs(x).max() > 0.0:
        raise ValueError("series must not be zero everywhere")
    return x


def autocovariances(series: ArrayLike, order: int) -> Array:
    """The biased t_k = (1/N) sum_s x_(s+k) conj(x_s), k = 0, ..., order.

    Their Toeplitz matrix is positive definite. The mean over trials.
    """
    x = as_series(series, order)
    return lagged_products(x, x, order + 1) / x.size


def yule_walker(series: ArrayLike, order: int) -> tuple[float, Array]:
    """t_0 and the reflection coefficients of the biased autocovariances.

    Walker (1931); they are pulled towards zero by the share of a series that is lost at
    its ends, so that for spectra with sharp peaks ``burg`` is better.
    """
    t = autocovariances(series, order)
    return float(t[0].real), reflection_coefficients(t)


def burg(series: ArrayLike, order: int) -> tuple[float, Array]:
    """t_0 and the reflection coefficients that minimize each order's errors.

    The forward and backward prediction errors f, b of order m - 1 give
    k_m = -2 sum f_s conj(b_(s-1)) / sum (|f_s|^2 + |b_(s-1)|^2). Burg, Maximum Entropy
    Spectral Analysis (1975).
    """
    x = as_series(series, order)
    power = float(np.mean(np.abs(x) ** 2))
    k: Array = np.zeros(order, x.dtype)
    f, b = x, x
    for m in range(order):
        f, b = f[:, 1:], b[:, :-1]
        total = float(np.vdot(f, f).real + np.vdot(b, b).real)
        if total <= 1e-24 * power * x.size:  # nothing is left to be predicted
            break
        z = -2.0 * np.vdot(b, f) / total
        k[m] = z
        f, b = f + z * b, b + np.conj(z) * f
    return power, k


def lag_products(x: Array, y: Array, order: int) -> Array:
    """D, (p + 1, p + 1), with tr(T^-1 x y^H) = a^H D a / e for an AR(p) of order p.

    T (N, N) is its covariance, a its predictor and e the variance of its noise. D_qp
    is the sum of x_i conj(y_(i-q+p)) over i = q, ..., N - 1 - p. The sum over trials
    of x and y (trials, N). O(N p). Box and Jenkins, Time Series Analysis (1976),
    appendix A7.5.
    """
    size = order + 1
    D: Array = np.empty((size, size), np.result_type(x, y))
    for lag, total in enumerate(lagged_products(x, y, size)):
        _fill_diagonal(D, lag, total, *_ends(x, y, lag, size))
    for lag, total in enumerate(lagged_products(y, x, size)):
        _fill_diagonal(D.T, lag, total, *_ends(y, x, lag, size), conjugate=True)
    return D


def _ends(x: Array, y: Array, lag: int, size: int) -> tuple[Array, Array]:
    """Sums of the first and of the last q products x_(s+lag) conj(y_s), q = 0, ..."""
    N, count = x.shape[1], size - lag
    terms = np.sum(x[:, lag:] * y[:, : N - lag].conj(), axis=0)
    head = np.concatenate([[0.0], np.cumsum(terms[: count - 1])])
    tail = np.concatenate([[0.0], np.cumsum(terms[::-1][: count - 1])])
    return head, tail


def _fill_diagonal(
    D: Array,
    lag: int,
    total: complex,
    head: Array,
    tail: Array,
    conjugate: bool = False,
) -> None:
    """D_(p+lag, p), from which the first p and the last p products are left out."""
    p = np.arange(len(head))
    values = total - head - tail
    D[p + lag, p] = values.conj() if conjugate else values
