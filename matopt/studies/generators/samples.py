"""Samples of multivariate distributions: rows are independent observations."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from matopt.linalg import Array
from matopt.studies.generators.forms import forms
from matopt.studies.generators.matrices import positive_definite


@forms("n n", "m n")
def normal(n: int, m: int, condition: float, seed: int) -> Array:
    """Normal rows of covariance ``positive-definite(n, condition, seed)``: (m, n)."""
    return _rows(np.random.default_rng(seed + 1), n, m, condition, seed)


@forms("n n", "m n")
def student(n: int, m: int, condition: float, dof: float, seed: int) -> Array:
    """Rows of ``normal`` over the root of chi-square/dof: Student's t, (m, n)."""
    rng = np.random.default_rng(seed + 1)
    rows = _rows(rng, n, m, condition, seed)
    scaled: Array = rows / np.sqrt(rng.chisquare(dof, m) / dof)[:, None]
    return scaled


@forms("n n", "m n")
def incomplete(n: int, m: int, condition: float, share: float, seed: int) -> Array:
    """Rows of ``normal`` in which that share of entries is missing, NaN: (m, n).

    The first entry of each row is observed always.
    """
    rng = np.random.default_rng(seed + 1)
    rows = _rows(rng, n, m, condition, seed)
    missing = rng.random((m, n)) < share
    missing[:, 0] = False
    return np.where(missing, np.nan, rows)


@forms("n n", "m n")
def shifted(n: int, m: int, condition: float, seed: int) -> Array:
    """Rows of ``normal`` about the mean (1, 2, ..., n): (m, n)."""
    rows = _rows(np.random.default_rng(seed + 1), n, m, condition, seed)
    moved: Array = rows + np.arange(1.0, n + 1)
    return moved


@forms("m n")
def exchangeable(n: int, m: int, correlation: float, seed: int) -> Array:
    """Features of variance one that all have the same correlation: (m, n)."""
    rng = np.random.default_rng(seed)
    own, shared = rng.standard_normal((m, n)), rng.standard_normal((m, 1))
    rows: Array = np.sqrt(1 - correlation) * own + np.sqrt(correlation) * shared
    return rows


@forms("m p q", "p q p q")
def crossed_effects(
    p: int, q: int, m: int, rows: float, columns: float, seed: int
) -> Mapping[str, Array]:
    """``samples`` (m, p q) of x_ij = a_i + b_j + e_ij, each a p x q table in one row.

    The effects have the variances ``rows``, ``columns`` and 1; ``basis`` (3, p q, p q)
    has the matrices of which they are the coefficients in the covariance.
    """
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((m, p, 1)), rng.standard_normal((m, 1, q))
    tables = np.sqrt(rows) * a + np.sqrt(columns) * b
    tables = tables + rng.standard_normal((m, p, q))
    basis = np.array(
        [
            np.kron(np.eye(p), np.ones((q, q))),
            np.kron(np.ones((p, p)), np.eye(q)),
            np.eye(p * q),
        ]
    )
    return {"samples": tables.reshape(m, p * q), "basis": basis}


@forms("m p q", "p p", "q q")
def separable(p: int, q: int, m: int, condition: float, seed: int) -> Array:
    """Rows vec(A^1/2 Z B^1/2) with the covariance A kron B: (m, p q).

    A and B are ``positive-definite`` of orders p and q, with seeds seed and seed + 1.
    """
    L = np.linalg.cholesky(positive_definite(p, condition, seed))
    M = np.linalg.cholesky(positive_definite(q, condition, seed + 1))
    Z = np.random.default_rng(seed + 2).standard_normal((m, p, q))
    rows: Array = (L @ Z @ M.T).reshape(m, p * q)
    return rows


@forms("m n")
def sparse_chain(n: int, m: int, radius: float, seed: int) -> Array:
    """Stretches of an AR(1) process, whose precision is tridiagonal: (m, n)."""
    z = np.random.default_rng(seed).standard_normal((n, m))
    x = [z[0]]
    for e in z[1:]:
        x.append(radius * x[-1] + np.sqrt(1 - radius**2) * e)
    return np.stack(x, axis=1)


@forms("n n", "m n")
def sparse_graph(n: int, m: int, degree: float, seed: int) -> Array:
    """Normal rows whose precision has about n * degree / 2 edges at random: (m, n).

    Edges have weights uniform in [0.3, 0.6] with random signs; the diagonal exceeds
    the sum of the moduli of its row by 0.3.
    """
    rng = np.random.default_rng(seed)
    present = np.triu(rng.random((n, n)) < degree / max(n - 1, 1), 1)
    K = present * rng.uniform(0.3, 0.6, (n, n)) * rng.choice([-1.0, 1.0], (n, n))
    K = K + K.T
    K += np.diag(np.abs(K).sum(axis=1) + 0.3)
    L = np.linalg.cholesky(K)
    rows: Array = np.linalg.solve(L.T, rng.standard_normal((n, m))).T
    return rows


def _rows(
    rng: np.random.Generator, n: int, m: int, condition: float, seed: int
) -> Array:
    L = np.linalg.cholesky(positive_definite(n, condition, seed))
    rows: Array = rng.standard_normal((m, n)) @ L.T
    return rows
