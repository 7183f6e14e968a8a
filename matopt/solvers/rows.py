"""Named lines of text, shown in a terminal and in a notebook."""

from __future__ import annotations

from html import escape


class Rows:
    """Something whose repr is a name and a text a line."""

    def _rows(self) -> dict[str, str]:
        raise NotImplementedError

    def __repr__(self) -> str:
        return "\n".join(f"{name:>14}: {text}" for name, text in self._rows().items())

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th style="text-align:right">{escape(name)}</th>'
            f'<td style="text-align:left">{escape(text)}</td></tr>'
            for name, text in self._rows().items()
        )
        return f"<table>{rows}</table>"
