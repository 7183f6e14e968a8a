import mpmath
import numpy as np
import pytest

from matopt.errors import NotPositiveDefinite, OutOfDomain, Singular
from matopt.linalg import LU, Cholesky, check_positive_definite

SIZES = [1, 2, 5, 80, 200]
LAYOUTS = ["C", "F", "strided", "read-only"]
EPS = np.finfo(float).eps


def normal(shape, dtype, rng):
    A = rng.standard_normal(shape)
    return A if dtype is float else A + 1j * rng.standard_normal(shape)


def in_layout(A, layout):
    if layout == "F":
        return np.asfortranarray(A)
    if layout == "strided":
        larger = np.full((2 * len(A), 3 * A.shape[1]), np.nan, dtype=A.dtype)
        larger[::2, ::3] = A
        return larger[::2, ::3]
    A = np.ascontiguousarray(A)
    A.flags.writeable = layout != "read-only"
    return A


def orthogonal(n, dtype, rng):
    return np.linalg.qr(normal((n, n), dtype, rng))[0]


def with_eigenvalues(values, dtype, rng):
    Q = orthogonal(len(values), dtype, rng)
    A = (Q * values) @ Q.conj().T
    return (A + A.conj().T) / 2


def definite(n, dtype, rng):
    return with_eigenvalues(np.geomspace(0.1, 10.0, n), dtype, rng)


def backward_error(A, X, B, norm=None):
    """The smallest relative change of A and B that makes X exact, column by column.

    ``norm``: the largest singular value of A, where it is known.
    """
    residual = np.linalg.norm(A @ X - B, axis=0)
    norm = np.linalg.norm(A, 2) if norm is None else norm
    size = norm * np.linalg.norm(X, axis=0) + np.linalg.norm(B, axis=0)
    return np.max(residual / size, initial=0.0)


def test_a_factor_is_assembled_of_blocks(rng):
    rows = [np.array([0, 2, 5]), np.array([1]), np.array([3, 4])]
    A = np.zeros((6, 6))
    for r in rows:
        F = rng.standard_normal((len(r), len(r)))
        A[np.ix_(r, r)] = F @ F.T + np.eye(len(r))
    parts = [(r, Cholesky.of(A[np.ix_(r, r)])) for r in rows]
    without = Cholesky.assemble(parts, 6)
    for _, part in parts:
        _ = part.inverse
    for whole in (without, Cholesky.assemble(parts, 6)):
        np.testing.assert_allclose(whole.L, np.linalg.cholesky(A), atol=1e-13)
        assert whole.logdet == pytest.approx(np.linalg.slogdet(A)[1])
        np.testing.assert_allclose(whole.inverse, np.linalg.inv(A), atol=1e-12)
    assert "inverse" in vars(whole)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_cholesky(n, dtype, layout, rng):
    A = in_layout(definite(n, dtype, rng), layout)
    before = A.copy()
    C = Cholesky.of(A)
    assert np.array_equal(np.triu(C.L, 1), np.zeros((n, n)))
    assert np.all(np.diagonal(C.L).real > 0)
    assert np.max(np.abs(C.L @ C.L.conj().T - A)) < 50 * n * EPS
    assert abs(C.logdet - np.log(np.geomspace(0.1, 10.0, n)).sum()) < 1e-11 * n
    assert np.array_equal(C.inverse, C.inverse.conj().T)
    assert np.max(np.abs(A @ C.inverse - np.eye(n))) < 1e-12
    assert np.array_equal(A, before)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("b", [float, complex])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_cholesky_solves(n, dtype, b, layout, rng):
    A = definite(n, dtype, rng)
    C, norm = Cholesky.of(A), 0.1 if n == 1 else 10.0  # by construction
    B = in_layout(normal((n, 3), b, rng), layout)
    before = B.copy()
    for solve in (C.solve, C.solve_herm):
        assert backward_error(A, solve(B), B, norm) < 50 * EPS
        assert solve(B[:, 0]).shape == (n,)
        assert np.allclose(solve(B[:, 0]), solve(B)[:, 0], rtol=1e-12, atol=1e-13)
        assert solve(B[:, :0]).shape == (n, 0)
    assert backward_error(C.L, C.whiten(B), B, norm**0.5) < 50 * EPS
    assert backward_error(C.L.conj().T, C.unwhiten(B), B, norm**0.5) < 50 * EPS
    assert np.array_equal(B, before)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("dtype", [float, complex])
def test_congruence_and_composition(n, dtype, rng):
    A, S = (definite(n, dtype, rng) for _ in range(2))
    C = Cholesky.of(A)
    W = C.congruence(S)
    assert np.max(np.abs(C.L @ W @ C.L.conj().T - S)) < 1e-12
    D = C.compose(Cholesky.of(S))
    assert np.array_equal(np.triu(D.L, 1), np.zeros((n, n)))
    assert np.max(np.abs(D.L @ D.L.conj().T - C.L @ S @ C.L.conj().T)) < 1e-11


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_lu(n, dtype, layout, rng):
    A = in_layout(normal((n, n), dtype, rng), layout)
    before = A.copy()
    F = LU(A)
    sign, logdet = np.linalg.slogdet(A)
    singular = np.linalg.svd(A, compute_uv=False)
    condition = singular[0] / singular[-1]
    assert abs(F.logdet - logdet) < 1e-13 * n * condition
    assert abs(F.sign - sign) < 1e-13 * n * condition
    assert np.max(np.abs(A @ F.inverse - np.eye(n))) < 100 * n * EPS * condition
    for b in (float, complex):
        B = normal((n, 3), b, rng)
        for X, M in ((F.solve(B), A), (F.solve_herm(B), A.conj().T)):
            # partial pivoting: growth of order n^(2/3) on random matrices
            assert backward_error(M, X, B, singular[0]) < 20 * max(n, 5) * EPS
        assert F.solve(B[:, 0]).shape == (n,)
        assert F.solve(B[:, :0]).shape == (n, 0)
    assert np.array_equal(A, before)


@pytest.mark.parametrize("dtype", [float, complex])
def test_determinants_of_either_sign(dtype, rng):
    permutation = np.eye(5, dtype=dtype)[[1, 0, 2, 3, 4]]
    assert LU(permutation).sign == -1.0
    assert LU(-np.eye(4, dtype=dtype)).sign == 1.0
    assert LU(-np.eye(5, dtype=dtype)).sign == -1.0
    assert LU(np.diag([2.0, -3.0, 4.0]).astype(dtype)).logdet == pytest.approx(
        np.log(24.0)
    )


def test_the_sign_of_a_complex_determinant():
    F = LU(np.diag([1j, 2.0, 3.0 + 4.0j]))
    assert F.sign == pytest.approx(1j * (0.6 + 0.8j))
    assert isinstance(F.sign, complex)
    assert isinstance(LU(np.eye(2)).sign, float)


@pytest.mark.parametrize("n", [5, 80])
@pytest.mark.parametrize("dtype", [float, complex])
def test_backward_errors_at_condition_number_1e12(n, dtype, rng):
    values = np.geomspace(1e-12, 1.0, n)
    B = normal((n, 3), dtype, rng)
    A = with_eigenvalues(values, dtype, rng)
    assert backward_error(A, Cholesky.of(A).solve(B), B) < 50 * EPS
    M = (orthogonal(n, dtype, rng) * values) @ orthogonal(n, dtype, rng)
    assert backward_error(M, LU(M).solve(B), B) < 50 * EPS
    assert backward_error(M.conj().T, LU(M).solve_herm(B), B) < 50 * EPS


def test_logdet_of_the_hilbert_matrix_against_fifty_digits():
    n = 8  # condition number 1.5e10
    H = 1.0 / (np.arange(n)[:, None] + np.arange(n) + 1.0)
    with mpmath.workdps(50):
        exact = mpmath.log(mpmath.det(mpmath.matrix(H.tolist())))
    for F in (Cholesky.of(H), LU(H)):
        assert abs(F.logdet - float(exact)) < 1.5e10 * EPS * n


def test_logdet_where_the_determinant_overflows():
    A = np.diag(np.full(200, 1e10))
    assert Cholesky.of(A).logdet == pytest.approx(2000 * np.log(10.0), rel=1e-14)
    assert LU(-A).logdet == pytest.approx(2000 * np.log(10.0), rel=1e-14)


@pytest.mark.parametrize("n", [2, 5, 80, 200])
@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_indefinite_by_the_order_of_the_leading_minor(n, dtype, layout):
    A = np.eye(n, dtype=dtype)
    A[n - 2, n - 2] = -1.0
    with pytest.raises(
        NotPositiveDefinite, match=rf"order {n} is not pos.*minor of order {n - 1} is"
    ):
        Cholesky.of(in_layout(A, layout))


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_order_one_not_positive(value):
    with pytest.raises(NotPositiveDefinite, match="order 1 is not positive definite"):
        Cholesky.of(np.array([[value]]))


@pytest.mark.parametrize("n", [1, 2, 5, 80, 200])
@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("order", ["C", "F"])
def test_nan_is_never_factorized(n, dtype, order):
    for i, j in {(0, 0), (n - 1, 0), (n - 1, n - 1), (n // 2, n // 3)}:
        A = 2.0 * np.eye(n, dtype=dtype, order=order)
        A[i, j] = A[j, i] = np.nan
        with pytest.raises(NotPositiveDefinite, match=f"order {n} has NaN"):
            Cholesky.of(A)
        with pytest.raises(Singular, match=f"order {n} has no finite LU factors"):
            LU(A)


@pytest.mark.parametrize("dtype", [float, complex])
def test_singular(dtype):
    A = np.array([[1.0, 2.0, 0.0], [2.0, 4.0, 0.0], [0.0, 0.0, 1.0]], dtype=dtype)
    with pytest.raises(Singular, match=r"order 3 is singular \(pivot 2 is zero\)"):
        LU(A)
    with pytest.raises(Singular, match="order 1 is singular"):
        LU(np.zeros((1, 1), dtype=dtype))
    zero = Cholesky(np.asfortranarray(np.diag([1.0, 0.0]).astype(dtype)))
    for refused in (lambda: zero.inverse, lambda: zero.whiten(np.ones((2, 1)))):
        with pytest.raises(Singular, match="pivot 2 of the Cholesky factor is zero"):
            refused()


def test_both_are_out_of_the_domain():
    assert issubclass(NotPositiveDefinite, OutOfDomain)
    assert issubclass(Singular, OutOfDomain)


@pytest.mark.parametrize("dtype", [float, complex])
def test_an_indefinite_matrix_is_refused_with_its_smallest_eigenvalue(dtype):
    check_positive_definite(np.eye(2, dtype=dtype), "Q")
    message = r"Q must be positive definite, its smallest eigenvalue is -0\.5; add"
    with pytest.raises(NotPositiveDefinite, match=message):
        check_positive_definite(np.diag([2.0, -0.5]).astype(dtype), "Q")
