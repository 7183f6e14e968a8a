import sys

import numpy as np
import pytest

from matopt.check import check_solver
from matopt.objectives import (
    DesignLeastSquares,
    Evaluation,
    FrobeniusNorm,
    GaussianLikelihood,
    GaussianPrecisionLikelihood,
    L1Norm,
    LinearTrace,
    LogDet,
    Nonnegative,
    NuclearNorm,
    Objective,
    QuadraticTrace,
    Residual,
    SquaredDistance,
    TraceInverse,
    TwoNorm,
    WeightedLeastSquares,
)
from matopt.solvers import Convex, Status, Stop, minimize
from matopt.spaces import (
    Dense,
    Fisher,
    Hankel,
    HermitianToeplitz,
    LowerTriangular,
    PositiveDefinite,
    Product,
    Sphere,
    Symmetric,
    Toeplitz,
)

cp = pytest.importorskip("cvxpy")


class SquareTo(Objective):
    """|X - T|^2 / 2."""

    def __init__(self, T):
        self.T = np.asarray(T)

    def __repr__(self):
        return "SquareTo(T)"

    def at(self, point):
        return SquareToAt(self, point)

    def convex(self, cp, X):
        return 0.5 * cp.sum_squares(X - self.T)


class SquareToAt(Evaluation):
    @property
    def value(self):
        return 0.5 * float(np.sum(np.abs(self.point.dense - self.f.T) ** 2))

    @property
    def gradient(self):
        return self.point.adjoint(self.point.dense - self.f.T)

    def hessp(self, v):
        return self.point.adjoint(self.point.along(v))


def samples(n, rng, dtype=float):
    Y = rng.standard_normal((4 * n, n))
    return Y if dtype is float else Y + 1j * rng.standard_normal((4 * n, n))


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize("family", [Symmetric, PositiveDefinite])
def test_the_precision_is_the_inverse_covariance(family, n, dtype, rng):
    f = GaussianPrecisionLikelihood(samples(n, rng, dtype))
    problem, start = f.on(family(n, dtype=dtype)), 9 * np.eye(n)
    result = minimize(problem, start, solver=Convex(), stop=Stop(1e-2))
    assert result.success and result.nit == 1 and result.nfev == 2
    K = np.linalg.inv(f.covariance)
    np.testing.assert_allclose(result.matrix, K, atol=2e-3 * np.abs(K).max())


@pytest.mark.parametrize("family", [Symmetric, PositiveDefinite])
def test_a_sum_of_terms(family, rng):
    # S - K^-1 + c (K - T) = 0 with diagonal S, T: c K^2 + (S - c T) K - 1 = 0
    s, t, c = np.array([1.0, 2.0, 0.5]), np.array([1.0, -1.0, 3.0]), 0.7
    S, T = np.diag(s), np.diag(t)
    f = GaussianPrecisionLikelihood.from_covariance(S) + c * SquareTo(T)
    result = minimize(f.on(family(3)), solver=Convex(), stop=Stop(1e-3))
    b = s - c * t
    k = (-b + np.sqrt(b * b + 4 * c)) / (2 * c)
    assert result.success
    np.testing.assert_allclose(result.matrix, np.diag(k), atol=1e-3)


@pytest.mark.parametrize("dtype", [float, complex])
def test_a_structure_is_searched_by_its_parameters(dtype, rng):
    n = 4
    T = rng.standard_normal((n, n)) + (
        0 if dtype is float else 1j * rng.standard_normal((n, n))
    )
    result = minimize(
        SquareTo(T).on(Symmetric(n, dtype=dtype)), solver=Convex(), stop=Stop(1e-4)
    )
    assert result.success and result.matrix.dtype == dtype
    np.testing.assert_allclose(result.matrix, (T + T.conj().T) / 2, atol=1e-4)


def test_the_nearest_toeplitz_matrix_is_the_mean_of_each_diagonal(rng):
    n = 4
    T = rng.standard_normal((n, n))
    start = np.zeros((n, n))
    result = minimize(
        SquareTo(T).on(Toeplitz(n)), start, solver=Convex(), stop=Stop(1e-4)
    )
    assert result.success
    for k in range(1 - n, n):
        diagonal = np.diag(result.matrix, k)
        np.testing.assert_allclose(diagonal, np.diag(T, k).mean(), atol=1e-4)


@pytest.mark.parametrize(
    "space",
    [
        Symmetric(1),
        Symmetric(3),
        Symmetric(3, dtype=complex),
        Toeplitz(4),
        Hankel(3, dtype=complex),
        HermitianToeplitz(4),
    ],
)
def test_the_expression_of_a_structure_is_its_matrix(space, rng):
    X, constraints = space.expression(cp)
    (theta,) = X.variables()
    theta.value = space.random(rng)
    np.testing.assert_allclose(X.value, space.matrix(theta.value), rtol=1e-15)
    assert constraints == []


def test_it_conforms(rng):
    f = GaussianPrecisionLikelihood(samples(3, rng))
    start = f.on(Symmetric(3)).at(np.eye(3))
    check_solver(Convex("CLARABEL"), start, gradient_norm=1e-2)


def test_what_cvxpy_calls_optimal_is_not_converged_by_our_test(rng):
    f = GaussianPrecisionLikelihood(samples(3, rng))
    result = minimize(f.on(Symmetric(3)), solver=Convex(), stop=Stop(0.0))
    assert result.status is Status.OUTSIDE_SOLVER_STOPPED and not result.success
    assert result.detail.startswith("cvxpy with ") and "optimal" in result.detail


@pytest.mark.parametrize("family", [Symmetric, PositiveDefinite])
@pytest.mark.parametrize("options", [("CLARABEL",), ("SCS", {"max_iters": 500})])
def test_a_problem_without_a_minimum_never_converges(family, options):
    Y = np.array([[1.0, 2.0, 3.0], [1.0, 0.0, 1.0]])  # 2 samples of 3 features
    f = GaussianPrecisionLikelihood(Y) + 1e-99 * LinearTrace(np.eye(3))  # not refused
    result = minimize(f.on(family(3)), solver=Convex(*options), stop=Stop(1e-3))
    assert not result.success and result.detail


class Slope(SquareTo):
    def convex(self, cp, X):
        return cp.trace(X)


def test_an_unbounded_problem_is_called_so():
    f = Slope(np.eye(2))  # what cvxpy sees falls without limit
    result = minimize(f.on(Symmetric(2)), 2 * np.eye(2), solver=Convex())
    assert result.status is Status.UNBOUNDED and "unbounded" in result.detail
    assert result.nit == 0 and result.fun == 1.0


class Impossible(SquareTo):
    def convex(self, cp, X):
        return cp.trace(X) + cp.transforms.indicator(
            [cp.trace(X) <= -1, X[0, 0] >= 1, X[1, 1] >= 1]
        )


def test_a_claim_of_infeasibility_is_quoted_not_believed():
    f = Impossible(np.eye(2))
    result = minimize(f.on(Symmetric(2)), 2 * np.eye(2), solver=Convex())
    assert result.status is Status.OUTSIDE_SOLVER_STOPPED
    assert "infeasible" in result.detail and result.fun == 1.0


def test_a_solution_on_the_edge_of_the_domain_says_so():
    f = GaussianPrecisionLikelihood.from_covariance(np.diag([2.0, 4.0]))
    f.convex = lambda cp, X: cp.sum_squares(X + 1e-9 * np.eye(2))
    result = minimize(f.on(Symmetric(2)), solver=Convex())
    assert result.status is Status.LEFT_DOMAIN and np.isfinite(result.fun)
    assert "by rounding is outside the domain" in result.detail


def test_a_solver_that_gives_up_is_quoted(rng):
    f = GaussianPrecisionLikelihood(samples(3, rng))
    solver = Convex("CLARABEL", {"max_iter": 1})
    result = minimize(f.on(Symmetric(3)), solver=solver)
    assert result.status is Status.OUTSIDE_SOLVER_STOPPED
    assert result.detail.startswith("cvxpy")


# Other objectives, against closed forms


def square_root(A):
    values, Q = np.linalg.eigh(A)
    return (Q * np.sqrt(values)) @ Q.conj().T


def positive(n, rng, dtype=float):
    Y = samples(n, rng, dtype)
    return Y.T @ Y.conj() / len(Y) + np.eye(n)


def solved(f, space, start, tolerance=1e-3):
    result = minimize(f.on(space), start, solver=Convex(), stop=Stop(tolerance))
    assert result.success
    return result.matrix


def test_weighted_least_squares(rng):
    A, x, W = rng.standard_normal((5, 3)), rng.standard_normal(5), positive(5, rng)
    s = solved(WeightedLeastSquares(x, A, W), Dense(3), np.zeros(3))
    np.testing.assert_allclose(s, np.linalg.solve(A.T @ W @ A, A.T @ W @ x), atol=1e-3)


@pytest.mark.parametrize("dtype", [float, complex])
def test_the_design_of_least_squares(dtype, rng):
    x, s = samples(2, rng, dtype), samples(3, rng, dtype)[:8]
    X, s = x.T, s.T
    A = solved(
        DesignLeastSquares(X, s), Dense(2, 3, dtype=dtype), np.zeros((2, 3), dtype)
    )
    np.testing.assert_allclose(A, X @ np.linalg.pinv(s), atol=1e-3)


@pytest.mark.parametrize("dtype", [float, complex])
def test_a_trace_and_a_norm(dtype, rng):
    A = samples(3, rng, dtype)[:2]
    f = LinearTrace(A) + FrobeniusNorm()
    X = solved(f, Dense(3, 2, dtype=dtype), np.zeros((3, 2), dtype))
    np.testing.assert_allclose(X, -A.conj().T / 2, atol=1e-3)


def test_a_norm_that_is_not_squared(rng):
    a = 2.0 * rng.standard_normal(3)
    f = TwoNorm(a, squared=False) + FrobeniusNorm()
    x = solved(f, Dense(3), np.zeros(3))
    np.testing.assert_allclose(x, a / (2 * np.linalg.norm(a)), atol=1e-3)


def test_a_residual(rng):
    A, B, C = positive(3, rng), positive(2, rng), rng.standard_normal((3, 2))
    X = solved(Residual(A, B, C), Dense(3, 2), np.zeros((3, 2)), 1e-2)
    np.testing.assert_allclose(
        X, -np.linalg.solve(A, np.linalg.solve(B.T, C.T).T), atol=1e-2
    )


@pytest.mark.parametrize("dtype", [float, complex])
def test_log_det_and_a_trace(dtype, rng):
    A = positive(3, rng, dtype)
    f = LinearTrace(A) - LogDet()
    X = solved(f, PositiveDefinite(3, dtype=dtype), 9 * np.eye(3), 1e-2)
    np.testing.assert_allclose(X, np.linalg.inv(A), atol=1e-2)


@pytest.mark.parametrize(
    "space", [Symmetric(3), PositiveDefinite(3), Fisher(Symmetric(3))]
)
def test_the_trace_of_the_inverse(space, rng):
    B, C = positive(3, rng), positive(3, rng)
    f = TraceInverse(B) + LinearTrace(C)
    R = square_root(C)  # X C X = B
    X = np.linalg.solve(R, np.linalg.solve(R, square_root(R @ B @ R)).T)
    np.testing.assert_allclose(solved(f, space, 9 * np.eye(3), 1e-2), X, atol=1e-2)


@pytest.mark.parametrize("dtype", [float, complex])
def test_norms_with_kinks(dtype, rng):
    T = samples(3, rng, dtype)[:4]
    for g in (L1Norm(off_diagonal=False), NuclearNorm()):
        f = FrobeniusNorm() + LinearTrace(-T.conj().T) + g  # |X - T/2|^2 + g
        result = minimize(
            f.on(Dense(4, 3, dtype)),
            np.zeros((4, 3), dtype),
            solver=Convex("CLARABEL"),
            stop=Stop(1e-2),
        )
        assert result.success
        X = g.prox(T / 2, 0.5)
        np.testing.assert_allclose(result.matrix, X, atol=1e-3)
        if isinstance(g, L1Norm):  # the proximal step makes small entries zeros
            np.testing.assert_array_equal(result.matrix == 0, X == 0)


def test_a_complex_lasso_where_the_choice_of_cvxpy_cannot(rng):
    Q, _ = np.linalg.qr(samples(3, rng, complex))
    b = Q @ np.array([2.0 + 1j, 0.1j, -1.0])
    f = WeightedLeastSquares(b, Q) + L1Norm(off_diagonal=False)
    result = minimize(f.on(Dense(3, dtype=complex)), solver=Convex(), stop=Stop(1e-4))
    assert result.success
    # |x - Q^H b|^2 + |x|_1 shrinks each modulus by 1/2
    shrunk = np.array([(2.0 + 1j) * (1 - 0.5 / np.sqrt(5)), 0.0, -0.5])
    np.testing.assert_allclose(result.matrix, shrunk, atol=1e-4)


def test_nothing_of_an_indicator_is_nothing():
    T = np.array([[-1.0, 2.0], [3.0, -4.0]])
    for g in (Nonnegative(), L1Norm()):
        f = SquaredDistance(T) + 0 * g
        result = minimize(f.on(Dense(2, 2)), solver=Convex())
        assert result.success
        np.testing.assert_allclose(result.matrix, T, atol=1e-6)


def test_the_graphical_lasso(rng):
    w = rng.uniform(0.1, 0.3, size=(4, 4))
    f = GaussianPrecisionLikelihood(samples(4, rng)) + L1Norm(weights=w + w.T)
    best = minimize(f.on(Symmetric(4)), stop=Stop(1e-9))
    result = minimize(f.on(PositiveDefinite(4)), solver=Convex(), stop=Stop(1e-3))
    assert result.success
    np.testing.assert_allclose(result.matrix, best.matrix, atol=1e-3)


def test_two_unknowns_at_once(rng):
    S, T = positive(2, rng), rng.standard_normal((2, 3))
    f = GaussianPrecisionLikelihood.from_covariance(S).of(0) + SquareTo(T).of(1)
    space = Product(PositiveDefinite(2), Dense(2, 3))
    K, X = solved(f, space, (np.eye(2), np.zeros((2, 3))), 1e-2)
    np.testing.assert_allclose(K, np.linalg.inv(S), atol=1e-2)
    np.testing.assert_allclose(X, T, atol=1e-2)


# Refusals


def test_an_objective_that_is_not_convex_is_named(rng):
    f = GaussianPrecisionLikelihood(samples(2, rng))
    with pytest.raises(TypeError, match=r"-1 \* GaussianPrec.* is not convex by the"):
        minimize((-f).on(Symmetric(2)), solver=Convex())
    g = GaussianLikelihood(samples(2, rng))
    with pytest.raises(TypeError, match="GaussianLikelihood is not known to be convex"):
        minimize(g.on(Symmetric(2)), solver=Convex())


@pytest.mark.parametrize("dtype", [float, complex])
def test_constants_are_hermitian_only_up_to_rounding(dtype, rng):
    F = rng.standard_normal((3, 3)).astype(dtype)
    if dtype is complex:
        F += 1j * rng.standard_normal((3, 3))
    M = F @ F.conj().T
    M = M + np.triu(np.full((3, 3), 1e-15), 1)  # as products leave it
    B = 3 * np.eye(3) + np.eye(3, k=1)  # of the form x^H B x its Hermitian part counts
    f = QuadraticTrace(M, B) + TraceInverse(M) + TraceInverse(B)
    space = Symmetric(3, dtype)
    X = solved(f, space, np.eye(3), 1e-2)
    own = minimize(f.on(space), stop=Stop(gradient_norm=1e-9))
    np.testing.assert_allclose(X, own.matrix, atol=1e-2)


@pytest.mark.parametrize("space", [Dense(2, 2), LowerTriangular(2), Toeplitz(2)])
@pytest.mark.parametrize("f", [-LogDet(), TraceInverse(np.eye(2))], ids=repr)
def test_what_is_convex_on_hermitian_matrices_alone_is_refused_elsewhere(f, space):
    # cvxpy would search the positive definite ones only: here f has another minimum
    f = f + SquareTo(-2 * np.eye(2))
    with pytest.raises(TypeError, match="is not known to be convex"):
        minimize(f.on(space), np.eye(2), solver=Convex())


def test_a_space_that_is_not_convex_is_named():
    f = SquareTo(np.ones(3)).on(Sphere(3))
    with pytest.raises(TypeError, match=r"Sphere\(3\) .*Convex cannot"):
        minimize(f, solver=Convex())


def test_an_unknown_solver_is_refused():
    f = SquareTo(np.eye(2)).on(Symmetric(2))
    with pytest.raises(ValueError, match=r"got 'CLARABELL'; did you mean .CLARABEL.\?"):
        minimize(f, solver=Convex("CLARABELL"))


def test_without_the_extra_the_error_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "cvxpy", None)
    f = SquareTo(np.eye(2)).on(Symmetric(2))
    with pytest.raises(ImportError, match=r"pip install 'matopt\[cvx\]'"):
        minimize(f, solver=Convex())


def test_settings_are_values():
    assert Convex() == Convex(None, {}) and hash(Convex("SCS")) == hash(Convex("SCS"))
    assert repr(Convex("SCS")) == "Convex(solver='SCS', options={})"
    with pytest.raises(AttributeError):
        Convex().solver = "SCS"
    with pytest.raises(TypeError, match=r"options must be a dict of what .* got int"):
        Convex(options=3)
