"""Newton's method for likelihoods of linear families, scoring where it must."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from matopt.errors import NotPositiveDefinite
from matopt.linalg import Array, Cholesky
from matopt.objectives import Counts, Iterate
from matopt.objectives.restriction import Row
from matopt.solvers.line_search import outside
from matopt.solvers.preconditioned_cg import Solution, solve
from matopt.solvers.solver import Finished, Solver, Steps
from matopt.solvers.stagnation import Stagnation
from matopt.solvers.status import Status
from matopt.spaces import Descent

# The same numbers as in linalg/toeplitz_newton.py
_SMALL = 1e-6  # of f: what two values of it may differ by though equal
_DECREASE = 1e-4  # share of what the slope promises
_TRIALS = 60  # of lengths of one step
_PATIENCE = 3  # iterates without progress
_RIDGE = 1e-10  # relative, on F where it is not positive definite for rounding
RUN = 50  # steps that are computed in one call


class Step(NamedTuple):
    """A step, whether it is by F, and in which way it was found."""

    v: Array
    scoring: bool
    way: str


@dataclass
class Tally:
    """How the steps of a run were found."""

    newton: int = 0
    scoring: int = 0
    ways: list[str] = field(default_factory=list)

    def add(self, steps: int, scoring: int, way: str) -> None:
        """Count steps, so many of them by F."""
        self.newton += steps - scoring
        self.scoring += scoring
        if self.ways[-1:] != [way]:
            self.ways.append(way)

    def __str__(self) -> str:
        ways = ", then ".join(self.ways) or "nothing"
        return f"{self.newton} Newton and {self.scoring} scoring steps by {ways}"


@dataclass(frozen=True)
class FisherNewton(Solver):
    """x <- x - t H^-1 g where the Hessian H is positive definite, else x - t F^-1 g.

    F is the point's ``information``, the Hessian that a Gaussian likelihood has in the
    mean, and positive definite everywhere. t = 1 is contracted until the matrix is in
    the domain and f has fallen enough. It is the default for Gaussian likelihoods of
    Toeplitz matrices, and chooses among three ways to take these steps:

    - up to order 64 of a Toeplitz matrix the whole run is one compiled call;
    - up to ``dense`` parameters H and F are formed, and so they are everywhere but for
      Toeplitz matrices;
    - beyond, H v = -g is solved by conjugate gradients with the spectrum of T as a
      preconditioner, to ``forcing`` at first and ever more precisely. Where H is not
      positive definite, or ``products`` of them do not suffice, as on line spectra, the
      matrices are formed from there on; for more than ``most`` parameters they never
      are, and F takes the place of H in the same way.

    ``result.detail`` says how many steps there were of either kind, and in which way.

    On a space that is ``linear``: a structure, or ``Fisher(structure)``, which takes
    the same steps but measures gradients by F: |gradient|^2 = g^T F^-1 g.

    Burg, Luenberger and Wenger, Estimation of Structured Covariance Matrices (1982).
    """

    dense: int = 128
    most: int = 4096
    products: int = 20
    forcing: float = 0.1

    def steps(self, e: Iterate) -> Steps:
        """Newton steps, one at a time."""
        _check_linear(e)
        yield e
        return (yield from self._steps(e, Tally()))

    def run(self, start: Iterate, report: Callable[[Iterate], None]) -> Status:
        """Report every iterate, and at the end what the steps were."""
        _check_linear(start)
        tally = Tally()
        try:
            e = _report_compiled(start, report, tally)
            if e is start:
                report(e)
            status = self._report_all(self._steps(e, tally), e, report)
        except Finished as end:
            end.detail = end.detail or str(tally)
            raise
        raise Finished(status, str(tally))

    def _steps(self, e: Iterate, tally: Tally) -> Steps:
        """Those after e."""
        way = self._by_matrices
        if e.space.flat and e.space.quick_information and not self._is_small(e):
            way = self._by_products
        first, stalled = e.gradient_norm, Stagnation(_PATIENCE)
        while not stalled(e):
            forcing = min(self.forcing, math.sqrt(e.gradient_norm / first))
            step = way(e, forcing)
            if step is None and e.space.dimension <= self.most:
                way = self._by_matrices
                step = way(e, forcing)
            if step is None:
                return Status.STALLED_AT_ROUNDING  # F > 0 but for rounding
            found = _search(e, step.v)
            if isinstance(found, Status):
                return found
            tally.add(1, step.scoring, step.way)
            yield (e := found)
        return Status.STALLED_AT_ROUNDING

    def _is_small(self, e: Iterate) -> bool:
        return e.space.dimension <= self.dense

    def _by_matrices(self, e: Iterate, forcing: float) -> Step | None:
        """None if F is not positive definite, as it is but for rounding."""
        counts, g, way = e.restriction.counts, e.covector, "dense matrices"
        counts.spend()
        counts.nhev += 1
        try:
            return Step(-Cholesky.of(e.evaluation.hessian).solve(g), False, way)
        except NotPositiveDefinite:
            pass
        F = e.point.information
        for ridge in (0.0, _RIDGE):
            try:
                factor = Cholesky.of(F + np.diag(ridge * F.diagonal()))
            except NotPositiveDefinite:
                continue
            return Step(-factor.solve(g), True, way)
        return None

    def _by_products(self, e: Iterate, forcing: float) -> Step | None:
        """None where matrices may be formed and conjugate gradients are slow."""
        point, g, way = e.point, e.covector, "conjugate gradients"
        must = e.space.dimension > self.most

        def along(product: Callable[[Array], Array]) -> Solution:
            return solve(product, point.unscale, g, forcing, self.products)

        v, converged = along(_counted(e))
        if v is not None and (converged or must):
            return Step(v, False, way)
        if not must:
            return None
        v, _ = along(lambda u: -point.logdet_hessp(u))  # F u
        return None if v is None else Step(v, True, way)


def _search(e: Iterate, v: Array) -> Iterate | Status:
    """Contract the step v until f is finite, and then has fallen enough.

    Where the slope promises less than the rounding of f can tell, it is enough
    that the slope at the end is smaller (Hager and Zhang, 2005).
    """
    slope = float(e.covector.dot(v))
    size = max(1.0, abs(e.value))
    small = -slope <= _SMALL * size
    t = 1.0
    for _ in range(_TRIALS):
        end = Iterate(e.restriction, e.space.point(e.x + t * v), t * v)
        fell = end.value <= e.value + _DECREASE * t * slope
        if not fell and small and end.value <= e.value + _SMALL * size:
            fell = abs(float(end.covector.dot(v))) <= -0.9 * slope
        if fell and _is_measured(end):
            return end
        t *= _contraction(end.value - e.value, t * slope)
    if end.value == math.inf:
        return outside(end)
    return Status.STALLED_AT_ROUNDING if small else Status.LINE_SEARCH_FAILED


def _is_measured(e: Iterate) -> bool:
    """Is F, where it measures the gradient, positive definite to rounding?"""
    if e.space.flat:
        return True
    try:
        return e.gradient_norm is not None
    except NotPositiveDefinite:
        return False


def _contraction(change: float, slope: float) -> float:
    """To the minimizer of the parabola that has both, at least to half."""
    if change == math.inf or change <= slope:
        return 0.5
    return min(0.5, max(0.1, -0.5 * slope / (change - slope)))


def _counted(e: Iterate) -> Callable[[Array], Array]:
    """The second derivative by the parameters, its products counted."""

    def hessp(v: Array) -> Array:
        e.restriction.counts.spend()
        e.restriction.counts.nhev += 1
        return e.evaluation.hessp(v)

    return hessp


def _report_compiled(
    e: Iterate, report: Callable[[Iterate], None], tally: Tally
) -> Iterate:
    """Report the iterates from e on, if one call computes them, and return the last.

    Else e itself.
    """
    counts = e.restriction.counts
    run = e.evaluation.descend(counts.goal, RUN, natural=not e.space.flat)
    if run is None or not run.table:
        return e
    rows = _rows(run, counts)
    first = counts.skim(rows[:-1])
    added = 1  # the first is no step
    for k in range(first, len(rows)):
        if k > 0:
            _add(tally, run.table[added : k + 1])
            added = k + 1
        value, norm, counts.nfev, counts.njev, counts.nhev, counts.nfactor = rows[k]
        e = e.known(run.x[k], value, norm)
        report(e)
    return e


def _rows(run: Descent, counts: Counts) -> list[Row]:
    """What there is to record of each iterate; the value of the first is counted."""
    values, factors = counts.nfev - 1, counts.nfactor - 1
    gradients, products = counts.njev + 1, counts.nhev
    return [
        (value, norm, values + int(v), gradients + k, products + k, factors + int(v))
        for k, (value, norm, v, _) in enumerate(run.table)
    ]


def _add(tally: Tally, table: list[list[float]]) -> None:
    tally.add(len(table), int(sum(row[3] for row in table)), "one compiled call")


def _check_linear(e: Iterate) -> None:
    if not e.space.linear:
        raise TypeError(
            "FisherNewton needs a space whose matrices are linear in x, and "
            f"{e.space!r} is not; take a structure, Fisher(structure), or another "
            "solver such as TrustRegion()"
        )
