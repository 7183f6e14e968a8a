import math

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from matopt.inference import cross_validate
from matopt.spaces import Diagonal, Symmetric, SymmetricToeplitz


def test_by_hand(rng):
    X = rng.standard_normal((11, 2))
    scores = cross_validate(X, [Symmetric(2), Diagonal(2)], 3, shuffle=False)
    folds = [range(4), range(4, 8), range(8, 11)]
    for j, held in enumerate(folds):
        train = np.delete(X, list(held), axis=0)
        S = train.T @ train / len(train)
        for i, A in enumerate((S, np.diag(np.diag(S)))):
            density = multivariate_normal(np.zeros(2), A).logpdf(X[list(held)])
            assert scores[i, j] == pytest.approx(density.mean(), rel=1e-5)


def test_seeds(rng):
    X = rng.standard_normal((20, 2))
    one, two, other = (cross_validate(X, [Diagonal(2)], 4, seed) for seed in (1, 1, 2))
    assert (one == two).all()
    assert (one != other).any()


def test_without_a_fit_it_is_minus_infinity(rng):
    X = rng.standard_normal((6, 4))
    scores = cross_validate(X, [Symmetric(4), SymmetricToeplitz(4)], 2)
    assert (scores[0] == -math.inf).all()
    assert np.isfinite(scores[1]).all()


def test_arguments(rng):
    X = rng.standard_normal((6, 2))
    with pytest.raises(ValueError, match="between 2 and the number of samples, 6, got"):
        cross_validate(X, [Diagonal(2)], 7)
    with pytest.raises(TypeError, match="folds must be an integer"):
        cross_validate(X, [Diagonal(2)], 2.0)
    with pytest.raises(ValueError, match="samples has 2 features but the space"):
        cross_validate(X, [Diagonal(3)], 2)
