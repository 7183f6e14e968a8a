import numpy as np
import pytest

from matopt.check import check_space
from matopt.spaces import Dense

SHAPES = [(1,), (5,), (1, 1), (2, 3), (3, 2), (3, 3)]
SPACES = [Dense(*shape, dtype=dtype) for shape in SHAPES for dtype in (float, complex)]


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_conforms(space, rng):
    check_space(space, rng)


def test_parameters_are_the_entries_row_by_row():
    np.testing.assert_array_equal(
        Dense(2, 3).parameters([[1, 2, 3], [4, 5, 6]]), [1, 2, 3, 4, 5, 6]
    )
    np.testing.assert_array_equal(
        Dense(2, dtype=complex).parameters([1 + 2j, 3 + 4j]), [1, 3, 2, 4]
    )


def test_both_gradients_are_the_gradient(rng):
    G = rng.standard_normal((3, 2)) + 1j * rng.standard_normal((3, 2))
    space = Dense(3, 2, complex)
    np.testing.assert_array_equal(space.gradient_by_entries(G), G)
    np.testing.assert_array_equal(space.project(G), G)


def test_a_point_copies_nothing_but_a_matrix_is_a_copy(rng):
    space = Dense(4, 3)
    x = space.random(rng)
    assert np.shares_memory(space.point(x).dense, x)
    assert np.shares_memory(space.point(x).along(x), x)
    assert not np.shares_memory(space.matrix(x), x)
    given = rng.standard_normal((4, 3))
    assert not np.shares_memory(Dense(4, 3).parameters(given), given)


def test_admits_a_vector_of_either_kind():
    space = Dense(2, dtype=complex)
    np.testing.assert_array_equal(space.admit([1j, 2]), [0, 2, 1, 0])
    np.testing.assert_array_equal(space.admit([0.0, 1, 2, 0]), [0, 1, 2, 0])


def test_start():
    np.testing.assert_array_equal(Dense(3, 3).matrix(Dense(3, 3).start()), np.eye(3))
    np.testing.assert_array_equal(Dense(2, 3).start(), np.zeros(6))
    np.testing.assert_array_equal(Dense(2).start(), np.zeros(2))


def test_wrong_arguments():
    with pytest.raises(ValueError, match="m must be an integer of at least 1"):
        Dense(0)
    with pytest.raises(ValueError, match="n must be an integer of at least 1"):
        Dense(2, -1)
    with pytest.raises(ValueError, match=r"start must have shape \(2,\), got \(3,\)"):
        Dense(2).admit(np.zeros(3))
    with pytest.raises(TypeError, match="matrix must be real"):
        Dense(2).parameters([1j, 0])
