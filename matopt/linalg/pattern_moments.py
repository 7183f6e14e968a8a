"""Moments of samples with missing entries, pattern by pattern."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from matopt.linalg.arrays import Array, as_array
from matopt.linalg.moments import Moments
from matopt.linalg.scatter import Scatter
from matopt.linalg.statistic import Statistic


@dataclass(frozen=True, eq=False)
class Pattern:
    """The samples of which the same features are observed."""

    observed: Array  # indices, in order
    count: int
    mean: Array  # of those features
    scatter: Scatter  # of those features, about the mean or about zero


class PatternMoments(Statistic):
    """The ``Moments`` of the observed features, for each set of features observed.

    NaN is a missing entry; masked entries of a masked array are missing too. A sample
    of which nothing is observed says nothing: it is left out, and ``dropped`` counts.
    """

    names: list[str] | None = None  # of the features, where the data are a table
    features: int = 0
    dropped: int = 0

    def __init__(self) -> None:
        """Know nothing."""
        self._moments: dict[bytes, Moments] = {}  # by which features are observed

    @classmethod
    def of_complete(cls, moments: Moments) -> Self:
        """Take the moments of samples of which everything is observed."""
        self = cls()
        self.features, self.count = moments.features, moments.count
        self._moments = {np.ones(self.features, dtype=bool).tobytes(): moments}
        return self

    def empty(self) -> PatternMoments:
        return PatternMoments()

    def __repr__(self) -> str:
        return (
            f"PatternMoments(<{self.count} samples of {self.features} features, "
            f"{len(self._moments)} patterns>)"
        )

    @property
    def entries(self) -> int:
        """The number of observed entries."""
        return sum(m.count * m.features for m in self._moments.values())

    @property
    def is_complete(self) -> bool:
        """Is nothing missing?"""
        return self.entries == self.count * self.features

    def patterns(self, centered: bool = False) -> list[Pattern]:
        """Every pattern with its scatter about zero, or about its own mean."""
        return [
            Pattern(
                np.flatnonzero(np.frombuffer(key, dtype=bool)),
                m.count,
                m.mean,
                m.about_mean if centered else m.about_zero,
            )
            for key, m in self._moments.items()
        ]

    def shifted(self, by: Array) -> Self:
        """The moments of x + by, by (n,)."""
        other = copy(self)
        other._moments = {
            key: m.shifted(by[np.frombuffer(key, dtype=bool)])
            for key, m in self._moments.items()
        }
        return other

    def together(self) -> Array:
        """How often each pair of features is observed together, (n, n)."""
        total: Array = np.zeros((self.features, self.features))
        for key, m in self._moments.items():
            mask = np.frombuffer(key, dtype=bool)
            total += m.count * np.outer(mask, mask)
        return total

    def _take(self, chunk: Any) -> None:
        X, missing = _with_missing(chunk)
        self._check_features(X.shape[1])
        if self.names is None and hasattr(chunk, "columns"):
            self.names = [str(name) for name in chunk.columns]
        kept = ~missing.all(axis=1)
        self.dropped += int(len(X) - kept.sum())
        X, seen = X[kept], ~missing[kept]
        self._moments = dict(self._moments)
        masks, which = np.unique(seen, axis=0, return_inverse=True)
        order = np.argsort(which.ravel())
        starts = np.searchsorted(which.ravel()[order], np.arange(len(masks) + 1))
        for mask, first, last in zip(masks, starts, starts[1:], strict=False):
            part = Moments().update(X[np.ix_(order[first:last], mask)])
            self._add(mask.tobytes(), part)

    def _join(self, other: Self) -> None:
        self._check_features(other.features)
        self.names = self.names or other.names
        self.dropped += other.dropped
        self._moments = dict(self._moments)
        for key, part in other._moments.items():
            self._add(key, part)

    def _add(self, key: bytes, part: Moments) -> None:
        known = self._moments.get(key, Moments())
        self._moments[key] = copy(known).merge(part)
        self.count += part.count

    def _check_features(self, n: int) -> None:
        if self.features and n != self.features:
            raise ValueError(
                f"samples has {n} features but there were {self.features} before"
            )
        self.features = n


def _with_missing(chunk: Any) -> tuple[Array, Array]:
    """The samples, with zeros where they are missing, and where that is."""
    missing = np.ma.getmaskarray(chunk) if np.ma.isMaskedArray(chunk) else False
    array = np.asarray(chunk)
    if array.dtype.kind in "fc":
        missing = missing | np.isnan(array)
    if np.any(missing):
        array = np.where(missing, 0.0, array)
    X = as_array(array, "samples", ndim=2)
    return X, np.broadcast_to(missing, X.shape)
