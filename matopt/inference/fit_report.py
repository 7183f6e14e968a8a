"""The truth about a fit: is the value right, is it a minimum, can there be others?"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from matopt.errors import OutOfDomain
from matopt.inference.existence import convexity, samples_needed
from matopt.inference.fit import Fit
from matopt.inference.information import coordinates
from matopt.inference.log_likelihood import weight
from matopt.linalg import hermitian_part
from matopt.objectives import GaussianLikelihood, GaussianPrecisionLikelihood
from matopt.solvers import Status
from matopt.solvers.rows import Rows
from matopt.spaces import Dense, Fisher, Space, Structure, Symmetric

_SINGULAR = 1e-6  # smallest eigenvalue of the correlations: nearly singular
_STATIONARY = 1e-3  # Newton decrement of a minimum, however ill conditioned
_ILL = 1e8  # condition number from which fast formulas lose half the digits
_AGREE = 1e-9
_AWAY = 0.1  # of an optimum, in standard errors
_EPS = float(np.finfo(float).eps)


@dataclass(frozen=True, eq=False, repr=False)
class FitReport(Rows):
    """What ``diagnose`` found; ``advice`` says what to do, and is empty if all is well.

    None stands for what cannot be asked of the objective or the space.
    """

    status: Status
    value: float  # as the result reports it
    recomputed: float | None  # at the returned matrix, by dense formulas
    condition: float | None  # number, of the matrix
    smallest: float | None  # eigenvalue, over the mean of all
    decrement: float | None  # the gradient norm in the Fisher metric
    distance: float | None  # of the optimum, estimated, in standard errors
    count: int | None  # samples
    needed: int | None  # samples, for a maximum of the likelihood almost surely
    boundary: bool  # did the fit run to a singular matrix?
    convex: bool | None  # is there no other minimum in the convex region around it?
    is_global: bool | None  # is there certainly no better matrix in the family?
    advice: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Is the value at the returned matrix the reported one, to rounding?"""
        if self.recomputed is None:
            return True
        lost = 10.0 * _EPS * (self.condition or 1.0)
        size = max(1.0, abs(self.value))
        return abs(self.recomputed - self.value) <= max(_AGREE, lost) * size

    @property
    def passed(self) -> bool:
        """Is there nothing to advise?"""
        return not self.advice

    def _rows(self) -> dict[str, str]:
        shown = {
            "status": str(self.status),
            "value": f"{self.value:.12g}",
            "recomputed": _number(self.recomputed, ".12g"),
            "condition": _number(self.condition),
            "smallest": _number(self.smallest),
            "decrement": _number(self.decrement),
            "distance": _number(self.distance),
            "samples": _of(self.count, self.needed),
            "boundary": _yes(self.boundary),
            "convex": _yes(self.convex),
            "global": "" if self.is_global is None else _certain(self.is_global),
            "advice": " ".join(self.advice) or "none: all is well",
        }
        return {name: text for name, text in shown.items() if text}


def diagnose(fit: Fit) -> FitReport:
    """Look at a fit from outside: recompute, measure, certify, advise.

    The value is computed again by dense formulas on the space of all (Hermitian)
    matrices, however fast the point of the fit was. The Newton decrement is the length
    of the gradient in the metric of the Fisher information; half its square is about
    what the objective may still fall. It is safe to call on any fit of one matrix.

    >>> import numpy as np, matopt as mo
    >>> samples = np.random.default_rng(0).standard_normal((50, 4))
    >>> report = mo.inference.diagnose(mo.inference.fit(samples, mo.Diagonal(4)))
    >>> report.passed, report.is_global, report.needed
    (True, True, 1)
    """
    if fit.space.factors:
        raise TypeError(
            f"diagnose is of one matrix, but {fit.space!r} has several; "
            "diagnose a fit of each"
        )
    facts = {**_eigenvalues(fit), **_gradient(fit), **_samples(fit)}
    facts["boundary"] = ran_away(fit)
    report = FitReport(
        status=fit.result.status,
        value=fit.result.fun,
        recomputed=_recomputed(fit),
        **facts,
        **_certificates(fit, facts["boundary"]),
    )
    return replace(report, advice=tuple(_advice(fit, report)))


def check_found(fit: Fit) -> None:
    """Raise ValueError for a fit that is not at an optimum: it has no errors."""
    if fit.result.success:
        return
    if ran_away(fit):
        raise ValueError(
            "the fit ran to a singular matrix, where there are no standard errors; "
            "look at diagnose(fit)"
        )
    away = _gradient(fit)["distance"]
    if away is not None and away > _AWAY:
        raise ValueError(
            f"the fit ended {away:.2g} standard errors from the optimum: "
            f"{fit.result.message}"
        )


def _recomputed(fit: Fit) -> float | None:
    """The objective on the dense space around; None where it is not defined there."""
    try:
        return fit.objective.on(_around(fit.space)).at(fit.matrix).value
    except (ValueError, TypeError):
        return None


def _around(space: Space) -> Space:
    """All matrices of the shape, Hermitian if those of the space are."""
    if space.hermitian:
        return Symmetric(space.shape[0], space.dtype)
    m, n = (*space.shape, None)[:2]
    return Dense(m, n, space.dtype)


def _eigenvalues(fit: Fit) -> dict[str, Any]:
    if not fit.space.hermitian:
        return {"condition": None, "smallest": None}
    values = np.linalg.eigvalsh(fit.matrix)
    mean = max(float(np.mean(values)), 1e-300)
    smallest = float(values[0])
    condition = float(values[-1]) / smallest if smallest > 0 else math.inf
    return {"condition": condition, "smallest": smallest / mean}


def _gradient(fit: Fit) -> dict[str, Any]:
    """The Newton decrement, and the distance that it means."""
    none: dict[str, Any] = {"decrement": None, "distance": None}
    if not fit.space.hermitian:
        return none
    try:
        decrement = _decrement(fit) if fit.space.dimension else 0.0
    except OutOfDomain:
        return none
    try:
        scale = math.sqrt(weight(fit.objective))
    except TypeError:  # no likelihood
        return {**none, "decrement": decrement}
    return {"decrement": decrement, "distance": scale * decrement}


def _decrement(fit: Fit) -> float:
    covector = fit.objective.at(fit.point).gradient
    g = coordinates(fit.point, [covector])[0]
    return float(np.linalg.norm(fit.point.information_factor.whiten(g)))


def _samples(fit: Fit) -> dict[str, Any]:
    """How many there are and how many a maximum needs."""
    f = fit.objective
    if not isinstance(f, GaussianLikelihood | GaussianPrecisionLikelihood):
        return {"count": None, "needed": None}
    needed = _needed(fit, f)
    more = 0 if needed is None else needed + f.scatter.centred
    return {"count": f.count, "needed": more or None}


def _needed(
    fit: Fit, f: GaussianLikelihood | GaussianPrecisionLikelihood
) -> int | None:
    structure = _structure(fit)
    if isinstance(f, GaussianPrecisionLikelihood):
        return None
    if structure.dimension == Symmetric(f.features, structure.dtype).size:
        return f.features
    if not isinstance(structure, Structure):
        return None
    try:
        inside = structure.matrix(structure.start())
        return samples_needed(structure, inside)
    except (OutOfDomain, ValueError):  # its start is not positive definite
        return None


def _structure(fit: Fit) -> Space:
    """The space, or the structure whose metric is its information."""
    return fit.space.structure if isinstance(fit.space, Fisher) else fit.space


def ran_away(fit: Fit) -> bool:
    """Is the matrix nearly singular, and not because the minimum is?"""
    if fit.result.status in (Status.NEARLY_SINGULAR, Status.UNBOUNDED):
        return True
    if not fit.space.hermitian or _smallest(fit) > _SINGULAR:
        return False
    decrement = _gradient(fit)["decrement"]
    return decrement is None or decrement > _STATIONARY


def _smallest(fit: Fit) -> float:
    """The smallest eigenvalue of the correlations, which have no units.

    A feature that never varies has none either: its variance is measured by the mean.
    """
    power = np.array(np.diagonal(fit.matrix).real)
    scatter = getattr(fit.objective, "scatter", None)
    if scatter is not None:
        power[~scatter.root.any(axis=1)] = np.mean(power)
    if not power.min() > 0.0:
        return 0.0
    d = np.sqrt(power)
    return float(np.linalg.eigvalsh(fit.matrix / np.outer(d, d))[0])


def _certificates(fit: Fit, boundary: bool) -> dict[str, Any]:
    """Convexity around the fit, and whether it is the global minimum."""
    f, space = fit.objective, _structure(fit)
    whole = (
        space.hermitian
        and space.dimension == Symmetric(space.shape[0], space.dtype).size
    )
    if not space.flat and not whole:
        return {"convex": None, "is_global": None}
    if isinstance(f, GaussianPrecisionLikelihood):
        return {"convex": True, "is_global": fit.result.success}
    if not isinstance(f, GaussianLikelihood):
        return {"convex": None, "is_global": None}
    inside, below = convexity(hermitian_part(fit.matrix), f.scatter.root)
    found = fit.result.success and not boundary
    return {"convex": inside, "is_global": below and found}


def _advice(fit: Fit, report: FitReport) -> list[str]:
    """Sentences that end in what to do."""
    found = []
    if not report.agrees:
        found.append(
            f"The objective at the returned matrix is {report.recomputed:.12g}, not "
            f"{report.value:.12g}: do not trust this fit; check the objective with "
            "check_objective."
        )
    if report.boundary:
        found.append(_without_maximum(fit, report))
    elif not fit.result.success:
        found.append(fit.result.message)
    if report.boundary:
        return found
    if fit.result.success and report.distance is not None and report.distance > _AWAY:
        found.append(
            f"The gradient is small, but {report.distance:.2g} standard errors from an "
            "optimum: a parameter may be on its way to the end of its range, such as a "
            "specific variance to zero. Take a smaller family, or Stop(gradient_norm="
            f"{_tested(fit) / 100:.0e})."
        )
    if report.condition is not None and report.condition > _ILL:
        found.append(
            f"The condition number is {report.condition:.1e}: standard errors and the "
            "last digits are unsure. Scale the features."
        )
    if report.count and report.needed and report.count < report.needed:
        found.append(
            f"{report.count} samples are few: a maximum is sure from {report.needed} "
            "on, with fewer only for some samples. Compare starts with multistart."
        )
    elif report.convex is False:
        found.append(
            "A < 2 S does not hold, so that other maxima are not excluded. "
            "Compare starts with multistart."
        )
    return found


def _tested(fit: Fit) -> float:
    """The gradient norm in the unit in which ``Stop`` asks it to be small."""
    unit = fit.objective.unit(fit.space)
    size = 1.0 if unit is None else float(np.max(unit, initial=1.0))
    return fit.result.gradient_norm * size


def _without_maximum(fit: Fit, report: FitReport) -> str:
    enough = (
        f"Pass at least {report.needed} samples, not {report.count}; "
        if report.needed and report.count and report.count < report.needed
        else "Pass more samples; "
    )
    return (
        "The fit ran to a singular matrix: the likelihood grows without limit or is "
        f"greatest there. {enough}add a penalty such as 0.1 * TraceInverse(np.eye("
        f"{fit.space.shape[0]})), the prior of a power; or take a smaller family."
    )


def _number(value: float | None, form: str = ".3g") -> str:
    return "" if value is None else f"{value:{form}}"


def _yes(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"


def _certain(value: bool) -> str:
    return "yes, certified" if value else "not certified"


def _of(count: int | None, needed: int | None) -> str:
    if count is None:
        return ""
    return f"{count}" + ("" if needed is None else f", a maximum is sure from {needed}")
