import numpy as np
import pytest

from matopt.linalg import eigenpairs


@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize("kind", ["symmetric", "real", "complex"])
def test_eigenpairs_are_ordered_and_scaled(n, kind, rng):
    A = rng.standard_normal((n, n))
    A = {"symmetric": A + A.T, "real": A, "complex": A + 1j * A.T @ A}[kind]
    values, V = eigenpairs(A)
    assert np.allclose(A @ V, V * values)
    assert np.allclose(np.sum(V * V, axis=0), 1.0)
    assert np.array_equal(values.real, np.sort(values.real))
    assert np.isrealobj(V) or kind != "symmetric"


def test_the_sign_does_not_hang_on_a_tie():
    _, V = eigenpairs(np.array([[0.0, 1.0], [1.0, 0.0]]))
    assert np.allclose(V, np.sqrt(0.5) * np.array([[1.0, 1.0], [-1.0, 1.0]]))


def test_an_isotropic_eigenvector_keeps_its_length():
    _, V = eigenpairs(np.array([[0.0, -1j], [1j, 0.0]]))
    assert np.allclose(np.linalg.norm(V, axis=0), 1.0)
