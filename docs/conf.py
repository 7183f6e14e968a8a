"""Sphinx configuration: the API from the docstrings, the chapter from its records."""

import re
import sys
from pathlib import Path
from typing import Any

from jinja2.sandbox import SandboxedEnvironment
from numpydoc import docscrape_sphinx
from sphinx.ext.autosummary.generate import find_autosummary_in_files

import matopt

sys.path.insert(0, str(Path(__file__).parent))  # for the extension below

project = "matopt"
author = "The matopt developers"
version = release = matopt.__version__
extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",  # the pages name its script; building them fetches nothing
    "numpydoc",
    "sphinx.ext.viewcode",
    "myst_parser",
    "chapter_pages",
]
myst_enable_extensions = ["dollarmath", "amsmath"]
source_suffix = {".rst": "restructuredtext", ".md": "markdown"}
templates_path = ["_templates"]
exclude_patterns = ["_generated", "_templates"]  # the pages include them
html_theme = "pydata_sphinx_theme"
html_title = "matopt"
html_show_sourcelink = html_copy_source = False
autosummary_generate = True
autodoc_default_options = {"members": True, "show-inheritance": True}
numpydoc_show_class_members = False

# numpydoc makes an environment for each docstring, and each compiles the template.
_environment: list[SandboxedEnvironment] = []


def same_environment(**options: Any) -> SandboxedEnvironment:
    """Return the first environment that was asked for."""
    if not _environment:
        _environment.append(SandboxedEnvironment(**options))
    return _environment[0]


docscrape_sphinx.SandboxedEnvironment = same_environment

_MARKUP = re.compile(r"(``.*?``)|([|*_`])")


def escape(
    app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]
) -> None:
    """Keep |x|, A* and x_i of the formulas from being read as markup."""
    for i, line in enumerate(lines):
        if not line.lstrip().startswith(">>>"):
            lines[i] = _MARKUP.sub(lambda m: m[1] or "\\" + m[2], line)


def prune(app: Any) -> None:
    """Delete the generated pages of names that are no longer in the reference."""
    folder = Path(app.srcdir)
    names = {e.name for e in find_autosummary_in_files([str(folder / "api.rst")])}
    for page in (folder / "_api").glob("*.rst"):
        if page.stem not in names:
            page.unlink()


def setup(app: Any) -> None:
    """Connect the hooks."""
    app.connect("builder-inited", prune)
    app.connect("autodoc-process-docstring", escape)
