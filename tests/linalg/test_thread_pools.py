"""No routine that OpenBLAS runs in threads at every order, however small."""

import re
from pathlib import Path

import matopt

THREADED = re.compile(r"\b[dz](trtrs|getrs|gesv|trtri)\b|linalg\.(inv|solve)\(")
SOURCE = Path(matopt.__file__).parent


def test_small_systems_stay_on_the_calling_thread():
    kernels = [*SOURCE.glob("linalg/*.py"), *SOURCE.glob("solvers/*.py")]
    found = [
        f"{path.name}: {match.group()}"
        for path in kernels
        for match in THREADED.finditer(path.read_text("utf-8"))
    ]
    assert found == []
    assert THREADED.search("lapack.dtrtrs(L, B)")
