"""The pages name what exists, and leave out nothing that is public."""

import re
from pathlib import Path

import pytest

import matopt
from matopt.solvers import Status

TOP = Path(__file__).parent.parent


def words_in_code(page: str) -> set[str]:
    """The words between backticks of a page."""
    code = re.findall(r"`([^`\n]+)`", (TOP / page).read_text())
    return set(re.findall(r"\w+", " ".join(code)))


def table_of_the_readme() -> str:
    return "\n".join(re.findall(r"^\|.*", (TOP / "README.md").read_text(), re.M))


def names_in_the_table() -> set[str]:
    calls = re.findall(r"`([A-Za-z_]\w*)[`(]", table_of_the_readme())
    return {name for name in calls if name not in ("f", "BFGS", "CG")}


def test_the_table_of_the_readme_names_only_what_is_public():
    assert len(names_in_the_table()) > 40
    assert names_in_the_table() <= set(matopt.__all__)


@pytest.mark.parametrize("name", matopt.__all__)
def test_what_is_public_is_in_the_readme(name):
    in_the_text = {"Result", "Status", "Stop", "check", "errors", "minimize"}
    assert name in names_in_the_table() | in_the_text
    assert name in words_in_code("README.md") | {"errors"}


@pytest.mark.parametrize("name", [n for n in matopt.__all__ if n[0].isupper()])
def test_what_was_added_is_in_the_changelog(name):
    # objectives go by their equations there
    grouped = set(matopt.objectives.__all__) | {"Result", "Status", "Stop"}
    assert name in words_in_code("CHANGELOG.md") | grouped


@pytest.mark.parametrize("status", Status)
def test_a_status_advises_what_exists(status):
    named = re.findall(r"\b[A-Z]\w*[a-z][A-Z]\w*|\b\w+(?=\()", status.message)
    assert set(named) <= set(matopt.__all__) | {"NaN"}
    options = re.findall(r"Stop\((\w+)=", status.message)
    assert set(options) <= set(matopt.Stop.__dataclass_fields__)
    fields = re.findall(r"result\.(\w+)", status.message)
    assert set(fields) <= set(matopt.Result.__dataclass_fields__)
    checks = re.findall(r"check_\w+", status.message)
    assert all(hasattr(matopt.check, name) for name in checks)


def test_the_pages_name_modules_that_exist():
    for page in ("README.md", "docs/design.md"):
        for path in re.findall(r"`(\w+/\w+\.py)`", (TOP / page).read_text()):
            assert any((TOP / part / path).is_file() for part in (".", "matopt")), path
