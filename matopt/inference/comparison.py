"""Candidate structures beside each other."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from matopt.inference.criteria import aic, bic
from matopt.inference.cross_validation import cross_validate
from matopt.inference.fit import Fit, count_parameters, fit
from matopt.inference.fit_report import FitReport, diagnose, ran_away
from matopt.inference.table import html_table, text_table
from matopt.objectives import GaussianLikelihood, Objective
from matopt.spaces import Seed, Space

_NO_MAXIMUM = "NO_MAXIMUM"
_LESS_IS_BETTER = {"aic": 1.0, "bic": 1.0, "cv": -1.0, "log_likelihood": -1.0}


@dataclass(frozen=True)
class Candidate:
    """One structure: numbers of its fit, None where there is no fit."""

    structure: str
    parameters: int
    log_likelihood: float | None = None
    aic: float | None = None
    bic: float | None = None
    cv: float | None = None  # mean held-out log-likelihood of a sample
    status: str = _NO_MAXIMUM  # of the run
    condition: float | None = None  # number
    needed: int | None = None  # samples, for a maximum almost surely
    boundary: bool | None = None  # did it run to a singular matrix?
    convex: bool | None = None  # is A < 2 S?
    detail: str = ""  # why there is no fit


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """A table, one row a structure; ``fits`` and ``reports`` by its label."""

    rows: tuple[Candidate, ...]
    fits: dict[str, Fit]
    reports: dict[str, FitReport]

    def best(self, criterion: str = "bic") -> Candidate:
        """The structure that a criterion chooses: "aic", "bic" or "cv".

        A fit that ran to a singular matrix is no candidate: its likelihood is only how
        far the run came.
        """
        if criterion not in _LESS_IS_BETTER:
            known = ", ".join(_LESS_IS_BETTER)
            raise ValueError(f"criterion must be one of {known}, got {criterion!r}")
        sign = _LESS_IS_BETTER[criterion]
        scored = [r for r in self.rows if _is_scored(r, criterion)]
        if not scored:
            raise ValueError(
                f"no structure has a {criterion}; for cv pass folds=5 to compare, "
                "else see the status of each row"
            )
        return min(scored, key=lambda r: sign * getattr(r, criterion))

    def to_dict(self) -> dict[str, list[Any]]:
        """The columns by name, as a data frame takes them."""
        names = [f.name for f in fields(Candidate)]
        return {name: [getattr(r, name) for r in self.rows] for name in names}

    def _table(self) -> tuple[list[str], list[list[str]]]:
        shown = [f.name for f in fields(Candidate) if f.name != "detail"]
        if all(r.cv is None for r in self.rows):
            shown.remove("cv")
        marks: dict[str, Candidate] = {
            name: self.best(name)
            for name in ("aic", "bic", "cv")
            if name in shown and any(_is_scored(r, name) for r in self.rows)
        }
        rows = [
            [_cell(getattr(r, name)) + "*" * (marks.get(name) is r) for name in shown]
            for r in self.rows
        ]
        return [name.replace("_", " ") for name in shown], rows

    def __repr__(self) -> str:
        return text_table(*self._table())

    def _repr_html_(self) -> str:
        return html_table(*self._table())


def compare(
    data: Objective | ArrayLike,
    structures: Sequence[Space] | Mapping[str, Space],
    *,
    folds: int = 0,
    rng: Seed = None,
) -> Comparison:
    """Fit each structure to the same data, and set the fits in a table.

    ``data`` is a likelihood of one covariance, or samples for a ``GaussianLikelihood``,
    whose mean is then zero. ``structures`` may have names. ``folds`` of at least 2 adds
    the cross-validated log-likelihood, of a ``GaussianLikelihood`` that holds its
    samples. The best of each column has a star. A structure without a fit keeps its
    row, with the reason in ``detail``.

    >>> import numpy as np, matopt as mo
    >>> samples = np.random.default_rng(0).standard_normal((40, 3))
    >>> table = mo.inference.compare(samples, [mo.Diagonal(3), mo.Symmetric(3)])
    >>> table.best("bic").structure
    'Diagonal(3)'
    """
    likelihood = data if isinstance(data, Objective) else GaussianLikelihood(data)
    named = _named(structures)
    for space in named.values():
        likelihood.check(space)
    scores = _held_out(likelihood, named, folds, rng) if folds else {}
    fits, reports, rows = {}, {}, []
    for label, space in named.items():
        try:
            likelihood.check_minimum(space)
        except ValueError as error:
            count = count_parameters(likelihood, space)
            rows.append(Candidate(label, count, detail=str(error)))
            continue
        each = fits[label] = fit(likelihood, space, rng=rng)
        report = reports[label] = diagnose(each)
        rows.append(_row(label, each, report, scores.get(label)))
    return Comparison(tuple(rows), fits, reports)


def _held_out(
    likelihood: Objective, named: dict[str, Space], folds: int, rng: Seed
) -> dict[str, float]:
    """The cross-validated log-likelihood of each structure."""
    scatter = likelihood.scatter if type(likelihood) is GaussianLikelihood else None
    if scatter is None or scatter.samples is None:
        raise ValueError(
            f"folds = {folds} needs the samples, got {likelihood!r}; pass those, or "
            'GaussianLikelihood(samples, mean="profile")'
        )
    mean = "profile" if scatter.centred else None
    held = cross_validate(scatter.samples, [*named.values()], folds, rng, mean=mean)
    return dict(zip(named, np.mean(held, axis=1).tolist(), strict=True))


def compare_fits(fits: Mapping[str, Fit]) -> Comparison:
    """Set fits to the same data in a table, whatever their likelihoods.

    Such as autoregressive models of several orders. Only those of one matrix have a
    report, for ``diagnose`` is of one.
    """
    reports = {
        label: diagnose(each) for label, each in fits.items() if not each.space.factors
    }
    rows = [_row(label, each, reports.get(label)) for label, each in fits.items()]
    return Comparison(tuple(rows), dict(fits), reports)


def _row(
    label: str, each: Fit, report: FitReport | None, cv: float | None = None
) -> Candidate:
    row = Candidate(
        structure=label,
        parameters=each.parameters,
        log_likelihood=each.log_likelihood,
        aic=aic(each),
        bic=bic(each),
        cv=cv,
        status=str(each.result.status),
        boundary=ran_away(each),
    )
    if report is None:
        return row
    return replace(
        row,
        condition=report.condition,
        needed=report.needed,
        convex=report.convex,
    )


def _is_scored(row: Candidate, criterion: str) -> bool:
    return getattr(row, criterion) is not None and not row.boundary


def _named(structures: Sequence[Space] | Mapping[str, Space]) -> dict[str, Space]:
    if isinstance(structures, Space):
        raise TypeError(
            f"structures must be a list of spaces, got {structures!r} alone; "
            "write [space]"
        )
    if isinstance(structures, Mapping):
        return _checked(dict(structures))
    named = {repr(space): space for space in structures}
    if len(named) < len(structures):
        raise ValueError(
            "structures must be told apart by their names, but two look alike; "
            'pass a mapping such as {"one": space, "two": other}'
        )
    return _checked(named)


def _checked(named: dict[str, Space]) -> dict[str, Space]:
    if not named:
        raise ValueError("structures must not be empty; pass some such as Diagonal(n)")
    for space in named.values():
        if not isinstance(space, Space):
            raise TypeError(
                f"structures must be spaces such as Diagonal(n), got {space!r}"
            )
    return named


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
