"""Where numbers come from: versions, the BLAS with its threads, the machine."""

from __future__ import annotations

import os
import platform
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import scipy

from matopt import __version__

THREADS = {  # each library of a slot computes with one thread
    name: "1"
    for name in (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "BLIS_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "NUMBA_NUM_THREADS",
    )
}

ALONE = "MATOPT_STUDY_ALONE"  # set in a slot that is the only one of its study


@cache
def environment() -> dict[str, str]:
    """Of this process, in words."""
    return {
        "matopt": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "blas_numpy": _blas(np),
        "blas_scipy": _blas(scipy),
        "blas_threads": os.environ.get("OPENBLAS_NUM_THREADS", "not set"),
        "timing": "exclusive" if ALONE in os.environ else "shared",
        "cpu": _cpu(),
        "cores": str(os.cpu_count()),
        "host": platform.node(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
    }


def boot() -> str:
    """What is another after the machine was started again; empty if not known."""
    path = Path("/proc/sys/kernel/random/boot_id")
    return path.read_text().strip() if path.exists() else ""


def _blas(package: Any) -> str:
    """The name and the version of the BLAS that a package was built with."""
    built = package.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"{built.get('name', 'unknown')} {built.get('version', '')}".strip()


def _cpu() -> str:
    """The model of the processor."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    models = [s.partition(":")[2].strip() for s in lines if s.startswith("model name")]
    return models[0] if models else platform.processor() or "unknown"
