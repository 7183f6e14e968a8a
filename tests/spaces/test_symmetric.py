import numpy as np
import pytest

from matopt.check import check_space
from matopt.spaces import Symmetric

SPACES = [Symmetric(n, dtype) for n in (1, 2, 5) for dtype in (float, complex)]


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_conforms(space, rng):
    check_space(space, rng)


def _derivative_by_entries(f, X, h=1e-6):
    """Central differences that move X_ij and X_ji together."""
    D = np.zeros(X.shape)
    for i in range(len(X)):
        for j in range(len(X)):
            E = np.zeros(X.shape)
            E[i, j] = E[j, i] = 1
            D[i, j] = (f(X + h * E) - f(X - h * E)) / (2 * h)
    return D


@pytest.fixture
def X(rng):
    A = rng.standard_normal((4, 4))
    return A @ A.T + np.eye(4)


def test_gradient_by_entries_is_138(rng):
    G = rng.standard_normal((5, 5))
    expected = G + G.T - np.diag(np.diag(G))
    np.testing.assert_allclose(Symmetric(5).gradient_by_entries(G), expected)


def test_139_derivative_of_the_trace(rng, X):
    A = rng.standard_normal((4, 4))
    D = _derivative_by_entries(lambda M: np.trace(A @ M), X)
    # the ambient gradient of tr(A X) is A^T (100)
    np.testing.assert_allclose(Symmetric(4).gradient_by_entries(A.T), D, atol=1e-7)
    np.testing.assert_allclose(D, A + A.T - A * np.eye(4), atol=1e-7)


def test_140_derivative_of_the_determinant(X):
    D = _derivative_by_entries(np.linalg.det, X)
    P = np.linalg.inv(X)
    G = np.linalg.det(X) * P.T
    scale = np.linalg.det(X)
    got = Symmetric(4).gradient_by_entries(G)
    np.testing.assert_allclose(got, D, atol=1e-6 * scale)
    np.testing.assert_allclose(
        got, np.linalg.det(X) * (2 * P - P * np.eye(4)), rtol=1e-12
    )


def test_141_derivative_of_the_log_determinant(X):
    space = Symmetric(4)
    point = space.point(space.parameters(X))
    D = _derivative_by_entries(lambda M: np.linalg.slogdet(M)[1], X)
    got = space.matrix(point.logdet_gradient())
    np.testing.assert_allclose(got, D, atol=1e-7)
    P = np.linalg.inv(X)
    np.testing.assert_allclose(got, 2 * P - P * np.eye(4), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("dtype", [float, complex])
def test_projection_is_the_hermitian_part(dtype, rng):
    G = rng.standard_normal((5, 5)).astype(dtype)
    if dtype is complex:
        G = G + 1j * rng.standard_normal((5, 5))
    np.testing.assert_allclose(
        Symmetric(5, dtype).project(G), (G + G.conj().T) / 2, atol=1e-15
    )


def test_parameters_are_the_lower_triangle_row_by_row():
    A = np.array([[1, 2, 4], [2, 3, 5], [4, 5, 6.0]])
    np.testing.assert_array_equal(Symmetric(3).parameters(A), [1, 2, 3, 4, 5, 6])
    H = np.array([[1, 2 - 3j], [2 + 3j, 4]])
    space = Symmetric(2, complex)
    np.testing.assert_array_equal(space.parameters(H), [1, 2, 4, 3])
    np.testing.assert_array_equal(space.matrix(np.array([1.0, 2, 4, 3])), H)


@pytest.mark.parametrize("dtype", [float, complex])
def test_adjoint_reads_either_memory_order(dtype, rng):
    G = rng.standard_normal((4, 4)).astype(dtype)
    if dtype is complex:
        G = G + 1j * rng.standard_normal((4, 4))
    space = Symmetric(4, dtype)
    expected = [np.vdot(G, S).real for S in space.basis()]
    for order in (np.ascontiguousarray(G), np.asfortranarray(G), np.tile(G, 2)[:, :4]):
        np.testing.assert_allclose(space.adjoint(order), expected, atol=1e-14)


def test_a_real_family_takes_the_real_part_of_a_complex_gradient(rng):
    G = rng.standard_normal((3, 3)) + 1j * rng.standard_normal((3, 3))
    np.testing.assert_array_equal(Symmetric(3).adjoint(G), Symmetric(3).adjoint(G.real))


def test_random_is_positive_definite_and_start_the_identity(rng):
    space = Symmetric(6, complex)
    assert np.linalg.eigvalsh(space.matrix(space.random(rng)))[0] >= 1 - 1e-10
    np.testing.assert_array_equal(space.matrix(space.start()), np.eye(6))


def test_wrong_arguments():
    with pytest.raises(ValueError, match="n must be an integer of at least 1, got 0"):
        Symmetric(0)
    with pytest.raises(ValueError, match="dtype must be float or complex"):
        Symmetric(2, int)
    with pytest.raises(ValueError, match=r"must belong to Symmetric\(2\).*off by 1"):
        Symmetric(2).parameters([[1, 2], [3, 4]])
    with pytest.raises(ValueError, match=r"matrix must have shape \(2, 2\), got"):
        Symmetric(2).parameters(np.eye(3))
    with pytest.raises(TypeError, match=r"matrix must be real for Symmetric\(2\)"):
        Symmetric(2).parameters(np.eye(2) + 0j)
    with pytest.raises(ValueError, match=r"start must have shape \(3,\), got \(4,\)"):
        Symmetric(2).admit(np.zeros(4))
