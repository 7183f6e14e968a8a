import numpy as np
import pytest

from matopt.check import check_space
from matopt.errors import Singular
from matopt.spaces import LinearSpan, LowerTriangular

SPACES = [LowerTriangular(n, dtype) for n in (1, 2, 5) for dtype in (float, complex)]


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_conforms(space, rng):
    check_space(space, rng)


@pytest.mark.parametrize("dtype", [float, complex])
def test_agrees_with_the_dense_twin(dtype, rng):
    space = LowerTriangular(4, dtype)
    x = space.random(rng) + space.parameters(3 * np.eye(4))
    fast, dense = space.point(x), LinearSpan(space.basis()).point(x)
    B = rng.standard_normal((4, 3)).astype(dtype)
    if dtype is complex:
        B += 1j * rng.standard_normal((4, 3))
    v = rng.standard_normal(space.size)
    close = {"rtol": 1e-11, "atol": 1e-12}
    np.testing.assert_allclose(fast.logdet, dense.logdet, **close)
    np.testing.assert_allclose(fast.solve(B), dense.solve(B), **close)
    np.testing.assert_allclose(fast.solve_herm(B), dense.solve_herm(B), **close)
    np.testing.assert_allclose(fast.factor.inverse, dense.factor.inverse, **close)
    np.testing.assert_allclose(fast.logdet_gradient(), dense.logdet_gradient(), **close)
    np.testing.assert_allclose(fast.logdet_hessp(v), dense.logdet_hessp(v), **close)
    assert fast.factorizations == dense.factorizations == 1


def test_parameters_and_projection(rng):
    A = np.array([[1, 0], [2, 3.0]])
    np.testing.assert_array_equal(LowerTriangular(2).parameters(A), [1, 2, 3])
    np.testing.assert_array_equal(
        LowerTriangular(1, complex).parameters([[1 + 2j]]), [1, 2]
    )
    G = rng.standard_normal((5, 5))
    np.testing.assert_array_equal(LowerTriangular(5).project(G), np.tril(G))
    np.testing.assert_array_equal(LowerTriangular(5).gradient_by_entries(G), np.tril(G))


def test_singular_and_wrong_arguments():
    point = LowerTriangular(2).point(np.array([1.0, 2, 0]))
    with pytest.raises(Singular, match=r"entry \(1, 1\) is zero"):
        _ = point.logdet
    with pytest.raises(ValueError, match=r"must belong to LowerTriangular\(2\)"):
        LowerTriangular(2).parameters(np.ones((2, 2)))
