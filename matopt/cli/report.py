"""What ``matopt fit`` says of a fit: as an object for --json, and as text."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import click
import numpy as np

from matopt.cli.samples import Samples
from matopt.cli.table import print_table
from matopt.inference import Comparison, Estimate, Fit, aic, bic, diagnose, uncertainty
from matopt.linalg import Array
from matopt.objectives import AutoregressiveLikelihood, GaussianLikelihood

_SHOWN = 40  # entries in the text
_LARGEST = 2**27  # numbers of the derivatives of all entries: 1 GB
_TITLES = {"log_likelihood": "log-likelihood", "aic": "AIC", "bic": "BIC"}
_Z95 = 1.959963984540054


class Report:
    """One fit, seen from outside."""

    def __init__(self, samples: Samples, fit: Fit, *, errors: bool) -> None:
        """Diagnose the fit, and with ``errors`` estimate its standard errors."""
        self.samples, self.fit = samples, fit
        self.diagnosis = diagnose(fit)
        self.entries: Estimate | None = None
        self.imaginary: Estimate | None = None
        self.coefficients: Estimate | None = None
        self.without = ""  # why there are no standard errors
        self.is_autoregressive = isinstance(fit.objective, AutoregressiveLikelihood)
        if errors:
            self._estimate()

    def _estimate(self) -> None:
        """Entries, and for an autoregressive model its coefficients."""
        space = self.fit.space
        size = space.dimension * math.prod(space.shape)
        if size > _LARGEST:
            raise ValueError(
                f"standard errors of {space.dimension} parameters of matrices of "
                f"order {space.shape[0]} need {size * 8 / 2**30:.1f} GB; take "
                "a smaller family, or fewer columns"
            )
        gaussian = isinstance(self.fit.objective, GaussianLikelihood)
        try:
            about = uncertainty(self.fit, "expected" if gaussian else "observed")
        except ValueError as error:
            self.without = f"No standard errors: {error}."
            return
        self.entries = about.entries()
        if self.fit.space.dtype is complex:
            self.imaginary = about.entries(imaginary=True)
        if self.is_autoregressive and self.fit.space.dtype is float:
            self.coefficients = about.of(predictor)

    def to_dict(self, comparison: Comparison | None, seconds: float) -> dict[str, Any]:
        """Numbers and lists only; complex arrays as their two parts."""
        fit, result = self.fit, self.fit.result
        found: dict[str, Any] = {
            "file": str(self.samples.file.path),
            "data": "; ".join(self.samples.steps),
            "structure": self.samples.structure,
            "space": repr(fit.space),
            "count": fit.count,
            "parameters": fit.parameters,
            "converged": result.success,
            "status": result.status.name,
            "message": result.message,
            "nit": result.nit,
            "gradient_norm": result.gradient_norm,
            "value": result.fun,
            **self._criteria(),
            "condition": self.diagnosis.condition,
            "advice": list(self.diagnosis.advice),
            "names": self.samples.names,
            "mean": _plain(self.samples.mean),
            "matrix": _plain(fit.matrix),
            "seconds": seconds,
        }
        if self.is_autoregressive:
            found["coefficients"] = _plain(predictor(fit.matrix))
        if self.entries is not None:
            found["standard_errors"] = _plain(self.entries.standard_errors)
        if self.entries is not None and self.imaginary is not None:
            errors = self.entries.standard_errors + 1j * self.imaginary.standard_errors
            found["standard_errors"] = _plain(errors)
        if self.coefficients is not None:
            errors = self.coefficients.standard_errors
            found["coefficients_standard_errors"] = _plain(errors)
        if comparison is not None:
            found["compare"] = [asdict(row) for row in comparison.rows]
        return found

    def _criteria(self) -> dict[str, float | None]:
        """None where windows overlap: they count everything many times."""
        fit = self.fit
        if self.samples.overlap:
            return dict.fromkeys(["log_likelihood", "aic", "bic"])
        values = fit.log_likelihood, aic(fit), bic(fit)
        return dict(zip(["log_likelihood", "aic", "bic"], values, strict=True))

    def print(self, comparison: Comparison | None) -> None:
        """The same for people."""
        fit = self.fit
        click.echo(f"{self.samples.file.path.name}: {'; '.join(self.samples.steps)}")
        click.echo(f"{fit.space!r}: {fit.result.message}")
        facts = [f"{fit.parameters} parameters"]
        for name, value in self._criteria().items():
            if value is not None:
                facts.append(f"{_TITLES[name]} {value:.4f}")
        if self.diagnosis.condition is not None:
            facts.append(f"condition number {self.diagnosis.condition:.3g}")
        click.echo(", ".join(facts))
        for sentence in (*self.diagnosis.advice, *filter(None, [self.without])):
            click.echo(f"note: {sentence}")
        if self.is_autoregressive:
            self._print_coefficients()
        self._print_entries()
        if comparison is not None:
            _print_comparison(comparison)

    def _print_coefficients(self) -> None:
        """Of x_s = c_1 x_(s-1) + ... + c_p x_(s-p) + noise."""
        c = predictor(self.fit.matrix)
        labels = [f"c_{k}" for k in range(1, len(c))] + ["noise variance"]
        click.echo()
        _print_estimates("coefficient", labels, c, self.coefficients)

    def _print_entries(self) -> None:
        A = self.fit.matrix
        places = _places(A)
        labels = [self._label(i, j, A) for i, j in places[:_SHOWN]]
        rows, columns = zip(*places[:_SHOWN], strict=True)
        at = np.array(rows), np.array(columns)
        part = None
        if self.entries is not None:
            part = Estimate(self.entries.value[at], self.entries.root[:, at[0], at[1]])
        click.echo()
        _print_estimates("covariance", labels, A[at], part)
        if len(places) > _SHOWN:
            click.echo(f"({len(places) - _SHOWN} more entries are in --json)")

    def _label(self, i: int, j: int, A: Array) -> str:
        if _is_function_of_lag(A):
            return f"lag {i - j}"
        names = self.samples.names
        return names[i] if i == j else f"{names[i]}, {names[j]}"


def predictor(T: Array) -> Array:
    """c_1, ..., c_p and the variance of the noise, of the first p + 1 lags."""
    c = np.linalg.solve(T[1:, 1:], T[1:, 0])
    variance = T[0, 0] - np.vdot(T[1:, 0], c)
    return np.append(c, variance)


def _print_estimates(
    what: str, labels: list[str], values: Array, estimate: Estimate | None
) -> None:
    columns = {what: labels, "estimate": [f"{v:.6g}" for v in values]}
    if estimate is not None:
        errors = estimate.standard_errors
        of = " of the real part" if np.iscomplexobj(values) else ""
        columns[f"standard error{of}"] = [f"{s:.3g}" for s in errors]
        low, high = estimate.value - _Z95 * errors, estimate.value + _Z95 * errors
        pairs = zip(low, high, strict=True)
        columns["95 % interval"] = [f"{a:.6g} to {b:.6g}" for a, b in pairs]
    print_table(columns, [])


def _print_comparison(comparison: Comparison) -> None:
    """Without the columns that all rows of a good fit share."""
    best = {name: comparison.best(name).structure for name in ("aic", "bic")}
    rows = comparison.rows
    columns = {
        "structure": [r.structure for r in rows],
        "parameters": [str(r.parameters) for r in rows],
        "log-likelihood": [_number(r.log_likelihood) for r in rows],
        "AIC": [_number(r.aic) + "*" * (r.structure == best["aic"]) for r in rows],
        "BIC": [_number(r.bic) + "*" * (r.structure == best["bic"]) for r in rows],
        "condition": [
            "-" if r.condition is None else f"{r.condition:.3g}" for r in rows
        ],
        "status": [r.status.split(":")[0] for r in rows],
    }
    click.echo()
    print_table(columns, ["condition", "status"])
    for row in rows:
        if row.detail:
            click.echo(f"{row.structure}: {row.detail}")


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _is_function_of_lag(A: Array) -> bool:
    return bool(np.allclose(A[1:, 1:], A[:-1, :-1]))


def _places(A: Array) -> list[tuple[int, int]]:
    """The first column of a function of the lag, else the lower triangle but zeros."""
    if _is_function_of_lag(A):
        return [(i, 0) for i in range(len(A))]
    n = len(A)
    below = [(i, j) for i in range(n) for j in range(i) if A[i, j] != 0]
    return [(i, i) for i in range(n)] + below


def _plain(value: Any) -> Any:
    if value is None:
        return None
    array = np.asarray(value)
    if array.dtype.kind == "c":
        return {"real": array.real.tolist(), "imag": array.imag.tolist()}
    return array.tolist()
