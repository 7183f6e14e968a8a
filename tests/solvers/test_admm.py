import math
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
    SquaredDistance,
)
from matopt.solvers import ADMM, ProximalGradient, Status, Stop, minimize
from matopt.spaces import Banded, Dense, PositiveDefinite, Product, Symmetric

FIELDS = pytest.mark.parametrize("dtype", [float, complex])


def samples(rng, m, n, dtype=float):
    Y = rng.standard_normal((m, n)) @ (np.eye(n) + 0.6 * np.eye(n, k=1))
    return Y if dtype is float else Y + 1j * rng.standard_normal((m, n))


@FIELDS
@pytest.mark.parametrize("space", [Symmetric, PositiveDefinite])
def test_the_optimum_is_that_of_the_dual(space, dtype, rng):
    f = GaussianPrecisionLikelihood(samples(rng, 30, 5, dtype))
    problem = (f + 0.1 * L1Norm()).on(space(5, dtype))
    result = minimize(problem, solver=ADMM(), stop=Stop(1e-8))
    assert result.success
    W = np.linalg.inv(result.matrix)
    off = np.abs(W - f.covariance)
    assert off.max() <= 0.1 + 1e-7 and np.diag(off).max() < 1e-7
    dual = 5 + np.linalg.slogdet(W)[1]
    assert result.fun == pytest.approx(dual, abs=1e-6)
    check_solver(ADMM(), problem.start(), value=dual)
    again = problem.at(result.matrix)
    assert again.value == pytest.approx(result.fun, rel=1e-14)


def test_it_agrees_with_proximal_gradient(rng):
    Y, T = samples(rng, 12, 4), rng.standard_normal((4, 4))
    T = T + T.T
    likelihood = 2 * GaussianPrecisionLikelihood(Y)
    for f in (
        likelihood + 0.3 * FrobeniusNorm() + 0.2 * L1Norm(),
        likelihood + LinearTrace(np.diag([1.0, 0, 2, 0])) + 0.2 * L1Norm(False),
        likelihood + 0.1 * SquaredDistance(T) + 0.5 * NuclearNorm(),
    ):
        runs = [
            minimize(f.on(Symmetric(4)), solver=s, stop=Stop(1e-8, max_iterations=3000))
            for s in (ADMM(), ProximalGradient())
        ]
        assert all(r.success for r in runs)
        np.testing.assert_allclose(runs[0].matrix, runs[1].matrix, atol=1e-7)


def test_a_matrix_of_low_rank(rng):
    T = rng.standard_normal((6, 4))
    f = 0.5 * SquaredDistance(T) + 1.5 * NuclearNorm()
    result = minimize(f.on(Dense(6, 4)), solver=ADMM(), stop=Stop(1e-9))
    np.testing.assert_allclose(result.matrix, NuclearNorm().prox(T, 1.5), atol=1e-8)


def test_the_detail_has_both_residuals(rng):
    f = GaussianPrecisionLikelihood(samples(rng, 30, 4)) + 0.1 * L1Norm()
    result = minimize(f.on(Symmetric(4)), solver=ADMM())
    primal, dual, rho = re.fullmatch(
        r"primal residual (\S+), dual residual (\S+), rho (\S+)", result.detail
    ).groups()
    assert 0 < float(primal) < 1e-5 and 0 < float(dual) < 1e-5 and 0.1 < float(rho) < 10


def test_balancing_mends_a_bad_penalty(rng):
    f = GaussianPrecisionLikelihood(samples(rng, 30, 4)) + 0.1 * L1Norm()
    stop = Stop(1e-6, max_iterations=2000)
    mended, stuck = (
        minimize(f.on(Symmetric(4)), solver=ADMM(penalty=1e3, adapt=n), stop=stop)
        for n in (200, 0)
    )
    assert mended.success
    assert 3 * mended.nit < stuck.nit


def test_units_do_not_matter(rng):
    Y = samples(rng, 30, 4)
    runs = [
        minimize(
            (GaussianPrecisionLikelihood(u * Y) + 0.1 * u**2 * L1Norm()).on(
                Symmetric(4)
            ),
            solver=ADMM(),
            stop=Stop(1e-6 * max(1.0, u**2)),  # in small units of its own accord
        )
        for u in (1.0, 1e-3, 1e3)
    ]
    assert all(r.success for r in runs)
    assert max(r.nit for r in runs) <= 2 + min(r.nit for r in runs)
    for r, u in zip(runs, (1.0, 1e-3, 1e3), strict=True):
        np.testing.assert_allclose(r.matrix * u**2, runs[0].matrix, atol=1e-5)


def test_iterates_outside_the_domain_are_not_reported(rng):
    Y = samples(rng, 4, 8)
    f = GaussianPrecisionLikelihood(Y) + 0.01 * L1Norm()
    values = []
    minimize(
        f.on(Symmetric(8)),
        solver=ADMM(penalty=1e-3),
        stop=Stop(max_iterations=50),
        callback=lambda e: values.append(e.value),
    )
    assert len(values) == 51 and np.isfinite(values).all()


def test_limits_are_respected(rng):
    f = GaussianPrecisionLikelihood(samples(rng, 30, 4)) + 0.1 * L1Norm()
    result = minimize(f.on(Symmetric(4)), solver=ADMM(), stop=Stop(max_iterations=3))
    assert result.status is Status.MAX_ITERATIONS and result.nit == 3
    assert result.detail.startswith("primal residual")
    stop = Stop(0.0, max_iterations=5000)
    result = minimize(f.on(Symmetric(4)), solver=ADMM(), stop=stop)
    assert result.status is Status.STALLED_AT_ROUNDING
    assert result.gradient_norm < 1e-12


def test_refusals(rng):
    f = GaussianPrecisionLikelihood(samples(rng, 30, 4))
    with pytest.raises(TypeError, match=r"does not leave, and Banded\(4, 1, sym"):
        minimize((f + 0.1 * L1Norm()).on(Banded(4, 1, symmetric=True)), solver=ADMM())
    g = GaussianLikelihood(samples(rng, 30, 4)) + 0.1 * L1Norm()
    with pytest.raises(TypeError, match="GaussianLikelihood has no proximal operator"):
        minimize(g.on(Symmetric(4)), solver=ADMM())
    h = SquaredDistance(np.eye(2)).of(0) + L1Norm().of(1)
    with pytest.raises(ValueError, match=r"one matrix, and Prod.*take ProximalGradien"):
        minimize(h.on(Product(Symmetric(2), Symmetric(2))), solver=ADMM())
    for penalty in (0.0, -1.0, math.inf):
        with pytest.raises(ValueError, match="penalty must be positive, got"):
            ADMM(penalty=penalty)
    with pytest.raises(ValueError, match=r"relaxation must be in \(0, 2\), got 2\.0"):
        ADMM(relaxation=2.0)
    with pytest.raises(ValueError, match=r"balance must be above 1, got 1\.0"):
        ADMM(balance=1.0)
