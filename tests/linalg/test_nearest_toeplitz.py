import numpy as np
import pytest

from matopt.linalg import nearest_positive_definite_toeplitz, project_toeplitz
from matopt.spaces import HermitianToeplitz, SymmetricToeplitz

CASES = [(n, dtype) for n in (1, 2, 5, 12) for dtype in (float, complex)]


def _far(n, dtype, rng):
    """A matrix whose mean diagonals are far from positive definite."""
    A = rng.standard_normal((n, n)).astype(dtype)
    if dtype is complex:
        A.imag = rng.standard_normal((n, n))
    i, j = np.indices((n, n))
    return 0.3 * A + np.cos(2.0 * (i - j)) - 0.6 * (np.abs(i - j) < 2)


def _family(n, dtype):
    return SymmetricToeplitz(n) if dtype is float else HermitianToeplitz(n)


@pytest.mark.parametrize("n, dtype", CASES)
@pytest.mark.parametrize("floor", [0.0, 0.3])
def test_kkt(n, dtype, floor, rng):
    A, space = _far(n, dtype, rng), _family(n, dtype)
    found = project_toeplitz(A, floor)
    T, Z = found.matrix, found.multiplier
    size = np.linalg.norm(A)
    space.parameters(T)  # raises, were it not of the family
    assert np.linalg.eigvalsh(T)[0] >= floor - 1e-14 * size
    assert np.linalg.eigvalsh(Z)[0] >= -1e-14 * size
    lowered = T - floor * np.eye(n)
    assert abs(np.vdot(lowered, Z).real) <= 1e-10 * size**2
    # T - A - Z vanishes on the family
    np.testing.assert_allclose(space.adjoint(T - A - Z), 0.0, atol=1e-9 * size)
    assert found.gap <= 1e-10 * size**2


@pytest.mark.parametrize("dtype", [float, complex])
def test_against_alternating_projections(dtype, rng):
    # Dykstra's algorithm, slow but simple
    n = 6
    A, space = _far(n, dtype, rng), _family(n, dtype)
    X, p = space.project(A), np.zeros((n, n))
    for _ in range(4000):
        values, Q = np.linalg.eigh(X + p)
        Y = (Q * np.maximum(values, 0.0)) @ Q.conj().T
        p = X + p - Y
        X = space.project(Y)
    T = nearest_positive_definite_toeplitz(A)
    np.testing.assert_allclose(T, X, atol=1e-5 * np.linalg.norm(A))


@pytest.mark.parametrize("n", [4, 8])
def test_against_cvxpy(n, rng):
    cp = pytest.importorskip("cvxpy")
    A = _far(n, float, rng)
    T = cp.Variable((n, n), PSD=True)
    lags = [T[i, j] == T[i + 1, j + 1] for i in range(n - 1) for j in range(n - 1)]
    cp.Problem(cp.Minimize(cp.sum_squares(T - A)), lags).solve(solver=cp.CLARABEL)
    ours = nearest_positive_definite_toeplitz(A)
    np.testing.assert_allclose(ours, T.value, atol=1e-4 * np.linalg.norm(A))
    assert np.linalg.norm(ours - A) <= np.linalg.norm(T.value - A) * (1 + 1e-9)


def test_means_over_diagonals_where_they_will_do(rng):
    A = rng.standard_normal((5, 5)) + 20 * np.eye(5)
    expected = SymmetricToeplitz(5).project(A)
    np.testing.assert_allclose(nearest_positive_definite_toeplitz(A), expected)
    found = project_toeplitz(A, floor=1.0)
    assert found.gap == 0.0 and found.iterations == 0


@pytest.mark.parametrize("unit", [1e-300, 1e-170, 1e12, 1e300])
def test_in_any_unit(unit, rng):
    A = _far(5, float, rng)
    for floor in (0.0, 0.3):
        T = nearest_positive_definite_toeplitz(unit * A, unit * floor)
        expected = nearest_positive_definite_toeplitz(A, floor)
        np.testing.assert_allclose(T / unit, expected, atol=1e-6)
        near = nearest_positive_definite_toeplitz(unit * (A + 20 * np.eye(5)))
        means = SymmetricToeplitz(5).project(A) + 20 * np.eye(5)
        np.testing.assert_allclose(near / unit, means, rtol=1e-12)


def test_of_a_negative_matrix_it_is_the_floor():
    T = nearest_positive_definite_toeplitz(-np.eye(3), floor=0.5)
    np.testing.assert_allclose(T, 0.5 * np.eye(3), atol=1e-6)
    np.testing.assert_array_equal(nearest_positive_definite_toeplitz([[0.0]]), [[0.0]])


@pytest.mark.parametrize("scale", [1e-9, 1e9])
def test_units_do_not_matter(scale, rng):
    A = _far(7, float, rng)
    one, two = (project_toeplitz(B) for B in (A, scale * A))
    assert max(one.iterations, two.iterations) < 30
    np.testing.assert_allclose(two.matrix, scale * one.matrix, atol=1e-6 * scale)


@pytest.mark.parametrize("dtype", [float, complex])
def test_the_norms_and_the_system_belong_to_one_order_of_the_lags(dtype, rng):
    from matopt.linalg.nearest_toeplitz import _Lags

    family, space = _Lags(5, dtype is complex), _family(5, dtype)
    theta = rng.standard_normal(space.size)
    G = _far(5, dtype, rng)
    np.testing.assert_array_equal(family.matrix(theta), space.matrix(theta))
    expected = [np.vdot(S, G).real for S in space.basis()]
    np.testing.assert_allclose(family.adjoint(G), expected, atol=1e-13)
    norms = [np.vdot(S, S).real for S in space.basis()]
    np.testing.assert_allclose(family.norms, norms)


def test_wrong_arguments():
    with pytest.raises(ValueError, match=r"A must be square, got shape \(2, 3\)"):
        nearest_positive_definite_toeplitz(np.ones((2, 3)))
    with pytest.raises(
        ValueError, match="floor must be a number of at least 0, got -1"
    ):
        nearest_positive_definite_toeplitz(np.eye(2), floor=-1)
