import itertools

import numpy as np
import pytest

from matopt.linalg import (
    commutation_matrix,
    duplication_matrix,
    single_entry,
    symmetric_entry,
    unvec,
    vec,
)

SHAPES = [(1, 1), (1, 3), (2, 1), (2, 2), (3, 5)]


@pytest.mark.parametrize(("m", "n"), SHAPES)
def test_vec_stacks_columns(m, n, rng):
    A = rng.standard_normal((m, n))
    v = vec(A)
    assert [v[j * m + i] for i in range(m) for j in range(n)] == list(A.reshape(-1))
    assert not np.shares_memory(v, A)
    assert np.array_equal(vec(np.asfortranarray(A)), v)
    back = unvec(v, m, n)
    assert np.array_equal(back, A)
    assert back.flags.c_contiguous
    assert not np.shares_memory(back, v)


def test_vec_of_a_product_is_a_kronecker_product(rng):
    A, X, B = (rng.integers(-9, 9, s) for s in ((2, 3), (3, 4), (4, 5)))
    assert np.array_equal(vec(A @ X @ B), np.kron(B.T, A) @ vec(X))


@pytest.mark.parametrize(("m", "n"), SHAPES)
def test_single_entries_are_the_derivative_of_the_matrix(m, n, rng):
    A = rng.standard_normal((m, n))
    places = list(itertools.product(range(m), range(n)))
    assert np.array_equal(sum(A[p] * single_entry(*p, m, n) for p in places), A)
    for i, j in places:
        J = single_entry(i, j, m, n)
        assert J.sum() == 1.0 == J[i, j]


@pytest.mark.parametrize("n", [1, 2, 5])
def test_symmetric_entries_are_as_printed(n):
    for i, j in itertools.product(range(n), repeat=2):
        Jij, Jji = single_entry(i, j, n, n), single_entry(j, i, n, n)
        # (138): S^ij = J^ij + J^ji - J^ij J^ij
        assert np.array_equal(symmetric_entry(i, j, n), Jij + Jji - Jij @ Jij)


@pytest.mark.parametrize(("m", "n"), SHAPES)
def test_commutation(m, n, rng):
    A = rng.standard_normal((m, n))
    K = commutation_matrix(m, n)
    assert np.array_equal(K @ vec(A), vec(A.T))
    assert np.array_equal(K.T, commutation_matrix(n, m))
    B = rng.standard_normal((2, 3))
    swapped = commutation_matrix(2, m) @ np.kron(A, B) @ commutation_matrix(n, 3)
    assert np.allclose(swapped, np.kron(B, A), rtol=0, atol=1e-15)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_duplication(n, rng):
    A = rng.standard_normal((n, n))
    A = A + A.T
    vech = np.concatenate([A[j:, j] for j in range(n)])
    D = duplication_matrix(n)
    assert D.shape == (n * n, n * (n + 1) // 2)
    assert np.array_equal(D @ vech, vec(A))


def test_wrong_arguments():
    with pytest.raises(
        ValueError, match=r"v must have shape \(6,\) for m, n = 2, 3, got \(5"
    ):
        unvec(np.zeros(5), 2, 3)
    with pytest.raises(ValueError, match=r"i must be in 0, \.\.\., 1, got 2"):
        single_entry(2, 0, 2, 3)
    with pytest.raises(ValueError, match=r"j must be in 0, \.\.\., 2, got -1"):
        single_entry(0, -1, 2, 3)
