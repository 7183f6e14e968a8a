import numpy as np
import pytest

from matopt.check import check_objective, check_space
from matopt.objectives import GaussianPrecisionLikelihood
from matopt.spaces import Hankel

SIZES = [1, 2, 5, 8]
FAMILIES = [Hankel(n, dtype) for n in SIZES for dtype in (float, complex)]


def normal(shape, dtype, rng):
    A = rng.standard_normal(shape)
    return A if dtype is float else A + 1j * rng.standard_normal(shape)


def naive_adjoint(space, G):
    return np.einsum("ij,kij->k", G.conj(), space.basis()).real


@pytest.mark.parametrize("space", FAMILIES, ids=repr)
def test_space(space, rng):
    check_space(space, rng)


@pytest.mark.parametrize("n", SIZES)
def test_the_order_of_the_parameters(n):
    i, j = np.indices((n, n))
    x = np.arange(1.0, 2 * n)
    A = Hankel(n).matrix(x)
    assert np.array_equal(A, x[i + j])
    assert A.flags.c_contiguous and A.flags.writeable
    z = np.concatenate([x, -x])
    assert np.array_equal(Hankel(n, complex).matrix(z), ((1 - 1j) * x)[i + j])


@pytest.mark.parametrize("space", FAMILIES, ids=repr)
def test_adjoint_against_the_basis(space, rng):
    G = normal(space.shape, space.dtype, rng)
    assert np.allclose(space.adjoint(G), naive_adjoint(space, G), 0, 1e-13)


@pytest.mark.parametrize("n", [*SIZES, 300])
@pytest.mark.parametrize("dtype", [float, complex])
def test_adjoint_of_a_product_that_is_not_formed(n, dtype, rng):
    space = Hankel(n, dtype)
    left, right = (normal((n, 2), dtype, rng) for _ in range(2))
    bound = 1e-14 * np.linalg.norm(left) * np.linalg.norm(right)
    dense = space.adjoint(left @ right.conj().T)
    assert np.max(np.abs(space.adjoint(left, right) - dense)) < bound


@pytest.mark.parametrize("dtype", [float, complex])
def test_projection_is_the_mean_of_each_antidiagonal(dtype, rng):
    n = 6
    G = normal((n, n), dtype, rng)
    H = Hankel(n, dtype).project(G)
    for k in range(-n + 1, n):
        mean = np.diagonal(G[:, ::-1], k).mean()
        assert np.allclose(np.diagonal(H[:, ::-1], k), mean, 0, 1e-15)


@pytest.mark.parametrize("space", FAMILIES, ids=repr)
def test_parameters(space, rng):
    x = rng.standard_normal(space.size)
    A = space.matrix(x)
    assert np.array_equal(space.parameters(A), x)
    assert not np.shares_memory(space.parameters(A), A)
    if space.n > 1:
        A[0, 1] += 0.125
        with pytest.raises(
            ValueError, match=r"belong to Hankel\(.*off by 0\.125; proj"
        ):
            space.parameters(A)


def test_hermitian_when_real():
    assert [space.hermitian for space in FAMILIES[:2]] == [True, False]
    with pytest.raises(TypeError, match=r"matrix must be real for Hankel\(2\)"):
        Hankel(2).parameters(1j * np.eye(2))


def test_start_is_the_identity_only_up_to_order_two():
    for dtype in (float, complex):
        for n in (1, 2):
            space = Hankel(n, dtype)
            assert np.array_equal(space.matrix(space.start()), np.eye(n))
    # for n = 3 the nearest member, where that is positive definite
    nearest = np.array([[1, 0, 1 / 3], [0, 1 / 3, 0], [1 / 3, 0, 1]])
    np.testing.assert_allclose(Hankel(3).matrix(Hankel(3).start()), nearest)
    assert not Hankel(3, complex).start().any()


@pytest.mark.parametrize("n", [1, 2, 4])
def test_gaussian_likelihood_at_the_hilbert_matrix(n, rng):
    """A positive definite Hankel matrix, of the moments of the unit interval."""
    hilbert = 1.0 / (np.arange(n)[:, None] + np.arange(n) + 1.0)
    f = GaussianPrecisionLikelihood(rng.standard_normal((9, n)))
    check_objective(f, Hankel(n), rng, x=hilbert)
