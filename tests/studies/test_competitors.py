"""Outside optimizers: their optima, refusals and counts."""

import sys

import numpy as np
import pytest
from scipy.optimize import minimize as scipy_minimize

from matopt.objectives import (
    FrobeniusNorm,
    GaussianLikelihood,
    GaussianPrecisionLikelihood,
    L1Norm,
    MatrixFactorization,
    Nonnegative,
    RayleighQuotient,
    SquaredDistance,
)
from matopt.solvers import Convex, SciPy, Status, Stop, minimize
from matopt.spaces import (
    Dense,
    Diagonal,
    LowRankPlusDiagonal,
    PositiveDefinite,
    Product,
    Sphere,
    Stiefel,
    Symmetric,
    SymmetricToeplitz,
)
from matopt.studies.choice import SolverChoice
from matopt.studies.competitors import FiniteDifferences, Pymanopt, ScikitLearn
from matopt.studies.competitors.pymanopt import OPTIMIZERS
from matopt.studies.plugin import Catalogue
from matopt.studies.registry import solver


def covariance(n, rng, dtype=float):
    Y = rng.standard_normal((6 * n, n)).astype(dtype)
    if dtype is complex:
        Y += 1j * rng.standard_normal((6 * n, n))
    S = Y.T @ Y.conj() / (6 * n)
    return 0.5 * (S + S.conj().T)


# Names


def test_the_names_of_studies():
    assert solver("SciPy:BFGS") == SciPy("BFGS")
    assert solver("FiniteDifferences:l-bfgs-b") == FiniteDifferences("L-BFGS-B")
    assert solver("pymanopt:TrustRegions") == Pymanopt("TrustRegions")
    assert solver("Convex:CLARABEL") == Convex("CLARABEL")
    assert solver("Convex") == Convex()
    assert solver("ScikitLearn:GraphicalLasso") == ScikitLearn("GraphicalLasso")


def test_a_study_takes_competitors_by_name_and_as_they_are():
    tight = {"options": {"gtol": 1e-3}}
    made = FiniteDifferences("CG", {"gtol": 1e-3})
    assert solver("FiniteDifferences:CG", tight) == made
    for each in (made, Pymanopt("TrustRegions"), ScikitLearn("GraphicalLasso")):
        chosen = SolverChoice.of(each)
        assert solver(chosen.name, chosen.settings) == each
    assert Catalogue().knows("pymanopt:TrustRegions")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Pymanopt", r"Pymanopt needs a method; write Pymanopt:NAME"),
        ("Pymanopt:TrustRegion", r"did you mean 'TrustRegions'\?"),
        ("FiniteDifferences:Newton-CG", "one of BFGS, L-BFGS-B, CG, got 'Newton-CG'"),
        ("ScikitLearn:LedoitWolf", "one of EmpiricalCovariance, FactorAnalysis, Gr"),
        ("LBFGS:x", "LBFGS has no methods, got 'LBFGS:x'; write LBFGS"),
    ],
)
def test_a_wrong_name(name, message):
    with pytest.raises(ValueError, match=message):
        solver(name)


@pytest.mark.parametrize(
    "competitor",
    [
        FiniteDifferences("BFGS"),
        Pymanopt("TrustRegions"),
        ScikitLearn("FactorAnalysis"),
    ],
)
def test_settings_are_values(competitor):
    assert eval(repr(competitor)) == competitor and hash(competitor)
    with pytest.raises(TypeError, match=r"options must be a dict of .*, got int"):
        type(competitor)(next(iter(vars(competitor).values())), 3)


# Finite differences


@pytest.mark.parametrize("method", ["BFGS", "L-BFGS-B", "CG"])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_differences_reach_the_optimum(method, n, rng):
    S = covariance(n, rng)
    problem = GaussianLikelihood.from_covariance(S).on(Symmetric(n))
    result = minimize(
        problem, 2 * np.eye(n), solver=FiniteDifferences(method), stop=Stop(1e-4)
    )
    assert result.success
    np.testing.assert_allclose(result.matrix, S, atol=1e-3 * np.linalg.norm(S) ** 2)


def test_a_difference_costs_as_many_values_as_there_are_parameters(rng):
    T = rng.standard_normal((2, 3))
    problem = SquaredDistance(T).on(Dense(2, 3))
    solver = FiniteDifferences("BFGS", {"gtol": 1e-3})
    result = minimize(problem, np.zeros((2, 3)), solver=solver, stop=Stop(0.0))
    assert result.status is Status.OUTSIDE_SOLVER_STOPPED
    assert result.detail.startswith("SciPy BFGS by differences: ")
    answer = scipy_minimize(
        lambda x: problem.at(x).value,
        problem.space.parameters(np.zeros((2, 3))),
        method="BFGS",
        options={"gtol": 1e-3},
    )
    assert result.nfev == answer.nfev and answer.nfev % 7 == 0
    assert result.nit == answer.nit and result.njev == result.nit + 1
    exact = minimize(problem, np.zeros((2, 3)), solver=SciPy("BFGS"), stop=Stop(1e-3))
    assert exact.success and 6 * exact.nfev <= result.nfev


def test_differences_come_back_from_outside_the_domain(rng):
    S = covariance(4, rng)
    q = np.linalg.qr(rng.standard_normal((4, 1)))[0]
    start = np.eye(4) - 0.99 * q @ q.T
    problem = GaussianLikelihood.from_covariance(S).on(Symmetric(4))
    solver = FiniteDifferences("L-BFGS-B")
    result = minimize(problem, start, solver=solver, stop=Stop(1e-3))
    assert result.success and np.isfinite(result.history["value"]).all()


def test_what_differences_refuse(rng):
    f = GaussianLikelihood.from_covariance(np.eye(2))
    with pytest.raises(TypeError, match=r"PositiveDefinite\(2\) is curved; take a Str"):
        minimize(f.on(PositiveDefinite(2)), solver=FiniteDifferences("BFGS"))
    with pytest.raises(TypeError, match=r"options must be those of SciPy's CG: .*memo"):
        minimize(
            f.on(Symmetric(2)),
            2 * np.eye(2),
            solver=FiniteDifferences("CG", {"memory": 1}),
        )
    with pytest.raises(TypeError, match="call run or minimize"):
        FiniteDifferences("CG").steps(f.on(Symmetric(2)).start())


# pymanopt


def manifold_problems(rng):
    A = covariance(5, rng)
    lowest = np.linalg.eigvalsh(A)
    yield RayleighQuotient(A).on(Sphere(5)), lowest[0]
    for dtype in (float, complex):
        S = covariance(3, rng, dtype)
        f = GaussianLikelihood.from_covariance(S)
        yield f.on(PositiveDefinite(3, dtype)), np.linalg.slogdet(S)[1] + 3
        K = GaussianPrecisionLikelihood.from_covariance(S)
        yield K.on(Symmetric(3, dtype)), np.linalg.slogdet(S)[1] + 3
    T = rng.standard_normal((5, 2))
    nearest = np.linalg.svd(T)[1]
    scale = SquaredDistance(np.zeros((1, 1))).on(Dense(1, 1)).at([[1.0]]).value
    yield SquaredDistance(T).on(Stiefel(5, 2)), scale * np.sum((nearest - 1) ** 2)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_pymanopt_reaches_the_optimum(optimizer, rng):
    pytest.importorskip("pymanopt", reason="the extra peers is not installed")
    for problem, optimum in manifold_problems(rng):
        start = problem.space.matrix(problem.start(1).x)
        result = minimize(problem, start, solver=Pymanopt(optimizer), stop=Stop(1e-4))
        assert result.success, (problem, result)
        assert result.fun == pytest.approx(optimum, abs=1e-6)
        values = result.history["value"]
        assert len(values) == result.nit + 1 and (np.diff(values) <= 1e-10).all()


@pytest.mark.parametrize("n", [1, 2])
def test_small_sizes_with_pymanopt(n, rng):
    pytest.importorskip("pymanopt", reason="the extra peers is not installed")
    S = covariance(n, rng)
    best = np.linalg.slogdet(S)[1] + n
    for space in (PositiveDefinite(n), Symmetric(n)):
        problem = GaussianLikelihood.from_covariance(S).on(space)
        result = minimize(problem, 2 * np.eye(n), solver=Pymanopt("TrustRegions"))
        assert result.success and result.fun == pytest.approx(best, abs=1e-9)


@pytest.mark.parametrize("dtype", [float, complex])
def test_pymanopt_would_derive_the_same_from_ambient_derivatives(dtype, rng):
    manifolds = pytest.importorskip("pymanopt.manifolds")
    from matopt.studies.competitors.pymanopt import _Bridge, _frame

    kind = "Symmetric" if dtype is float else "Hermitian"
    theirs = getattr(manifolds, f"{kind}PositiveDefinite")(3)
    S, space = covariance(3, rng, dtype), PositiveDefinite(3, dtype)
    e = GaussianLikelihood.from_covariance(S).on(space).at(covariance(3, rng, dtype))
    bridge, X = _Bridge(e, lambda e: None, _frame(space)), e.matrix
    V = covariance(3, rng, dtype) - np.eye(3)
    P = np.linalg.inv(X)
    G = P - P @ S @ P
    H = -P @ V @ P + P @ V @ P @ S @ P + P @ S @ P @ V @ P
    gradient = theirs.euclidean_to_riemannian_gradient(X, G)
    hessian = theirs.euclidean_to_riemannian_hessian(X, G, H, V)
    np.testing.assert_allclose(bridge.gradient(X), gradient, atol=1e-11)
    np.testing.assert_allclose(bridge.hessp(X, V), hessian, atol=1e-11)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_counts_are_the_points_that_pymanopt_evaluates(optimizer, rng):
    pymanopt = pytest.importorskip("pymanopt", reason="the extra peers is missing")
    optimizers = pytest.importorskip("pymanopt.optimizers")
    A = covariance(6, rng)
    start = np.ones(6) / np.sqrt(6)
    points, gradients, products = set(), set(), []
    manifold = pymanopt.manifolds.Sphere(6)
    ours = pymanopt.function.numpy(manifold)

    def cost(x):
        points.add(x.tobytes())
        return x @ A @ x

    def gradient(x):
        gradients.add(x.tobytes())
        return 2 * A @ x

    def hessian(x, v):
        products.append(1)
        return 2 * A @ v

    problem = pymanopt.Problem(
        manifold,
        ours(cost),
        euclidean_gradient=ours(gradient),
        euclidean_hessian=ours(hessian),
    )
    quiet = {"verbosity": 0, "min_gradient_norm": 1e-3}
    getattr(optimizers, optimizer)(**quiet).run(problem, initial_point=start)
    result = minimize(
        RayleighQuotient(A).on(Sphere(6)),
        start,
        solver=Pymanopt(optimizer, {"min_gradient_norm": 1e-3}),
        stop=Stop(1e-12),
    )
    assert result.status is Status.OUTSIDE_SOLVER_STOPPED
    assert f"pymanopt {optimizer}: Terminated - min grad norm" in result.detail
    assert (result.nfev, result.njev) == (len(points), len(gradients))
    # the gradient is part of a Riemannian Hessian: theirs asks for it once more
    assert result.nhev == len(products)


def test_what_pymanopt_refuses(monkeypatch, rng):
    pytest.importorskip("pymanopt", reason="the extra peers is not installed")
    S = covariance(3, rng)
    low = GaussianLikelihood.from_covariance(S).on(LowRankPlusDiagonal(3, 1))
    with pytest.raises(TypeError, match=r"no manifold with the points.*LowRankPlus"):
        minimize(low, solver=Pymanopt("TrustRegions"))
    complex_sphere = RayleighQuotient(S + 0j).on(Sphere(3, complex))
    with pytest.raises(TypeError, match=r"metric of Sphere\(3, .*real Sphere"):
        minimize(complex_sphere, solver=Pymanopt("TrustRegions"))
    f = GaussianLikelihood.from_covariance(S).on(PositiveDefinite(3))
    with pytest.raises(
        TypeError, match=r"options must be those of pymanopt's Tr.*memo"
    ):
        minimize(f, solver=Pymanopt("TrustRegions", {"memory": 3}))
    with pytest.raises(TypeError, match="call run or minimize"):
        Pymanopt("TrustRegions").steps(f.start())
    with pytest.raises(TypeError, match="needs a smooth objective"):
        K = GaussianPrecisionLikelihood.from_covariance(S) + 0.1 * L1Norm()
        minimize(K.on(Symmetric(3)), solver=Pymanopt("TrustRegions"))
    monkeypatch.setitem(sys.modules, "pymanopt", None)
    with pytest.raises(ImportError, match=r"pip install 'matopt\[peers\]'"):
        minimize(f, solver=Pymanopt("TrustRegions"))


# scikit-learn


@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize("space", [Symmetric, PositiveDefinite])
def test_the_empirical_covariance(n, space, rng):
    pytest.importorskip("sklearn")
    S = covariance(n, rng)
    for f in (GaussianLikelihood, GaussianPrecisionLikelihood):
        problem = f.from_covariance(S).on(space(n))
        result = minimize(
            problem, 2 * np.eye(n), solver=ScikitLearn("EmpiricalCovariance")
        )
        assert result.success and (result.nit, result.nfev) == (1, 2)
        assert result.fun == pytest.approx(np.linalg.slogdet(S)[1] + n, abs=1e-10)


@pytest.mark.parametrize("mode", ["cd", "lars"])
def test_the_graphical_lasso(mode, rng):
    covariance_of = pytest.importorskip("sklearn.covariance")
    S = covariance(6, rng)
    f = 3 * GaussianPrecisionLikelihood.from_covariance(S) + 0.3 * L1Norm()
    problem = f.on(Symmetric(6))
    competitor = ScikitLearn("GraphicalLasso", {"mode": mode})
    result = minimize(problem, solver=competitor, stop=Stop(1e-4))
    assert result.success and result.nit == 1
    assert result.fun == pytest.approx(minimize(problem).fun, abs=1e-7)
    stopped = minimize(problem, solver=competitor, stop=Stop(0.0))
    settings = {"tol": 1e-8, "enet_tol": 1e-10, "max_iter": 1000, "mode": mode}
    own = covariance_of.graphical_lasso(S, 0.1, return_n_iter=True, **settings)
    assert stopped.status is Status.OUTSIDE_SOLVER_STOPPED
    assert stopped.detail == f"scikit-learn GraphicalLasso: {own[2]} iterations"


def test_an_early_end_is_quoted(rng):
    pytest.importorskip("sklearn")
    f = (
        GaussianPrecisionLikelihood.from_covariance(covariance(6, rng))
        + 0.05 * L1Norm()
    )
    competitor = ScikitLearn("GraphicalLasso", {"max_iter": 1, "tol": 1e-12})
    result = minimize(f.on(Symmetric(6)), solver=competitor, stop=Stop(1e-9))
    assert result.status is Status.OUTSIDE_SOLVER_STOPPED
    assert "1 iterations; graphical_lasso: did not converge" in result.detail


def test_factor_analysis(rng):
    pytest.importorskip("sklearn")
    F = np.kron(np.eye(2), np.ones((4, 1))) + 0.1 * rng.standard_normal((8, 2))
    Y = rng.standard_normal((400, 2)) @ F.T + rng.standard_normal((400, 8))
    problem = GaussianLikelihood(Y).on(LowRankPlusDiagonal(8, 2))
    result = minimize(problem, solver=ScikitLearn("FactorAnalysis"), stop=Stop(1e-4))
    assert result.success
    assert result.fun == pytest.approx(minimize(problem, stop=Stop(1e-9)).fun, abs=1e-7)


def factorization(A, *parts):
    m, n = A.shape
    penalty = sum(Nonnegative().of(i) for i in parts)
    return (MatrixFactorization(A) + penalty).on(Product(Dense(m, 2), Dense(2, n)))


def test_nonnegative_factorization(rng):
    pytest.importorskip("sklearn")
    A = rng.uniform(size=(8, 2)) @ rng.uniform(size=(2, 6)) + 0.05 * rng.uniform(
        size=(8, 6)
    )
    problem = factorization(A, 0, 1)
    theirs = minimize(problem, solver=ScikitLearn("NMF"), stop=Stop(1e-6))
    ours = minimize(problem, stop=Stop(1e-8))
    assert theirs.success and all((X >= 0).all() for X in theirs.matrix)
    assert theirs.fun == pytest.approx(ours.fun, abs=1e-10)


@pytest.mark.parametrize(
    ("estimator", "problem"),
    [
        ("NMF", factorization(np.ones((3, 3)), 0)),
        ("NMF", factorization(-np.ones((3, 3)), 0, 1)),
        ("NMF", (SquaredDistance(np.eye(3)) + Nonnegative()).on(Dense(3, 3))),
        ("EmpiricalCovariance", SquaredDistance(np.eye(3)).on(Symmetric(3))),
        (
            "EmpiricalCovariance",
            GaussianLikelihood.from_covariance(np.eye(3)).on(SymmetricToeplitz(3)),
        ),
        (
            "GraphicalLasso",
            (
                GaussianPrecisionLikelihood.from_covariance(np.eye(3))
                + L1Norm()
                + FrobeniusNorm()
            ).on(Symmetric(3)),
        ),
        (
            "GraphicalLasso",
            (
                GaussianPrecisionLikelihood.from_covariance(np.eye(3))
                + L1Norm(off_diagonal=False)
            ).on(Symmetric(3)),
        ),
        (
            "GraphicalLasso",
            (GaussianPrecisionLikelihood.from_covariance(np.eye(3)) + L1Norm()).on(
                Diagonal(3)
            ),
        ),
        (
            "FactorAnalysis",
            GaussianLikelihood.from_covariance(np.eye(3)).on(Symmetric(3)),
        ),
    ],
)
def test_what_scikit_learn_does_not_solve(estimator, problem):
    pytest.importorskip("sklearn")
    with pytest.raises(
        TypeError, match=rf"scikit-learn's {estimator} solves .*this is"
    ):
        minimize(problem, solver=ScikitLearn(estimator))


def test_without_scikit_learn_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    f = GaussianLikelihood.from_covariance(np.eye(2)).on(Symmetric(2))
    with pytest.raises(ImportError, match=r"pip install 'matopt\[sklearn\]'"):
        minimize(f, solver=ScikitLearn("EmpiricalCovariance"))
