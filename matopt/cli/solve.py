"""``matopt solve``: named problems, each to its certified optimum."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeAlias

import click

from matopt.cli.problems import DIFFICULTY, load, load_all
from matopt.cli.table import print_table
from matopt.errors import words
from matopt.solvers import Result, Solver, Status, Stop
from matopt.studies import Problem
from matopt.studies.plot import check_path, draw
from matopt.studies.registry import solver as solver_named

Run: TypeAlias = tuple[Problem, Result]
Refusal: TypeAlias = tuple[Problem, Exception]

_FIGURE_OF = "toeplitz-sunspots"  # the fit that ``solve --all --plot`` draws


@click.command()
@click.argument("name", required=False)
@click.option("--all", "everything", is_flag=True, help="Solve every problem.")
@DIFFICULTY
@click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="NAME=VALUE",
    help="A parameter of the problem, such as n=64; may be given again.",
)
@click.option("--solver", help="A solver by name, such as LBFGS or SciPy:BFGS.")
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0),
    default=1e-8,
    show_default=True,
    help="Converged means a gradient norm at most this.",
)
@click.option(
    "--max-iterations", type=click.IntRange(min=0), default=1000, show_default=True
)
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a figure of the fit (.svg, .pdf or .png).",
)
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def solve(
    name: str | None,
    everything: bool,
    difficulty: str | None,
    assignments: tuple[str, ...],
    solver: str | None,
    tolerance: float,
    max_iterations: int,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Solve the problem NAME (or the file NAME.toml), or all of them.

    The exit status is 0 only when every run converged to the certified optimum,
    where the problem has one at these sizes.
    Ctrl-C ends the run at hand and leaves out those after it.
    """
    if everything == (name is not None):
        raise click.UsageError("give the NAME of a problem, or --all")
    if everything and assignments:
        raise click.UsageError("--set goes with the NAME of a problem")
    chosen = _solver(solver)
    if math.isnan(tolerance):
        raise click.BadParameter("nan is not a number", param_hint="--tolerance")
    stop = Stop(gradient_norm=tolerance, max_iterations=max_iterations)
    if plot is not None:
        _check_plot(plot)
    if everything:
        problems: Iterable[Problem] = load_all("*", difficulty)
    else:
        problems = [_sized(str(name), difficulty, assignments)]
    runs, refused = _solve(problems, chosen, stop, go_on=everything)
    if as_json:
        rows = [_row(p, r) for p, r in runs] + [
            _row(p, None, words(e)) for p, e in refused
        ]
        click.echo(json.dumps(rows, indent=2))
    else:
        _report(runs, refused)
    if plot is not None and runs:
        _draw(runs, plot)
        if not as_json:
            click.echo(f"Figure written to {plot}")
    if runs and runs[-1][1].status is Status.INTERRUPTED:
        sys.exit(130)
    sys.exit(0 if not refused and all(p.solved(r) for p, r in runs) else 1)


def _sized(name: str, difficulty: str | None, assignments: tuple[str, ...]) -> Problem:
    """One problem, of a class and with parameters as told."""
    given = dict(_assigned(text) for text in assignments)
    if difficulty is not None:
        given["difficulty"] = difficulty
    return load(name, **given)


def _assigned(text: str) -> tuple[str, Any]:
    """A parameter and its number, from NAME=VALUE."""
    name, _, value = text.partition("=")
    try:
        return name, int(value)
    except ValueError:
        try:
            return name, float(value)
        except ValueError:
            raise click.BadParameter(
                f"must be NAME=NUMBER, got {text!r}", param_hint="--set"
            ) from None


def _solve(
    problems: Iterable[Problem], solver: Solver | None, stop: Stop, *, go_on: bool
) -> tuple[list[Run], list[Refusal]]:
    """The runs, and what the solver cannot take if ``go_on``, else an error."""
    runs: list[Run] = []
    refused: list[Refusal] = []
    for problem in problems:
        try:
            result = problem.solve(solver, stop=stop)
        except (TypeError, ValueError, ImportError, MemoryError) as error:
            if not go_on or isinstance(error, ImportError):
                raise click.ClickException(f"{problem.name}: {words(error)}") from error
            refused.append((problem, error))
            continue
        runs.append((problem, result))
        if result.status is Status.INTERRUPTED:
            break
    return runs, refused


def _solver(name: str | None) -> Solver | None:
    try:
        return None if name is None else solver_named(name)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--solver") from error


def _check_plot(path: Path) -> None:
    """Refuse before the work what could not be drawn after it."""
    try:
        check_path(path)
    except (ImportError, ValueError) as error:
        raise click.ClickException(str(error)) from error


def _draw(runs: list[Run], path: Path) -> None:
    """Draw the one fit, or among all of them the best known one."""
    problem, result = next((run for run in runs if run[0].name == _FIGURE_OF), runs[0])
    try:
        draw(problem, result, path)
    except (OSError, ValueError, MemoryError) as error:
        raise click.ClickException(f"no figure was written: {words(error)}") from error


def _row(problem: Problem, result: Result | None, why: str = "") -> dict[str, Any]:
    """The object of a run, or of a problem that the solver cannot take."""
    costs = ("nit", "nfev", "njev", "nhev", "nfactor")
    return {
        "name": problem.name,
        "space": repr(problem.space),
        "objective": repr(problem.objective),
        "parameters": dict(problem.parameters),
        "difficulty": problem.difficulty,
        "solver": result and result.solver,
        "converged": result is not None and result.success,
        "solved": result is not None and problem.solved(result),
        "status": result.status.name if result else "REFUSED",
        "message": result.message if result else why,
        **{key: result and result[key] for key in (*costs, "gradient_norm")},
        "value": result and result.fun,
        "reference": problem.value,
        "gap": result and problem.gap(result.fun),
        "seconds": result and result.seconds,
    }


_COLUMNS: dict[str, Callable[[Problem, Result], str]] = {
    "problem": lambda p, r: p.name,
    "space": lambda p, r: repr(p.space),
    "class": lambda p, r: p.difficulty or "",
    "solver": lambda p, r: r.solver.split("(")[0],
    "it": lambda p, r: str(r.nit),
    "f": lambda p, r: str(r.nfev),
    "g": lambda p, r: str(r.njev),
    "Hv": lambda p, r: str(r.nhev),
    "factor": lambda p, r: str(r.nfactor),
    "|gradient|": lambda p, r: f"{r.gradient_norm:.1e}",
    "gap": lambda p, r: _gap(p, r),
    "status": lambda p, r: r.status.name,
    "seconds": lambda p, r: f"{r.seconds:.4f}",
}


# The columns that a narrow terminal does without, the first one first.
_SPARE = ["space", "class", "g", "f", "Hv", "factor", "seconds", "solver"]


def _report(runs: list[Run], refused: list[Refusal]) -> None:
    """Print the table, then what to do about each run that did not converge."""
    if runs:
        columns = {name: [f(*run) for run in runs] for name, f in _COLUMNS.items()}
        print_table(columns, _SPARE)
    for problem, result in runs:
        if not result.success:
            click.echo(f"{problem.name}: {result.message}")
        elif not problem.solved(result):
            click.echo(
                f"{problem.name}: converged to another stationary point, "
                f"{_gap(problem, result)} from the certified optimum"
            )
    for problem, error in refused:
        click.echo(f"{problem.name}: refused: {words(error)}")
    known = [run for run in runs if run[0].value is not None]
    solved = sum(p.solved(r) for p, r in known)
    total = len(known) + len(refused)
    if total or not runs:
        click.echo(f"{solved} of {total} solved to the certified optimum")
    for problem in (p for p, _ in runs if p.value is None):
        click.echo(f"{problem.name}: no optimum is certified at these sizes")


def _gap(problem: Problem, result: Result) -> str:
    """The gap as text, where the optimum is known."""
    gap = problem.gap(result.fun)
    return "unknown" if gap is None else f"{gap:.1e}"
