"""What ``matopt fit`` makes of a file: the likelihood, and what was done to get it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import matopt as mo
from matopt.cli.structures import AUTOREGRESSIVE
from matopt.inference import Fit
from matopt.lazy import lazy
from matopt.linalg import Array, LagSums, Moments, PatternMoments
from matopt.objectives import Objective
from matopt.spaces import Product, Space
from matopt.studies.sample_file import SampleFile


@dataclass(eq=False)
class Samples:
    """The rows of a file, or the windows of its one column, read in chunks."""

    file: SampleFile
    structure: str
    order: int | None
    window: int | None
    overlap: bool
    centered: bool  # is the mean estimated, or zero?
    steps: list[str] = field(default_factory=list)  # sentences for the report
    mean: Any = None  # what was subtracted
    names: list[str] = field(default_factory=list)

    @property
    def is_series(self) -> bool:
        """Is there one column?"""
        return len(self.file.names) == 1

    @property
    def mean_depends(self) -> bool:
        """Does the most likely mean depend on the covariance: are entries missing?"""
        return self.file.missing and self.centered and not self.is_series

    def read(self) -> Objective | Moments | PatternMoments:
        """The likelihood, or the moments of which ``likelihood`` makes one."""
        if self.structure == AUTOREGRESSIVE:
            return self._autoregressive()
        if self.is_series and self.window is not None:
            return self._of_windows(self.window)
        self.names = self.file.names
        moments = self._statistic().update(self.file.chunks())
        self._check(moments.count, len(self.names), "rows")
        self.steps.append(f"{moments.count} rows of {len(self.names)} features")
        return moments

    def likelihood(self, data: Any, space: Space) -> Objective:
        """The likelihood of what ``read`` gave; its mean is fitted with the space."""
        if isinstance(data, Objective):
            return data
        if isinstance(data, PatternMoments):
            return self._of_patterns(data, space)
        if not self.centered:
            self.steps.append("their mean is taken to be zero")
            return mo.GaussianLikelihood(data)
        self.mean = data.mean
        self.steps.append("the mean of each feature is subtracted")
        return mo.GaussianLikelihood(data, mean="profile")

    def explained(self, error: str, space: Space) -> str:
        """What a likelihood said, in the words of the file where columns never change.

        They are why it falls without limit if the space holds the projector that leaves
        them out.
        """
        if self.is_series or self.structure == AUTOREGRESSIVE:
            return error  # whose features are lags
        same = self._same
        if not same.any() or not space.holds(np.eye(len(same))[:, ~same]):
            return error
        names = [k for k, is_same in zip(self.file.names, same, strict=True) if is_same]
        return (
            f"columns that are {self._always}: {', '.join(names)}; the likelihood "
            "falls without limit; leave them out with --columns"
        )

    @property
    def _always(self) -> str:
        """What samples without a variance are."""
        return "always the same" if self.centered else "always 0"

    @lazy
    def _same(self) -> Array:
        """Which columns have one value only, where the mean is known that of zero."""
        n = len(self.file.names)
        low, high = np.full(n, np.inf), np.full(n, -np.inf)
        for X in self.file.chunks():
            low = np.fmin(low, np.fmin.reduce(X))
            high = np.fmax(high, np.fmax.reduce(X))
        same: Array = (low == high) & (self.centered | (low == 0))
        return same

    def take_mean(self, found: Fit) -> None:
        """Take the mean of an autoregressive model, which is known after the fit."""
        f = found.objective
        if isinstance(f, mo.AutoregressiveLikelihood) and self.centered:
            self.mean = f.at(found.point).mean
            self.steps.append(f"the mean {self.mean:.6g} is fitted with it")

    def _of_patterns(self, moments: PatternMoments, space: Space) -> Objective:
        """About the mean that is most likely together with a covariance of the space.

        At that mean the covariance is the most likely one too.
        """
        count, n = moments.entries, moments.count * moments.features
        self.steps.append(f"{n - count} of {n} entries are missing")
        if moments.dropped:
            self.steps.append(f"{moments.dropped} rows without entries are left out")
        if not self.centered:
            self.steps.append("their mean is taken to be zero")
            return mo.GaussianMissingLikelihood(moments)
        f = mo.GaussianMeanLikelihood(moments)
        self.mean = mo.minimize(f.on(with_mean(space))).matrix[0]
        self.steps.append(f"the mean is fitted together with {space!r}")
        return mo.GaussianMissingLikelihood(moments, self.mean)

    def _statistic(self) -> Moments | PatternMoments:
        return PatternMoments() if self.file.missing else Moments()

    def _of_windows(self, width: int) -> Objective:
        """Windows of a series, less its mean."""
        count, mean, is_same = self._describe_series()
        self._check(count, width, "values", least=width)
        self._check_varied(is_same, mean)
        self.names = [f"lag {k}" for k in range(width)]
        self.mean = mean if self.centered else 0.0
        if self.overlap:
            series = (X[:, 0] - self.mean for X in self.file.chunks())
            f: Objective = mo.GaussianLikelihood(LagSums(width).update(series))
            windows = count - width + 1
            what = f"all {windows} windows of {width} values, which overlap"
        else:
            f = _about_zero(self._statistic().update(self._windows(width)))
            what = f"{count // width} windows of {width} values, side by side"
            if count % width:
                what += f", {count % width} values at the end left out"
        self.steps += [f"a series of {count} values", what, self._of_mean()]
        return f

    def _describe_series(self) -> tuple[int, Any, bool]:
        """How many values, those missing too; the mean; are they always the same?"""
        count, seen, total, first, is_same = 0, 0, 0.0, np.zeros(0), True
        for X in self.file.chunks():
            here = X[~np.isnan(X)]
            first = first if seen else here[:1]
            is_same = is_same and bool(np.all(here == first))
            count, seen, total = count + len(X), seen + len(here), total + here.sum()
        return count, total / max(1, seen), is_same and seen > 0

    def _check_varied(self, is_same: bool, mean: Any) -> None:
        """Refuse a series without a variance, which rounding of its mean hides."""
        if is_same and (self.centered or mean == 0):
            raise ValueError(
                f"column {self.file.names[0]!r} is {self._always}: there is nothing to "
                "fit"
            )

    def _windows(self, width: int) -> Iterator[Array]:
        rest = np.zeros(0)
        for X in self.file.chunks():
            y = np.concatenate([rest, X[:, 0] - self.mean])
            whole = len(y) // width * width
            rest = y[whole:]
            if whole:
                yield y[:whole].reshape(-1, width)

    def _autoregressive(self) -> Objective:
        """The exact likelihood of one column, or of each row as a series of its own."""
        X = self.file.array()
        series = X.T if self.is_series else X
        assert self.order is not None
        self._check(series.shape[1], self.order + 1, "times", least=self.order + 1)
        self._check(len(series), 1, "rows", least=1)
        if self.is_series:
            self._check_varied(bool(np.all(X == X[0])), X[0])
        f = mo.AutoregressiveLikelihood(series, self.order, mean=self.centered)
        self.names = [f"lag {k}" for k in range(self.order + 1)]
        many = f"{f.trials} series, one a row," if f.trials > 1 else "a series"
        self.steps.append(f"{many} of {f.length} values")
        if not self.centered:
            self.steps.append("the mean is taken to be zero")
        return f

    def _of_mean(self) -> str:
        if self.centered:
            return f"its mean {self.mean:.6g} is subtracted"
        return "its mean is taken to be zero"

    def _check(self, count: int, features: int, what: str, least: int = 2) -> None:
        if count < least:
            raise ValueError(
                f"{self.file.path.name}: has {count} {what}, a fit of {features} "
                f"features needs at least {least}"
            )


def with_mean(space: Space) -> Product:
    """Means and covariances of a space."""
    return mo.Product(mo.Dense(space.shape[0], dtype=space.dtype), space)


def _about_zero(moments: Moments | PatternMoments) -> Objective:
    if isinstance(moments, PatternMoments):
        return mo.GaussianMissingLikelihood(moments)
    return mo.GaussianLikelihood(moments)
