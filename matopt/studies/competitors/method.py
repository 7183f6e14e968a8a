"""What the settings of all competitors share: a name from a table, and options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from matopt.errors import suggestion


def find(name: object, known: Iterable[str], what: str) -> str:
    """The name as it is written in the table, whatever its case; else ValueError."""
    table = {each.lower(): each for each in known}
    found = table.get(str(name).lower())
    if found is None:
        raise ValueError(
            f"{what} must be one of {', '.join(table.values())}, "
            f"got {name!r}{suggestion(name, table.values())}"
        )
    return found


def copied(options: object, whose: str) -> dict[str, Any]:
    """A copy of the options; TypeError if they are no mapping."""
    if not isinstance(options, Mapping):
        raise TypeError(
            f"options must be a dict of the options of {whose}, "
            f"got {type(options).__name__}"
        )
    return dict(options)
