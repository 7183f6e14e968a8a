import numpy as np
import pytest

from matopt.check import check_objective
from matopt.errors import OutOfDomain
from matopt.objectives import (
    FrobeniusNorm,
    GaussianLikelihood,
    GaussianPrecisionLikelihood,
    L1Norm,
    LinearTrace,
    NuclearNorm,
    SquaredDistance,
)
from matopt.spaces import (
    Banded,
    Circulant,
    Dense,
    Diagonal,
    Fisher,
    Hankel,
    HermitianToeplitz,
    LinearSpan,
    PositiveDefinite,
    Product,
    SkewSymmetric,
    Sphere,
    Symmetric,
    SymmetricToeplitz,
    Toeplitz,
)

FIELDS = pytest.mark.parametrize("dtype", [float, complex])
ALL = L1Norm(off_diagonal=False)
NEARLY = np.array([[1.0, 1.0, 1.0], [1.0 - 1e-6, 1.0, 1.0], [1.0, 1.0, 1.0]])
NORMS = pytest.mark.parametrize("g", [L1Norm(), ALL, NuclearNorm()], ids=repr)


def normal(rng, *shape, dtype=float):
    A = rng.standard_normal(shape)
    return A if dtype is float else A + 1j * rng.standard_normal(shape)


def inner(A, B):
    return float(np.vdot(A, B).real)


# Values and proximal operators, by their definitions


@FIELDS
def test_the_l1_norm_is_a_sum_over_entries(dtype, rng):
    X, w = normal(rng, 3, 3, dtype=dtype), rng.uniform(size=(3, 3))
    moduli = [[abs(complex(x)) for x in row] for row in X]
    both = sum(moduli[i][j] for i in range(3) for j in range(3))
    assert ALL.norm(X) == pytest.approx(both)
    assert L1Norm().norm(X) == pytest.approx(both - sum(moduli[i][i] for i in range(3)))
    weighted = sum(w[i, j] * moduli[i][j] for i in range(3) for j in range(3) if i != j)
    assert L1Norm(weights=w).norm(X) == pytest.approx(weighted)


@FIELDS
def test_the_l1_prox_shrinks_moduli(dtype, rng):
    X, w, t = normal(rng, 4, 3, dtype=dtype), rng.uniform(0, 2, size=(4, 3)), 0.7
    Z = L1Norm(off_diagonal=False, weights=w).prox(X, t)
    for i in range(4):
        for j in range(3):
            r = abs(X[i, j])
            expected = 0.0 if r <= t * w[i, j] else X[i, j] * (1 - t * w[i, j] / r)
            assert Z[i, j] == pytest.approx(expected, abs=1e-15)
    assert (Z == 0).any() and (Z != 0).any()
    square = normal(rng, 3, 3, dtype=dtype)
    np.testing.assert_array_equal(np.diag(L1Norm().prox(square, 1.0)), np.diag(square))


@FIELDS
@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (5, 3), (3, 5)])
def test_the_nuclear_prox_shrinks_singular_values(shape, dtype, rng):
    X = normal(rng, *shape, dtype=dtype)
    values = np.sqrt(np.linalg.eigvalsh(X @ X.conj().T)[::-1][: min(shape)])
    assert NuclearNorm().norm(X) == pytest.approx(values.sum())
    t = 0.5 * values[0]
    Z = NuclearNorm().prox(X, t)
    left = np.sqrt(np.abs(np.linalg.eigvalsh(Z @ Z.conj().T)[::-1][: min(shape)]))
    np.testing.assert_allclose(left, np.maximum(values - t, 0), atol=1e-7)
    # the singular vectors are those of X
    np.testing.assert_allclose(Z @ X.conj().T, (Z @ X.conj().T).conj().T, atol=1e-12)


@FIELDS
def test_the_nuclear_prox_of_a_hermitian_matrix_is_hermitian(dtype, rng):
    F = normal(rng, 4, 4, dtype=dtype)
    X = F + F.conj().T
    Z = NuclearNorm().prox(X, 1.0)
    np.testing.assert_array_equal(Z, Z.conj().T)
    U, s, Vh = np.linalg.svd(X)
    np.testing.assert_allclose(Z, (U * np.maximum(s - 1.0, 0)) @ Vh, atol=1e-12)


@FIELDS
@NORMS
def test_moreau(g, dtype, rng):
    # X - prox(X) is t times a subgradient at prox(X): of dual norm t, and aligned
    X, t = normal(rng, 4, 4, dtype=dtype), 0.8
    Z = g.prox(X, t)
    R = X - Z
    assert g.dual_norm(R) <= t * (1 + 1e-12)
    assert inner(R, Z) == pytest.approx(t * g.norm(Z), rel=1e-12)
    assert g.dual_norm(R) == pytest.approx(t, rel=1e-12)


def test_the_dual_norm_is_infinite_where_nothing_is_penalized():
    assert L1Norm().dual_norm(np.eye(2)) == np.inf
    assert L1Norm().dual_norm(np.array([[0.0, -3.0], [2.0, 0.0]])) == 3.0
    w = np.array([[1.0, 2.0], [4.0, 1.0]])
    dual = L1Norm(False, w).dual_norm(np.array([[1.0, 4.0], [-12.0, 0.5]]))
    assert dual == 3.0


@FIELDS
@NORMS
def test_the_nearest_subgradient(g, dtype, rng):
    X = g.prox(normal(rng, 5, 5, dtype=dtype), 1.5)  # with zeros
    G, c = normal(rng, 5, 5, dtype=dtype), 0.7
    M = g.nearest(X, G, c)
    Z = (M - G) / c
    assert g.dual_norm(Z) <= 1 + 1e-12  # it is one ...
    assert inner(Z, X) == pytest.approx(g.norm(X), rel=1e-12)
    for _ in range(20):  # ... and the projection of 0 on the convex set of all
        Y = X + 1e-9 * normal(rng, 5, 5, dtype=dtype)
        R = Y - g.prox(Y, 1e-9)
        other = G + c * R / 1e-9  # a subgradient near X, up to rounding
        assert inner(M, other - M) >= -1e-4 * inner(M, M)


# On spaces


@pytest.mark.parametrize(
    "space",
    [
        Dense(4, 4),
        Dense(4, 4, complex),
        Symmetric(4),
        Symmetric(4, complex),
        Diagonal(4),
        PositiveDefinite(4),
        PositiveDefinite(4, complex),
        SkewSymmetric(4),
        Circulant(4),
        LinearSpan(np.array([np.eye(2), np.diag([1.0, 0.0])])),
    ],
    ids=repr,
)
@NORMS
def test_where_they_are_defined(g, space, rng):
    A = space.matrix(space.random(rng))
    e = (FrobeniusNorm() + 0.3 * g).on(space).at(A)
    assert e.value == pytest.approx(np.sum(np.abs(A) ** 2) + 0.3 * g.norm(A))
    # at a point without zeros the sum is smooth there
    if not isinstance(g, NuclearNorm) or not np.iscomplexobj(A):
        v, h = space.random_tangent(e.point, rng), 1e-6
        slope = (e.retract(h * v).value - e.retract(-h * v).value) / (2 * h)
        assert e.inner(e.gradient, v) == pytest.approx(slope, abs=1e-7)


@pytest.mark.parametrize(
    ("g", "space"),
    [
        (L1Norm(), Toeplitz(4)),
        (L1Norm(), SymmetricToeplitz(4)),
        (L1Norm(), HermitianToeplitz(4)),
        (L1Norm(), Banded(4, 1)),
        (ALL, Hankel(4)),
        (ALL, Dense(3, 2)),
        (ALL, Dense(3)),
        (NuclearNorm(), Dense(3, 2)),
    ],
    ids=repr,
)
def test_other_spaces_too(g, space, rng):
    assert g.on(space).at(space.matrix(space.random(rng))).value > 0


@pytest.mark.parametrize(
    ("g", "space", "match"),
    [
        (L1Norm(), Hankel(4), "proximal operator does not leave, and Hankel"),
        (NuclearNorm(), Toeplitz(4), "proximal operator does not leave, and Toep"),
        (NuclearNorm(), Banded(4, 1), "larger one such as Symmetric"),
        (ALL, LinearSpan(np.ones((1, 2, 2)) + np.eye(2)), "does not leave"),
        (L1Norm(weights=np.tri(4)), Symmetric(4), "does not leave.*symmetric, say"),
        (L1Norm(weights=NEARLY), Symmetric(3), "weights must be equal where"),
        (L1Norm(weights=NEARLY), Symmetric(3, complex), "weights must be equal"),
        (L1Norm(weights=1e-9 * NEARLY), PositiveDefinite(3), "weights must be equal"),
        (L1Norm(weights=NEARLY), Toeplitz(3), "weights must be equal where"),
        (L1Norm(weights=np.tri(4)), PositiveDefinite(4), "does not leave"),
        (L1Norm(weights=np.ones((3, 3))), Symmetric(4), r"weights has shape \(3, 3\)"),
        (L1Norm(), Dense(3, 2), "L1Norm without off_diagonal=False needs square"),
        (NuclearNorm(), Dense(3), r"Dense\(3\) has vectors; take L1Norm"),
        (NuclearNorm(), Product(Dense(2, 2)), r"has several; take f.of\(i\)"),
    ],
)
def test_where_they_are_not(g, space, match):
    with pytest.raises(ValueError, match=match):
        (FrobeniusNorm() + g).on(space)


@pytest.mark.parametrize("seed", range(20))
def test_weights_that_a_space_does_not_share_are_refused(seed):
    W = np.random.default_rng(seed).uniform(0.6, 1.0, (3, 3))
    for space in (Toeplitz(3), Symmetric(3), PositiveDefinite(3), Circulant(3)):
        with pytest.raises(ValueError, match="weights must be equal where"):
            L1Norm(weights=W).on(space)


@pytest.mark.parametrize("large", [1e3, 1e12, 1e20, 1e300])
def test_a_large_weight_does_not_hide_others(large):
    W = np.array([[0, 1, large], [2, 0, 1], [large, 1, 0]])
    V = np.array([[large, 1, 1], [1.001, large, 1], [1, 1, large]])
    for g in (L1Norm(weights=W), L1Norm(False, W), L1Norm(False, V)):
        for space in (Toeplitz(3), Symmetric(3, complex), PositiveDefinite(3)):
            with pytest.raises(ValueError, match="weights must be equal where"):
                g.on(space)
    # taken where all that is tied is equal, also where rounding mixes the entries
    W[1, 0] = V[1, 0] = 1.0
    entries = np.eye(9).reshape(3, 3, 3, 3)
    ties = [entries[i, j] + entries[j, i] for i in range(3) for j in range(i + 1)]
    for space in (Symmetric(3), PositiveDefinite(3, complex), LinearSpan(ties)):
        L1Norm(False, W).on(space)
        L1Norm(False, V).on(space)
    L1Norm(False, V).on(Toeplitz(3))


def test_weights_are_as_the_moduli_of_entries_that_are_proportional():
    line = LinearSpan([[[1.0, 0.0], [0.0, 1e6]]])
    L1Norm(False, np.diag([1.0, 1e6])).on(line)
    with pytest.raises(ValueError, match="weights must be equal where"):
        L1Norm(False, np.ones((2, 2))).on(line)


def test_weights_that_a_space_shares_are_taken(rng):
    W = rng.uniform(size=(4, 4))
    L1Norm(weights=W).on(Dense(4, 4))
    L1Norm(weights=W).on(Diagonal(4))  # where no other entry is
    L1Norm(weights=W + W.T + 1e-15 * W).on(PositiveDefinite(4, complex))
    L1Norm(weights=Toeplitz(4).project(W)).on(Toeplitz(4))
    L1Norm(weights=np.zeros((4, 4))).on(Symmetric(4))


def test_curved_spaces_are_refused():
    for g, space in ((ALL, Sphere(3)), (L1Norm(), Fisher(Symmetric(3)))):
        with pytest.raises(TypeError, match=r"does not take steps by the entries"):
            g.on(space)


def test_arguments_are_checked():
    with pytest.raises(
        ValueError, match=r"weights must be at least 0, the least is -1"
    ):
        L1Norm(weights=-np.ones((2, 2)))
    with pytest.raises(TypeError, match="weights must be real, got dtype complex128"):
        L1Norm(weights=1j * np.ones((2, 2)))
    with pytest.raises(TypeError, match="off_diagonal must be True or False, got 'no'"):
        L1Norm("no")
    assert repr(L1Norm(False, np.ones((2, 3)))) == (
        "L1Norm(off_diagonal=False, weights=<2x3>)"
    )


# Sums


def test_a_sum_knows_its_parts(rng):
    f, g = GaussianPrecisionLikelihood(rng.standard_normal((9, 3))), L1Norm()
    whole = 2 * (f + 0.1 * g) + FrobeniusNorm()
    assert repr(whole.smooth_part) == repr(2 * f + FrobeniusNorm())
    assert whole.penalty.g is g and whole.penalty.c == pytest.approx(0.2)
    assert not whole.has_hessian and (2 * f).has_hessian
    assert (2 * f).penalty is None and (0.5 * g).smooth_part is None
    assert f.smooth_part is f


def test_a_sum_has_one_of_them_and_not_less_than_none(rng):
    f = FrobeniusNorm()
    with pytest.raises(ValueError, match=r"must be at least 0, got -0.1; a norm taken"):
        (f - 0.1 * L1Norm()).on(Dense(2, 2))
    with pytest.raises(ValueError, match=r"one non-smooth term, got L1Norm\(\) and Nu"):
        (f + L1Norm() + NuclearNorm()).on(Dense(2, 2))


def test_the_gradient_of_a_sum_is_the_least_subgradient():
    f = SquaredDistance(np.array([[1.0, 0.2], [-3.0, 2.0]])) + L1Norm(False)
    e = f.on(Dense(2, 2)).at(np.array([[0.0, 0.0], [-1.0, 1.0]]))
    # 2 (x - t) + sign(x), or the distance of 2 (x - t) to [-1, 1]
    np.testing.assert_allclose(e.gradient, [-1.0, 0.0, 4.0 - 1.0, -2.0 + 1.0])
    e = f.on(Symmetric(2)).at(np.zeros((2, 2)))
    np.testing.assert_allclose(e.gradient, [-1.0, 5.6 - 2.0, -3.0])


@FIELDS
def test_the_gradient_of_a_positive_definite_matrix_is_in_its_frame(dtype, rng):
    X = normal(rng, 20, 3, dtype=dtype)
    f = GaussianPrecisionLikelihood(X) + 0.2 * L1Norm()
    A = np.eye(3) + 0.3 * (np.eye(3, k=1) + np.eye(3, k=-1))
    S = X.T @ X.conj() / 20
    G = S - np.linalg.inv(A)
    for i in range(3):
        for j in range(3):
            if i != j:
                r = abs(G[i, j])
                shrunk = G[i, j] * max(0.0, r - 0.2) / r
                G[i, j] = G[i, j] + 0.2 if A[i, j] else shrunk
    L = np.linalg.cholesky(A)
    e = f.on(PositiveDefinite(3, dtype)).at(A)
    np.testing.assert_allclose(e.gradient, L.T @ G @ L, atol=1e-12)
    assert e.point.factorizations == 1


def test_there_is_no_hessian(rng):
    e = (FrobeniusNorm() + L1Norm()).on(Dense(2, 2)).at(np.eye(2))
    with pytest.raises(OutOfDomain, match="has kinks and no Hessian; take Proximal"):
        e.hessp(np.ones(4))
    with pytest.raises(OutOfDomain, match="has kinks and no Hessian"):
        L1Norm().on(Dense(2, 2)).at(np.eye(2)).hessp(np.ones(4))
    check_objective(FrobeniusNorm() + L1Norm(False), Dense(2, 3), rng, hessian=False)


# Proximal operators of smooth terms


@FIELDS
@pytest.mark.parametrize("n", [1, 2, 5])
def test_the_prox_of_the_likelihood_is_stationary(n, dtype, rng):
    f = GaussianPrecisionLikelihood(normal(rng, 3, n, dtype=dtype))
    F = normal(rng, n, n, dtype=dtype)
    X, t = 3 * (F + F.conj().T), 0.4
    K = f.prox(X, t)
    assert np.linalg.eigvalsh(K)[0] > 0
    gradient = f.covariance - np.linalg.inv(K) + (K - X) / t
    np.testing.assert_allclose(gradient, 0, atol=1e-9)


def test_the_prox_takes_quadratic_terms_in(rng):
    f = GaussianPrecisionLikelihood(rng.standard_normal((8, 3)))
    A, T = np.diag([1.0, 2.0, 3.0]), rng.standard_normal((3, 3))
    T = T + T.T
    F = 2 * f + 0.3 * FrobeniusNorm() + LinearTrace(A) + 0.5 * SquaredDistance(T)
    X, t = np.eye(3), 0.7
    K = F.prox(X, t)
    gradient = 2 * (f.covariance - np.linalg.inv(K)) + 0.6 * K + A + (K - T)
    np.testing.assert_allclose(gradient + (K - X) / t, 0, atol=1e-12)
    Z = (FrobeniusNorm() + LinearTrace(A)).prox(X, t)
    np.testing.assert_allclose(2 * Z + A + (Z - X) / t, 0, atol=1e-12)


def test_what_has_no_prox_says_so(rng):
    Y = rng.standard_normal((8, 3))
    with pytest.raises(TypeError, match="GaussianLikelihood has no proximal operator"):
        GaussianLikelihood(Y).prox(np.eye(3), 1.0)
    f = GaussianPrecisionLikelihood(Y) + GaussianPrecisionLikelihood(Y[:4])
    with pytest.raises(TypeError, match="and GaussianPrecisionLikelihood has no prox"):
        f.prox(np.eye(3), 1.0)


# Is there a minimum?


def test_a_constant_feature_is_refused_if_it_is_not_penalized(rng):
    Y = rng.standard_normal((9, 3))
    Y[:, 1] = 0.0
    f = GaussianPrecisionLikelihood(Y)
    for space in (Symmetric(3), PositiveDefinite(3), Diagonal(3)):
        problem = (f + 0.1 * L1Norm()).on(space)
        with pytest.raises(ValueError, match=r"feature 1 that is always 0, and L1Norm"):
            problem.objective.check_minimum(space)
        (f + 0.1 * L1Norm(False)).check_minimum(space)
        (f + 0.1 * L1Norm() + 0.1 * FrobeniusNorm()).check_minimum(space)


def test_a_coefficient_of_zero_is_no_penalty(rng):
    f = GaussianPrecisionLikelihood(rng.standard_normal((2, 3)))
    with pytest.raises(ValueError, match="has rank 2"):
        (f + 0 * L1Norm()).check_minimum(Symmetric(3))
    (f + 0.1 * L1Norm()).check_minimum(Symmetric(3))
