"""The figure of one fit: the way there, and the matrix that was found."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from matopt.linalg import Array
from matopt.plotting import save
from matopt.solvers import Result
from matopt.studies.problem import Problem

_BLUE, _ORANGE, _GREY = (
    "#0072b2",
    "#d55e00",
    "#888888",
)  # Okabe and Ito, colour-blind safe


def check_path(path: Path) -> None:
    """Raise an error unless a figure can be written to ``path``; make its folder."""
    try:
        from matplotlib.backend_bases import FigureCanvasBase
    except ImportError as error:
        raise ImportError(
            "drawing needs matplotlib: pip install 'matopt[plot]'"
        ) from error
    known = FigureCanvasBase.get_supported_filetypes()
    if path.suffix[1:].lower() not in known:
        raise ValueError(
            f"a figure must end in .svg, .pdf, .png or the like, got {path.name!r}; "
            f"known are {', '.join(sorted(known))}"
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not os.path.lexists(path)
        with path.open("ab"):  # what is there stays
            pass
        if is_new:
            path.unlink()
    except OSError as error:
        raise ValueError(
            f"no figure can be written to {path}: {error.strerror}"
        ) from error


def draw(problem: Problem, result: Result, path: Path) -> None:
    """Write the figure to ``path``; its suffix chooses svg, pdf or png."""
    check_path(path)
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1.0))
    _convergence(left, problem, result)
    if problem.space.hermitian:
        _diagonals(right, problem, result.matrix)
    else:
        A = result.matrix
        _entries(right, problem, A[-1] if isinstance(A, tuple) else A)
    figure.suptitle(problem.title, fontsize=11)
    save(figure, path)


def _convergence(axes: Any, problem: Problem, result: Result) -> None:
    history = result.history
    iterations = np.arange(len(history["value"]))
    gaps = [problem.gap(f) for f in history["value"]]
    axes.semilogy(iterations, history["gradient_norm"], "o-", color=_BLUE, ms=3.5)
    if problem.value is not None:
        gap = np.maximum(np.abs(np.array(gaps, dtype=float)), 1e-17)
        axes.semilogy(iterations, gap, "s--", color=_ORANGE, ms=3.5)
    axes.set_xlabel("iteration")
    axes.legend(["gradient norm", "gap to the certified optimum"], frameon=False)
    axes.set_title(result.solver.split("(")[0], fontsize=9)
    axes.spines[["top", "right"]].set_visible(False)


def _diagonals(axes: Any, problem: Problem, A: Array) -> None:
    """Each entry of a Hermitian matrix over its lag, beside the sample covariance."""
    i, j = (np.asarray(k) for k in np.indices(A.shape))
    upper = i <= j
    samples = getattr(problem.objective, "covariance", None)
    names = ["fitted"]
    if samples is not None:
        axes.plot((j - i)[upper], samples[upper].real, ".", color=_GREY, ms=2.5)
        names = ["sample covariance", "fitted"]
    order = np.argsort((j - i)[upper], kind="stable")
    style = "-" if _is_function_of_lag(A) else "."
    axes.plot((j - i)[upper][order], A[upper][order].real, style, color=_BLUE)
    axes.set_xlabel("lag  j - i")
    axes.set_ylabel("entry (i, j)")
    axes.legend(names, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)


def _is_function_of_lag(A: Array) -> bool:
    return bool(np.allclose(A[1:, 1:], A[:-1, :-1]))


def _entries(axes: Any, problem: Problem, A: Array) -> None:
    columns = A.reshape(len(A), -1).real
    axes.plot(columns[:, :6], "o-", ms=3)
    axes.set_xlabel("row")
    axes.set_ylabel("entry")
    axes.set_title(f"solution, {'x'.join(map(str, A.shape))}", fontsize=9)
    axes.spines[["top", "right"]].set_visible(False)
