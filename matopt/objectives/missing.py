"""The Gaussian likelihood of samples with missing entries."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from matopt.lazy import lazy
from matopt.linalg import (
    Array,
    Cholesky,
    Moments,
    Pattern,
    PatternMoments,
    Scatter,
    gram,
    herm,
    hermitian_part,
    inner,
    product,
)
from matopt.objectives.constant import optional
from matopt.objectives.gaussian import (
    GaussianLikelihood,
    check_hermitian,
    gaussian_log_likelihood,
    multiple_of_identity,
)
from matopt.objectives.objective import Objective
from matopt.objectives.term import TermAt
from matopt.spaces import MatrixPoint, Seed, Space, Term

_log = logging.getLogger("matopt")
_EPS = float(np.finfo(float).eps)
_NAMED = 5  # features, or pairs of them, in one message


class GaussianMissingLikelihood(Objective):
    """f(A) = (1/m) sum of ln det A_oo + x_o^H A_oo^-1 x_o, o what is observed of x.

    Samples are (m, n), real or complex, with NaN for a missing entry, or what
    ``GaussianLikelihood`` takes in chunks, or their ``PatternMoments``; their mean is
    zero (``GaussianMeanLikelihood`` fits it), or ``mean``. With nothing missing it is
    ``GaussianLikelihood``, and in the same units. That an entry is missing must not
    depend on what it is.

    With P = A_oo^-1 the gradient is the sum over the sets o of P - P S P, in the rows
    and columns o (43), (63). There is one factorization for every set of observed
    features, of its principal submatrix. Domain: A positive definite.

    Where a set o of features is observed together in some samples, but in fewer than
    it has features, f falls without limit towards singular matrices among all positive
    definite ones; then a minimum that is found is a local one, as EM finds it. A prior
    such as ``InverseWishartPrior`` bounds f from below.

    Little and Rubin, Statistical Analysis with Missing Data (2002), chapter 8.

    >>> import numpy as np, matopt as mo
    >>> samples = np.array([[1.0, 1.0], [-2.0, 0.0], [3.0, np.nan], [np.nan, 1.0]])
    >>> f = mo.GaussianMissingLikelihood(samples)
    >>> mo.minimize(f.on(mo.PositiveDefinite(2))).matrix.round(3)
    array([[4.882, 1.212],
           [1.212, 0.751]])
    """

    def __init__(self, samples: Any, mean: ArrayLike | None = None) -> None:
        """Take samples; those with no entry observed are left out, with a warning.

        ``mean`` (n,) is subtracted, one that was fitted to them: it counts as so many
        parameters. Subtract one that is known.
        """
        self.moments = pattern_moments(samples)
        self.mean = optional(mean, "mean", ndim=1, shape=(self.features,))
        if self.mean is not None:
            self.moments = self.moments.shifted(-self.mean)
        self.patterns = self.moments.patterns()

    @property
    def features(self) -> int:
        """The number of features n."""
        return self.moments.features

    @property
    def count(self) -> int:
        """The number m of samples of which something is observed."""
        return self.moments.count

    @property
    def is_complex(self) -> bool:
        """Are the samples complex, and their distribution circular?"""
        return any(np.iscomplexobj(p.scatter.given) for p in self.patterns)

    @property
    def mean_parameters(self) -> int:
        """n of samples about a mean that was fitted to them; two if complex."""
        means = 0 if self.mean is None else self.features
        return means * (2 if self.is_complex else 1)

    def log_likelihood(self, value: float) -> float:
        """Of all observed entries, with constants, where f has this value."""
        entries = self.moments.entries
        return gaussian_log_likelihood(value, self.count, entries, self.is_complex)

    def at(self, point: MatrixPoint) -> GaussianMissingLikelihoodAt:
        """f at a covariance."""
        return GaussianMissingLikelihoodAt(self, point)

    def check(self, space: Space) -> None:
        """The space must hold Hermitian matrices of order n."""
        check_hermitian(self, space, self.features, self.is_complex)

    def check_minimum(self, space: Space) -> None:
        """Refuse entries of their own for what was never observed, or is always 0."""
        check_observed(self.moments, space)
        check_varied(self.moments, space, np.zeros(self.features))
        if self.moments.is_complete:  # else what is missing hides the rank
            GaussianLikelihood.from_scatter(self.patterns[0].scatter).check_minimum(
                space
            )

    @lazy
    def _power(self) -> float:
        """The mean of an observed entry."""
        power = sum(p.count * len(p.observed) * p.scatter.power for p in self.patterns)
        return power / self.moments.entries

    def unit(self, space: Space) -> float:
        """By the mean power of an observed entry."""
        return space.length(self._power or 1.0)

    def start(self, space: Space, rng: Seed = None) -> Array | None:
        """The multiple of the identity of the mean power of an entry."""
        return multiple_of_identity(space, self._power)

    def __repr__(self) -> str:
        size = f"{self.count} samples of {self.features} features"
        return f"GaussianMissingLikelihood(<{size}, {len(self.patterns)} patterns>)"


class GaussianMissingLikelihoodAt(TermAt[GaussianMissingLikelihood]):
    """The sum over the patterns."""

    @lazy
    def _term(self) -> Term:
        return PatternTerm(self.point, self.f.patterns)


class PatternTerm:
    """Sum of w (ln det A_oo + tr(A_oo^-1 S)) over patterns; w: their share."""

    def __init__(self, point: MatrixPoint, patterns: Sequence[Pattern]) -> None:
        """Take the point of A and the patterns with their scatters."""
        self._point = point
        count = sum(p.count for p in patterns)
        self._parts = [(p.count / count, _part(point, p)) for p in patterns]

    @lazy
    def value(self) -> float:
        _ = self._point.logdet  # A must be positive definite, not its parts alone
        return sum(w * part.value for w, part in self._parts)

    @lazy
    def gradient(self) -> Array:
        return self._total([part.gradient for _, part in self._parts])

    def hessp(self, v: Array) -> Array:
        V = self._point.along(v)
        return self._total([part.hessp(v, V) for _, part in self._parts])

    def solve(self, columns: Array) -> Array:
        """A_oo^-1 b of one column for each pattern, zero at what is not observed."""
        solved = [part.solve(columns[:, i]) for i, (_, part) in enumerate(self._parts)]
        return np.column_stack(solved)

    def _total(self, derivatives: list[Array]) -> Array:
        """The covector: of submatrices put into one ambient gradient."""
        G: Array | None = None
        total: Any = 0.0
        for (w, part), D in zip(self._parts, derivatives, strict=True):
            if isinstance(part, _Whole):
                total = total + w * D
                continue
            if G is None:
                G = np.zeros(self._point.space.shape, dtype=self._point.space.dtype)
            G[part.place] += w * D
        if G is not None:
            total = total + self._point.adjoint(G)
        return np.asarray(total)


class _Whole:
    """A pattern of which everything is observed: the point's own term."""

    def __init__(self, point: MatrixPoint, scatter: Scatter) -> None:
        self._point = point
        self._term = point.gaussian(scatter)

    @property
    def value(self) -> float:
        return self._term.value

    @property
    def gradient(self) -> Array:
        return self._term.gradient

    def hessp(self, v: Array, V: Array) -> Array:
        return self._term.hessp(v)

    def solve(self, b: Array) -> Array:
        return self._point.solve(b)


class _Principal:
    """ln det A_oo + tr(A_oo^-1 S) of a principal submatrix; derivatives by it."""

    def __init__(self, point: MatrixPoint, pattern: Pattern) -> None:
        self._point = point
        self._observed = pattern.observed
        self._R = pattern.scatter.root
        self.place = np.ix_(pattern.observed, pattern.observed)

    @lazy
    def _factor(self) -> Cholesky:
        return Cholesky.of(self._point.dense[self.place])

    @lazy
    def _Z(self) -> Array:
        return product(self._factor.inverse, self._R)

    @lazy
    def value(self) -> float:
        return self._factor.logdet + inner(self._R, self._Z)

    @lazy
    def _W(self) -> Array:
        return gram(self._Z)

    @property
    def gradient(self) -> Array:
        return self._factor.inverse - self._W

    def hessp(self, v: Array, V: Array) -> Array:
        P = self._factor.inverse  # -PVP + PVW + WVP
        U = product(product(P, V[self.place]), self._W - 0.5 * P)
        return U + herm(U)

    def solve(self, b: Array) -> Array:
        solved = self._factor.solve(b[self._observed])
        x = np.zeros(len(b), dtype=solved.dtype)
        x[self._observed] = solved
        return x


def _part(point: MatrixPoint, pattern: Pattern) -> _Whole | _Principal:
    if len(pattern.observed) == point.space.shape[0]:
        return _Whole(point, pattern.scatter)
    return _Principal(point, pattern)


def pattern_moments(samples: Any) -> PatternMoments:
    """The moments of samples in any form; ValueError where they have none."""
    if isinstance(samples, Moments):
        samples = PatternMoments.of_complete(samples)
    if not isinstance(samples, PatternMoments):
        samples = PatternMoments().update(samples)
    moments: PatternMoments = samples
    if moments.count == 0:
        raise ValueError("samples must have entries that are observed, got none")
    if moments.dropped:
        _log.warning(
            "%d of %d samples have no entry that is observed; they are left out",
            moments.dropped,
            moments.dropped + moments.count,
        )
    return moments


def check_observed(moments: PatternMoments, space: Space) -> None:
    """Raise ValueError if f does not depend on some parameters of the space.

    Those are of features that are never observed, or never together.
    """
    pairs = _unobserved(moments, space)
    names = moments.names or [str(i) for i in range(moments.features)]
    alone = [names[i] for i, j in pairs if i == j]
    apart = [f"{names[i]} and {names[j]}" for i, j in pairs if i != j]
    if alone:
        raise ValueError(
            f"samples has features that are never observed: {_listed(alone)}; leave "
            "them out, or take a family that ties their covariances to others"
        )
    if apart:
        raise ValueError(
            "samples has features that are never observed together: "
            f"{_listed(apart)}; their covariance can be anything. Add a penalty such "
            f"as 0.1 * TraceInverse(np.eye({moments.features})), or take a family that "
            "ties it to others"
        )


def check_varied(moments: PatternMoments, space: Space, centre: Array) -> None:
    """Raise ValueError for features at their centre always, if the space is free there.

    It is where it holds the projector that leaves them out: f falls without limit.
    """
    fixed = np.ones(moments.features, dtype=bool)
    for p in moments.patterns(centered=True):
        off = np.abs(p.mean - centre[p.observed])
        off[off <= 8.0 * _EPS * np.abs(p.mean)] = 0.0
        spread = np.abs(p.scatter.root).max(axis=1, initial=0.0)
        fixed[p.observed] &= (off == 0.0) & (spread == 0.0)
    if not fixed.any() or not space.additive or space.scaled_identity(2.0) is None:
        return
    if space.holds(np.eye(moments.features)[:, ~fixed]):
        names = moments.names or [str(i) for i in range(moments.features)]
        same = [name for name, always in zip(names, fixed, strict=True) if always]
        raise ValueError(
            f"samples has features that are always the same: {_listed(same)}; the "
            "likelihood falls without limit. Leave them out, or add a penalty such as "
            f"0.1 * TraceInverse(np.eye({moments.features}))"
        )


def _unobserved(moments: PatternMoments, space: Space) -> list[tuple[int, int]]:
    """The entries that a parameter changes which changes no observed entry."""
    n, seen = moments.features, moments.together() > 0
    if seen.all():
        return []
    point = space.point(space.start())
    draw = np.random.default_rng(0)
    G: Array = draw.standard_normal((n, n))
    if space.dtype is complex:
        G = G + 1j * draw.standard_normal((n, n))
    idle = point.adjoint(np.where(seen, hermitian_part(G), 0.0)) == 0
    moved = point.along(idle.astype(float)) != 0
    i, j = np.nonzero(np.triu(moved))
    return list(zip(i.tolist(), j.tolist(), strict=True))


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    listed = ", ".join(names[:_NAMED])
    return f"{listed} and {more} more" if more > 0 else listed
