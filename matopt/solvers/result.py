"""What a run returns: the same fields for every solver."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from matopt.linalg import Array
from matopt.solvers.result_file import read, write
from matopt.solvers.rows import Rows
from matopt.solvers.status import Status

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

Later: TypeAlias = dict[str, Callable[[], Any]]  # what makes fields, by their names


@dataclass(frozen=True, eq=False, repr=False)
class Result(Rows):
    """The best point of a run, why it ended, and what it cost.

    ``matrix`` is the solution and ``x`` its parameters; ``fun`` and ``gradient_norm``
    belong to exactly that point. Fields can be read as items, as SciPy's can.

    >>> import numpy as np, matopt as mo
    >>> f = mo.SquaredDistance(np.eye(2))
    >>> result = mo.minimize(f.on(mo.Dense(2, 2)), start=np.zeros((2, 2)))
    >>> print(result.status, result.success, result["nfactor"])
    CONVERGED True 0
    >>> again = mo.Result.load(result.save("run.npz"))
    >>> again.fun == result.fun
    True
    """

    matrix: Any  # an array; on a Product a tuple of arrays
    x: Array
    fun: float
    gradient_norm: float
    status: Status
    nit: int  # iterations
    nfev: int  # values
    njev: int  # gradients
    nhev: int  # Hessian products
    nfactor: int  # factorizations
    seconds: float
    cpu_seconds: float
    solver: str
    objective: str
    space: str
    stop: str
    seed: int | None = None  # of the start; None: a generator was passed
    detail: str = ""  # what the solver adds to its status
    history: dict[str, Array] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    if not TYPE_CHECKING:  # which would believe in attributes of any name

        def __getattr__(self, name):
            """A field of ``unasked`` that is asked for, by whatever thread."""
            known = vars(self)
            make = known.get("_later", {}).get(name)
            if make is not None:
                known.setdefault(name, make())
                known["_later"].pop(name, None)
            return object.__getattribute__(self, name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.keys()})

    def __getstate__(self) -> dict[str, Any]:
        """All fields, for copies and other processes."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

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
            raise KeyError(f"{key!r}; a Result has {', '.join(self.keys())}")
        return getattr(self, key)

    def to_scipy(self) -> OptimizeResult:
        """The same as a scipy.optimize.OptimizeResult; its status is 0 on success."""
        from scipy.optimize import OptimizeResult

        answer = OptimizeResult()
        answer.update({key: self[key] for key in self.keys()})
        answer["status"] = list(Status).index(self.status)
        return answer

    def save(self, path: str | PathLike[str]) -> Path:
        """Write one .npz file, all or nothing, and return its path."""
        return write(path, self.__getstate__())

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Result:
        """Read what ``save`` wrote; every number is the same to the last bit."""
        return cls(**read(path, [f.name for f in fields(cls)]))

    def _rows(self) -> dict[str, str]:
        rows = {
            "status": f"{self.status}: {self.message}",
            "detail": self.detail,
            "fun": f"{self.fun:.12g}",
            "gradient_norm": f"{self.gradient_norm:.3g}",
            "matrix": _describe(self.matrix),
            "space": self.space,
            "objective": self.objective,
            "solver": self.solver,
            "stop": self.stop,
            "nit": f"{self.nit} iterations in {self.seconds:.3g} s",
            "counts": f"{self.nfev} values, {self.njev} gradients, {self.nhev} "
            f"Hessian products, {self.nfactor} factorizations",
        }
        return {name: text for name, text in rows.items() if text}


def unasked(known: dict[str, Any], later: Later) -> Result:
    """A result some of whose fields are made when first asked for, as few are.

    What makes them, such as the space, must be its own or never change, and is let go
    then.
    """
    result = Result.__new__(Result)
    vars(result).update(known, _later=later)
    return result


def _describe(matrix: Any) -> str:
    """Shape and dtype, of each matrix of a tuple."""
    if isinstance(matrix, tuple):
        return ", ".join(map(_describe, matrix))
    return f"{'x'.join(map(str, matrix.shape))} {matrix.dtype}"
