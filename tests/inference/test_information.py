import numpy as np
import pytest
from scipy.stats import multivariate_normal

from matopt.inference import (
    Fit,
    fisher_information,
    fit,
    observed_information,
    scores,
)
from matopt.inference.information import expected_information
from matopt.objectives import (
    GaussianLikelihood,
    GaussianPrecisionLikelihood,
    LogDet,
)
from matopt.solvers import Stop, minimize
from matopt.spaces import (
    Banded,
    Dense,
    Diagonal,
    Fisher,
    HermitianToeplitz,
    LinearSpan,
    MatrixPoint,
    PositiveDefinite,
    Product,
    Symmetric,
    SymmetricToeplitz,
)

EXACT = Stop(gradient_norm=1e-11)


def compound(n):
    return LinearSpan(np.array([np.eye(n), np.ones((n, n)) - np.eye(n)]))


STRUCTURES = [
    *(SymmetricToeplitz(n) for n in (1, 2, 5)),
    *(HermitianToeplitz(n) for n in (1, 2, 5)),
    *(Symmetric(3, dtype) for dtype in (float, complex)),
    Diagonal(3),
    Banded(5, 1, symmetric=True),
    compound(4),
]


def member(structure, rng):
    return structure.matrix(structure.random(rng))


@pytest.mark.parametrize("structure", STRUCTURES, ids=repr)
@pytest.mark.parametrize("wrap", [lambda s: s, Fisher], ids=["flat", "Fisher"])
def test_expected_is_the_formula_of_slepian_and_bangs(structure, wrap, rng):
    A, m = member(structure, rng), 7
    P, S = np.linalg.inv(A), structure.basis()
    naive = np.array([[np.trace(P @ b @ P @ c).real for c in S] for b in S])
    factor = m / 2 if structure.dtype is float else m
    information = fisher_information(wrap(structure), A, m)
    np.testing.assert_allclose(information, factor * naive, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("dtype", [float, complex])
def test_on_a_manifold_it_is_by_the_tangent_basis(dtype, rng):
    space = PositiveDefinite(3, dtype)
    A = space.random(rng)
    point, P = space.point(A), np.linalg.inv(A)
    U = [point.along(e) for e in space.tangent_basis(point)]
    naive = np.array([[np.trace(P @ u @ P @ v).real for v in U] for u in U])
    factor = 2.0 if dtype is float else 4.0
    np.testing.assert_allclose(
        fisher_information(space, A, 4), factor * naive, atol=1e-10
    )
    general = MatrixPoint.information.__get__(space.point(A))  # not the frame's
    np.testing.assert_allclose(general, naive, atol=1e-10)


@pytest.mark.parametrize("structure", STRUCTURES, ids=repr)
def test_observed_is_expected_where_s_is_the_covariance(structure, rng):
    A = member(structure, rng)
    f = GaussianLikelihood.from_covariance(A.astype(structure.dtype), count=9)
    problem = f.on(Fisher(structure))
    done = Fit(problem, minimize(problem, start=A))
    np.testing.assert_allclose(
        observed_information(done), expected_information(done), rtol=1e-8, atol=1e-8
    )


@pytest.mark.parametrize("wrap", [lambda s: s, Fisher], ids=["flat", "Fisher"])
def test_observed_is_the_second_difference_of_the_log_likelihood(wrap, rng):
    T = SymmetricToeplitz(3)
    X = rng.standard_normal((12, 3))
    problem = GaussianLikelihood(X).on(wrap(T))
    done = Fit(problem, minimize(problem, stop=EXACT))
    t = T.parameters(done.matrix)

    def log_density(t):
        return multivariate_normal(np.zeros(3), T.matrix(t)).logpdf(X).sum()

    h, E = 1e-3, np.eye(3)
    naive = np.zeros((3, 3))
    for i in range(3):
        for j in range(3):
            for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
                change = a * b * log_density(t + h * (a * E[i] + b * E[j]))
                naive[i, j] -= change / (4 * h * h)
    np.testing.assert_allclose(observed_information(done), naive, rtol=1e-3, atol=1e-3)


def test_observed_on_a_manifold_is_the_same_by_the_directions(rng):
    X = rng.standard_normal((12, 3)) @ rng.standard_normal((3, 3))
    f = GaussianLikelihood(X)
    one = Fit(
        f.on(PositiveDefinite(3)), minimize(f.on(PositiveDefinite(3)), stop=EXACT)
    )
    other = fit(f, Symmetric(3), stop=EXACT)
    U = [one.point.along(e) for e in one.space.tangent_basis(one.point)]
    J = np.array([Symmetric(3).parameters(u) for u in U])
    H = J @ observed_information(other) @ J.T
    np.testing.assert_allclose(observed_information(one), H, rtol=1e-7, atol=1e-7)


def test_of_a_precision_both_are_the_same(rng):
    X = rng.standard_normal((30, 4))
    done = fit(GaussianPrecisionLikelihood(X), Banded(4, 1, symmetric=True))
    np.testing.assert_allclose(
        observed_information(done), expected_information(done), rtol=1e-9, atol=1e-9
    )


@pytest.mark.parametrize("dtype", [float, complex])
def test_scores_are_the_gradients_of_the_log_densities(dtype, rng):
    X = rng.standard_normal((9, 3))
    space = SymmetricToeplitz(3)
    if dtype is complex:
        X = X + 1j * rng.standard_normal(X.shape)
        space = HermitianToeplitz(3)
    done = fit(X, space, stop=EXACT)
    G = scores(done)
    t, h = space.parameters(done.matrix), 1e-6

    def log_densities(t):
        A = space.matrix(t)
        quadratic = np.einsum("mi,ij,mj->m", X.conj(), np.linalg.inv(A), X).real
        factor = 0.5 if dtype is float else 1.0
        return -factor * (np.linalg.slogdet(A)[1] + quadratic)

    for k, e in enumerate(np.eye(space.size)):
        slope = (log_densities(t + h * e) - log_densities(t - h * e)) / (2 * h)
        np.testing.assert_allclose(G[:, k], slope, atol=1e-7)
    np.testing.assert_allclose(G.sum(axis=0), 0.0, atol=1e-8)


def test_arguments():
    with pytest.raises(ValueError, match="space must hold symmetric"):
        fisher_information(Dense(2, 2), np.eye(2), 3)
    with pytest.raises(ValueError, match="space must hold symmetric"):
        fisher_information(Product(Symmetric(2), Symmetric(2)), np.eye(2), 3)
    with pytest.raises(ValueError, match="count must be an integer of at least 1"):
        fisher_information(Symmetric(2), np.eye(2), 0)


def test_scores_need_the_samples():
    f = GaussianLikelihood.from_covariance(np.eye(2), count=5)
    with pytest.raises(ValueError, match="must hold its samples"):
        scores(fit(f, Symmetric(2)))


def test_a_sum_has_no_expected_information(rng):
    f = GaussianLikelihood(rng.standard_normal((9, 2))) + 0.1 * LogDet()
    with pytest.raises(TypeError, match="must be a Gaussian likelihood"):
        expected_information(fit(f, Symmetric(2)))
