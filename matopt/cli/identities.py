"""``matopt identities``: the chapter, equation by equation."""

from __future__ import annotations

import json
import sys

import click

from matopt.cli.table import print_table


@click.command()
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
        print_table(columns, spare=["section"])
