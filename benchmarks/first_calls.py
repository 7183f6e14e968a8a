"""What importing and first calls cost, in processor seconds, with no kernel compiled.

    python benchmarks/first_calls.py [--tree FOLDER] [--repeats N]

Each row is a process of its own, with an empty folder for compiled kernels; bytecode
is on disk. ``--tree`` is another clone of the project, such as an older one: both take
turns, and the ratio is this one over that.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent.parent

CALLS = {
    "import numpy": "import numpy, scipy.linalg",
    "import matopt": "import matopt",
    "Toeplitz fit": "mo.minimize(mo.GaussianLikelihood(X).on(mo.SymmetricToeplitz(9)))",
    "LMS": "filters.LMS(4, step=0.1).run(x, x)",
    "RLS": "filters.RLS(4).run(x, x)",
}

SETTING = """
import numpy as np, matopt as mo
from matopt import filters
X, x = np.random.default_rng(0).standard_normal((40, 9)), np.ones(9)
"""


def seconds(tree, name):
    """Processor time of one call in a new process, less what precedes it."""
    setting = "" if name.startswith("import") else SETTING
    code = f"import time\n{setting}\nbegan = time.process_time()\n{CALLS[name]}\n"
    code += "print(time.process_time() - began)"
    with tempfile.TemporaryDirectory() as kernels:
        env = os.environ | {"PYTHONPATH": str(tree), "NUMBA_CACHE_DIR": kernels}
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        words = [sys.executable, "-c", code]
        run = subprocess.run(
            words, env=env, cwd=tree, check=True, capture_output=True, text=True
        )
    return float(run.stdout)


def spread(times):
    return f"{times.min():.2f}-{times.max():.2f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tree", type=Path)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    trees = [HERE] + ([arguments.tree.resolve()] if arguments.tree else [])
    for tree in trees:
        seconds(tree, "import matopt")  # which compiles bytecode
    for name in CALLS:
        repeats = arguments.repeats * (5 if name.startswith("import") else 1)
        rounds = [[seconds(tree, name) for tree in trees] for _ in range(repeats)]
        found = np.transpose(rounds)
        words = " ".join(f"{spread(times):>12}" for times in found)
        if arguments.tree:
            words += f"   ratio {found[0].mean() / found[1].mean():.2f}"
        print(f"{name:14}{words}", flush=True)


if __name__ == "__main__":
    main()
