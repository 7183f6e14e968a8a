"""``matopt fit``: a structured covariance for the samples of a file."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import click

from matopt.cli.output import check_folder, writing
from matopt.cli.samples import Samples, with_mean
from matopt.cli.structures import (
    AUTOREGRESSIVE,
    STRUCTURES,
    candidates,
    check_structure,
    make_structure,
)
from matopt.errors import words
from matopt.inference import Candidate, Comparison, Fit, compare_fits
from matopt.inference import compare as compare_structures
from matopt.inference import fit as fit_likelihood
from matopt.objectives import AutoregressiveLikelihood
from matopt.solvers import Status
from matopt.spaces import Space
from matopt.studies.plot import check_path
from matopt.studies.sample_file import SampleFile


class BadInput(click.ClickException):
    """What was asked for cannot be done with these data."""

    exit_code = 2


@click.command()
@click.argument("data", type=click.Path(path_type=Path))
@click.option(
    "--structure",
    help=f"One of {', '.join(STRUCTURES)}; toeplitz if not given, and autoregressive "
    "for one column with --order.",
)
@click.option(
    "--order",
    type=click.IntRange(min=0),
    help="Of an autoregressive model; a bandwidth; a rank; of the left Kronecker "
    "factor.",
)
@click.option("--columns", help="Which, by name and split by commas; all if not given.")
@click.option(
    "--header/--no-header",
    default=None,
    help="Has the first line of text, or a comment just above it, the names? If not "
    "given, it has unless its cells are numbers, of which some may be missing; then "
    "the comment may have them.",
)
@click.option(
    "--window",
    type=click.IntRange(min=1),
    help="Cut one column into windows of so many values, side by side.",
)
@click.option("--overlap", is_flag=True, help="Take every window, also those between.")
@click.option(
    "--mean",
    type=click.Choice(["fitted", "zero"]),
    default="fitted",
    show_default=True,
    help="Estimate the mean with the covariance, or know that it is zero.",
)
@click.option(
    "--missing",
    is_flag=True,
    help="NaN and empty cells are missing, of one column also blank lines.",
)
@click.option("--standard-errors", is_flag=True, help="With 95 % intervals.")
@click.option("--compare", is_flag=True, help="Set other structures beside this one.")
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a figure of the fit (.svg, .pdf or .png).",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Save the result (.npz), for Result.load.",
)
@click.option("--json", "as_json", is_flag=True, help="Print an object.")
def fit(
    data: Path,
    structure: str | None,
    order: int | None,
    columns: str | None,
    header: bool | None,
    window: int | None,
    overlap: bool,
    mean: str,
    missing: bool,
    standard_errors: bool,
    compare: bool,
    plot: Path | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Fit a covariance of a structure to DATA (.csv, .tsv, .txt, .npy, .npz, .parquet).

    Each row is a sample. The file is read in chunks and need not fit into memory; of
    text, lines at the top that begin with # are skipped; the last has the names if it
    has as many cells as the rows. One column is a series: --window N makes samples of
    it, --order P fits an autoregressive model by its exact likelihood, in memory; of
    several columns each row is then a series of its own.

    AIC and BIC count the parameters of the covariance and of a mean that is fitted
    with it; not that of windows of a series, which is subtracted before and is the same
    in all.
    The exit status is 0 if the fit converged, 1 if not, 2 if the input is wrong or a
    file is not written.
    """
    began = time.perf_counter()
    try:
        if output is not None:
            check_folder(output)
        if plot is not None:
            check_path(plot)
        chosen = [name.strip() for name in columns.split(",")] if columns else []
        file = SampleFile(data, chosen, missing=missing, header=header)
        samples = Samples(
            file,
            structure or _default(file, order, window),
            order,
            window,
            overlap,
            mean == "fitted",
        )
        _check(samples, structure, inferred=standard_errors or compare)
        found = _fit(samples)
        # Before anything is printed, so that an error stands alone.
        from matopt.cli.report import Report

        report = Report(samples, found, errors=standard_errors)
        table = _compare(samples, found) if compare else None
    except (ValueError, ImportError) as error:
        raise BadInput(str(error)) from error
    except MemoryError as error:
        raise BadInput(
            f"{data.name}: {words(error)}; take fewer columns, or shorter windows"
        ) from error
    if as_json:
        rows = report.to_dict(table, time.perf_counter() - began)
        click.echo(json.dumps(rows, indent=2))
    else:
        report.print(table)
    if output is not None:
        with writing("no result"):
            found.result.save(output)
    if plot is not None:
        from matopt.cli.plot import draw

        with writing("no figure"):
            draw(samples, found, plot)
        if not as_json:
            click.echo(f"Figure written to {plot}")
    if found.result.status is Status.INTERRUPTED:
        sys.exit(130)
    sys.exit(0 if found.result.success else 1)


def _default(file: SampleFile, order: int | None, window: int | None) -> str:
    """A series with an order is autoregressive; else what is stationary."""
    series = len(file.names) == 1 and window is None
    return AUTOREGRESSIVE if series and order is not None else "toeplitz"


def _check(samples: Samples, structure: str | None, *, inferred: bool) -> None:
    """Refuse words that do not go together, before the data are read."""
    check_structure(samples.structure, samples.order)
    whole = samples.structure == AUTOREGRESSIVE
    if samples.window is not None and not samples.is_series:
        raise ValueError(
            f"--window is for one column, got {len(samples.file.names)}; "
            "choose one with --columns"
        )
    if samples.window is not None and whole:
        raise ValueError("autoregressive takes the series whole; leave out --window")
    if samples.is_series and samples.window is None and not whole:
        raise ValueError(
            "one column is a series: write --window N for windows of N values, or "
            "--order P for an autoregressive model"
        )
    if samples.overlap and samples.window is None:
        raise ValueError("--overlap is for --window N")
    if samples.overlap and inferred:
        raise ValueError(
            "windows that overlap are not independent: standard errors and criteria "
            "would be wrong; leave out --overlap"
        )
    if samples.file.missing and (whole or samples.overlap):
        what = "an autoregressive model" if whole else "--overlap"
        raise ValueError(
            f"--missing does not go with {what}; take windows side by side, --window N"
        )


def _fit(samples: Samples) -> Fit:
    data = samples.read()
    space = make_structure(
        samples.structure, len(samples.names), samples.file.dtype, samples.order
    )
    try:
        found = fit_likelihood(samples.likelihood(data, space), space)
    except ValueError as error:
        raise ValueError(samples.explained(str(error), space)) from error
    samples.take_mean(found)
    return found


def _compare(samples: Samples, found: Fit) -> Comparison:
    """Structures for the same likelihood, or orders of an autoregressive model."""
    f = found.objective
    if isinstance(f, AutoregressiveLikelihood):
        return _compare_orders(samples, f)
    named = candidates(
        samples.structure, len(samples.names), found.space.dtype, samples.order
    )
    if samples.mean_depends:
        table = _compare_with_means(samples, named)
    else:
        table = compare_structures(f, named)
    rows = (
        replace(row, detail=samples.explained(row.detail, named[row.structure]))
        if row.detail
        else row
        for row in table.rows
    )
    return replace(table, rows=tuple(rows))


def _compare_with_means(samples: Samples, named: dict[str, Space]) -> Comparison:
    """Each structure about the mean that is most likely together with it."""
    data, tables = replace(samples, steps=[]).read(), []
    for label, space in named.items():
        try:
            f = replace(samples, steps=[]).likelihood(data, space)
        except ValueError as error:
            count = with_mean(space).dimension
            row = Candidate(label, count, detail=str(error))
            tables.append(Comparison((row,), {}, {}))
            continue
        tables.append(compare_structures(f, {label: space}))
    return Comparison(
        tuple(row for table in tables for row in table.rows),
        {label: fit for table in tables for label, fit in table.fits.items()},
        {label: seen for table in tables for label, seen in table.reports.items()},
    )


def _compare_orders(samples: Samples, f: AutoregressiveLikelihood) -> Comparison:
    """From white noise to twice the order that was chosen."""
    most = min(max(2 * f.order, 4), f.length - 1)
    fits = {}
    for order in range(most + 1):
        other = Samples(
            samples.file, AUTOREGRESSIVE, order, None, False, samples.centered
        )
        fits[f"autoregressive({order})"] = _fit(other)
    return compare_fits(fits)
