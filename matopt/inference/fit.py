"""A fit: a problem and the minimum that was found for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import ArrayLike

from matopt.errors import NotPositiveDefinite
from matopt.inference.log_likelihood import log_likelihood
from matopt.lazy import lazy
from matopt.linalg import Array, Cholesky
from matopt.objectives import (
    GaussianLikelihood,
    Objective,
    Restriction,
    TylerLikelihood,
)
from matopt.solvers import Result, Solver, Stop, minimize
from matopt.spaces import (
    Fisher,
    MatrixPoint,
    PositiveDefinite,
    Seed,
    Space,
    Structure,
    Symmetric,
)


@dataclass(frozen=True, eq=False)
class Fit:
    """A problem ``f.on(space)`` and a result of ``minimize`` for it.

    What statistics needs beside a ``Result``: the data, and what an estimate may be.
    """

    problem: Restriction
    result: Result

    def __post_init__(self) -> None:
        """Check that the two are what they should be."""
        if not isinstance(self.problem, Restriction):
            raise TypeError(
                "problem must be an objective on a space, f.on(space), "
                f"got {type(self.problem).__name__}"
            )
        if not isinstance(self.result, Result):
            raise TypeError(
                "result must be what minimize returns, "
                f"got {type(self.result).__name__}"
            )
        scatter = getattr(self.objective, "scatter", None)
        if scatter and self.space.dtype is complex and scatter.given.dtype == float:
            raise ValueError(
                f"the data are real but {self.space!r} is complex, which is for "
                "circular complex samples; take the real structure, or pass "
                "samples.astype(complex) if they are circular"
            )

    @property
    def objective(self) -> Objective:
        """What was minimized."""
        return self.problem.objective

    @property
    def space(self) -> Space:
        """Where."""
        return self.problem.space

    @property
    def matrix(self) -> Any:
        """The estimate."""
        return self.result.matrix

    @lazy
    def point(self) -> MatrixPoint:
        """The point of the space at the estimate, which may be singular to rounding."""
        if self.result.space == repr(self.space):
            return self.space.point(self.result.x)
        return self.space.point(self.space.admit(self.result.matrix))

    @property
    def parameters(self) -> int:
        """The number of real parameters that were estimated, with those of a mean.

        Of a matrix at most those of all: a large rank plus a diagonal has more. A scale
        of which the objective knows nothing, as Tyler's, is none.
        """
        return count_parameters(self.objective, self.space)

    @property
    def count(self) -> int:
        """The number of samples."""
        count = getattr(self.objective, "count", None)
        if count is None:
            raise TypeError(
                f"the objective must be a likelihood of samples, got {self.objective!r}"
            )
        return int(count)

    @property
    def log_likelihood(self) -> float:
        """The log-likelihood of the data at the estimate, with all constants."""
        return log_likelihood(self.objective, self.result.fun)

    def __repr__(self) -> str:
        return f"<Fit of {self.problem!r}: {self.result.status}>"


def fit(
    data: Objective | ArrayLike,
    space: Space,
    *,
    start: ArrayLike | None = None,
    solver: Solver | None = None,
    stop: Stop = Stop(),  # noqa: B008  frozen
    rng: Seed = None,
) -> Fit:
    """Minimize a likelihood on a space, in the metric of its Fisher information.

    ``data`` is an objective, or samples for a ``GaussianLikelihood``, whose
    mean is then zero: pass ``GaussianLikelihood(samples, mean="profile")`` where it is
    not. A linear
    structure is taken with the metric ``Fisher``, in which the likelihood is well
    conditioned; its parameters stay what they are.

    >>> import numpy as np, matopt as mo
    >>> samples = np.array([[1.0, 1.0], [-1.0, 1.0], [1.0, -3.0]])
    >>> mo.inference.fit(samples, mo.Diagonal(2)).matrix.round(6)
    array([[1.      , 0.      ],
           [0.      , 3.666667]])
    """
    f = data if isinstance(data, Objective) else GaussianLikelihood(data)
    inner = Fisher(space) if isinstance(space, Structure) and space.hermitian else space
    problem = f.on(inner)
    if start is None:
        start = _nearest(f, space)
    return Fit(problem, minimize(problem, start, solver=solver, stop=stop, rng=rng))


def _nearest(f: Objective, space: Space) -> Array | None:
    """The member nearest to S, where that is positive definite."""
    if not isinstance(f, GaussianLikelihood):
        return None
    if isinstance(space, Structure):
        nearest = space.project(f.covariance)
    elif isinstance(space, PositiveDefinite):
        nearest = f.covariance
    else:
        return None
    try:
        Cholesky.of(nearest)
    except NotPositiveDefinite:
        return None
    return nearest


def count_parameters(f: Objective, space: Space) -> int:
    """Those of the matrix and of a mean."""
    return identified(space) - is_shape(f, space) + f.mean_parameters


def identified(space: Space) -> int:
    """The dimension of a space, of a matrix at most that of all (Hermitian) ones."""
    if space.factors:
        return sum(map(identified, space.factors))
    if not space.hermitian:
        return space.dimension
    return min(space.dimension, Symmetric(space.shape[0], space.dtype).size)


def is_shape(f: Objective, space: Space) -> bool:
    """Is f the same at all multiples of a matrix, which the space holds too?"""
    if not isinstance(f, TylerLikelihood):
        return False
    fixed = space.scaled_identity(1.0) is not None  # of ones on the diagonal, say
    return not fixed or space.scaled_identity(2.0) is not None
