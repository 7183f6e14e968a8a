"""The nearest positive semidefinite Toeplitz matrix."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from matopt.errors import NotPositiveDefinite
from matopt.linalg.arrays import Array, as_square, hermitian_part
from matopt.linalg.factor import Cholesky
from matopt.linalg.product import inner, product
from matopt.linalg.toeplitz import hermitian_toeplitz, paired_sums
from matopt.linalg.toeplitz_gram import toeplitz_gram

_GAP = 1e-12  # duality gap at which to stop, of the squared size of the data
_CERTIFIED = 1e-8  # and the largest that is still an answer
_ITERATIONS = 100


class NearestToeplitz(NamedTuple):
    """A projection and what certifies it: |T - A|^2 is within 2 gap of the least."""

    matrix: Array
    multiplier: Array  # Z >= 0 with the sums over diagonals of T - A, orthogonal to T
    gap: float  # of half the squared distance
    iterations: int


def nearest_positive_definite_toeplitz(A: ArrayLike, floor: float = 0.0) -> Array:
    """The Hermitian Toeplitz T nearest to A in Frobenius norm, no eigenvalue < floor.

    A is any square matrix, real or complex. If the means over its diagonals will do,
    they are T; else T has ``floor`` as an eigenvalue, to about 1e-7 of its size from
    above. Its duality gap is at most 1e-8 |A|^2, or NotPositiveDefinite is raised; it
    mostly is 1e-12 |A|^2.

    >>> import numpy as np, matopt as mo
    >>> T = mo.nearest_positive_definite_toeplitz([[1.0, 2.0], [2.0, 1.0]])
    >>> T.round(6)  # between 1 and 2, which has the eigenvalue -1
    array([[1.5, 1.5],
           [1.5, 1.5]])
    """
    return project_toeplitz(A, floor).matrix


def project_toeplitz(A: ArrayLike, floor: float = 0.0) -> NearestToeplitz:
    """The same with its certificate: a primal-dual path-following method.

    Its n or 2 n - 1 unknowns are the lags; the system of a step is a correlation of
    X^-1 with Z, by a two-dimensional FFT. Helmberg, Rendl, Vanderbei and Wolkowicz, An
    Interior-Point Method for Semidefinite Programming (1996); Mehrotra (1992).
    """
    G = as_square(A, "A")
    if not (np.isfinite(floor) and floor >= 0.0):
        raise ValueError(f"floor must be a number of at least 0, got {floor!r}")
    n = len(G)
    family = _Lags(n, np.iscomplexobj(G))
    largest = max(float(np.max(np.abs(G), initial=0.0)), floor)
    # in a unit, a power of two, in which no square underflows
    unit = math.ldexp(1.0, math.frexp(largest)[1] - 1)
    wanted = family.adjoint(G / unit) / family.norms
    wanted[0] -= floor / unit
    lift = floor * np.eye(n, dtype=G.dtype)
    T = family.matrix(wanted)
    if np.linalg.eigvalsh(T)[0] >= 0.0:
        return NearestToeplitz(unit * T + lift, np.zeros_like(T), 0.0, 0)
    size = float(np.linalg.norm(T))
    t, Z, gap, iterations = _follow(family, wanted / size)
    if not gap <= _CERTIFIED:
        raise NotPositiveDefinite(
            f"no nearest Toeplitz matrix was found: the duality gap is {gap:.3g} of "
            f"the squared size after {iterations} iterations; raise floor"
        )
    scale = unit * size
    matrix = scale * family.matrix(t) + lift
    return NearestToeplitz(matrix, scale * Z, scale * gap * scale, iterations)


def _follow(family: _Lags, wanted: Array) -> tuple[Array, Array, float, int]:
    """The lags t >= 0 nearest to ``wanted``, the multiplier, and the gap."""
    n = family.n
    t = wanted.copy()
    t[0] = max(t[0], 0.0) + np.abs(np.linalg.eigvalsh(family.matrix(wanted))[0]) + 0.1
    Z: Array = np.eye(n, dtype=family.dtype) * (0.1 / n)
    best = (t, Z, np.inf)
    k = 0
    for k in range(1, _ITERATIONS + 1):  # noqa: B007  it is counted
        X = family.matrix(t)
        residual = family.adjoint(Z) - family.norms * (t - wanted)
        try:
            step = _Step(family, X, Z, residual)
        except NotPositiveDefinite:
            break  # the path has come as near to the boundary as numbers can
        off = float(np.abs(residual).max())
        gap = max(inner(X, Z), 0.0) + off * float(np.abs(t).max())
        if gap < best[2]:
            best = (t, Z, gap)
        if gap <= _GAP or gap > 1e3 * best[2]:
            break
        dt, dZ = step.predict_and_correct()
        length = min(1.0, 0.98 * step.room(family.matrix(dt), dZ))
        t, Z = t + length * dt, hermitian_part(Z + length * dZ)
    return (*best, k)


class _Step:
    """A Newton step towards X Z = mu I, where X = T(t) and Z has the sums of T - A."""

    def __init__(self, family: _Lags, X: Array, Z: Array, residual: Array) -> None:
        self._family, self._Z = family, Z
        self._residual = residual
        self._X, self._root = Cholesky.of(X), Cholesky.of(Z)
        self._P = self._X.inverse
        self._mu = inner(X, Z) / family.n
        H = toeplitz_gram(Z, self._P)
        H.flat[:: len(H) + 1] += family.norms
        self._system = Cholesky.of(H)

    def predict_and_correct(self) -> tuple[Array, Array]:
        """Mehrotra's: how far mu can fall decides how far it should."""
        n = self._family.n
        dt, dZ = self._solve(-self._Z)
        dX = self._family.matrix(dt)
        a = min(1.0, self.room(dX, dZ))
        # <X + a dX, Z + a dZ> / n, by <X, Z> = n mu
        X = self._X.L
        whole = inner(product(X, X.T.conj()) + a * dX, self._Z + a * dZ) / n
        center = min(max(whole, 0.0) / self._mu, 1.0) ** 3
        bent = hermitian_part(product(self._P, product(dX, dZ)))
        return self._solve(center * self._mu * self._P - self._Z - bent)

    def _solve(self, target: Array) -> tuple[Array, Array]:
        """dt and dZ = target - sym(X^-1 dX Z), with the residual gone."""
        family = self._family
        dt = self._system.solve(self._residual + family.adjoint(target))
        moved = product(self._P, product(family.matrix(dt), self._Z))
        return dt, target - hermitian_part(moved)

    def room(self, dX: Array, dZ: Array) -> float:
        """How far along the step both stay positive definite."""
        lowest = min(
            float(np.linalg.eigvalsh(factor.congruence(D))[0])
            for factor, D in ((self._X, dX), (self._root, dZ))
        )
        return -1.0 / lowest if lowest < 0.0 else np.inf


class _Lags:
    """Hermitian Toeplitz matrices by t_0, the real and then the imaginary parts."""

    def __init__(self, n: int, is_complex: bool) -> None:
        self.n = n
        self.dtype = complex if is_complex else float
        counts = np.arange(n, 0.0, -1.0)
        both = [counts[:1], 2.0 * counts[1:], *([2.0 * counts[1:]] * is_complex)]
        self.norms: Array = np.concatenate(both)  # the squared norms of the S_k

    def matrix(self, x: Array) -> Array:
        n = self.n
        t: Array = x[:n].astype(self.dtype)
        if self.dtype is complex:
            t.imag[1:] = x[n:]
        return hermitian_toeplitz(t)

    def adjoint(self, G: Array) -> Array:
        """All Re tr(S_k G) of a matrix G, of which the Hermitian part counts."""
        g = paired_sums(G)
        return np.concatenate([g.real, g.imag[1:]]) if self.dtype is complex else g.real
