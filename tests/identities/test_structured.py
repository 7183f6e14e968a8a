import numpy as np
import pytest

from matopt import identities
from matopt.identities import ConditionError, Verdict
from matopt.identities.structured import RECORDS
from matopt.spaces import Symmetric, SymmetricToeplitz, Toeplitz


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("record", RECORDS, ids=lambda record: str(record.number))
def test_the_right_side_is_the_derivative(record, size, rng):
    for dtype in (float, complex) if record.admits_complex else (float,):
        assert record.check(rng, size, dtype=dtype).worst <= 1e-10


@pytest.mark.parametrize("n", [138, 139, 140, 141, 144])
def test_the_derivative_by_entries_is_not_the_gradient_matrix(n, rng):
    record = identities[n]
    assert record.verdict is Verdict.CONDITIONAL
    assert max(record.check(rng, size).printed for size in (1, 2, 3)) > 1e-2


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: str(record.number))
def test_the_projected_gradient_pairs_in_the_frobenius_inner_product(record, rng):
    inputs = record.sample(rng, 3)
    family = record.structure(3)
    V = family.matrix(rng.standard_normal(family.size))
    D, G = record.derivative(**inputs), record.projected(**inputs)
    by_entries = family.parameters(D) @ family.parameters(V)
    np.testing.assert_allclose(np.sum(G * V), by_entries, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(family.project(G), G, atol=1e-12)


@pytest.mark.parametrize("n", [4, 5, 6])
def test_the_toeplitz_derivative_is_garbled_from_order_four(n, rng):
    A, T = rng.standard_normal((n, n)), np.eye(n)
    right = identities[143].derivative(A=A, T=T)
    np.testing.assert_allclose(right, Toeplitz(n).gradient_by_entries(A.T))
    wrong = np.abs(identities[143].printed(A=A, T=T) - right)
    i, j = np.indices((n, n))
    assert np.min(wrong[abs(i - j) == 2]) > 1e-2
    assert np.max(wrong[abs(i - j) != 2]) == 0.0


@pytest.mark.parametrize("n", [4, 5, 6])
def test_no_reading_of_the_toeplitz_derivative_is_right(n, rng):
    A = rng.standard_normal((n, n))
    right = np.trace(A.T, offset=2)
    M = A.T[1:, :-1]  # [A^T]_1n
    as_single_entry = M[1, n - 2]  # Tr(M J^(n-1,2))
    as_submatrix = np.trace(np.delete(np.delete(M, n - 2, 0), 1, 1))
    as_block = np.trace(M[: n - 1, : n - 1] @ np.eye(n - 1, n - 1, 2 - (n - 1)))
    as_entry_of_the_identity = np.trace(M) * np.eye(n)[n - 2, 1]
    for read in (as_single_entry, as_submatrix, as_block, as_entry_of_the_identity):
        assert abs(read - right) > 1e-2


@pytest.mark.parametrize("n", [1, 2, 3])
def test_the_toeplitz_derivative_is_right_as_printed_below(n, rng):
    A, T = rng.standard_normal((n, n)), np.eye(n)
    right = identities[143].derivative(A=A, T=T)
    np.testing.assert_array_equal(identities[143].printed(A=A, T=T), right)
    assert identities[143].check(rng, n).printed > 1e-2  # drawn larger


def test_two_gradients_of_the_trace_by_a_symmetric_matrix():
    A, X = np.array([[1.0, 2.0], [4.0, 3.0]]), np.eye(2)
    D = identities[139].derivative(A=A, X=X)
    np.testing.assert_array_equal(D, [[1.0, 6.0], [6.0, 3.0]])
    G = identities[139].projected(A=A, X=X)
    np.testing.assert_array_equal(G, [[1.0, 3.0], [3.0, 3.0]])
    np.testing.assert_array_equal(D, Symmetric(2).gradient_by_entries(A.T))
    D = identities[144].derivative(A=A, T=X)
    np.testing.assert_array_equal(D, [[4.0, 6.0], [6.0, 4.0]])
    np.testing.assert_array_equal(D, SymmetricToeplitz(2).gradient_by_entries(A.T))
    D = identities[142].derivative(A=A, X=X)
    np.testing.assert_array_equal(D, np.diag([1.0, 3.0]))


def test_the_determinant_at_singular_symmetric_matrices(rng):
    a, b = rng.standard_normal((2, 3))
    X = np.outer(a, a) + np.outer(b, b)  # of rank 2
    normal = np.cross(a, b)
    adjugate = np.outer(normal, normal)
    expected = 2 * adjugate - np.diag(np.diagonal(adjugate))
    D = identities[140].derivative(X=X)
    np.testing.assert_allclose(D, expected, atol=1e-12)
    h, V = 1e-4, Symmetric(3).matrix(rng.standard_normal(6))
    ahead = identities[140].derivative(X=X + h * V)
    behind = identities[140].derivative(X=X - h * V)
    H = identities[140].hessp(V, X=X)
    np.testing.assert_allclose((ahead - behind) / (2 * h), H, atol=1e-9)
    zero = identities[140].derivative(X=np.zeros((3, 3)))
    np.testing.assert_array_equal(zero, np.zeros((3, 3)))


def test_conditions_are_named(rng):
    A, X = rng.standard_normal((2, 3, 3))
    for n in (140, 141):
        with pytest.raises(ConditionError, match="a symmetric X"):
            identities[n].derivative(X=X)
    with pytest.raises(ConditionError, match="an invertible X"):
        identities[141].derivative(X=np.zeros((2, 2)))
    with pytest.raises(ConditionError, match="a diagonal X"):
        identities[142].derivative(A=A, X=X)
    with pytest.raises(ConditionError, match="a Toeplitz T"):
        identities[143].derivative(A=A, T=X)
    with pytest.raises(ConditionError, match="a symmetric T"):
        identities[144].derivative(A=A, T=X)
    with pytest.raises(ConditionError, match="a real A and X"):
        identities[139].derivative(A=1j * A, X=X + X.T)
