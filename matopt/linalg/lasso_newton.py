"""The Newton step of -ln det K + f(K) + sum of w_ij |K_ij|, its loops compiled.

The model of a step D from K to Z = K + D is, with W = K^-1 and all matrices symmetric,

    tr(G D) + tr(W D W D)/2 + ridge |D|^2/2 + sum of w_ij |Z_ij|.

Coordinate descent finds which entries of Z are zero. Where K is ill conditioned it
contracts slowly: then conjugate gradients over the others follow each sweep, and the
step they find is projected on the signs of Z.
Imported when first needed, for numba is dear to load.

Hsieh, Sustik, Dhillon and Ravikumar, QUIC: quadratic approximation for sparse inverse
covariance estimation (JMLR 2014); Oztoprak, Nocedal, Rennie and Olsen, Newton-like
methods for sparse inverse covariance estimation (NIPS 2012).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matopt.lazy import lazy
from matopt.linalg.arrays import Array
from matopt.linalg.compiled import REORDER, kernel
from matopt.linalg.copies import copy

# Sums may be reordered, so that they are vectorized.
_REORDER = {"reassoc", "contract", "nsz"}

_SLOW = 0.5  # ratio of what two sweeps move where conjugate gradients help
_MAX_PRODUCTS = 25  # of one solution by conjugate gradients
_ACCURACY = 0.3  # of that solution
_MAX_HALVINGS = 30
_DECREASE = 1e-4  # of the slope, that a step must bring
_NOTHING = 1e-15  # the part of an entry that is 0


def newton_target(
    W: Array, G: Array, K: Array, w: Array, ridge: float, eta: float, sweeps: int
) -> tuple[Array, float, bool]:
    """Return Z near the minimum of the model, the change it predicts, if it settled.

    Free are the entries where K is not 0 or |G_ij| exceeds w_ij. It has settled when a
    sweep of coordinate descent, of ``sweeps`` at most, moves by less than ``eta`` times
    all before, in the norm of the curvature. The change is tr(G D) + sum of
    w_ij (|Z_ij| - |K_ij|), at most 0.
    """
    model = Model(W, G, K, w, ridge)
    free = Entries.of((K != 0.0) | (np.abs(G) > w))
    Z: Array = K.copy()
    U = np.zeros_like(K)  # D W
    total, settled, last = 0.0, False, 0.0
    for _ in range(sweeps):
        moved = _descend(W, G, K, w, ridge, free.i, free.first, Z, U)
        total += moved
        settled = moved <= eta * eta * total
        if settled:
            break
        if moved > _SLOW * last > 0.0:
            total += model.solve_on_face(Z, U)
            _product(W, free.of_matrix(Z - K), free.i, free.first, U)
        last = moved
    z, k, weight = free.of_matrix(Z), free.of_matrix(K), free.of_matrix(w)
    part = free.of_matrix(G) * (z - k) + weight * (np.abs(z) - np.abs(k))
    return Z, float(np.dot(free.twice, part)), settled


@dataclass(frozen=True, eq=False)
class Entries:
    """Entries (i, j) of a symmetric matrix, i <= j, column by column."""

    i: Array
    j: Array
    first: Array  # where each column begins

    @classmethod
    def of(cls, mask: Array) -> Entries:
        """The entries where a symmetric mask is true."""
        n = len(mask)
        j, i = np.divmod(np.flatnonzero(mask & np.tri(n, dtype=bool)), n)
        return cls(i, j, np.searchsorted(j, np.arange(n + 1)))

    @lazy
    def twice(self) -> Array:
        """How often an entry counts in inner products: twice off the diagonal."""
        return np.where(self.i == self.j, 1.0, 2.0)

    def of_matrix(self, A: Array) -> Array:
        """A_ij at the entries."""
        a: Array = A[self.i, self.j]
        return a

    def put(self, a: Array, A: Array) -> None:
        """Write the entries into A, and their mirror images."""
        A[self.i, self.j] = A[self.j, self.i] = a

    def dot(self, a: Array, b: Array) -> float:
        """The inner product tr(A B) of two matrices by their entries."""
        return float(np.dot(self.twice * a, b))


@dataclass(frozen=True, eq=False)
class Model:
    """The quadratic model at K."""

    W: Array
    G: Array
    K: Array
    w: Array
    ridge: float

    def solve_on_face(self, Z: Array, U: Array) -> float:
        """Move Z towards the minimum over its own signs; return how far, squared.

        Along the way to the minimum an entry stops at 0. U = D W.
        """
        face = Entries.of(Z != 0.0)
        z = face.of_matrix(Z)
        g = face.of_matrix(self.G + self.ridge * (Z - self.K))
        g += face.of_matrix(self.w) * np.sign(z)
        g += _at_entries(self.W, U, face.i, face.first)
        d, Hd = self._projected(face, z, g, *self._conjugate_gradients(face, g))
        face.put(z + d, Z)
        return face.dot(d, Hd)

    def _projected(
        self, face: Entries, z: Array, g: Array, x: Array, Hx: Array
    ) -> tuple[Array, Array]:
        """D with z + D = z + t x, 0 where the sign would change, and its curvature.

        t is the first of 1, 1/2, ... that brings a decrease.
        """
        for t in 0.5 ** np.arange(_MAX_HALVINGS):
            moved = t * x
            crossed = (z + moved) * z <= _NOTHING * z * z
            d = np.where(crossed, -z, moved)
            Hd = self._times(face, d) if crossed.any() else t * Hx
            slope = face.dot(g, d)
            if slope < 0.0 and 0.5 * face.dot(d, Hd) <= -(1.0 - _DECREASE) * slope:
                return d, Hd
        return np.zeros_like(z), np.zeros_like(z)

    def _times(self, face: Entries, v: Array) -> Array:
        """The curvature applied to V: W V W + ridge V at the entries."""
        T = np.empty_like(self.W)
        _product(self.W, v, face.i, face.first, T)
        WVW: Array = _at_entries(self.W, T, face.i, face.first)
        return WVW + self.ridge * v

    @lazy
    def _rows(self) -> tuple[Array, Array, Array]:
        """K by rows: where each begins, the columns and the values of its nonzeros."""
        i, j = np.nonzero(self.K)
        return np.searchsorted(i, np.arange(len(self.K) + 1)), j, self.K[i, j]

    def _conjugate_gradients(self, face: Entries, g: Array) -> tuple[Array, Array]:
        """X with curvature -g over the entries, roughly, and the curvature of X.

        Preconditioned by V -> K V K at the entries, which is the inverse of V -> W V W
        where no entry is zero.
        """
        x, Hx, r = np.zeros_like(g), np.zeros_like(g), -g
        y = _between(*self._rows, r, face.i, face.first)
        p, ry = y, face.dot(r, y)
        goal = _ACCURACY**2 * ry
        for _ in range(_MAX_PRODUCTS):
            if ry <= goal:
                break
            Hp = self._times(face, p)
            alpha = ry / face.dot(p, Hp)
            x, Hx, r = x + alpha * p, Hx + alpha * Hp, r - alpha * Hp
            y = _between(*self._rows, r, face.i, face.first)
            last, ry = ry, face.dot(r, y)
            p = y + (ry / last) * p
        return x, Hx


@kernel(REORDER)
def _descend(
    W: Array,
    G: Array,
    K: Array,
    w: Array,
    ridge: float,
    rows: Array,
    first: Array,
    Z: Array,
    U: Array,
) -> float:
    """Minimize over each free entry in turn; return how far that moved, squared."""
    n = K.shape[0]
    column = np.empty(n)
    moved = 0.0
    for j in range(n):
        copy(U[:, j], column)
        for entry in range(first[j], first[j + 1]):
            i = rows[entry]
            WDW = 0.0
            for k in range(n):
                WDW += W[i, k] * column[k]
            curvature = W[i, i] * W[j, j] + ridge
            if i != j:
                curvature += W[i, j] * W[i, j]
            z = Z[i, j]
            slope = G[i, j] + WDW + ridge * (z - K[i, j])
            new = z - slope / curvature
            threshold = w[i, j] / curvature
            if new > threshold:
                new -= threshold
            elif new < -threshold:
                new += threshold
            else:
                new = 0.0
            if new == z:
                continue
            m = new - z
            Z[i, j] = Z[j, i] = new
            for k in range(n):
                U[i, k] += m * W[j, k]
            column[i] += m * W[j, j]
            if i != j:
                for k in range(n):
                    U[j, k] += m * W[i, k]
                column[j] += m * W[i, j]
            moved += curvature * m * m * (1.0 if i == j else 2.0)
    return moved


@kernel(REORDER)
def _product(W: Array, v: Array, rows: Array, first: Array, T: Array) -> None:
    """T = V W for the symmetric V of entries v."""
    n = W.shape[0]
    T[:] = 0.0
    for j in range(n):
        for e in range(first[j], first[j + 1]):
            i = rows[e]
            for k in range(n):
                T[i, k] += v[e] * W[j, k]
            if i != j:
                for k in range(n):
                    T[j, k] += v[e] * W[i, k]


@kernel(REORDER)
def _at_entries(W: Array, T: Array, rows: Array, first: Array) -> Array:
    """(W T)_ij at the entries."""
    n = W.shape[0]
    out = np.empty(len(rows))
    column = np.empty(n)
    for j in range(n):
        copy(T[:, j], column)
        for e in range(first[j], first[j + 1]):
            total = 0.0
            for k in range(n):
                total += W[rows[e], k] * column[k]
            out[e] = total
    return out


@kernel()
def _between(
    starts: Array, places: Array, values: Array, v: Array, rows: Array, first: Array
) -> Array:
    """K V K at the entries, for K by rows."""
    n = len(first) - 1
    T = np.zeros((n, n))  # V K
    for j in range(n):
        for e in range(first[j], first[j + 1]):
            i = rows[e]
            for k in range(starts[j], starts[j + 1]):
                T[i, places[k]] += v[e] * values[k]
            if i != j:
                for k in range(starts[i], starts[i + 1]):
                    T[j, places[k]] += v[e] * values[k]
    out = np.empty(len(rows))
    column = np.empty(n)
    for j in range(n):
        copy(T[:, j], column)
        for e in range(first[j], first[j + 1]):
            i = rows[e]
            total = 0.0
            for k in range(starts[i], starts[i + 1]):
                total += values[k] * column[places[k]]
            out[e] = total
    return out
