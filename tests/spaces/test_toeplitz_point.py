import importlib
import math
import tracemalloc

import mpmath
import numpy as np
import pytest
from scipy.linalg import toeplitz

import matopt as mo
from matopt.check import check_objective
from matopt.errors import NotPositiveDefinite
from matopt.linalg import Cholesky, Scatter
from matopt.spaces.structure import StructurePoint
from matopt.spaces.toeplitz_terms import RangeTerm, SmallGaussian, SnapshotTerm

module = importlib.import_module("matopt.spaces.toeplitz_point")
SPACES = [
    family(n)
    for n in (1, 2, 3, 7, 16)
    for family in (mo.SymmetricToeplitz, mo.HermitianToeplitz)
]


def data(space, rng, count=5):
    """Parameters of a well conditioned matrix, and samples."""
    n = space.n
    x = rng.standard_normal(space.size) * 0.9 ** np.arange(space.size)
    x[0] = 2.0 * np.abs(x).sum() + 1.0
    X = rng.standard_normal((count, n))
    return x, X if space.dtype is float else X + 1j * rng.standard_normal((count, n))


def dense_twin(space, x):
    """The point of the same matrix that knows of no Toeplitz formula."""
    return StructurePoint(space, x)


def close(actual, expected, rtol=1e-11):
    scale = max(np.abs(expected).max(), 1e-300)
    np.testing.assert_allclose(actual, expected, rtol=0, atol=rtol * scale)


def same_term(fast, dense, v):
    close(fast.value, dense.value)
    close(fast.gradient, dense.gradient)
    close(fast.hessp(v), dense.hessp(v), rtol=1e-10)


@pytest.fixture(params=["one call", "ranges", "snapshots"])
def kind(request, monkeypatch):
    """Each way to the likelihood, at every order."""
    if request.param != "one call":
        monkeypatch.setattr(module, "_ONE_CALL", 0)
    if request.param == "ranges":
        monkeypatch.setattr(module, "_SNAPSHOTS", 0)
    if request.param == "snapshots":
        monkeypatch.setattr(module, "_LARGEST", 0)
    return {"one call": SmallGaussian, "ranges": RangeTerm, "snapshots": SnapshotTerm}[
        request.param
    ]


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_likelihood_is_that_of_the_dense_point(space, rng, kind):
    x, X = data(space, rng)
    v, scatter = rng.standard_normal(space.size), Scatter(X)
    point, dense = space.point(x), dense_twin(space, x).gaussian(scatter)
    term = point.gaussian(scatter)
    assert type(term) is kind
    same_term(term, dense, v)
    H = np.array([dense.hessp(e) for e in np.eye(space.size)])
    close(term.hessian, H, rtol=1e-10)
    assert point.factorizations == 1


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_everything_else_is_that_of_the_dense_point(space, rng):
    x, _ = data(space, rng)
    u, v = rng.standard_normal((2, space.size))
    point, dense = space.point(x), dense_twin(space, x)
    close(point.logdet, dense.logdet)
    close(point.logdet_gradient(), dense.logdet_gradient())
    close(point.logdet_hessp(v), dense.logdet_hessp(v))
    close(point.inverse_hessp(u, v), dense.inverse_hessp(u, v))
    close(point.information, dense.information)
    B = rng.standard_normal(space.shape).astype(space.dtype)
    if space.dtype is complex:
        B = B + 1j * rng.standard_normal(space.shape)
    close(point.solve(B), dense.solve(B))
    close(point.solve_herm(B), dense.solve_herm(B))
    same_term(point.inverse_trace(B), dense.inverse_trace(B), v)
    assert point.factorizations == 1


@pytest.mark.parametrize(
    ("space", "count"),
    [
        (mo.SymmetricToeplitz(700), 2),
        (mo.SymmetricToeplitz(700), 9),
        (mo.HermitianToeplitz(400), 2),
        (mo.HermitianToeplitz(400), 9),
    ],
    ids=repr,
)
def test_large_orders(space, count, rng):
    x, X = data(space, rng, count)
    v, scatter = rng.standard_normal(space.size), Scatter(X)
    term = space.point(x).gaussian(scatter)
    assert type(term) is (SnapshotTerm if count == 2 else RangeTerm)
    same_term(term, dense_twin(space, x).gaussian(scatter), v)


@pytest.mark.parametrize("space", SPACES[:8], ids=repr)
@pytest.mark.parametrize("solver_space", [lambda s: s, mo.Fisher], ids=["", "Fisher"])
def test_objectives_conform(space, solver_space, rng):
    _, X = data(space, rng)
    f = mo.GaussianLikelihood(X) + 0.5 * mo.TraceInverse(np.eye(space.n)) - mo.LogDet()
    check_objective(f, solver_space(space), rng)


def test_a_sum_of_terms_has_one_factorization(rng):
    space = mo.SymmetricToeplitz(6)
    x, X = data(space, rng)
    for f in (
        mo.GaussianLikelihood(X) + mo.TraceInverse(np.eye(6)) + mo.LogDet(),
        mo.LogDet() + mo.GaussianLikelihood(X) + mo.GaussianLikelihood(X[:2]),
    ):
        e = f.on(space).at(x)
        assert math.isfinite(e.value) and e.gradient_norm > 0
        e.hessp(x)
        assert e.point.factorizations == 1


def test_likelihood_in_many_digits(rng):
    n, m = 12, 9
    t = np.cos(0.7 * np.arange(n)) + 0.5 * np.cos(1.9 * np.arange(n))
    t[0] += 1e-3  # cond 1e4
    X = rng.standard_normal((m, n)) @ np.linalg.cholesky(toeplitz(t)).T
    e = mo.GaussianLikelihood(X).on(mo.SymmetricToeplitz(n)).at(t)
    with mpmath.workdps(50):
        T, M = mpmath.matrix(toeplitz(t).tolist()), mpmath.matrix(X.tolist())
        K, S = T**-1, M.T * M / m
        value = mpmath.log(mpmath.det(T)) + mpmath.fsum(
            K[i, j] * S[j, i] for i in range(n) for j in range(n)
        )
        G = K - K * S * K
        gradient = [
            (2 if k else 1) * mpmath.fsum(G[i + k, i] for i in range(n - k))
            for k in range(n)
        ]
        gradient = np.array([float(g) for g in gradient])
    assert abs(e.value / float(value) - 1) < 1e-12
    close(e.gradient, gradient, rtol=1e-10)


@pytest.mark.parametrize("n", [6, 400])
@pytest.mark.parametrize("family", [mo.SymmetricToeplitz, mo.HermitianToeplitz])
def test_ill_conditioned_matrices_are_left_to_dense_formulas(family, n, rng):
    space = family(n)
    x = np.zeros(space.size)
    x[:n] = np.cos(0.7 * np.arange(n))
    x[0] += 1e-9
    v, scatter = rng.standard_normal(space.size), Scatter(rng.standard_normal((3, n)))
    point, dense = space.point(x), dense_twin(space, x)
    term, twin = point.gaussian(scatter), dense.gaussian(scatter)
    assert isinstance(point.factor, Cholesky)
    assert (term.value, point.factorizations) == (twin.value, 1)
    assert np.array_equal(term.gradient, twin.gradient)
    assert np.array_equal(term.hessp(v), twin.hessp(v))
    assert np.array_equal(point.logdet_gradient(), dense.logdet_gradient())
    assert np.array_equal(point.logdet_hessp(v), dense.logdet_hessp(v))
    assert np.array_equal(point.inverse_hessp(v, v), dense.inverse_hessp(v, v))
    B = np.eye(n)
    assert point.inverse_trace(B).value == dense.inverse_trace(B).value


def test_outside_the_domain_the_value_is_infinite(rng):
    f = mo.GaussianLikelihood(rng.standard_normal((9, 3)))
    for n_call in (3, 400):
        g = f if n_call == 3 else mo.GaussianLikelihood(np.ones((2, 400)))
        x = np.zeros(n_call)
        x[:2] = 1.0, 2.0
        e = g.on(mo.SymmetricToeplitz(n_call)).at(x)
        assert e.value == math.inf
        with pytest.raises(NotPositiveDefinite, match="order 2 is not positive"):
            _ = e.point.logdet


def test_one_snapshot_takes_memory_of_order_n(rng):
    n = 2048
    f = mo.GaussianLikelihood(rng.standard_normal((1, n))).on(mo.SymmetricToeplitz(n))
    x = 0.5 ** np.arange(n)
    assert f.at(x).gradient_norm > 0  # compiled
    tracemalloc.start()
    e = f.at(x)
    assert e.gradient_norm > 0 and math.isfinite(e.value)
    e.hessp(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 * 8 * n


def test_a_vector_that_is_not_finite_is_refused():
    f = mo.LogDet().on(mo.SymmetricToeplitz(3))
    with pytest.raises(ValueError, match="start must be finite, got nan"):
        f.at(np.array([1.0, np.nan, 0.0]))
    big = f.at(np.array([1e200, 0.0, 0.0]))  # whose square overflows
    assert big.value == pytest.approx(3 * math.log(1e200))


@pytest.mark.parametrize("family", [mo.SymmetricToeplitz, mo.HermitianToeplitz])
def test_what_a_family_holds(family, rng):
    space = family(5)
    np.testing.assert_array_equal(
        space.matrix(space.scaled_identity(3.0)), 3.0 * np.eye(5)
    )
    line = np.exp(0.7j * np.arange(5))[:, None]
    pair = np.hstack([line.real, line.imag])  # of the real family, one frequency
    assert space.holds(np.eye(5)) and space.holds(pair)
    assert space.holds(line) == (space.dtype is complex)
    assert not space.holds(rng.standard_normal((5, 2)))
    assert not space.holds(np.eye(5)[:, 1:])


def test_a_line_spectrum_has_no_likeliest_precision(rng):
    line = np.exp(0.7j * np.arange(6))
    f = mo.GaussianPrecisionLikelihood(np.outer([1.0, 2j, -1.0], line))
    with pytest.raises(ValueError, match="samples has rank 1 but the space"):
        f.check_minimum(mo.HermitianToeplitz(6))


def test_what_is_checked_before_a_run_takes_no_matrix(rng):
    n = 4096
    f = mo.GaussianPrecisionLikelihood(rng.standard_normal((1, n)))
    tracemalloc.start()
    problem = f.on(mo.SymmetricToeplitz(n))
    f.check_minimum(problem.space)
    assert problem.start().x[0] == pytest.approx(1.0 / f.scatter.power)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 * 8 * n
