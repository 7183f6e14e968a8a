import numpy as np
import pytest

from matopt.inference import diagnose, fit, samples_needed
from matopt.inference.existence import convexity
from matopt.linalg import Scatter
from matopt.objectives import GaussianLikelihood
from matopt.spaces import (
    Banded,
    Circulant,
    Diagonal,
    HermitianToeplitz,
    LinearSpan,
    PositiveDefinite,
    Symmetric,
    SymmetricToeplitz,
)


@pytest.mark.parametrize("n", [1, 2, 3, 6, 9, 16])
def test_known_counts(n, rng):
    A = np.eye(n)
    # Toeplitz: a null vector has n - 1 roots on the unit circle; real data let half
    # of them free, complex data pose twice the equations
    assert samples_needed(SymmetricToeplitz(n), A, rng) == (n - 1) // 2 + 1
    assert samples_needed(HermitianToeplitz(n), A, rng) == (n - 1) // 2 + 1
    assert samples_needed(Symmetric(n), A, rng) == n
    assert samples_needed(Symmetric(n, complex), A, rng) == n
    assert samples_needed(Diagonal(n), A, rng) == 1


@pytest.mark.parametrize("n", [3, 6])
def test_circulant_and_equicorrelated_matrices_need_one_sample(n, rng):
    C = Circulant(n)
    basis = [C.matrix(e) + C.matrix(e).T for e in np.eye(n)[: n // 2 + 1]]
    assert samples_needed(LinearSpan(np.array(basis)), np.eye(n), rng) == 1
    equal = LinearSpan(np.array([np.eye(n), np.ones((n, n))]))
    assert samples_needed(equal, np.eye(n), rng) == 1


def test_the_units_of_the_features_do_not_matter(rng):
    D = np.diag(10.0 ** np.arange(-3, 3))
    T = SymmetricToeplitz(6)
    scaled = LinearSpan(np.array([D @ S @ D for S in T.basis()]))
    assert samples_needed(scaled, D @ D, rng) == 3


@pytest.mark.parametrize(
    "space", [SymmetricToeplitz(6), HermitianToeplitz(6)], ids=repr
)
@pytest.mark.slow
def test_fits_run_away_only_below_the_count(space, rng):
    def share(m):
        away = 0
        for _ in range(10):
            X = rng.standard_normal((m, 6))
            if space.dtype is complex:
                X = X + 1j * rng.standard_normal(X.shape)
            away += diagnose(fit(X, space)).boundary
        return away / 10

    assert share(1) >= 0.8
    assert share(3) == 0.0


@pytest.mark.parametrize("n", [1, 4])
def test_the_certificate_of_convexity(n, rng):
    S = PositiveDefinite(n).random(rng)
    root = Scatter.of_covariance(S).root
    assert convexity(1.99 * S, root)[0]
    assert not convexity(2.01 * S, root)[0]
    assert convexity(1.01 * S, root) == (True, True)
    assert convexity(S - 2 * np.eye(n) * np.linalg.norm(S), root) == (False, False)


def test_the_certificate_of_the_global_minimum_is_sharp():
    # f(A) - f(S) = ln 2 - 1/2 at A^-1 S = diag(1, 1/2); a little inside and outside
    S = np.eye(2)
    root = Scatter.of_covariance(S).root

    def excess(s):
        return s - 1 - np.log(s)

    for s, expected in ((1.7, True), (1.8, False)):  # excess .169 and .212
        assert (excess(s) < np.log(2) - 0.5) == expected
        assert convexity(np.diag([1.0, 1 / s]), root) == (True, expected)


def test_few_samples_have_no_certificate(rng):
    X = rng.standard_normal((2, 3))
    assert convexity(np.eye(3), Scatter(X).root) == (False, False)


def test_inside_the_region_the_hessian_is_positive_definite(rng):
    # the theorem itself, at random members below 2 S; and it fails far outside
    T = SymmetricToeplitz(4)
    X = rng.standard_normal((30, 4))
    f = GaussianLikelihood(X).on(T)
    root = f.objective.scatter.root
    for _ in range(20):
        A = np.eye(4) + T.matrix(0.2 * rng.standard_normal(4))
        if convexity(A, root)[0]:
            assert np.linalg.eigvalsh(f.at(A).hessian)[0] > 0
    assert np.linalg.eigvalsh(f.at(10 * np.eye(4)).hessian)[0] < 0


def test_banded_matrices_need_as_many_samples_as_features(rng):
    assert samples_needed(Banded(4, 1, symmetric=True), np.eye(4), rng) == 4
