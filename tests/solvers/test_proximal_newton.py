import re

import numpy as np
import pytest

from matopt.check import check_solver
from matopt.objectives import (
    FrobeniusNorm,
    GaussianLikelihood,
    GaussianPrecisionLikelihood,
    L1Norm,
    LinearTrace,
    NuclearNorm,
)
from matopt.solvers import (
    ADMM,
    ProximalGradient,
    ProximalNewton,
    Status,
    Stop,
    minimize,
)
from matopt.solvers.minimize import choose
from matopt.solvers.sparse_precision import SparsePrecision
from matopt.spaces import Banded, Dense, Diagonal, PositiveDefinite, Symmetric

SPACES = pytest.mark.parametrize("space", [Symmetric, PositiveDefinite])


def samples(rng, m, n, mix=0.6):
    return rng.standard_normal((m, n)) @ (np.eye(n) + mix * np.eye(n, k=1))


def gap_of(result):
    gap, parts = re.fullmatch(
        r"duality gap (\S+), connected components (\d+)", result.detail
    ).groups()
    return float(gap), int(parts)


def assert_optimal(K, S, w, mu=0.0, atol=1e-7):
    """The subgradient conditions, entry by entry."""
    G = S - np.linalg.inv(K) + 2 * mu * K
    zero = K == 0
    np.testing.assert_allclose(G[~zero], (-w * np.sign(K))[~zero], atol=atol)
    assert (np.abs(G) <= w + atol)[zero].all()


@SPACES
@pytest.mark.parametrize("c", [0.01, 0.1, 0.5])
def test_the_conditions_hold(space, c, rng):
    Y = samples(rng, 40, 9)
    problem = (GaussianPrecisionLikelihood(Y) + c * L1Norm()).on(space(9))
    assert isinstance(choose(problem), ProximalNewton)
    result = minimize(problem, stop=Stop(1e-10))
    assert result.success and result.nit <= 30
    assert_optimal(result.matrix, Y.T @ Y / 40, c * (1 - np.eye(9)), atol=1e-9)
    gap, _ = gap_of(result)
    assert 0 <= gap < 1e-9
    dual = 9 + np.linalg.slogdet(np.linalg.inv(result.matrix))[1]
    assert result.fun == pytest.approx(dual, abs=1e-9)
    check_solver(ProximalNewton(), problem.start(), value=dual)
    assert problem.at(result.matrix).value == pytest.approx(result.fun, rel=1e-13)


@SPACES
def test_every_kind_of_penalty(space, rng):
    Y, A = samples(rng, 30, 6), np.diag([0.5, 0, 0, 1.0, 0, 0])
    A[0, 1] = 0.4  # not symmetric: its Hermitian part counts
    w = rng.uniform(0.0, 0.3, size=(6, 6))
    w = w + w.T
    f, S = GaussianPrecisionLikelihood(Y), Y.T @ Y / 30
    off = 1 - np.eye(6)
    T = S + 0.5 * (A + A.T)
    for F, S_, weights, mu in (
        (f + L1Norm(off_diagonal=False, weights=w), S, w, 0.0),
        (f + L1Norm(weights=w), S, w * off, 0.0),
        (f + 0.1 * L1Norm() + 0.2 * FrobeniusNorm(), S, 0.1 * off, 0.2),
        (4 * f + 0.4 * L1Norm() + 0.8 * FrobeniusNorm(), S, 0.1 * off, 0.2),
        (f + LinearTrace(A) + 0.1 * L1Norm(), T, 0.1 * off, 0.0),
        (f + 0 * L1Norm(), S, 0 * off, 0.0),
    ):
        result = minimize(F.on(space(6)), stop=Stop(1e-9))
        assert result.success and result.solver == "ProximalNewton()"
        assert_optimal(result.matrix, S_, weights, mu, atol=1e-8)
        assert gap_of(result)[0] < 1e-7


def test_it_agrees_with_scikit_learn(rng):
    covariance = pytest.importorskip("sklearn.covariance")
    Y = samples(rng, 60, 10)
    S = Y.T @ Y / 60
    for c in (0.05, 0.2):
        problem = (GaussianPrecisionLikelihood(Y) + c * L1Norm()).on(Symmetric(10))
        result = minimize(problem, stop=Stop(1e-9))
        _, K = covariance.graphical_lasso(S, c, tol=1e-9, enet_tol=1e-9, max_iter=500)
        assert result.fun <= problem.at(K).value + 1e-12
        assert result.fun == pytest.approx(problem.at(K).value, abs=1e-7)


def test_fewer_samples_than_features(rng):
    Y = samples(rng, 5, 12)
    f = GaussianPrecisionLikelihood(Y)
    result = minimize((f + 0.2 * L1Norm()).on(PositiveDefinite(12)), stop=Stop(1e-8))
    assert result.success
    assert_optimal(result.matrix, Y.T @ Y / 5, 0.2 * (1 - np.eye(12)))
    with pytest.raises(ValueError, match="has rank 5"):
        minimize((f + 0.0 * L1Norm()).on(Symmetric(12)))


def test_a_constant_feature(rng):
    Y = samples(rng, 30, 5)
    Y[:, 2] = 0.0
    f = GaussianPrecisionLikelihood(Y)
    with pytest.raises(ValueError, match="feature 2 that is always 0"):
        minimize((f + 0.1 * L1Norm()).on(Symmetric(5)))
    for penalty, k in (
        (0.1 * L1Norm(off_diagonal=False), 10.0),
        (0.1 * L1Norm() + 0.02 * FrobeniusNorm(), 5.0),  # 1 / k = 2 mu k
    ):
        result = minimize((f + penalty).on(Symmetric(5)))
        assert result.success
        assert result.matrix[2, 2] == pytest.approx(k)


def test_components_are_solved_apart(rng):
    blocks = [samples(rng, 50, n) for n in (4, 1, 3)]
    S = np.zeros((8, 8))
    places = [[0, 3, 5, 7], [1], [2, 4, 6]]  # in turn, not one after another
    for place, Y in zip(places, blocks, strict=True):
        S[np.ix_(place, place)] = Y.T @ Y / 50
    S += 0.01 * (1 - np.eye(8))  # below the penalty: it does not join them
    f = GaussianPrecisionLikelihood.from_covariance(S)
    for space in (Symmetric(8), PositiveDefinite(8)):
        result = minimize((f + 0.05 * L1Norm()).on(space), stop=Stop(1e-9))
        assert result.success
        assert gap_of(result)[1] >= 3
        assert_optimal(result.matrix, S, 0.05 * (1 - np.eye(8)), atol=1e-8)
        for i, place in enumerate(places):
            others = [k for p in places[:i] + places[i + 1 :] for k in p]
            assert not result.matrix[np.ix_(place, others)].any()


@SPACES
def test_a_start_of_ones_own(space, rng):
    Y = samples(rng, 40, 6)
    problem = (GaussianPrecisionLikelihood(Y) + 0.1 * L1Norm()).on(space(6))
    cold = minimize(problem, stop=Stop(1e-9))
    dense = np.eye(6) + 0.3
    far = minimize(problem, dense, stop=Stop(1e-9))
    near = minimize(problem, cold.matrix + 1e-3 * np.eye(6), stop=Stop(1e-9))
    assert far.success and near.success and near.nit < cold.nit
    np.testing.assert_allclose(far.matrix, cold.matrix, atol=1e-8)
    assert far.history["value"][0] == problem.at(dense).value


@pytest.mark.parametrize("c", [0.0, 0.3, 100.0])
@pytest.mark.parametrize("n", [1, 2])
@SPACES
def test_the_smallest_sizes(space, n, c, rng):
    Y = samples(rng, 20, n)
    S = Y.T @ Y / 20
    for diagonal in (True, False):
        f = GaussianPrecisionLikelihood(Y) + c * L1Norm(off_diagonal=diagonal)
        result = minimize(f.on(space(n)), stop=Stop(1e-9))
        assert result.success
        W = np.sign(S) * np.maximum(np.abs(S) - c, 0)
        np.fill_diagonal(W, np.diag(S) + (0 if diagonal else c))
        np.testing.assert_allclose(result.matrix, np.linalg.inv(W), atol=1e-8)


def test_features_of_very_different_scale(rng):
    scale = 10.0 ** np.array([-3, 2, 0, -1, 3])
    Y = samples(rng, 40, 5) * scale
    w = 0.1 * np.outer(scale, scale)
    problem = (GaussianPrecisionLikelihood(Y) + L1Norm(weights=w)).on(
        PositiveDefinite(5)
    )
    result = minimize(problem, stop=Stop(1e-8))  # in the frame units do not matter
    assert result.success
    K = result.matrix * np.outer(scale, scale)
    S = Y.T @ Y / 40 / np.outer(scale, scale)
    assert_optimal(K, S, 0.1 * (1 - np.eye(5)))


def test_an_ill_conditioned_covariance_takes_conjugate_gradients(rng):
    F = rng.standard_normal((200, 25)) @ np.diag(np.geomspace(1, 0.02, 25))
    Y = F @ np.linalg.qr(rng.standard_normal((25, 25)))[0]
    problem = (GaussianPrecisionLikelihood(Y) + 1e-3 * L1Norm()).on(Symmetric(25))
    result = minimize(problem, stop=Stop(1e-7, max_iterations=100))
    assert result.success
    assert np.linalg.cond(result.matrix) > 150
    assert gap_of(result)[0] < 1e-5


def test_a_nearly_singular_precision_takes_few_iterations():
    # one eigenvalue of K far below the others, and most entries of K zero
    rng = np.random.default_rng(3)
    n, L = 60, np.eye(60)
    L[np.tril(rng.uniform(size=(n, n)) < 0.15, -1)] = -0.6
    Y = np.linalg.solve(L @ L.T, rng.standard_normal((n, 180))).T
    Y = (Y - Y.mean(axis=0)) / Y.std(axis=0)
    problem = (GaussianPrecisionLikelihood(Y) + 0.05 * L1Norm()).on(Symmetric(n))
    result = minimize(problem, stop=Stop(1e-7, max_iterations=40))
    assert result.success
    assert np.linalg.cond(result.matrix) > 1000
    assert_optimal(result.matrix, Y.T @ Y / 180, 0.05 * (1 - np.eye(n)), atol=1e-7)
    assert gap_of(result)[0] < 1e-5


def test_the_end_of_a_run(rng):
    Y, w = samples(rng, 40, 9), 0.05 * (1 - np.eye(9))
    problem = (GaussianPrecisionLikelihood(Y) + 0.05 * L1Norm()).on(Symmetric(9))
    result = minimize(problem, stop=Stop(max_iterations=5))
    assert result.status is Status.MAX_ITERATIONS and result.nit == 5
    S = Y.T @ Y / 40
    M = S + np.clip(np.linalg.inv(result.matrix) - S, -w, w)  # a point of the dual
    dual = 9 + np.linalg.slogdet(M)[1]
    assert gap_of(result)[0] == pytest.approx(result.fun - dual, rel=0.06)
    best = minimize(problem, stop=Stop(1e-10)).fun
    assert result.fun - best <= gap_of(result)[0] * (1 + 1e-9)  # what a gap is for
    result = minimize(problem, stop=Stop(0.0))
    assert result.status is Status.STALLED_AT_ROUNDING
    assert result.gradient_norm < 1e-12
    assert result.nfactor <= 3 * result.nit


def test_other_problems_are_refused_by_name_and_solved_by_others(rng):
    Y = samples(rng, 20, 3)
    f = GaussianPrecisionLikelihood(Y)
    complex_f = GaussianPrecisionLikelihood(Y + 1j * Y[::-1])
    for problem in (
        (f + 0.1 * L1Norm()).on(Diagonal(3)),
        (f + 0.1 * L1Norm()).on(Banded(3, 1, symmetric=True)),
        (f + 0.1 * NuclearNorm()).on(Symmetric(3)),
        (complex_f + 0.1 * L1Norm()).on(Symmetric(3, complex)),
        (GaussianLikelihood(Y) + 0.1 * L1Norm()).on(Symmetric(3)),
        (f + f + 0.1 * L1Norm()).on(Symmetric(3)),
        (f - 0.01 * FrobeniusNorm() + 0.1 * L1Norm()).on(Symmetric(3)),
    ):
        assert isinstance(choose(problem), ProximalGradient)
        with pytest.raises(
            TypeError, match=r"ProximalNewton needs a GaussianPrec.*ADMM"
        ):
            minimize(problem, solver=ProximalNewton())
        assert SparsePrecision.of(problem) is None
    assert SparsePrecision.of(L1Norm().on(Dense(2, 2))) is None


def test_three_methods_and_one_optimum(rng):
    Y = samples(rng, 25, 7)
    problem = (GaussianPrecisionLikelihood(Y) + 0.1 * L1Norm()).on(Symmetric(7))
    runs = [
        minimize(problem, solver=s, stop=Stop(1e-8))
        for s in (ProximalNewton(), ProximalGradient(), ADMM())
    ]
    assert all(r.success for r in runs)
    for r in runs[1:]:
        np.testing.assert_allclose(r.matrix, runs[0].matrix, atol=1e-7)
        np.testing.assert_array_equal(r.matrix == 0, runs[0].matrix == 0)
    assert runs[0].nit < 15
