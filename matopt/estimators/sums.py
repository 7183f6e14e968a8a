"""How samples come into an estimator: as arrays, in chunks, or as sums already."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from typing import Any, TypeGuard

import numpy as np
from sklearn.utils.validation import validate_data

from matopt.linalg import LagSums, Moments, PatternMoments, is_streamed

Sums = Moments | LagSums | PatternMoments  # over samples: what a likelihood needs


def take(estimator: Any, X: Any, sums: Sums, *, reset: bool) -> Sums:
    """The sums with X taken in, checked as scikit-learn does.

    ``reset`` makes the features of X those of the estimator; else they must agree.
    """
    if hasattr(X, "__next__"):
        return _take_chunks(estimator, X, sums, reset=reset)
    allow_nan = isinstance(sums, PatternMoments)
    if not (isinstance(X, Sums) or is_streamed(X)):
        finite = "allow-nan" if allow_nan else True
        X = validate_data(
            estimator, X, reset=reset, dtype=float, ensure_all_finite=finite
        )
        return copy(sums).update(X)
    part = X if isinstance(X, Sums) else copy(sums).empty().update(X)
    _check_real(part)
    _check_features(estimator, _features(part), reset)
    if allow_nan and isinstance(part, Moments):
        part = PatternMoments.of_complete(part)
    if sums.count == 0:
        return copy(part)
    return copy(sums).merge(part)  # type: ignore[arg-type]  # a TypeError says which


def _take_chunks(
    estimator: Any, chunks: Iterator[Any], sums: Sums, *, reset: bool
) -> Sums:
    """The sums with all chunks taken in; frames must have the same columns in order."""
    first = True
    for chunk in chunks:
        named = hasattr(chunk, "columns")
        part = chunk if named else copy(sums).empty().update(chunk)
        if (len(chunk) if named else part.count) > 0:
            sums = take(estimator, part, sums, reset=reset and first)
            first = False
    if first:
        raise ValueError("X must have samples, but the iterator of chunks has none")
    return sums


def check_count(count: int, assume_centered: bool) -> None:
    """A mean that is subtracted leaves nothing of one sample."""
    if count < 2 and not assume_centered:
        raise ValueError(
            f"n_samples = {count}, but the mean is subtracted, which needs at least 2; "
            "pass more, or assume_centered=True"
        )


def is_number(value: Any) -> TypeGuard[float]:
    """Is a setting a real number? None, a string, a list and True are none."""
    return np.ndim(value) == 0 and np.asarray(value).dtype.kind in "fiu"


def _features(sums: Sums) -> int:
    return sums.order if isinstance(sums, LagSums) else sums.features


def _check_real(sums: Sums) -> None:
    means = (
        [p.mean for p in sums.patterns()]
        if isinstance(sums, PatternMoments)
        else [sums.mean]
    )
    if any(np.iscomplexobj(mean) for mean in means):
        raise ValueError(
            "Complex data not supported by estimators; take "
            "matopt.inference.fit(samples, HermitianToeplitz(n)) or the like"
        )


def _check_features(estimator: Any, n: int, reset: bool) -> None:
    if reset:
        vars(estimator).pop("feature_names_in_", None)
        estimator.n_features_in_ = n
    elif n != estimator.n_features_in_:
        raise ValueError(
            f"X has {n} features, but {type(estimator).__name__} is expecting "
            f"{estimator.n_features_in_} features as input"
        )
