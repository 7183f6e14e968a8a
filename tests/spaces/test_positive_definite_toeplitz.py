import copy
import pickle

import mpmath as mp
import numpy as np
import pytest
from scipy.linalg import toeplitz

from matopt.check import check_objective, check_space
from matopt.errors import NotPositiveDefinite, OutOfDomain
from matopt.linalg import Scatter, reflection_coefficients
from matopt.objectives import (
    GaussianLikelihood,
    GaussianPrecisionLikelihood,
    LogDet,
    SquaredDistance,
    TraceInverse,
)
from matopt.solvers import LBFGS, Status, Stop, TrustRegion, minimize
from matopt.spaces import (
    Fisher,
    HermitianToeplitz,
    PositiveDefiniteToeplitz,
    Product,
    Sphere,
    SymmetricToeplitz,
)

SPACES = [
    PositiveDefiniteToeplitz(n, dtype) for n in (1, 2, 5) for dtype in (float, complex)
]


def normal(shape, dtype, rng):
    A = rng.standard_normal(shape).astype(dtype)
    return A if dtype is float else A + 1j * rng.standard_normal(shape)


def autoregressive(n, m, rng):
    """m windows of n of an AR(3) series."""
    x = rng.standard_normal((m, n + 200))
    for s in range(3, n + 200):
        x[:, s] += 1.08 * x[:, s - 1] - 0.5 * x[:, s - 2] + 0.2 * x[:, s - 3]
    return x[:, 200:]


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_conforms(space, rng):
    check_space(space, rng)


@pytest.mark.parametrize("space", SPACES, ids=repr)
@pytest.mark.parametrize(
    "f",
    [
        lambda n, dtype, rng: GaussianLikelihood(normal((7, n), dtype, rng)),
        lambda n, dtype, rng: GaussianLikelihood(normal((2, n), dtype, rng)),
        lambda n, dtype, rng: GaussianPrecisionLikelihood(normal((7, n), dtype, rng)),
        lambda n, dtype, rng: LogDet(),
        lambda n, dtype, rng: TraceInverse(normal((n, n), dtype, rng)),
        lambda n, dtype, rng: SquaredDistance(normal((n, n), dtype, rng)),
    ],
)
def test_objectives_conform(space, f, rng):
    check_objective(f(space.n, space.dtype, rng), space, rng)


def test_as_a_part_of_a_product(rng):
    space = Product(PositiveDefiniteToeplitz(3), Sphere(2), SymmetricToeplitz(3))
    likelihood = GaussianLikelihood(rng.standard_normal((5, 3)))
    f = likelihood.of(0) + likelihood.of(2) + TraceInverse(np.eye(3)).of(0)
    check_objective(f, space, rng)


@pytest.mark.parametrize("dtype", [float, complex])
def test_the_metric_in_reflection_coefficients(dtype, rng):
    # n (dt_0/t_0)^2 + sum (n - m) |dk|^2/(1 - |k|^2)^2, dk by differences of Levinson
    space = PositiveDefiniteToeplitz(5, dtype)
    point = space.point(space.random(rng))
    u, v = (space.random_tangent(point, rng) for _ in range(2))
    T, h = point.dense, 1e-6

    def rates(w):
        plus, minus = T + h * point.along(w), T - h * point.along(w)
        dk = (reflection_coefficients(A[:, 0]) for A in (plus, minus))
        return (np.subtract(*dk)) / (2 * h), point.along(w)[0, 0].real / T[0, 0].real

    k = reflection_coefficients(T[:, 0])
    (du, u0), (dv, v0) = rates(u), rates(v)
    weights = np.arange(4, 0, -1) / (1 - np.abs(k) ** 2) ** 2
    metric = 5 * u0 * v0 + np.sum(weights * (du.conj() * dv).real)
    assert space.inner(point, u, v) == pytest.approx(metric, abs=1e-7)


def test_the_metric_is_that_of_the_potential(rng):
    # of -ln det T on one disk: the Laplacian by differences is 4/(1 - |k|^2)^2
    space = PositiveDefiniteToeplitz(2, complex)
    k, h = 0.3 - 0.4j, 1e-3

    def potential(z):
        return -np.linalg.slogdet(toeplitz([1.0, -z]))[1]

    around = sum(potential(k + s * h) for s in (1, -1, 1j, -1j)) - 4 * potential(k)
    point = space.point(space.parameters(toeplitz([1.0, -k])))
    (rate,) = point.change(np.array([0.0, 1.0, 0.0])).lattice.dk
    assert around / h**2 / 4 == pytest.approx(1 / abs(rate) ** 2, rel=1e-5)


@pytest.mark.parametrize("dtype", [float, complex])
def test_steps_are_geodesics_of_their_length(dtype, rng):
    space = PositiveDefiniteToeplitz(4, dtype)
    start = space.point(space.random(rng))
    v = 1.5 * space.random_tangent(start, rng)
    end = space.retract(start, v)
    z, w = (reflection_coefficients(p.dense[:, 0]) for p in (start, end))
    distance = np.arctanh(np.abs((z - w) / (1 - z.conj() * w)))
    ratio = np.log(end.dense[0, 0].real / start.dense[0, 0].real)
    total = 4 * ratio**2 + np.sum(np.array([3, 2, 1]) * distance**2)
    assert total == pytest.approx(1.5**2, rel=1e-9)
    np.testing.assert_allclose(space.point(end.x).dense, end.dense, rtol=1e-12)
    back = space.retract(end, -space.velocity(start, end, v))
    np.testing.assert_allclose(back.dense, start.dense, rtol=1e-11, atol=1e-12)


def test_real_coordinates_are_a_flat_chart(rng):
    space = PositiveDefiniteToeplitz(4)
    assert space.flat and not PositiveDefiniteToeplitz(4, complex).flat
    x, v = space.random(rng), rng.standard_normal(4)
    np.testing.assert_array_equal(space.retract(space.point(x), v).x, x + v)
    k = reflection_coefficients(space.matrix(x)[0])
    np.testing.assert_allclose(
        x, [2 * np.log(space.matrix(x)[0, 0]), *np.sqrt([3, 2, 1]) * np.arctanh(k)]
    )


@pytest.mark.parametrize("dtype", [float, complex])
def test_terms_against_dense_algebra(dtype, rng):
    space = PositiveDefiniteToeplitz(5, dtype)
    point = space.point(space.random(rng))
    T, X = point.dense, normal((6, 5), dtype, rng)
    S, P = X.T @ X.conj() / 6, np.linalg.inv(T)
    term = point.gaussian(Scatter(X))
    value = np.linalg.slogdet(T)[1] + np.trace(P @ S).real
    assert term.value == pytest.approx(value, rel=1e-12)
    np.testing.assert_allclose(
        term.gradient, point.adjoint(P - P @ S @ P), rtol=1e-9, atol=1e-10
    )
    np.testing.assert_allclose(
        point.logdet_gradient(), point.adjoint(P), rtol=1e-9, atol=1e-10
    )
    U = [P @ point.along(e) for e in space.tangent_basis(point)]
    F = np.array([[np.trace(a @ b).real for a in U] for b in U])
    np.testing.assert_allclose(point.information, F, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(T @ point.solve(X.T), X.T, atol=1e-11)
    assert point.factorizations == 1


def exact_likelihood(x, X):
    """ln det T + tr(T^-1 S) of the flat coordinates x, in the digits of mpmath."""
    n = len(x)
    k = [mp.tanh(x[m] / mp.sqrt(n - m)) for m in range(1, n)]
    t, a, e = [mp.mpf(1)], [mp.mpf(1)], mp.mpf(1)
    for m in range(1, n):
        t.append(-k[m - 1] * e - sum(a[j] * t[m - j] for j in range(1, m)))
        longer = [*a, mp.mpf(0)]
        a = [longer[j] + k[m - 1] * longer[m - j] for j in range(m + 1)]
        e *= 1 - k[m - 1] ** 2
    power = mp.exp(x[0] / mp.sqrt(n))
    T = mp.matrix(n)
    for i in range(n):
        for j in range(n):
            T[i, j] = power * t[abs(i - j)]
    total = sum((row.T * mp.lu_solve(T, row))[0] for row in X)
    return mp.log(mp.det(T)) + total / len(X)


def test_the_gradient_at_condition_1e9_against_50_digits(rng):
    # a nearly periodic series: through the lags a gradient would lose nine digits
    n = 4
    space = PositiveDefiniteToeplitz(n)
    x = np.array([0.0, -np.sqrt(3) * 3.0, np.sqrt(2) * 8.0, 0.3])
    T = space.matrix(x)
    assert np.linalg.cond(T) > 1e9
    X = (np.linalg.cholesky(T) @ rng.standard_normal((n, 5))).T
    got = GaussianLikelihood(X).on(space).at(x)
    with mp.workdps(50):
        rows = [mp.matrix(row) for row in X.tolist()]
        exact = [
            mp.diff(
                lambda s, i=i: exact_likelihood(
                    [mp.mpf(xj) + s * (i == j) for j, xj in enumerate(x.tolist())],
                    rows,
                ),
                0,
            )
            for i in range(n)
        ]
        value = exact_likelihood([mp.mpf(xi) for xi in x.tolist()], rows)
    assert got.value == pytest.approx(float(value), rel=1e-11)
    np.testing.assert_allclose(got.gradient, np.array(exact, float), rtol=1e-9)


@pytest.mark.parametrize("n", [15, 64])
@pytest.mark.parametrize("solver", [LBFGS(), TrustRegion()])
def test_likelihoods_take_few_evaluations(n, solver, rng):
    f = GaussianLikelihood(autoregressive(n, n, rng))
    space = PositiveDefiniteToeplitz(n)
    result = minimize(f.on(space), solver=solver)
    assert result.success and result.nfev <= 30
    fisher = minimize(f.on(Fisher(SymmetricToeplitz(n))), stop=Stop(1e-9))
    assert result.fun == pytest.approx(fisher.fun, abs=1e-9)


def test_complex_likelihoods_reach_the_same_optimum(rng):
    X = normal((20, 6), complex, rng)
    X[:, 1:] += 0.8j * X[:, :-1]
    f = GaussianLikelihood(X)
    results = [
        minimize(f.on(space), solver=solver, stop=Stop(1e-8))
        for space in (
            PositiveDefiniteToeplitz(6, complex),
            Fisher(HermitianToeplitz(6)),
        )
        for solver in (LBFGS(), TrustRegion())
    ]
    assert all(r.success for r in results)
    assert np.ptp([r.fun for r in results]) < 1e-12


def test_too_few_samples_leave_towards_the_boundary_without_harm(rng):
    # one line spectrum: T singular is the infimum; no value may be below what is true
    n = 6
    X = np.cos(0.7 * np.arange(n) + rng.uniform(0, 6, (1, 1)))
    f = GaussianLikelihood(X)
    result = minimize(f.on(PositiveDefiniteToeplitz(n)), solver=LBFGS(), stop=Stop())
    assert result.status is Status.NEARLY_SINGULAR
    L = np.linalg.cholesky(result.matrix)
    dense = 2 * np.log(np.diag(L)).sum() + np.sum(np.linalg.solve(L, X.T) ** 2)
    # at a condition number of 1e15, by which rounding of T moves ln det T
    assert result.fun == pytest.approx(dense, abs=0.5)


@pytest.mark.parametrize("dtype", [float, complex])
def test_starts_from_the_biased_autocovariance(dtype, rng):
    X = normal((3, 5), dtype, rng)
    t = [
        sum(np.vdot(x[: 5 - k], x[k:]) for x in X) / (3 * 5) for k in range(5)
    ]  # E x_(s+k) conj(x_s)
    space = PositiveDefiniteToeplitz(5, dtype)
    start = GaussianLikelihood(X).on(space).start()
    np.testing.assert_allclose(start.matrix[:, 0], t, rtol=1e-12, atol=1e-14)
    assert space.near(Scatter(np.zeros((2, 5)))) is None


def test_the_fisher_metric_is_that_of_the_linear_family():
    assert PositiveDefiniteToeplitz(4, metric="fisher") == Fisher(SymmetricToeplitz(4))
    complex_one = PositiveDefiniteToeplitz(4, complex, "fisher")
    assert complex_one == Fisher(HermitianToeplitz(4))


def test_copies_and_pickles():
    space = PositiveDefiniteToeplitz(4, complex)
    assert pickle.loads(pickle.dumps(space)) == copy.deepcopy(space) == space
    assert repr(space) == "PositiveDefiniteToeplitz(4, dtype=complex)"


def test_start_random_and_parameters(rng):
    space = PositiveDefiniteToeplitz(5, complex)
    np.testing.assert_array_equal(space.matrix(space.start()), np.eye(5))
    x = space.random(3)
    np.testing.assert_array_equal(x, space.random(3))
    np.testing.assert_allclose(space.parameters(space.matrix(x)), x, atol=1e-12)
    np.testing.assert_array_equal(space.admit(x), x)
    assert np.linalg.eigvalsh(space.matrix(x))[0] > 0
    assert space.dimension == len(x) == 9
    assert PositiveDefiniteToeplitz(1).matrix(np.array([1.0]))[0, 0] == np.exp(1.0)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([1e4, 0.0, 0.0], "t_0 is too large or too small"),
        ([-1e4, 0.0, 0.0], "t_0 is too large or too small"),
        ([0.0, 1e4, 0.0], "singular to rounding"),
    ],
)
def test_what_floating_point_cannot_hold_is_outside(x, message):
    space = PositiveDefiniteToeplitz(3)
    with pytest.raises(OutOfDomain, match=message):
        _ = space.point(np.array(x)).logdet
    assert LogDet().on(space).at(x).value == np.inf


def test_wrong_arguments():
    space = PositiveDefiniteToeplitz(3)
    with pytest.raises(NotPositiveDefinite, match="matrix must be positive definite"):
        space.parameters(toeplitz([1.0, 2.0, 0.0]))
    with pytest.raises(ValueError, match="matrix must belong to SymmetricToeplitz"):
        space.parameters(np.diag([1.0, 2.0, 3.0]))
    with pytest.raises(ValueError, match=r"start must have shape \(3,\), got \(2,\)"):
        space.admit(np.ones(2))
    with pytest.raises(ValueError, match='metric must be "kaehler" or "fisher", got'):
        PositiveDefiniteToeplitz(3, metric="flat")
    with pytest.raises(ValueError, match="n must be an integer of at least 1, got 0"):
        PositiveDefiniteToeplitz(0)
    with pytest.raises(ValueError, match="dtype must be float or complex, got"):
        PositiveDefiniteToeplitz(3, str)
