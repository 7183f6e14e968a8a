"""The interface of a solver: frozen settings and a generator of iterates."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from typing import ClassVar, TypeAlias

import numpy as np

from matopt.objectives import Iterate
from matopt.solvers.status import Status

_HUGE = float(np.sqrt(np.finfo(float).max))

Steps: TypeAlias = Generator[Iterate, None, Status]


class Solver(ABC):
    """Frozen settings; ``minimize`` does the stopping, counting and recording."""

    takes_kinks: ClassVar[bool] = False  # does it take non-smooth terms?

    @abstractmethod
    def steps(self, e: Iterate) -> Steps:
        """Yield e, then each new iterate; return why it cannot go on."""

    def run(self, start: Iterate, report: Callable[[Iterate], None]) -> Status:
        """Report every iterate; ``report`` ends the run by raising ``Finished``.

        A solver whose loop belongs to somebody else overrides this; it may raise
        ``Finished`` itself, to add a detail to the status. Overflow in a trial gives
        the value +inf or NaN, which solvers handle.
        """
        return self._report_all(self.steps(start), start, report)

    @staticmethod
    def _report_all(
        steps: Steps, e: Iterate, report: Callable[[Iterate], None]
    ) -> Status:
        """Report what a generator yields; ``e`` is the start."""
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            while True:
                try:
                    e = next(steps)
                except StopIteration as end:
                    status: Status = end.value
                    return Status.UNBOUNDED if _is_huge(e) else status
                report(e)


def _is_huge(e: Iterate) -> bool:
    """Does the square of an entry of x overflow?"""
    return float(np.max(np.abs(e.x), initial=0.0)) > _HUGE


class Finished(Exception):
    """The run is over: not an error, but the way out of any solver."""

    def __init__(self, status: Status, detail: str = "") -> None:
        """Say why, and in ``detail`` what an outside solver said."""
        super().__init__(status, detail)
        self.status = status
        self.detail = detail
