"""The persymmetric part (S + J S J)/2 of a Gram matrix against itself, formed whole."""

import importlib

import numpy as np
import pytest

from matopt.linalg import Scatter
from matopt.linalg.persymmetric import persymmetric_gram

module = importlib.import_module("matopt.linalg.scatter")


@pytest.mark.parametrize("n", [1, 2, 3, 4, 7, 12])
@pytest.mark.parametrize("m", [1, 5, 40])
def test_it_is_the_mean_over_both_orders(m, n, rng):
    X = rng.standard_normal((m, n))
    both = np.concatenate([X, X[:, ::-1]])
    expected = both.T @ both / 2
    found = persymmetric_gram(X)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-14 * expected.max())
    np.testing.assert_array_equal(found, found.T)
    np.testing.assert_array_equal(found, found[::-1, ::-1])


def test_powers_that_differ_keep_their_digits(rng):
    X = rng.standard_normal((50, 6)) * np.logspace(0, -3, 6)
    both = np.concatenate([X, X[:, ::-1]])
    expected = both.T @ both / 2
    np.testing.assert_allclose(persymmetric_gram(X), expected, atol=1e-14)


@pytest.mark.parametrize("n", [1, 2, 8, 31])
def test_range_sums_are_those_of_the_covariance(n, rng, monkeypatch):
    monkeypatch.setattr(module, "_HALVED", 0)
    X = rng.standard_normal((30, n))
    scatter, plain = Scatter(X), Scatter(X)
    assert len(plain.covariance) == n  # which it takes from there on
    sums = plain.range_sums
    close = 1e-14 * np.abs(sums).max()
    np.testing.assert_allclose(scatter.range_sums, sums, rtol=0, atol=10 * close)
