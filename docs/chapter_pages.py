"""Sphinx extension: the chapter and its errata as pages, from the records."""

import inspect
import re
import sys
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from counterexample import counterexample

from matopt.identities import Identity, Verdict, chapter

TITLES = {
    "2": "Derivatives",
    "2.1": "Derivatives of a determinant",
    "2.2": "Derivatives of an inverse",
    "2.3": "Derivatives of eigenvalues",
    "2.4": "Derivatives of matrices, vectors and scalar forms",
    "2.5": "Derivatives of traces",
    "2.6": "Derivatives of vector norms",
    "2.7": "Derivatives of matrix norms",
    "2.8": "Derivatives of structured matrices",
}
AT_FAULT = (Verdict.WRONG, Verdict.CONDITIONAL)
_SPECIAL = re.compile(r"([\\`*_\[\]<>|#$~^{}])")


def plain(text: str) -> str:
    """The text as it is, whatever Markdown would make of it."""
    return _SPECIAL.sub(r"\\\1", text)


def anchor(record: Identity) -> str:
    """What a link to the equation is called: eq-53, eq-64-plus."""
    return f"eq-{record.number}".replace("+", "-plus")


def formula(record: Identity) -> str:
    """The statement with its number, displayed."""
    return f"```{{math}}\n{record.statement} \\tag{{{record.number}}}\n```"


def source(record: Identity) -> str:
    """A link to the module that holds the record, as viewcode shows it."""
    module = record.f.__module__
    page = f"_modules/{module.replace('.', '/')}.html"
    return f'<a href="{page}"><code>{module.removeprefix("matopt.")}</code></a>'


def letters(record: Identity) -> str:
    """The inputs with their shapes."""
    shapes = {
        name: str(x) if x.shape or x.kind == "free" else x.kind
        for name, x in record.inputs.items()
    }
    return ", ".join(f"`{name}` {plain(x)}" for name, x in shapes.items())


def entry(record: Identity) -> str:
    """One equation of the chapter's page."""
    lines = [f"({anchor(record)})=", f"### ({record.number}) {plain(record.title)}"]
    lines += ["", formula(record), "", f"- Inputs: {letters(record)}"]
    if record.conditions:
        needs = "; ".join(plain(str(c)) for c in record.conditions)
        lines.append(f"- Needs {needs}")
    if record.verdict in AT_FAULT:
        lines.append(f"- Verdict: [{record.verdict}](#erratum-{anchor(record)})")
    else:
        lines.append(f"- Verdict: {record.verdict}")
    if record.erratum:
        lines.append(f"- Erratum: {plain(record.erratum)}")
    lines.append(f"- Section {record.section}, record in {source(record)}")
    return "\n".join(lines)


def top(record: Identity) -> str:
    """The section without its subsection: 2.5 of 2.5.1."""
    return ".".join(record.section.split(".")[:2])


def the_chapter(records: Iterable[Identity]) -> str:
    """All equations by section."""
    records = list(records)
    parts = []
    for number, found in groupby(records, top):
        parts.append(f"## {number} {TITLES[number]}")
        parts += [entry(record) for record in found]
    parts.append(modules(records))
    return "\n\n".join(parts) + "\n"


def modules(records: Iterable[Identity]) -> str:
    """The modules that hold the records, declared, so that viewcode shows them."""
    held: dict[str, list[str]] = {}
    for record in records:
        held.setdefault(record.f.__module__, []).append(str(record.number))
    declared = [
        f".. py:currentmodule:: {name}\n\n.. py:data:: RECORDS\n\n"
        f"   Equations ({numbers[0]}) to ({numbers[-1]})."
        for name, numbers in held.items()
    ]
    text = "\n\n".join(declared)
    return f"## The modules of the records\n\n```{{eval-rst}}\n{text}\n```"


def erratum(record: Identity) -> str:
    """One erratum: the corrected statement, what is printed, a counterexample."""
    found = counterexample(record)
    at = {
        **found.inputs,
        **{f"direction of {n}": V for n, V in found.direction.items()},
    }
    lines = [
        f"(erratum-{anchor(record)})=",
        f"### ({record.number}) {plain(record.title)}",
    ]
    lines += ["", f"**{str(record.verdict).capitalize()}**"]
    lines += [f"([section {record.section}](#{anchor(record)})).", ""]
    lines += [formula(record), "", plain(record.erratum), ""]
    lines += ["Counterexample: at", "", "```text", shown(at), "```", ""]
    lines += ["the change is", "", "```text", shown(found.claims), "```"]
    return "\n".join(lines)


def shown(values: dict[str, Any]) -> str:
    """``name = value`` with the rows of a matrix below each other."""
    lines = []
    for name, value in values.items():
        head = f"{name} = "
        text = value if isinstance(value, str) else number(value)
        lines.append(head + text.replace("\n", "\n" + " " * len(head)))
    return "\n".join(lines)


def number(value: Any) -> str:
    """A number or an array, to seven digits; real if it is."""
    A = np.real_if_close(value)
    return np.array2string(A, precision=7) if A.ndim else f"{A.item():.7g}"


def table(records: Iterable[Identity]) -> str:
    """The errata at a glance."""
    lines = ["| Equation | Section | What | Verdict |", "| --- | --- | --- | --- |"]
    for record in records:
        link = f"[({record.number})](#erratum-{anchor(record)})"
        cells = [link, record.section, plain(record.title), str(record.verdict)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def the_errata(records: Iterable[Identity]) -> str:
    """The table and each erratum: first what is wrong, then what lacks a condition."""
    parts = []
    by_verdict = {v: [r for r in records if r.verdict is v] for v in AT_FAULT}
    parts.append("## The errata at a glance")
    parts.append(table([r for found in by_verdict.values() for r in found]))
    for verdict, found in by_verdict.items():
        parts.append(f"## {str(verdict).capitalize()}")
        parts += [erratum(record) for record in found]
    return "\n\n".join(parts) + "\n"


def write(app: Any) -> None:
    """Write the generated halves of the two pages, which include them."""
    folder = Path(app.srcdir) / "_generated"
    folder.mkdir(exist_ok=True)
    records = list(chapter.values())
    pages = {"chapter.md": the_chapter(records), "errata.md": the_errata(records)}
    for name, text in pages.items():
        page = folder / name
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")


def follow(app: Any, module: str, attribute: str) -> str | None:
    """Show data where it stands: unlike a class it does not say where it is from."""
    name = attribute.rpartition(".")[2]
    return module if name in ("RECORDS", "dtype") else None


def find_records(app: Any, module: str) -> tuple[str, dict[str, Any]] | None:
    """The text of a module with records, and the lines where they are."""
    if module not in {record.f.__module__ for record in chapter.values()}:
        return None
    code = inspect.getsource(sys.modules[module])
    lines = code.splitlines()
    first = next(i for i, line in enumerate(lines, 1) if line.startswith("RECORDS"))
    return code, {"RECORDS": ("other", first, len(lines))}


def setup(app: Any) -> dict[str, bool]:
    """Connect to Sphinx."""
    app.connect("builder-inited", write)
    app.connect("viewcode-follow-imported", follow)
    app.connect("viewcode-find-source", find_records)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
