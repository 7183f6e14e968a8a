import numpy as np
import pytest

from matopt.check import check_space
from matopt.errors import Singular
from matopt.objectives import FrobeniusNorm
from matopt.spaces import SkewSymmetric

SPACES = [SkewSymmetric(n, dtype) for n in (1, 2, 5) for dtype in (float, complex)]


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_conforms(space, rng):
    check_space(space, rng)
    A = space.matrix(rng.standard_normal(space.size))
    np.testing.assert_array_equal(A, -A.conj().T)


def test_parameters_of_a_small_one():
    A = np.array([[1j, -2 + 3j], [2 + 3j, 4j]])
    space = SkewSymmetric(2, complex)
    np.testing.assert_array_equal(space.parameters(A), [2, 1, 3, 4])
    np.testing.assert_array_equal(space.matrix(np.array([2.0, 1, 3, 4])), A)


@pytest.mark.parametrize("dtype", [float, complex])
def test_two_gradients(dtype, rng):
    G = rng.standard_normal((5, 5)).astype(dtype)
    if dtype is complex:
        G = G + 1j * rng.standard_normal((5, 5))
    space = SkewSymmetric(5, dtype)
    np.testing.assert_allclose(space.project(G), (G - G.conj().T) / 2, atol=1e-15)
    by_entries = G - G.conj().T
    by_entries[np.diag_indices(5)] /= 2  # an imaginary diagonal entry occurs once
    np.testing.assert_allclose(space.gradient_by_entries(G), by_entries, atol=1e-14)


def test_log_determinant_of_even_and_odd_order(rng):
    space = SkewSymmetric(2)
    assert space.point(np.array([3.0])).logdet == pytest.approx(2 * np.log(3))
    with pytest.raises(Singular):
        SkewSymmetric(1).point(np.zeros(0)).solve(np.eye(1))


def test_of_order_one_there_is_nothing_but_zero():
    space = SkewSymmetric(1)
    for start in (np.zeros(0), np.zeros((1, 1)), []):
        assert space.admit(start).shape == (0,)
        assert FrobeniusNorm().on(space).at(start).value == 0.0
    with pytest.raises(ValueError, match=r"start must have shape \(0,\), got \(2,\)"):
        space.admit(np.zeros(2))


def test_wrong_arguments():
    with pytest.raises(ValueError, match=r"must belong to SkewSymmetric\(2\)"):
        SkewSymmetric(2).parameters(np.eye(2))
