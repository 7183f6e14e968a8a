import numpy as np
import pytest
from numeric import agrees, lift, normal, trace

from matopt.check import check_objective
from matopt.errors import NotPositiveDefinite, Singular
from matopt.objectives import TracePower
from matopt.spaces import Dense, PositiveDefinite, Symmetric

FIELDS = pytest.mark.parametrize("dtype", [float, complex])
POWERS = pytest.mark.parametrize("k", range(-3, 6))


def power(X, k):
    return X**k if k >= 0 else (X**-1) ** -k


@FIELDS
@POWERS
def test_is_121_and_122(k, dtype, rng):
    A, X = normal(rng, 3, 3, dtype=dtype), normal(rng, 3, 3, dtype=dtype)
    X += 2 * np.eye(3)
    space = Dense(3, 3, dtype=dtype)
    agrees(TracePower(k), space, lambda X: trace(power(X, k)), rng, X)
    agrees(TracePower(k, A), space, lambda X: trace(lift(A) * power(X, k)), rng, X)


def test_122_as_printed_and_its_analogue_below_zero(rng):
    X, A = normal(rng, 4, 4), normal(rng, 4, 4)
    Y, space = np.linalg.inv(X), Dense(4, 4)
    power = np.linalg.matrix_power
    G = sum((power(X, r) @ A @ power(X, 3 - r)).T for r in range(4))
    g = TracePower(4, A).on(space).at(X).gradient
    np.testing.assert_allclose(space.matrix(g), G, rtol=1e-11, atol=1e-11)
    G = -sum((power(Y, 4 - r) @ A @ power(Y, r)).T for r in (1, 2, 3))
    g = TracePower(-3, A).on(space).at(X).gradient
    np.testing.assert_allclose(space.matrix(g), G, rtol=1e-10, atol=1e-10)


@FIELDS
@POWERS
def test_on_hermitian_matrices(k, dtype, rng):
    A = normal(rng, 4, 4, dtype=dtype)
    for space in (Symmetric(4, dtype), PositiveDefinite(4, dtype)):
        check_objective(TracePower(k), space, rng)
        check_objective(TracePower(k, A), space, rng)


@POWERS
def test_order_one(k):
    e = TracePower(k, [[3.0]]).on(Dense(1, 1)).at([[2.0]])
    assert e.value == pytest.approx(3.0 * 2.0**k)
    assert e.gradient[0] == pytest.approx(3.0 * k * 2.0 ** (k - 1))
    assert e.hessp(np.ones(1))[0] == pytest.approx(3.0 * k * (k - 1) * 2.0 ** (k - 2))


def test_below_zero_needs_one_factorization_and_a_domain(rng):
    e = TracePower(-3, normal(rng, 3, 3)).on(Dense(3, 3)).at(normal(rng, 3, 3))
    e.hessp(e.gradient)
    assert e.point.factorizations == 1
    for k in (-1, -2):
        assert TracePower(k).on(Dense(2, 2)).at(np.ones((2, 2))).value == np.inf
        with pytest.raises(Singular):
            _ = TracePower(k).on(Dense(2, 2)).at(np.ones((2, 2))).gradient
        with pytest.raises(NotPositiveDefinite):
            _ = TracePower(k).on(Symmetric(2)).at(-np.eye(2)).gradient


def test_wrong_arguments(rng):
    with pytest.raises(TypeError, match=r"k must be an integer, got 0\.5"):
        TracePower(0.5)
    with pytest.raises(TypeError, match="k must be an integer, got True"):
        TracePower(True)
    for k in (1001, -1001, 2**63 - 1, np.int64(-(2**63))):
        with pytest.raises(ValueError, match=r"k must be from -1000 to 1000, got "):
            TracePower(k)
    with pytest.raises(ValueError, match=r"A must be square, got shape \(2, 3\)"):
        TracePower(2, normal(rng, 2, 3))
    with pytest.raises(ValueError, match="TracePower needs square matrices"):
        TracePower(2).on(Dense(2, 3))
    with pytest.raises(ValueError, match=r"A has shape \(2, 2\) .*\(3, 3\)"):
        TracePower(2, np.eye(2)).on(Dense(3, 3))
    assert repr(TracePower(-2)) == "TracePower(-2)"
    assert repr(TracePower(2, np.eye(3))) == "TracePower(2, <3x3>)"
