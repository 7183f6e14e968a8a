import numpy as np
import pytest

from matopt.check import check_objective, check_space
from matopt.objectives import GaussianLikelihood
from matopt.spaces import LinearSpan, Symmetric


def _basis(k, shape, dtype, rng):
    B = rng.standard_normal((k, *shape)).astype(dtype)
    return B if dtype is float else B + 1j * rng.standard_normal(B.shape)


def _hermitian_basis(k, n, dtype, rng):
    B = _basis(k, (n, n), dtype, rng)
    B = B + B.conj().swapaxes(1, 2)
    B[0] = np.eye(n)
    return B


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("k, shape", [(1, (1, 1)), (3, (2, 4)), (4, (3, 3))])
def test_conforms(k, shape, dtype, rng):
    check_space(LinearSpan(_basis(k, shape, dtype, rng)), rng)


@pytest.mark.parametrize("dtype", [float, complex])
def test_likelihood_conforms_on_a_hermitian_span(dtype, rng):
    space = LinearSpan(_hermitian_basis(3, 4, dtype, rng))
    assert space.hermitian
    check_space(space, rng)
    check_objective(GaussianLikelihood(rng.standard_normal((6, 4))), space, rng)


@pytest.mark.parametrize("dtype", [float, complex])
def test_projection_is_least_squares(dtype, rng):
    B = _basis(4, (3, 2), dtype, rng)
    G = _basis(1, (3, 2), dtype, rng)[0]
    # the normal equations with the Gram matrix
    gram = np.array([[np.vdot(b, c).real for c in B] for b in B])
    theta = np.linalg.solve(gram, [np.vdot(b, G).real for b in B])
    expected = np.tensordot(theta, B, axes=1)
    np.testing.assert_allclose(LinearSpan(B).project(G), expected, atol=1e-12)


def test_a_basis_that_is_not_orthogonal_spans_the_same_projection(rng):
    space = Symmetric(3)
    mixed = np.tensordot(rng.standard_normal((6, 6)), space.basis(), axes=1)
    G = rng.standard_normal((3, 3))
    np.testing.assert_allclose(LinearSpan(mixed).project(G), space.project(G))


def test_a_nearly_dependent_basis_keeps_its_parameters(rng):
    B = _basis(2, (3, 3), float, rng)
    B[1] = B[0] + 1e-6 * B[1]
    theta = np.array([1.0, 2.0])
    space = LinearSpan(B)
    # the condition number of the basis is about 1e6, that of its Gram matrix 1e12
    np.testing.assert_allclose(
        space.parameters(space.matrix(theta)), theta, rtol=0, atol=1e-8
    )


def test_start_without_the_identity_is_the_nearest_member():
    B = np.array([np.diag([2.0, 1.0]), np.array([[0, 1.0], [1, 0]])])
    space = LinearSpan(B)
    # the multiple of diag(2, 1) nearest to I is tr(diag(2, 1)) / 5 = 3/5 of it
    np.testing.assert_allclose(space.matrix(space.start()), np.diag([1.2, 0.6]))
    A = space.matrix(space.random(3))
    assert np.linalg.eigvalsh(A)[0] >= 1 - 1e-12
    indefinite = LinearSpan([np.diag([1.0, -1.0])])
    np.testing.assert_array_equal(indefinite.start(), [0.0])


def test_equal_only_to_itself(rng):
    B = _basis(2, (2, 2), float, rng)
    space = LinearSpan(B)
    assert space == space and space != LinearSpan(B)
    B[0] = 0.0  # a copy was taken
    assert np.all(space.basis()[0] != 0.0)
    assert repr(space) == "LinearSpan(<2 of 2x2>)"


def test_wrong_arguments(rng):
    B = _basis(3, (2, 2), float, rng)
    B[2] = B[0] - 2 * B[1]
    with pytest.raises(ValueError, match=r"but basis\[2\] is zero or a combination"):
        LinearSpan(B)
    with pytest.raises(ValueError, match=r"but basis\[0\] is zero"):
        LinearSpan(np.zeros((1, 2, 2)))
    with pytest.raises(ValueError, match=r"but 5 matrices of shape \(2, 2\) cannot be"):
        LinearSpan(_basis(5, (2, 2), float, rng))
    with pytest.raises(ValueError, match=r"basis must have 3 dimension\(s\)"):
        LinearSpan(np.eye(2))
    with pytest.raises(ValueError, match="basis must not be empty"):
        LinearSpan(np.zeros((0, 2, 2)))
    with pytest.raises(ValueError, match="an entry is off by"):
        LinearSpan(B[:1]).parameters(np.eye(2))
