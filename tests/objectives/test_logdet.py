import mpmath
import numpy as np
import pytest
from numeric import agrees, normal

from matopt.check import check_objective
from matopt.errors import NotPositiveDefinite, Singular
from matopt.objectives import LogDet
from matopt.spaces import Dense, PositiveDefinite, Symmetric

FIELDS = pytest.mark.parametrize("dtype", [float, complex])


@FIELDS
@pytest.mark.parametrize("n", [1, 2, 3])
def test_is_57_for_either_sign(n, dtype, rng):
    X = normal(rng, n, n, dtype=dtype) + np.eye(n)
    space = Dense(n, n, dtype=dtype)
    value = lambda X: mpmath.mp.log(abs(mpmath.mp.det(X)))  # noqa: E731
    agrees(LogDet(), space, value, rng, X)
    X[0] *= -1  # the other sign
    agrees(LogDet(), space, value, rng, X)
    G = space.matrix(LogDet().on(space).at(X).gradient)
    np.testing.assert_allclose(G, np.linalg.inv(X).conj().T, rtol=1e-10, atol=1e-12)


@FIELDS
@pytest.mark.parametrize("n", [1, 2, 5])
def test_on_hermitian_matrices(n, dtype, rng):
    check_objective(LogDet(), Symmetric(n, dtype), rng)
    check_objective(LogDet(), PositiveDefinite(n, dtype), rng)


def test_by_the_free_entries_is_141(rng):
    space = Symmetric(4)
    e = LogDet().on(space).at(space.random(rng))
    Y = np.linalg.inv(e.matrix)
    G = space.matrix(e.gradient)
    np.testing.assert_allclose(G, 2 * Y - Y * np.eye(4), rtol=1e-10, atol=1e-12)


def test_where_det_underflows():
    n = 400
    value = LogDet().on(Symmetric(n)).at(0.1 * np.eye(n)).value
    assert value == pytest.approx(n * np.log(0.1), rel=1e-14)


def test_outside_the_domain():
    with pytest.raises(Singular):
        _ = LogDet().on(Dense(2, 2)).at(np.ones((2, 2))).gradient
    with pytest.raises(NotPositiveDefinite):
        _ = LogDet().on(Symmetric(2)).at(-np.eye(2)).gradient
    assert LogDet().on(Symmetric(2)).at(-np.eye(2)).value == np.inf
    assert (-LogDet()).on(Symmetric(2)).at(-np.eye(2)).value == np.inf


def test_convex_with_a_negative_coefficient():
    cp = pytest.importorskip("cvxpy")
    X = cp.Variable((2, 2), PSD=True)
    assert (-1.5 * LogDet()).convex(cp, X).is_convex()
    assert not LogDet().convex(cp, X).is_convex()


def test_wrong_arguments():
    with pytest.raises(ValueError, match=r"LogDet needs square .* shape \(2, 3\)"):
        LogDet().on(Dense(2, 3))
    assert repr(LogDet()) == "LogDet()"
