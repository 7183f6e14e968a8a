"""``matopt problems``: the named problems, listed and verified."""

from __future__ import annotations

import fnmatch
import json
import sys
from collections.abc import Iterator
from typing import Any

import click

from matopt.cli.table import print_table
from matopt.errors import words
from matopt.studies import Problem, names
from matopt.studies.schema import DIFFICULTIES

DIFFICULTY = click.option(
    "--difficulty",
    type=click.Choice(DIFFICULTIES),
    help="The class of sizes; by default medium, or else the easiest there is.",
)


@click.group(invoke_without_command=True)
@click.option("--match", default="*", help="Only names like this: 'toeplitz-*'.")
@DIFFICULTY
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
@click.pass_context
def problems(
    context: click.Context, match: str, difficulty: str | None, as_json: bool
) -> None:
    """List the named problems; ``matopt problems check`` verifies them."""
    if context.invoked_subcommand is not None:
        return
    loaded = list(load_all(match, difficulty))
    if not loaded:
        raise click.ClickException(f"no problem of that class is like {match!r}")
    if as_json:
        click.echo(json.dumps([_describe(p) for p in loaded], indent=2))
        return
    columns = {
        "problem": [p.name for p in loaded],
        "objective": [repr(p.objective) for p in loaded],
        "space": [repr(p.space) for p in loaded],
        "class": [p.difficulty or "" for p in loaded],
        "equations": [" ".join(p.equations) for p in loaded],
        "what it is": [p.title for p in loaded],
    }
    print_table(columns, ["equations", "class", "objective", "space"])


@problems.command()
@click.argument("files", nargs=-1)
def check(files: tuple[str, ...]) -> None:
    """Verify problem files: digests, shapes, derivative slopes, the solution.

    Every class of difficulty is verified.

    FILES are names of shipped problems or paths of files; all shipped ones if none is
    given. The exit status is 0 only when all pass.
    """
    failures = 0
    for name in files or names():
        try:
            first = load(name)
            for label in first.classes or [None]:
                load(name, **({"difficulty": label} if label else {})).check()
        except Exception as error:  # no file keeps the others from their turn
            failures += 1
            click.echo(f"FAIL {name}\n{_message(error)}")
        else:
            click.echo(f"ok   {name}")
    click.echo(f"{len(files or names()) - failures} passed, {failures} failed")
    sys.exit(1 if failures else 0)


def _message(error: Exception) -> str:
    """What is wrong, with the kind of error where the text is not for people."""
    if isinstance(error, click.ClickException):
        return error.message
    if isinstance(error, AssertionError | TypeError | ValueError):
        return str(error)
    return f"{type(error).__name__}: {error}"


def load(name: str, **parameters: Any) -> Problem:
    """The problem of a name or a file."""
    try:
        return Problem.load(name, **parameters)
    except (ValueError, OSError) as error:
        raise click.ClickException(str(error)) from error
    except MemoryError as error:
        raise click.ClickException(f"{name}: {words(error)}") from error


def load_all(match: str, difficulty: str | None) -> Iterator[Problem]:
    """The shipped problems of such names; with a class, those that have it."""
    for name in fnmatch.filter(names(), match):
        problem = load(name)
        if difficulty is None or problem.difficulty == difficulty:
            yield problem
        elif difficulty in problem.classes:
            yield load(name, difficulty=difficulty)


def _describe(problem: Problem) -> dict[str, Any]:
    return {
        "name": problem.name,
        "title": problem.title,
        "objective": repr(problem.objective),
        "space": repr(problem.space),
        "parameters": dict(problem.parameters),
        "difficulty": problem.difficulty,
        "classes": list(problem.classes),
        "equations": list(problem.equations),
        "reference": problem.value,
        "certified_by": problem.certified_by,
        "source": problem.source,
        "licence": problem.licence,
    }
