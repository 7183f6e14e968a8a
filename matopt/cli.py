"""The command line: ``matopt problems`` and ``matopt solve``."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

import matopt
from matopt.solvers import Result, Solver, Status, Stop
from matopt.studies import Problem, names
from matopt.studies.plot import check_path, draw
from matopt.studies.registry import solver as solver_named

Run: TypeAlias = tuple[Problem, Result]
Refusal: TypeAlias = tuple[Problem, Exception]

_FIGURE_OF = "toeplitz-sunspots"  # the fit that ``solve --all --plot`` draws


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(matopt.__version__, prog_name="matopt")
def main() -> None:
    """Optimization and estimation with matrix unknowns."""


@main.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
@click.pass_context
def problems(context: click.Context, as_json: bool) -> None:
    """List the named problems; ``matopt problems check`` verifies them."""
    if context.invoked_subcommand is not None:
        return
    loaded = [_load(name) for name in names()]
    if as_json:
        click.echo(json.dumps([_describe(p) for p in loaded], indent=2))
        return
    columns = {
        "problem": [p.name for p in loaded],
        "objective": [_objective(p) for p in loaded],
        "space": [repr(p.space) for p in loaded],
        "equations": [" ".join(p.equations) for p in loaded],
        "what it is": [p.title for p in loaded],
    }
    _print(columns, ["equations", "objective", "space"])


@problems.command()
@click.argument("files", nargs=-1)
def check(files: tuple[str, ...]) -> None:
    """Verify problem files: digests, shapes, derivative slopes, the solution.

    FILES are names of shipped problems or paths of files; all shipped ones if none is
    given. The exit status is 0 only when all pass.
    """
    failures = 0
    for name in files or names():
        try:
            _load(name).check()
        except (AssertionError, click.ClickException) as error:
            failures += 1
            message = getattr(error, "message", str(error))
            click.echo(f"FAIL {name}\n{message}")
        else:
            click.echo(f"ok   {name}")
    click.echo(f"{len(files or names()) - failures} passed, {failures} failed")
    sys.exit(1 if failures else 0)


@main.command()
@click.argument("name", required=False)
@click.option("--all", "everything", is_flag=True, help="Solve every problem.")
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
    solver: str | None,
    tolerance: float,
    max_iterations: int,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Solve the problem NAME (or the file NAME.toml), or all of them.

    The exit status is 0 only when every run converged to the certified optimum.
    Ctrl-C ends the run at hand and leaves out those after it.
    """
    if everything == (name is not None):
        raise click.UsageError("give the NAME of a problem, or --all")
    chosen = _solver(solver)
    if math.isnan(tolerance):
        raise click.BadParameter("nan is not a number", param_hint="--tolerance")
    stop = Stop(gradient_norm=tolerance, max_iterations=max_iterations)
    if plot is not None:
        _check_plot(plot)
    runs, refused = _solve(
        names() if everything else [str(name)], chosen, stop, go_on=everything
    )
    if plot is not None and runs:
        _draw(runs, plot)
    if as_json:
        rows = [_row(p, r) for p, r in runs] + [
            _row(p, None, str(e)) for p, e in refused
        ]
        click.echo(json.dumps(rows, indent=2))
    else:
        _report(runs, refused)
        if plot is not None and runs:
            click.echo(f"Figure written to {plot}")
    if runs and runs[-1][1].status is Status.INTERRUPTED:
        sys.exit(130)
    sys.exit(0 if not refused and all(p.solved(r) for p, r in runs) else 1)


def _solve(
    names: list[str], solver: Solver | None, stop: Stop, *, go_on: bool
) -> tuple[list[Run], list[Refusal]]:
    """The runs, and what the solver cannot take if ``go_on``, else an error."""
    runs: list[Run] = []
    refused: list[Refusal] = []
    for problem in map(_load, names):
        try:
            result = problem.solve(solver, stop=stop)
        except (TypeError, ValueError, ImportError) as error:
            if not go_on or isinstance(error, ImportError):
                raise click.ClickException(f"{problem.name}: {error}") from error
            refused.append((problem, error))
            continue
        runs.append((problem, result))
        if result.status is Status.INTERRUPTED:
            break
    return runs, refused


def _load(name: str) -> Problem:
    try:
        return Problem.load(name)
    except (ValueError, OSError) as error:
        raise click.ClickException(str(error)) from error


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
    draw(problem, result, path)


def _objective(problem: Problem) -> str:
    return repr(problem.objective)


def _describe(problem: Problem) -> dict[str, Any]:
    return {
        "name": problem.name,
        "title": problem.title,
        "objective": _objective(problem),
        "space": repr(problem.space),
        "equations": list(problem.equations),
        "reference": problem.value,
        "certified_by": problem.certified_by,
        "source": problem.source,
        "licence": problem.licence,
    }


def _row(problem: Problem, result: Result | None, why: str = "") -> dict[str, Any]:
    """The object of a run, or of a problem that the solver cannot take."""
    costs = ("nit", "nfev", "njev", "nhev", "nfactor")
    return {
        "name": problem.name,
        "space": repr(problem.space),
        "objective": _objective(problem),
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
    "solver": lambda p, r: r.solver.split("(")[0],
    "it": lambda p, r: str(r.nit),
    "f": lambda p, r: str(r.nfev),
    "g": lambda p, r: str(r.njev),
    "Hv": lambda p, r: str(r.nhev),
    "factor": lambda p, r: str(r.nfactor),
    "|gradient|": lambda p, r: f"{r.gradient_norm:.1e}",
    "gap": lambda p, r: f"{p.gap(r.fun):.1e}",
    "status": lambda p, r: r.status.name,
    "seconds": lambda p, r: f"{r.seconds:.4f}",
}


# The columns that a narrow terminal does without, the first one first.
_SPARE = ["space", "g", "f", "Hv", "factor", "seconds", "solver"]


def _report(runs: list[Run], refused: list[Refusal]) -> None:
    """Print the table, then what to do about each run that did not converge."""
    if runs:
        columns = {name: [f(*run) for run in runs] for name, f in _COLUMNS.items()}
        _print(columns, _SPARE)
    for problem, result in runs:
        if not result.success:
            click.echo(f"{problem.name}: {result.message}")
        elif not problem.solved(result):
            click.echo(
                f"{problem.name}: converged to another stationary point, "
                f"{problem.gap(result.fun):.2e} from the certified optimum"
            )
    for problem, error in refused:
        click.echo(f"{problem.name}: refused: {error}")
    solved = sum(p.solved(r) for p, r in runs)
    total = len(runs) + len(refused)
    click.echo(f"{solved} of {total} solved to the certified optimum")


_NUMBERS = {"it", "f", "g", "Hv", "factor", "|gradient|", "gap", "seconds"}
_PROSE = {"what it is": 30}  # columns that may wrap, and their least width


def _print(columns: dict[str, list[str]], spare: list[str]) -> None:
    """Print a table in which nothing is cut off.

    A terminal too narrow for it does without the spare columns; into a pipe go all of
    them, one line a row.
    """
    console = Console()
    left_out = []
    if console.is_terminal:
        while spare and _width(columns, _PROSE) > console.width:
            name, *spare = spare
            left_out.append(name)
            columns = {k: v for k, v in columns.items() if k != name}
        console.width = max(console.width, _width(columns, _PROSE))
    else:
        console.width = _width(columns, {})
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        right = name in _NUMBERS
        table.add_column(
            name, justify="right" if right else "left", no_wrap=name not in _PROSE
        )
    for row in zip(*columns.values(), strict=True):
        table.add_row(*map(escape, row))
    console.print(table)
    if left_out:
        click.echo(f"(a wider terminal also shows: {', '.join(left_out)})")


def _width(columns: dict[str, list[str]], least: dict[str, int]) -> int:
    """The width of the table, with the columns of ``least`` so wide."""
    widths = [least.get(k) or max(map(len, [k, *v])) for k, v in columns.items()]
    return sum(widths) + 2 * (len(widths) - 1)


@main.command()
@click.argument("number", required=False)
@click.option(
    "--check", "verify", is_flag=True, help="Verify every equation, or the one."
)
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def identities(number: str | None, verify: bool, as_json: bool) -> None:
    """List the equations of the chapter, or show the one of this NUMBER.

    With --check each, or the one, is held against 50-digit derivatives; the exit
    status is 0 only when all hold and every misprint is seen as one.
    """
    from matopt.identities import Identities, chapter, example

    if verify and as_json:
        raise click.UsageError("--check prints a table: leave out --json")
    try:
        records = list(chapter.values()) if number is None else [chapter[number]]
    except KeyError as error:
        raise click.ClickException(str(error.args[0])) from error
    try:
        if verify:
            chosen = chapter if number is None else Identities(records)
            errors = chosen.check_all()
            click.echo(str(errors))
            click.echo(f"worst relative error {errors.worst:.1e}")
            sys.exit(0 if errors.holds() else 1)
        shown = "" if number is None else example(records[0])
    except ImportError as error:  # 50 digits are an extra
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps([r.describe() for r in records], indent=2))
    elif number is not None:
        click.echo(records[0].text())
        click.echo(shown)
    else:
        columns = {
            "": [f"({r.number})" for r in records],
            "section": [r.section for r in records],
            "equation": [r.title for r in records],
            "verdict": [str(r.verdict) for r in records],
        }
        _print(columns, spare=["section"])
