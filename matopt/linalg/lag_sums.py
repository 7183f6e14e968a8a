"""Autocovariances of a long series that comes in chunks."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import scipy

from matopt.linalg.arrays import Array, as_array
from matopt.linalg.product import herm
from matopt.linalg.scatter import Scatter
from matopt.linalg.statistic import Statistic

_FEW = 512  # lags, up to which dot products beat transforms


class LagSums(Statistic):
    """The sums of y_(t+k) conj(y_t) over a series y, for the lags k < order.

    The first and the last order - 1 values are kept, so that pairs across the border
    of two chunks are counted, and the scatter of all windows of ``order`` values in
    sequence is exact. Sums are about the mean of the first chunk, so that a mean far
    from zero costs no digits.

    >>> import numpy as np, matopt as mo
    >>> lags = mo.LagSums(3).update(np.arange(8.0), rows=3)
    >>> lags.autocovariance()
    array([5.25   , 3.28125, 1.4375 ])
    """

    def __init__(self, order: int) -> None:
        """Take the number of lags, which is the order of the covariance."""
        if isinstance(order, bool) or not isinstance(order, int) or order < 1:
            raise ValueError(f"order must be an integer of at least 1, got {order!r}")
        self.order = order
        self._shift: Any = 0.0  # what is subtracted from the series
        self._total: Any = 0.0  # sum of z = y - shift
        self._sums = np.zeros(order)
        self._head = self._tail = np.zeros(0)

    def empty(self) -> LagSums:
        return LagSums(self.order)

    def __repr__(self) -> str:
        return f"LagSums(<{self.order} lags of {self.count} values>)"

    @property
    def mean(self) -> float | complex:
        """The mean of the series."""
        self._check_length(1)
        mean: float | complex = (self._shift + self._total / self.count).item()
        return mean

    def autocovariance(self, centered: bool = True) -> Array:
        """Sums over the number of values, at lags 0 to order - 1, about the mean.

        They are the first column of a Toeplitz matrix that is positive semidefinite;
        ``centered=False`` takes them about zero.
        """
        self._check_length(1)
        return self._about(self.mean if centered else 0.0)[0] / self.count

    @property
    def about_mean(self) -> Scatter:
        """S of all windows of ``order`` values in sequence, about the mean."""
        return self._windows(self.mean)

    @property
    def about_zero(self) -> Scatter:
        """S of all windows of ``order`` values in sequence.

        There are count - order + 1 of them. They overlap, so that they are not
        independent: there is no log-likelihood of them, and no errors by it.
        """
        return self._windows(0.0)

    def _windows(self, centre: float | complex) -> Scatter:
        n, windows = self.order, self.count - self.order + 1
        self._check_length(n)
        sums, head, tail = self._about(centre)
        S: Array = np.zeros((n, n), dtype=sums.dtype)
        for k in range(n):  # entries (j + k, j): all pairs less those at both ends
            before = np.cumsum(head[k:] * head[: n - 1 - k].conj())
            after = np.cumsum((tail[k:] * tail[: n - 1 - k].conj())[::-1])[::-1]
            j = np.arange(n - k)
            S[j + k, j] = sums[k]
            S[j[1:] + k, j[1:]] -= before
            S[j[:-1] + k, j[:-1]] -= after
        S = np.tril(S) + herm(np.tril(S, -1))
        scatter = Scatter.of_covariance(S / windows, windows)
        scatter.overlapping = n > 1 and windows > 1
        return scatter

    def _take(self, chunk: Any) -> None:
        y = as_array(chunk, "series", ndim=1)
        if len(y) == 0:
            return
        if self.count == 0:
            self._shift = y.mean()
        part, z, edge = self.empty(), y - self._shift, self.order - 1
        part.count, part._shift, part._total = len(z), self._shift, z.sum()
        part._sums = lagged_products(z, z, self.order)
        part._head, part._tail = z[:edge].copy(), z[len(z) - min(edge, len(z)) :].copy()
        self._join(part)

    def _join(self, other: Self) -> None:
        if other.order != self.order:
            raise ValueError(
                f"other has {other.order} lags but there are {self.order} here"
            )
        if self.count == 0:
            self._shift = other._shift
        sums, head, tail = other._about(self._shift)
        total = other._total + other.count * (other._shift - self._shift)
        edge, before, after = self.order - 1, self._tail, head
        late = np.concatenate([np.zeros(len(before)), after])
        early = np.concatenate([before, np.zeros(len(after))])
        self._sums = self._sums + sums + lagged_products(late, early, self.order)
        self._total = self._total + total
        self._head = np.concatenate([self._head, head])[:edge]
        joined = np.concatenate([self._tail, tail])
        self._tail = joined[len(joined) - min(edge, len(joined)) :]
        self.count += other.count

    def _about(self, centre: float | complex) -> tuple[Array, Array, Array]:
        """The sums, first and last values of y - centre."""
        d = self._shift - centre  # y - centre = z + d
        k = np.arange(self.order)
        pairs = np.maximum(self.count - k, 0)
        late = self._total - _partial(self._head, self.order)  # sum over t >= k
        early = self._total - _partial(self._tail[::-1], self.order)
        moved = self._sums + np.conj(d) * late + d * np.conj(early)
        moved = moved + pairs * np.abs(d) ** 2
        return moved, self._head + d, self._tail + d

    def _check_length(self, length: int) -> None:
        if self.count < length:
            raise ValueError(
                f"the series must have at least {length} values, got {self.count}; "
                "call update(series)"
            )


def _partial(values: Array, order: int) -> Array:
    """The sums of the first k values, or of all, for k < order."""
    sums = np.concatenate([np.zeros(1), np.cumsum(values)])
    return sums[np.minimum(np.arange(order), len(values))]


def lagged_products(x: Array, y: Array, count: int) -> Array:
    """Sum over t of x_(t+k) conj(y_t), for k < count, of x and y (..., time) alike.

    All trials are added up.
    """
    size = x.shape[-1]
    if count <= _FEW:
        early = (y[..., : max(size - k, 0)] for k in range(count))
        return np.array([np.vdot(b, x[..., k:]) for k, b in enumerate(early)])
    period = scipy.fft.next_fast_len(size + count)
    spectrum = scipy.fft.fft(x, period) * scipy.fft.fft(y, period).conj()
    sums: Array = scipy.fft.ifft(spectrum.reshape(-1, period).sum(axis=0))[:count]
    return sums if np.iscomplexobj(x) or np.iscomplexobj(y) else sums.real
