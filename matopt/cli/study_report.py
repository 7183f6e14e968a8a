"""``matopt study report``: what came of a study, on one page, for people."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import click

from matopt.cli.study import load_study, on_a_study, plainly
from matopt.studies.cost import COSTS, EVALUATIONS


@click.command()
@on_a_study
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write one HTML page; it needs no network.",
)
@click.option(
    "--markdown",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the tables for a paper.",
)
@click.option(
    "--figures",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write every figure into this folder, as .svg, .pdf and .csv.",
)
@click.option(
    "--cost",
    type=click.Choice([*COSTS]),
    default=EVALUATIONS.name,
    show_default=True,
    help="By what to compare; the page has them all and shows this first.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the tables as an object.")
def report(
    file: str,
    store: Path | None,
    plugins: tuple[str, ...],
    output: Path | None,
    markdown: Path | None,
    figures: Path | None,
    cost: str,
    as_json: bool,
) -> None:
    """Compare the solvers: profiles, tables, tests, and every run.

    The study need not be complete: what not every solver has run is left out of the
    comparison, and said.
    """
    if not (output or markdown or figures or as_json):
        raise click.UsageError(
            "give --output OUT.html, --markdown OUT.md, --figures OUT or --json"
        )
    with plainly():
        chosen, where = load_study(file, store, plugins)
        on = shlex.join([file, "--store", str(where)])
        again = [
            f"matopt study run {on}",
            f"matopt study report {on} --output OUT.html",
        ]
        written = chosen.report(
            where,
            output,
            markdown=markdown,
            figures=figures,
            cost=cost,
            commands=again,
        )
        if as_json:
            click.echo(json.dumps(chosen.compared(where, cost), indent=2))
            return
    for path in filter(None, (output, markdown)):
        click.echo(f"Written to {path}")
    if figures is not None:
        count = len(written) - (output is not None) - (markdown is not None)
        click.echo(f"{count} files written to {figures}")
