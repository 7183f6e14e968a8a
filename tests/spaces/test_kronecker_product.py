import numpy as np
import pytest

from matopt.check import check_objective, check_solver, check_space
from matopt.errors import NotPositiveDefinite
from matopt.linalg import Scatter
from matopt.objectives import (
    GaussianLikelihood,
    GaussianPrecisionLikelihood,
    LogDet,
    SquaredDistance,
    TraceInverse,
)
from matopt.solvers import LBFGS, Stop, TrustRegion, minimize
from matopt.spaces import KroneckerProduct, PositiveDefinite, Symmetric

SPACES = [
    KroneckerProduct(p, q, dtype)
    for p, q in [(1, 1), (1, 3), (2, 1), (2, 3), (3, 2)]
    for dtype in (float, complex)
]


def _normal(shape, dtype, rng):
    X = rng.standard_normal(shape).astype(dtype)
    return X + 1j * rng.standard_normal(shape) if dtype is complex else X


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_conforms(space, rng):
    check_space(space, rng)


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_objectives_conform(space, rng):
    n, dtype = space.shape[0], space.dtype
    X = _normal((2 * n, n), dtype, rng)
    S = X.T @ X.conj() / n
    for f in (
        GaussianLikelihood(X),
        GaussianLikelihood(X[:2]),
        GaussianPrecisionLikelihood(X),
        LogDet() + 0.5 * TraceInverse(S),
        SquaredDistance(S),
    ):
        check_objective(f, space, rng)


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_the_geometry_is_that_of_positive_definite(space, rng):
    # one metric, one Hessian: the family is totally geodesic
    ambient = PositiveDefinite(space.p * space.q, space.dtype)
    f = GaussianLikelihood(_normal((9, ambient.n), space.dtype, rng))
    e = f.on(space).at(space.matrix(space.random(rng)))
    twin = f.on(ambient).at(e.matrix)
    L = twin.point.factor.L

    def lifted(v):
        half = np.linalg.solve(L, e.point.along(v))
        return np.linalg.solve(L, half.conj().T)

    u, v = (space.random_tangent(e.point, rng) for _ in range(2))
    U, V = lifted(u), lifted(v)
    assert e.inner(u, v) == pytest.approx(twin.inner(U, V), abs=1e-10)
    assert e.value == pytest.approx(twin.value, rel=1e-12)
    assert e.inner(e.gradient, v) == pytest.approx(
        twin.inner(twin.gradient, V), rel=1e-9, abs=1e-10
    )
    assert e.inner(u, e.hessp(v)) == pytest.approx(
        twin.inner(U, twin.hessp(V)), rel=1e-9, abs=1e-10
    )
    whole = twin.retract(0.1 * V).matrix
    np.testing.assert_allclose(e.retract(0.1 * v).matrix, whole, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_the_point_against_the_dense_matrix(space, rng):
    n = space.shape[0]
    point = space.point(space.random(rng))
    A = point.dense
    twin = Symmetric(n, space.dtype)
    dense = twin.point(twin.parameters(A))
    B = _normal((n, 3), space.dtype, rng)
    close = {"rtol": 1e-9, "atol": 1e-10}
    np.testing.assert_allclose(point.solve(B), np.linalg.solve(A, B), **close)
    np.testing.assert_allclose(
        point.solve(B[:, 0]), np.linalg.solve(A, B[:, 0]), **close
    )
    np.testing.assert_allclose(point.factor.inverse, np.linalg.inv(A), **close)
    assert point.logdet == pytest.approx(np.linalg.slogdet(A)[1], rel=1e-12, abs=1e-12)
    v = space.random_tangent(point, rng)
    V = twin.parameters(point.along(v))
    for one, two in (
        (point.logdet_gradient(), dense.logdet_gradient()),
        (point.gaussian(Scatter(B.T)).gradient, dense.gaussian(Scatter(B.T)).gradient),
        (point.inverse_trace(A @ A).gradient, dense.inverse_trace(A @ A).gradient),
    ):
        assert one @ v == pytest.approx(two @ V, rel=1e-9, abs=1e-10)


def _flip_flop(X, p, q):
    """Dutilleul's algorithm: each factor in closed form, given the other."""
    A, B = np.eye(p, dtype=X.dtype), np.eye(q, dtype=X.dtype)
    X = X.reshape(-1, p, q)
    for _ in range(400):
        A = sum(x @ np.linalg.inv(B).T @ x.conj().T for x in X) / (q * len(X))
        B = sum(x.T @ np.linalg.inv(A).T @ x.conj() for x in X) / (p * len(X))
    return np.kron(A, B)


@pytest.mark.parametrize("dtype", [float, complex])
def test_the_fit_is_that_of_the_flip_flop_algorithm(dtype, rng):
    p, q = 4, 3
    mixing = np.kron(_normal((p, p), dtype, rng), _normal((q, q), dtype, rng))
    X = _normal((15, p * q), dtype, rng) @ mixing.T
    f = GaussianLikelihood(X)  # nearly as few samples as features
    space = KroneckerProduct(p, q, dtype)
    expected = _flip_flop(X, p, q)
    result = minimize(f.on(space), stop=Stop(gradient_norm=1e-9))
    assert result.success
    scale = np.max(np.abs(expected))
    np.testing.assert_allclose(result.matrix, expected, rtol=1e-7, atol=1e-8 * scale)
    start = f.on(space).start()
    check_solver(TrustRegion(), start, gradient_norm=1e-9, max_iterations=15)
    check_solver(LBFGS(), start, gradient_norm=1e-9, max_iterations=50)


def test_fewer_samples_than_features_are_enough(rng):
    f = GaussianLikelihood(rng.standard_normal((5, 24)))
    assert minimize(f.on(KroneckerProduct(6, 4))).success


def test_nothing_of_the_whole_order_is_formed(rng):
    import tracemalloc

    p = q = 30  # the matrix would have 6.5 MB
    f = GaussianLikelihood(rng.standard_normal((4, p * q)))
    space = KroneckerProduct(p, q)
    tracemalloc.start()
    e = f.on(space).start()
    e.hessp(e.gradient)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2e6


def test_start_is_the_partial_traces(rng):
    space = KroneckerProduct(2, 3)
    A = space.matrix(space.random(rng))
    np.testing.assert_allclose(space.matrix(space.near(Scatter.of_covariance(A))), A)
    assert space.near(Scatter(np.zeros((2, 6)))) is None
    assert space.near(Scatter(rng.standard_normal((1, 6)))) is None  # q > p m


def test_a_pair_of_factors_is_a_start(rng):
    space = KroneckerProduct(2, 2)
    A, B = np.diag([1.0, 2.0]), np.array([[2.0, 1.0], [1.0, 2.0]])
    np.testing.assert_allclose(space.matrix(space.admit((A, B))), np.kron(A, B))
    x = space.random(rng)
    np.testing.assert_array_equal(space.admit(x), x)


def test_description():
    space = KroneckerProduct(3, 2, complex)
    assert repr(space) == "KroneckerProduct(3, 2, dtype=complex)"
    assert (space.shape, space.dimension, space.hermitian) == ((6, 6), 12, True)
    assert KroneckerProduct(3, 2).dimension == 8


def test_wrong_arguments(rng):
    space = KroneckerProduct(2, 2)
    with pytest.raises(ValueError, match="product of its partial traces"):
        space.parameters(np.diag([1.0, 2.0, 3.0, 4.0]))
    with pytest.raises(NotPositiveDefinite, match="the factor A of matrix must be"):
        space.parameters(np.kron(np.diag([3.0, -1.0]), np.eye(2)))
    with pytest.raises(ValueError, match=r"start must be \(A, B\) .* a tuple of 3"):
        space.admit((1, 2, 3))
    with pytest.raises(ValueError, match=r"start must have shape \(8,\), got \(3,\)"):
        space.admit(np.ones(3))
    with pytest.raises(TypeError, match="matrix must be real"):
        space.parameters(np.eye(4) + 0j)


def test_the_velocity_of_a_long_step_is_its_derivative(rng):
    # where the determinant of the second factor has moved too
    space = KroneckerProduct(2, 3)
    start = space.point(space.random(rng))
    v = 6.0 * space.random_tangent(start, rng)
    end = space.retract(start, v)
    h = 1e-5
    ahead, behind = (space.retract(start, (1 + s * h) * v).dense for s in (1, -1))
    moved = end.along(space.velocity(start, end, v))
    np.testing.assert_allclose((ahead - behind) / (2 * h), moved, rtol=1e-6, atol=1e-7)
