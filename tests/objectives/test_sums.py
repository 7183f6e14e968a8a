import numpy as np
import pytest
from numeric import normal

from matopt.check import check_objective
from matopt.linalg import factor
from matopt.objectives import (
    FrobeniusNorm,
    GaussianLikelihood,
    GaussianPrecisionLikelihood,
    Iterate,
    LinearTrace,
    LogDet,
    Sum,
    TraceInverse,
    TracePower,
)
from matopt.spaces import PositiveDefinite, Symmetric

SPACES = pytest.mark.parametrize("space", [Symmetric(4), PositiveDefinite(4)])


@pytest.fixture
def parts(rng):
    B = normal(rng, 4, 4)
    return GaussianLikelihood(normal(rng, 9, 4)), TraceInverse(B @ B.T), LogDet()


@SPACES
def test_a_sum_is_the_sum(space, parts, rng):
    f, g, h = parts
    total = 2 * f + g - 0.5 * h
    check_objective(total, space, rng)
    X = space.matrix(space.random(rng))
    e, *each = (k.on(space).at(X) for k in (total, f, g, h))
    v = space.random_tangent(e.point, rng)
    for part in (lambda e: e.value, lambda e: e.gradient, lambda e: e.hessp(v)):
        a, b, c = map(part, each)
        np.testing.assert_allclose(part(e), 2 * a + b - 0.5 * c, rtol=1e-12, atol=1e-9)


@SPACES
def test_one_factorization_a_point(space, parts, rng, monkeypatch):
    calls, real = [], factor.Cholesky.of.__func__

    def counted(cls, A):
        calls.append(len(A))
        return real(cls, A)

    f, g, h = parts
    problem = (f + g - h + TracePower(-2)).on(space)
    point = space.point(space.random(rng))
    monkeypatch.setattr(factor.Cholesky, "of", classmethod(counted))
    e = Iterate(problem, point)
    v = space.random_tangent(point, rng)
    assert np.isfinite(e.value) and np.isfinite(e.gradient_norm)
    for _ in range(3):
        e.hessp(v)
    assert calls == [4] and point.factorizations == 1
    assert problem.counts.nfactor == 1


def test_a_negative_coefficient_keeps_the_infeasible_infeasible(parts):
    indefinite = np.diag([1.0, 1.0, 1.0, -1.0])
    for f in parts:
        for g in (-f, -3.0 * f, FrobeniusNorm() - f, f - f, 0.0 * f):
            assert g.on(Symmetric(4)).at(indefinite).value == np.inf


def test_sums_are_flat_and_readable():
    f, g = LogDet(), FrobeniusNorm()
    total = 2 * (f + 3 * g) - g
    assert isinstance(total, Sum)
    assert [c for c, _ in total.terms] == [2.0, 6.0, -1.0]
    assert repr(-f) == "-1 * LogDet()"
    assert repr(f + g) == "LogDet() + FrobeniusNorm(squared=True)"


def test_start_is_that_of_the_first_term_that_has_one(parts, rng):
    f, _, h = parts
    start = (h + f).on(Symmetric(4)).start(rng).matrix
    np.testing.assert_array_equal(start, f.on(Symmetric(4)).start(rng).matrix)


def test_convex_is_the_sum(rng):
    cp = pytest.importorskip("cvxpy")
    S, X = cp.Variable((3, 3), PSD=True), normal(rng, 3, 3)
    X = X @ X.T + np.eye(3)
    A = X / 2
    f = LinearTrace(A) - LogDet()
    expression = f.convex(cp, S)
    S.value = X
    assert expression.is_convex()
    assert expression.value == pytest.approx(f.on(Symmetric(3)).at(X).value, rel=1e-9)
    g = GaussianPrecisionLikelihood.from_covariance(A)
    assert g.on(Symmetric(3)).at(X).value == pytest.approx(expression.value, rel=1e-9)


def test_wrong_arguments(parts):
    f, *_ = parts
    for factor_ in (np.nan, np.inf):
        with pytest.raises(ValueError, match="factor of an objective must be finite"):
            factor_ * f
    with pytest.raises(TypeError):
        f + 1
    with pytest.raises(TypeError):
        "2" * f
    with pytest.raises(ValueError, match="samples has 4 features"):
        (LogDet() + f).on(Symmetric(5))


def test_sums_and_quotients_are_written_as_usual(parts):
    X = np.eye(4) + 0.1
    values = [f.on(Symmetric(4)).at(X).value for f in parts]
    total = sum(parts) / 2
    assert total.on(Symmetric(4)).at(X).value == pytest.approx(sum(values) / 2)
    assert (np.float64(2) * parts[0]).terms == ((2.0, parts[0]),)
    for wrong in (lambda f: 1 + f, lambda f: f / f, lambda f: np.ones(2) * f):
        with pytest.raises(TypeError, match="unsupported operand"):
            wrong(parts[0])
