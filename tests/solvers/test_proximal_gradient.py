import math

import numpy as np
import pytest

from matopt.check import check_solver
from matopt.objectives import (
    FrobeniusNorm,
    GaussianLikelihood,
    GaussianPrecisionLikelihood,
    L1Norm,
    LogDet,
    NuclearNorm,
    SquaredDistance,
    WeightedLeastSquares,
    from_functions,
)
from matopt.solvers import (
    ADMM,
    LBFGS,
    NewtonCG,
    ProximalGradient,
    SciPy,
    Status,
    Stop,
    TrustRegion,
    minimize,
)
from matopt.spaces import (
    Dense,
    Diagonal,
    Fisher,
    PositiveDefinite,
    Symmetric,
    SymmetricToeplitz,
)

BOTH = pytest.mark.parametrize(
    "solver", [ProximalGradient(), ProximalGradient(acceleration=False)], ids=repr
)
FIELDS = pytest.mark.parametrize("dtype", [float, complex])


def normal(rng, *shape, dtype=float):
    A = rng.standard_normal(shape)
    return A if dtype is float else A + 1j * rng.standard_normal(shape)


@BOTH
@FIELDS
def test_a_pair_of_features_has_a_closed_form(solver, dtype, rng):
    # two features: the covariance off the diagonal is shrunk by the penalty
    Y = normal(rng, 30, 2, dtype=dtype) @ np.array([[1.0, 0.4], [0.0, 1.0]])
    for c in (0.05, 5.0):
        f = GaussianPrecisionLikelihood(Y)
        W = f.covariance.copy()
        r = abs(W[0, 1])
        W[0, 1] *= max(0.0, 1 - c / r)
        W[1, 0] = W[0, 1].conj()
        best = 2 + np.linalg.slogdet(W)[1]  # the dual value, which is the optimum
        for space in (Symmetric(2, dtype), PositiveDefinite(2, dtype)):
            problem = (f + c * L1Norm()).on(space)
            check_solver(solver, problem.start(), value=best)
            result = minimize(problem, solver=solver, stop=Stop(1e-9))
            assert result.success
            np.testing.assert_allclose(result.matrix, np.linalg.inv(W), atol=1e-8)
            assert (result.matrix[0, 1] == 0) == (c > r)


@BOTH
@FIELDS
def test_its_own_prox_is_the_solution(solver, dtype, rng):
    T = normal(rng, 6, 4, dtype=dtype)
    for g in (L1Norm(off_diagonal=False), NuclearNorm()):
        f = 0.5 * SquaredDistance(T) + 0.8 * g
        start = f.on(Dense(6, 4, dtype)).at(np.zeros((6, 4)))
        report = check_solver(solver, start, gradient_norm=1e-8)
        assert report.passed
        result = minimize(f.on(Dense(6, 4, dtype)), solver=solver, stop=Stop(1e-9))
        np.testing.assert_allclose(result.matrix, g.prox(T, 0.8), atol=1e-8)


def test_on_a_symmetric_matrix_the_prox_is_of_the_matrix(rng):
    # an off-diagonal parameter stands for two entries, whose metric is another one
    T = normal(rng, 4, 4)
    T = T + T.T
    for g in (L1Norm(off_diagonal=False), NuclearNorm()):
        f = 0.5 * SquaredDistance(T) + 0.7 * g
        result = minimize(f.on(Symmetric(4)), stop=Stop(1e-9))
        assert result.success
        np.testing.assert_allclose(result.matrix, g.prox(T, 0.7), atol=1e-8)


def test_the_lasso_by_its_conditions(rng):
    A = normal(rng, 40, 12)
    s = np.where(np.arange(12) < 3, 2.0, 0.0)
    x = A @ s + 0.1 * normal(rng, 40)
    f = WeightedLeastSquares(x, A) + 20.0 * L1Norm(off_diagonal=False)
    result = minimize(f.on(Dense(12)), stop=Stop(1e-8))
    assert result.success and "ProximalGradient" in result.solver
    slope = 2 * A.T @ (A @ result.x - x)
    zero = result.x == 0
    assert 3 <= zero.sum() <= 9
    np.testing.assert_allclose(
        slope[~zero], -20.0 * np.sign(result.x[~zero]), atol=1e-7
    )
    assert np.abs(slope[zero]).max() < 20.0


def test_a_toeplitz_family_is_searched_inside(rng):
    T = np.array([3.0, 0.4, -1.0, 0.2])
    S = T[np.abs(np.subtract.outer(range(4), range(4)))]
    f = 0.5 * SquaredDistance(S) + 0.5 * L1Norm()
    result = minimize(f.on(SymmetricToeplitz(4)), stop=Stop(1e-10))
    np.testing.assert_allclose(result.x, [3.0, 0.0, -0.5, 0.0], atol=1e-9)
    assert result.x[1] == result.x[3] == 0.0


def test_momentum_pays_on_an_ill_conditioned_problem(rng):
    A = normal(rng, 30, 20) * np.geomspace(1.0, 0.1, 20)
    problem = (WeightedLeastSquares(normal(rng, 30), A) + 0.01 * L1Norm(False)).on(
        Dense(20)
    )
    stop = Stop(1e-5, max_iterations=20_000)
    fast, slow = (
        minimize(problem, solver=ProximalGradient(acceleration=a), stop=stop)
        for a in (True, False)
    )
    assert fast.success and slow.success
    assert 3 * fast.nit < slow.nit
    assert fast.fun == pytest.approx(slow.fun, rel=1e-10)


def test_a_smooth_problem_is_a_case_of_it(rng):
    Y = normal(rng, 40, 3)
    f = GaussianPrecisionLikelihood(Y)
    best = 3 + np.linalg.slogdet(f.covariance)[1]
    check_solver(ProximalGradient(), f.on(Symmetric(3)).start(), value=best)


@pytest.mark.parametrize("n", [1, 2])
@BOTH
def test_a_penalty_on_the_diagonal(n, solver, rng):
    f = GaussianPrecisionLikelihood(normal(rng, 9, n))
    S = np.diag(f.covariance)
    for space in (Symmetric(n), PositiveDefinite(n), Diagonal(n)):
        result = minimize((f + 0.1 * L1Norm(False)).on(space), solver=solver)
        assert result.success
        W = np.diag(np.linalg.inv(result.matrix))
        np.testing.assert_allclose(W, S + 0.1, atol=1e-5)


def test_the_covariance_itself_may_be_sparse(rng):
    # not convex, and outside the domain are steps that it must survive
    Y = normal(rng, 50, 6)
    problem = (GaussianLikelihood(Y) + 0.2 * L1Norm()).on(PositiveDefinite(6))
    result = minimize(problem, 5.0 * np.eye(6))
    assert result.success and (result.matrix == 0).any()
    assert result.nfev > result.nit


def test_unbounded_is_said():
    result = minimize((LogDet() + 0.1 * L1Norm()).on(PositiveDefinite(2)))
    assert not result.success
    f = from_functions(
        lambda X: -float(np.sum(X**2)), lambda X: -2 * X, lambda X, V: -2 * V
    )
    result = minimize((f + 0.1 * L1Norm(False)).on(Dense(2)), np.ones(2))
    assert result.status is Status.UNBOUNDED


def test_the_limit_of_the_step_is_kept(rng):
    T = normal(rng, 3, 3)
    f = 0.5 * SquaredDistance(T) + 0.1 * L1Norm()
    solver = ProximalGradient(step=0.01, growth=1.0, acceleration=False)
    result = minimize(f.on(Dense(3, 3)), solver=solver, stop=Stop(step=1.0))
    assert result.status is Status.SMALL_STEP
    assert result.nit == 1


# Refusals


@pytest.mark.parametrize("solver", [TrustRegion(), LBFGS(), NewtonCG(), SciPy("CG")])
def test_smooth_solvers_refuse_kinks(solver, rng):
    f = FrobeniusNorm() + L1Norm()
    with pytest.raises(TypeError, match=r"needs a smooth objective, and L1Norm\(\) is"):
        minimize(f.on(Dense(2, 2)), solver=solver)
    with pytest.raises(TypeError, match=r"take ProximalGradient\(\), ADMM\(\) or, for"):
        minimize(f.on(Dense(2, 2)), solver=solver)


def test_a_norm_alone_is_refused():
    with pytest.raises(TypeError, match=r"needs a smooth term beside 2 \* L1Norm"):
        minimize((2 * L1Norm()).on(Dense(2, 2)), np.eye(2))


@pytest.mark.parametrize("step", [0.0, -1.0, math.inf, math.nan])
def test_the_step_must_be_positive(step):
    with pytest.raises(ValueError, match="step must be positive, got"):
        ProximalGradient(step=step)


def test_the_growth_must_be_at_least_one():
    with pytest.raises(ValueError, match=r"growth must be at least 1, got 0\.9"):
        ProximalGradient(growth=0.9)


@pytest.mark.parametrize("solver", [ProximalGradient(), ADMM()], ids=repr)
def test_a_space_without_steps_by_entries_is_refused_at_the_start(solver, rng):
    S = np.cov(rng.standard_normal((9, 3)), rowvar=False)
    f = GaussianPrecisionLikelihood.from_covariance(S)
    with pytest.raises(TypeError, match="does not take steps by the entries") as caught:
        minimize(f.on(Fisher(Symmetric(3))), solver=solver)
    assert not len(caught.value.result.history["value"])
