"""Newton's method for likelihoods of linear families, scoring where it must."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from matopt.errors import NotPositiveDefinite
from matopt.linalg import Array, Cholesky
from matopt.objectives import Iterate
from matopt.solvers.line_search import outside
from matopt.solvers.preconditioned_cg import solve
from matopt.solvers.solver import Finished, Solver, Steps
from matopt.solvers.stagnation import Stagnation
from matopt.solvers.status import Status

_SMALL = 1e-6  # of f: what two values of it may differ by though equal
Step: TypeAlias = tuple[Array, bool]  # the step, and is it by F?

_RUN = 50  # steps that are computed in one call
_TRIALS = 60  # of lengths of one step


@dataclass
class Tally:
    """How the steps of a run were found."""

    newton: int = 0
    scoring: int = 0
    compiled: bool = False
    products: bool = False  # are steps found by conjugate gradients?

    def add(self, scoring: bool) -> None:
        """Count one step."""
        self.newton += not scoring
        self.scoring += scoring

    def __str__(self) -> str:
        how = "compiled, " if self.compiled else ""
        return f"{how}{self.newton} Newton and {self.scoring} scoring steps"


@dataclass(frozen=True)
class FisherNewton(Solver):
    """x <- x - t H^-1 g where the Hessian H is positive definite, else x - t F^-1 g.

    F is the point's ``information``, the Hessian that a Gaussian likelihood has in the
    mean, and positive definite everywhere. t = 1 is halved until the matrix is in the
    domain, then contracted until f falls by ``decrease`` of what its slope promises.
    Both matrices are dense, so that a step costs n^3 for n parameters at the least.
    ``patience`` iterates without progress are a stall.

    It is the default for Gaussian likelihoods of Toeplitz matrices, where H and F cost
    as much as two products of n x n matrices and a run of small order is one compiled
    call. ``result.detail`` counts the steps of either kind.

    On a space that is ``linear``: a structure, or ``Fisher(structure)``, which takes
    the same steps but measures gradients by F: |gradient|^2 = g^T F^-1 g.

    Burg, Luenberger and Wenger, Estimation of Structured Covariance Matrices (1982).
    """

    dense: int = 128
    most: int = 4096
    products: int = 20
    forcing: float = 0.1
    decrease: float = 1e-4
    patience: int = 3

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
            raise Finished(end.status, end.detail or str(tally)) from None
        raise Finished(status, str(tally))

    def _steps(self, e: Iterate, tally: Tally) -> Steps:
        """Those after e."""
        few = e.space.dimension <= self.dense or not e.space.quick_information
        tally.products = e.space.flat and not few
        first = e.gradient_norm
        stalled = Stagnation(self.patience)
        while not stalled(e):
            step = self._direction(e, first, tally)
            if step is None:
                return Status.NEARLY_SINGULAR
            found = self._search(e, step[0])
            if isinstance(found, Status):
                return found
            tally.add(step[1])
            yield (e := found)
        return Status.STALLED_AT_ROUNDING

    def _direction(self, e: Iterate, first: float, tally: Tally) -> Step | None:
        """By products while H is positive definite and they converge.

        Then by dense matrices, unless there are too many parameters for them.
        """
        if not tally.products:
            return _by_matrices(e)
        forcing = min(self.forcing, math.sqrt(e.gradient_norm / first))
        v, converged = solve(
            _counted(e), e.point.unscale, e.evaluation.gradient, forcing, self.products
        )
        if v is not None and converged:
            return v, False
        if e.space.dimension <= self.most:
            tally.products = False
            return _by_matrices(e)
        return (v, False) if v is not None else self._scoring(e, forcing)

    def _scoring(self, e: Iterate, forcing: float) -> Step | None:
        """-F^-1 g by products with F, which are those of ln det A with -H."""
        point, g = e.point, e.evaluation.gradient
        v, _ = solve(
            lambda v: -point.logdet_hessp(v), point.unscale, g, forcing, self.products
        )
        return None if v is None else (v, True)

    def _search(self, e: Iterate, v: Array) -> Iterate | Status:
        """Contract the step v until f is finite, and then has fallen enough.

        Where the slope promises less than the rounding of f can tell, it is enough
        that the slope at the end is smaller (Hager and Zhang, 2005).
        """
        slope = float(e.evaluation.gradient.dot(v))
        size = max(1.0, abs(e.value))
        small = -slope <= _SMALL * size
        t = 1.0
        for _ in range(_TRIALS):
            end = Iterate(e.restriction, e.space.point(e.x + t * v), t * v)
            if end.value <= e.value + self.decrease * t * slope:
                return end
            if small and end.value <= e.value + _SMALL * size:
                if abs(float(end.evaluation.gradient.dot(v))) <= -0.9 * slope:
                    return end
            t *= _contraction(end.value - e.value, t * slope)
        if end.value == math.inf:
            return outside(end)
        return Status.STALLED_AT_ROUNDING if small else Status.LINE_SEARCH_FAILED


def _contraction(change: float, slope: float) -> float:
    """To the minimizer of the parabola that has both, at least to half."""
    if change == math.inf:
        return 0.5
    return min(0.5, max(0.1, -0.5 * slope / (change - slope)))


def _by_matrices(e: Iterate) -> Step | None:
    """-H^-1 g, or else -F^-1 g, and whether it is the latter.

    None if F is not positive definite, as it is but for rounding.
    """
    counts = e.restriction.counts
    counts.spend()
    counts.nhev += 1
    g = e.evaluation.gradient
    try:
        return -Cholesky.of(e.evaluation.hessian).solve(g), False
    except NotPositiveDefinite:
        pass
    try:
        return -e.point.information_factor.solve(g), True
    except NotPositiveDefinite:
        return None


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
    run = e.evaluation.descend(counts.goal, _RUN, natural=not e.space.flat)
    if run is None or not run.table:
        return e
    tally.compiled = True
    values, factors = counts.nfev, counts.nfactor  # that of e is one of them
    last = len(run.table) - 1
    for k, (value, norm, evaluations, scoring) in enumerate(run.table):
        counts.nfev = values + int(evaluations) - 1
        counts.nfactor = factors + int(evaluations) - 1
        counts.njev += 1
        if k > 0:
            counts.nhev += 1
            tally.add(scoring == 1.0)
        if k == last or not counts.skim(value, norm):
            e = e.known(run.x[k], value, norm)
            report(e)
    return e


def _check_linear(e: Iterate) -> None:
    if not e.space.linear:
        raise TypeError(
            "FisherNewton needs a space whose matrices are linear in x, and "
            f"{e.space!r} is not; take a structure, Fisher(structure), or another "
            "solver such as TrustRegion()"
        )
