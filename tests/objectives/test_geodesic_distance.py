import mpmath
import numpy as np
import pytest
from numeric import lift, normal

from matopt.check import check_objective
from matopt.errors import NotPositiveDefinite, OutOfDomain
from matopt.objectives import GeodesicDistance
from matopt.solvers import LBFGS, Stop, TrustRegion, minimize
from matopt.spaces import (
    Banded,
    CompoundSymmetry,
    Correlation,
    Dense,
    Diagonal,
    Fisher,
    HermitianToeplitz,
    KroneckerProduct,
    LowRankPlusDiagonal,
    PositiveDefinite,
    PositiveDefiniteToeplitz,
    StationaryKernel,
    Symmetric,
    SymmetricCirculant,
    SymmetricToeplitz,
)

mp = mpmath.mp
FIELDS = pytest.mark.parametrize("dtype", [float, complex])


def targets(rng, k, n, dtype=float, spread=0.0):
    roots = normal(rng, k, n, 2 * n, dtype=dtype)
    A = roots @ np.swapaxes(roots.conj(), 1, 2) / n
    d = 10.0 ** (spread * rng.uniform(-0.5, 0.5, (k, n)))
    return d[:, :, None] * A * d[:, None, :]


def value_of(A, w):
    """X -> the sum of w_k |log X^-1/2 A_k X^-1/2|^2 / 2 of mpmath matrices."""

    def one(X, B):
        P = mp.inverse(mp.cholesky((X + X.H) / 2))
        M = P * mp.matrix(B.tolist()) * P.H
        values = mp.eigh((M + M.H) / 2, eigvals_only=True)
        return mp.fsum(mp.log(v) ** 2 for v in values) / 2

    return lambda X: mp.fsum(c * one(X, B) for c, B in zip(w, A, strict=True))


@FIELDS
@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("spread", [0.0, 4.0])
def test_value_and_derivatives_in_50_digits(n, spread, dtype, rng):
    """Along curves X(t) of the matrix: of ill-conditioned matrices, too."""
    A, w = targets(rng, 2, n, dtype, spread), np.array([0.5, 2.0])
    X = targets(rng, 1, n, dtype, spread)[0]
    f, space = value_of(A, w), PositiveDefinite(n, dtype)
    e = GeodesicDistance(A, w).on(space).at(X)
    U, V = (space.random_tangent(e.point, rng) for _ in range(2))
    L = e.point.factor.L

    with mp.workdps(50):
        P, L = lift(X), lift(L)
        dU, dV = (L * lift(W) * L.H for W in (U, V))
        h = mp.mpf("1e-12")
        assert e.value == pytest.approx(float(f(P)), rel=1e-11)
        slope = float((f(P + h * dU) - f(P - h * dU)) / (2 * h))
        second = float(
            mp.fsum(
                i * j * f(P + i * h * dU + j * h * dV) for i in (-1, 1) for j in (-1, 1)
            )
            / (4 * h * h)
        )
    at = e.evaluation  # second derivatives in straight lines, before the metric
    assert np.vdot(at.gradient, U).real == pytest.approx(slope, abs=1e-10)
    assert np.vdot(at.hessp(V), U).real == pytest.approx(second, abs=1e-10)


def structures(n):
    return [
        Symmetric(n),
        Symmetric(n, complex),
        Diagonal(n),
        SymmetricToeplitz(n),
        HermitianToeplitz(n),
        Fisher(SymmetricToeplitz(n)),
        SymmetricCirculant(n),
        CompoundSymmetry(n),
        Banded(n, 1, symmetric=True),
    ]


@pytest.mark.parametrize("space", structures(2) + structures(5), ids=repr)
def test_on_structures(space, rng):
    n = space.shape[0]
    A = targets(rng, 3, n, space.dtype)
    structure = space.structure if isinstance(space, Fisher) else space
    X = structure.project(A.mean(axis=0)) + 0.5 * np.eye(n)
    check_objective(GeodesicDistance(A), space, rng, x=X)


@pytest.mark.parametrize(
    "space",
    [
        PositiveDefinite(1),
        PositiveDefinite(4),
        PositiveDefinite(3, complex),
        Correlation(3),
        KroneckerProduct(2, 2),
        LowRankPlusDiagonal(4, 1),
        PositiveDefiniteToeplitz(4),
        StationaryKernel(4),
    ],
    ids=repr,
)
def test_on_curved_spaces(space, rng):
    A = targets(rng, 3, space.shape[0], space.dtype)
    check_objective(GeodesicDistance(A, weights=[1.0, 0.0, 2.0]), space, rng)


def test_frame_and_entries_agree(rng):
    A, X = targets(rng, 4, 5), targets(rng, 1, 5)[0]
    f = GeodesicDistance(A)
    framed, plain = f.on(PositiveDefinite(5)).at(X), f.on(Symmetric(5)).at(X)
    assert framed.value == pytest.approx(plain.value, rel=1e-12)
    G = framed.point.ambient(framed.evaluation.gradient)
    np.testing.assert_allclose(plain.point.adjoint(G), plain.gradient, atol=1e-11)


def test_the_distance_does_not_see_a_change_of_coordinates(rng):
    A, B, M = *targets(rng, 2, 4), normal(rng, 4, 4)
    space, f = PositiveDefinite(4), GeodesicDistance(A)
    d = f.on(space).at(B).value
    assert GeodesicDistance(B).on(space).at(A).value == pytest.approx(d)
    moved = GeodesicDistance(M @ A @ M.T).on(space).at(M @ B @ M.T).value
    assert moved == pytest.approx(d, rel=1e-9)
    inverse = GeodesicDistance(np.linalg.inv(A)).on(space).at(np.linalg.inv(B)).value
    assert inverse == pytest.approx(d, rel=1e-9)
    assert f.on(space).at(A).value == pytest.approx(0.0, abs=1e-25)


@pytest.mark.parametrize("solver", [TrustRegion(), LBFGS()], ids=repr)
def test_the_mean_of_two_is_the_geometric_mean(solver, rng):
    A, B = targets(rng, 2, 4)
    f = GeodesicDistance([A, B])
    result = minimize(
        f.on(PositiveDefinite(4)), solver=solver, stop=Stop(gradient_norm=1e-9)
    )
    X = result.matrix  # X A^-1 X = B
    np.testing.assert_allclose(X @ np.linalg.solve(A, X), B, atol=1e-7)
    assert result.nit <= 12


def test_the_mean_of_ill_conditioned_matrices_in_a_handful_of_steps(rng):
    A = targets(rng, 10, 8, spread=4.0)
    result = minimize(
        GeodesicDistance(A).on(PositiveDefinite(8)), stop=Stop(gradient_norm=1e-9)
    )
    assert result.success and result.nit <= 25
    L = np.linalg.cholesky(result.matrix)
    total = 0.0
    for B in A:  # the logarithms seen from the mean add up to zero
        M = np.linalg.solve(L, np.linalg.solve(L, B).T)
        values, Q = np.linalg.eigh(0.5 * (M + M.T))
        total = total + (Q * np.log(values)) @ Q.T
    np.testing.assert_allclose(total, 0.0, atol=1e-7)


def test_numbers_have_the_weighted_geometric_mean():
    f = GeodesicDistance([[[2.0]], [[16.0]]], weights=[2.0, 1.0])
    result = minimize(f.on(PositiveDefinite(1)), stop=Stop(gradient_norm=1e-10))
    assert result.matrix[0, 0] == pytest.approx(4.0)
    assert result.fun == pytest.approx(np.log(2) ** 2 * (2 * 1 + 1 * 4) / 2)


def test_start_and_domain(rng):
    A = targets(rng, 3, 3)
    f = GeodesicDistance(A, weights=[1, 1, 2])
    e = f.on(PositiveDefinite(3)).start()
    np.testing.assert_allclose(e.matrix, np.average(A, axis=0, weights=[1, 1, 2]))
    assert f.on(SymmetricToeplitz(3)).start().value > 0  # which holds no such mean
    assert f.on(Symmetric(3)).at(-np.eye(3)).value == np.inf
    singular = f.on(Symmetric(3)).at(np.diag([1.0, 1.0, 0.0]))
    assert singular.value == np.inf
    with pytest.raises(OutOfDomain):
        _ = singular.evaluation.gradient
    assert repr(f) == "GeodesicDistance(<3 matrices of order 3>)"


@pytest.mark.parametrize(
    ("given", "weights", "error", "match"),
    [
        (np.eye(2)[:, :1], None, ValueError, r"targets\[0\] must be square"),
        (
            [np.eye(2), -np.eye(2)],
            None,
            NotPositiveDefinite,
            r"targets\[1\] must be po",
        ),
        ([[[1.0, 2.0], [0.0, 9.0]]], None, ValueError, r"targets\[0\] must be symm"),
        (np.ones(3), None, ValueError, "targets"),
        (np.eye(2), [1.0, 1.0], ValueError, "weights has 2 numbers but targets has 1 "),
        (np.eye(2), [-1.0], ValueError, "weights must be real numbers of at least 0"),
        (np.eye(2), [0.0], ValueError, "and one of them positive"),
        (np.eye(2), [1j], ValueError, "weights must be real"),
    ],
)
def test_wrong_arguments(given, weights, error, match):
    with pytest.raises(error, match=match):
        GeodesicDistance(given, weights)


@pytest.mark.parametrize(
    ("space", "match"),
    [
        (Dense(2, 2), r"needs a space of symmetric \(Hermitian\) matrices, Dense"),
        (PositiveDefinite(3), r"targets has matrices of order 2 but the space"),
    ],
)
def test_wrong_spaces(space, match):
    with pytest.raises(ValueError, match=match):
        GeodesicDistance(np.eye(2)).on(space)
    with pytest.raises(ValueError, match="targets is complex but Symmetric"):
        GeodesicDistance(np.array([[2.0, 1j], [-1j, 2.0]])).on(Symmetric(2))
