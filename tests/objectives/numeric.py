"""Derivatives by differences at 50 digits, of values written with mpmath alone."""

import mpmath
import numpy as np

mp = mpmath.mp
DIGITS, STEP = 50, "1e-12"


def lift(A):
    """A numpy array as an mpmath matrix; a vector as a column."""
    return mp.matrix(np.asarray(A).reshape(len(A), -1).tolist())


def trace(A):
    return mp.fsum(A[i, i] for i in range(A.rows))


def first(value, X, U):
    """d/dt value(X + t U) at t = 0."""
    with mp.workdps(DIGITS):
        h, X, U = mp.mpf(STEP), lift(X), lift(U)
        return float(mp.re(value(X + h * U) - value(X - h * U)) / (2 * h))


def second(value, X, U, V):
    """d^2/ds dt value(X + s U + t V) at 0."""
    with mp.workdps(DIGITS):
        h, X, U, V = mp.mpf(STEP), lift(X), lift(U), lift(V)
        corners = (
            (i * j) * value(X + i * h * U + j * h * V) for i in (-1, 1) for j in (-1, 1)
        )
        return float(mp.re(mp.fsum(corners)) / (4 * h * h))


def exact(value, X):
    """value(X)."""
    with mp.workdps(DIGITS):
        return float(mp.re(value(lift(X))))


def derivatives(value, X, V):
    """value(X), its gradient d/dRe + i d/dIm, and the derivative of that along V.

    Forward differences, for those of all entries begin at the same two matrices.
    """
    G, H = np.zeros((2, *X.shape), X.dtype)
    with mp.workdps(DIGITS):
        h = mp.mpf("1e-16")
        A = lift(X)
        B = A + h * lift(V)
        a, b = (mp.re(value(C)) for C in (A, B))
        for index in np.ndindex(X.shape):
            i, j = (*index, 0)[:2]
            for unit in (1, 1j)[: 1 + np.iscomplexobj(X)]:
                C, D = A.copy(), B.copy()
                C[i, j] += h * unit
                D[i, j] += h * unit
                c, d = mp.re(value(C)) - a, mp.re(value(D)) - b
                G[index] += unit * float(c / h)
                H[index] += unit * float((d - c) / (h * h))
        return float(a), G, H


def normal(rng, *shape, dtype=float):
    """Standard normal entries."""
    A = rng.standard_normal(shape)
    return A if dtype is float else A + 1j * rng.standard_normal(shape)


def agrees_along(f, space, value, rng, X, rtol=1e-11):
    """The same as ``agrees`` along two random directions, for a costly value."""
    U, V = (normal(rng, *X.shape, dtype=space.dtype) for _ in range(2))
    u, v = space.parameters(U), space.parameters(V)
    e = f.on(space).at(X)
    np.testing.assert_allclose(e.value, exact(value, X), rtol=rtol)
    _close(e.gradient @ u, first(value, X, U), rtol)
    _close(e.hessp(v) @ u, second(value, X, U, V), rtol)


def agrees_inside(f, space, value, rng, X, rtol=1e-11):
    """Hold f on a structure against value(X) of mpmath, along members of it."""
    e = f.on(space).at(X)
    np.testing.assert_allclose(e.value, exact(value, X), rtol=rtol, atol=rtol)
    for u, v in rng.standard_normal((2, 2, space.size)):
        U, V = space.matrix(u), space.matrix(v)
        _close(e.gradient @ u, first(value, X, U), rtol)
        _close(e.hessp(v) @ u, second(value, X, U, V), rtol)


def agrees(f, space, value, rng, X=None, rtol=1e-11):
    """Hold f on a space of free entries against value(X) of mpmath."""
    X = space.matrix(space.random(rng)) if X is None else X
    V = normal(rng, *X.shape, dtype=space.dtype)
    e = f.on(space).at(X)
    wanted, G, H = derivatives(value, X, V)
    np.testing.assert_allclose(e.value, wanted, rtol=rtol)
    _close(space.matrix(e.gradient), G, rtol)
    _close(space.matrix(e.hessp(space.parameters(V))), H, rtol)


def _close(A, B, rtol):
    np.testing.assert_allclose(A, B, rtol=0.0, atol=rtol * max(1.0, np.abs(B).max()))
