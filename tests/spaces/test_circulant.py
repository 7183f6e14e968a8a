import numpy as np
import pytest

from matopt.check import check_space
from matopt.spaces import Circulant

SIZES = [1, 2, 5, 8]
FAMILIES = [Circulant(n, dtype) for n in SIZES for dtype in (float, complex)]


def normal(shape, dtype, rng):
    A = rng.standard_normal(shape)
    return A if dtype is float else A + 1j * rng.standard_normal(shape)


def naive_adjoint(space, G):
    return np.einsum("ij,kij->k", G.conj(), space.basis()).real


@pytest.mark.parametrize("space", FAMILIES, ids=repr)
def test_space(space, rng):
    check_space(space, rng)


@pytest.mark.parametrize("n", SIZES)
def test_the_parameters_are_the_first_column(n, rng):
    i, j = np.indices((n, n))
    c = rng.standard_normal(n)
    A = Circulant(n).matrix(c)
    assert np.array_equal(A, c[(i - j) % n])
    assert A.flags.c_contiguous and A.flags.writeable
    z = Circulant(n, complex).matrix(np.concatenate([c, -c]))
    assert np.array_equal(z, ((1 - 1j) * c)[(i - j) % n])


@pytest.mark.parametrize("n", SIZES)
def test_the_fourier_matrix_diagonalizes_it(n, rng):
    c = rng.standard_normal(n)
    F = np.exp(-2j * np.pi * np.outer(np.arange(n), np.arange(n)) / n)
    D = F @ Circulant(n).matrix(c) @ F.conj().T / n
    assert np.allclose(D, np.diag(F @ c), 0, 1e-12)


@pytest.mark.parametrize("space", FAMILIES, ids=repr)
def test_adjoint_against_the_basis(space, rng):
    G = normal(space.shape, space.dtype, rng)
    assert np.allclose(space.adjoint(G), naive_adjoint(space, G), 0, 1e-13)


@pytest.mark.parametrize("n", [*SIZES, 300])
@pytest.mark.parametrize("dtype", [float, complex])
def test_adjoint_of_a_product_that_is_not_formed(n, dtype, rng):
    space = Circulant(n, dtype)
    left, right = (normal((n, 2), dtype, rng) for _ in range(2))
    bound = 1e-14 * np.linalg.norm(left) * np.linalg.norm(right)
    dense = space.adjoint(left @ right.conj().T)
    assert np.max(np.abs(space.adjoint(left, right) - dense)) < bound


@pytest.mark.parametrize("dtype", [float, complex])
def test_projection_is_the_mean_over_each_wrapped_diagonal(dtype, rng):
    n = 6
    G = normal((n, n), dtype, rng)
    P = Circulant(n, dtype).project(G)
    for k in range(n):
        places = (np.arange(k, k + n) % n, np.arange(n))
        assert np.allclose(P[places], G[places].mean(), 0, 1e-15)


@pytest.mark.parametrize("space", FAMILIES, ids=repr)
def test_parameters(space, rng):
    x = rng.standard_normal(space.size)
    A = space.matrix(x)
    assert np.array_equal(space.parameters(A), x)
    assert not np.shares_memory(space.parameters(A), A)
    if space.n > 1:
        A[0, 1] += 0.125
        with pytest.raises(ValueError, match=r"to Circulant\(.*off by 0\.125; project"):
            space.parameters(A)


def test_wrong_arguments():
    with pytest.raises(TypeError, match=r"matrix must be real for Circulant\(2\)"):
        Circulant(2).parameters(1j * np.eye(2))
    with pytest.raises(ValueError, match="n must be an integer of at least 1, got -1"):
        Circulant(-1)


@pytest.mark.parametrize("space", FAMILIES, ids=repr)
def test_start_is_the_identity(space):
    assert not space.hermitian
    assert np.array_equal(space.matrix(space.start()), np.eye(space.n))
