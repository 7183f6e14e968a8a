import hashlib
import textwrap
from pathlib import Path

import pytest

PROBLEM = """
schema = 1

[problem]
name = "tiny"
title = "A tiny covariance"
equations = ["(43)"]
source = "made up"
licence = "CC0-1.0"

[space]
name = "PositiveDefinite"
arguments = { n = 2 }

[[term]]
objective = "GaussianLikelihood"
coefficient = 0.5
arguments = { samples = "Y" }

[[term]]
objective = "GaussianLikelihood"
coefficient = 0.5
arguments = { samples = "Y" }

[data.Y]
file = "tiny.csv"
shape = [4, 2]
sha256 = "DIGEST"

[data.I]
identity = 2

[start]
kind = "data"
matrix = "I"

[solution]
value = 2.0
matrix = "I"
unique = true
certified_by = "S is the identity"

[tolerance]
gap = 1e-8
"""
TABLE = "a,b\n1,1\n1,-1\n-1,1\n-1,-1\n"


class Folder:
    """A folder with one small problem, whose text tests damage."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.write(TABLE)

    def write(self, table: str | bytes, name: str = "tiny.csv") -> str:
        content = table if isinstance(table, bytes) else table.encode()
        self.path.joinpath(name).write_bytes(content)
        return hashlib.sha256(content).hexdigest()

    def problem(self, *changes: tuple[str, str], digest: str | None = None) -> Path:
        text = textwrap.dedent(PROBLEM).lstrip()
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        known = hashlib.sha256(self.path.joinpath("tiny.csv").read_bytes())
        text = text.replace("DIGEST", digest or known.hexdigest())
        file = self.path / "tiny.toml"
        file.write_text(text)
        return file


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)
