"""The files that a command writes: refused before the work, or missed after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from matopt.errors import words


class NotWritten(click.ClickException):
    """What was found is printed, but not in a file."""

    exit_code = 2


def check_folder(path: Path) -> None:
    """Raise unless there is a folder for the file."""
    if not path.absolute().parent.is_dir():
        raise ValueError(f"{path}: there is no folder {path.parent}; make it first")


@contextmanager
def writing(what: str) -> Iterator[None]:
    """Say in words why ``what`` was not written."""
    try:
        yield
    except (OSError, ValueError, MemoryError) as error:
        raise NotWritten(f"{what} was written: {words(error)}") from error
