"""The proximal Newton method for a sparse precision matrix: the graphical lasso."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from matopt.linalg import Array, Cholesky
from matopt.objectives import Iterate
from matopt.solvers.composite import Composite
from matopt.solvers.solver import Finished, Solver, Steps
from matopt.solvers.sparse_precision import (
    Component,
    SparsePrecision,
    form_inverse,
)
from matopt.solvers.status import Status


@dataclass(frozen=True)
class ProximalNewton(Solver):
    """K <- K + t D, D minimizing the quadratic model of f plus the L1 norm itself.

    For a ``GaussianPrecisionLikelihood`` on ``Symmetric(n)`` or ``PositiveDefinite(n)``
    with a multiple of ``L1Norm``, and of ``FrobeniusNorm`` and ``LinearTrace`` if
    wished: -ln det K + tr(S K) + mu |K|^2 + sum of w_ij |K_ij|, the graphical lasso.
    D is found by coordinate descent over the entries that are not zero or must not
    stay so, with conjugate gradients; t is the first of 1, 1/2, ... with a Cholesky
    factor and a decrease. From a diagonal start the weights come down to the wanted
    ones in a few steps. The connected components of |S_ij| > w_ij are solved apart.
    ``result.detail`` has the duality gap, which bounds how far the value is from the
    optimum. Where K is ill conditioned coordinate descent contracts slowly, and most of
    the work is done by conjugate gradients on the signs of K, projected on them.

    Hsieh, Sustik, Dhillon and Ravikumar, QUIC: quadratic approximation for sparse
    inverse covariance estimation (JMLR 2014); Oztoprak, Nocedal, Rennie and Olsen,
    Newton-like methods for sparse inverse covariance estimation (NIPS 2012).
    """

    takes_kinks: ClassVar[bool] = True

    def run(self, start: Iterate, report: Callable[[Iterate], None]) -> Status:
        """Report the iterates; the detail is the duality gap."""
        newton = _Newton(self, start)
        try:
            return self._report_all(newton.steps(start), start, report)
        except Finished as end:
            raise Finished(end.status, newton.detail) from None

    def steps(self, e: Iterate) -> Steps:
        """Newton steps of all components at once."""
        return (yield from _Newton(self, e).steps(e))


class _Newton:
    """One run."""

    def __init__(self, solver: Solver, e: Iterate) -> None:
        """Begin at an iterate; TypeError if the problem is another one."""
        self._composite = Composite.of(e, solver)
        problem = SparsePrecision.of(e.restriction)
        if problem is None:
            raise TypeError(
                "ProximalNewton needs a GaussianPrecisionLikelihood with an L1Norm on "
                f"real symmetric matrices, got {e.restriction!r}; take "
                "ProximalGradient() or ADMM()"
            )
        self._problem = problem
        self._parts: list[tuple[Array, Component]] = []

    @property
    def detail(self) -> str:
        """The duality gap at the last iterate."""
        if not self._parts:
            return ""
        gap = sum(part.gap() for _, part in self._parts)
        return f"duality gap {gap:.1e}, connected components {len(self._parts)}"

    def steps(self, e: Iterate) -> Steps:
        """The start, then one iterate after each step of the components."""
        _ = e.value  # counts the factorization
        if isinstance(e.point.factor, Cholesky):
            form_inverse(e.point.factor)
        yield e
        counts = e.restriction.counts
        self._parts = [
            (rows, Component(self._problem.within(rows), _part(e.matrix, rows), counts))
            for rows in self._problem.components()
        ]
        while True:
            moving = [part for _, part in self._parts if not part.is_done]
            for part in moving:
                part.move()
            last, e = e, self._iterate()
            self._composite.follow(last, e)
            yield e
            if not moving:
                return Status.STALLED_AT_ROUNDING

    def _iterate(self) -> Iterate:
        """F at the matrix of all components, with their factors."""
        if len(self._parts) == 1:
            part = self._parts[0][1]
            return self._composite.at(part.K, part.factor)
        n = len(self._problem.S)
        K: Array = np.zeros((n, n))
        for rows, part in self._parts:
            K[np.ix_(rows, rows)] = part.K
            _ = part.factor.inverse
        factor = Cholesky.assemble([(r, part.factor) for r, part in self._parts], n)
        return self._composite.at(K, factor)


def _part(K: Array, rows: Array) -> Array:
    return K if len(rows) == len(K) else K[np.ix_(rows, rows)]
