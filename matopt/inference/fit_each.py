"""Gaussian fits of many data sets, as a simulation needs them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from matopt.lazy import lazy
from matopt.linalg import Array, as_array
from matopt.objectives import GaussianLikelihood
from matopt.solvers import Status, Stop, minimize
from matopt.solvers.newton import RUN
from matopt.solvers.rows import Rows
from matopt.solvers.stop import check_stop
from matopt.spaces import Ends, Space

# x, value, gradient norm, steps and status
Found: TypeAlias = tuple[Array, float, float, int, Status]


@dataclass(frozen=True, eq=False, repr=False)
class Fits(Rows):
    """What was found for each data set, an entry a data set, in their order.

    The fields are those of a ``Result``.
    """

    space: Space
    x: Array  # (k, ...): parameters on a structure, matrices on a manifold
    fun: Array
    gradient_norm: Array
    nit: Array
    status: tuple[Status, ...]

    @property
    def success(self) -> Array:
        """Did the gradient test pass?"""
        return np.array([status.success for status in self.status], dtype=bool)

    @lazy
    def matrices(self) -> Array:
        """The estimates, (k, n, n)."""
        return np.array([self.space.matrix(x) for x in self.x])

    def __len__(self) -> int:
        return len(self.status)

    def _rows(self) -> dict[str, str]:
        counts = Counter(self.status).most_common()
        return {
            "fits": f"{len(self)} on {self.space!r}",
            "status": ", ".join(f"{count} {status}" for status, count in counts),
            "nit": f"median {np.median(self.nit):g}, at most {self.nit.max()}",
        }


def fit_each(
    samples: ArrayLike | Iterable[ArrayLike],
    space: Space,
    *,
    mean: str | None = None,
    stop: Stop = Stop(),  # noqa: B008  frozen
) -> Fits:
    """What ``minimize`` finds for the likelihood of each data set, in one call.

    ``samples`` is an array (k, m, n) of k data sets of m samples, or several arrays
    (m_i, n). Each is fitted as by
    ``minimize(GaussianLikelihood(X, mean=mean).on(space), stop=stop)``, and is by just
    that wherever no shorter way leads to ``stop.gradient_norm``. There is one for
    Toeplitz matrices up to order 64: all sets of a size in one compiled call, where
    calls for small matrices one by one take longer than their arithmetic.

    >>> import numpy as np, matopt as mo
    >>> samples = np.random.default_rng(0).standard_normal((100, 20, 3))
    >>> fits = mo.inference.fit_each(samples, mo.SymmetricToeplitz(3))
    >>> fits.success.all(), fits.x.mean(axis=0).round(1) + 0.0
    (np.True_, array([1., 0., 0.]))
    """
    check_stop(stop)
    groups = _groups(samples)
    found = [_fit(X, members, space, mean, stop) for members, X in groups]
    order = np.argsort(np.concatenate([members for members, _ in groups]))
    x, fun, gradient_norm, nit, status = (
        np.concatenate(column)[order] for column in zip(*found, strict=True)
    )
    return Fits(space, x, fun, gradient_norm, nit, tuple(status))


def _groups(samples: Any) -> list[tuple[Array, Array]]:
    """Which data sets are of one size and dtype, and these as an array (k, m, n)."""
    if not isinstance(samples, Iterable):
        raise TypeError(
            "samples must be an array (k, m, n) or several arrays (m, n), "
            f"got {type(samples).__name__}"
        )
    groups: list[tuple[Array, Array]] = []
    if isinstance(samples, np.ndarray):
        stack = as_array(samples, "samples", ndim=3)
        groups += [(np.arange(len(stack)), stack)] if len(stack) else []
    else:
        sets = [as_array(X, f"samples[{i}]", ndim=2) for i, X in enumerate(samples)]
        kinds = [(X.shape, X.dtype) for X in sets]
        for kind in dict.fromkeys(kinds):
            members = [i for i, other in enumerate(kinds) if other == kind]
            groups.append((np.array(members), np.array([sets[i] for i in members])))
    if not groups:
        raise ValueError("samples must have at least one data set, got none")
    return groups


def _fit(
    X: Array, members: Array, space: Space, mean: str | None, stop: Stop
) -> tuple[Array, ...]:
    """What was found for data sets of one size: an array for each of ``Found``."""
    with _of(members[0]):
        _likelihood(X[0], mean).on(space)  # checks them
    run = _in_one_call(X, space, mean, stop)
    if run is None:
        runs = [
            _alone(x, i, space, mean, stop) for x, i in zip(X, members, strict=True)
        ]
        return tuple(np.array(column) for column in zip(*runs, strict=True))
    ends, ended = run
    found = (
        ends.x,
        ends.value,
        ends.gradient_norm,
        ends.iterates - 1,
        np.full(len(X), Status.CONVERGED),
    )
    for k in np.flatnonzero(~ended):
        alone = _alone(X[k], members[k], space, mean, stop)
        for column, entry in zip(found, alone, strict=True):
            column[k] = entry
    return found


def _in_one_call(
    X: Array, space: Space, mean: str | None, stop: Stop
) -> tuple[Ends, Array] | None:
    """Where the space leads in one call, and which runs of it passed the test.

    None where it does not, or where ``stop`` asks for more than that.
    """
    if stop != Stop(stop.gradient_norm, max_iterations=stop.max_iterations):
        return None
    if mean is not None:
        X = X - X.mean(axis=1, keepdims=True)
    limit = RUN if stop.max_iterations is None else stop.max_iterations
    powers = np.mean(np.abs(X) ** 2, axis=(1, 2))  # as in GaussianLikelihood.unit
    goals = np.array([stop.goal(float(space.length(p))) for p in powers])
    ends = space.fit_each(X, goals, int(min(RUN, limit)))
    if ends is None:
        return None
    return ends, (ends.iterates > 0) & (ends.gradient_norm <= goals)


def _alone(X: Array, i: int, space: Space, mean: str | None, stop: Stop) -> Found:
    """What ``minimize`` finds for the i-th data set."""
    with _of(i):
        r = minimize(_likelihood(X, mean).on(space), stop=stop)
    if r.status is Status.INTERRUPTED:
        raise KeyboardInterrupt
    return r.x, r.fun, r.gradient_norm, r.nit, r.status


@contextmanager
def _of(i: int) -> Iterator[None]:
    """Errors in here are of the i-th data set."""
    try:
        yield
    except Exception as error:
        error.add_note(f"This is of samples[{i}]")
        raise


def _likelihood(X: Array, mean: str | None) -> GaussianLikelihood:
    return GaussianLikelihood(X, mean=mean)
