import numpy as np
import pytest

from matopt.check import check_objective, check_space
from matopt.errors import NotPositiveDefinite
from matopt.linalg import Cholesky, Scatter
from matopt.linalg.block_toeplitz import BlockToeplitzFactor, block_toeplitz_factor
from matopt.objectives import GaussianLikelihood, GaussianPrecisionLikelihood
from matopt.solvers import minimize
from matopt.spaces import (
    BlockToeplitz,
    Fisher,
    LinearSpan,
    Symmetric,
    SymmetricToeplitz,
)

SPACES = [
    BlockToeplitz(blocks, order, dtype)
    for blocks, order in [(1, 1), (1, 3), (4, 1), (3, 2)]
    for dtype in (float, complex)
]


def _normal(shape, dtype, rng):
    X = rng.standard_normal(shape).astype(dtype)
    return X + 1j * rng.standard_normal(shape) if dtype is complex else X


@pytest.fixture(params=[0.0, 100.0], ids=["inverse", "transforms"])
def recursive(request, monkeypatch):
    """Take the recursion at any size, and both ways of the likelihood after it."""
    monkeypatch.setattr("matopt.spaces.block_toeplitz._FEW", request.param)
    monkeypatch.setattr("matopt.spaces.block_toeplitz._WIDE", 1)
    monkeypatch.setattr("matopt.spaces.block_toeplitz._MANY", 1)


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_conforms(space, rng):
    check_space(space, rng)
    check_space(Fisher(space), rng)


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_objectives_conform(space, recursive, rng):
    X = _normal((9, space.shape[0]), space.dtype, rng)
    for f in (GaussianLikelihood(X), GaussianPrecisionLikelihood(X)):
        check_objective(f, space, rng)
        check_objective(f, Fisher(space), rng)


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_agrees_with_the_dense_twin(space, recursive, rng):
    x = space.random(rng)
    fast, dense = space.point(x), LinearSpan(space.basis()).point(x)
    n = space.shape[0]
    B, v = _normal((n, 3), space.dtype, rng), rng.standard_normal(space.size)
    G = _normal((n, n), space.dtype, rng)
    close = {"rtol": 1e-8, "atol": 1e-9}
    assert isinstance(fast.factor, BlockToeplitzFactor)
    np.testing.assert_allclose(fast.logdet, dense.logdet, **close)
    np.testing.assert_allclose(fast.solve(B), dense.solve(B), **close)
    np.testing.assert_allclose(fast.factor.inverse, dense.factor.inverse, **close)
    np.testing.assert_allclose(fast.logdet_hessp(v), dense.logdet_hessp(v), **close)
    np.testing.assert_allclose(fast.adjoint(G), dense.adjoint(G), **close)
    np.testing.assert_allclose(
        fast.adjoint(B, B[::-1]), dense.adjoint(B, B[::-1]), **close
    )
    a, b = (point.gaussian(Scatter(B.T)) for point in (fast, dense))
    np.testing.assert_allclose(a.value, b.value, **close)
    np.testing.assert_allclose(a.gradient, b.gradient, **close)
    np.testing.assert_allclose(a.hessp(v), b.hessp(v), **close)


@pytest.mark.parametrize("dtype", [float, complex])
def test_blocks_are_where_they_should_be(dtype, rng):
    space = BlockToeplitz(3, 2, dtype)
    x = rng.standard_normal(space.size)
    A, T = space.matrix(x), space.stack(x)
    for i in range(3):
        for j in range(3):
            block = T[i - j] if i >= j else T[j - i].conj().T
            np.testing.assert_array_equal(
                A[2 * i : 2 * i + 2, 2 * j : 2 * j + 2], block
            )
    assert A.flags.c_contiguous


def test_of_order_one_it_is_toeplitz_and_of_one_block_symmetric(rng):
    x = rng.standard_normal(5)
    one, other = BlockToeplitz(5, 1), SymmetricToeplitz(5)
    np.testing.assert_array_equal(one.matrix(x), other.matrix(x))
    x = rng.standard_normal(6)
    np.testing.assert_array_equal(BlockToeplitz(1, 3).matrix(x), Symmetric(3).matrix(x))


def test_an_ill_conditioned_matrix_has_a_dense_factor(rng):
    t = np.linspace(0, 1, 12)[:, None, None]
    stack = np.exp(-(t**2)) * np.eye(2) + 1e-12 * np.eye(2) * (t == 0)
    assert isinstance(block_toeplitz_factor(stack), Cholesky)
    stack[1] *= 2.0
    with pytest.raises(NotPositiveDefinite):
        block_toeplitz_factor(stack)


def test_a_vector_autoregression_is_found_again(rng):
    # X_s = C X_(s-1) + noise, whose fit has the lags C T_0 = T_1
    C = np.array([[0.5, 0.2], [-0.1, 0.3]])
    x, rows = np.zeros(2), []
    for _ in range(6000):
        x = C @ x + rng.standard_normal(2)
        rows.append(x)
    X = np.array(rows).reshape(-1, 8)  # four vectors a sample
    space = BlockToeplitz(4, 2)
    result = minimize(GaussianLikelihood(X).on(Fisher(space)))
    assert result.success and result.nit < 8
    T = space.stack(result.x)
    np.testing.assert_allclose(T[1] @ np.linalg.inv(T[0]), C, atol=0.06)


def test_start_is_the_biased_covariance(rng):
    space = BlockToeplitz(3, 2)
    X = rng.standard_normal((2, 6))
    T = space.stack(space.near(Scatter(X)))
    blocks = X.reshape(2, 3, 2)
    lag = np.einsum("sia,sib->ab", blocks[:, 1:], blocks[:, :-1]) / (2 * 3)
    np.testing.assert_allclose(T[1], lag, atol=1e-12)
    assert space.near(Scatter(np.zeros((1, 6)))) is None


def test_description_and_wrong_arguments():
    space = BlockToeplitz(3, 2, complex)
    assert repr(space) == "BlockToeplitz(3, 2, dtype=complex)"
    assert (space.shape, space.size) == ((6, 6), 4 + 16)
    with pytest.raises(
        ValueError, match="order must be an integer of at least 1, got 0"
    ):
        BlockToeplitz(2, 0)
    with pytest.raises(ValueError, match=r"must belong to BlockToeplitz\(2, 2\)"):
        BlockToeplitz(2, 2).parameters(np.diag([1.0, 2.0, 3.0, 4.0]))
