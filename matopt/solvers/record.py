"""The bookkeeping of one run: counts, history, and the tests that end it."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias, cast

import numpy as np

from matopt.linalg import Array, herm, inner, product
from matopt.objectives import Counts, Iterate
from matopt.objectives.restriction import Row
from matopt.solvers.solver import Finished
from matopt.solvers.status import Status
from matopt.solvers.stop import RELATIVE, Stop

Callback: TypeAlias = Callable[[Iterate], Any]

_log = logging.getLogger("matopt")
_log.addHandler(logging.NullHandler())

COLUMNS = ("value", "gradient_norm", "seconds", "nfev", "njev", "nhev", "nfactor")

_FEW = 20  # rows that take about the memory of their columns

# Searching in vain ends in one of these; if a trial was NaN, that is the reason.
_VAIN = (
    Status.LINE_SEARCH_FAILED,
    Status.MODEL_FAILED,
    Status.LEFT_DOMAIN,
    Status.STALLED_AT_ROUNDING,
    Status.OUTSIDE_SOLVER_STOPPED,
)


class Record(Counts):
    """Counts while the run goes on and raises ``Finished`` when a test says so."""

    def __init__(
        self,
        stop: Stop,
        callbacks: tuple[Callback, ...] = (),
        unit: float | Array | None = None,
    ) -> None:
        """Start the clock; ``unit`` is the objective's."""
        self._unit: float | Array = 1.0 if unit is None else unit
        own = self._unit if isinstance(self._unit, float) else 1.0
        super().__init__(goal=stop.goal(own))
        self._stop = stop
        self._limited = (stop.max_evaluations, stop.max_seconds) != (None, None)
        self._callbacks = callbacks
        self._logging = _log.isEnabledFor(logging.INFO)
        unwatched = not (callbacks or self._logging or self._limited)
        changes = (stop.value_change, stop.step)
        self._skims = unwatched and changes == (None, None)
        self._rows: list[tuple[float, ...]] = []  # each a Row, then the seconds
        self._nnan = 0  # at the last iterate
        self.best: Iterate | None = None
        self._last: Iterate | None = None
        self._began = time.perf_counter()
        self._cpu_began = time.process_time()

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.perf_counter() - self._began

    @property
    def cpu_seconds(self) -> float:
        """Of all threads, since the start."""
        return time.process_time() - self._cpu_began

    @property
    def nit(self) -> int:
        """Iterations: steps from one reported iterate to the next."""
        return max(0, len(self._rows) - 1)

    @property
    def history(self) -> dict[str, Array]:
        """One array a column, one entry an iterate."""
        return _columns(self._rows)

    def snapshot(self) -> Callable[[], dict[str, Array]]:
        """What makes the history up to now, and holds nothing else of this.

        Many rows take five times the memory of columns, which are made at once.
        """
        if len(self._rows) > _FEW:
            return partial(dict, self.history)
        return partial(_columns, self._rows.copy())

    def explain(self, status: Status) -> Status:
        """The status if our tests agree, and why where a search was in vain."""
        best = self.best
        known = best is not None and "gradient_norm" in vars(best)
        if status is Status.CONVERGED:
            passes = known and self._passes(cast(Iterate, best))
            return status if passes else Status.OUTSIDE_SOLVER_STOPPED
        if status not in _VAIN:
            return status
        if known and self._is_settled(cast(Iterate, best)):
            return Status.CONVERGED
        return Status.NOT_A_NUMBER if self.nnan > self._nnan else status

    def spend(self) -> None:
        """End the run when its evaluations or its time are spent, after the first."""
        if not self._limited or self.nfev == 0:
            return
        stop = self._stop
        if stop.max_evaluations is not None:
            if self.nfev + self.nhev >= stop.max_evaluations:
                raise Finished(Status.MAX_EVALUATIONS)
        if stop.max_seconds is not None and self.seconds > stop.max_seconds:
            raise Finished(Status.MAX_SECONDS)

    def skim(self, rows: Sequence[Row]) -> int:
        """Record rows where neither a test of ``Stop`` nor anybody else wants more.

        The number of them is returned; the iterates of the others must be reported.
        """
        if not self._skims:
            return 0
        limit, now = self._stop.max_iterations, self.seconds
        if limit is not None:
            left = max(0, limit - max(1, len(self._rows)))
            rows = rows[: int(min(len(rows), left))]
        self._rows += [(*row, now) for row in rows]
        return len(rows)

    def report(self, e: Iterate) -> None:
        """Record an iterate, then end the run if it is the last."""
        value = e.value
        if value == math.inf:
            raise Finished(Status.LEFT_DOMAIN)
        norm = e.gradient_norm
        self._rows.append(
            (value, norm, self.nfev, self.njev, self.nhev, self.nfactor, self.seconds)
        )
        self._nnan = self.nnan
        last, self._last = self._last, e
        if self.best is None or value <= self.best.value + 1e-15 * abs(value):
            self.best = e
        if self._logging:
            _log.info("%5d  value %.12g  gradient %.3e", self.nit, value, norm)
        for callback in self._callbacks:
            _notify(callback, e)
        self._judge(e, last)

    def close(self) -> None:
        """Let go of the iterates, which count into this.

        In a circle they would keep the data of the run until it is searched for.
        """
        self.best = self._last = None

    def _judge(self, e: Iterate, last: Iterate | None) -> None:
        """Raise Finished when a test of ``Stop`` passes at e."""
        stop = self._stop
        if self._passes(e):
            self.best = e
            raise Finished(Status.CONVERGED)
        if math.isnan(e.gradient_norm):
            raise Finished(Status.NOT_A_NUMBER)
        if e.value == -math.inf:
            raise Finished(Status.UNBOUNDED)
        if last is not None:
            self._judge_progress(e, last)
        if stop.max_iterations is not None and self.nit >= stop.max_iterations:
            raise Finished(Status.MAX_ITERATIONS)
        self.spend()

    def _passes(self, e: Iterate) -> bool:
        """Is the gradient small, by its norm and times the unit?"""
        if not e.gradient_norm <= self.goal:
            return False
        return isinstance(self._unit, float) or self._is_relative(e)

    def _is_settled(self, e: Iterate) -> bool:
        """Is the gradient small where no step lowers f any more?

        Then rounding may keep it above the tolerance: by its norm in small units, times
        the unit in large ones. So one of them must pass, and the size without units.
        """
        goal, norm = self._stop.gradient_norm, e.gradient_norm
        if isinstance(self._unit, float):
            norm *= min(self._unit, 1.0)
        return norm <= goal and self._is_relative(e)

    def _is_relative(self, e: Iterate) -> bool:
        """Is the gradient small without units?"""
        return self._size(e) <= max(self._stop.gradient_norm, RELATIVE)

    def _size(self, e: Iterate) -> float:
        """About how much f changes along a tangent of the size of the unknown itself.

        On structures of Hermitian A at most sqrt(tr(G A G A)) along a V with
        tr(A^-1 V A^-1 V) = 1; G is the ambient gradient.
        """
        space = e.space
        if not isinstance(self._unit, float):
            return e.norm(np.fmax(self._unit, 1.0) * e.gradient)  # 1 for NaN
        if not (space.flat and space.linear and space.hermitian):
            return e.gradient_norm
        GA = product(e.point.ambient(e.covector), e.matrix)
        return math.sqrt(abs(inner(herm(GA), GA)))

    def _judge_progress(self, e: Iterate, last: Iterate) -> None:
        stop = self._stop
        if stop.value_change is not None:
            change = abs(last.value - e.value)
            if change <= stop.value_change * max(1.0, abs(e.value)):
                raise Finished(Status.SMALL_CHANGE)
        if stop.step is not None and e.step is not None:
            if last.norm(e.step) <= stop.step:
                raise Finished(Status.SMALL_STEP)


def _columns(rows: list[tuple[float, ...]]) -> dict[str, Array]:
    table = np.array(rows, dtype=float).reshape(-1, len(COLUMNS)).T.copy()
    value, norm, *counts, seconds = table
    return dict(zip(COLUMNS, (value, norm, seconds, *counts), strict=True))


def _notify(callback: Callback, e: Iterate) -> None:
    try:
        stop = callback(e)
    except StopIteration:
        stop = True
    if isinstance(stop, bool | np.bool_) and stop:
        raise Finished(Status.STOPPED_BY_CALLBACK)
