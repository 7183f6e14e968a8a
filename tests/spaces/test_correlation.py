import numpy as np
import pytest

from matopt.check import check_objective, check_solver, check_space, slope
from matopt.errors import NotPositiveDefinite
from matopt.linalg import Scatter
from matopt.objectives import (
    GaussianLikelihood,
    GaussianPrecisionLikelihood,
    LogDet,
    SquaredDistance,
    TraceInverse,
)
from matopt.solvers import LBFGS, Convex, Stop, TrustRegion, minimize
from matopt.spaces import Correlation, LinearSpan

SPACES = [Correlation(n, dtype) for n in (1, 2, 5) for dtype in (float, complex)]
CURVED = [space for space in SPACES if space.n > 1]


def _samples(m, n, dtype, rng):
    X = rng.standard_normal((m, n)).astype(dtype)
    return X + 1j * rng.standard_normal((m, n)) if dtype is complex else X


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_conforms(space, rng):
    check_space(space, rng)


@pytest.mark.parametrize("space", CURVED, ids=repr)
def test_objectives_conform(space, rng):
    n, dtype = space.n, space.dtype
    X = _samples(9, n, dtype, rng)
    S = X.T @ X.conj()
    for f in (
        GaussianLikelihood(X),
        GaussianPrecisionLikelihood(X),
        LogDet() + 0.5 * TraceInverse(S),
        SquaredDistance(S),
    ):
        check_objective(f, space, rng)


def _off_diagonal(space):
    """The free entries as a linear family, to which the identity is added."""
    n = space.n
    places = [(i, j) for i in range(n) for j in range(i)]
    units = [1.0] if space.dtype is float else [1.0, 1.0j]
    basis = np.zeros((len(units) * len(places), n, n), dtype=space.dtype)
    for k, (unit, (i, j)) in enumerate((u, p) for u in units for p in places):
        basis[k, i, j], basis[k, j, i] = unit, np.conj(unit)
    return LinearSpan(basis)


def _information(S, A):
    P = np.linalg.inv(A)
    return np.array([[np.trace(P @ b @ P @ c).real for c in S] for b in S])


@pytest.mark.parametrize("space", CURVED, ids=repr)
def test_the_metric_is_the_information_of_the_free_entries(space, rng):
    family = _off_diagonal(space)
    C = space.random(rng)
    point = space.point(C)
    u, v = (space.random_tangent(point, rng) for _ in range(2))
    a, b = (family.parameters(point.along(w)) for w in (u, v))
    F = _information(family.basis(), C)
    assert space.inner(point, u, v) == pytest.approx(a @ F @ b, rel=1e-9, abs=1e-11)
    # the gradient then is the natural one
    f = GaussianLikelihood(_samples(9, space.n, space.dtype, rng))
    e = f.on(space).at(C)
    P = np.linalg.inv(C)
    g = family.adjoint(P - P @ f.covariance @ P)
    natural = np.linalg.solve(F, g)
    np.testing.assert_allclose(
        family.parameters(point.along(e.gradient)),
        natural,
        rtol=1e-8,
        atol=1e-9,
    )


@pytest.mark.parametrize("dtype", [float, complex])
def test_acceleration_is_that_of_the_levi_civita_connection(dtype, rng):
    # theta''_k = -F^-1_kl (d_i F_jl + d_j F_il - d_l F_ij) v_i v_j / 2
    space = Correlation(3, dtype)
    S = _off_diagonal(space).basis()
    C = space.random(rng)
    point = space.point(C)
    w = space.random_tangent(point, rng)
    v = _off_diagonal(space).parameters(point.along(w))
    h = 1e-5

    def derivative(u):
        D = np.tensordot(u, S, axes=1)
        return (_information(S, C + h * D) - _information(S, C - h * D)) / (2 * h)

    by_l = np.array([v @ derivative(unit) @ v for unit in np.eye(len(S))])
    F = _information(S, C)
    expected = -np.linalg.solve(F, derivative(v) @ v - by_l / 2)
    t = 1e-3
    ahead, behind = (space.retract(point, s * t * w).dense for s in (1, -1))
    acceleration = _off_diagonal(space).parameters((ahead + behind - 2 * C) / t**2)
    np.testing.assert_allclose(acceleration, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("digits", [2, 10])
def test_solvers_find_the_stationary_point(dtype, digits, rng):
    n = 12
    Q, _ = np.linalg.qr(_samples(n, n, dtype, rng))
    A = (Q * np.logspace(0, -digits, n)) @ Q.conj().T
    root = np.linalg.cholesky(A) / np.sqrt(A.diagonal().real)[:, None]
    f = GaussianLikelihood(_samples(3 * n, n, dtype, rng) @ root.T)
    e = f.on(Correlation(n, dtype)).start()
    check_solver(TrustRegion(), e, gradient_norm=1e-6, max_iterations=60)
    check_solver(LBFGS(), e, gradient_norm=1e-6, max_iterations=120)
    result = minimize(
        f.on(Correlation(n, dtype)), np.eye(n), stop=Stop(gradient_norm=1e-7)
    )
    assert result.success
    C = result.matrix
    np.testing.assert_allclose(C.diagonal(), 1.0, rtol=0, atol=1e-12)
    if digits == 2:  # (43), (63) vanish off the diagonal
        P = np.linalg.inv(C)
        G = P - P @ f.covariance @ P
        assert np.max(np.abs(G - np.diag(G.diagonal()))) < 1e-4


@pytest.mark.parametrize("dtype", [float, complex])
def test_precision_of_unit_diagonal_against_cvxpy(dtype, rng):
    pytest.importorskip("cvxpy")
    f = GaussianPrecisionLikelihood(_samples(20, 4, dtype, rng))
    one = minimize(f.on(Correlation(4, dtype)))
    two = minimize(f.on(Correlation(4, dtype)), solver=Convex())
    assert one.fun == pytest.approx(two.fun, abs=1e-6)
    np.testing.assert_allclose(one.matrix, two.matrix, atol=1e-3)


def test_the_diagonal_does_not_drift(rng):
    space = Correlation(6, complex)
    point = space.point(space.random(rng))
    for _ in range(200):
        point = space.retract(point, 0.3 * space.random_tangent(point, rng))
    np.testing.assert_allclose(point.dense.diagonal(), 1.0, rtol=0, atol=1e-14)


def test_retraction_is_of_second_order(rng):
    # the geodesic by small steps, to which the error of second order adds up
    space = Correlation(4)
    point = space.point(space.random(rng))
    v = space.random_tangent(point, rng)

    def gap(t):
        whole = space.retract(point, t * v)
        half = space.retract(point, 0.5 * t * v)
        then = space.velocity(point, half, 0.5 * t * v)
        return float(np.linalg.norm(space.retract(half, then).dense - whole.dense))

    assert slope(gap, 1e-15, 0.25) >= 2.9


def test_a_step_too_long_is_out_of_the_domain(rng):
    space = Correlation(5)
    e = GaussianLikelihood(rng.standard_normal((9, 5))).on(space).start()
    v = space.random_tangent(e.point, rng)
    assert any(e.retract(t * v).value == np.inf for t in (-9.0, 9.0, -99.0, 99.0))


def test_start_is_the_sample_correlations(rng):
    X = rng.standard_normal((9, 4)) * [1, 10, 100, 1000]
    C = Correlation(4).near(Scatter(X))
    np.testing.assert_allclose(
        C * np.outer(*2 * [np.sqrt(np.mean(X**2, 0))]), X.T @ X / 9
    )
    assert Correlation(4).near(Scatter(X[:3])) is None
    assert Correlation(4).near(Scatter(X * [1, 1, 0, 1])) is None
    e = GaussianLikelihood(X[:3]).on(Correlation(4)).start()
    np.testing.assert_array_equal(e.matrix, np.eye(4))


def test_description():
    space = Correlation(4, complex)
    assert repr(space) == "Correlation(4, dtype=complex)"
    assert (space.shape, space.dimension, space.hermitian) == ((4, 4), 12, True)
    assert Correlation(4).dimension == 6


def test_wrong_arguments():
    space = Correlation(2)
    with pytest.raises(ValueError, match="diagonal of ones, an entry is off by 1;"):
        space.parameters([[2, 1], [1, 1]])
    with pytest.raises(NotPositiveDefinite, match="its smallest eigenvalue is -1"):
        space.parameters([[1, 2], [2, 1]])
    with pytest.raises(ValueError, match=r"must have shape \(2, 2\), got \(3, 3\)"):
        space.parameters(np.eye(3))
    with pytest.raises(TypeError, match="must be real"):
        space.parameters(np.eye(2) + 0j)
