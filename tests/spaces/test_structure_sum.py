import numpy as np
import pytest

from matopt.check import check_objective, check_space
from matopt.objectives import GaussianLikelihood, L1Norm, SquaredDistance
from matopt.solvers import Stop, minimize
from matopt.spaces import (
    Banded,
    Circulant,
    Dense,
    Diagonal,
    Fisher,
    HermitianToeplitz,
    LinearSpan,
    PositiveDefinite,
    SkewSymmetric,
    StructureSum,
    Symmetric,
    SymmetricToeplitz,
    ToeplitzPlusDiagonal,
)


def _lags(n, *lags):
    """The Toeplitz matrices of a few lags, without the diagonal."""
    return LinearSpan([np.eye(n, k=k) + np.eye(n, k=-k) for k in lags])


SUMS = [
    StructureSum(Diagonal(4), _lags(4, 1, 2)),
    StructureSum(Diagonal(2), SkewSymmetric(2)),
    StructureSum(Diagonal(3), _lags(3, 2), SkewSymmetric(3, complex)),
    StructureSum(_lags(5, 3), Banded(5, 1, symmetric=True)),
    StructureSum(HermitianToeplitz(4), LinearSpan([np.diag([1.0, 2.0, 0, 0])])),
]
NAMED = [ToeplitzPlusDiagonal(n, t) for n in (1, 2, 5) for t in (float, complex)]


@pytest.mark.parametrize("space", SUMS + NAMED, ids=repr)
def test_conforms(space, rng):
    check_space(space, rng)
    if space.hermitian:
        check_space(Fisher(space), rng)


@pytest.mark.parametrize("space", SUMS + NAMED, ids=repr)
def test_agrees_with_the_span_of_its_basis(space, rng):
    twin = LinearSpan(space.basis())
    x = rng.standard_normal(space.size)
    n = space.shape[0]
    G = rng.standard_normal((n, n))
    if space.dtype is complex:
        G = G + 1j * rng.standard_normal((n, n))
    close = {"rtol": 1e-10, "atol": 1e-11}
    np.testing.assert_allclose(space.matrix(x), twin.matrix(x), **close)
    np.testing.assert_allclose(space.adjoint(G), twin.adjoint(G), **close)
    two = (G[:, :2], G[:, 1:3])
    if n > 2:
        np.testing.assert_allclose(space.adjoint(*two), twin.adjoint(*two), **close)
    np.testing.assert_allclose(space.project(G), twin.project(G), **close)
    np.testing.assert_allclose(space.represent(x), twin.represent(x), **close)
    np.testing.assert_allclose(space.parameters(space.matrix(x)), x, **close)
    assert space.hermitian == twin.hermitian


@pytest.mark.parametrize("space", [s for s in SUMS + NAMED if s.hermitian], ids=repr)
def test_likelihood_conforms(space, rng):
    n = space.shape[0]
    f = GaussianLikelihood(rng.standard_normal((9, n)))
    check_objective(f, space, rng)
    check_objective(f, Fisher(space), rng)


def test_toeplitz_plus_diagonal_finds_what_it_was_made_of(rng):
    n = 8
    space = ToeplitzPlusDiagonal(n)
    A = 0.6 ** np.abs(np.subtract.outer(range(n), range(n))) + np.diag(np.arange(n) / 2)
    f = GaussianLikelihood.from_covariance(A)
    result = minimize(f.on(Fisher(space)), stop=Stop(gradient_norm=1e-9))
    assert result.success
    np.testing.assert_allclose(result.matrix, A, atol=1e-7)
    one = StructureSum(Diagonal(n), _lags(n, *range(1, n)))
    np.testing.assert_allclose(space.project(A), one.project(A))


def test_a_penalty_on_families_that_are_not_orthogonal():
    space = StructureSum(Diagonal(3), LinearSpan([np.ones((3, 3))]))
    T = np.array([[1.0, 2.0, 3.0], [2.0, -1.0, 2.0], [3.0, 2.0, 4.0]])
    f = SquaredDistance(T) + 0.5 * L1Norm()
    # off the diagonal all entries are a, 2 ((a-2)^2 + (a-3)^2 + (a-2)^2) + 3 |a| least
    result = minimize(f.on(space))
    a = 25.0 / 12.0
    np.testing.assert_allclose(result.matrix, np.diag(T.diagonal() - a) + a, atol=1e-6)
    assert result.success and abs(result.fun - (246 / 144 + 3 * a)) < 1e-10
    x = np.array([1.0, 2.0, 3.0, 0.7])
    steps = 1e-6 * np.eye(4)
    slopes = [
        (f.on(space).at(x + h).value - f.on(space).at(x - h).value) for h in steps
    ]
    gradient = f.on(space).at(x).gradient
    np.testing.assert_allclose(gradient, np.array(slopes) / 2e-6, atol=1e-7)


def test_describes_itself():
    space = StructureSum(Diagonal(2), SkewSymmetric(2, complex))
    assert repr(space) == "StructureSum(Diagonal(2), SkewSymmetric(2, dtype=complex))"
    assert space.dtype is complex and space.size == 6 and space.shape == (2, 2)
    assert space == StructureSum(Diagonal(2), SkewSymmetric(2, complex))
    assert (
        repr(ToeplitzPlusDiagonal(3, complex))
        == "ToeplitzPlusDiagonal(3, dtype=complex)"
    )
    assert (
        ToeplitzPlusDiagonal(3).size == 5 and ToeplitzPlusDiagonal(3, complex).size == 7
    )


def test_wrong_arguments():
    with pytest.raises(ValueError, match=r"at least two structures, got 1"):
        StructureSum(Diagonal(2))
    with pytest.raises(TypeError, match=r"argument 1 .* got PositiveDefinite"):
        StructureSum(Diagonal(2), PositiveDefinite(2))
    with pytest.raises(ValueError, match=r"one shape, Diagonal\(2\) has \(2, 2\) and"):
        StructureSum(Diagonal(2), Dense(2, 3))
    with pytest.raises(ValueError, match=r"Diagonal\(3\) and SymmetricToeplitz\(3\) v"):
        StructureSum(SkewSymmetric(3), Diagonal(3), SymmetricToeplitz(3))
    with pytest.raises(ValueError, match="leave out what is in both"):
        StructureSum(Circulant(3), Symmetric(3))
    with pytest.raises(ValueError, match=r"must belong to ToeplitzPlusDiagonal\(3\)"):
        ToeplitzPlusDiagonal(3).parameters(
            np.diag([1.0, 2.0], 1) + np.diag([1.0, 2], -1)
        )
