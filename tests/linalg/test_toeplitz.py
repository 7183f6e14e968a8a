import mpmath
import numpy as np
import pytest
import scipy.linalg

from matopt.errors import Singular
from matopt.linalg import (
    antidiagonal_sums,
    circulant_matrix,
    circulant_product,
    circulant_solve,
    diagonal_sums,
    hankel_matrix,
    hankel_product,
    toeplitz_matrix,
    toeplitz_product,
    wrapped_sums,
)

EPS = np.finfo(float).eps
# the last two are beyond the change to the FFT
SHAPES = [
    (1, 1),
    (2, 2),
    (1, 4),
    (4, 1),
    (5, 5),
    (3, 7),
    (90, 64),
    (400, 401),
    (700, 300),
]
DTYPES = [(float, float), (float, complex), (complex, float), (complex, complex)]


def normal(shape, dtype, rng):
    A = rng.standard_normal(shape)
    return A if dtype is float else A + 1j * rng.standard_normal(shape)


def close(got, wanted, bound):
    assert got.shape == wanted.shape
    assert np.iscomplexobj(got) == np.iscomplexobj(wanted)
    return np.max(np.abs(got - wanted)) < bound


# Naive twins: the definitions, entry by entry


def naive_sums(G, index, size):
    sums = np.zeros(size, dtype=G.dtype)
    i, j = np.indices(G.shape)
    np.add.at(sums, index(i, j), G)
    return sums


def naive_diagonal_sums(G):
    m, n = G.shape
    return naive_sums(G, lambda i, j: j - i + m - 1, m + n - 1)


def naive_antidiagonal_sums(G):
    m, n = G.shape
    return naive_sums(G, lambda i, j: i + j, m + n - 1)


def naive_wrapped_sums(G):
    return naive_sums(G, lambda i, j: (i - j) % len(G), len(G))


# Builders


@pytest.mark.parametrize(("m", "n"), SHAPES)
@pytest.mark.parametrize("dtype", [float, complex])
def test_builders(m, n, dtype, rng):
    v = normal(m + n - 1, dtype, rng)
    i, j = np.indices((m, n))
    for values in (v, np.repeat(v, 2)[::2], v[::-1].copy()[::-1]):
        T, H = toeplitz_matrix(values, n), hankel_matrix(values, n)
        assert np.array_equal(T, v[i - j + n - 1])
        assert np.array_equal(H, v[i + j])
        assert T.flags.c_contiguous and H.flags.c_contiguous
        T[0, 0] = H[0, 0] = 99.0  # writable, and not a view
    c = v[:m]
    i, j = np.indices((m, m))
    assert np.array_equal(circulant_matrix(c), c[(i - j) % m])


# Products


@pytest.mark.parametrize(("m", "n"), SHAPES)
@pytest.mark.parametrize(("a", "b"), DTYPES)
@pytest.mark.parametrize("k", [None, 0, 1, 3])
def test_toeplitz_and_hankel_products(m, n, a, b, k, rng):
    column, row = normal(m, a, rng), normal(n, a, rng)
    X = normal(n if k is None else (n, k), b, rng)
    for array in (column, row, X):
        array.flags.writeable = False
    bound = 100 * EPS * np.sqrt(m + n) * np.sqrt(n)
    if k == 0:
        assert toeplitz_product(column, row, X).shape == (m, 0)
        return
    T = scipy.linalg.toeplitz(column, row)
    assert close(toeplitz_product(column, row, X), T @ X, bound)
    H = scipy.linalg.hankel(column, row)
    assert close(hankel_product(column, row, X), H @ X, bound)


@pytest.mark.parametrize("n", [1, 2, 5, 8, 97, 400, 401])
@pytest.mark.parametrize(("a", "b"), DTYPES)
@pytest.mark.parametrize("k", [None, 3])
def test_circulant_product_and_solve(n, a, b, k, rng):
    column = normal(n, a, rng)
    X = normal(n if k is None else (n, k), b, rng)
    column.flags.writeable = X.flags.writeable = False
    C = scipy.linalg.circulant(column)
    assert close(circulant_product(column, X), C @ X, 200 * EPS * n)
    Y = circulant_solve(column, X)
    assert np.iscomplexobj(Y) == np.iscomplexobj(C @ X)
    residual = np.linalg.norm(C @ Y - X)
    size = np.linalg.norm(C, 2) * np.linalg.norm(Y) + np.linalg.norm(X)
    assert residual < 50 * EPS * size


def test_circulant_solve_refuses_a_zero_eigenvalue():
    with pytest.raises(Singular, match=r"order 5 is singular \(its eigenvalue 0"):
        circulant_solve(np.array([0.1, 0.2, 0.3, -0.7, 0.1]), np.ones(5))
    with pytest.raises(Singular, match="order 3 is singular"):
        circulant_solve(np.zeros(3), np.ones(3))
    # a difference operator: eigenvalue 0 belongs to the constant vector
    with pytest.raises(Singular, match=r"order 6 is singular \(its eigenvalue 0"):
        circulant_solve(np.array([2.0, -1, 0, 0, 0, -1]), np.ones((6, 2)))


def test_circulant_solve_near_a_singular_matrix():
    n, shift = 6, 1e-10
    column = np.array([2.0 + shift, -1, 0, 0, 0, -1])
    got = circulant_solve(column, np.ones(n))
    assert np.max(np.abs(got * shift - 1.0)) < 1e-5  # condition number 4e10


def test_direct_products_keep_small_entries():
    """Graded data: below the change of method each entry is right by itself."""
    n = 60
    column = 2.0 ** -np.arange(n)
    row = np.zeros(n)
    row[0] = column[0]
    x = 4.0 ** -np.arange(n)
    with mpmath.workdps(50):
        exact = [
            float(
                mpmath.fsum(mpmath.mpf(2) ** (-(i - j) - 2 * j) for j in range(i + 1))
            )
            for i in range(n)
        ]
    got = toeplitz_product(column, row, x)
    assert np.max(np.abs(got / exact - 1.0)) < n * EPS


def test_transformed_products_are_right_to_the_largest_entry(rng):
    """The documented loss: the error is a multiple of |t| |x|, not of each entry."""
    n = 600
    decay = 0.9 ** np.arange(n)
    got = toeplitz_product(decay, decay, decay)
    T = scipy.linalg.toeplitz(decay)
    error = np.abs(got - T @ decay)
    assert np.max(error) < 20 * EPS * np.linalg.norm(decay) ** 2 * 2


# Sums


@pytest.mark.parametrize(("m", "n"), [*SHAPES, (129, 64), (64, 200), (128, 128)])
@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("layout", ["C", "F", "strided", "reversed"])
def test_sums_over_diagonals_are_exact_for_integers(m, n, dtype, layout, rng):
    G = rng.integers(-9, 10, (m, n)).astype(dtype)
    if dtype is complex:
        G += 1j * rng.integers(-9, 10, (m, n))
    if layout == "F":
        G = np.asfortranarray(G)
    elif layout == "strided":
        G = np.repeat(np.repeat(G, 2, axis=0), 3, axis=1)[::2, ::3]
    elif layout == "reversed":
        G = G[::-1, ::-1]
    G.flags.writeable = False
    assert np.array_equal(diagonal_sums(G), naive_diagonal_sums(G))
    assert np.array_equal(antidiagonal_sums(G), naive_antidiagonal_sums(G))
    S = G[: min(m, n), : min(m, n)]
    assert np.array_equal(wrapped_sums(S), naive_wrapped_sums(S))


def test_the_order_of_the_sums_is_that_of_trace(rng):
    G = rng.integers(-9, 10, (4, 6)).astype(float)
    assert list(diagonal_sums(G)) == [np.trace(G, k) for k in range(-3, 6)]
    flipped = G[:, ::-1]
    assert list(antidiagonal_sums(G)) == [
        np.trace(flipped, k) for k in range(5, -4, -1)
    ]


# for (400, 350) the correlation is chosen at every k, for (150, 150) up to k = 32
@pytest.mark.parametrize(
    ("m", "n"), [(1, 1), (2, 2), (1, 5), (5, 1), (7, 4), (150, 150), (400, 350)]
)
@pytest.mark.parametrize(("a", "b"), DTYPES)
@pytest.mark.parametrize("k", [1, 2, 90])
def test_sums_of_a_product_that_is_not_formed(m, n, a, b, k, rng):
    left, right = normal((m, k), a, rng), normal((n, k), b, rng)
    left.flags.writeable = right.flags.writeable = False
    G = left @ right.conj().T
    bound = 100 * EPS * np.linalg.norm(left) * np.linalg.norm(right)
    assert close(diagonal_sums(left, right), naive_diagonal_sums(G), bound)
    assert close(antidiagonal_sums(left, right), naive_antidiagonal_sums(G), bound)
    size = min(m, n)
    left, right, G = left[:size], right[:size], G[:size, :size]
    assert close(wrapped_sums(left, right), naive_wrapped_sums(G), bound)


def test_sums_with_no_columns():
    for n in (3, 300):
        none = np.zeros((n, 0))
        assert np.array_equal(diagonal_sums(none, none), np.zeros(2 * n - 1))


@pytest.mark.parametrize("n", [3, 500])
def test_wrong_sizes(n):
    column, row, X = np.ones(n + 1), np.ones(n), np.ones(n + 2)
    message = rf"X must have {n} rows, the length of row, got {n + 2}"
    with pytest.raises(ValueError, match=message):
        toeplitz_product(column, row, X)
    with pytest.raises(ValueError, match=message):
        hankel_product(column, row, X)
    for call in (circulant_product, circulant_solve):
        with pytest.raises(ValueError, match=rf"X must have {n} rows.*got {n + 2}"):
            call(row, X)
