"""How figures are written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_DATES = {".svg": "Date", ".pdf": "CreationDate"}


def save(figure: Any, path: Path) -> None:
    """Write the same bytes every time; the suffix chooses the format."""
    from matplotlib import rc_context

    date = _DATES.get(path.suffix.lower())
    with rc_context({"svg.hashsalt": "matopt", "pdf.fonttype": 42}):
        figure.savefig(path, metadata=None if date is None else {date: None})
