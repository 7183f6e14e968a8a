import mpmath
import numpy as np
import pytest
from numeric import exact, first, lift, normal, second, trace

from matopt.check import check_objective
from matopt.errors import NotPositiveDefinite
from matopt.linalg import LagSums, Moments
from matopt.objectives import GaussianLikelihood, GaussianPrecisionLikelihood
from matopt.spaces import (
    Banded,
    Dense,
    Diagonal,
    Fisher,
    PositiveDefinite,
    Symmetric,
    SymmetricToeplitz,
)

mp = mpmath.mp
FIELDS = pytest.mark.parametrize("dtype", [float, complex])
BOTH = pytest.mark.parametrize(
    "likelihood", [GaussianLikelihood, GaussianPrecisionLikelihood]
)


def moment(samples):
    """S_ij = mean of x_i conj(x_j), sample by sample."""
    return sum(np.outer(x, x.conj()) for x in samples) / len(samples)


def negative_log_likelihood(likelihood, S):
    S = lift(S)
    if likelihood is GaussianLikelihood:
        return lambda A: mp.log(mp.re(mp.det(A))) + trace(A**-1 * S)
    return lambda K: -mp.log(mp.re(mp.det(K))) + trace(K * S)


@FIELDS
@BOTH
@pytest.mark.parametrize("m", [2, 3, 20])  # fewer, as many, more than features
def test_value_and_derivatives(m, likelihood, dtype, rng):
    samples = normal(rng, m, 3, dtype=dtype)
    space = Symmetric(3, dtype)
    value = negative_log_likelihood(likelihood, moment(samples))
    X = space.matrix(space.random(rng))
    e = likelihood(samples).on(space).at(X)
    assert e.value == pytest.approx(exact(value, X), rel=1e-13)
    for u, v in rng.standard_normal((3, 2, space.size)):
        U, V = space.matrix(u), space.matrix(v)
        assert e.gradient @ u == pytest.approx(first(value, X, U), rel=1e-11)
        assert e.hessp(v) @ u == pytest.approx(second(value, X, U, V), rel=1e-11)


@FIELDS
@BOTH
@pytest.mark.parametrize("n", [1, 2, 5])
def test_on_hermitian_matrices(n, likelihood, dtype, rng):
    f = likelihood(normal(rng, 7, n, dtype=dtype))
    for space in (Symmetric(n, dtype), PositiveDefinite(n, dtype)):
        check_objective(f, space, rng)


def test_it_is_the_likelihood_of_scipy(rng):
    from scipy.stats import multivariate_normal

    samples, S = normal(rng, 11, 3), PositiveDefinite(3).random(rng)
    logs = multivariate_normal(np.zeros(3), S).logpdf(samples)
    value = GaussianLikelihood(samples).on(Symmetric(3)).at(S).value
    assert value == pytest.approx(-2 * logs.mean() - 3 * np.log(2 * np.pi), rel=1e-12)


@FIELDS
def test_precision_is_the_inverse_of_covariance(dtype, rng):
    samples = normal(rng, 8, 4, dtype=dtype)
    space = PositiveDefinite(4, dtype)
    X = space.random(rng)
    one = GaussianLikelihood(samples).on(space).at(X)
    two = GaussianPrecisionLikelihood(samples).on(space).at(np.linalg.inv(X))
    assert one.value == pytest.approx(two.value, rel=1e-12)
    assert one.gradient_norm == pytest.approx(two.gradient_norm, rel=1e-10)


@FIELDS
@BOTH
def test_the_sample_moment_is_optimal(likelihood, dtype, rng):
    samples = normal(rng, 30, 4, dtype=dtype)
    S = moment(samples)
    best = S if likelihood is GaussianLikelihood else np.linalg.inv(S)
    for space in (Symmetric(4, dtype), PositiveDefinite(4, dtype)):
        e = likelihood(samples).on(space).at((best + best.conj().T) / 2)
        assert e.gradient_norm < 1e-12
        assert np.linalg.eigvalsh(e.hessian)[0] > 0.0


@FIELDS
@pytest.mark.parametrize("rank", [1, 4])
def test_from_covariance_is_the_same_function(rank, dtype, rng):
    samples = normal(rng, rank, 4, dtype=dtype)
    f = GaussianLikelihood(samples)
    g = GaussianLikelihood.from_covariance(moment(samples), count=rank)
    space = Symmetric(4, dtype)
    X = space.matrix(space.random(rng))
    assert f.on(space).at(X).value == pytest.approx(g.on(space).at(X).value, rel=1e-11)
    np.testing.assert_allclose(f.covariance, moment(samples), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(g.covariance, moment(samples), rtol=1e-9, atol=1e-9)
    assert f.count == g.count == rank and f.features == 4


def test_accuracy_at_condition_1e8(rng):
    """A badly scaled covariance loses nothing in the frame, for L scales with it."""
    n = 5
    D = np.diag(10.0 ** -np.linspace(0, 4, n))
    K = PositiveDefinite(n).random(rng)
    X, samples = D @ K @ D, normal(rng, 40, n) @ D
    X = (X + X.T) / 2
    assert np.linalg.cond(X) > 1e8
    e = GaussianLikelihood(samples).on(PositiveDefinite(n)).at(X)
    v = rng.standard_normal((n, n))
    v = v + v.T
    with mp.workdps(50):
        L = mp.cholesky(lift(X))
        W = mp.inverse(L) * lift(samples.T)
        S = W * W.T / len(samples)
        value = 2 * mp.fsum(mp.log(L[i, i]) for i in range(n)) + trace(S)
        gradient = mp.eye(n) - S
        # (1/2)(v S + S v) bends the curve; the rest is the ambient Hessian
        H = lift(v) * S + S * lift(v) - lift(v) + (lift(v) * (mp.eye(n) - S)) / 2
        H = H + (mp.eye(n) - S) * lift(v) / 2

    def plain(A):
        return np.array(A.tolist(), dtype=float)

    assert e.value == pytest.approx(float(value), rel=1e-14)
    np.testing.assert_allclose(e.gradient, plain(gradient), rtol=0, atol=1e-13)
    np.testing.assert_allclose(e.hessp(v), plain(H), rtol=0, atol=1e-12)


@BOTH
def test_starts_at_the_best_multiple_of_the_identity(likelihood, rng):
    samples = 3.0 * normal(rng, 50, 4)
    for space in (Symmetric(4), PositiveDefinite(4)):
        e = likelihood(samples).on(space).start()
        c = e.matrix[0, 0]
        np.testing.assert_array_equal(e.matrix, c * np.eye(4))
        for other in (0.99, 1.01):
            assert e.value < e.restriction.at(other * c * np.eye(4)).value


def test_start_of_zero_samples():
    e = GaussianLikelihood(np.zeros((3, 2))).on(Symmetric(2)).start()
    np.testing.assert_array_equal(e.matrix, np.eye(2))


@BOTH
def test_outside_the_domain(likelihood, rng):
    f = likelihood(normal(rng, 5, 3))
    e = f.on(Symmetric(3)).at(np.diag([1.0, 1.0, -1.0]))
    assert e.value == np.inf
    with pytest.raises(NotPositiveDefinite, match="leading minor of order 3"):
        _ = e.gradient


@BOTH
def test_later_changes_of_the_samples_do_not_matter(likelihood, rng):
    for m in (2, 9):
        samples = normal(rng, m, 3)
        f = likelihood(samples)
        before = f.on(Symmetric(3)).start().value
        samples[:] = 0.0
        assert f.on(Symmetric(3)).start().value == before
        with pytest.raises(ValueError, match="read-only"):
            f.scatter.root[0, 0] = 1.0


@BOTH
def test_wrong_arguments(likelihood, rng):
    f = likelihood(normal(rng, 5, 3))
    with pytest.raises(ValueError, match="samples has 3 features but the space"):
        f.on(Symmetric(4))
    with pytest.raises(ValueError, match="needs a space of symmetric"):
        f.on(Dense(3, 3))
    with pytest.raises(ValueError, match="samples is complex but"):
        likelihood(normal(rng, 5, 3, dtype=complex)).on(Symmetric(3))
    with pytest.raises(ValueError, match="samples must not be empty"):
        likelihood(np.zeros((0, 3)))
    with pytest.raises(ValueError, match=r"samples must be finite, got nan .*\(1, 0\)"):
        likelihood([[1.0, 2.0], [np.nan, 3.0]])
    with pytest.raises(NotPositiveDefinite, match="S must be positive semidefinite"):
        likelihood.from_covariance(np.diag([1.0, -0.1]))
    with pytest.raises(ValueError, match="S must be symmetric"):
        likelihood.from_covariance([[1.0, 0.5], [0.4, 1.0]])
    for count in (0, 2.5, True):
        with pytest.raises(ValueError, match="count must be an integer of at least 1"):
            likelihood.from_covariance(np.eye(2), count=count)
    assert repr(f) == f"{likelihood.__name__}(<5 samples of 3 features>)"


@pytest.mark.parametrize("smallest", [1e-4, 1e-9, 1e-14])
def test_a_singular_covariance_keeps_its_small_eigenvalues(smallest):
    # only what is zero by rounding is left out: tr(Sigma^-1 S) at Sigma = D sees all
    S = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, smallest]])
    f = GaussianLikelihood.from_covariance(S)
    value = f.on(Diagonal(3)).at(np.diag([1.0, 1.0, smallest])).value
    assert value == pytest.approx(3.0 + np.log(smallest), rel=1e-9)


# In the units of the data


@BOTH
@pytest.mark.parametrize("mean", [None, "profile"])
def test_log_likelihood_of_real_samples(likelihood, mean, rng):
    from scipy.stats import multivariate_normal

    samples, S = normal(rng, 11, 3) + 2.0, PositiveDefinite(3).random(rng)
    centre = np.zeros(3) if mean is None else samples.mean(axis=0)
    A = S if likelihood is GaussianLikelihood else np.linalg.inv(S)
    f = likelihood(samples, mean=mean)
    value = f.on(PositiveDefinite(3)).at((A + A.T) / 2).value
    expected = multivariate_normal(centre, S).logpdf(samples).sum()
    assert f.log_likelihood(value) == pytest.approx(expected, rel=1e-11)
    assert f.is_complex is False


@BOTH
def test_log_likelihood_of_complex_samples(likelihood, rng):
    """Circular samples are real ones of twice the order, of half the power."""
    from scipy.stats import multivariate_normal

    samples, S = (
        normal(rng, 11, 3, dtype=complex),
        PositiveDefinite(3, complex).random(rng),
    )
    blocks = np.block([[S.real, -S.imag], [S.imag, S.real]]) / 2
    pairs = np.hstack([samples.real, samples.imag])
    expected = multivariate_normal(np.zeros(6), blocks).logpdf(pairs).sum()
    A = S if likelihood is GaussianLikelihood else np.linalg.inv(S)
    f = likelihood(samples)
    value = f.on(PositiveDefinite(3, complex)).at((A + A.conj().T) / 2).value
    assert f.log_likelihood(value) == pytest.approx(expected, rel=1e-11)
    assert f.is_complex is True


@FIELDS
@BOTH
def test_a_profiled_mean_is_the_best(likelihood, dtype, rng):
    samples = normal(rng, 9, 3, dtype=dtype) + 2.0
    space = PositiveDefinite(3, dtype)
    A = space.random(rng)
    f = likelihood(samples, mean="profile")
    np.testing.assert_allclose(f.mean, samples.mean(axis=0), rtol=1e-14)
    assert f.count == 9
    best = f.on(space).at(A).value
    for _ in range(4):
        other = f.mean + 1e-3 * normal(rng, 3, dtype=dtype)
        assert best < likelihood(samples - other).on(space).at(A).value
    same = likelihood(samples - f.mean).on(space).at(A).value
    assert best == pytest.approx(same, rel=1e-14)
    assert likelihood(samples).mean is None


# Data in chunks


@BOTH
@pytest.mark.parametrize("mean", [None, "profile"])
@pytest.mark.parametrize("m", [2, 40])
def test_one_call_for_data_of_any_kind(likelihood, m, mean, tmp_path, rng):
    da = pytest.importorskip("dask.array")
    X = normal(rng, m, 3) + 1.0
    np.save(tmp_path / "X.npy", X)
    A = PositiveDefinite(3).random(rng)
    one = likelihood(X, mean=mean)
    expected = one.on(PositiveDefinite(3)).at(A).value
    for data in (
        np.load(tmp_path / "X.npy", mmap_mode="r"),
        (X[i : i + 7] for i in range(0, m, 7)),
        da.from_array(X, chunks=(5, 2)),
        Moments().update(X, rows=1),
    ):
        f = likelihood(data, mean=mean)
        assert (f.count, f.features) == (m, 3)
        assert f.on(PositiveDefinite(3)).at(A).value == pytest.approx(expected, 1e-12)
        if mean:
            np.testing.assert_allclose(f.mean, X.mean(axis=0), rtol=1e-13)


@FIELDS
@pytest.mark.parametrize("mean", [None, "profile"])
def test_a_series_has_the_likelihood_of_its_windows(mean, dtype, rng):
    y = normal(rng, 30, dtype=dtype) + 1.0
    z = y - y.mean() if mean else y
    windows = np.array([z[t : t + 4] for t in range(27)])
    f = GaussianLikelihood(LagSums(4).update(y, rows=8), mean=mean)
    space = PositiveDefinite(4, dtype)
    A = space.random(rng)
    expected = GaussianLikelihood(windows).on(space).at(A).value
    assert f.on(space).at(A).value == pytest.approx(expected, rel=1e-11)
    assert f.count == 27
    if mean:
        np.testing.assert_allclose(f.mean, np.full(4, y.mean()), rtol=1e-13)


@BOTH
def test_what_is_said_of_a_mean(likelihood, rng):
    with pytest.raises(ValueError, match="mean must be None or 'profile', got 'fit'"):
        likelihood(normal(rng, 5, 2), mean="fit")
    with pytest.raises(ValueError, match="got ndarray; subtract a mean that is known"):
        likelihood(normal(rng, 5, 2), mean=np.zeros(2))
    with pytest.raises(ValueError, match="must not be empty"):
        likelihood(np.zeros((0, 2)), mean="profile")


# Too few samples


def centred(X):
    return X - X.mean(axis=0)


@BOTH
@FIELDS
@pytest.mark.parametrize("m", [1, 3, 4])
def test_too_few_samples_have_no_minimum(likelihood, dtype, m, rng):
    f = likelihood(
        centred(normal(rng, m, 4, dtype=dtype))
        if m == 4
        else normal(rng, m, 4, dtype=dtype)
    )
    rank = min(m, 3)
    for space in (
        Symmetric(4, dtype),
        PositiveDefinite(4, dtype),
        Fisher(Symmetric(4, dtype)),
    ):
        with pytest.raises(ValueError, match=f"samples has rank {rank} but .* order 4"):
            f.check_minimum(space)
        with pytest.raises(ValueError, match="Pass at least 4 linearly independent"):
            (2.0 * f).check_minimum(space)


@BOTH
def test_a_profiled_mean_takes_one_more_sample(likelihood, rng):
    """As many samples as features have rank n - 1 about their mean."""
    X = normal(rng, 4, 4)
    for given in (X, iter([X])):
        f = likelihood(given, mean="profile")
        with pytest.raises(ValueError, match=r"rank 3 .* Pass at least 5 linearly"):
            f.check_minimum(PositiveDefinite(4))
    X[:, 2] = 7.0
    with pytest.raises(ValueError, match="1 of 4 features that are always the same"):
        likelihood(X, mean="profile").check_minimum(PositiveDefinite(4))


@BOTH
def test_the_refused_likelihood_does_fall_without_limit(likelihood, rng):
    f = likelihood(normal(rng, 2, 4))
    P = np.eye(4) - f._range @ f._range.T
    line = [np.eye(4) - P + t * P for t in (1e-2, 1e-4, 1e-6)]
    if likelihood is GaussianPrecisionLikelihood:
        line = [np.linalg.inv(A) for A in line]
    values = [f.on(PositiveDefinite(4)).at(A).value for A in line]
    np.testing.assert_allclose(np.diff(values), -2 * np.log(100), rtol=1e-8)


@BOTH
@FIELDS
def test_enough_samples_have_a_minimum_whatever_the_units(likelihood, dtype, rng):
    for X in (normal(rng, 4, 4, dtype=dtype), normal(rng, 9, 4, dtype=dtype)):
        for scale in (np.ones(4), 10.0 ** np.array([-9, 0, 5, 12])):
            likelihood(X * scale).check_minimum(Symmetric(4, dtype))
    f = likelihood.from_covariance(np.diag(np.logspace(-12, 0, 5)))
    f.check_minimum(PositiveDefinite(5))
    Q, _ = np.linalg.qr(normal(rng, 5, 5))
    S = (Q * np.logspace(-12, 0, 5)) @ Q.T
    likelihood.from_covariance(0.5 * (S + S.T)).check_minimum(PositiveDefinite(5))


@BOTH
def test_a_singular_covariance_has_no_minimum(likelihood, rng):
    for S in (np.cov(normal(rng, 3, 4).T), np.ones((2, 2))):
        n = len(S)
        with pytest.raises(ValueError, match=f"S has rank . .* matrices of order {n}"):
            likelihood.from_covariance(S).check_minimum(PositiveDefinite(n))


@BOTH
def test_few_samples_are_enough_on_a_small_family(likelihood, rng):
    f = likelihood(normal(rng, 2, 6))
    f.check_minimum(SymmetricToeplitz(6))
    f.check_minimum(Diagonal(6))


@BOTH
def test_a_penalty_makes_few_samples_enough(likelihood, rng):
    f = likelihood(normal(rng, 2, 3)) + 0.1 * GaussianLikelihood(normal(rng, 5, 3))
    f.check_minimum(PositiveDefinite(3))


@BOTH
def test_a_feature_that_is_always_zero_has_no_minimum(likelihood, rng):
    f = likelihood(normal(rng, 9, 4) * [1, 0, 1, 1])
    for space in (Diagonal(4), Banded(4, 1, symmetric=True), PositiveDefinite(4)):
        with pytest.raises(ValueError, match=r"1 of 4 features .* always 0, first 1"):
            f.check_minimum(space)
    f.check_minimum(SymmetricToeplitz(4))


@BOTH
def test_a_feature_that_never_varies_has_no_minimum_about_its_mean(likelihood, rng):
    X = normal(rng, 9, 4)
    X[:, 1] = 3.1  # whose sum, divided by 9, is another number
    f = likelihood(X, mean="profile")
    assert f.mean[1] == 3.1
    with pytest.raises(
        ValueError, match=r"1 of 4 features .* always the same, first 1"
    ):
        f.check_minimum(Diagonal(4))
