"""The limited-memory BFGS method on a space."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from matopt.linalg import LU, Array, product
from matopt.objectives import Iterate
from matopt.solvers.hager_zhang import HagerZhang
from matopt.solvers.line_search import Found, LineSearch
from matopt.solvers.solver import Solver, Steps
from matopt.solvers.stagnation import Stagnation
from matopt.solvers.status import Status


@dataclass(frozen=True)
class LBFGS(Solver):
    """x <- R(-t H gradient), H the inverse Hessian that ``memory`` pairs (s, y) tell.

    The pairs travel with the iterate; one is taken only if <s, y>/<s, s> is at least
    ``caution`` times the gradient norm. ``patience`` iterates without progress are a
    stall.

    Huang, Absil and Gallivan, A Riemannian BFGS method without differentiated
    retraction for nonconvex optimization problems (SIAM J. Optim., 2018).
    """

    memory: int = 10
    caution: float = 1e-4
    search: LineSearch = field(default_factory=HagerZhang)
    patience: int = 20

    def __post_init__(self) -> None:
        """Check the memory."""
        if isinstance(self.memory, bool) or self.memory < 1:
            raise ValueError(f"memory must be at least 1, got {self.memory}")

    def steps(self, e: Iterate) -> Steps:
        """Quasi-Newton steps; the memory is forgotten when a search with it fails."""
        stalled = Stagnation(self.patience)
        pairs = Pairs(self.memory, self.caution, e)
        while True:
            yield e
            if stalled(e):
                return Status.STALLED_AT_ROUNDING
            found = self._search(e, pairs)
            if isinstance(found, Status) and pairs.count:
                pairs = Pairs(self.memory, self.caution, e)
                found = self._search(e, pairs)
            if isinstance(found, Status):
                return found
            end, t = found
            pairs.move(e, end, t)
            e = end

    def _search(self, e: Iterate, pairs: Pairs) -> Found | Status:
        d = pairs.direction()
        return self.search(e, d, e.inner(e.gradient, d), 1.0)


class Pairs:
    """Pairs (s_i, y_i) of steps and changes of the gradient, in the tangent space at e.

    One stack holds s_1..s_m, y_1..y_m and the gradient, so that one transport moves
    them all and one product combines them. The slots are filled in turn, an empty one
    holds zeros, and i is older than j in R_ij = <s_i, y_j>: slots need no sorting.

    Byrd, Nocedal and Schnabel, Representations of quasi-Newton matrices (Math. Prog.,
    1994): H = c I + [S, cY] [[R^-T (D + c Y'Y) R^-1, -R^-T], [-R^-1, 0]] [S, cY]'.
    """

    def __init__(self, memory: int, caution: float, e: Iterate) -> None:
        """Start at e with no pair."""
        m, g = memory, e.gradient
        self._m = m
        self._caution = caution
        self._hold(np.zeros((2 * m + 1, *g.shape), g.dtype))
        self._stack[-1] = g
        self._age = np.zeros(m)
        self._no_younger = np.zeros((m, m))  # one where i is no younger than j
        self._newest = -1  # slot that was filled last
        self._youngest = 0  # pair that sets the scale c
        self._D = np.zeros(m)  # <s_i, y_i>
        self._R_inverse: Array = np.zeros((m, m))
        self._YY = np.zeros((m, m))
        self._Sg = np.zeros(m)
        self._Yg = np.zeros(m)
        self._weights = np.empty(2 * m + 1)  # of the stack in a direction
        self._of_S, self._of_Y = self._weights[:m], self._weights[m:-1]
        self._c = 1.0 / max(1.0, e.gradient_norm)

    @property
    def count(self) -> int:
        """The number of pairs."""
        return int(np.count_nonzero(self._D))

    def direction(self) -> Array:
        """-H gradient."""
        c = self._c
        q = self._R_inverse.dot(self._Sg)
        r = self._Yg - self._YY.dot(q)
        r *= c
        r -= self._D * q
        np.dot(r, self._R_inverse, out=self._of_S)
        np.multiply(q, c, out=self._of_Y)
        self._weights[-1] = -c
        return product(self._columns, self._weights).reshape(self._shape)

    def move(self, start: Iterate, end: Iterate, t: float) -> None:
        """Carry everything from start to end, a step of t, and take the new pair."""
        m, i = self._m, (self._newest + 1) % self._m
        assert end.step is not None
        self._stack[i] = end.step
        stack = start.transport(end, end.step, self._stack)
        np.subtract(end.gradient, stack[-1], out=stack[m + i])
        stack[-1] = end.gradient
        if stack is not self._stack:
            self._hold(stack)
        if self._append(end, i) if end.space.isometric else self._renew(end, i):
            self._newest = i
        j = self._youngest
        self._c = self._D[j] / self._YY[j, j] if self._D[j] else self._c * 2.0 * t

    def _hold(self, stack: Array) -> None:
        self._stack = stack
        self._shape = stack.shape[1:]
        self._columns = stack.reshape(len(stack), -1).T

    def _append(self, e: Iterate, i: int) -> bool:
        """Replace pair i where all the others keep their inner products."""
        m = self._m
        y_and_gradient = self._stack[m + i :: m - i]  # rows m + i and 2 m
        G = e.space.gram(e.point, self._stack, y_and_gradient)
        Sy, Yy = G[:m, 0], G[m:-1, 0]
        self._Sg, self._Yg = G[:m, 1], G[m:-1, 1]
        self._D[i] = 0.0
        self._R_inverse[i] = self._R_inverse[:, i] = 0.0
        s, sy = self._stack[i], float(Sy[i])
        if not sy > self._caution * e.gradient_norm * e.inner(s, s):
            return False
        self._D[i], self._youngest = sy, i
        self._YY[i] = self._YY[:, i] = Yy
        self._R_inverse[:, i] = self._R_inverse.dot(Sy * (-1.0 / sy))
        self._R_inverse[i, i] = 1.0 / sy
        return True

    def _renew(self, e: Iterate, i: int) -> bool:
        """Compute all inner products again; leave out bad pairs; was i kept?"""
        m = self._m
        self._age[i] = self._age.max() + 1.0
        self._no_younger[i], self._no_younger[:, i] = 0.0, 1.0
        G = e.space.gram(e.point, self._stack, self._stack)
        SY, self._YY = G[:m, m:-1], G[m:-1, m:-1]
        self._Sg, self._Yg = G[:m, -1], G[m:-1, -1]
        self._D = SY.diagonal()
        kept = self._D > self._caution * e.gradient_norm * G.diagonal()[:m]
        R = SY * self._no_younger
        if kept.all():
            self._R_inverse = LU(R).inverse
        else:
            self._leave_out(~kept, R)
        self._youngest = i if kept[i] else int(np.argmax(kept * self._age))
        return bool(kept[i])

    def _leave_out(self, bad: Array, R: Array) -> None:
        m = self._m
        self._stack[:m][bad] = self._stack[m:-1][bad] = 0.0
        self._D = np.where(bad, 0.0, self._D)
        R[bad] = R[:, bad] = 0.0
        R[bad, bad] = 1.0
        self._R_inverse = LU(R).inverse
        self._R_inverse[bad, bad] = 0.0
