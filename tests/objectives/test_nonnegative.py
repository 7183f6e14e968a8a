import numpy as np
import pytest
from scipy.optimize import nnls

from matopt.objectives import (
    FrobeniusNorm,
    GaussianLikelihood,
    L1Norm,
    LinearTrace,
    MatrixFactorization,
    Nonnegative,
    NuclearNorm,
    RayleighQuotient,
    SquaredDistance,
    WeightedLeastSquares,
)
from matopt.solvers import ADMM, LBFGS, Convex, ProximalGradient, Stop, minimize
from matopt.spaces import (
    Dense,
    Diagonal,
    Hankel,
    PositiveDefinite,
    Product,
    SkewSymmetric,
    Sphere,
    Symmetric,
    SymmetricToeplitz,
)

g = Nonnegative()
TIGHT = Stop(gradient_norm=1e-10)


def test_it_is_the_indicator_of_a_cone(rng):
    X = rng.standard_normal((4, 3))
    assert g.norm(np.abs(X)) == 0.0 and g.norm(X) == np.inf
    assert g.norm(np.zeros((2, 2))) == 0.0
    Z = g.prox(X, 0.3)
    np.testing.assert_array_equal(Z, [[max(x, 0.0) for x in row] for row in X])
    np.testing.assert_array_equal(Z, g.prox(X, 7.0))  # whatever t is
    R = X - Z  # Moreau: in the polar cone, and orthogonal
    assert g.dual_norm(R) == 0.0 and np.vdot(R, Z) == 0.0
    assert g.dual_norm(X) == np.inf


def test_the_nearest_subgradient_is_zero_only_at_a_minimum():
    X = np.array([[2.0, 0.0], [0.0, 3.0]])
    G = np.array([[0.5, 0.7], [-0.2, 0.0]])
    # free where X > 0; where X = 0 only a fall inwards counts
    np.testing.assert_array_equal(g.nearest(X, G, 1.0), [[0.5, 0.0], [-0.2, 0.0]])


@pytest.mark.parametrize(
    "space", [Dense(3, 3), Dense(4), Symmetric(3), Diagonal(3), Hankel(4)], ids=repr
)
def test_on_spaces_the_projection(space, rng):
    T = space.matrix(rng.standard_normal(space.dimension))
    result = minimize(
        (SquaredDistance(T) + g).on(space), np.abs(T), stop=Stop(gradient_norm=1e-9)
    )
    np.testing.assert_allclose(result.matrix, np.maximum(T, 0), atol=1e-9)
    assert result.success and (result.matrix >= 0).all()


def test_on_likelihoods(rng):
    samples = (
        rng.standard_normal((200, 4))
        @ np.linalg.cholesky(np.eye(4) - 0.4 * (np.eye(4, k=1) + np.eye(4, k=-1))).T
    )
    for space in (PositiveDefinite(4), SymmetricToeplitz(4)):
        result = minimize((GaussianLikelihood(samples) + g).on(space))
        assert result.success and result.matrix[0, 1] == 0.0


@pytest.mark.parametrize(("m", "n"), [(1, 1), (9, 2), (30, 12), (5, 9)])
def test_nonnegative_least_squares(m, n, rng):
    A, b = rng.standard_normal((m, n)), rng.standard_normal(m)
    x, residual = nnls(A, b)  # the active set method of Lawson and Hanson
    f = WeightedLeastSquares(b, A) + g
    result = minimize(f.on(Dense(n)), stop=TIGHT)
    assert result.fun == pytest.approx(residual**2, abs=1e-9)
    if m >= n:
        np.testing.assert_allclose(result.matrix, x, atol=1e-7)


@pytest.mark.parametrize("solver", [ADMM(), Convex()], ids=repr)
def test_other_solvers_agree(solver, rng):
    T, A = rng.standard_normal((3, 3)), rng.standard_normal((3, 3))
    f = SquaredDistance(T) + 0.3 * FrobeniusNorm() + LinearTrace(A) + g
    ours = minimize(f.on(Dense(3, 3)), stop=TIGHT)
    theirs = minimize(f.on(Dense(3, 3)), solver=solver, stop=Stop(gradient_norm=1e-6))
    assert ours.success and (theirs.matrix >= 0).all()
    np.testing.assert_allclose(theirs.matrix, ours.matrix, atol=1e-5)
    np.testing.assert_allclose(ours.matrix, np.maximum(T - A.T / 2, 0) / 1.3, atol=1e-9)


def test_its_coefficient_is_nothing_but_zero_or_not():
    T = np.array([[1.0, -2.0]])
    for c, expected in ((5.0, np.maximum(T, 0)), (0, T)):
        f = SquaredDistance(T) + c * g
        result = minimize(f.on(Dense(1, 2)), stop=TIGHT)
        np.testing.assert_allclose(result.matrix, expected, atol=1e-10)


@pytest.mark.parametrize(
    ("space", "error", "match"),
    [
        (
            Dense(2, 2, complex),
            ValueError,
            "needs real matrices but Dense.*leave dtype",
        ),
        (SkewSymmetric(3), ValueError, "its proximal operator does not leave"),
        (Sphere(3), TypeError, "does not take steps by the entries"),
        (Product(Dense(2), Dense(2)), ValueError, r"has several; take f.of\(i\)"),
    ],
)
def test_where_it_is_not_defined(space, error, match):
    with pytest.raises(error, match=match):
        g.on(space)


def test_a_start_outside_is_refused():
    f = FrobeniusNorm() + g
    with pytest.raises(ValueError, match="inf at the start"):
        minimize(f.on(Dense(2, 2)), -np.ones((2, 2)))


# One for each matrix of a Product


def test_terms_of_several_matrices_are_one_penalty(rng):
    f = MatrixFactorization(rng.uniform(size=(4, 3)))
    whole = f + 2 * L1Norm(False).of(0) + 3 * (g.of(1) + g.of(1))
    penalty = (f + 2 * L1Norm(False).of(0) + g.of(1)).penalty
    assert repr(penalty) == "(L1Norm(off_diagonal=False)).of(0) + (Nonnegative()).of(1)"
    X = (np.array([[1.0, -2.0]]), np.array([[3.0], [-1.0]]))
    assert penalty.norm((X[0], abs(X[1]))) == 6.0 and penalty.norm(X) == np.inf
    shrunk, positive = penalty.prox(X, 0.25)
    np.testing.assert_array_equal(shrunk, [[0.5, -1.5]])
    np.testing.assert_array_equal(positive, [[3.0], [0.0]])
    space = Product(Dense(4, 2), Dense(2, 3))
    with pytest.raises(
        ValueError, match=r"one non-smooth term, got Nonnegative\(\) and"
    ):
        whole.on(space)
    with pytest.raises(
        ValueError, match="must be at least 0, got -1; a norm taken away"
    ):
        (f - g.of(1)).on(space)
    with pytest.raises(
        TypeError, match=r"\(Nonnegative\(\)\).of\(1\) is not; take Prox"
    ):
        minimize((f + g.of(1)).on(space), solver=LBFGS())
    with pytest.raises(ValueError, match="for one matrix, and Product"):
        minimize((f + g.of(1)).on(space), solver=ADMM())


def test_of_a_sum_is_the_sum_of_those(rng):
    T = rng.standard_normal((3, 2))
    part = (SquaredDistance(T) + 0.5 * NuclearNorm()).of(1) + FrobeniusNorm().of(0)
    space = Product(Dense(2, dtype=complex), Dense(3, 2))
    result = minimize(part.on(space), stop=TIGHT)
    alone = minimize(
        (SquaredDistance(T) + 0.5 * NuclearNorm()).on(Dense(3, 2)), stop=TIGHT
    )
    np.testing.assert_allclose(result.matrix[1], alone.matrix, atol=1e-8)
    np.testing.assert_allclose(result.matrix[0], 0.0, atol=1e-8)
    theirs = minimize(part.on(space), solver=Convex(), stop=Stop(gradient_norm=1e-6))
    np.testing.assert_allclose(theirs.matrix[1], alone.matrix, atol=1e-5)


def test_every_factor_must_take_steps_by_its_entries(rng):
    f = SquaredDistance(rng.standard_normal((3, 2))).of(1) + g.of(1)
    with pytest.raises(TypeError, match="does not take steps by the entries"):
        minimize(
            (f + RayleighQuotient(np.eye(3)).of(0)).on(Product(Sphere(3), Dense(3, 2)))
        )


@pytest.mark.parametrize("acceleration", [True, False])
def test_the_gradient_on_a_product_is_the_residual_of_the_conditions(acceleration, rng):
    A = rng.uniform(size=(6, 5))
    f = MatrixFactorization(A) + g.of(0) + g.of(1)
    result = minimize(
        f.on(Product(Dense(6, 2), Dense(2, 5))),
        solver=ProximalGradient(acceleration),
        stop=Stop(gradient_norm=1e-8, max_iterations=20_000),
    )
    W, H = result.matrix
    R = W @ H - A
    for X, G in ((W, R @ H.T), (H, W.T @ R)):
        assert (X >= 0).all() and (G > -1e-8).all()
        assert np.abs(X * G).max() < 1e-8
    assert result.success
