"""``matopt filter``: an adaptive filter on the signals of files."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.console import Console
from rich.progress import Progress

from matopt.cli import signal_file
from matopt.cli.filter_file import NAMED, FilterFile, Signals, make, read
from matopt.cli.output import writing
from matopt.cli.signal_file import Signal
from matopt.filters import AdaptiveFilter, FilterRun, step_bounds
from matopt.linalg import Array
from matopt.studies.plot import check_path

_CHUNK = 1 << 15  # samples between two looks at the progress
_LONGEST = 512  # taps whose step bounds are quick to find


class BadInput(click.ClickException):
    """What was asked for cannot be done with these signals."""

    exit_code = 2


@click.command(name="filter", epilog=f"Filters: {', '.join(NAMED)}.")
@click.argument("what")
@click.option("--input", "input_", help="The signal x that is filtered.")
@click.option("--desired", help="The signal d that the output is to follow.")
@click.option("--length", type=click.IntRange(min=1), help="Taps a channel.")
@click.option("--step", type=float, help="See the filter.")
@click.option(
    "--set", "pairs", multiple=True, help="KEY=VALUE: another setting of the filter."
)
@click.option("--output", help="Write the error d - y (a sound), also y (.csv, .npz).")
@click.option("--plot", help="Write a figure (.svg, .pdf or .png).")
@click.option("--json", "as_json", is_flag=True, help="Print an object.")
def filter(
    what: str,
    input_: str | None,
    desired: str | None,
    length: int | None,
    step: float | None,
    pairs: tuple[str, ...],
    output: str | None,
    plot: str | None,
    as_json: bool,
) -> None:
    r"""Run the filter WHAT, by name with options, or as a file CONFIG.toml says.

    Signals are .wav, .csv (a column a channel), .npy or .npz (FILE.npz:KEY), and with
    soundfile .flac, .ogg and others. What is left of the desired signal is written,
    unless the run diverged. The exit status is 0 if the run went through, 1 if it
    diverged, 2 if the input is wrong or a file is not written.

    \b
    [filter]
    name = "nlms"
    length = 512
    step = 0.5
    [signals]
    input = "x.wav"
    desired = "d.wav"
    output = "clean.wav"
    """
    given = {"input": input_, "desired": desired, "output": output, "plot": plot}
    settings = {"length": length, "step": step, **_settings(pairs)}
    try:
        plan = _plan(what, settings, given)
        chosen = dict(plan.filter)
        f = make(str(chosen.pop("name", "")), chosen)
        _check_outputs(plan.signals)
        x, d = _signals(plan.signals)
        run = _run(f, x.samples, d.samples, quiet=as_json)
        summary = _summary(f, run, x.samples, d.samples)
    except (ValueError, OSError, ImportError) as error:
        raise BadInput(str(error)) from error
    except MemoryError as error:
        raise BadInput(
            f"{what} needs more memory than there is: {error}; take fewer taps"
        ) from error
    click.echo(json.dumps(summary, indent=2) if as_json else _words(summary))
    if plan.signals.output is not None:
        with writing("no output"):
            _write(Path(plan.signals.output), run, d.rate or x.rate)
    if plan.signals.plot is not None:
        from matopt.filters.plot import draw_run

        with writing("no figure"):
            draw_run(run, d.samples, repr(f), Path(plan.signals.plot))
    sys.exit(0 if run.success else 1)


def _plan(what: str, settings: dict[str, Any], files: dict[str, Any]) -> FilterFile:
    settings = {key: value for key, value in settings.items() if value is not None}
    files = {key: value for key, value in files.items() if value is not None}
    if not what.endswith(".toml"):
        for key in ("input", "desired"):
            if key not in files:
                raise ValueError(f"--{key} FILE is missing")
        return FilterFile(filter={"name": what, **settings}, signals=Signals(**files))
    plan = read(Path(what))  # options go before what the file says
    signals = plan.signals.model_copy(update=files)
    return FilterFile(filter={**plan.filter, **settings}, signals=signals)


def _settings(pairs: tuple[str, ...]) -> dict[str, Any]:
    """KEY=VALUE with the values of TOML: numbers, booleans, else words."""
    settings: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise BadInput(f"--set takes KEY=VALUE, got {pair!r}")
        try:
            settings[key] = json.loads(value)
        except (ValueError, RecursionError):
            settings[key] = value
    return settings


def _check_outputs(signals: Signals) -> None:
    """Refuse before the work what could not be written after it."""
    if signals.output is not None:
        signal_file.check_output(Path(signals.output))
    if signals.plot is not None:
        check_path(Path(signals.plot))


def _signals(signals: Signals) -> tuple[Signal, Signal]:
    x, d = signal_file.read(signals.input), signal_file.read(signals.desired)
    if d.samples.ndim != 1:
        raise ValueError(
            f"{signals.desired}: must hold one signal, got {len(d.samples)} channels"
        )
    if x.samples.shape[-1] != len(d.samples):
        raise ValueError(
            f"{signals.input} has {x.samples.shape[-1]} samples but {signals.desired} "
            f"has {len(d.samples)}; cut the longer one"
        )
    if None not in (x.rate, d.rate) and x.rate != d.rate:
        raise ValueError(
            f"{signals.input} has {x.rate} samples a second but {signals.desired} has "
            f"{d.rate}; resample one"
        )
    if not len(d.samples):
        raise ValueError(f"{signals.input} and {signals.desired} hold no samples")
    return x, d


def _run(f: AdaptiveFilter, x: Array, d: Array, *, quiet: bool) -> FilterRun:
    """In chunks, with a bar where there is a terminal."""
    chunk = -(-_CHUNK // f.whole) * f.whole
    running, runs = f.start(), []
    console = Console(stderr=True)
    with Progress(console=console, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("filtering", total=len(d))
        for at in range(0, len(d), chunk):
            part = slice(at, at + chunk)
            runs.append(running.process(x[..., part], d[part]))
            bar.advance(task, len(runs[-1].error))
    return replace(
        runs[-1],
        output=np.concatenate([run.output for run in runs]),
        error=np.concatenate([run.error for run in runs]),
        posterior_error=np.concatenate([run.posterior_error for run in runs]),
    )


def _write(path: Path, run: FilterRun, rate: int | None) -> None:
    """Write what is left, unless the run diverged: from there on it would be NaN."""
    if not run.success:
        click.echo(f"{path} is not written, for the run diverged.", err=True)
        return
    if rate is None and signal_file.is_sound(path):
        click.echo(
            f"{path} has {signal_file.RATE} samples a second, for no input says how "
            "many; give --input or --desired as a sound to say it.",
            err=True,
        )
    signal_file.write(path, run, rate)


def _summary(f: AdaptiveFilter, run: FilterRun, x: Array, d: Array) -> dict[str, Any]:
    """Of a run that diverged, up to where it did."""
    n = len(d) if run.success else int(run.diverged)
    late = slice(3 * n // 4, n)
    summary: dict[str, Any] = {
        "filter": repr(f),
        "samples": len(d),
        "converged": run.success,
        "status": run.status,
        "desired_power": _power(d[:n]),
        "error_power": _power(run.error[:n]),
        "erle_db": _decibels(d[:n], run.error[:n]),
        "erle_db_last_quarter": _decibels(d[late], run.error[late]),
    }
    if f.length <= _LONGEST and x.ndim == 1:
        bounds = step_bounds(x, f.length)  # infinite where x is silent
        summary["step_bounds"] = {
            name: value for name, value in vars(bounds).items() if np.isfinite(value)
        }
    return summary


def _power(signal: Array) -> float:
    return float(np.mean(np.abs(signal) ** 2)) if len(signal) else 0.0


def _decibels(d: Array, e: Array) -> float | None:
    """Echo return loss enhancement: the power of d over that of the error."""
    left, right = _power(d), _power(e)
    return float(10.0 * np.log10(left / right)) if left > 0.0 < right else None


def _words(summary: dict[str, Any]) -> str:
    lines = [str(summary["filter"]), str(summary["status"])]
    lines += [
        f"{summary['samples']} samples, desired power {summary['desired_power']:.4g}, "
        f"error power {summary['error_power']:.4g}"
    ]
    for key, what in (("erle_db", "overall"), ("erle_db_last_quarter", "at the end")):
        if summary[key] is not None:
            lines.append(f"ERLE {summary[key]:.1f} dB {what}")
    if summary.get("step_bounds"):
        bounds = ", ".join(f"{k} {v:.4g}" for k, v in summary["step_bounds"].items())
        lines.append(f"bounds on the step of LMS: {bounds}")
    return "\n".join(lines)
