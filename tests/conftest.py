import os
import re
from pathlib import Path

import numpy as np
import pytest

import matopt

os.environ.setdefault("MPLBACKEND", "Agg")


def pytest_configure(config):
    """Delete compiled kernels that are older than a kernel which they may call.

    numba asks only whether the file of a function changed.
    """
    if hasattr(config, "workerinput"):  # one of several processes: it is done
        return
    kernels = [
        source
        for folder in (Path(matopt.__file__).parent, Path(__file__).parent)
        for source in folder.glob("**/*.py")
        if re.search(r"^ *@(kernel|part)\(|^from numba", source.read_text(), re.M)
    ]
    changed = max(source.stat().st_mtime for source in kernels)
    for folder in {source.parent for source in kernels}:
        for compiled in folder.glob("__pycache__/*.nb[ic]"):
            if compiled.stat().st_mtime < changed:
                compiled.unlink(missing_ok=True)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20240229)
