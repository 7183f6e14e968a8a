import numpy as np
import pytest
from numeric import agrees, lift, normal, trace

from matopt.check import check_objective
from matopt.errors import Singular
from matopt.objectives import TraceInverse
from matopt.spaces import Dense, PositiveDefinite, Symmetric

FIELDS = pytest.mark.parametrize("dtype", [float, complex])


@FIELDS
def test_is_63(dtype, rng):
    B, X = normal(rng, 3, 3, dtype=dtype), normal(rng, 3, 3, dtype=dtype)
    space = Dense(3, 3, dtype=dtype)
    agrees(TraceInverse(B), space, lambda X: trace(X**-1 * lift(B)), rng, X)
    G = space.matrix(TraceInverse(B).on(space).at(X).gradient)
    Y = np.linalg.inv(X)
    np.testing.assert_allclose(G, -(Y @ B @ Y).conj().T, rtol=1e-11, atol=1e-11)


@FIELDS
@pytest.mark.parametrize("n", [1, 2, 5])
def test_on_hermitian_matrices(n, dtype, rng):
    B = normal(rng, n, n, dtype=dtype)
    for space in (Symmetric(n, dtype), PositiveDefinite(n, dtype)):
        check_objective(TraceInverse(B), space, rng)


def test_outside_the_domain():
    assert TraceInverse(np.eye(2)).on(Dense(2, 2)).at(np.ones((2, 2))).value == np.inf
    assert (-TraceInverse(np.eye(2))).on(Symmetric(2)).at(-np.eye(2)).value == np.inf
    with pytest.raises(Singular, match="order 2 is singular"):
        _ = TraceInverse(np.eye(2)).on(Dense(2, 2)).at(np.ones((2, 2))).gradient


def test_convex_is_the_same_function(rng):
    cp = pytest.importorskip("cvxpy")
    B, X = normal(rng, 4, 2), normal(rng, 4, 4)
    X, B = X @ X.T + np.eye(4), B @ B.T  # B singular
    variable = cp.Variable((4, 4), PSD=True)
    expression = TraceInverse(B).convex(cp, variable)
    variable.value = X
    assert expression.is_convex()
    value = TraceInverse(B).on(PositiveDefinite(4)).at(X).value
    np.testing.assert_allclose(expression.value, value, rtol=1e-7)
    for other in (-np.eye(4), np.eye(4, k=1)):
        with pytest.raises(TypeError, match="not known to be convex"):
            TraceInverse(other).convex(cp, variable)


def test_wrong_arguments():
    with pytest.raises(ValueError, match="B must be square"):
        TraceInverse(np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"B has shape \(2, 2\) but .*\(2, 2\)"):
        TraceInverse(np.eye(2)).on(Symmetric(3))
    with pytest.raises(ValueError, match="B is complex but"):
        TraceInverse(1j * np.eye(2)).on(Symmetric(2))
    assert repr(TraceInverse(np.eye(2))) == "TraceInverse(<2x2>)"
