"""The figure of ``matopt fit``: the covariance, the fit to the data, the spectrum."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from scipy.linalg import toeplitz

from matopt.cli.samples import Samples
from matopt.inference import Fit
from matopt.linalg import Array, autocovariances
from matopt.objectives import AutoregressiveLikelihood, GaussianLikelihood
from matopt.plotting import save
from matopt.studies.plot import check_path

_BLUE, _GREY = "#0072b2", "#888888"
_LAGS = 32  # of an autoregressive model, beyond its order
_FREQUENCIES = 400


def draw(samples: Samples, fit: Fit, path: Path) -> None:
    """Write the figure to ``path``; its suffix chooses svg, pdf or png."""
    check_path(path)
    from matplotlib.figure import Figure

    A, S = _fitted(fit), _observed(samples, fit)
    stationary = bool(np.allclose(A[1:, 1:], A[:-1, :-1]))
    if not stationary:  # features of any units
        A, S = _correlation(A), None if S is None else _correlation(S)
    figure = Figure(figsize=(12.0, 3.8), layout="constrained")
    first, second, third = figure.subplots(1, 3, width_ratios=(1.0, 1.1, 1.1))
    _picture(figure, first, A, [] if stationary else samples.names)
    first.set_title(f"fitted {'covariance' if stationary else 'correlation'}", size=9)
    (_over_lags if stationary else _entry_by_entry)(second, A, S)
    (_density if stationary else _eigenvalues)(third, A, S)
    figure.suptitle(f"{samples.file.path.name}: {fit.space!r}", fontsize=11)
    save(figure, path)


def _fitted(fit: Fit) -> Array:
    """The covariance; of an autoregressive model that of more times than its order."""
    A = np.asarray(fit.matrix)
    if not isinstance(fit.objective, AutoregressiveLikelihood):
        return A
    t = list(A[:, 0])
    c = np.linalg.solve(A[1:, 1:], A[1:, 0])
    while len(t) < min(fit.objective.length, len(A) + _LAGS):
        t.append(np.dot(c, t[: -len(A) : -1]))
    return np.asarray(toeplitz(np.array(t)))


def _observed(samples: Samples, fit: Fit) -> Array | None:
    """The sample covariance; None where entries are missing."""
    f = fit.objective
    if isinstance(f, GaussianLikelihood):
        return f.covariance
    if not isinstance(f, AutoregressiveLikelihood):
        return None
    X = samples.file.array()
    series = X.T if samples.is_series else X
    if samples.centered:
        series = series - series.mean()
    lags = min(f.length, f.order + 1 + _LAGS) - 1
    return np.asarray(toeplitz(autocovariances(series, lags)))


def _correlation(A: Array) -> Array:
    power = np.diagonal(A).real
    scale: Array = 1.0 / np.sqrt(np.where(power > 0, power, 1.0))
    correlation: Array = A * np.outer(scale, scale)
    return correlation


def _picture(figure: Any, axes: Any, A: Array, names: list[str]) -> None:
    """The real part, in colours symmetric around zero."""
    largest = float(np.abs(A).max())
    image = axes.imshow(A.real, cmap="RdBu_r", vmin=-largest, vmax=largest)
    figure.colorbar(image, ax=axes, shrink=0.8)
    if 0 < len(names) <= 16:
        axes.set_xticks(range(len(names)), names, rotation=90, fontsize=6)
        axes.set_yticks(range(len(names)), names, fontsize=6)


def _over_lags(axes: Any, A: Array, S: Array | None) -> None:
    """Entries over j - i."""
    i, j = (np.asarray(k) for k in np.indices(A.shape))
    upper = i <= j
    if S is not None:
        axes.plot((j - i)[upper], S[upper].real, ".", color=_GREY, ms=2.5)
    axes.plot(np.arange(len(A)), A[0].real, "o-", color=_BLUE, ms=3)
    axes.axhline(0.0, color=_GREY, lw=0.5)
    _finish(axes, "lag  j - i", "entry (i, j)", S)


def _entry_by_entry(axes: Any, A: Array, S: Array | None) -> None:
    """Fitted against observed ones; a family without structure is on the line."""
    off = np.triu_indices(len(A), 1)
    if S is None:
        axes.plot(np.sort(A[off].real), ".", color=_BLUE, ms=4)
        _finish(axes, "rank", "fitted correlation", None)
        return
    axes.plot([-1, 1], [-1, 1], "-", color=_GREY, lw=0.8)
    axes.plot(S[off].real, A[off].real, ".", color=_BLUE, ms=4)
    axes.set_xlabel("correlation of the samples")
    axes.set_ylabel("fitted correlation")
    axes.legend(["equal", "fitted"], frameon=False)
    axes.spines[["top", "right"]].set_visible(False)


def _density(axes: Any, A: Array, S: Array | None) -> None:
    """a^H A a/n over the frequency, a the wave: the expected periodogram."""
    low = 0.0 if A.dtype.kind == "f" else -0.5
    f = np.linspace(low, 0.5, _FREQUENCIES)
    a = np.exp(2j * np.pi * np.outer(np.arange(len(A)), f)) / np.sqrt(len(A))
    if S is not None:
        axes.semilogy(f, _positive(_power(S, a)), color=_GREY, lw=1.0)
    axes.semilogy(f, _positive(_power(A, a)), color=_BLUE)
    _finish(axes, "cycles a sample", "spectral density", S)


def _power(A: Array, a: Array) -> Array:
    values: Array = np.sum(a.conj() * (A @ a), axis=0).real
    return values


def _eigenvalues(axes: Any, A: Array, S: Array | None) -> None:
    """From the largest on."""
    rank = np.arange(1, len(A) + 1)
    if S is not None:
        values = np.linalg.eigvalsh(S)[::-1]
        axes.semilogy(rank, _positive(values), ".", color=_GREY)
    axes.semilogy(rank, np.linalg.eigvalsh(A)[::-1], "o-", color=_BLUE, ms=3)
    _finish(axes, "rank", "eigenvalue of the correlation", S)


def _positive(values: Array) -> Array:
    """With NaN, which is not drawn, for rounding below zero."""
    return np.where(values > 1e-12 * np.max(values), values, np.nan)


def _finish(axes: Any, x: str, y: str, S: Array | None) -> None:
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    names = ["fitted"] if S is None else ["sample covariance", "fitted"]
    axes.legend(names, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
