"""How well structures predict samples that they were not fitted to."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from matopt.inference.fit import fit
from matopt.inference.fit_report import ran_away
from matopt.inference.log_likelihood import log_likelihood
from matopt.linalg import Array, as_array
from matopt.objectives import GaussianLikelihood
from matopt.spaces import Seed, Space, generator


def cross_validate(
    samples: ArrayLike,
    structures: Sequence[Space],
    folds: int = 5,
    rng: Seed = None,
    *,
    mean: str | None = None,
    shuffle: bool = True,
) -> Array:
    """The mean log-likelihood of a held-out sample, (structures, folds).

    Each fold is held out once. ``mean`` is that of ``GaussianLikelihood``: "profile"
    takes the samples about the mean of the other folds. ``shuffle=False`` keeps the
    order of the samples, so that neighbours, which may depend on each other, are held
    out together. It is -inf where the likelihood of the other folds has no maximum, or
    none was found inside: the fit ran to a singular matrix.
    """
    X = as_array(samples, "samples", ndim=2)
    count = _check_folds(folds, len(X))
    order = generator(rng).permutation(len(X)) if shuffle else np.arange(len(X))
    scores = np.empty((len(structures), count))
    for j, held in enumerate(np.array_split(order, count)):
        train = np.delete(X, held, axis=0)
        for i, space in enumerate(structures):
            scores[i, j] = _held_out(train, X[held], space, mean)
    return scores


def _held_out(train: Array, held: Array, space: Space, mean: str | None) -> float:
    likelihood = GaussianLikelihood(train, mean=mean)
    likelihood.check(space)
    try:
        likelihood.check_minimum(space)
    except ValueError:
        return -math.inf
    found = fit(likelihood, space)
    if ran_away(found):
        return -math.inf
    f = GaussianLikelihood(held if mean is None else held - likelihood.mean)
    value = f.at(found.point).value
    return log_likelihood(f, value) / len(held)


def _check_folds(folds: int, count: int) -> int:
    if isinstance(folds, bool) or not isinstance(folds, int | np.integer):
        raise TypeError(f"folds must be an integer, got {type(folds).__name__}")
    if not 2 <= folds <= count:
        raise ValueError(
            f"folds must be between 2 and the number of samples, {count}, got {folds}"
        )
    return int(folds)
