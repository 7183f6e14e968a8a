"""The live line of a run: iteration, value, gradient norm, seconds; on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from matopt.objectives import Iterate

_PERIOD = 0.1  # seconds between two drawings


class _Line:
    """A callback that draws where a run is, at most every ``_PERIOD``."""

    def __init__(self, draw: Callable[[str], None]) -> None:
        """Take what draws a line over the last one."""
        self._draw = draw
        self._began = time.perf_counter()
        self._drawn = -1.0
        self._nit = -1
        self._last: Iterate | None = None

    def __call__(self, e: Iterate) -> None:
        self._nit += 1
        self._last = e
        if time.perf_counter() - self._drawn > _PERIOD:
            self.show()

    def show(self) -> None:
        """Draw the last iterate."""
        e = self._last
        if e is None:
            return
        self._drawn = time.perf_counter()
        self._draw(
            f"{self._nit:5d}  value {e.value:<18.12g}  "
            f"gradient {e.gradient_norm:.3e}  {self._drawn - self._began:.1f} s"
        )


@contextmanager
def live_line() -> Iterator[Callable[[Iterate], None]]:
    """A callback that keeps one line on stderr; on the way out the last one stays."""
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    console = Console(stderr=True)
    live = Live(
        Text(),
        console=console,
        auto_refresh=False,
        redirect_stdout=sys.stdout.isatty(),  # else what is printed must stay there
    )
    line = _Line(lambda text: live.update(Text(text, no_wrap=True), refresh=True))
    try:
        with live:
            try:
                yield line
            finally:
                line.show()
    finally:
        if not console.is_terminal:  # rich ends the line on terminals only
            console.line()
