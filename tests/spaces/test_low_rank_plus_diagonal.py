import numpy as np
import pytest

from matopt.check import check_objective, check_solver, check_space
from matopt.errors import NotPositiveDefinite, OutOfDomain
from matopt.linalg import Scatter
from matopt.objectives import (
    GaussianLikelihood,
    GaussianPrecisionLikelihood,
    LogDet,
    SquaredDistance,
    TraceInverse,
)
from matopt.solvers import LBFGS, Stop, TrustRegion, minimize
from matopt.spaces import LowRankPlusDiagonal, PositiveDefinite, Product, Symmetric

# all within the bound of Ledermann, beyond which a matrix has many decompositions
SPACES = [
    LowRankPlusDiagonal(n, rank, dtype)
    for n, rank in [(3, 1), (6, 2), (9, 3)]
    for dtype in (float, complex)
]


def _samples(m, n, dtype, rng):
    X = rng.standard_normal((m, n)).astype(dtype)
    return X + 1j * rng.standard_normal((m, n)) if dtype is complex else X


def _factor_samples(m, n, rank, dtype, rng):
    """Samples of a model with unequal units and specific variances."""
    F = _samples(n, rank, dtype, rng)
    noise = _samples(m, n, dtype, rng) * rng.uniform(0.5, 1.5, n)
    return (_samples(m, rank, dtype, rng) @ F.T + noise) * 10 ** rng.uniform(-2, 2, n)


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_conforms(space, rng):
    check_space(space, rng)


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_objectives_conform(space, rng):
    # the fast likelihood, and objectives that know only the adjoint and the bend
    n, dtype = space.n, space.dtype
    B = _samples(n, n, dtype, rng)
    S = B @ B.conj().T
    for f in (
        GaussianLikelihood(_samples(2 * n, n, dtype, rng)),
        GaussianLikelihood(_samples(2, n, dtype, rng)),  # fewer samples than features
        GaussianPrecisionLikelihood.from_covariance(S),
        LogDet() + 0.5 * TraceInverse(S),
        SquaredDistance(S),
    ):
        check_objective(f, space, rng)


@pytest.mark.parametrize("n, rank", [(1, 1), (2, 1), (2, 2)])
def test_conforms_beyond_the_bound_of_ledermann(n, rank, rng):
    space = LowRankPlusDiagonal(n, rank)
    x = space.random(rng)
    check_objective(GaussianLikelihood(rng.standard_normal((5, n))), space, rng, x=x)


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_the_point_against_the_dense_matrix(space, rng):
    n = space.n
    point = space.point(space.random(rng))
    A = point.dense
    F, log_psi = space.split(point.x)
    np.testing.assert_allclose(A, F @ F.conj().T + np.diag(np.exp(log_psi)))
    dense = Symmetric(n, space.dtype)
    twin = dense.point(dense.parameters(A))
    X = _samples(4, n, space.dtype, rng)
    close = {"rtol": 1e-10, "atol": 1e-10}
    assert point.logdet == pytest.approx(np.linalg.slogdet(A)[1], rel=1e-12)
    np.testing.assert_allclose(point.solve(X.T), np.linalg.solve(A, X.T), **close)
    np.testing.assert_allclose(point.factor.inverse, np.linalg.inv(A), **close)
    v = space.random_tangent(point, rng)
    V = dense.parameters(point.along(v))
    B = X.T @ X.conj()
    for own, other in (
        (point.gaussian(Scatter(X)), twin.gaussian(Scatter(X))),
        (point.inverse_trace(B), twin.inverse_trace(B)),
    ):
        assert own.value == pytest.approx(other.value, rel=1e-12)
        assert own.gradient @ v == pytest.approx(other.gradient @ V, rel=1e-9)
    assert point.logdet_gradient() @ v == pytest.approx(twin.logdet_gradient() @ V)


def test_the_likelihood_keeps_its_digits_where_the_factors_are_strong(rng):
    # the formula of Woodbury as it is printed loses a factor |F|^2 of them
    from mpmath import mp, mpf

    space = LowRankPlusDiagonal(5, 2)
    F, X = 1e5 * rng.standard_normal((5, 2)), rng.standard_normal((3, 5))
    x = space.join(F, np.zeros(5))
    with mp.workdps(60):
        A = mp.matrix((F.astype(object) * mpf(1)) @ F.T) + mp.eye(5)
        S = mp.matrix((X.T.astype(object) * mpf(1)) @ X / 3)
        exact = mp.log(mp.det(A)) + sum((A**-1 * S)[i, i] for i in range(5))
        exact = float(exact)
    assert space.point(x).gaussian(Scatter(X)).value == pytest.approx(exact, rel=1e-11)


@pytest.mark.parametrize("dtype", [float, complex])
def test_units_do_not_matter_to_a_solver(dtype, rng):
    X = _factor_samples(400, 8, 2, dtype, rng)
    space = LowRankPlusDiagonal(8, 2, dtype)
    one, two = (
        minimize(GaussianLikelihood(Y).on(space), stop=Stop(gradient_norm=1e-8))
        for Y in (X, X / np.sqrt(np.mean(np.abs(X) ** 2, axis=0)))
    )
    assert one.success and two.success
    assert abs(one.nit - two.nit) <= 1
    scale = np.sqrt(np.mean(np.abs(X) ** 2, axis=0))
    fitted = two.matrix * np.outer(scale, scale)
    np.testing.assert_allclose(one.matrix / fitted, 1.0, rtol=1e-5)


@pytest.mark.parametrize("dtype", [float, complex])
def test_solvers_converge_modulo_rotations(dtype, rng):
    f = GaussianLikelihood(_factor_samples(400, 8, 2, dtype, rng))
    start = f.on(LowRankPlusDiagonal(8, 2, dtype)).start()
    check_solver(TrustRegion(), start, gradient_norm=1e-9, max_iterations=30)
    check_solver(LBFGS(), start, gradient_norm=1e-8, max_iterations=150)


def test_the_hessian_at_the_minimum_has_no_null_directions(rng):
    f = GaussianLikelihood(_factor_samples(400, 8, 2, float, rng))
    result = minimize(f.on(LowRankPlusDiagonal(8, 2)))
    H = f.on(LowRankPlusDiagonal(8, 2)).at(result.x).hessian
    assert H.shape == (23, 23)
    assert np.linalg.eigvalsh(H)[0] > 1e-3


@pytest.mark.parametrize(
    ("data", "rank"),
    [("wine", 1), ("wine", 2), ("wine", 3), ("wine", 5), ("breast_cancer", 3)],
)
def test_likelihood_is_at_least_that_of_scikit_learn(data, rank):
    import warnings

    from sklearn import datasets
    from sklearn.decomposition import FactorAnalysis

    X = getattr(datasets, f"load_{data}")().data
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it may not converge in these iterations
        peer = FactorAnalysis(rank, tol=1e-10, max_iter=150, svd_method="lapack")
        A = peer.fit(X).get_covariance()
    S = X.T @ X / len(X)
    reference = np.linalg.slogdet(A)[1] + np.trace(np.linalg.solve(A, S))
    result = minimize(GaussianLikelihood(X).on(LowRankPlusDiagonal(X.shape[1], rank)))
    assert result.success
    assert result.fun <= reference + 1e-9


def test_nothing_is_factorized_at_the_order_of_the_matrix(rng, monkeypatch):
    n = 300
    f = GaussianLikelihood(_factor_samples(20, n, 2, float, rng))
    e = f.on(LowRankPlusDiagonal(n, 2)).start()
    orders = []
    import matopt.linalg.factor as factor

    of = factor.Cholesky.of.__func__
    monkeypatch.setattr(
        factor.Cholesky,
        "of",
        classmethod(lambda cls, A: orders.append(len(A)) or of(cls, A)),
    )
    e.hessp(e.gradient)
    assert orders == [2]
    assert "dense" not in vars(e.point)


def test_a_matrix_of_another_kind_is_refused(rng):
    space = LowRankPlusDiagonal(8, 1)
    A = space.matrix(space.random(rng))
    A[0, 1] += 0.1
    A[1, 0] += 0.1
    with pytest.raises(ValueError, match=r"no rank 1 plus diagonal found is nearer"):
        space.parameters(A)


def test_beside_another_space(rng):
    # the part that does not bend must not be bent
    one, two = LowRankPlusDiagonal(4, 1), PositiveDefinite(3)
    f = GaussianLikelihood(rng.standard_normal((9, 4))).of(0) + 2.0 * (
        GaussianLikelihood(rng.standard_normal((9, 3))).of(1) + LogDet().of(1)
    )
    check_space(Product(one, two), rng)
    check_objective(f, Product(one, two), rng)


def test_start_is_of_the_size_of_the_data(rng):
    X = 1e-6 * _factor_samples(50, 6, 2, float, rng)
    space = LowRankPlusDiagonal(6, 2)
    A = space.matrix(space.near(Scatter(X)))
    ratio = A.diagonal() / np.mean(X**2, axis=0)
    assert (ratio > 0.3).all() and (ratio < 3.0).all()
    X[:, 2] = 0.0
    assert space.near(Scatter(X)) is None


def test_out_of_the_range_of_numbers_is_out_of_the_domain(rng):
    space = LowRankPlusDiagonal(4, 1)
    e = GaussianLikelihood(rng.standard_normal((9, 4))).on(space).at(space.start())
    far = e.retract(1e4 * space.random_tangent(e.point, rng))
    assert far.value == np.inf
    with pytest.raises(OutOfDomain, match="overflow"):
        far.point.logdet  # noqa: B018


def test_sizes_and_description():
    space = LowRankPlusDiagonal(6, 2, complex)
    assert repr(space) == "LowRankPlusDiagonal(6, 2, dtype=complex)"
    assert (space.shape, space.dimension, space.hermitian) == ((6, 6), 26, True)
    assert LowRankPlusDiagonal(6, 2).dimension == 17


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("n", [1, 3])
def test_of_full_rank_it_holds_diagonal_matrices_too(n, dtype, rng):
    space = LowRankPlusDiagonal(n, n, dtype)
    A = np.diag(rng.uniform(1.0, 3.0, n)).astype(dtype)
    x = space.parameters(A)
    F, log_psi = space.split(x)
    np.testing.assert_allclose(F @ F.conj().T + np.diag(np.exp(log_psi)), A, rtol=1e-14)
    assert F.any(axis=0).all()
    f = GaussianLikelihood(rng.standard_normal((20, n)))
    result = minimize(f.on(space))
    again = minimize(f.on(space), result.matrix)
    assert result.success and again.success
    np.testing.assert_allclose(result.matrix, f.covariance, rtol=0, atol=1e-5)


def test_wrong_arguments(rng):
    with pytest.raises(ValueError, match="rank must be at most n, got rank = 4"):
        LowRankPlusDiagonal(3, 4)
    space = LowRankPlusDiagonal(5, 1)
    with pytest.raises(ValueError, match=r"must have shape \(5, 5\), got \(3, 3\)"):
        space.parameters(np.eye(3))
    with pytest.raises(ValueError, match=r"part of rank 1 .* it is diagonal; take"):
        space.parameters(np.eye(5))
    with pytest.raises(NotPositiveDefinite, match="must be positive definite"):
        space.parameters(-np.eye(5))
    with pytest.raises(ValueError, match=r"start must have shape \(10,\), got \(9,\)"):
        space.admit(np.ones(9))


@pytest.mark.parametrize("dtype", [float, complex])
def test_no_tangent_has_a_length_below_zero(dtype, rng):
    """Where psi is tiny, A^-1 V is the difference of large numbers."""
    space = LowRankPlusDiagonal(6, 2, dtype)
    F = _samples(6, 2, dtype, rng)
    point = space.point(space.join(F, np.full(6, -80.0)))
    lengths = []
    for mix in rng.standard_normal((50, 2, 2)):
        v = space.join(F @ mix, np.zeros(6))  # along F: nearly no length
        lengths.append(space.inner(point, v, v))
    assert min(lengths) > 0
    gram = space.gram(point, np.array([v, 2.0 * v]), np.array([v]))
    assert np.allclose(gram.ravel(), [lengths[-1], 2.0 * lengths[-1]], rtol=1e-12)


def test_a_likelihood_without_a_minimum_ends_as_nearly_singular():
    """One sample about the mean: rank 1 holds it, and the diagonal goes to zero."""
    X = np.random.default_rng(0).standard_normal((2, 6))
    f = GaussianLikelihood(X, mean="profile")
    result = minimize(f.on(LowRankPlusDiagonal(6, 1)))
    assert result.status.name == "NEARLY_SINGULAR"
