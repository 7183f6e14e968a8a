"""``matopt problems``: the named problems, listed and verified."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from matopt.cli.table import print_table
from matopt.studies import Problem, names


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
@click.pass_context
def problems(context: click.Context, as_json: bool) -> None:
    """List the named problems; ``matopt problems check`` verifies them."""
    if context.invoked_subcommand is not None:
        return
    loaded = [load(name) for name in names()]
    if as_json:
        click.echo(json.dumps([_describe(p) for p in loaded], indent=2))
        return
    columns = {
        "problem": [p.name for p in loaded],
        "objective": [repr(p.objective) for p in loaded],
        "space": [repr(p.space) for p in loaded],
        "equations": [" ".join(p.equations) for p in loaded],
        "what it is": [p.title for p in loaded],
    }
    print_table(columns, ["equations", "objective", "space"])


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
            load(name).check()
        except (AssertionError, click.ClickException) as error:
            failures += 1
            message = getattr(error, "message", str(error))
            click.echo(f"FAIL {name}\n{message}")
        else:
            click.echo(f"ok   {name}")
    click.echo(f"{len(files or names()) - failures} passed, {failures} failed")
    sys.exit(1 if failures else 0)


def load(name: str) -> Problem:
    """The problem of a name or a file."""
    try:
        return Problem.load(name)
    except (ValueError, OSError) as error:
        raise click.ClickException(str(error)) from error


def _describe(problem: Problem) -> dict[str, Any]:
    return {
        "name": problem.name,
        "title": problem.title,
        "objective": repr(problem.objective),
        "space": repr(problem.space),
        "equations": list(problem.equations),
        "reference": problem.value,
        "certified_by": problem.certified_by,
        "source": problem.source,
        "licence": problem.licence,
    }
