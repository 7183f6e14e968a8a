"""What `import matopt` costs, what the package ships and how it is numbered."""

import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import matopt

TOP = Path(__file__).parent.parent

# Dear to import, or an extra: loaded by what needs them, not by the facade.
LAZY = """
numba cvxpy matplotlib sklearn pandas pyarrow dask distributed rich click pydantic
jinja2 scipy.optimize scipy.signal scipy.stats scipy.special scipy.fft
""".split()


def loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return set(run.stdout.split())


def test_import_loads_nothing_that_is_dear():
    assert loaded_by("import matopt").isdisjoint(LAZY)


def test_a_dear_module_would_be_seen():
    assert "scipy.optimize" in loaded_by("import matopt, scipy.optimize")


def test_types_are_shipped():
    assert files("matopt").joinpath("py.typed").is_file()


def test_version_is_the_newest_in_the_changelog():
    headings = re.findall(r"^## (\d\S*)", (TOP / "CHANGELOG.md").read_text(), re.M)
    assert headings[0] == matopt.__version__


def test_version_is_the_one_to_cite():
    citation = (TOP / "CITATION.cff").read_text()
    assert re.findall(r"^version: (\S+)$", citation, re.M) == [matopt.__version__]
