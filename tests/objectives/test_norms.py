import mpmath
import numpy as np
import pytest
from numeric import agrees, lift, normal, trace

from matopt.check import check_objective
from matopt.errors import OutOfDomain
from matopt.objectives import (
    FrobeniusNorm,
    GaussianMeanLikelihood,
    L1Norm,
    SquaredDistance,
    TwoNorm,
    from_functions,
)
from matopt.solvers import Status, minimize
from matopt.spaces import Dense, PositiveDefinite, Product, Sphere, Stiefel, Symmetric

FIELDS = pytest.mark.parametrize("dtype", [float, complex])


def square(X):
    return mpmath.mp.re(trace(X.H * X))


@FIELDS
def test_frobenius_is_132(dtype, rng):
    for space in (Dense(2, 3, dtype=dtype), Dense(3, dtype=dtype)):
        agrees(FrobeniusNorm(), space, square, rng)
        agrees(FrobeniusNorm(False), space, lambda X: mpmath.sqrt(square(X)), rng)
    space = Dense(2, 3, dtype=dtype)
    e = FrobeniusNorm().on(space).at(space.random(rng))
    np.testing.assert_array_equal(space.matrix(e.gradient), 2 * e.matrix)


@FIELDS
def test_two_norm_is_129_to_131(dtype, rng):
    a = normal(rng, 3, dtype=dtype)
    for space in (Dense(3, dtype=dtype), Dense(3, 1, dtype=dtype)):
        norm = lambda x: mpmath.sqrt(square(x - lift(a)))  # noqa: E731
        agrees(TwoNorm(a), space, norm, rng)
        agrees(TwoNorm(a, squared=True), space, lambda x: square(x - lift(a)), rng)
        agrees(TwoNorm(), space, lambda x: mpmath.sqrt(square(x)), rng)


def test_130_as_printed(rng):
    a, x = normal(rng, 4), normal(rng, 4)
    d = x - a
    r = np.linalg.norm(d)
    H = np.eye(4) / r - np.outer(d, d) / r**3
    np.testing.assert_allclose(TwoNorm(a).on(Dense(4)).at(x).hessian, H, rtol=1e-12)


@FIELDS
def test_on_every_kind_of_space(dtype, rng):
    check_objective(TwoNorm(normal(rng, 4, dtype=dtype)), Sphere(4, dtype), rng)
    for f in (FrobeniusNorm(), FrobeniusNorm(squared=False)):
        for space in (Symmetric(3, dtype), PositiveDefinite(3, dtype)):
            check_objective(f, space, rng)


def test_it_is_constant_on_stiefel(rng):
    e = FrobeniusNorm().on(Stiefel(4, 2)).start(rng)
    v = e.space.random_tangent(e.point, rng)
    assert e.value == pytest.approx(2.0)
    assert e.gradient_norm < 1e-14 and e.norm(e.hessp(v)) < 1e-14


def test_the_kink(rng):
    a = normal(rng, 3)
    for f, space, x in (
        (TwoNorm(a), Dense(3), a),
        (FrobeniusNorm(squared=False), Dense(2, 2), np.zeros((2, 2))),
    ):
        e = f.on(space).at(x)
        assert e.value == 0.0 and not e.gradient.any()
        with pytest.raises(OutOfDomain, match="no Hessian where it is zero"):
            e.hessp(np.ones(space.size))


def test_sums_of_norms_start_off_every_kink():
    # (2 - 0.3/|X|) X = 2 T, so that X = (1 - 0.15/|T|) T
    T = np.ones((3, 2))
    f = SquaredDistance(T) + 0.3 * FrobeniusNorm(squared=False)
    result = minimize(f.on(Dense(3, 2)))
    assert result.success
    shrunk = (1 - 0.15 / np.sqrt(6)) * T
    np.testing.assert_allclose(result.matrix, shrunk, atol=1e-6)
    # Fermat's point of a right triangle: sqrt(2 + sqrt(3)) from all corners together
    corners = [np.zeros(3), [1.0, 0, 0], [0, 1.0, 0]]
    for order in ((0, 1, 2), (2, 1, 0)):
        f = sum(TwoNorm(corners[i]) for i in order)
        result = minimize(f.on(Dense(3)))
        assert result.success
        np.testing.assert_allclose(result.fun, np.sqrt(2 + np.sqrt(3)), rtol=1e-9)


def test_a_norm_alone_is_minimal_at_its_start():
    whole = FrobeniusNorm(squared=False)
    pair = Product(Dense(3), Dense(3))
    for problem in (
        TwoNorm().on(Dense(3)),
        (2 * TwoNorm()).on(Dense(3)),
        (whole + 2 * FrobeniusNorm()).on(Dense(3, 2)),
        (whole + L1Norm(off_diagonal=False)).on(Dense(3, 2)),
        TwoNorm().of(1).on(pair),
        (TwoNorm().of(0) + 3 * TwoNorm().of(1)).on(pair),
    ):
        result = minimize(problem)
        assert result.success and result.nit == 0 and result.fun == 0.0
    # the middle of a triangle with equal sides is nearest to all corners
    angles = 2 * np.pi * np.arange(3) / 3
    corners = np.column_stack([np.cos(angles), np.sin(angles)])
    f = TwoNorm() + sum(TwoNorm(c) for c in corners)
    result = minimize(f.on(Dense(2)))
    assert result.success and result.fun == pytest.approx(3.0, rel=1e-12)


def test_the_start_is_not_the_top_of_a_norm():
    # |x|^2 - |x| is least where |x| = 1/2
    for f in (
        TwoNorm(squared=True) - TwoNorm(),
        TwoNorm(squared=True) + TwoNorm() - 2 * TwoNorm(),
    ):
        result = minimize(f.on(Dense(3)))
        assert result.success and result.fun == pytest.approx(-0.25, rel=1e-9)


def test_a_likelihood_gives_the_start_before_or_after_a_norm(rng):
    X = 1e-4 * (rng.standard_normal((50, 3)) + 0.5)
    norm, likelihood = 10.0 * TwoNorm().of(0), GaussianMeanLikelihood(X)
    space = Product(Dense(3), Symmetric(3))
    for f in (norm + likelihood, likelihood + norm):
        x = f.on(space).start().x
        np.testing.assert_array_equal(x, likelihood.on(space).start().x)
        result = minimize(f.on(space))
        assert result.success
    # at the minimum S = C + d d^T and 2 S^-1 (m - mean) = -10 m/|m|
    m, S = result.matrix
    mean, C = X.mean(axis=0), np.cov(X.T, bias=True)
    d = m - mean
    np.testing.assert_allclose(S, C + np.outer(d, d), rtol=1e-5)
    slope = -10 * m / np.linalg.norm(m)
    np.testing.assert_allclose(2 * np.linalg.solve(S, d), slope, atol=1e-3)


def test_norms_of_several_matrices_all_start_off_their_kinks():
    # for each (2 - 0.3/|x|) x = 2 t, so that x = (1 - 0.15/|t|) t
    t, u = np.ones(3), np.array([2.0, 0.0])
    f = SquaredDistance(t).of(0) + SquaredDistance(u).of(1)
    f = f + 0.3 * TwoNorm().of(0) + 0.3 * TwoNorm().of(1)
    result = minimize(f.on(Product(Dense(3), Dense(2))))
    assert result.success
    x, y = result.matrix
    np.testing.assert_allclose(x, (1 - 0.15 / np.sqrt(3)) * t, atol=1e-6)
    np.testing.assert_allclose(y, (1 - 0.15 / 2) * u, atol=1e-6)


def test_a_minimum_on_a_kink_is_reached_but_not_certified():
    T = np.array([0.3, -0.1, 0.2])
    result = minimize((SquaredDistance(T) + TwoNorm()).on(Dense(3)))
    assert result.status is Status.STALLED_AT_ROUNDING
    np.testing.assert_allclose(result.matrix, 0.0, atol=1e-9)


def test_the_kink_may_be_outside_the_domain_of_others():
    # sqrt(3) s - 3 ln s is least for s = sqrt(3); at zero no gradient is asked for
    def barrier(x):
        return -np.sum(np.log(x)) if (x > 0).all() else np.inf

    def gradient(x):
        return -1 / x if (x > 0).all() else np.full(3, np.nan)

    f = TwoNorm() + from_functions(barrier, gradient)
    problem = f.on(Dense(3))
    seed = next(s for s in range(99) if (Dense(3).random(s) > 0).all())
    assert (problem.start(seed).x > 0).all()
    result = minimize(problem, rng=seed)
    assert result.success
    np.testing.assert_allclose(result.matrix, np.full(3, np.sqrt(3)), rtol=1e-6)


def test_a_start_that_is_no_kink_stays():
    for f, space in (
        (FrobeniusNorm(), Dense(2, 2)),
        (TwoNorm([1.0, 0.0]), Dense(2)),
        (FrobeniusNorm(False), Symmetric(2)),
        (TwoNorm([1.0, 0.0]) + TwoNorm(squared=True), Dense(2)),
    ):
        np.testing.assert_array_equal(f.on(space).start().x, space.start())


def test_convex_is_the_same_function(rng):
    cp = pytest.importorskip("cvxpy")
    a = normal(rng, 3)
    for f, space in (
        (TwoNorm(a), Dense(3)),
        (TwoNorm(a), Dense(3, 1)),
        (TwoNorm(a, squared=True), Dense(3, 1)),
        (FrobeniusNorm(), Dense(3, 2)),
        (FrobeniusNorm(squared=False), Dense(3, 2)),
    ):
        X = normal(rng, *space.shape)
        variable = cp.Variable(space.shape)
        expression = f.convex(cp, variable)
        variable.value = X
        assert expression.is_convex()
        np.testing.assert_allclose(expression.value, f.on(space).at(X).value, rtol=1e-9)


def test_wrong_arguments():
    with pytest.raises(ValueError, match=r"a has 2 entries .*\(2,\) or \(2, 1\)"):
        TwoNorm([1.0, 2.0]).on(Dense(3))
    with pytest.raises(ValueError, match="TwoNorm takes a vector but"):
        TwoNorm().on(Dense(2, 2))
    with pytest.raises(ValueError, match=r"a must have 1 dimension\(s\)"):
        TwoNorm(np.eye(2))
    with pytest.raises(ValueError, match="a is complex but"):
        TwoNorm([1j, 0]).on(Dense(2))
    assert repr(TwoNorm([1, 2])) == "TwoNorm(<2>)"
    assert repr(TwoNorm(squared=True)) == "TwoNorm(None, squared=True)"
