"""All records in order: by number, by section, by text; and all of them checked."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from matopt.identities.identity import Identity
from matopt.identities.verify import Verification
from matopt.spaces import Seed, generator


class Identities(Mapping[int | str, Identity]):
    """The chapter: ``identities[53]``, ``identities["98+"]``, iteration in order."""

    def __init__(self, records: Iterable[Identity]) -> None:
        """Take the records in the chapter's order."""
        self._records = {record.number: record for record in records}

    def __getitem__(self, number: int | str) -> Identity:
        found = self._records.get(number)
        if found is None and isinstance(number, str) and number.isdecimal():
            found = self._records.get(int(number))
        if found is None:
            text, known = str(number), [str(n) for n in self._records]
            misspelt = not text.lstrip("-").isdecimal()
            close = difflib.get_close_matches(text, known, n=1) if misspelt else []
            near = f"; the nearest is {close[0]}" if close else ""
            raise KeyError(
                f"no equation ({number}){near}; they are 32 to 144, '64+' and '98+'"
            )
        return found

    def __iter__(self) -> Iterator[int | str]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def __repr__(self) -> str:
        return f"<the {len(self)} equations of the chapter, by number>"

    def section(self, number: str | float) -> list[Identity]:
        """The records of a section and its subsections, such as "2.5"."""
        number = str(number)
        found = [
            record
            for record in self._records.values()
            if record.section == number or record.section.startswith(f"{number}.")
        ]
        if not found:
            sections = sorted({record.section for record in self._records.values()})
            raise KeyError(f"no section {number!r}; they are {', '.join(sections)}")
        return found

    def search(self, text: str) -> list[Identity]:
        """The records whose title, statement or erratum has the text, in any case."""
        text = text.casefold()
        return [
            record
            for record in self._records.values()
            if text in f"{record.title} {record.statement} {record.erratum}".casefold()
        ]

    def check_all(
        self, rng: Seed = None, *, seeds: int = 10, sizes: tuple[int, ...] = (1, 2, 3)
    ) -> Table:
        """Verify every record over seeds and sizes, complex too where admitted."""
        draw = generator(rng)
        return Table([self._worst(r, draw, seeds, sizes) for r in self.values()])

    def _worst(
        self,
        record: Identity,
        draw: np.random.Generator,
        seeds: int,
        sizes: tuple[int, ...],
    ) -> Verification:
        runs = []
        for k in range(seeds):
            for size in sizes:
                dtype = complex if record.admits_complex and k % 2 else float
                runs.append(record.check(draw, size, dtype=dtype))
        second = [run.hessp for run in runs if run.hessp is not None]
        printed = [run.printed for run in runs if run.printed is not None]
        return Verification(
            record.number,
            max(run.derivative for run in runs),
            max(second) if second else None,
            max(printed) if printed else None,
        )


@dataclass(frozen=True)
class Table:
    """The worst errors of every equation."""

    rows: list[Verification]

    @property
    def worst(self) -> float:
        """The worst of all."""
        return max((row.worst for row in self.rows), default=0.0)

    def holds(self, bound: float = 1e-10) -> bool:
        """Does every record hold, and is every printed error seen as one?"""
        seen = all(row.printed is None or row.printed > 1e-2 for row in self.rows)
        return seen and self.worst <= bound

    def __str__(self) -> str:
        lines = [f"{'':>6}{'derivative':>12}{'hessp':>12}{'printed':>12}"]
        for row in self.rows:
            cells = "".join(
                f"{'' if x is None else f'{x:.1e}':>12}"
                for x in (row.derivative, row.hessp, row.printed)
            )
            lines.append(f"({row.number})".rjust(6) + cells)
        return "\n".join(lines)
