"""How a study stands, on one live line and in words."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bar

from matopt.studies.running import Progress

_EVERY = 10.0  # seconds between two lines where there is no terminal


@contextmanager
def live_progress() -> Iterator[Callable[[Progress], None]]:
    """What to call with the progress: a bar on a terminal, else a line now and then."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines(console)
        return
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Bar(*columns, console=console) as bar:
        task = bar.add_task("", total=None)

        def show(progress: Progress) -> None:
            bar.update(
                task,
                total=progress.total,
                completed=progress.done,
                description=_rest(progress),
            )

        yield show


def verdict(progress: Progress) -> str:
    """How many runs there are and what came of them."""
    statuses = ", ".join(
        f"{n} {status}" for status, n in progress.statuses.most_common()
    )
    fresh = progress.done - progress.before
    return (
        f"{progress.done} of {progress.total} runs done, {fresh} of them now in "
        f"{duration(progress.seconds)}: {statuses or 'none'}"
    )


def duration(seconds: float) -> str:
    """Seconds, minutes or hours.

    >>> duration(3.21), duration(75), duration(7260)
    ('3.2 s', '1 min 15 s', '2 h 1 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def _rest(progress: Progress) -> str:
    left = progress.remaining
    failed = f"{progress.failed} failed" if progress.failed else ""
    rest = "" if left is None else f"{duration(left)} left"
    return ", ".join(filter(None, (failed, rest)))


def _lines(console: Console) -> Callable[[Progress], None]:
    last = time.monotonic()

    def show(progress: Progress) -> None:
        nonlocal last
        if time.monotonic() - last >= _EVERY:
            last = time.monotonic()
            stands = f"{progress.done} of {progress.total}", _rest(progress)
            console.print(", ".join(filter(None, stands)))

    return show
