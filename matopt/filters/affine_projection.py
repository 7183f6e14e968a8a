"""The affine projection filter."""

from __future__ import annotations

from dataclasses import dataclass

from matopt.filters.filter import (
    check_at_least,
    check_count,
    check_length,
    check_relative_step,
)
from matopt.filters.outputs import State
from matopt.filters.precise import Loop, PreciseFilter
from matopt.filters.signals import Layout


@dataclass(frozen=True)
class AffineProjection(PreciseFilter):
    """w += step U (U^H U + a I)^-1 conj(e) of the last ``order`` regressors in U.

    a = regularization max |u|^2, the largest so far. Order 1 is NLMS; with step = 1
    and a = 0 the last ``order`` errors become zero. Ozeki & Umeda (1984).
    """

    length: int
    order: int
    step: float = 0.5
    regularization: float = 1e-6

    def __post_init__(self) -> None:
        check_length(self.length)
        check_count(self.order, "order", "1 is NLMS, 2 to 10 are usual")
        check_relative_step(self.step)
        check_at_least(self.regularization, "regularization", 0.0)

    @property
    def advice(self) -> str:
        return (
            f"Raise regularization = {self.regularization:g}, or lower order = "
            f"{self.order}: the last regressors are nearly dependent."
        )

    @property
    def looks_back(self) -> int:
        """The regressors in U before the present one."""
        return self.order - 1

    def matrices(self, size: int) -> dict[str, tuple[int, ...]]:
        return {}

    def loop(self, state: State, layout: Layout) -> Loop:
        from matopt.filters.kernels.projections import project

        settings = (self.order, float(self.step), float(self.regularization))
        return project, (state["start"],), settings
