"""The command line: ``matopt problems`` and ``matopt solve``."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

import matopt
from matopt.solvers import Result, Solver, Stop
from matopt.studies import Problem, names
from matopt.studies.plot import draw
from matopt.studies.registry import solver as solver_named

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
    table = _table("problem", "objective", "space", "equations", "what it is")
    for p in loaded:
        table.add_row(
            p.name, _objective(p), repr(p.space), " ".join(p.equations), p.title
        )
    _print(table)


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
    """
    if everything == (name is not None):
        raise click.UsageError("give the NAME of a problem, or --all")
    chosen = _solver(solver)
    stop = Stop(gradient_norm=tolerance, max_iterations=max_iterations)
    runs = []
    for each in names() if everything else [str(name)]:
        problem = _load(each)
        runs.append((problem, _solve(problem, chosen, stop)))
    if plot is not None:
        _draw(runs, plot)
    if as_json:
        click.echo(json.dumps([_row(p, r) for p, r in runs], indent=2))
    else:
        _report(runs)
        if plot is not None:
            click.echo(f"Figure written to {plot}")
    sys.exit(0 if all(p.solved(r) for p, r in runs) else 1)


def _solve(problem: Problem, solver: Solver | None, stop: Stop) -> Result:
    try:
        return problem.solve(solver, stop=stop)
    except (TypeError, ValueError) as error:
        raise click.ClickException(f"{problem.name}: {error}") from error


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


def _draw(runs: list[tuple[Problem, Result]], path: Path) -> None:
    """Draw the one fit, or among all of them the best known one."""
    problem, result = next((run for run in runs if run[0].name == _FIGURE_OF), runs[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        draw(problem, result, path)
    except (ImportError, ValueError) as error:
        raise click.ClickException(str(error)) from error


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


def _row(problem: Problem, result: Result) -> dict[str, Any]:
    return {
        "name": problem.name,
        "space": repr(problem.space),
        "objective": _objective(problem),
        "solver": result.solver,
        "converged": result.success,
        "solved": problem.solved(result),
        "status": result.status.name,
        "message": result.message,
        "nit": result.nit,
        "nfev": result.nfev,
        "njev": result.njev,
        "nhev": result.nhev,
        "nfactor": result.nfactor,
        "gradient_norm": result.gradient_norm,
        "value": result.fun,
        "reference": problem.value,
        "gap": problem.gap(result.fun),
        "seconds": result.seconds,
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


def _report(runs: list[tuple[Problem, Result]]) -> None:
    """Print the table, then what to do about each run that did not converge."""
    table = _table(*_COLUMNS)
    for run in runs:
        table.add_row(*(cell(*run) for cell in _COLUMNS.values()))
    _print(table)
    for problem, result in runs:
        if not result.success:
            click.echo(f"{problem.name}: {result.message}")
        elif not problem.solved(result):
            click.echo(
                f"{problem.name}: converged to another stationary point, "
                f"{problem.gap(result.fun):.2e} from the certified optimum"
            )
    solved = sum(p.solved(r) for p, r in runs)
    click.echo(f"{solved} of {len(runs)} solved to the certified optimum")


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    numbers = {"it", "f", "g", "Hv", "factor", "|gradient|", "gap", "seconds"}
    for column in columns:
        right = column in numbers
        table.add_column(
            column, justify="right" if right else "left", no_wrap=column != "what it is"
        )
    return table


def _print(table: Table) -> None:
    """Print at the width of the terminal, or unwrapped into a pipe."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=200)
    console.print(table)


@main.command()
@click.argument("number", required=False)
@click.option("--check", "verify", is_flag=True, help="Verify every equation.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def identities(number: str | None, verify: bool, as_json: bool) -> None:
    """List the equations of the chapter, or show the one of this NUMBER.

    With --check each is held against 50-digit derivatives; the exit status is 0 only
    when all hold and every misprint is seen as one.
    """
    from matopt.identities import chapter, example

    if verify:
        errors = chapter.check_all()
        click.echo(str(errors))
        click.echo(f"worst relative error {errors.worst:.1e}")
        sys.exit(0 if errors.holds() else 1)
    try:
        records = [chapter[number]] if number else list(chapter.values())
    except KeyError as error:
        raise click.ClickException(str(error.args[0])) from error
    if as_json:
        click.echo(json.dumps([r.describe() for r in records], indent=2))
    elif number:
        click.echo(records[0].text())
        click.echo(example(records[0]))
    else:
        table = _table("", "section", "equation", "verdict")
        for r in records:
            table.add_row(f"({r.number})", r.section, r.title, str(r.verdict))
        _print(table)
