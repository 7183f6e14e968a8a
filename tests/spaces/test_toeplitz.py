import itertools

import mpmath
import numpy as np
import pytest

from matopt.check import check_objective, check_space
from matopt.objectives import GaussianLikelihood, GaussianPrecisionLikelihood
from matopt.spaces import HermitianToeplitz, SymmetricToeplitz, Toeplitz

EPS = np.finfo(float).eps
SIZES = [1, 2, 5, 8]
FAMILIES = [
    family
    for n in SIZES
    for family in (
        Toeplitz(n),
        Toeplitz(n, complex),
        SymmetricToeplitz(n),
        HermitianToeplitz(n),
    )
]


def normal(shape, dtype, rng):
    A = rng.standard_normal(shape)
    return A if dtype is float else A + 1j * rng.standard_normal(shape)


def naive_adjoint(space, G):
    """df/dtheta_k = Re tr(G^H S_k), S_k by S_k (133)."""
    return np.einsum("ij,kij->k", G.conj(), space.basis()).real


def naive_projection(space, G):
    """Least squares over the structure matrices."""
    S = space.basis().reshape(space.size, -1)
    columns = np.concatenate([S.real, S.imag], axis=1).T
    target = np.concatenate([G.real.ravel(), G.imag.ravel()])
    theta = np.linalg.lstsq(columns, target, rcond=None)[0]
    return np.tensordot(theta, space.basis(), axes=1)


def alpha(A):
    """(143) as corrected: alpha_ij = sum over k - l = j - i of A_kl, in integers."""
    places = list(itertools.product(range(len(A)), repeat=2))
    return {
        (i, j): sum(A[p][q] for p, q in places if p - q == j - i) for i, j in places
    }


@pytest.mark.parametrize("space", FAMILIES, ids=repr)
def test_space(space, rng):
    check_space(space, rng)


@pytest.mark.parametrize("n", SIZES)
def test_the_order_of_the_parameters(n, rng):
    i, j = np.indices((n, n))
    x = np.arange(1.0, 2 * n)
    assert np.array_equal(Toeplitz(n).matrix(x), x[i - j + n - 1])
    z = np.concatenate([x, -x])
    assert np.array_equal(Toeplitz(n, complex).matrix(z), ((1 - 1j) * x)[i - j + n - 1])
    t = x[:n]
    assert np.array_equal(SymmetricToeplitz(n).matrix(t), t[abs(i - j)])
    imaginary = np.concatenate([[0.0], x[n:]])
    wanted = t[abs(i - j)] + 1j * np.sign(i - j) * imaginary[abs(i - j)]
    assert np.array_equal(HermitianToeplitz(n).matrix(x), wanted)


@pytest.mark.parametrize("space", FAMILIES, ids=repr)
def test_matrices_belong_to_the_family(space, rng):
    A = space.matrix(rng.standard_normal(space.size))
    assert A.shape == space.shape
    assert A.dtype == np.dtype(space.dtype)
    assert A.flags.c_contiguous and A.flags.writeable
    assert np.array_equal(A[1:, 1:], A[:-1, :-1])
    assert np.array_equal(A, A.conj().T) or not space.hermitian
    assert len(space.basis()) == space.size == space.dimension


@pytest.mark.parametrize("space", FAMILIES, ids=repr)
def test_adjoint_and_project_against_the_basis(space, rng):
    G = normal(space.shape, space.dtype, rng)
    G.flags.writeable = False
    for H in (G, np.asfortranarray(G)):
        assert np.allclose(space.adjoint(H), naive_adjoint(space, G), 0, 1e-13)
        assert np.allclose(space.project(H), naive_projection(space, G), 0, 1e-13)
    assert space.adjoint(G).dtype == float


# 300 is beyond the change to the FFT
@pytest.mark.parametrize("n", [*SIZES, 300])
@pytest.mark.parametrize("k", [1, 3])
def test_adjoint_of_a_product_that_is_not_formed(n, k, rng):
    for space in (
        Toeplitz(n),
        Toeplitz(n, complex),
        SymmetricToeplitz(n),
        HermitianToeplitz(n),
    ):
        left, right = (normal((n, k), space.dtype, rng) for _ in range(2))
        bound = 100 * EPS * np.linalg.norm(left) * np.linalg.norm(right)
        dense = space.adjoint(left @ right.conj().T)
        assert np.max(np.abs(space.adjoint(left, right) - dense)) < bound


def test_projection_is_the_mean_of_each_diagonal(rng):
    n = 6
    G = rng.standard_normal((n, n))
    T, S = Toeplitz(n).project(G), SymmetricToeplitz(n).project(G)
    for k in range(-n + 1, n):
        mean = np.diagonal(G, k).mean()
        assert np.allclose(np.diagonal(T, k), mean, 0, 1e-15)
        pair = np.concatenate([np.diagonal(G, k), np.diagonal(G, -k)])
        assert np.allclose(np.diagonal(S, k), pair.mean(), 0, 1e-15)


def test_projection_of_a_hermitian_matrix_is_hermitian(rng):
    G = normal((5, 5), complex, rng)
    P = HermitianToeplitz(5).project(G)
    for k in range(5):
        pair = np.concatenate([np.diagonal(G, -k), np.diagonal(G, k).conj()])
        assert np.allclose(np.diagonal(P, -k), pair.mean(), 0, 1e-15)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 9])
def test_143_and_144_in_integers(n, rng):
    """f = tr(A T) has the ambient gradient A^T (100)."""
    A = rng.integers(-99, 100, (n, n))
    a = np.array(list(alpha(A.tolist()).values())).reshape(n, n)
    G = A.T.astype(float)
    # (143), corrected
    assert np.array_equal(Toeplitz(n).gradient_by_entries(G), a)
    # (144): alpha + alpha^T - alpha o I
    wanted = a + a.T - a * np.eye(n, dtype=int)
    assert np.array_equal(SymmetricToeplitz(n).gradient_by_entries(G), wanted)


def test_143_at_order_four():
    """The corners are as printed; each diagonal between is a sum over A^T's."""
    A = np.arange(16.0).reshape(4, 4)
    g = Toeplitz(4).gradient_by_entries(A.T)
    assert g[0, 3] == A[3, 0]
    assert g[3, 0] == A[0, 3]
    assert g[0, 2] == A[2, 0] + A[3, 1]
    assert g[0, 0] == np.trace(A)


@pytest.mark.parametrize("n", [1, 2, 4])
def test_the_derivative_of_the_determinant_to_fifty_digits(n, rng):
    """d det T / dt_k, differenced in 50 digits, against G = det(T) T^-T by (49)."""
    space = Toeplitz(n)
    x = rng.standard_normal(space.size)
    T = space.matrix(x)
    got = space.adjoint(np.linalg.det(T) * np.linalg.inv(T).T)
    with mpmath.workdps(50):

        def determinant(t):
            return mpmath.det(
                mpmath.matrix([[t[i - j + n - 1] for j in range(n)] for i in range(n)])
            )

        h = mpmath.mpf(10) ** -20
        t = [mpmath.mpf(float(v)) for v in x]
        for k in range(space.size):
            up, down = ([*t[:k], t[k] + s * h, *t[k + 1 :]] for s in (1, -1))
            exact = float((determinant(up) - determinant(down)) / (2 * h))
            assert abs(got[k] - exact) < 1e-13 * np.linalg.cond(T) * max(1, abs(exact))


@pytest.mark.parametrize("space", FAMILIES, ids=repr)
def test_parameters(space, rng):
    x = rng.standard_normal(space.size)
    A = space.matrix(x)
    A.flags.writeable = False
    assert np.array_equal(space.parameters(A), x)
    assert not np.shares_memory(space.parameters(A), A)
    assert np.array_equal(space.admit(x), x)
    if space.n > 1:
        outside = A.copy()
        outside[1, 1] += 0.125
        with pytest.raises(
            ValueError, match=r"belong to .*Toeplitz.*off by 0\.125; pro"
        ):
            space.parameters(outside)


def test_parameters_refuse_what_is_not_symmetric():
    T = np.array([[1.0, 2.0], [3.0, 1.0]])
    with pytest.raises(ValueError, match=r"SymmetricToeplitz\(2\), but .*off by 1;"):
        SymmetricToeplitz(2).parameters(T)
    with pytest.raises(ValueError, match=r"HermitianToeplitz\(2\), but .*off by 0\.5;"):
        HermitianToeplitz(2).parameters([[1 + 0.5j, 0], [0, 1 + 0.5j]])


@pytest.mark.parametrize("space", [Toeplitz(3), SymmetricToeplitz(3)], ids=repr)
def test_wrong_arguments(space):
    with pytest.raises(
        TypeError, match=r"matrix must be real for .*Toeplitz\(3\), got"
    ):
        space.parameters(1j * np.eye(3))
    with pytest.raises(
        ValueError, match=r"matrix must have shape \(3, 3\), got \(2, 2"
    ):
        space.parameters(np.eye(2))
    with pytest.raises(ValueError, match=r"start must have shape \(\d,\), got \(4,\)"):
        space.admit(np.ones(4))
    with pytest.raises(ValueError, match="n must be an integer of at least 1, got 0"):
        type(space)(0)


def test_dtypes_and_words():
    with pytest.raises(ValueError, match="dtype must be float or complex"):
        Toeplitz(3, int)
    assert repr(Toeplitz(3, np.complex128)) == "Toeplitz(3, dtype=complex)"
    assert repr(HermitianToeplitz(3)) == "HermitianToeplitz(3)"
    with pytest.raises(TypeError):
        SymmetricToeplitz(3, complex)
    assert [S.hermitian for S in FAMILIES[-4:]] == [False, False, True, True]


@pytest.mark.parametrize("space", FAMILIES, ids=repr)
def test_start_is_the_identity(space):
    assert np.array_equal(space.matrix(space.start()), np.eye(space.n))


@pytest.mark.parametrize("space", FAMILIES, ids=repr)
def test_random_hermitian_matrices_are_positive_definite(space):
    A = space.matrix(space.random(3))
    assert np.array_equal(A, space.matrix(space.random(3)))
    if space.hermitian:
        assert np.linalg.eigvalsh(A)[0] > 0.5


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("objective", [GaussianLikelihood, GaussianPrecisionLikelihood])
def test_gaussian_likelihoods(n, objective, rng):
    for m in (1, n, 3 * n):
        f = objective(normal((m, n), float, rng))
        check_objective(f, SymmetricToeplitz(n), rng)
        check_objective(f, HermitianToeplitz(n), rng)
        f = objective(normal((m, n), complex, rng))
        check_objective(f, HermitianToeplitz(n), rng)


def test_a_general_toeplitz_matrix_is_no_covariance(rng):
    f = GaussianLikelihood(rng.standard_normal((5, 3)))
    with pytest.raises(ValueError, match=r"Toeplitz\(3\) is not; take Symmetric\(3\)"):
        f.on(Toeplitz(3))
    f = GaussianLikelihood(normal((5, 3), complex, rng))
    with pytest.raises(ValueError, match=r"SymmetricToeplitz\(3\) is real"):
        f.on(SymmetricToeplitz(3))


@pytest.mark.parametrize("dtype", [float, complex])
def test_the_likelihood_is_stationary_where_the_covariance_is_toeplitz(dtype, rng):
    """With S itself in the family the optimum is Sigma = S."""
    space = SymmetricToeplitz(6) if dtype is float else HermitianToeplitz(6)
    S = space.matrix(space.random(rng))
    e = GaussianLikelihood.from_covariance(S).on(space).at(S)
    assert e.gradient_norm < 1e-12
    assert np.linalg.eigvalsh(e.hessian)[0] > 0.0
