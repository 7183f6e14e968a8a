import mpmath
import numpy as np
import pytest
from numeric import agrees_inside, lift, normal, trace

from matopt.check import check_objective
from matopt.objectives import (
    GaussianLikelihood,
    StudentLikelihood,
    TylerLikelihood,
)
from matopt.solvers import LBFGS, Stop, minimize
from matopt.spaces import (
    Banded,
    Fisher,
    HermitianToeplitz,
    PositiveDefinite,
    Symmetric,
    SymmetricToeplitz,
)

mp = mpmath.mp
FIELDS = pytest.mark.parametrize("dtype", [float, complex])


def heavy(rng, m, n, dtype=float):
    """Samples of correlated features with tails."""
    mix = np.eye(n) + 0.5 * np.eye(n, k=1)
    return normal(rng, m, n, dtype=dtype) @ mix / rng.uniform(0.1, 1.0, (m, 1))


def objectives(samples):
    return [StudentLikelihood(samples, dof=2.5), TylerLikelihood(samples)]


def value_of(f, samples):
    """ln det A + mean rho(x^H A^-1 x) in mpmath, sample by sample."""
    m, n = samples.shape
    c = 2 if np.iscomplexobj(samples) else 1
    X = [lift(x) for x in samples]

    def rho(d):
        if isinstance(f, TylerLikelihood):
            return n * mp.log(d)
        return (mp.mpf(f.dof) + c * n) / c * mp.log(1 + c * d / mp.mpf(f.dof))

    def value(A):
        P = A**-1
        total = mp.fsum(rho(mp.re(trace(x.H * P * x))) for x in X)
        return mp.log(mp.re(mp.det(A))) + total / m

    return value


@FIELDS
@pytest.mark.parametrize(("m", "n"), [(1, 1), (2, 3), (7, 2)])
def test_value_and_derivatives(m, n, dtype, rng):
    samples = heavy(rng, m, n, dtype)
    space = Symmetric(n, dtype)
    A = space.matrix(space.random(rng))
    for f in objectives(samples):
        agrees_inside(f, space, value_of(f, samples), rng, A)


@FIELDS
@pytest.mark.parametrize("n", [1, 2, 5])
def test_on_hermitian_matrices(n, dtype, rng):
    toeplitz = SymmetricToeplitz(n) if dtype is float else HermitianToeplitz(n)
    spaces = [PositiveDefinite(n, dtype), toeplitz, Fisher(toeplitz)]
    known = objectives(heavy(rng, 9, n, dtype))
    for f in known[:1] if n == 1 else known:  # of one feature Tyler's is constant
        for space in spaces:
            check_objective(f, space, rng)


def test_accuracy_at_condition_1e8(rng):
    """In the frame, scales of features cost no digits."""
    n, D = 4, np.logspace(0, -4, 4)
    X = heavy(rng, 9, n)
    space, A = PositiveDefinite(n), PositiveDefinite(n).random(rng)
    scaled = A * np.outer(D, D)
    assert np.linalg.cond(scaled) > 1e8
    for f, g in zip(objectives(X), objectives(X * D), strict=True):
        one, two = f.on(space).at(A), g.on(space).at(scaled)
        shift = 2 * np.log(D).sum()  # of ln det; the lengths d stay
        assert two.value == pytest.approx(one.value + shift, rel=1e-13)
        np.testing.assert_allclose(two.gradient, one.gradient, rtol=0, atol=1e-11)


# Fixed points of the estimating equations, which share nothing with the solvers


def fixed_point(samples, weight, A, normalize=lambda A: A, steps=3000):
    for _ in range(steps):
        d = [(x.conj() @ np.linalg.solve(A, x)).real for x in samples]
        outer = (
            weight(di) * np.outer(x, x.conj()) for di, x in zip(d, samples, strict=True)
        )
        new = normalize(sum(outer) / len(samples))
        if np.abs(new - A).max() < 1e-13 * np.abs(A).max():
            return new
        A = new
    raise AssertionError("no fixed point")


@FIELDS
@pytest.mark.parametrize("dof", [1.0, 4.0])
def test_student_is_the_fixed_point(dof, dtype, rng):
    n, c = 3, 1 if dtype is float else 2
    samples = heavy(rng, 25, n, dtype)
    expected = fixed_point(
        samples, lambda d: (dof + c * n) / (dof + c * d), np.eye(n, dtype=dtype)
    )
    f = StudentLikelihood(samples, dof)
    for solver in (None, LBFGS()):
        problem = f.on(PositiveDefinite(n, dtype))
        result = minimize(problem, solver=solver, stop=Stop(gradient_norm=1e-9))
        assert result.success
        np.testing.assert_allclose(result.matrix, expected, rtol=0, atol=1e-7)
        again = problem.at(result.matrix).value
        assert result.fun == pytest.approx(again, rel=1e-13)
        assert result.nfactor <= result.nfev


@FIELDS
def test_tyler_is_the_fixed_point(dtype, rng):
    n = 3
    samples = heavy(rng, 25, n, dtype)
    expected = fixed_point(
        samples,
        lambda d: n / d,
        np.eye(n, dtype=dtype),
        lambda A: A * (n / A.trace().real),
    )
    f = TylerLikelihood(samples)
    for solver in (None, LBFGS()):
        problem = f.on(PositiveDefinite(n, dtype))
        result = minimize(problem, solver=solver, stop=Stop(gradient_norm=1e-9))
        assert result.success
        A = f.normalized(result.matrix)
        np.testing.assert_allclose(A, expected, rtol=0, atol=1e-8)


@pytest.mark.parametrize("space", [SymmetricToeplitz(4), Fisher(SymmetricToeplitz(4))])
def test_structures_find_the_shape_of_their_own(space, rng):
    samples = heavy(rng, 40, 4)
    for f in objectives(samples):
        result = minimize(f.on(space), stop=Stop(gradient_norm=1e-8))
        assert result.success
        K = np.linalg.inv(result.matrix)
        d = np.einsum("ij,jk,ik->i", samples, K, samples)
        w = 4 / d if isinstance(f, TylerLikelihood) else 6.5 / (2.5 + d)
        S = (samples.T * w) @ samples / 40
        G = K - K @ S @ K  # its diagonal sums vanish: (143)
        for k in range(4):
            assert abs(np.trace(G, k)) < 1e-7


# What they are


def test_student_becomes_gaussian(rng):
    X = normal(rng, 9, 3)
    A = PositiveDefinite(3).random(rng)
    for samples, dtype in ((X, float), (X + 1j * normal(rng, 9, 3), complex)):
        space = PositiveDefinite(3, dtype)
        one = StudentLikelihood(samples, 1e9).on(space).at(A)
        two = GaussianLikelihood(samples).on(space).at(A)
        assert one.value == pytest.approx(two.value, rel=1e-7)
        np.testing.assert_allclose(one.gradient, two.gradient, atol=1e-6)


def test_tyler_sees_directions_alone(rng):
    X = heavy(rng, 9, 3)
    A = PositiveDefinite(3).random(rng)
    space = PositiveDefinite(3)
    f, g = TylerLikelihood(X), TylerLikelihood(X * rng.uniform(0.1, 9, (9, 1)))
    e = f.on(space).at(A)
    assert f.on(space).at(7.0 * A).value == pytest.approx(e.value, rel=1e-12)
    np.testing.assert_allclose(e.gradient, g.on(space).at(A).gradient, atol=1e-12)
    assert abs(np.trace(e.gradient)) < 1e-12  # along A nothing changes
    assert np.abs(e.hessp(np.eye(3))).max() < 1e-12


def test_tyler_has_the_scale_that_is_asked_for(rng):
    A = PositiveDefinite(3).random(rng)
    f = TylerLikelihood(normal(rng, 9, 3))
    assert np.trace(f.normalized(A)) == pytest.approx(3.0)
    assert np.linalg.det(f.normalized(A, by="det")) == pytest.approx(1.0)
    with pytest.raises(ValueError, match="by must be 'trace' or 'det', got 'max'"):
        f.normalized(A, by="max")


@pytest.mark.parametrize("name", [StudentLikelihood, TylerLikelihood])
def test_an_outlier_matters_little(name, rng):
    X = normal(rng, 200, 3)
    far = np.r_[X, 1e4 * np.ones((1, 3))]

    def fit(samples):
        f = name(samples, 3.0) if name is StudentLikelihood else name(samples)
        A = minimize(f.on(PositiveDefinite(3))).matrix
        return A / np.trace(A)

    assert np.abs(fit(far) - fit(X)).max() < 0.05
    S = far.T @ far
    assert np.abs(S / np.trace(S) - fit(X)).max() > 0.3


# In the units of the data


def test_log_likelihood_of_student(rng):
    from scipy.stats import multivariate_t

    X, A = heavy(rng, 7, 3), PositiveDefinite(3).random(rng)
    f = StudentLikelihood(X, 2.5)
    expected = multivariate_t(np.zeros(3), A, df=2.5).logpdf(X).sum()
    found = f.log_likelihood(f.on(PositiveDefinite(3)).at(A).value)
    assert found == pytest.approx(expected, rel=1e-12)


def test_log_likelihood_of_complex_student(rng):
    from scipy.stats import multivariate_t

    X, A = heavy(rng, 7, 2, complex), PositiveDefinite(2, complex).random(rng)
    blocks = np.block([[A.real, -A.imag], [A.imag, A.real]]) / 2
    pairs = np.hstack([X.real, X.imag])
    expected = multivariate_t(np.zeros(4), blocks, df=2.5).logpdf(pairs).sum()
    f = StudentLikelihood(X, 2.5)
    found = f.log_likelihood(f.on(PositiveDefinite(2, complex)).at(A).value)
    assert found == pytest.approx(expected, rel=1e-12)


@FIELDS
def test_log_likelihood_of_directions_integrates_to_one(dtype, rng):
    """Averaged over the sphere, the density is one over its area."""
    n = 2
    U = normal(rng, 40_000, n, dtype=dtype)
    U /= np.linalg.norm(U, axis=1, keepdims=True)
    A = np.array([[2.0, 0.5], [0.5, 1.0]])
    space = PositiveDefinite(n, dtype)
    area = 2 * np.pi if dtype is float else 2 * np.pi**2
    d = np.sum((U.conj() @ np.linalg.inv(A)) * U, axis=1).real
    f = TylerLikelihood(3.0 * U[:1])
    at_first = np.exp(f.log_likelihood(f.on(space).at(A).value))
    power = n / 2 if dtype is float else n
    density = at_first * (d / d[0]) ** -power
    assert density.mean() * area == pytest.approx(1.0, abs=0.02)


# Arguments and existence


def test_wrong_arguments(rng):
    X = normal(rng, 5, 3)
    for dof in (0.0, -1.0, np.inf, np.nan, "3", True):
        with pytest.raises(ValueError, match="dof must be a positive number"):
            StudentLikelihood(X, dof)
    X[[1, 3]] = 0.0
    with pytest.raises(ValueError, match="2 of 5 are zero, first 1; leave them out"):
        TylerLikelihood(X)
    StudentLikelihood(X, 1.0)
    with pytest.raises(ValueError, match="samples has 3 features but the space"):
        StudentLikelihood(X, 1.0).on(Symmetric(4))
    text = "StudentLikelihood(<5 samples of 3 features>, dof=1)"
    assert repr(StudentLikelihood(X, 1.0)) == text


@FIELDS
def test_too_few_samples_have_no_minimum(dtype, rng):
    for f in objectives(normal(rng, 3, 4, dtype=dtype)):
        with pytest.raises(ValueError, match="samples has rank 3 but the space"):
            minimize(f.on(PositiveDefinite(4, dtype)))
        f.check_minimum(
            Banded(4, 0, symmetric=True) if dtype is float else HermitianToeplitz(4)
        )
    square = normal(rng, 4, 4, dtype=dtype)
    with pytest.raises(ValueError, match="pass more than 4 samples"):
        TylerLikelihood(square).check_minimum(PositiveDefinite(4, dtype))
    StudentLikelihood(square, 1.0).check_minimum(PositiveDefinite(4, dtype))


def test_as_many_samples_as_features_have_many_minima(rng):
    X = normal(rng, 3, 3)
    f = TylerLikelihood(X)
    values = [
        f.on(PositiveDefinite(3)).at((X.T * w) @ X).value
        for w in ([1.0, 1.0, 1.0], [1.0, 2.0, 3.0], [5.0, 1.0, 0.1])
    ]
    np.testing.assert_allclose(values, values[0], rtol=1e-12)


@pytest.mark.parametrize("m", [2, 4])
def test_the_penalty_that_is_offered_gives_a_minimum(m, rng):
    import matopt

    for f in objectives(normal(rng, m, 4)):
        penalty = eval(f._penalty.format(4), vars(matopt) | {"np": np})
        result = minimize((f + penalty).on(PositiveDefinite(4)))
        assert result.success and np.linalg.cond(result.matrix) < 1e4
