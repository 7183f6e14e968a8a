import numpy as np
import pytest

from matopt.linalg import adjugate, adjugate_along

EPS = np.finfo(float).eps


def determinant(rows):
    """By expansion along the first row: exact for Python integers."""
    if not rows:
        return 1
    return sum(
        (-1) ** j * a * determinant([r[:j] + r[j + 1 :] for r in rows[1:]])
        for j, a in enumerate(rows[0])
    )


def by_cofactors(rows):
    """adj(A)_ji = (-1)^(i+j) times the minor without row i and column j."""
    n = len(rows)
    minors = [
        [
            determinant([r[:j] + r[j + 1 :] for k, r in enumerate(rows) if k != i])
            for j in range(n)
        ]
        for i in range(n)
    ]
    return [[(-1) ** (i + j) * minors[i][j] for i in range(n)] for j in range(n)]


def integers(n, rank, is_complex, rng):
    """Python integers (Gaussian ones when complex) of the given rank or less."""

    def draw(shape):
        A = rng.integers(-3, 4, shape)
        return A + 1j * rng.integers(-3, 4, shape) if is_complex else A

    return (draw((n, rank)) @ draw((rank, n))).tolist()


@pytest.mark.parametrize("n", [1, 2, 3, 5])
@pytest.mark.parametrize("missing", [0, 1, 2, 5])
@pytest.mark.parametrize("is_complex", [False, True])
def test_adjugate_is_exact_cofactors_at_every_rank(n, missing, is_complex, rng):
    for _ in range(5):
        rows = integers(n, max(n - missing, 0), is_complex, rng)
        A = np.array(rows, dtype=complex if is_complex else float)
        wanted = np.array(by_cofactors(rows), dtype=A.dtype)
        # the cofactors are sums of products of n - 1 entries
        scale = max(np.linalg.norm(A, 2), 1.0) ** (n - 1)
        got = adjugate(A)
        assert got.dtype == A.dtype
        assert np.max(np.abs(got - wanted)) < 20 * n * EPS * scale


@pytest.mark.parametrize("n", [2, 5, 20])
@pytest.mark.parametrize("dtype", [float, complex])
def test_of_a_regular_matrix_it_is_the_determinant_times_the_inverse(n, dtype, rng):
    A = rng.standard_normal((n, n)).astype(dtype)
    if dtype is complex:
        A += 1j * rng.standard_normal((n, n))
    wanted = np.linalg.det(A) * np.linalg.inv(A)
    tolerance = 10 * n * EPS * np.linalg.cond(A) * np.linalg.norm(wanted)
    assert np.max(np.abs(adjugate(A) - wanted)) < tolerance


@pytest.mark.parametrize("dtype", [float, complex])
def test_at_rank_n_minus_1_it_is_of_rank_one_and_not_zero(dtype, rng):
    n = 6
    A = rng.standard_normal((n, n)).astype(dtype)
    if dtype is complex:
        A += 1j * rng.standard_normal((n, n))
    A[:, -1] = A[:, 0] + A[:, 1]
    adj = adjugate(A)
    s = np.linalg.svd(adj, compute_uv=False)
    assert s[0] > 1.0
    assert s[1] < 1e-13 * s[0]
    assert np.max(np.abs(A @ adj)) < 1e-13 * s[0] * np.linalg.norm(A)
    assert np.max(np.abs(adj @ A)) < 1e-13 * s[0] * np.linalg.norm(A)


def test_is_the_derivative_of_the_determinant_at_a_singular_matrix(rng):
    A = rng.standard_normal((4, 4))
    A[3] = A[0] - A[2]
    V = rng.standard_normal((4, 4))
    h = 1e-6
    difference = (np.linalg.det(A + h * V) - np.linalg.det(A - h * V)) / (2 * h)
    assert np.sum(adjugate(A).T * V) == pytest.approx(difference, abs=1e-8)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 7])
def test_of_scalar_multiples_of_permutations(n):
    for order in (np.arange(n), np.roll(np.arange(n), 1), np.arange(n)[::-1]):
        P = np.eye(n)[order]
        sign = round(np.linalg.det(P))
        # adj(c P) = c^(n-1) det(P) P^T
        wanted = (-2.0) ** (n - 1) * sign * P.T
        assert np.max(np.abs(adjugate(-2.0 * P) - wanted)) < 1e-13 * 2.0 ** (n - 1)


def test_products_that_overflow_on_the_way():
    s = np.array([1e200, 1e200, 1e-200, 1e-200, 1.0])
    wanted = np.array([1e-200, 1e-200, 1e200, 1e200, 1.0])
    got = np.diagonal(adjugate(np.diag(s)))
    assert np.max(np.abs(got / wanted - 1.0)) < 1e-13


def test_of_the_zero_matrix():
    assert np.array_equal(adjugate(np.zeros((1, 1))), np.ones((1, 1)))
    assert np.array_equal(adjugate(np.zeros((3, 3))), np.zeros((3, 3)))


def test_does_not_write(rng):
    A = rng.standard_normal((4, 4))
    A.flags.writeable = False
    adjugate(A)


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("n", [1, 2, 3, 6])
def test_the_derivative_of_the_adjugate(n, dtype, rng):
    A, V = rng.standard_normal((2, n, n)).astype(dtype)
    if dtype is complex:
        A, V = A + 1j * V.T, V - 1j * A
    W = np.linalg.inv(A)
    expected = np.linalg.det(A) * (np.trace(W @ V) * W - W @ V @ W)
    assert np.allclose(adjugate_along(A, V), expected)


def test_the_derivative_of_the_adjugate_at_every_rank(rng):
    V, G = rng.standard_normal((2, 4, 4))
    for rank in range(4):
        A = G[:, :rank] @ G[:rank]
        difference = (adjugate(A + 1e-5 * V) - adjugate(A - 1e-5 * V)) / 2e-5
        assert np.allclose(adjugate_along(A, V), difference, atol=1e-8)
    assert np.array_equal(adjugate_along(np.zeros((4, 4)), V), np.zeros((4, 4)))
