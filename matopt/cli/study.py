"""``matopt study``: many problems with many solvers, run once each and kept."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from matopt.cli.study_progress import live_progress, verdict
from matopt.cli.table import print_table
from matopt.studies import Study
from matopt.studies.export import to_csv, to_json, to_parquet
from matopt.studies.store import StoreError, StoreLocked, is_locked
from matopt.studies.study_file import shipped

LOCKED = 3  # the exit status where another process runs the study


class BadInput(click.ClickException):
    """What was asked for cannot be done."""

    exit_code = 2


class _StudyName(click.Path):
    """A study file, or the name of a shipped study."""

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        names = [name for name in shipped() if name.startswith(incomplete)]
        files = super().shell_complete(ctx, param, incomplete)
        return [*map(CompletionItem, names), *files]


def on_a_study(command: Any) -> Any:
    """The argument and the options of every command on a study."""
    for option in (
        click.option(
            "--plugin",
            "plugins",
            multiple=True,
            metavar="MODULE",
            help="A module with further problems and solvers.",
        ),
        click.option(
            "--store",
            type=click.Path(dir_okay=False, path_type=Path),
            help="Where outcomes are kept; FILE.sqlite beside FILE.toml, or "
            "out/NAME.sqlite for a shipped study, if not given.",
        ),
        click.argument("file", type=_StudyName()),
    ):
        command = option(command)
    return command


@click.group()
def study() -> None:
    """Studies: problems x solvers x starts, run once each and kept.

    FILE is a study file, or the name of a shipped study such as quick.
    """


@study.command()
@on_a_study
@click.option(
    "--workers", type=click.IntRange(min=1), help="Runs at a time; all cores."
)
@click.option("--scheduler", metavar="ADDRESS", help="Of a dask cluster: tcp://...")
@click.option("--retry", metavar="STATUS,...", help="Run again what ended in these.")
@click.option("--json", "as_json", is_flag=True, help="Print an object.")
def run(
    file: str,
    store: Path | None,
    plugins: tuple[str, ...],
    workers: int | None,
    scheduler: str | None,
    retry: str | None,
    as_json: bool,
) -> None:
    """Run what the store does not have yet.

    Interrupted or killed, nothing that was finished is lost: the same command goes on.
    The exit status is 0 when every run has an outcome, 2 if the input is wrong, 3 if
    another process runs this study, 130 after Ctrl-C.
    """
    with plainly():
        chosen, where = load_study(file, store, plugins)
        with live_progress() as show:
            try:
                seen = chosen.run(
                    where,
                    workers=workers,
                    scheduler=scheduler,
                    retry=retry.split(",") if retry else (),
                    progress=show,
                )
            except KeyboardInterrupt:
                click.echo("Interrupted; the same command goes on.", err=True)
                sys.exit(130)
    about = {"study": chosen.name, "store": str(where)}
    if as_json:
        click.echo(json.dumps(about | seen.summary, indent=2))
    else:
        click.echo(verdict(seen))
        click.echo(f"Kept in {where}")


@study.command()
@on_a_study
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
@click.option("--traces", is_flag=True, help="With --json: traces and environments.")
@click.option(
    "--csv", type=click.Path(dir_okay=False, path_type=Path), help="Write a table."
)
@click.option(
    "--parquet",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a Parquet file.",
)
def export(
    file: str,
    store: Path | None,
    plugins: tuple[str, ...],
    as_json: bool,
    traces: bool,
    csv: Path | None,
    parquet: Path | None,
) -> None:
    """Give out the rows of the store, also while the study runs."""
    if not (as_json or csv or parquet):
        raise click.UsageError("give --json, --csv OUT or --parquet OUT")
    if traces and not as_json:
        raise click.UsageError("--traces go with --json; a table has no room for them")
    with plainly():
        chosen, where = load_study(file, store, plugins)
        outcomes = chosen.outcomes(where)
        if csv is not None:
            to_csv(outcomes, csv)
        if parquet is not None:
            to_parquet(outcomes, parquet)
    if as_json:
        click.echo(to_json(outcomes, traces))


@study.command()
@on_a_study
@click.option("--json", "as_json", is_flag=True, help="Print an object.")
def status(
    file: str, store: Path | None, plugins: tuple[str, ...], as_json: bool
) -> None:
    """Say how far the study is, also while it runs."""
    with plainly():
        chosen, where = load_study(file, store, plugins)
        seen, active = chosen.progress(where), is_locked(where)
    if as_json:
        click.echo(json.dumps({"running": active, **seen.summary}, indent=2))
        return
    click.echo(f"{seen.done} of {seen.total} runs done, {seen.missing} missing")
    statuses = dict(seen.statuses.most_common())
    print_table(
        {"status": list(statuses), "runs": list(map(str, statuses.values()))}, []
    )
    click.echo("It is running." if active else "It is not running.")


@study.command()
@on_a_study
@click.option(
    "--repeat",
    type=click.IntRange(min=0),
    default=3,
    show_default=True,
    help="How many runs to repeat and compare bit for bit.",
)
@click.option("--json", "as_json", is_flag=True, help="Print an object.")
def verify(
    file: str,
    store: Path | None,
    plugins: tuple[str, ...],
    repeat: int,
    as_json: bool,
) -> None:
    """Check the store: its file, that it is complete, and some runs by repeating them.

    The exit status is 0 only when every run is there and nothing is wrong.
    """
    with plainly():
        chosen, where = load_study(file, store, plugins)
        seen = chosen.verify(where, repeat)
    if as_json:
        click.echo(json.dumps({"passed": seen.passed, **asdict(seen)}, indent=2))
    else:
        for line in seen.wrong:
            click.echo(f"wrong: {line}")
        click.echo(
            f"{seen.total - seen.missing} of {seen.total} runs there, "
            f"{seen.repeated} repeated, {len(seen.wrong)} differences; "
            f"{seen.others} rows of other definitions"
        )
    sys.exit(0 if seen.passed else 1)


@contextmanager
def plainly() -> Iterator[None]:
    """Say what is wrong with the input in words, with the exit status for it."""
    try:
        yield
    except StoreLocked as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(LOCKED)
    except (ValueError, OSError, ImportError, StoreError) as error:
        raise BadInput(str(error)) from error


def load_study(
    file: str, store: Path | None, plugins: tuple[str, ...]
) -> tuple[Study, Path]:
    """The study, and where its outcomes are."""
    sys.path.insert(0, "") if plugins else None
    return Study.load(file, plugins), store or default_store(file)


def default_store(file: str) -> Path:
    """Beside the study file, or out/NAME.sqlite for a shipped study."""
    path = Path(file)
    if path.suffix == ".toml":
        return path.with_suffix(".sqlite")
    return Path("out") / f"{file}.sqlite"
