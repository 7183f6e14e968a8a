"""The second moments of samples: all that a Gaussian likelihood knows of them."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from matopt.lazy import lazy
from matopt.linalg.arrays import Array, as_array, as_hermitian
from matopt.linalg.persymmetric import persymmetric_gram
from matopt.linalg.product import gram, herm, inner
from matopt.linalg.semidefinite import semidefinite_root
from matopt.linalg.toeplitz import by_correlation, diagonal_sums
from matopt.linalg.toeplitz_factor import autocovariances, range_sums

# Multiplications from which on half of them are worth forming sums and differences.
_HALVED = 2**28


class Scatter:
    """S = mean of x x^H over ``count`` zero-mean samples x, in each form that is used.

    A form is computed when first asked for and then kept, so that it is shared by all
    points of all iterations. None may be written into.
    """

    count: int
    samples: Array | None = None  # (count, n) where they were given, else S was
    centred: bool = False  # is it about their own mean?
    mean: Array | None = None  # what was subtracted
    overlapping: bool = False  # are they windows of one series, so not independent?

    def __init__(
        self, samples: ArrayLike, name: str = "samples", *, centred: bool = False
    ) -> None:
        """Take a copy of samples, one a row; ``name`` is for messages.

        They have mean zero, or ``centred`` their own mean is subtracted.
        """
        X = as_array(samples, name, ndim=2)
        if X.size == 0:
            raise ValueError(f"{name} must not be empty, got shape {X.shape}")
        if centred:
            # Of a feature that never varies the mean is it, without rounding
            mean = np.where((X == X[0]).all(axis=0), X[0], X.mean(axis=0))
            self.centred, self.mean = True, mean
        self.samples = _frozen(np.array(X) if self.mean is None else X - self.mean)
        self.count = len(X)

    @classmethod
    def of_covariance(cls, S: ArrayLike, count: int = 1, name: str = "S") -> Self:
        """Take S itself, positive semidefinite; it keeps only its root."""
        return cls.of_root(semidefinite_root(as_hermitian(S, name), name), count)

    @classmethod
    def of_root(cls, R: Array, count: int) -> Self:
        """Take R with S = R R^H, which is trusted and not copied."""
        self = cls.__new__(cls)
        self.count = count
        self.root = _frozen(R)
        return self

    @property
    def independent(self) -> int:
        """The zero-mean samples that have an S like it: one is lost to a mean."""
        return self.count - self.centred

    @property
    def features(self) -> int:
        """The order n of S."""
        return len(self.root) if self.samples is None else self.samples.shape[1]

    @property
    def given(self) -> Array:
        """The samples, or the root where S was given: real or complex as the data."""
        return self.root if self.samples is None else self.samples

    @property
    def power(self) -> float:
        """tr(S) / n, the mean power of a feature."""
        if self.samples is None:
            return inner(self.root, self.root) / self.features
        return inner(self.samples, self.samples) / self.samples.size

    @lazy
    def root(self) -> Array:
        """R with S = R R^H, of min(count, n) columns."""
        X = self.samples
        assert X is not None
        R = X.T / np.sqrt(self.count)
        if self.count > X.shape[1]:  # the same S from a square root
            R = herm(np.asarray(np.linalg.qr(herm(R), mode="r")))
        return _frozen(R)

    @lazy
    def covariance(self) -> Array:
        """S."""
        return _frozen(gram(self.root))

    @lazy
    def autocovariances(self) -> Array:
        """The sums over the diagonals i - j = 0, ..., n - 1 of S, over n: biased."""
        n = self.features
        left = self.root if self.samples is None else self.samples.T
        if "range_sums" in vars(self) or not by_correlation(n, n, left.shape[1]):
            return _frozen(autocovariances(self.range_sums, n))
        scale = 1.0 if self.samples is None else 1.0 / self.count
        t: Array = diagonal_sums(left, left)[n - 1 :: -1] * (scale / n)
        t[0] = t[0].real
        return _frozen(t)

    @lazy
    def range_sums(self) -> Array:
        """The sums over ranges of the diagonals of S, a quarter of n x n.

        They are all that tr(T^-1 S) of a Toeplitz T needs; S itself is not kept.
        """
        if "covariance" in vars(self) or self.samples is None:
            return range_sums(self.covariance)
        X = self.samples
        halved = X.dtype == float and X.size * X.shape[1] > _HALVED
        S = persymmetric_gram(X) if halved else gram(X.T)
        S /= self.count
        return range_sums(S)


def _frozen(A: Array) -> Array:
    A.flags.writeable = False
    return A
