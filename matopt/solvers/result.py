"""What a run returns: the same fields for every solver."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from matopt.linalg import Array
from matopt.solvers.status import Status


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """The best point of a run, why it ended, and what it cost.

    ``matrix`` is the solution and ``x`` its parameters; ``fun`` and ``gradient_norm``
    belong to exactly that point. Fields can be read as items, as SciPy's can.
    """

    matrix: Any  # an array; on a Product a tuple of arrays
    x: Array
    fun: float
    gradient_norm: float
    status: Status
    nit: int
    nfev: int
    njev: int
    nhev: int
    nfactor: int
    seconds: float
    solver: str
    objective: str
    space: str
    stop: str
    history: dict[str, Array] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def success(self) -> bool:
        """Did our gradient test pass?"""
        return self.status.success

    @property
    def message(self) -> str:
        """Why it ended and what to do next."""
        return self.status.message

    def keys(self) -> list[str]:
        """The names of the fields."""
        return [f.name for f in fields(self)] + ["success", "message"]

    def __getitem__(self, key: str) -> Any:
        if key not in self.keys():
            raise KeyError(key)
        return getattr(self, key)

    def __repr__(self) -> str:
        lines = {
            "status": f"{self.status}: {self.message}",
            "fun": f"{self.fun:.12g}",
            "gradient_norm": f"{self.gradient_norm:.3g}",
            "matrix": _describe(self.matrix),
            "space": self.space,
            "objective": self.objective,
            "solver": self.solver,
            "nit": f"{self.nit} iterations in {self.seconds:.3g} s",
            "counts": f"{self.nfev} values, {self.njev} gradients, {self.nhev} "
            f"Hessian products, {self.nfactor} factorizations",
        }
        return "\n".join(f"{name:>14}: {text}" for name, text in lines.items())


def _describe(matrix: Any) -> str:
    """Shape and dtype, of each matrix of a tuple."""
    if isinstance(matrix, tuple):
        return ", ".join(map(_describe, matrix))
    return f"{'x'.join(map(str, matrix.shape))} {matrix.dtype}"
