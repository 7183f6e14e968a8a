import math

import numpy as np
import pytest
from scipy.stats import multivariate_normal

import matopt as mo
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


def test_about_the_mean_of_the_other_folds(rng):
    X = np.array([10.0, -3.0]) + rng.standard_normal((11, 2))
    spaces = [Symmetric(2), Diagonal(2)]
    scores = cross_validate(X, spaces, 3, mean="profile", shuffle=False)
    for j, held in enumerate([range(4), range(4, 8), range(8, 11)]):
        train = np.delete(X, list(held), axis=0)
        S = np.cov(train.T, bias=True)
        for i, A in enumerate((S, np.diag(np.diag(S)))):
            density = multivariate_normal(train.mean(axis=0), A).logpdf(X[list(held)])
            assert scores[i, j] == pytest.approx(density.mean(), rel=1e-5)
    f = mo.GaussianLikelihood(X, mean="profile")
    table = mo.inference.compare(f, spaces, folds=3, rng=2)
    held = cross_validate(X, spaces, 3, 2, mean="profile")
    np.testing.assert_allclose([row.cv for row in table.rows], held.mean(axis=1))
    with pytest.raises(ValueError, match="mean must be None or 'profile', got 'no'"):
        cross_validate(X, spaces, mean="no")


def test_a_fold_that_runs_to_a_singular_matrix_is_minus_infinity():
    """One sample of three features: Toeplitz likelihoods may grow without limit."""
    X = np.random.default_rng(0).standard_normal((2, 3))
    scores = cross_validate(X, [SymmetricToeplitz(3), Diagonal(3)], 2)
    assert scores[0, 0] == -math.inf
    assert np.isfinite(scores[0, 1]) and np.isfinite(scores[1]).all()
