"""Count, mean and scatter of samples, from data that need not be in memory at once."""

from __future__ import annotations

from copy import copy
from typing import Any, Self

import numpy as np
from scipy.linalg import lapack

from matopt.linalg.arrays import Array, as_array
from matopt.linalg.scatter import Scatter
from matopt.linalg.statistic import Statistic

_BLOCK = 32  # columns that a factorization handles at once


class Moments(Statistic):
    """The count, mean and scatter of samples, one a row, that come in chunks.

    Kept is a root of the sum of (x - mean)(x - mean)^H, of at most n rows, never the
    sum: a fit from chunks has the accuracy of one from all samples. Parts join by the
    pairwise formula of Chan, Golub and LeVeque, Algorithms for Computing the Sample
    Variance (1983), here as one more row of the root; means are kept from a mean of the
    first chunk, so that one far from zero costs no digits.

    >>> import numpy as np, matopt as mo
    >>> moments = mo.Moments().update(x for x in np.eye(4).reshape(2, 2, 4))
    >>> moments.count, moments.mean
    (4, array([0.25, 0.25, 0.25, 0.25]))
    >>> mo.GaussianLikelihood(moments, mean="profile")
    GaussianLikelihood(<4 samples of 4 features>)
    """

    _shift: Array | None = None  # the mean of the first chunk, rounded
    _mean: Array  # less the shift
    _root: Array  # (k, n), triangular once k = n

    def empty(self) -> Moments:
        return Moments()

    def __repr__(self) -> str:
        n = 0 if self._shift is None else len(self._shift)
        return f"Moments(<{self.count} samples of {n} features>)"

    @property
    def features(self) -> int:
        """The number of features n."""
        return len(self.mean)

    @property
    def mean(self) -> Array:
        """The mean of the samples, (n,)."""
        if self._shift is None:
            raise ValueError("the moments are of no samples yet; call update(samples)")
        mean: Array = self._shift + self._mean
        return mean

    @property
    def about_mean(self) -> Scatter:
        """S = mean of (x - mean)(x - mean)^H."""
        scatter = self._scatter(np.zeros((0, len(self.mean))))
        scatter.centred = True
        return scatter

    @property
    def about_zero(self) -> Scatter:
        """S = mean of x x^H."""
        return self._scatter(np.sqrt(self.count) * self.mean[None])

    def shifted(self, by: Array) -> Self:
        """The moments of x + by, by (n,)."""
        other = copy(self)
        other._shift = self.mean - self._mean + by
        return other

    def _scatter(self, rows: Array) -> Scatter:
        """The scatter of the root and further rows."""
        root = _compressed(self._root, rows)
        if len(root) == 0:  # one sample, about itself
            root = np.zeros((1, root.shape[1]))
        return Scatter.of_root(root.T / np.sqrt(self.count), self.count)

    def _take(self, chunk: Any) -> None:
        X = as_array(chunk, "samples", ndim=2)
        if X.shape[1] == 0:
            raise ValueError(f"samples must have features, got shape {X.shape}")
        if len(X) == 0:
            return
        if self._shift is None:
            self._shift = X.mean(axis=0)
            self._mean, self._root = np.zeros(len(self._shift)), np.zeros_like(X[:0])
        self._check_features(X.shape[1])
        Z = X - self._shift
        mean = Z.mean(axis=0)
        self._combine(len(Z), mean, Z - mean if len(Z) > 1 else Z[:0])

    def _join(self, other: Self) -> None:
        assert other._shift is not None
        if self._shift is None:
            self._shift = other._shift
            self._mean, self._root = np.zeros(len(self._shift)), other._root[:0]
        self._check_features(len(other._shift))
        mean = other._shift - self._shift + other._mean
        self._combine(other.count, mean, other._root)

    def _check_features(self, n: int) -> None:
        if n != self.features:
            raise ValueError(
                f"samples has {n} features but there were {self.features} before"
            )

    def _combine(self, count: int, mean: Array, rows: Array) -> None:
        """Join samples of this mean, whose rows about it have the scatter."""
        total = self.count + count
        step = mean - self._mean
        if self.count:
            between = np.sqrt(self.count / total * count) * step
            rows = np.vstack([rows, between])
        self._root = _compressed(self._root, rows)
        self._mean = self._mean + step * (count / total)
        self.count = total


def _compressed(root: Array, rows: Array) -> Array:
    """R with R^H R = root^H root + rows^H rows, of at most n rows."""
    n = root.shape[1]
    if len(root) + len(rows) < n or len(rows) == 0:
        return np.vstack([root, rows])
    if len(root) < n:
        rows, root = np.vstack([root, rows]), np.zeros((n, n))
    is_complex = np.iscomplexobj(root) or np.iscomplexobj(rows)
    tpqrt = lapack.ztpqrt if is_complex else lapack.dtpqrt
    R: Array = tpqrt(0, min(_BLOCK, n), root, rows)[0]
    return R
