import numpy as np
import pytest
from numeric import agrees, lift, normal, trace

from matopt.check import check_objective
from matopt.errors import Singular
from matopt.objectives import RayleighQuotient, TraceRatio
from matopt.spaces import Dense, Stiefel

FIELDS = pytest.mark.parametrize("dtype", [float, complex])


def constants(rng, dtype, n=4, p=2, symmetric=False):
    B, C, A = (normal(rng, k, k, dtype=dtype) for k in (n, n, p))
    if symmetric:
        B, C, A = B + B.conj().T, C @ C.conj().T, A @ A.conj().T
    return B, C, A


def ratio(B, C, A):
    def value(X):
        return trace((A + X.H * C * X) ** -1 * (X.H * B * X))

    return value


@FIELDS
@pytest.mark.parametrize("symmetric", [False, True])
def test_is_127_without_its_hypotheses(symmetric, dtype, rng):
    B, C, A = constants(rng, dtype, symmetric=symmetric)
    space = Dense(4, 2, dtype=dtype)
    I4, O2 = lift(np.eye(4)), lift(np.zeros((2, 2)))
    b, c, a = lift(B), lift(C), lift(A)
    agrees(TraceRatio(B, C, A), space, ratio(b, c, a), rng)
    agrees(TraceRatio(B, C), space, ratio(b, c, O2), rng)
    agrees(TraceRatio(B), space, ratio(b, I4, O2), rng)


def test_126_as_printed(rng):
    B, C, _ = constants(rng, float, symmetric=True)
    X, space = normal(rng, 4, 2), Dense(4, 2)
    K = np.linalg.inv(X.T @ C @ X)
    G = -2 * C @ X @ K @ X.T @ B @ X @ K + 2 * B @ X @ K
    g = TraceRatio(B, C).on(space).at(X).gradient
    np.testing.assert_allclose(space.matrix(g), G, rtol=1e-10, atol=1e-10)


def test_127_needs_a_symmetric_A(rng):
    B, C, _ = constants(rng, float, symmetric=True)
    A = normal(rng, 2, 2)
    X, space = normal(rng, 4, 2), Dense(4, 2)
    K = np.linalg.inv(A + X.T @ C @ X)
    printed = -2 * C @ X @ K @ X.T @ B @ X @ K + 2 * B @ X @ K
    g = TraceRatio(B, C, A).on(space).at(X).gradient
    assert not np.allclose(space.matrix(g), printed, rtol=1e-3)


@FIELDS
@pytest.mark.parametrize("symmetric", [False, True])
def test_on_stiefel(symmetric, dtype, rng):
    B, C, A = constants(rng, dtype, 5, 2, symmetric)
    for f in (TraceRatio(B), TraceRatio(B, C), TraceRatio(B, C, A)):
        check_objective(f, Stiefel(5, 2, dtype), rng)


def test_of_one_column_is_the_rayleigh_quotient(rng):
    B, C, _ = constants(rng, float, symmetric=True)
    x, v = normal(rng, 4, 1), normal(rng, 4)
    e = TraceRatio(B, C).on(Dense(4, 1)).at(x)
    r = RayleighQuotient(B, C).on(Dense(4, 1)).at(x)
    assert e.value == pytest.approx(r.value, rel=1e-12)
    np.testing.assert_allclose(e.gradient, r.gradient, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(e.hessp(v), r.hessp(v), rtol=1e-9, atol=1e-10)


def test_zero_is_outside_the_domain_and_not_where_it_starts(rng):
    problem = TraceRatio(np.eye(3)).on(Dense(3, 2))
    assert problem.at(np.zeros((3, 2))).value == np.inf
    with pytest.raises(Singular):
        _ = problem.at(np.zeros((3, 2))).gradient
    assert problem.start(rng).value == pytest.approx(2.0)


def test_wrong_arguments(rng):
    B, C, A = constants(rng, float)
    with pytest.raises(
        ValueError, match=r"C must be of shape \(4, 4\), got .*\(2, 2\)"
    ):
        TraceRatio(B, A)
    with pytest.raises(ValueError, match="A must be square"):
        TraceRatio(B, C, B[:2])
    with pytest.raises(ValueError, match="B is of order 4 and A of order 2"):
        TraceRatio(B, C, A).on(Dense(4, 3))
    with pytest.raises(ValueError, match=r"they must be \(4, any\)"):
        TraceRatio(B).on(Dense(3, 2))
    with pytest.raises(ValueError, match="C is complex but"):
        TraceRatio(B, 1j * C).on(Dense(4, 2))
    assert repr(TraceRatio(B)) == "TraceRatio(<4x4>, None, None)"
