"""Sphinx configuration: the API from the docstrings, the chapter from its records."""

import re
import sys
from pathlib import Path
from typing import Any

import matopt

sys.path.insert(0, str(Path(__file__).parent))  # for the extension below

project = "matopt"
author = "The matopt developers"
version = release = matopt.__version__
extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "numpydoc",
    "sphinx.ext.viewcode",
    "myst_parser",
    "chapter_pages",
]
myst_enable_extensions = ["dollarmath", "amsmath"]
source_suffix = {".rst": "restructuredtext", ".md": "markdown"}
exclude_patterns = ["_generated"]  # included by the pages
html_theme = "pydata_sphinx_theme"
html_title = "matopt"
html_show_sourcelink = html_copy_source = False
autosummary_generate = True
autodoc_default_options = {"members": True, "inherited-members": False}
numpydoc_show_class_members = False

_MARKUP = re.compile(r"(``.*?``)|([|*_`])")


def escape(
    app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]
) -> None:
    """Keep |x|, A* and x_i of the formulas from being read as markup."""
    for i, line in enumerate(lines):
        if not line.lstrip().startswith(">>>"):
            lines[i] = _MARKUP.sub(lambda m: m[1] or "\\" + m[2], line)


def setup(app: Any) -> None:
    """Connect the hooks."""
    app.connect("autodoc-process-docstring", escape)
