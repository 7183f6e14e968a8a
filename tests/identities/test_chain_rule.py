import numpy as np
import pytest

from matopt import identities
from matopt.identities import ConditionError
from matopt.identities.chain_rule import RECORDS
from matopt.spaces import Toeplitz


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("record", RECORDS, ids=lambda record: str(record.number))
def test_the_right_side_is_the_derivative(record, size, rng):
    for dtype in (float, complex) if record.admits_complex else (float,):
        assert record.check(rng, size, dtype=dtype).worst <= 1e-10


def test_three_ways_to_the_derivative_of_a_function_of_a_function(rng):
    X, B = rng.standard_normal((4, 3)), rng.standard_normal((3, 3))
    D = identities[135].derivative(X=X, B=B)
    for n in (136, 137):
        np.testing.assert_allclose(identities[n].derivative(X=X, B=B), D)
        assert np.isclose(identities[n].derivative(X=X, B=B, i=3, j=1), D[3, 1])
        np.testing.assert_allclose(identities[n].derivative(X=X, B=B, i=2), D[2])
    V = rng.standard_normal((4, 3))
    H = identities[136].hessp(V, X=X, B=B)
    assert np.isclose(identities[136].hessp(V, X=X, B=B, i=1, j=2), H[1, 2])
    with pytest.raises(IndexError, match=r"from 0 to 3, got 4"):
        identities[137].derivative(X=X, B=B, i=4, j=0)


def test_the_structure_matrices_of_toeplitz_matrices():
    A = np.array([[1.0, 2.0], [3.0, 1.0]])
    S = identities[134].derivative(A=A, i=0, j=0)
    np.testing.assert_array_equal(S, np.eye(2))
    S = identities[134].derivative(A=A)
    np.testing.assert_array_equal(S[:, :, 1, 0], [[0, 0], [1, 0]])
    assert S.shape == (2, 2, 2, 2)


def test_the_derivative_by_an_entry_is_the_sum_over_its_diagonal(rng):
    A, B = Toeplitz(3).matrix(rng.standard_normal(5)), rng.standard_normal((3, 3))
    G = identities[107].derivative(X=A, B=B)
    D = identities[133].derivative(A=A, B=B)
    np.testing.assert_allclose(D, Toeplitz(3).gradient_by_entries(G))
    assert np.isclose(D[0, 1], G[0, 1] + G[1, 2])
    np.testing.assert_allclose(
        identities[133].projected(A=A, B=B), Toeplitz(3).project(G)
    )


def test_the_matrix_must_have_the_structure(rng):
    A = rng.standard_normal((3, 3))
    with pytest.raises(ConditionError, match="a Toeplitz A"):
        identities[133].derivative(A=A, B=A)
    with pytest.raises(ConditionError, match="a real A"):
        identities[134].derivative(A=1j * np.eye(2))
