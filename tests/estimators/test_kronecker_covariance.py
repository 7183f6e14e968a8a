import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import StandardScaler

import matopt as mo

est = mo.estimators


def flip_flop(matrices, sweeps=200):
    """Each factor in turn, given the other: Dutilleul."""
    _, p, q = matrices.shape
    A, B = np.eye(p), np.eye(q)
    for _ in range(sweeps):
        A = np.mean([X @ np.linalg.inv(B) @ X.T for X in matrices], axis=0) / q
        B = np.mean([X.T @ np.linalg.inv(A) @ X for X in matrices], axis=0) / p
    return A, B


def test_it_is_what_flip_flop_converges_to(rng):
    L, M = np.tril(rng.standard_normal((2, 3, 3)) + 2 * np.eye(3))
    X = L @ rng.standard_normal((30, 3, 3)) @ M.T + 5.0
    model = est.KroneckerCovariance(rows=3).fit(X.reshape(30, 9))
    A, B = flip_flop(X - X.mean(axis=0))
    np.testing.assert_allclose(model.covariance_, np.kron(A, B), rtol=1e-5, atol=1e-5)
    scale = np.trace(A) / 3
    np.testing.assert_allclose(model.row_covariance_, A / scale, atol=1e-5)
    np.testing.assert_allclose(
        model.column_covariance_, B * scale, rtol=1e-5, atol=1e-5
    )
    assert model.standard_errors_.shape == (9, 9)


def test_ten_features_in_three_forms():
    """Mean, error and worst of ten features: 60 parameters, not 465, and 30 means."""
    X = StandardScaler().fit_transform(load_breast_cancer().data)
    model = est.KroneckerCovariance(rows=3).fit(X)
    assert model.result_.success and model.fit_.parameters == 6 + 55 - 1 + 30
    assert model.score(X) > est.StructuredCovariance(mo.Diagonal).fit(X).score(X) + 20


def test_wrong_arguments(rng):
    X = rng.standard_normal((20, 7))
    with pytest.raises(
        ValueError, match=r"rows must divide .* rows = 2 and 7 features"
    ):
        est.KroneckerCovariance(2).fit(X)
    with pytest.raises(ValueError, match="rows must be an integer of at least 1, got"):
        est.KroneckerCovariance(0).fit(X)


def test_a_singular_fit_is_a_warning_and_has_no_score():
    X = np.random.default_rng(3).standard_normal((2, 6))
    with pytest.warns(ConvergenceWarning, match="The fit ran to a singular matrix"):
        model = est.KroneckerCovariance(2).fit(X)
    with pytest.raises(ValueError, match=r"matrix is singular, so .* Pass more samp"):
        model.score(X)
